"""The verdict: pass or fail in words, and every reason for a fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mapsto.report.sections.routes import ROUTES
from mapsto.report.text.numerals import number


@dataclass(frozen=True)
class Check:
    """One check, ready to be shown."""

    name: str
    observed: str
    tolerance: str
    reason: str
    passed: bool


@dataclass(frozen=True)
class Verdict:
    """What the page says first."""

    passed: bool
    digits: str | None
    checks: list[Check]
    broken: list[tuple[str, str]]

    @property
    def failures(self) -> list[Check]:
        """The checks that did not pass."""
        return [check for check in self.checks if not check.passed]

    @property
    def word(self) -> str:
        """Pass or fail: colour alone would not tell everyone."""
        return "Pass" if self.passed else "Fail"


def _compared(observed: float | None, tolerance: float | None) -> tuple[str, str]:
    """Both as text, with as many digits as it takes to see that they differ."""
    told = [(number(observed, digits), number(tolerance, digits)) for digits in (3, 6, 12)]
    return next((pair for pair in told if pair[0] != pair[1]), told[0])


def verdict(record: dict[str, Any]) -> Verdict:
    """The record's verdict. One failed check or route is a fail, whatever the summary flag says, and so is no check."""
    agreement = record["agreement"]
    checks = [
        Check(
            str(one["name"]),
            *_compared(one.get("observed"), one.get("tolerance")),
            str(one.get("reason") or ""),
            bool(one["passed"]),
        )
        for one in agreement.get("checks") or []
    ]
    checks.sort(key=lambda check: check.passed)
    broken = [
        (label, str(route.get("reason") or "no reason was given"))
        for key, label in ROUTES
        if (route := record["routes"].get(key) or {}).get("status") == "failed"
    ]
    passed = bool(agreement["passed"]) and not broken and bool(checks) and all(check.passed for check in checks)
    digits = agreement.get("digits")
    return Verdict(passed, None if digits is None else f"{digits:.1f}", checks, broken)
