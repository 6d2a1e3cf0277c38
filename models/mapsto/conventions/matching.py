"""What to set in each library for the fit of scikit-learn's ``Ridge(alpha=1)``, as a formula in n and the spreads."""

from __future__ import annotations

import inspect
import math
from typing import Any

from mapsto.conventions.base import Convention, NoPrior
from mapsto.conventions.rates import Rates
from mapsto.errors import BadInput

TAKEN = {"n": 64.0, "sd_y": 4.0, "sd_x": (2.0,)}  # where a setting is read off; its formula is held to others by a test
SYMBOLS = {"n": "n", "sd_y": r"\text{sd}_y", "sd_x": r"\text{sd}_j"}


def matching(convention: Convention) -> str:
    """What to set for RSS + ||w||^2 with a free intercept where there is one: text with mathematics, or why nothing is.

    A number that depends on n, or on the spread of y or of a column, is told as a formula: each of these numbers is a
    product of powers, whose exponents are read off by doubling one unit at a time.
    """
    if isinstance(convention, NoPrior):
        return "nothing: its penalty is no prior"
    if convention.likelihood != "gaussian":
        return f"nothing: its likelihood is {convention.likelihood}"
    if not convention.l2:
        return "nothing: it has no squared penalty"
    intercept = "free" if "free" in convention.intercepts else convention.intercepts[0]
    rates = Rates(l2=1.0, intercept=intercept, nonnegative=convention.nonnegative)
    takes = inspect.signature(convention.factors).parameters
    units: dict[str, Any] = {name: value for name, value in TAKEN.items() if name in takes and name != "sd_x"}
    if "sd_x" in takes and takes["sd_x"].default is inspect.Parameter.empty:
        units["sd_x"] = TAKEN["sd_x"]
    try:
        set_to = convention.from_rates(rates, **units)
    except (BadInput, TypeError):
        return "no one setting: see what it minimises"
    told = []
    for name, value in set_to.items():
        number = _last(value)
        if isinstance(number, bool | str):
            told.append(f"{name}={number!r}")
            continue
        powers = {unit: _power(convention, rates, units, name, unit) for unit in units}
        formula = f"${_formula(float(number), powers, units)}$" if any(powers.values()) else f"{number:g}"
        told.append(f"{name} = [0, {formula}, …], the constant first" if _is_list(value) else f"{name} = {formula}")
    return ", ".join(told) + "".join(
        f" ({words})"
        for words, so in (
            ("on centred columns and response, for it has no intercept", intercept == "none"),
            ("the same penalty, with slopes held at or above 0", convention.nonnegative),
            ("for columns that all have this sd", "sd_x" in units),
        )
        if so
    )


def _power(convention: Convention, rates: Rates, units: dict[str, Any], name: str, unit: str) -> int:
    """The exponent of one unit in one of its numbers."""
    doubled = units | {unit: tuple(2 * one for one in units[unit]) if unit == "sd_x" else 2 * units[unit]}
    before, after = (float(_last(convention.from_rates(rates, **some)[name])) for some in (units, doubled))
    return round(math.log2(after / before)) if before else 0


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) > 1


def _last(value: Any) -> Any:
    return value[-1] if isinstance(value, list | tuple) else value


def _formula(value: float, powers: dict[str, int], units: dict[str, Any]) -> str:
    """value as  factor * product of powers of the units, in LaTeX."""
    factor = value / math.prod(float(_last(units[unit])) ** power for unit, power in powers.items())
    over = [_raised(SYMBOLS[unit], power) for unit, power in powers.items() if power > 0]
    under = [_raised(SYMBOLS[unit], -power) for unit, power in powers.items() if power < 0]
    top = (f"{factor:g}" if factor != 1 or not over else "") + r"\,".join(["", *over] if factor != 1 and over else over)
    bottom = r"\,".join(under)
    return top + (f"/{bottom}" if len(under) == 1 else rf"/({bottom})" if under else "")


def _raised(symbol: str, power: int) -> str:
    return symbol if power == 1 else f"{symbol}^{power}"
