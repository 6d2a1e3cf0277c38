"""``translate``: the parameters with which another library makes the same fit."""

from __future__ import annotations

import inspect
import math
from typing import Any

from mapsto.conventions.base import Convention
from mapsto.conventions.implied import ImpliedPrior, NotAPrior
from mapsto.conventions.reading import prior_of
from mapsto.conventions.registry import targets
from mapsto.errors import BadInput
from mapsto.scales import positive

READ_WITH = {"X", "y", "n", "sample_weight", "noise_sd", "alpha", "L1_wt"}


def translate(a: Any, to: str, **facts: Any) -> dict[str, Any]:
    """The parameters of ``to`` whose objective is that of ``a``, up to a factor.

    Args:
        a: an ImpliedPrior, or a fitted estimator that ``prior_of`` reads.
        to: the target, such as "sklearn.Ridge" or "glmnet".
        facts: what the target or ``prior_of`` needs as well: n, sd_y, sd_x, reduction; alpha, L1_wt, X, y.

    Returns:
        Parameters by the names that the target gives them.

    Raises:
        BadInput: an unknown target, a fact it does not take, a penalty that is no prior, or one that the target
            cannot express.
    """
    known = targets()
    if to not in known:
        raise BadInput(f"there is no target {to!r}; there are {', '.join(sorted(known))}")
    target = known[to]
    takes = inspect.signature(target.factors).parameters
    fresh = not isinstance(a, ImpliedPrior | NotAPrior)
    odd = sorted(set(facts) - set(takes) - (READ_WITH if fresh else {"n"}))
    if odd:
        raise BadInput(f"{to} takes no {', '.join(odd)}; it takes {', '.join(sorted(takes)) or 'nothing else'}")
    implied = prior_of(a, **{name: facts[name] for name in facts if name in READ_WITH}) if fresh else a
    if isinstance(implied, NotAPrior):
        raise BadInput(f"there is nothing to translate: {implied}")
    units = target.units(**facts)
    missing = [name for name, one in takes.items() if one.default is one.empty and name not in {*units, "n"}]
    if missing:
        raise BadInput(f"{to} depends on {', '.join(missing)}; pass it")
    _check(implied, target)
    if "n" in takes:
        n = units.get("n", float(len(facts["X"])) if "X" in facts else implied.n)
        if n is not None:
            units["n"] = positive(n, "n")
        elif takes["n"].default is inspect.Parameter.empty:
            raise BadInput(
                f"this target divides its loss by the number of rows, which {implied.source} does not; pass n="
            )
    return target.from_rates(implied.in_j, **units)


def _check(a: ImpliedPrior, target: Convention) -> None:
    """Refuse what the target's penalty, likelihood or intercept cannot express."""
    if a.likelihood != target.likelihood:
        raise BadInput(
            f"{target.name} has a {target.likelihood} likelihood and {a.source} a {a.likelihood} one; no fit is the "
            "same"
        )
    if (any(a.l1) and not target.l1) or (any(a.l2) and not target.l2):
        kind = "a Normal prior or none" if target.l2 else "a Laplace prior or none" if target.l1 else "a flat prior"
        raise BadInput(f"{target.name} has {kind}; that of {a.source} is {a.family}: try sklearn.ElasticNet")
    if a.intercept not in target.intercepts:
        raise BadInput(
            f"the intercept of {a.source} is {a.intercept}; that of {target.name} can be "
            f"{' or '.join(target.intercepts)}: no fit is the same"
        )
    if any(math.isinf(R) for R in a.l2):
        raise BadInput(f"{a.source} holds slopes at 0, which no finite penalty does; drop those columns first")
