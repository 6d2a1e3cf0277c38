"""A comparison as its record."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from mapsto.certificate import agreed_digits
from mapsto.certificate.checks import Check
from mapsto.certificate.gate import Gate
from mapsto.outcome import Estimate
from mapsto.runs.comparison.checks import checks_of, verdict
from mapsto.runs.comparison.compare import Compared, Comparison
from mapsto.runs.comparison.measure import Measured, spent, within
from mapsto.runs.comparison.reference import STATISTICS, Reference
from mapsto.runs.comparison.work import parameters
from mapsto.runs.plain import number, numbers
from mapsto.runs.record import CheckRecord
from mapsto.runs.record.comparison import (
    COMPARISON_SCHEMA,
    BudgetRecord,
    ComparedModeRecord,
    ComparedRecord,
    ComparisonRecord,
    ConstantRecord,
    DatabaseRecord,
    DatabaseRowRecord,
    ErrorsRecord,
    GateRecord,
    ReferenceRecord,
    RepeatRecord,
    SpreadRecord,
    StepRecord,
)
from mapsto.runs.recording.problem import problem_record
from mapsto.runs.recording.provenance import versions

ENGINE_LIBRARIES = ("numpyro", "jax", "jaxlib", "pystan", "httpstan", "bambi", "blackjax", "numba")
SPREADS = (
    "compile_seconds",
    "warm_up_seconds",
    "draw_seconds",
    "warm_up_gradients",
    "draw_gradients",
    "ess",
    "ess_per_gradient",
    "ess_per_second",
    "ess_at_gradients",
    "ess_at_seconds",
    "r_hat",
    "divergences",
    "e_bfmi",
    "memory",
)


def comparison_record(found: Comparison, command: str = "") -> ComparisonRecord:
    """The record of a comparison, as far as it has come."""
    checks = checks_of(found)
    problem, plan = found.question.problem, found.plan
    budgets = _budgets(found)
    return ComparisonRecord(
        schema=COMPARISON_SCHEMA,
        kind="comparison",
        name=found.subject.name,
        title=found.subject.title,
        problem=problem_record(problem, found.question.prior, None),
        parameters=list(parameters(found.question)),
        reference=None if found.reference is None else _reference(found.reference),
        database=_database(found),
        mode=found.reference_mode,
        engines={name: _compared(one, name, found, budgets) for name, one in found.engines.items()},
        checks=[_check(check) for check in checks],
        passed=bool(checks) and all(check.passed for check in checks),
        verdict=verdict(found, checks),
        interrupted=found.interrupted,
        budget=BudgetRecord(
            draws=plan.settings.draws,
            chains=plan.settings.chains,
            warm_up=plan.settings.warm_up,
            repeats=plan.repeats,
            coverage=plan.coverage,
            gradients=number(budgets[0]),
            seconds=number(budgets[1]),
            cores=found.cores,
            threads=found.threads,
            machine=_machine(),
        ),
        command=command,
        made=found.made.isoformat(timespec="seconds"),
        seconds=(datetime.now(UTC) - found.made).total_seconds(),
        versions=versions() | _installed(ENGINE_LIBRARIES),
        data_sha256=problem.sha256,
    )


def _check(check: Check) -> CheckRecord:
    return CheckRecord(
        name=check.name,
        observed=number(check.observed),
        tolerance=number(check.tolerance),
        reason=check.reason,
        passed=bool(check.passed),
    )


def _reference(reference: Reference) -> ReferenceRecord:
    return ReferenceRecord(
        kind=reference.kind,
        words=reference.words,
        **{name: numbers(reference.values[name]) for name in STATISTICS},
        **{f"mcse_{name}": numbers(reference.errors[name]) for name in STATISTICS},
    )


def _database(found: Comparison) -> DatabaseRecord | None:
    given, ours = found.given, found.reference
    if given is None or ours is None:
        return None
    apart = given.apart(ours)
    rows = [
        DatabaseRowRecord(
            parameter=name,
            theirs=given.theirs[j],
            mean=number(given.mean[j]),
            mcse_mean=number(given.mcse_mean[j]),
            sd=number(given.sd[j]),
            mcse_sd=number(given.mcse_sd[j]),
            our_mean=number(ours.values["mean"][j]),
            our_mcse_mean=number(ours.errors["mean"][j]),
            our_sd=number(ours.values["sd"][j]),
            our_mcse_sd=number(ours.errors["sd"][j]),
            apart_mean=number(apart["mean"][j]),
            apart_sd=number(apart["sd"][j]),
        )
        for j, name in enumerate(parameters(found.question))
    ]
    return DatabaseRecord(words=given.words, rows=rows)


def _budgets(found: Comparison) -> tuple[float, float]:
    """The equal budgets: the least that an engine spent, medians over its repeats; NaN where none can tell."""

    def least(of: Callable[[Measured], float | None]) -> float:
        medians = []
        for one in found.engines.values():
            known = [value for repeat in one.repeats if (value := of(repeat)) is not None]
            if known:
                medians.append(float(np.median(known)))
        return min(medians, default=math.nan)

    return least(lambda one: one.gradients), least(lambda one: one.seconds)


def _compared(one: Compared, name: str, found: Comparison, budgets: tuple[float, float]) -> ComparedRecord:
    repeats = [_repeat(repeat, found, budgets) for repeat in one.repeats]
    return ComparedRecord(
        label=one.kind.label,
        status=one.status,  # type: ignore[arg-type]
        reason=one.reason,
        summary=one.kind.summary,
        chain_method=one.repeats[0].cost.chain_method if one.repeats else "",
        program=one.program,
        gate=None if one.gate is None else _gate(one.gate),
        mode=_mode(one, name, found),
        repeats=[*repeats, *(_lost(seed, reason) for seed, reason in one.lost)],
        spreads=_spreads(repeats),
        curve=_curve(one.repeats, found),
    )


def _gate(gate: Gate) -> GateRecord:
    return GateRecord(
        passed=gate.passed,
        coordinates=list(gate.coordinates),
        points=gate.points,
        constant=number(gate.constant),
        constants=[ConstantRecord(name=one.name, value=number(one.value), reason=one.reason) for one in gate.constants],
        greatest_difference=number(gate.greatest_difference),
        greatest_gradient_difference=number(gate.greatest_gradient_difference),
        checks=[_check(check) for check in gate.checks],
    )


def _mode(one: Compared, name: str, found: Comparison) -> ComparedModeRecord | None:
    if not isinstance(one.mode, Estimate):
        return None
    other = None if found.reference_mode is None else found.engines[found.reference_mode].mode
    return ComparedModeRecord(
        coef=numbers(one.mode.coef),
        intercept=number(one.mode.intercept),
        seconds=number(one.mode.seconds),
        digits=None if other is None or name == found.reference_mode else number(agreed_digits([one.mode, other])),
    )


def _repeat(one: Measured, found: Comparison, budgets: tuple[float, float]) -> RepeatRecord:
    cost = one.cost
    errors = None
    if found.reference is not None:
        apart = one.apart(found.reference)
        errors = ErrorsRecord(**{name: _largest(apart[name]) for name in STATISTICS})
    return RepeatRecord(
        seed=one.seed,
        reason=None,
        compile_seconds=number(cost.compile_seconds),
        warm_up_seconds=number(cost.warm_up_seconds),
        draw_seconds=number(cost.draw_seconds),
        warm_up_gradients=cost.warm_up_gradients,
        draw_gradients=cost.draw_gradients,
        warm_up=cost.warm_up,
        ess=number(one.ess),
        ess_per_gradient=number(one.ess / one.gradients) if one.gradients else None,
        ess_per_second=number(one.ess / one.seconds) if one.seconds else None,
        ess_at_gradients=number(within(one.ess, cost.warm_up_gradients, cost.draw_gradients, budgets[0])),
        ess_at_seconds=number(within(one.ess, cost.warm_up_seconds or 0.0, cost.draw_seconds, budgets[1])),
        errors=errors,
        r_hat=number(one.r_hat),
        divergences=one.divergences,
        e_bfmi=number(one.e_bfmi),
        memory=one.memory,
    )


def _lost(seed: int, reason: str) -> RepeatRecord:
    absent = dict.fromkeys(set(RepeatRecord.__struct_fields__) - {"seed", "reason"})
    return RepeatRecord(seed=seed, reason=reason, **absent)


def _largest(apart: Any) -> float | None:
    known = apart[~np.isnan(apart)]
    return number(known.max()) if known.size else None


def _spreads(repeats: Sequence[RepeatRecord]) -> dict[str, SpreadRecord]:
    columns: dict[str, list[Any]] = {name: [getattr(one, name) for one in repeats] for name in SPREADS}
    for name in STATISTICS:
        columns[f"errors.{name}"] = [None if one.errors is None else getattr(one.errors, name) for one in repeats]
    return {name: _spread(values) for name, values in columns.items() if any(v is not None for v in values)}


def _spread(values: Iterable[float | None]) -> SpreadRecord:
    known = [value for value in values if value is not None]
    return SpreadRecord(median=number(np.median(known)), least=number(min(known)), greatest=number(max(known)))


def _curve(repeats: Sequence[Measured], found: Comparison) -> list[StepRecord]:
    if found.reference is None or not repeats:
        return []
    errors = np.array([one.accuracy(found.reference) for one in repeats])
    size = found.plan.settings.draws
    steps = []
    for i, k in enumerate(repeats[0].places):
        paid = np.array([spent(one, k, size) for one in repeats])
        gradients, seconds = np.median(paid, axis=0)
        steps.append(
            StepRecord(
                draws=k, gradients=number(gradients), seconds=number(seconds), error=_spread(errors[:, i].tolist())
            )
        )
    return steps


def _installed(names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an extra that is not here has no version
            continue
    return found


def _machine() -> str:
    processor = platform.processor() or platform.machine()
    return f"{processor}, {os.cpu_count()} logical cores, {platform.system()}"
