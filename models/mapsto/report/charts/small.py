"""Small figures side by side, one a coefficient: its densities with the modes marked, and the ranks of its draws."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from mapsto.report.charts import strokes
from mapsto.report.charts.axis import Axis
from mapsto.report.sections.routes import ROUTES
from mapsto.report.svg import figure, short, tag
from mapsto.report.text.numerals import number

WIDTH, EDGE = 220.0, 6.0
TOP, FLOOR, HEIGHT = 34.0, 130.0, 156.0
RANK_FLOOR, RANK_HEIGHT = 100.0, 108.0


def densities(record: dict[str, Any]) -> list[Markup]:
    """The posterior density of each coefficient shown, the mode by each route marked under it."""
    shown = (record.get("plots") or {}).get("densities") or []
    names = [str(name) for name in record["problem"]["features"]]
    drawn = []
    for i, one in enumerate(shown):
        name = str(one["feature"])
        j = names.index(name) if name in names else None
        modes = {
            key: route["coef"][j]
            for key, _ in ROUTES
            if j is not None and (route := record["routes"].get(key) or {}).get("coef") is not None
        }
        drawn.append(_density(f"density-{i + 1}", name, one, modes))
    return drawn


def _density(key: str, name: str, one: dict[str, Any], modes: dict[str, float]) -> Markup:
    tallest = max(v for part in (one["nuts"], one.get("exact") or []) for v in part)
    across = Axis.over([*one["x"], *modes.values()], EDGE, WIDTH - EDGE, log=False)
    up = Axis(0.0, tallest * 1.04 or 1.0, FLOOR, TOP)
    body = [tag("text", short(name, 16), x=EDGE, y=18.0, class_="tx name")]
    body.append(tag("line", x1=EDGE, x2=WIDTH - EDGE, y1=FLOOR, y2=FLOOR, class_="axis"))
    if across.low < 0 < across.high:
        body.append(tag("line", x1=across(0), x2=across(0), y1=TOP, y2=FLOOR, class_="zero"))
    if one.get("exact"):
        body.append(strokes.line(one["x"], one["exact"], across, up, "line t1"))
    body.append(strokes.line(one["x"], one["nuts"], across, up, "line t2 dashed"))
    body += [sign(key, across(value), FLOOR) for key, value in modes.items()]
    ticks = next((some for some in map(across.ticks, (3, 4, 5)) if len(some) > 1), across.ticks(6))
    for value, text in ticks:
        x = min(max(across(value), 6.0 * len(text)), WIDTH - 6.0 * len(text))
        body.append(tag("text", text, x=x, y=FLOOR + 22, text_anchor="middle", class_="tx"))
    peak = one["x"][max(range(len(one["nuts"])), key=one["nuts"].__getitem__)]
    at = f"; the mode is {number(next(iter(modes.values())))}" if modes else ""
    about = f"The draws are densest near {number(peak, 3)}{at}."
    return figure(key, f"Posterior density of {short(name, 40)}", about, WIDTH, HEIGHT, body)


def sign(key: str, x: float, y: float) -> Markup:
    """The mark of one route, of a shape of its own so that equal modes can all be seen."""
    if key == "closed_form":
        return tag("line", x1=x, x2=x, y1=y - 11, y2=y + 5, class_="mode-tick")
    if key == "sklearn":
        return tag("circle", cx=x, cy=y, r="5", class_="ring")
    if key == "pymc":
        return tag("path", d=f"M{x - 4:.1f} {y - 4:.1f}l8 8m0-8l-8 8", class_="ring")
    return tag("path", d=f"M{x:.1f} {y - 8:.1f}l8 8l-8 8l-8-8z", class_="ring")


def signs() -> dict[str, Markup]:
    """The marks by themselves, for the key."""
    open_, close = Markup('<svg class="swatch sign" viewBox="0 0 34 18" aria-hidden="true">'), Markup("</svg>")
    return {key: open_ + sign(key, 17.0, 9.0) + close for key, _ in ROUTES}


def ranks(record: dict[str, Any]) -> list[Markup]:
    """Each chain's ranks among all draws, one small figure a coefficient; level lines mean that chains agree."""
    data = (record.get("plots") or {}).get("ranks") or {}
    drawn = []
    for i, row in enumerate(data.get("rows") or []):
        counts, expected = row["counts"], data["expected"]
        bins = len(counts[0])
        across = Axis(0.0, float(bins), EDGE, WIDTH - EDGE)
        every = [n for chain in counts for n in chain]
        up = Axis(min(0.6 * expected, *every), max(1.4 * expected, *every), RANK_FLOOR - 4, TOP - 6)
        body = [tag("text", short(str(row["feature"]), 16), x=EDGE, y=18.0, class_="tx name")]
        body.append(tag("line", x1=EDGE, x2=WIDTH - EDGE, y1=up(expected), y2=up(expected), class_="zero"))
        body.append(tag("line", x1=EDGE, x2=WIDTH - EDGE, y1=RANK_FLOOR, y2=RANK_FLOOR, class_="axis"))
        for k, chain in enumerate(counts):
            x = [edge for b in range(bins) for edge in (float(b), float(b + 1))]
            y = [n for n in chain for _ in (0, 1)]
            body.append(strokes.line(x, y, across, up, f"line thin t{k % 6 + 1}"))
        fewest, most = min(map(min, counts)), max(map(max, counts))
        told = f"Between {fewest} and {most} draws of a chain in each range of ranks; {number(expected, 3)} expected."
        drawn.append(
            figure(f"rank-{i + 1}", f"Ranks of {short(str(row['feature']), 40)}", told, WIDTH, RANK_HEIGHT, body)
        )
    return drawn
