"""The pictures of a comparison: accuracy against cost first, one line an engine."""

from __future__ import annotations

from mapsto.marks import literal
from mapsto.report.charts.chart import Shown, chart
from mapsto.report.charts.palette import TONES
from mapsto.runs.record import FigureRecord, MarkRecord, Number, SeriesRecord
from mapsto.runs.record.comparison import ComparedRecord, ComparisonRecord

STATISTICS = (
    ("errors.mean", "means"),
    ("errors.sd", "standard deviations"),
    ("errors.q05", "5% quantiles"),
    ("errors.q95", "95% quantiles"),
)
STAGES = (
    ("compile_seconds", "compilation"),
    ("warm_up_seconds", "warm-up"),
    ("draw_seconds", "draws"),
)


def pictures(record: ComparisonRecord) -> list[Shown]:
    """Accuracy against gradients and against seconds, yield, errors, and where the time went."""
    sampled = {name: one for name, one in record.engines.items() if one.spreads}
    if not sampled:
        return []
    made = []
    if any(one.curve for one in sampled.values()):
        made += [_accuracy(sampled, "gradients"), _accuracy(sampled, "seconds")]
    made += [_yield(sampled, "ess_per_gradient"), _yield(sampled, "ess_per_second")]
    made += [_errors(record, sampled), _stages(sampled)]
    return [chart(one, f"picture-{i + 1}") for i, one in enumerate(made) if one is not None]


def _accuracy(sampled: dict[str, ComparedRecord], cost: str) -> FigureRecord | None:
    series: list[SeriesRecord] = []
    for i, one in enumerate(sampled.values()):
        x = [step.gradients if cost == "gradients" else step.seconds for step in one.curve]
        if all(value is None for value in x):
            continue
        tone, again = i % TONES + 1, i >= TONES
        middle: list[Number] = [step.error.median for step in one.curve]
        series.append(SeriesRecord(label=literal(one.label), x=[*x], y=middle, tone=tone, dashed=again))
        low: list[Number] = [step.error.least for step in one.curve]
        high: list[Number] = [step.error.greatest for step in one.curve]
        series.append(SeriesRecord(label="", x=[*x], y=middle, kind="points", bottom=low, top=high, tone=tone))
    if not series:
        return None
    what = "evaluations of the gradient" if cost == "gradients" else "seconds"
    return FigureRecord(
        title=f"Accuracy against {'gradients' if cost == 'gradients' else 'time'}",
        caption="The error of the posterior means as draws come in, the root mean square over all parameters in "
        f"posterior standard deviations, against {what} of warm-up and draws, compilation left out. Lower and further "
        "left is better. Points are medians over the repeats, bars go from the least to the greatest.",
        alt=f"A falling line for each engine: error of the means over {what}, both on logarithmic axes.",
        x_label="gradients, warm-up included" if cost == "gradients" else "seconds, warm-up included",
        y_label="error of the means, in posterior sds",
        series=series,
        x_log=True,
        y_log=True,
    )


def _yield(sampled: dict[str, ComparedRecord], name: str) -> FigureRecord | None:
    known = [one for one in sampled.values() if name in one.spreads]
    if not known:
        return None
    per = "gradient" if name == "ess_per_gradient" else "second"
    spreads = [one.spreads[name] for one in known]
    return FigureRecord(
        title=f"Effective draws for each {per}",
        caption="The smallest effective sample size over the parameters (bulk or tail), divided by the "
        f"{per}s of warm-up and draws. Further right is better. Medians over the repeats, from the least to the "
        "greatest.",
        alt=f"A point with a bar for each engine: effective draws a {per}.",
        x_label="",
        y_label=f"effective draws a {per}",
        series=[
            SeriesRecord(
                label=f"effective draws a {per}",
                x=[literal(one.label) for one in known],
                y=[one.median for one in spreads],
                kind="points",
                bottom=[one.least for one in spreads],
                top=[one.greatest for one in spreads],
            )
        ],
        y_log=True,
    )


def _errors(record: ComparisonRecord, sampled: dict[str, ComparedRecord]) -> FigureRecord | None:
    series = _by_engine(sampled, STATISTICS)
    if not series or record.reference is None:
        return None
    allowed = [check.tolerance for check in record.checks if check.name.endswith("-mean-is-reference")]
    bound = max((value for value in allowed if value is not None), default=None)
    against = "exact posterior" if record.reference.kind == "exact" else "long run"
    return FigureRecord(
        title=f"Distance from the {against}",
        caption=f"The largest error over the parameters against the {against}, in Monte Carlo standard errors. Errors "
        "of a few are what chance gives; at the line they no longer are. Medians over the repeats, from the least to "
        "the greatest.",
        alt="Four points for each engine, all below the line where there is nothing wrong.",
        x_label="",
        y_label="largest error, in Monte Carlo standard errors",
        series=series,
        marks=[] if bound is None else [MarkRecord(at=bound, label="allowed", axis="y")],
    )


def _stages(sampled: dict[str, ComparedRecord]) -> FigureRecord | None:
    series = _by_engine(sampled, STAGES)
    if not series:
        return None
    return FigureRecord(
        title="Where the time goes",
        caption="Seconds of compilation, warm-up and draws, each apart. Compilers keep what they made between repeats, "
        "so the greatest compilation is that of the first. Medians over the repeats, from the least to the greatest.",
        alt="For each engine a point for the seconds of compilation, of warm-up and of the draws.",
        x_label="",
        y_label="seconds",
        series=series,
        y_log=True,
    )


def _by_engine(sampled: dict[str, ComparedRecord], names: tuple[tuple[str, str], ...]) -> list[SeriesRecord]:
    """A series for each number, a row for each engine that has it."""
    series = []
    for name, label in names:
        known = [one for one in sampled.values() if name in one.spreads]
        if known:
            spreads = [one.spreads[name] for one in known]
            series.append(
                SeriesRecord(
                    label=label,
                    x=[literal(one.label) for one in known],
                    y=[one.median for one in spreads],
                    kind="points",
                    bottom=[one.least for one in spreads],
                    top=[one.greatest for one in spreads],
                )
            )
    return series
