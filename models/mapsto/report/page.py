"""One record in, one self-contained HTML page out; and the index that lists the pages."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from mapsto.report import figures, numerals
from mapsto.report.derivation import conventions, derivation
from mapsto.report.embed import embedded, policy
from mapsto.report.forest import MOST_ROWS as FOREST_ROWS
from mapsto.report.forest import forest
from mapsto.report.heat import heat, strongest
from mapsto.report.ledger import ledger
from mapsto.report.mathml import formula
from mapsto.report.routes import best_mode, route_table
from mapsto.report.uncertainty import forest_rows, posterior_rows, predictive_rows, widest
from mapsto.report.verdict import verdict


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mapsto.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(scales=_scales)
    environment.filters.update(number=numerals.number, compact=numerals.compact, percent=numerals.percent, math=formula)
    return environment


def _scales(text: str) -> Markup:
    """Plain text for a page, with the subscript that plain text cannot set."""
    return Markup(escape(text).replace("σ_w", Markup("σ<sub>w</sub>")))


def _source(name: str) -> str:
    """The text of a file beside the templates, as it stands."""
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0].strip()


def render(record: dict[str, Any]) -> str:
    """The report of one run.

    Args:
        record: the run's record, schema 1.

    Returns:
        A whole HTML document. It asks for nothing from outside and is complete without its script.
    """
    style, script = _source("style.css"), _source("page.js")
    names = [str(name) for name in record["problem"]["features"]]
    uncertainty = record["uncertainty"] or dict.fromkeys(("effective_degrees_of_freedom", "correlation", "predictive"))
    data, whole = embedded(record)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            record=record,
            problem=record["problem"],
            posterior=record["posterior"],
            uncertainty=uncertainty,
            provenance=record["provenance"],
            is_normal=record["problem"]["prior"]["name"] == "normal",
            verdict=verdict(record),
            mode=best_mode(record),
            widest=widest(record),
            picture=figures.picture(record.get("picture")),
            curves=[(label, text, figures.swatch(key)) for key, label, text in figures.CURVES],
            table=route_table(record),
            steps=derivation(record["problem"]["prior"]),
            conventions=conventions(),
            ledger=ledger(record.get("ledger") or []),
            forest=forest(forest_rows(record)),
            forest_rows=FOREST_ROWS,
            posterior_rows=posterior_rows(record),
            heat=heat(uncertainty.get("correlation"), names),
            pairs=strongest(uncertainty.get("correlation"), names),
            predictive=uncertainty.get("predictive"),
            predictive_rows=predictive_rows(uncertainty.get("predictive")),
            json=data,
            json_whole=whole,
            style=Markup(style),
            script=Markup(script),
            policy=policy(style, script),
        )
    )


def render_index(records: list[dict[str, Any]]) -> str:
    """The list of reports, each with its question and verdict, in the order given."""
    style = _source("style.css")
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            entries=[(record, verdict(record)) for record in records],
            style=Markup(style),
            policy=policy(style),
        )
    )
