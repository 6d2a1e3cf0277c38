"""One record in, one self-contained HTML page out; and the index that lists the pages."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mapsto.marks import plain
from mapsto.report.answers import best_mode, in_words, label_of, listed, sampled
from mapsto.report.charts import figures
from mapsto.report.charts.extras import (
    lesson_figures,
    predictive_figure,
    prior_and_posterior,
    prior_figure,
    shrinkage_figure,
)
from mapsto.report.charts.forest import forest
from mapsto.report.charts.heat import heat, strongest
from mapsto.report.charts.live import live
from mapsto.report.charts.renderer.signs import key_sign
from mapsto.report.charts.small import densities, lines, ranks, signs
from mapsto.report.charts.thumb import thumbnail
from mapsto.report.embed import embedded, policy
from mapsto.report.other_pages import other_pages
from mapsto.report.sections.derivation import conventions, derivation, two_factors
from mapsto.report.sections.laplace import laplace_rows
from mapsto.report.sections.ledger import ledger
from mapsto.report.sections.response import expected_rows, ratio_rows, response_figures
from mapsto.report.sections.routes import route_table
from mapsto.report.sections.uncertainty import (
    cut_sd,
    forest_rows,
    point_rows,
    posterior_rows,
    predictive_rows,
    unsettled_places,
)
from mapsto.report.sections.verdict import verdict
from mapsto.report.template_cache import TemplateCache
from mapsto.report.text import numerals
from mapsto.report.text.font import font_face
from mapsto.report.text.glossary import used, word
from mapsto.report.text.mathml import formula
from mapsto.report.text.typeset import prose
from mapsto.runs.record import Record


@cache
def environment() -> Environment:
    """The templates, with the filters that they use."""
    made = Environment(
        loader=PackageLoader("mapsto.report", "templates"),
        bytecode_cache=TemplateCache(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(prose=prose, plain=plain)
    made.filters.update(number=numerals.number, compact=numerals.compact, percent=numerals.percent, math=formula)
    made.filters.update(fixed=numerals.fixed, interval=numerals.interval, decimals=numerals.decimals_for)
    made.filters.update(moment=numerals.moment, parameters=numerals.parameters)
    made.globals.update(word=word, in_words=in_words, listed=listed, key_sign=key_sign)
    return made


def source(name: str) -> str:
    """The text of a file in the folder of the templates."""
    templates = environment()
    assert templates.loader is not None
    return templates.loader.get_source(templates, name)[0].strip()


def whole_style() -> str:
    """The style of a page with formulas: their font is part of it."""
    return font_face() + "\n" + source("style.css")


GLOSSARY = "<!--the words that this page uses-->"

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u2028\u2029]")


def filled(template: str, **values: Any) -> str:
    """A template with its values, without characters that no page holds: controls, and two more ends of a line."""
    page = environment().get_template(template).render(values)
    return _UNPRINTABLE.sub(lambda one: f"&#x{ord(one[0]):x};" if one[0] > " " else "\ufffd", page)


def render(record: Record) -> str:
    """The report of one run.

    Args:
        record: the run's record. Parts of it that are None are passed over.

    Returns:
        A whole HTML document. It asks for nothing from outside and is complete without its script.
    """
    names, uncertainty = record.problem.features, record.uncertainty
    correlation = uncertainty.correlation if uncertainty else None
    predictive = uncertainty.predictive if uncertainty else None
    moving = live(record.live, names, record.prob)
    style, script = whole_style(), source("page.js")
    if moving:
        script += "\n" + source("live.js")
    data, left_out = embedded(record)
    mode, drawn = best_mode(record), list(sampled(record).values())
    page = filled(
        "page.html.j2",
        record=record,
        problem=record.problem,
        prior=record.problem.prior,
        noise=record.problem.noise,
        exact=record.exact,
        drawn=drawn,
        no_draws=[one for one in record.draws.values() if one not in drawn],
        samplers=listed([one.label for one in drawn]) if drawn else "",
        uncertainty=uncertainty,
        provenance=record.provenance,
        lesson=record.lesson,
        common=record.common if record.lesson else None,
        search=record.search,
        is_normal=record.problem.prior.name == "normal",
        verdict=verdict(record),
        mode=mode,
        hidden_places=unsettled_places(record),
        cut_sd=cut_sd(record),
        figures=lesson_figures(record),
        response=record.response,
        response_figures=response_figures(record),
        ratio_rows=ratio_rows(record),
        expected_rows=expected_rows(record),
        picture=figures.picture(record.picture),
        live=moving,
        curves=[(label, text, figures.swatch(key)) for key, label, text in figures.CURVES],
        prior_figure=prior_figure(record),
        table=route_table(record),
        steps=derivation(record.problem.prior, record.problem.likelihood, has_mode=mode is not None),
        likelihood=record.problem.likelihood,
        is_gaussian=record.problem.likelihood.name == "gaussian",
        conventions=conventions(),
        two_factors=two_factors(),
        ledger=ledger(record.ledger),
        forest=forest(forest_rows(record), record.prob, [one.label for one in drawn]),
        points=point_rows(record),
        shrinkage=shrinkage_figure(record),
        densities=densities(record),
        density_lines=lines(record),
        signs=signs(record),
        prior_and_posterior=prior_and_posterior(record),
        predictive_figure=predictive_figure(record),
        ranks=ranks(record),
        posterior_rows=posterior_rows(record),
        heat=heat(correlation, names),
        pairs=strongest(correlation, names),
        laplace=record.laplace,
        laplace_rows=laplace_rows(record.laplace),
        predictive=predictive,
        predictive_rows=predictive_rows(predictive),
        programs=[(label_of(record, engine), text) for engine, text in record.programs.items()],
        glossary=GLOSSARY,
        json=data,
        json_left_out=left_out,
        style=Markup(style),
        script=Markup(script),
        policy=policy(style, script),
    )
    before, after = page.split(GLOSSARY)
    words = environment().get_template("_glossary.html.j2").render(glossary=used(before))
    return before + words + after


def render_index(records: Sequence[Record], files: Sequence[str] = ()) -> str:
    """The list of reports with their questions and verdicts: in reading order where they have one, else as given.

    Args:
        records: the reports to list.
        files: names of the files that stand in the same folder; pages of other commands among them are linked to.
    """
    style = source("style.css")  # no formula there, so no font
    ordered = sorted(records, key=lambda record: record.lesson.order if record.lesson else math.inf)
    return filled(
        "index.html.j2",
        entries=[(record, verdict(record), thumbnail(record)) for record in ordered],
        questions=[(question, record.name, record.title) for record in ordered for question in record.also],
        others=other_pages(files),
        lessons=any(record.lesson for record in ordered),
        style=Markup(style),
        policy=policy(style),
    )


def render_conventions(rows: Sequence[Mapping[str, str]]) -> str:
    """The table of what each library minimises, from its rows (see ``mapsto.conventions.conventions_rows``)."""
    style = whole_style()
    template = environment().get_template("conventions.html.j2")
    return template.render(rows=rows, style=Markup(style), policy=policy(style))
