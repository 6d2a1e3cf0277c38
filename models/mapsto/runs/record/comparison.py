"""The record of a comparison of engines on one posterior, schema 1. Its JSON and JSON schema follow from it.

A number that is not finite, or that an engine cannot tell, is None (null in JSON). Times are wall-clock seconds.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from mapsto.runs.record.answers import Number, Numbers
from mapsto.runs.record.problem import ProblemRecord
from mapsto.runs.record.whole import CheckRecord, Count, Sentence

COMPARISON_SCHEMA: Literal[1] = 1
Positive = Annotated[int, Meta(ge=1)]


class SpreadRecord(Struct, frozen=True, kw_only=True):
    """The median over the repeats, between the least and the greatest of them."""

    median: Number
    least: Number
    greatest: Number


class ConstantRecord(Struct, frozen=True, kw_only=True):
    """A constant that an engine's log density has more (or, negative, less) than the normalised one, in nats."""

    name: str
    value: Number
    reason: str


class GateRecord(Struct, frozen=True, kw_only=True):
    """Whether an engine's density and gradient are this posterior's.

    Attributes:
        passed: whether they are.
        coordinates: what the densities were compared over.
        points: how many points they were compared at.
        constant: the engine's log density less ours, in nats.
        constants: what that number is made of.
        greatest_difference: of the log densities once the constant is taken off, in nats.
        greatest_gradient_difference: of the gradients, relative to the size of their parts.
        checks: the named comparisons.
    """

    passed: bool
    coordinates: list[str]
    points: Count
    constant: Number
    constants: list[ConstantRecord]
    greatest_difference: Number
    greatest_gradient_difference: Number
    checks: list[CheckRecord]


class ReferenceRecord(Struct, frozen=True, kw_only=True):
    """What the draws are judged against.

    Attributes:
        kind: "exact", or "long run" where no formula gives the posterior.
        words: which of the two it is, in a sentence.
        mean, sd, q05, q95: of each parameter; None where the reference does not have it.
        mcse_mean, mcse_sd, mcse_q05, mcse_q95: their own Monte Carlo standard errors; 0 where exact.
    """

    kind: Literal["exact", "long run"]
    words: Sentence
    mean: Numbers
    sd: Numbers
    q05: Numbers
    q95: Numbers
    mcse_mean: Numbers
    mcse_sd: Numbers
    mcse_q05: Numbers
    mcse_q95: Numbers


class ErrorsRecord(Struct, frozen=True, kw_only=True):
    """The largest error over the parameters, in Monte Carlo standard errors of draws and reference together."""

    mean: Number
    sd: Number
    q05: Number
    q95: Number


class RepeatRecord(Struct, frozen=True, kw_only=True):
    """One repeat: a run of all chains with a seed of its own.

    Attributes:
        seed: what its draws follow from.
        reason: why there are no draws; None where there are, and all that follows is None where there are none.
        compile_seconds: before the first gradient.
        warm_up_seconds, draw_seconds: of adapting the sampler, and of the kept draws, all chains together.
        warm_up_gradients, draw_gradients: evaluations of the gradient, likewise.
        warm_up: iterations of each chain that adapted and were dropped.
        ess: the smallest effective sample size, bulk or tail, over the parameters.
        ess_per_gradient, ess_per_second: the same over the gradients, and over the seconds, of warm-up and draws.
        ess_at_gradients, ess_at_seconds: the same within the budgets that all engines are given.
        errors: against the reference.
        r_hat: the largest over the parameters.
        divergences: among the kept draws; None where the sampler has no such thing.
        e_bfmi: the smallest over the chains; None likewise.
        memory: the most that the process held at once, libraries included, in bytes.
    """

    seed: Count
    reason: str | None
    compile_seconds: Number
    warm_up_seconds: Number
    draw_seconds: Number
    warm_up_gradients: Count | None
    draw_gradients: Count | None
    warm_up: Count | None
    ess: Number
    ess_per_gradient: Number
    ess_per_second: Number
    ess_at_gradients: Number
    ess_at_seconds: Number
    errors: ErrorsRecord | None
    r_hat: Number
    divergences: Count | None
    e_bfmi: Number
    memory: Count | None


class StepRecord(Struct, frozen=True, kw_only=True):
    """How accurate the means are after the first ``draws`` of each chain, warm-up paid for.

    Attributes:
        draws: of each chain.
        gradients, seconds: spent so far; medians over the repeats.
        error: root mean square over the parameters of the error of the mean, in posterior standard deviations.
    """

    draws: Positive
    gradients: Number
    seconds: Number
    error: SpreadRecord


class ComparedModeRecord(Struct, frozen=True, kw_only=True):
    """The mode by one engine, and on how many significant digits of the largest slope it agrees with the reference's.

    ``digits`` is None where it is the reference itself, or where there is none to compare with.
    """

    coef: Numbers
    intercept: Number
    seconds: Number
    digits: Number


class ComparedRecord(Struct, frozen=True, kw_only=True):
    """One engine.

    Attributes:
        label: its name for readers.
        status: "ok"; "mode" where it has a mode and does not sample; "missing" where it is not installed; "unsupported"
            where it has no answer to this question; "refused" by the gate; "failed"; "interrupted" before its turn.
        reason: why it is not "ok"; None where it is.
        summary: what it does, in a sentence.
        chain_method: how its chains were run, in a few words.
        program: what a user would type for this model, whole; None where there is none.
        gate, mode: None where it has none.
        repeats: one by one.
        spreads: by the name of a number of a repeat ("ess", "draw_seconds", "errors.mean", ...).
        curve: accuracy against cost.
    """

    label: str
    status: Literal["ok", "mode", "missing", "unsupported", "refused", "failed", "interrupted"]
    reason: str | None
    summary: str
    chain_method: str
    program: str | None
    gate: GateRecord | None
    mode: ComparedModeRecord | None
    repeats: list[RepeatRecord]
    spreads: dict[str, SpreadRecord]
    curve: list[StepRecord]


class BudgetRecord(Struct, frozen=True, kw_only=True):
    """What every engine was given.

    Attributes:
        draws, chains: kept draws of each chain, and chains.
        warm_up: iterations of each chain that adapt; None where each engine has its own number.
        repeats: that were asked for.
        coverage: probability that the median of many repeats lies between the least and the greatest of these.
        gradients, seconds: the equal budgets: the least that an engine spent on warm-up and draws, medians.
        cores: that each process may use.
        threads: how they were held to it, in a sentence.
        machine: processor and system.
    """

    draws: Positive
    chains: Positive
    warm_up: Count | None
    repeats: Positive
    coverage: float
    gradients: Number
    seconds: Number
    cores: Positive
    threads: Sentence
    machine: str


class DatabaseRowRecord(Struct, frozen=True, kw_only=True):
    """One parameter in posteriordb's reference and in ours, each number with its Monte Carlo standard error.

    Attributes:
        parameter, theirs: its name here, and in posteriordb.
        mean, mcse_mean, sd, mcse_sd: posteriordb's; None where it has none.
        our_mean, our_mcse_mean, our_sd, our_mcse_sd: ours; the errors are 0 where ours are exact.
        apart_mean, apart_sd: the differences in standard errors of both.
    """

    parameter: str
    theirs: str
    mean: Number
    mcse_mean: Number
    sd: Number
    mcse_sd: Number
    our_mean: Number
    our_mcse_mean: Number
    our_sd: Number
    our_mcse_sd: Number
    apart_mean: Number
    apart_sd: Number


class DatabaseRecord(Struct, frozen=True, kw_only=True):
    """posteriordb's reference against ours: where its numbers are from, and each parameter."""

    words: Sentence
    rows: list[DatabaseRowRecord]


class ComparisonRecord(Struct, frozen=True, kw_only=True):
    """A comparison of engines.

    Attributes:
        schema: of this record.
        kind: what tells it from the record of a run.
        name: what its files are called, before "-compare".
        title: a heading, as marked text.
        problem: data and model.
        parameters: names, in the order of all numbers: slopes, intercept, learned scales.
        reference: what the draws are judged against; None where no engine brought draws and nothing is exact.
        database: posteriordb's reference against ours; None where it was not asked for.
        mode: the engine whose mode the others are compared with; None where there is none.
        engines: by name, in the order asked for.
        checks: whether the draws may be trusted and agree with the reference, each engine with its own.
        passed: whether every check passed, the gates included, and there was one.
        verdict: what the checks come to, in a sentence or a few, as marked text.
        interrupted: whether it was stopped before its end.
        budget: what every engine was given.
        command: what to type to make it again.
        made: when, ISO 8601, in UTC.
        seconds: how long it took.
        versions: of the libraries that the numbers depend on.
        data_sha256: digest of the data.
    """

    schema: Literal[1]
    kind: Literal["comparison"]
    name: str
    title: str
    problem: ProblemRecord
    parameters: list[str]
    reference: ReferenceRecord | None
    database: DatabaseRecord | None
    mode: str | None
    engines: dict[str, ComparedRecord]
    checks: list[CheckRecord]
    passed: bool
    verdict: Sentence
    interrupted: bool
    budget: BudgetRecord
    command: str
    made: str
    seconds: float
    versions: dict[str, str]
    data_sha256: str


def comparison_schema() -> str:
    """The JSON schema (draft 2020-12) of a comparison's record, as ``runs/comparison.json`` holds it."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"mapsto comparison, schema {COMPARISON_SCHEMA}",
        "description": "A number that is not finite, or that an engine cannot tell, is null. Times are wall-clock "
        "seconds. Keys may be added; none is removed or changes its meaning within one schema number.",
    }
    return json.dumps(head | msgspec.json.schema(ComparisonRecord), indent=1, ensure_ascii=False) + "\n"
