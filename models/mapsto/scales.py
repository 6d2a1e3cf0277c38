"""Scales: positive numbers, one or one a coefficient, and the three that fix each other (alpha, sigma, sigma_w)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

from mapsto.errors import BadInput

LOG_2PI = math.log(2 * math.pi)
SMALLEST, LARGEST = 1e-75, 1e75  # what can be squared, divided and squared again without leaving the doubles
LEAST_DF = 0.1  # a draw at probability 1e-16 lies at 1e160
MOST_SHOWN = 60  # characters of a value in a message
MOST_WHOLE = 2**63 - 1  # what the samplers' own integers hold

Each = float | tuple[float, ...]
"""One number for every coefficient, or a number for each."""


def alpha_of(noise_sd: float, prior_sd: float) -> float:
    """The ridge penalty alpha = sigma^2 / sigma_w^2 of a Normal(0, prior_sd) prior."""
    return (noise_sd / prior_sd) ** 2


def resolve_scales(
    *, alpha: float | None = None, noise_sd: float | None = None, prior_sd: float | None = None
) -> tuple[float, float, float]:
    """Complete {alpha, sigma, sigma_w} from any two of them; alpha = sigma^2 / sigma_w^2.

    Returns:
        (alpha, noise_sd, prior_sd).

    Raises:
        BadInput: fewer than two given, three that contradict each other, or one that is not positive.
    """
    given = {"alpha": alpha, "noise_sd": noise_sd, "prior_sd": prior_sd}
    known = {name: positive(value, name) for name, value in given.items() if value is not None}
    if len(known) < 2:
        came = f"only {next(iter(known))}" if known else "none"
        raise BadInput(f"{came} of alpha, noise_sd and prior_sd was given; give two of them: they fix the third")
    if "alpha" not in known:
        known["alpha"] = alpha_of(known["noise_sd"], known["prior_sd"])
    elif "noise_sd" not in known:
        known["noise_sd"] = known["prior_sd"] * math.sqrt(known["alpha"])
    elif "prior_sd" not in known:
        known["prior_sd"] = known["noise_sd"] / math.sqrt(known["alpha"])
    elif not math.isclose(known["alpha"], alpha_of(known["noise_sd"], known["prior_sd"]), rel_tol=1e-12):
        implied = alpha_of(known["noise_sd"], known["prior_sd"])
        raise BadInput(
            f"alpha = {known['alpha']:g} contradicts noise_sd and prior_sd, which imply "
            f"noise_sd^2 / prior_sd^2 = {implied:g}; give two of the three"
        )
    return known["alpha"], known["noise_sd"], known["prior_sd"]


def positive(value: Any, name: str) -> float:
    """``value`` as a positive float whose square and ratios stay in range, or BadInput naming it."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise BadInput(f"{name} is {_short(value)}; expected a positive number")
    number = _float(value)
    if not 0 < number < math.inf:
        raise BadInput(f"{name} is {number:g}; expected a positive, finite number")
    if not SMALLEST <= number <= LARGEST:
        raise BadInput(f"{name} is {number:g}; expected a number from {SMALLEST:g} to {LARGEST:g}: change the units")
    return number


def tail_degrees(value: Any, name: str) -> float:
    """``value`` as degrees of freedom of a Student t whose quantiles are doubles, or BadInput naming it."""
    number = positive(value, name)
    if number < LEAST_DF:
        raise BadInput(
            f"{name} is {number:g}; expected at least {LEAST_DF:g}: with fewer the tails reach beyond the doubles"
        )
    return number


def probability(value: Any, name: str) -> float:
    """``value`` as a float between 0 and 1, both excluded, or BadInput naming it."""
    number = _number(value) if getattr(value, "ndim", 0) == 0 else value
    if isinstance(number, bool) or not isinstance(number, Real) or not 0 < _float(number) < 1:
        raise BadInput(f"{name} is {_short(value)}; expected a number between 0 and 1")
    return float(number)


def whole(value: Any, name: str, *, least: int, why: str = "", most: int = MOST_WHOLE) -> int:
    """``value`` as an int from ``least`` to ``most``, or BadInput naming it."""
    number = _number(value) if getattr(value, "ndim", 0) == 0 else value
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, Integral) or int(number) < least:
        told = f": {why}" if why else ""
        raise BadInput(f"{name} is {_short(value)}; expected a whole number of at least {least}{told}")
    if int(number) > most:
        raise BadInput(f"{name} is {_short(value)}; expected a whole number of at most {most}")
    return int(number)


def finite(value: Any, name: str) -> float:
    """``value`` as a float that is neither NaN nor infinite nor beyond range, or BadInput naming it."""
    if isinstance(value, bool) or not isinstance(value, Real) or not abs(_float(value)) <= LARGEST:
        raise BadInput(f"{name} is {_short(value)}; expected a number of at most {LARGEST:g} in size")
    return float(value)


def positive_each(value: Any, name: str) -> Each:
    """``value`` as a positive float, or a tuple of them, one a coefficient (an array or list is taken too)."""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return tuple(positive(_number(one), f"{name}, entry {j + 1},") for j, one in enumerate(value))
    return positive(value, name)


def finite_each(value: Any, name: str) -> Each:
    """``value`` as a finite float, or a tuple of them, one a coefficient (an array or list is taken too)."""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return tuple(finite(_number(one), f"{name}, entry {j + 1},") for j, one in enumerate(value))
    return finite(value, name)


def times(value: Each, factor: float) -> Each:
    """One number, or each of several, times a factor."""
    return tuple(one * factor for one in value) if isinstance(value, tuple) else value * factor


def _number(one: Any) -> Any:
    return one.item() if hasattr(one, "item") else one


def _float(value: Any) -> float:
    """``value`` as a float; infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _short(value: Any) -> str:
    """``value`` as Python writes it, cut to a readable length."""
    try:
        text = repr(value)
    except RecursionError:
        return "nested too deeply"
    except ValueError:  # Python writes no integers of thousands of digits
        return f"an integer of {value.bit_length()} bits"
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
