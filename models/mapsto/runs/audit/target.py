"""Which likelihood a target asks for where none was given, and what was done to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mapsto.data.encoding import Columns
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.base_glm import GeneralisedLinear
from mapsto.likelihoods.bernoulli import Bernoulli
from mapsto.likelihoods.binomial import Binomial
from mapsto.likelihoods.poisson import Poisson
from mapsto.marks import number, quoted
from mapsto.runs.audit.specification import Asked
from mapsto.runs.audit.streamed import Streamed

CLASSES = ("bernoulli", "binomial", "probit")
COUNTS = ("poisson", "negative_binomial")
FEW = 4  # rows in which two numbers are no sign of two classes


def with_likelihood(
    table: Columns, asked: Asked, *, exposure: str | None = None, trials: str | None = None
) -> tuple[Columns, Asked]:
    """The table and what was asked of it, with the likelihood that its target leaves no choice of.

    A target of two values is Bernoulli unless a sigma was given, which only Gaussian noise has.

    Args:
        table: with the column of ``exposure`` or ``trials`` for its weights.
        asked: as the user did.
        exposure: the column that counts are divided by.
        trials: the column of trials that successes are divided by.

    Raises:
        BadInput: classes under a likelihood that has none; exposures or trials under one that has none of these; an
            exposure that is not above 0.
    """
    if exposure is not None or trials is not None:
        return _per(table, asked, exposure, trials)
    likelihood = asked.likelihood
    if table.levels and likelihood is not None and likelihood.name not in CLASSES:
        raise BadInput(
            f"the target {table.target!r} has the classes {table.levels[0]!r} and {table.levels[1]!r}, and the "
            f"{likelihood.label} likelihood expects numbers: use bernoulli"
        )
    values = np.unique(table.y)
    if likelihood is None:
        if len(values) == 2 and (table.levels or (asked.noise_sd == "auto" and len(table.y) > FEW)):
            if asked.noise_sd != "auto":
                raise BadInput(f"the target {table.target!r} has two classes, and classes have no sigma: leave it out")
            likelihood = Bernoulli() if table.weights is None else Binomial()
            said = (
                f"The target {quoted(table.target)} has two values, so the likelihood is {likelihood.label}; give "
                "another by --likelihood (likelihood= in Python)."
            )
            table, asked = _noted(table, said), replace(asked, likelihood=likelihood)
        elif values[0] == 0 and np.array_equal(values, np.rint(values)):
            return _noted(
                table,
                f"All values of {quoted(table.target)} are whole numbers from 0 on, and the noise was taken for "
                "Gaussian. If they are counts, give --likelihood poisson (likelihood=Poisson() in Python).",
            ), asked
    if likelihood is not None and likelihood.name == "bernoulli" and len(values) == 2:
        return _coded(table), asked
    return table, asked


def may_stream(asked: Asked) -> bool:
    """Whether a table under what was asked may be read a piece at a time."""
    if asked.learn:
        return False
    likelihood = asked.likelihood
    return likelihood is None or likelihood.has_statistics or isinstance(likelihood, GeneralisedLinear)


def needs_passes(asked: Asked, exposure: str | None = None, trials: str | None = None) -> bool:
    """Whether a table that is read a piece at a time has to be read again for each step of the search for the mode."""
    if exposure is not None or trials is not None:
        return True
    return asked.likelihood is not None and not asked.likelihood.has_statistics


def with_passes(
    table: Streamed, asked: Asked, *, exposure: str | None = None, trials: str | None = None
) -> tuple[Streamed, Asked]:
    """A table that is passed over, and what was asked of it; see :func:`.with_likelihood`.

    Raises:
        BadInput: as there; two values other than 0 and 1 under the Bernoulli likelihood.
    """
    if exposure is not None or trials is not None:
        likelihood, said = _per_likelihood(table.plan.target, asked, exposure, trials)
        return replace(table, said=said), replace(asked, likelihood=likelihood)
    values = table.reduction.facts.targets
    if asked.likelihood is not None and asked.likelihood.name == "bernoulli" and values.tolist() != [0.0, 1.0]:
        some = ", ".join(f"{value:g}" for value in values)
        raise BadInput(
            f"the target {table.plan.target!r} holds {some}; expected 0 and 1 in a table that is read a piece at a time"
        )
    return table, asked


def with_gaussian_noise(table: Streamed, asked: Asked) -> Streamed:
    """The table, if nothing speaks for another likelihood that was not asked for; see :func:`.with_likelihood`.

    Raises:
        BadInput: a target of two values.
    """
    facts, target = table.reduction.facts, table.plan.target
    if asked.likelihood is not None:
        return table
    if len(facts.targets) == 2 and asked.noise_sd == "auto":
        raise BadInput(
            f"the target {target!r} has two values, {facts.targets[0]:g} and {facts.targets[1]:g}; give --likelihood "
            "bernoulli, or --likelihood gaussian if they are measurements"
        )
    if facts.whole and facts.low[-1] == 0:
        said = (
            f"All values of {quoted(target)} are whole numbers from 0 on, and the noise was taken for Gaussian. If "
            "they are counts, give --likelihood poisson (likelihood=Poisson() in Python)."
        )
        return replace(table, said=said)
    return table


def _coded(table: Columns) -> Columns:
    """Two values as 0 and 1, and which is which."""
    low, high = np.unique(table.y)
    names = [quoted(one) for one in table.levels] or [number(low, 6), number(high, 6)]
    if not table.levels and (low, high) == (0, 1):
        return table
    return _noted(
        replace(table, y=np.asarray(table.y == high, dtype=np.float64)),
        f"Of {quoted(table.target)}, {names[1]} counts as 1 and {names[0]} as 0.",
    )


def _per(table: Columns, asked: Asked, exposure: str | None, trials: str | None) -> tuple[Columns, Asked]:
    """Counts per exposure, or successes per trial, whose weights are the exposures or trials."""
    likelihood, said = _per_likelihood(table.target, asked, exposure, trials)
    assert table.weights is not None
    if not (table.weights > 0).all():
        least, by = table.weights.min(), exposure if trials is None else trials
        raise BadInput(f"the column {by!r} holds {least:g}; expected numbers above 0 to divide the target by")
    return _noted(replace(table, y=table.y / table.weights), said), replace(asked, likelihood=likelihood)


def _per_likelihood(target: str, asked: Asked, exposure: str | None, trials: str | None) -> tuple[Likelihood, str]:
    """The likelihood of counts per exposure or successes per trial, and what is said of them."""
    if exposure is not None and trials is not None:
        raise BadInput("both exposure and trials were given; counts have an exposure, successes have trials: name one")
    kinds, default, by = (COUNTS, Poisson(), exposure) if trials is None else (CLASSES[1:], Binomial(), trials)
    likelihood: Likelihood = asked.likelihood or default
    if likelihood.name not in kinds:
        what = "exposures" if trials is None else "trials"
        raise BadInput(f"the {likelihood.label} likelihood has no {what}; they go with {' or '.join(kinds)}")
    said = f"The response is {quoted(target)} per {quoted(str(by))}, and {quoted(str(by))} is the weight of its row."
    if asked.likelihood is None:
        said += f" The likelihood of such a response is {likelihood.label}."
    return likelihood, said


def _noted(table: Columns, said: str) -> Columns:
    return replace(table, notes=(*table.notes, said))
