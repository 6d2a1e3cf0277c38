"""A belief and what it amounts to, as plain data for its page."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class SettingRecord(Struct, frozen=True, kw_only=True):
    """What one library has to be told: ``text`` around the one number, and the number's power of the belief.

    Attributes:
        library: as users write it.
        before, value, after: the call as one types it, with the number that the belief moves apart.
        power: ``value`` is proportional to the belief's bound to this power: -2 for squares, -1 for absolute values.
    """

    library: str
    before: str
    value: float
    after: str
    power: int


class ElicitedRecord(Struct, frozen=True, kw_only=True):
    """As :class:`mapsto.conventions.elicit.Elicited`, and the names that a page shows."""

    target: str
    n: int
    p: int
    beyond: float
    prob: float
    family: Literal["normal", "laplace"]
    scale: float
    noise_sd: float
    per_sd: bool
    alpha: float | None
    degrees_of_freedom: float | None
    settings: list[SettingRecord]
    reach: list[float]
    observed: list[float]
    eigenvalues: list[float]
    command: str
