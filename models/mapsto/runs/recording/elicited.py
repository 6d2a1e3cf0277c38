"""A belief and what it amounts to, as its page has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapsto.conventions.elicit import Elicited, settings_in_words
from mapsto.likelihoods.problem import Problem
from mapsto.runs.record.elicited import ElicitedRecord, SettingRecord


def elicited_record(found: Elicited, problem: Problem, command: str = "") -> ElicitedRecord:
    """The record of ``found``, which came of ``problem``."""
    power = -2 if found.family == "normal" else -1
    return ElicitedRecord(
        target=str(problem.target),
        n=problem.n,
        p=problem.p,
        beyond=found.beyond,
        prob=found.prob,
        family=found.family,
        scale=found.scale,
        noise_sd=found.noise_sd,
        per_sd=found.per_sd,
        alpha=found.alpha,
        degrees_of_freedom=found.degrees_of_freedom,
        settings=[_setting(name, own, power) for name, own in found.settings.items()],
        reach=list(found.reach),
        observed=list(found.observed),
        eigenvalues=[float(one) for one in found.eigenvalues],
        command=command,
    )


def _setting(library: str, own: Mapping[str, Any], power: int) -> SettingRecord:
    """The call with its strength apart, the one number among its settings that the belief moves."""
    names = list(own)
    at = next(i for i, name in enumerate(names) if _strength(name, own[name]) is not None)
    value = _strength(names[at], own[names[at]])
    assert value is not None
    before = settings_in_words({name: own[name] for name in names[:at]})
    after = settings_in_words({name: own[name] for name in names[at + 1 :]})
    listed = "one for each slope: " if isinstance(own[names[at]], list | tuple) else ""
    return SettingRecord(
        library=library,
        before=f"{before}, {names[at]}={listed}" if before else f"{names[at]}={listed}",
        value=value,
        after=f", {after}" if after else "",
        power=power,
    )


def _strength(name: str, value: Any) -> float | None:
    """The number, if it is one that a belief moves."""
    last = value[-1] if isinstance(value, list | tuple) and len(value) else value
    shares = ("l1_ratio", "L1_wt", "elasticNetParam", "power")
    if name in shares or isinstance(last, bool | str) or not isinstance(last, float) or last == 0:
        return None
    return last
