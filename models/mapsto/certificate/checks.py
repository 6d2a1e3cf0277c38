"""A named comparison, and all of a run's: the verdict is derived from them, never stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One named comparison: it passes when ``observed`` is at most ``tolerance``.

    A quantity that has to be large (an effective sample size) is observed as bound / quantity against 1.
    """

    name: str
    observed: float
    tolerance: float
    reason: str

    @property
    def passed(self) -> bool:
        """Whether the observed value is within its tolerance; NaN never is."""
        return self.observed <= self.tolerance


@dataclass(frozen=True)
class Certificate:
    """All checks of a run, and the digits on which the routes agree.

    Attributes:
        checks: every comparison made.
        digits: significant digits, relative to the largest coefficient, shared by every two routes; None with fewer
            than two.
    """

    checks: tuple[Check, ...]
    digits: float | None

    @property
    def passed(self) -> bool:
        """Whether every check passed, and there is one: no check shows nothing."""
        return bool(self.checks) and all(check.passed for check in self.checks)
