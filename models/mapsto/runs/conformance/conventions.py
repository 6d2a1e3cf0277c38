"""A convention by itself: its numbers are strengths, they go both ways, and J is what it minimises."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.conventions.base import Convention, NoPrior
from mapsto.conventions.rates import Rates
from mapsto.errors import told
from mapsto.rounding import gamma
from mapsto.runs.conformance.tables import tables

UNITS = {"n": 40, "sd_y": 1.7, "sd_x": [0.5, 1.0, 2.0, 4.0]}


def _translates(one: Convention) -> bool:
    return not isinstance(one, NoPrior) and type(one).parameters is not Convention.parameters


def _rates(one: Convention, units: dict[str, Any]) -> Rates:
    """One strength of each part for all columns, in its own units, as rates of J: what each can say."""
    strengths = Rates(one.l2 * np.full(4, 0.25), one.l1 * np.full(4, 0.5), one.intercepts[0])
    return replace(strengths.times(one.factors(**units)), nonnegative=one.nonnegative)


def _units(one: Convention, known: dict[str, Any]) -> dict[str, Any]:
    known = one.units(**known)
    needed = inspect.signature(one.factors).parameters.values()
    return known | {p.name: "mean" for p in needed if p.name == "reduction"}


def _by_name(function: Callable[..., Any], own: dict[str, Any]) -> dict[str, Any]:
    """What it writes, by the names that a function of its own takes: `penalty.factor` is `penalty_factor` there."""
    takes = {_letters(name): name for name in inspect.signature(function).parameters}
    return {takes[_letters(name)]: value for name, value in own.items() if _letters(name) in takes}


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def numbers_go_both_ways(one: Convention) -> Comparisons:
    """A penalty in its own numbers, read back, is the penalty; twice the penalty is another number."""
    if not _translates(one):
        return
    units = _units(one, UNITS)
    rates = _rates(one, units)
    try:
        own = one.from_rates(rates, **units)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plug-in may raise anything; it is told
        yield holds(False, f"a penalty cannot be written in its numbers: {told(error)}")
        return
    back = one.to_rates(_by_name(one.strengths, own), **units)
    for name in ("l2", "l1"):
        sent, came = (np.broadcast_to(getattr(r, name), (4,)) for r in (rates, back))
        yield Seen(
            float(np.abs(sent - came).max()),
            gamma(32) * float(np.abs(sent).max()),
            f"{name} of {sent[0]:.6g} in each column comes back as {came[0]:.6g}",
        )
    twice = one.from_rates(rates.times((2.0, 2.0)), **units)
    yield holds(twice != own or not (one.l1 or one.l2), "twice the penalty has the same numbers")


def objective_is_j(one: Convention) -> Comparisons:
    """What it says it minimises is J times one factor, and a constant, at any slopes: what finds a forgotten n."""
    if one.minimises is None or one.likelihood != "gaussian" or not _translates(one):
        return
    X, y = tables()["tall"]
    rng = np.random.default_rng(2)
    units = _units(one, {"n": len(y), "sd_y": float(y.std()), "sd_x": X.std(axis=0)})
    rates = _rates(one, units)
    own = one.from_rates(rates, **units)
    values = []
    for _ in range(6):
        w, b = np.abs(rng.standard_normal(4)), float(rng.standard_normal())
        value = float(np.sum((y - b - X @ w) ** 2) + rates.l2 @ w**2 + rates.l1 @ np.abs(w))
        values.append((value, float(one.minimises(X, y, w, b, **_by_name(one.minimises, own)))))
    J, theirs = (np.array(part) for part in zip(*values, strict=True))
    slope = np.ptp(theirs) / np.ptp(J)
    off = np.abs((theirs - theirs[0]) - slope * (J - J[0])).max()
    yield Seen(
        float(off),
        gamma(64 * len(y)) * float(np.abs(theirs).max() + slope * J.max()),
        "what it minimises is not J times a factor: a penalty is off by a factor, such as n or 2",
    )


def objective_is_stated(one: Convention) -> Comparisons:
    """A convention that no test of its package runs states its objective in code as well, so that it can be checked."""
    if _translates(one) and one.known != "run" and one.likelihood == "gaussian":
        yield holds(
            one.minimises is not None, "it has no `minimises`, so nothing can tell whether its factors are right"
        )


def texts_are_marked(one: Convention) -> Comparisons:
    """Its objective and prior are LaTeX as a whole, and its intercept is a text that marks its mathematics."""
    from math_core import LatexError, LatexToMathML

    parts = one.intercept.split("$")
    yield holds(len(parts) % 2 == 1, "a dollar sign in `intercept` is not closed")
    yield holds(not set("".join(parts[::2])) & set("\\^{}"), "`intercept` has mathematics outside dollar signs")
    yield holds(
        "$" not in one.objective + one.prior, "`objective` and `prior` are mathematics as a whole, without dollar signs"
    )
    for name in ("objective", "prior"):
        try:
            LatexToMathML(fancy_error=False).convert_with_local_state(getattr(one, name), displaystyle=True)
        except LatexError as error:
            yield holds(False, f"{name} is no LaTeX that a page can set: {' '.join(str(error).split())}")
        else:
            yield holds(True, name)


CHECKS = (numbers_go_both_ways, objective_is_j, objective_is_stated, texts_are_marked)
