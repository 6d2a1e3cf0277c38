"""Figures built from several parts of the record: prior against posterior, the predictive, shrinkage, the penalty."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mapsto.marks import literal
from mapsto.report.charts.chart import Shown, chart

MOST_BARS = 40


def lesson_figures(record: dict[str, Any]) -> list[Shown]:
    """The figures the lesson itself asks for, in its order."""
    problem = record["problem"]
    columns = {str(name) for name in (*problem["features"], problem["target"])}
    return [
        chart(_with_columns_as_data(one, columns), f"figure-{i + 1}")
        for i, one in enumerate(record.get("figures") or [])
    ]


def _with_columns_as_data(data: dict[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """The figure with every label and category that is just a column's name shown as that name."""

    def named(text: Any) -> Any:
        return literal(text) if text in columns else text

    series = [one | {"label": named(one["label"]), "x": [named(value) for value in one["x"]]} for one in data["series"]]
    return data | {"series": series, "x_label": named(data["x_label"]), "y_label": named(data["y_label"])}


def prior_figure(record: dict[str, Any]) -> Shown | None:
    """The density of one slope, and the penalty that is its negative logarithm."""
    view = record.get("prior_view")
    if not view or not view.get("grid"):
        return None
    series = [
        {"label": "density $p(w)$, to height 1", "x": view["grid"], "y": _to_one(view["density"]), "kind": "line"}
    ]
    if view.get("penalty"):
        penalty = {"label": r"penalty $\phi(w)$, to height 1", "x": view["grid"], "y": _to_one(view["penalty"])}
        series.append(penalty | {"kind": "line", "dashed": True})
    told = "The density of one slope under the prior"
    both = ", and the penalty it becomes: low where the density is high" if view.get("penalty") else ""
    return chart(
        {
            "title": "The prior of one slope, and its penalty" if both else "The prior of one slope",
            "caption": f"{told}{both}. {'Each' if both else 'It'} is drawn to height 1.",
            "alt": f"{told}{both}.",
            "x_label": "slope $w$",
            "y_label": "",
            "series": series,
        },
        "prior-svg",
    )


def prior_and_posterior(record: dict[str, Any]) -> Shown | None:
    """The prior of a slope, and on the same axis the posterior of each."""
    view, shown = record.get("prior_view"), (record.get("plots") or {}).get("densities")
    if not view or not view.get("grid") or not shown:
        return None
    series = [
        {
            "label": "" if i else "posterior of each coefficient, by NUTS",
            "x": one["x"],
            "y": _to_one(one["nuts"]),
            "kind": "line",
            "tone": 1,
            "thin": True,
        }
        for i, one in enumerate(shown)
    ]
    prior = {"label": "prior of each", "x": view["grid"], "y": _to_one(view["density"]), "kind": "line", "tone": 2}
    return chart(
        {
            "title": "Prior against posterior",
            "caption": "What was believed of every coefficient before the data, and what is believed of each after "
            "them. Each curve is drawn to height 1, so that widths and places can be compared.",
            "alt": "One prior curve and a posterior curve for each coefficient, on one axis.",
            "x_label": "coefficient",
            "y_label": "",
            "series": [prior | {"dashed": True}, *series],
        },
        "prior-posterior-svg",
    )


def predictive_figure(record: dict[str, Any]) -> Shown | None:
    """The responses as observed, over data sets drawn from the fitted model."""
    data = (record.get("plots") or {}).get("predictive")
    if not data:
        return None
    drawn = data["replicated"]
    label = f"{len(drawn)} data sets drawn from the model"
    series = [
        {"label": "" if i else label, "x": data["x"], "y": y, "kind": "line", "tone": 1, "faint": True}
        for i, y in enumerate(drawn)
    ]
    series.append({"label": "observed", "x": data["x"], "y": data["observed"], "kind": "line", "tone": 2})
    return chart(
        {
            "title": "Posterior predictive check",
            "caption": "The distribution of the responses, as observed and in data sets that the model would make. "
            "Where the observed curve leaves the others, the model misses something that no penalty can mend.",
            "alt": f"The observed distribution of the responses over {label}.",
            "x_label": literal(record["problem"]["target"]),
            "y_label": "density",
            "series": series,
        },
        "predictive-svg",
    )


def shrinkage_figure(record: dict[str, Any]) -> Shown | None:
    """How far each coefficient was pulled towards zero."""
    data = record.get("shrinkage")
    if not data or not data.get("mean"):
        return None
    names = [literal(name) for name in record["problem"]["features"]][:MOST_BARS]
    bars = {"label": "", "x": names, "y": data["mean"][:MOST_BARS], "kind": "bars", "tone": 1}
    more = len(data["mean"]) - len(names)
    return chart(
        {
            "title": "Shrinkage of each coefficient",
            "caption": str(data.get("meaning") or "")
            + (f" The other {more} are in the JSON record." if more > 0 else ""),
            "alt": "A bar for each coefficient, from 0, no shrinkage, to 1, shrunk to zero.",
            "x_label": "0: not shrunk at all; 1: shrunk to zero",
            "y_label": "",
            "series": [bars],
            "fit_y": [0.0, 1.0],
        },
        "shrinkage-svg",
    )


def _to_one(values: list[float | None]) -> list[float | None]:
    """The curve to height 1: drawn from its lowest point, if that is below zero."""
    known = [v for v in values if v is not None]
    low = min([0.0, *known])
    size = max((v - low for v in known), default=0.0) or 1.0
    return [None if v is None else (v - low) / size for v in values]
