"""``translate``: the parameters with which another library makes the same fit."""

from __future__ import annotations

import inspect
from typing import Any

from mapsto.conventions.implied import ImpliedPrior, NotAPrior
from mapsto.conventions.reading import prior_of
from mapsto.conventions.targets import TARGETS
from mapsto.errors import BadInput


def translate(a: Any, to: str, **facts: Any) -> dict[str, Any]:
    """The parameters of ``to`` whose objective is that of ``a``, up to a factor.

    Args:
        a: an ImpliedPrior, or a fitted estimator that ``prior_of`` reads.
        to: the target, such as "sklearn.Ridge" or "glmnet".
        facts: what the target or ``prior_of`` needs beside: n, sd_y, sd_x, reduction; alpha, L1_wt, X, y.

    Returns:
        Parameters by the names that the target gives them.

    Raises:
        BadInput: an unknown target, a fact it does not take, a penalty that is no prior, or one that the target
            cannot express.
    """
    if to not in TARGETS:
        raise BadInput(f"there is no target {to!r}; there are {', '.join(sorted(TARGETS))}")
    taken = set(inspect.signature(TARGETS[to]).parameters) - {"a"}
    read_with = {"X", "y", "n", "sample_weight", "noise_sd", "alpha", "L1_wt"}
    fresh = not isinstance(a, ImpliedPrior | NotAPrior)
    odd = sorted(set(facts) - taken - (read_with if fresh else {"n"}))
    if odd:
        raise BadInput(f"{to} takes no {', '.join(odd)}; it takes {', '.join(sorted(taken)) or 'nothing beside'}")
    implied = prior_of(a, **{name: facts[name] for name in facts if name in read_with}) if fresh else a
    if isinstance(implied, NotAPrior):
        raise BadInput(f"there is nothing to translate: {implied}")
    needed = {name: value for name, value in facts.items() if name in taken}
    if "n" in taken and "n" not in needed and "X" in facts:
        needed["n"] = float(len(facts["X"]))
    missing = [
        name
        for name, parameter in inspect.signature(TARGETS[to]).parameters.items()
        if name != "a" and parameter.default is inspect.Parameter.empty and name not in needed
    ]
    if missing:
        raise BadInput(f"{to} depends on {', '.join(missing)}; pass it")
    return TARGETS[to](implied, **needed)
