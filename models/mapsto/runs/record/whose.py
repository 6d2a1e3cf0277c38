"""Whose a failed check is: which engine is wrong, and whether the answer that is shown is right."""

from __future__ import annotations

from itertools import permutations

from mapsto.runs.record.whole import Record


def whose(record: Record) -> str:
    """Sentences that name the engines whose own checks failed; empty where no engine's did.

    An engine is wrong where its answer is not stationary, or it should have answered and did not. The answer shown is
    that of the first engine which has one; comparisons with a wrong engine say nothing against it.
    """
    failed = {check.name for check in record.agreement.checks if not check.passed}
    labels = {name: mode.label for name, mode in record.modes.items()}
    answered = [name for name, mode in record.modes.items() if mode.status == "ok"]
    silent = [name for name, mode in record.modes.items() if mode.status == "failed"]
    wrong = [name for name in answered if f"stationarity-{name}" in failed]
    if not answered or not (wrong or silent):
        return ""
    words = [f"{labels[name]} is wrong: its answer is not a mode of this posterior." for name in wrong]
    words += [f"{labels[name]} should have answered and did not." for name in silent]
    shown, right = answered[0], [name for name in answered if name not in wrong]
    if shown in wrong:
        words.append(f"The answer shown is that of {labels[shown]}: do not use it.")
        if right:
            words.append(f"That of {labels[right[0]]} is a mode.")
        return " ".join(words)
    passed = {check.name for check in record.agreement.checks if check.passed}
    agree = [
        labels[name]
        for name in right
        if {f"{same}-{a}-{b}" for same in ("same-mode", "same-fit") for a, b in permutations((shown, name), 2)} & passed
    ]
    beyond = failed - _explained(wrong, silent, list(record.modes))
    also = f", and {' and '.join(agree)} agree{'s' * (len(agree) == 1)} with it" if agree else ""
    words.append(f"The answer shown is that of {labels[shown]}. It is a mode{also}.")
    if beyond:
        words.append("Other checks failed too.")
    return " ".join(words)


def _explained(wrong: list[str], silent: list[str], engines: list[str]) -> set[str]:
    """The checks that fail because of these engines, and say nothing of the others."""
    names = {f"stationarity-{name}" for name in wrong} | {f"engine-{name}" for name in silent}
    if wrong:
        names |= {"same-objective", "same-exact-zeros"}
    for same in ("same-mode", "same-fit"):
        names |= {f"{same}-{a}-{b}" for a, b in permutations(engines, 2) if a in wrong or b in wrong}
    return names
