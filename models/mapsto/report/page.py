"""One record in, one self-contained HTML page out; and the index that lists the pages."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mapsto.marks import plain
from mapsto.report.charts import figures
from mapsto.report.charts.extras import (
    lesson_figures,
    predictive_figure,
    prior_and_posterior,
    prior_figure,
    shrinkage_figure,
)
from mapsto.report.charts.forest import MOST_ROWS as FOREST_ROWS
from mapsto.report.charts.forest import forest
from mapsto.report.charts.heat import heat, strongest
from mapsto.report.charts.live import live
from mapsto.report.charts.small import densities, ranks, signs
from mapsto.report.charts.thumb import thumbnail
from mapsto.report.embed import embedded, policy
from mapsto.report.sections.derivation import conventions, derivation, two_factors
from mapsto.report.sections.ledger import ledger
from mapsto.report.sections.routes import ROUTES, best_mode, route_table
from mapsto.report.sections.uncertainty import forest_rows, point_rows, posterior_rows, predictive_rows, widest
from mapsto.report.sections.verdict import verdict
from mapsto.report.text import numerals
from mapsto.report.text.font import font_face
from mapsto.report.text.glossary import WORDS, word
from mapsto.report.text.mathml import formula
from mapsto.report.text.typeset import prose


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mapsto.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(prose=prose, plain=plain, label=_label)
    environment.filters.update(number=numerals.number, compact=numerals.compact, percent=numerals.percent, math=formula)
    environment.filters.update(fixed=numerals.fixed, interval=numerals.interval, decimals=numerals.decimals_for)
    environment.filters.update(moment=numerals.moment, parameters=numerals.parameters)
    environment.globals.update(word=word)
    return environment


def _label(prior: dict[str, Any]) -> str:
    """The name of a prior as a sentence has it; records of earlier versions have only the name it is asked for by."""
    return str(prior.get("label") or prior["name"].replace("_", " "))


def _source(name: str) -> str:
    """The text of a file beside the templates, as it stands."""
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0].strip()


def _style() -> str:
    return font_face() + "\n" + _source("style.css")


def render(record: dict[str, Any]) -> str:
    """The report of one run.

    Args:
        record: the run's record, schema 1. Parts that are absent or null are passed over.

    Returns:
        A whole HTML document. It asks for nothing from outside and is complete without its script.
    """
    names = [str(name) for name in record["problem"]["features"]]
    uncertainty = record["uncertainty"] or dict.fromkeys(("effective_degrees_of_freedom", "correlation", "predictive"))
    moving = live(record.get("live"), names)
    style, script = _style(), _source("page.js")
    if moving:
        script += "\n" + _source("live.js")
    data, left_out = embedded(record)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            record=record,
            problem={"weights": None, **record["problem"]},
            prior=_filled(record["problem"]["prior"], "paragraph", "formula", "penalty", "constant", "reference"),
            posterior=record["posterior"],
            uncertainty=uncertainty,
            provenance=record["provenance"],
            lesson=_filled(record.get("lesson"), "order", "previous", "next"),
            noise=_filled(record.get("noise"), "kind", "how", "prior", "posterior"),
            modes=_filled(record.get("modes"), "found", "starts", "convex"),
            is_normal=record["problem"]["prior"]["name"] == "normal",
            verdict=verdict(record),
            mode=best_mode(record),
            widest=widest(record),
            figures=lesson_figures(record),
            picture=figures.picture(record.get("picture")),
            live=moving,
            curves=[(label, text, figures.swatch(key)) for key, label, text in figures.CURVES],
            prior_figure=prior_figure(record),
            table=route_table(record),
            steps=derivation(record["problem"]["prior"], has_mode=best_mode(record) is not None),
            conventions=conventions(),
            two_factors=two_factors(),
            ledger=ledger(record.get("ledger") or []),
            forest=forest(forest_rows(record)),
            forest_rows=FOREST_ROWS,
            points=point_rows(record),
            shrinkage=shrinkage_figure(record),
            densities=densities(record),
            signs=[
                (label, sign) for (key, label), sign in zip(ROUTES, signs().values(), strict=True) if _ok(record, key)
            ],
            prior_and_posterior=prior_and_posterior(record),
            predictive_figure=predictive_figure(record),
            ranks=ranks(record),
            posterior_rows=posterior_rows(record),
            heat=heat(uncertainty.get("correlation"), names),
            pairs=strongest(uncertainty.get("correlation"), names),
            predictive=uncertainty.get("predictive"),
            predictive_rows=predictive_rows(uncertainty.get("predictive")),
            glossary=WORDS,
            json=data,
            json_left_out=left_out,
            style=Markup(style),
            script=Markup(script),
            policy=policy(style, script),
        )
    )


def _filled(part: dict[str, Any] | None, *keys: str) -> dict[str, Any] | None:
    """A part of the record with None for what an earlier version did not write, or None where there is no part."""
    return {**dict.fromkeys(keys), **part} if part else None


def _ok(record: dict[str, Any], key: str) -> bool:
    return (record["routes"].get(key) or {}).get("status") == "ok"


def render_index(records: list[dict[str, Any]]) -> str:
    """The list of reports with their questions and verdicts: in reading order where they have one, else as given."""
    style = _source("style.css")  # no formula there, so no font
    ordered = sorted(records, key=lambda record: (record.get("lesson") or {}).get("order", 1_000_000))
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            entries=[(record, verdict(record), thumbnail(record)) for record in ordered],
            style=Markup(style),
            policy=policy(style),
        )
    )


def render_conventions(rows: list[dict[str, Any]]) -> str:
    """The table of what each library minimises, from its rows (see ``mapsto.conventions.conventions_rows``)."""
    style = _style()
    template = _environment().get_template("conventions.html.j2")
    return template.render(rows=rows, style=Markup(style), policy=policy(style))
