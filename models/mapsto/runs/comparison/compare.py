"""The comparison: a gate for each engine, then the repeats in turn, each with a seed of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from mapsto.certificate.gate import Gate
from mapsto.engines.base import Engine
from mapsto.engines.question import Question
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.closed_form import Solution
from mapsto.runs.comparison.measure import Measured, measure
from mapsto.runs.comparison.posteriordb.given import Given
from mapsto.runs.comparison.reference import Reference, exact_reference, long_reference
from mapsto.runs.comparison.subject import Subject
from mapsto.runs.comparison.work import Admission, Runner, Sampled
from mapsto.runs.run import Stage
from mapsto.scales import whole

LONG = 10  # times the draws of a repeat that a long run has
LONG_SEED = 1_000_003  # of the long run, added to the others'
MOST_REPEATS = 1000
USUAL = "pymc"


@dataclass(frozen=True)
class Plan:
    """How to compare: ``repeats`` times ``settings``, whose seed is that of the first repeat."""

    settings: Settings = field(default_factory=Settings)
    repeats: int = 5

    def __post_init__(self) -> None:
        repeats = whole(self.repeats, "repeats", least=2, most=MOST_REPEATS, why="one run is no comparison")
        object.__setattr__(self, "repeats", repeats)

    @property
    def coverage(self) -> float:
        """Probability that the median of a repeat lies between the least and the greatest of these (sign test)."""
        return 1 - 2.0 ** (1 - self.repeats)


@dataclass(eq=False)
class Compared:
    """One engine's part, as far as it has come; ``status`` and ``reason`` as in the record."""

    kind: type[Engine]
    status: str = "interrupted"
    reason: str | None = "The comparison was interrupted before its turn."
    gate: Gate | None = None
    mode: Outcome | None = None
    program: str | None = None
    repeats: list[Measured] = field(default_factory=list)
    lost: list[tuple[int, str]] = field(default_factory=list)

    def ends(self, status: str, reason: str | None) -> None:
        """Say how it stands with this engine."""
        self.status, self.reason = status, reason


@dataclass(eq=False)
class Comparison:
    """What was found, as far as it has come."""

    subject: Subject
    question: Question
    plan: Plan
    engines: dict[str, Compared]
    threads: str
    cores: int
    made: datetime
    reference: Reference | None = None
    reference_run: Measured | None = None
    reference_mode: str | None = None
    interrupted: bool = False
    given: Given | None = None


def compare(
    subject: Subject,
    kinds: Mapping[str, type[Engine]],
    runner: Runner,
    plan: Plan | None = None,
    *,
    cores: int = 1,
    given: Given | None = None,
    stage: Stage | None = None,
) -> Comparison:
    """Compare engines on one posterior.

    Args:
        subject: the posterior.
        kinds: the engines by name; one that is not ready is a row that says so.
        runner: who asks them.
        plan: repeats and settings.
        cores: that the runner lets an engine use.
        given: posteriordb's reference, to be compared with ours.
        stage: called with a few words as each part begins.

    Returns:
        What was found. Ctrl-C ends it early, and what was finished is kept.

    Raises:
        BadInput: no engine, or a question that cannot be asked.
    """
    plan, tell = plan or Plan(), stage or (lambda _words: None)
    if not kinds:
        raise BadInput("no engine was named; expected all, or names with commas between them")
    question = subject.question()
    found = Comparison(
        subject,
        question,
        plan,
        {name: Compared(kind) for name, kind in kinds.items()},
        runner.threads,
        cores,
        datetime.now(UTC),
        given=given,
    )
    try:
        for name, one in found.engines.items():
            _admit(one, name, runner, plan, tell)
        found.reference_mode = _mode_of_reference(found)
        mode = _mode(found)
        _exact(found)
        for repeat in range(plan.repeats):
            how = replace(plan.settings, seed=plan.settings.seed + repeat)
            for name, one in found.engines.items():
                if one.status == "ok":
                    tell(f"{one.kind.label}: repeat {repeat + 1} of {plan.repeats}")
                    _repeat(one, name, runner, how, mode)
        _long(found, runner, mode, tell)
    except KeyboardInterrupt:
        found.interrupted = True
    return found


def _admit(one: Compared, name: str, runner: Runner, plan: Plan, tell: Stage) -> None:
    if missing := one.kind.missing():
        return one.ends("missing", missing)
    tell(f"{one.kind.label}: is its density this posterior's?")
    found = runner.admit(name, plan.settings.seed)
    if isinstance(found, Failed):
        return one.ends("failed", found.reason)
    return _take(one, found)


def _take(one: Compared, found: Admission) -> None:
    """What an engine showed, and whether it goes on to sample."""
    one.mode, one.program = found.mode, found.program
    one.gate = found.gate if isinstance(found.gate, Gate) else None
    samples = one.kind.samples()
    if isinstance(found.gate, Failed):
        return one.ends("failed", found.gate.reason)
    if one.gate is not None and not one.gate.passed:
        return one.ends("refused", one.gate.refusal)
    if samples and one.gate is None:
        reason = found.gate.reason if isinstance(found.gate, Unsupported) else "It states no density to compare."
        return one.ends("unsupported", reason)
    if samples:
        return one.ends("ok", None)
    if isinstance(found.mode, Estimate):
        return one.ends("mode", None)
    reason = "It found no mode." if found.mode is None else found.mode.reason
    return one.ends("failed" if isinstance(found.mode, Failed) else "unsupported", reason)


def _repeat(one: Compared, name: str, runner: Runner, how: Settings, mode: Estimate | None) -> None:
    found = runner.sample(name, how, mode)
    if isinstance(found, Sampled):
        one.repeats.append(measure(how.seed, found))
        return
    one.lost.append((how.seed, found.reason))
    if not one.repeats:
        one.ends("unsupported" if isinstance(found, Unsupported) else "failed", found.reason)


def _exact(found: Comparison) -> None:
    exact = found.question.exact
    if not isinstance(exact, Unsupported):
        found.reference = exact_reference(found.question, exact)


def _long(found: Comparison, runner: Runner, mode: Estimate | None, tell: Callable[[str], None]) -> None:
    """One long run of the first engine that samples, where nothing is exact."""
    if found.reference is not None:
        return
    plan = found.plan
    how = replace(plan.settings, seed=plan.settings.seed + LONG_SEED, draws=LONG * plan.settings.draws)
    # what a run of mapsto samples with comes first
    for name in sorted(found.engines, key=lambda name: name != USUAL):
        one = found.engines[name]
        if one.status != "ok" or not one.repeats:
            continue
        tell(f"{one.kind.label}: a long run to judge by")
        drawn = runner.sample(name, how, mode)
        if isinstance(drawn, Sampled):
            run = found.reference_run = measure(how.seed, drawn)
            found.reference = long_reference(one.kind.label, how.draws, how.chains, (run.values, run.errors))
            return


def _mode_of_reference(found: Comparison) -> str | None:
    """The engine whose mode the others are compared with: the first that has one, in the order of the list."""
    return next((name for name, one in found.engines.items() if isinstance(one.mode, Estimate)), None)


def _mode(found: Comparison) -> Estimate | None:
    """The mode that samplers are given: the formula's where there is one."""
    solution = found.question.solution
    if isinstance(solution, Solution):
        return solution.mode
    one = None if found.reference_mode is None else found.engines[found.reference_mode].mode
    return one if isinstance(one, Estimate) else None
