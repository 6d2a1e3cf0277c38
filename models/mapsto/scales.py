"""Scales: positive numbers, one or one a coefficient, and the three that fix each other (alpha, sigma, sigma_w)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

from mapsto.errors import BadInput

LOG_2PI = math.log(2 * math.pi)
SMALLEST, LARGEST = 1e-75, 1e75  # what can be squared, divided and squared again without leaving the doubles

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
        raise BadInput(f"{name} is {value!r}; expected a positive number")
    number = float(value)
    if not 0 < number < math.inf:
        raise BadInput(f"{name} is {number:g}; expected a positive, finite number")
    if not SMALLEST <= number <= LARGEST:
        raise BadInput(f"{name} is {number:g}; expected a number from {SMALLEST:g} to {LARGEST:g}: change the units")
    return number


def finite(value: Any, name: str) -> float:
    """``value`` as a float that is neither NaN nor infinite nor beyond range, or BadInput naming it."""
    if isinstance(value, bool) or not isinstance(value, Real) or not abs(float(value)) <= LARGEST:
        raise BadInput(f"{name} is {value!r}; expected a number of at most {LARGEST:g} in size")
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
