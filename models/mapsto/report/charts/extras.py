"""Figures built from several parts of the record: prior against posterior, the predictive, shrinkage, the penalty."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from mapsto.marks import literal
from mapsto.report.answers import columns_of, label_of
from mapsto.report.charts.chart import Shown, chart
from mapsto.report.charts.palette import Curve
from mapsto.runs.record import FigureRecord, Number, Numbers, Record, SeriesRecord

MOST_BARS = 40
UNBOUNDED = (
    "Towards zero it rises further than any drawing can show, so the curve steps over zero: its height is relative to "
    "the "
    "place drawn next to zero, and is no peak."
)


def lesson_figures(record: Record) -> list[Shown]:
    """The figures the lesson itself asks for, in its order."""
    columns = columns_of(record)
    return [chart(with_columns_as_data(one, columns), f"figure-{i + 1}") for i, one in enumerate(record.figures)]


def with_columns_as_data(data: FigureRecord, columns: Collection[str]) -> FigureRecord:
    """The figure with every label and category that is just a column's name shown as that name."""

    def named[T](text: T) -> T | str:
        return literal(text) if text in columns else text

    series = [replace(one, label=named(one.label), x=[named(value) for value in one.x]) for one in data.series]
    return replace(data, series=series, x_label=named(data.x_label), y_label=named(data.y_label))


def prior_figure(record: Record) -> Shown | None:
    """The density of one slope, and the penalty that is its negative logarithm."""
    view = record.prior_view
    if view is None or not view.grid:
        return None
    series = [
        SeriesRecord(
            label="density $p(w)$" if not view.penalty else "density $p(w)$, to height 1",
            x=[*view.grid],
            y=_to_one(view.density),
        )
    ]
    if view.penalty:
        label = r"penalty $\phi(w)$, to height 1"
        series.append(SeriesRecord(label=label, x=[*view.grid], y=_to_one(view.penalty), dashed=True))
    told = "The density of one slope under the prior"
    both = ", and the penalty it becomes: low where the density is high" if view.penalty else ""
    height = "Each is drawn to height 1." if both else UNBOUNDED
    return chart(
        FigureRecord(
            title="The prior of one slope, and its penalty" if both else "The prior of one slope",
            caption=f"{told}{both}. {height}",
            alt=f"{told}{both}.",
            x_label="slope $w$",
            y_label="",
            series=series,
        ),
        "prior-svg",
    )


def prior_and_posterior(record: Record) -> Shown | None:
    """The prior of a slope, and on the same axis the posterior of each by the first engine that has draws."""
    view, shown = record.prior_view, record.plots.densities if record.plots else []
    if view is None or not view.grid or not shown or not shown[0].draws:
        return None
    first = next(iter(shown[0].draws))
    label = f"posterior of each coefficient, by {label_of(record, first)}"
    series: list[SeriesRecord] = [
        SeriesRecord(label="prior of each", x=[*view.grid], y=_to_one(view.density), tone=2, dashed=True)
    ]
    series += [
        Curve(label="" if i else label, x=[*one.x], y=_to_one(one.draws[first]), tone=1, thin=True)
        for i, one in enumerate(shown)
    ]
    return chart(
        FigureRecord(
            title="Prior against posterior",
            caption="What was believed of every coefficient before the data, and what is believed of each after "
            "them. Each curve is drawn to height 1, so that widths and places can be compared.",
            alt="One prior curve and a posterior curve for each coefficient, on one axis.",
            x_label="coefficient",
            y_label="",
            series=series,
        ),
        "prior-posterior-svg",
    )


def predictive_figure(record: Record) -> Shown | None:
    """The responses as observed, over data sets drawn from the fitted model."""
    data = record.plots.predictive if record.plots else None
    if data is None:
        return None
    label = f"{len(data.replicated)} data sets drawn from the model"
    series: list[SeriesRecord] = [
        Curve(label="" if i else label, x=[*data.x], y=y, tone=1, faint=True) for i, y in enumerate(data.replicated)
    ]
    series.append(SeriesRecord(label="observed", x=[*data.x], y=data.observed, tone=2))
    return chart(
        FigureRecord(
            title="Posterior predictive check",
            caption="The distribution of the responses, as observed and in data sets that the model would make. "
            "Where the observed curve leaves the others, the model misses something that no penalty can mend.",
            alt=f"The observed distribution of the responses over {label}.",
            x_label=literal(record.problem.target),
            y_label="density",
            series=series,
        ),
        "predictive-svg",
    )


def shrinkage_figure(record: Record) -> Shown | None:
    """How far each coefficient was pulled towards zero."""
    data = record.shrinkage
    if data is None or not data.mean:
        return None
    names = [literal(name) for name in record.problem.features[:MOST_BARS]]
    bars = SeriesRecord(label="", x=[*names], y=data.mean[:MOST_BARS], kind="bars", tone=1)
    more = len(data.mean) - len(names)
    return chart(
        FigureRecord(
            title="Shrinkage of each coefficient",
            caption=data.meaning + (f" The other {more} are in the JSON record." if more > 0 else ""),
            alt="A bar for each coefficient, from 0, no shrinkage, to 1, shrunk to zero.",
            x_label="0: not shrunk at all; 1: shrunk to zero",
            y_label="",
            series=[bars],
            fit_y=(0.0, 1.0),
        ),
        "shrinkage-svg",
    )


def _to_one(values: Sequence[Number]) -> Numbers:
    """The curve to height 1: drawn from its lowest point, if that is below zero."""
    known = [v for v in values if v is not None]
    low = min([0.0, *known])
    size = max((v - low for v in known), default=0.0) or 1.0
    return [None if v is None else (v - low) / size for v in values]
