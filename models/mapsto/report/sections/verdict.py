"""The verdict: pass or fail in words, and every reason for a fail."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.report.text.numerals import number
from mapsto.runs.record import DrawsRecord, ModeRecord, Record, whose


@dataclass(frozen=True)
class Check:
    """One check, ready to be shown."""

    name: str
    observed: str
    tolerance: str
    reason: str
    passed: bool
    claim: bool = False


@dataclass(frozen=True)
class Verdict:
    """What the page says first."""

    passed: bool
    digits: str | None
    checks: list[Check]
    broken: list[tuple[str, str]]
    whose: str = ""

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


def verdict(record: Record) -> Verdict:
    """The record's verdict. One failed check or engine is a fail, whatever the summary says, and so is no check."""
    agreement = record.agreement
    checks = [
        Check(one.name, *_compared(one.observed, one.tolerance), one.reason, one.passed, one.claim)
        for one in agreement.checks
    ]
    checks.sort(key=lambda check: check.passed)
    broken = [_broken(mode.label, mode) for mode in record.modes.values() if mode.status == "failed"]
    broken += [_broken(f"Sampling by {one.label}", one) for one in record.draws.values() if one.status == "failed"]
    passed = agreement.passed and not broken and bool(checks) and all(check.passed for check in checks)
    digits = agreement.digits
    return Verdict(passed, None if digits is None else f"{digits:.1f}", checks, broken, "" if passed else whose(record))


def _broken(label: str, answer: ModeRecord | DrawsRecord) -> tuple[str, str]:
    return label, answer.reason or "no reason was given"
