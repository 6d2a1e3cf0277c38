"""An audit of a table as an experiment: its data, its prior, and what is to be said and checked of them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mapsto.certificate import Check
from mapsto.data.encoding import Columns, columns
from mapsto.data.files import open_table
from mapsto.data.sources.base import Source
from mapsto.data.sources.checkpoint import Checkpoint
from mapsto.data.sources.opened import open_source, source_of_large
from mapsto.data.threads import one_blas_thread
from mapsto.errors import BadInput
from mapsto.marks import literal
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.rounding import gamma
from mapsto.runs.audit.choice_figures import choice_figures
from mapsto.runs.audit.specification import Asked, Settled, settle
from mapsto.runs.audit.streamed import Reduce, Rows, Streamed, stream
from mapsto.runs.audit.target import may_stream, needs_passes, with_gaussian_noise, with_likelihood, with_passes
from mapsto.runs.audit.words import assumed, lesson_of
from mapsto.runs.lessons.experiment import Experiment
from mapsto.runs.lessons.lesson import Lesson
from mapsto.runs.result import Result

QUESTION = "Which prior does this penalty assume, is the fit that posterior's mode, and what did the point leave out?"


def table_experiment(
    table: Any,
    target: str,
    *,
    features: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    asked: Asked | None = None,
    intercept: bool = True,
    weights: str | None = None,
    exposure: str | None = None,
    trials: str | None = None,
    missing: str = "refuse",
    decimal: str = ".",
    name: str | None = None,
    path: Path | None = None,
    source: Source | None = None,
    rows: Rows = lambda _n: None,
    checkpoint: Path | None = None,
    reduce: Reduce | None = None,
) -> Experiment:
    """The experiment that audits a table; everything that is wrong with it is told now, before anything runs.

    Args:
        table: the path of a file, or a pandas, polars, Arrow or narwhals table.
        target: the column to explain.
        features: the columns to explain it by; by default all others.
        drop: the columns to leave out instead.
        asked: what is said of prior and noise.
        intercept: whether the model has a free (flat) intercept.
        weights: a column of row weights q: the noise of a row has variance sigma^2 / q.
        exposure: a column that the counts of the target are divided by; it is then the weight of its row.
        trials: a column of numbers of trials that the successes of the target are divided by, likewise.
        missing: what to do about missing values: "refuse", "drop-rows" or "drop-columns".
        decimal: the decimal mark of a CSV file, "." or ",".
        name: names the files; by default the table's own.
        path: where the table was read from, if it was read already.
        source: the table, if it was opened already and is to be read a piece at a time.
        rows: called with a number of rows as they are read, where a table is read a piece at a time.
        checkpoint: a file to stop at and go on from, where a table is read a piece at a time.
        reduce: what squeezes such a table, if it is not to be done here.

    Raises:
        BadInput: see :func:`mapsto.data.files.open_table`, :func:`mapsto.data.encoding.columns` and
            :func:`mapsto.runs.audit.specification.settle`.
    """
    asked = asked or Asked()
    if sum(one is not None for one in (weights, exposure, trials)) > 1:
        raise BadInput("more than one of weights, exposure and trials was given; an exposure or trials are the weights")
    path = Path(table) if isinstance(table, str | Path) else path
    title = f"a {type(table).__name__}" if path is None else path.name
    free = asked.alpha == 0 or (asked.prior is not None and not asked.prior.proper)
    columns_asked: dict[str, Any] = dict(
        features=features,
        drop=drop,
        weights=next((one for one in (weights, exposure, trials) if one is not None), None),
        missing=missing,
        reference_levels=free,
    )
    again = needs_passes(asked, exposure, trials)
    if reduce is not None and again:
        raise BadInput(
            "under a likelihood without statistics the rows are passed over again and again, which is done here and "
            "not on a cluster; leave out --scheduler"
        )
    if may_stream(asked):
        source = source_of_large(table, decimal=decimal) if source is None else source
    elif source is not None or checkpoint is not None or reduce is not None:
        raise BadInput(
            "only under Gaussian noise and likelihoods with a link can a table be read a piece at a time, with nothing "
            "of them learned; leave out --checkpoint and --scheduler, and give one file"
        )
    if source is None and (checkpoint is not None or reduce is not None):
        source = open_source(table if isinstance(table, str | Path) else open_table(table), decimal=decimal)
    numbers: Columns | Streamed
    if source is not None:
        kept = None if checkpoint is None else Checkpoint(checkpoint)
        read: dict[str, Any] = dict(intercept=intercept, rows=rows, checkpoint=kept, reduce=reduce)
        if again:
            per_weight = exposure is not None or trials is not None
            passed = stream(source, target, **columns_asked, **read, per_weight=per_weight, again=True)
            numbers, asked = with_passes(passed, asked, exposure=exposure, trials=trials)
        else:
            numbers = with_gaussian_noise(stream(source, target, **columns_asked, **read), asked)
    else:
        numbers = columns(open_table(table, decimal=decimal), target, **columns_asked)
        numbers, asked = with_likelihood(numbers, asked, exposure=exposure, trials=trials)
    with one_blas_thread():
        settled = settle(numbers, asked, intercept=intercept)
    return Experiment(
        name=kebab("table" if path is None else path.stem) if name is None else name,
        title=literal(f"An audit of {title}: {target}"),
        question=QUESTION,
        answer=assumed(settled.problem, settled.prior),
        data=lambda: settled.problem,
        prior=settled.prior,
        lesson=lambda result: _lesson(settled, result),
    )


def kebab(text: str) -> str:
    """A name for files made of any text: small letters, digits and single hyphens."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "table"
    return "table-index" if name == "index" else name


def _lesson(settled: Settled, result: Result) -> Lesson:
    first, last = assumed(settled.problem, settled.prior), " ".join(settled.notes)
    if settled.choice is None or settled.spectrum is None:
        return lesson_of(result, first, last)
    choice, exact = settled.choice, result.exact
    claims: tuple[Check, ...] = ()
    if isinstance(exact, GaussianPosterior):
        alpha = choice.by_evidence
        by_spectrum = settled.spectrum.log_evidence(alpha, choice.sigma)
        # an eigenvalue is good to rounding of the largest, which is this many times the least term of the evidence
        rounding = gamma(result.problem.n + result.problem.p) * (1 + float(settled.spectrum.d2.max()) / alpha)
        size = abs(by_spectrum) + result.problem.n * (math.log(2 * math.pi) / 2 + abs(math.log(choice.sigma)))
        claims = (
            Check(
                "evidence-two-ways",
                abs(by_spectrum - exact.log_evidence) / size,
                rounding,
                r"The log evidence at the $\alpha$ used, by eigenvalues and by a factorisation of the covariance of "
                "$y$. The difference is relative to the size of its parts.",
            ),
            Check(
                "evidence-at-its-peak",
                float(np.max(choice.evidence) - exact.log_evidence) / size,
                rounding,
                r"How far the evidence of any other $\alpha$ tried is above that of the one used, relative to the "
                "size of its parts.",
            ),
        )
    return lesson_of(result, first, last, claims, choice_figures(choice))
