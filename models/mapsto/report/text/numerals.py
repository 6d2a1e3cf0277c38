"""Numbers as a reader wants them: sensible digits, a true minus sign, a dash for what is not there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mapsto.marks import MINUS, raised

ABSENT = "\N{EN DASH}"


def decimals_for(scale: float, digits: int, most: int = 12) -> int:
    """Decimals that show a number as large as ``scale`` to ``digits`` significant digits."""
    if scale == 0 or not math.isfinite(scale):
        return 0
    return min(max(digits - 1 - math.floor(math.log10(abs(scale))), 0), most)


def fixed(value: float | None, decimals: int) -> str:
    """``value`` in fixed notation; a zero carries no sign."""
    if value is None:
        return ABSENT
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else ("∞" if value > 0 else MINUS + "∞")
    text = f"{value:.{decimals}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def number(value: float | None, digits: int = 4) -> str:
    """``value`` to ``digits`` significant digits, as a power of ten where zeros would hide it."""
    if value is None:
        return ABSENT
    if isinstance(value, int) and abs(value) < 10**9:
        return f"{value:,}".replace("-", MINUS).replace(",", "\N{NARROW NO-BREAK SPACE}")
    if value == 0 or not math.isfinite(value):
        return fixed(value, 0)
    if not 1e-4 <= abs(value) < 1e8:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa} × 10{raised(int(exponent))}".replace("-", MINUS)
    return fixed(value, decimals_for(value, digits))


def power_of_ten(exponent: int) -> str:
    """10 to a whole power: in digits while they can be counted at a glance."""
    if -3 <= exponent <= 4:
        return fixed(10.0**exponent, max(-exponent, 0))
    return f"10{raised(exponent)}"


def compact(value: float | None, digits: int = 4) -> str:
    """As :func:`number`, without the zeros that a round value ends in: 54, not 54.00."""
    text = number(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text and "×" not in text else text


def interval(pair: Sequence[float | None] | None, decimals: int) -> str:
    """A pair of ends as [low, high]."""
    if pair is None:
        return ABSENT
    return f"[{fixed(pair[0], decimals)}, {fixed(pair[1], decimals)}]"


def parameters(params: Mapping[str, Any]) -> str:
    """Parameters as words: those that are set, a long list by its ends."""
    told = [
        f"{key.replace('_', ' ')} {_parameter(value)}" for key, value in params.items() if value not in (None, False)
    ]
    return ", ".join(told)


def _parameter(value: Any) -> str:
    if isinstance(value, list | tuple):
        shown = [_parameter(one) for one in value]
        return "(" + ", ".join(shown if len(shown) <= 4 else [*shown[:2], "…", shown[-1]]) + ")"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is True else str(value)
    return compact(value)


def moment(iso: str | None) -> str:
    """A time in ISO 8601 to the minute, as people write it; one that is not in UTC stays as it is."""
    if not iso:
        return ABSENT
    return f"{iso[:10]} {iso[11:16]} UTC" if iso.endswith("+00:00") else iso


def percent(share: float | None) -> str:
    """A share of one as a percentage."""
    return ABSENT if share is None else f"{share * 100:.3g}%"
