"""Small figures side by side, one a coefficient: its densities with the modes marked, and the ranks of its draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from mapsto.report.answers import answered, label_of
from mapsto.report.charts.axis import Axis
from mapsto.report.charts.palette import TONES, engine_line
from mapsto.report.charts.renderer.chart_frame import value_under
from mapsto.report.charts.renderer.panel import Layer, Panel, draw
from mapsto.report.charts.renderer.signs import SIGNS, framed, key_sign, mode_sign
from mapsto.report.svg import figure, short, tag
from mapsto.report.text.numerals import number
from mapsto.runs.record import DensityRecord, Number, Numbers, RankRow, Record, SeriesRecord

WIDTH, EDGE = 220.0, 6.0
TOP, FLOOR, HEIGHT = 34.0, 130.0, 156.0
RANK_FLOOR, RANK_HEIGHT = 100.0, 108.0


def densities(record: Record) -> list[Markup]:
    """The posterior density of each coefficient shown, the mode by each engine marked under it."""
    names = record.problem.features
    drawn = []
    for i, one in enumerate(record.plots.densities if record.plots else []):
        j = names.index(one.feature) if one.feature in names else None
        modes = {
            k: value
            for k, mode in enumerate(answered(record).values())
            if j is not None and mode.coef is not None and (value := mode.coef[j]) is not None
        }
        drawn.append(_density(f"density-{i + 1}", one, modes))
    return drawn


def _density(key: str, one: DensityRecord, modes: Mapping[int, float]) -> Markup:
    curves = [*one.draws.values()]
    tallest = max((v for part in (*curves, one.exact or []) for v in part if v is not None), default=0.0)
    across = Axis.over([*one.x, *modes.values()], EDGE, WIDTH - EDGE, log=False)
    up = Axis(0.0, tallest * 1.04 or 1.0, FLOOR, TOP)
    body = [tag("text", short(one.feature, 16), x=EDGE, y=18.0, class_="tx name")]
    layers = [_layer(one.x, one.exact, "t1")] if one.exact else []
    layers += [_layer(one.x, y, engine_line(k)) for k, y in enumerate(curves)]
    body += draw(Panel(across, up, layers, foot="line", zero_across=True))
    body += [sign(k, across(value), FLOOR) for k, value in modes.items()]
    ticks = next((some for some in map(across.ticks, (3, 4, 5)) if len(some) > 1), across.ticks(6))
    body += [value_under(across(value), text, FLOOR + 22, WIDTH, 6.0 * len(text)) for value, text in ticks]
    heights = curves[0] if curves else one.exact or []
    peak = one.x[max(range(len(heights)), key=lambda k: heights[k] or 0.0)] if heights else None
    at = f"; the mode is {number(next(iter(modes.values())))}" if modes else ""
    about = f"The draws are densest near {number(peak, 3)}{at}."
    return figure(key, f"Posterior density of {short(one.feature, 40)}", about, WIDTH, HEIGHT, body)


def _layer(x: Sequence[Number], y: Numbers, style: str) -> Layer:
    return Layer(SeriesRecord(label="", x=[*x], y=y), style)


def sign(k: int, x: float, y: float) -> Markup:
    """The mark of the k-th mode: of a shape of its own, so that equal modes can all be seen; then in another colour."""
    again = k // len(SIGNS)
    tone = f" toned t{(again - 1) % TONES + 1}" if again else ""
    kind = "ring" if k % len(SIGNS) else "mode-tick"
    return mode_sign(k, x, y, f"{kind}{tone}")


def signs(record: Record) -> list[tuple[str, Markup]]:
    """For the key: each engine that has a mode, and its mark by itself."""
    return [
        (mode.label, framed(sign(k, 17.0, 9.0), 18, "swatch sign")) for k, mode in enumerate(answered(record).values())
    ]


def lines(record: Record) -> list[tuple[str, Markup]]:
    """For the key: each engine that has draws, and its line by itself."""
    shown = record.plots.densities if record.plots else []
    engines = [*shown[0].draws] if shown else []
    return [
        (label_of(record, engine), key_sign(("line", f"line {engine_line(k)}"))) for k, engine in enumerate(engines)
    ]


def ranks(record: Record) -> list[tuple[str, int, list[Markup]]]:
    """Ranks of the draws by engine: its name, its chains, and a small figure for each coefficient."""
    shown, first = [], 1
    for engine, data in (record.plots.ranks if record.plots else {}).items():
        drawn = [_rank(f"rank-{first + i}", row, data.expected) for i, row in enumerate(data.rows) if row.counts]
        first += len(data.rows)
        if drawn:
            shown.append((label_of(record, engine), data.chains, drawn))
    return shown


def _rank(key: str, row: RankRow, expected: float) -> Markup:
    """Each chain's ranks among all draws; level lines mean that chains agree."""
    counts, bins = row.counts, len(row.counts[0])
    across = Axis(0.0, float(bins), EDGE, WIDTH - EDGE)
    every = [n for chain in counts for n in chain]
    low, high = min(0.6 * expected, *every), max(1.4 * expected, *every)
    gap = 4.0 * (high - low) / (RANK_FLOOR - TOP + 2)  # between the lowest count and the line at the foot
    up = Axis(low - gap, high, RANK_FLOOR, TOP - 6)
    body = [tag("text", short(row.feature, 16), x=EDGE, y=18.0, class_="tx name")]
    steps = [edge for b in range(bins) for edge in (float(b), float(b + 1))]
    layers = [
        _layer(steps, [float(n) for n in chain for _ in (0, 1)], f"thin t{k % TONES + 1}")
        for k, chain in enumerate(counts)
    ]
    body += draw(Panel(across, up, layers, foot="line", level=expected))
    told = f"Between {min(every)} and {max(every)} draws of a chain in each range of ranks; "
    told += f"{number(expected, 3)} expected."
    return figure(key, f"Ranks of {short(row.feature, 40)}", told, WIDTH, RANK_HEIGHT, body)
