"""One run: a problem and a prior go to the engines, and what they bring back is judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from threadpoolctl import threadpool_limits

from mapsto.certificate import (
    Certificate,
    Check,
    Conditioning,
    agreed_digits,
    cancelling_parts,
    draws_checks,
    is_local_maximum,
    ledger_checks,
    likelihood_checks,
    mode_checks,
    mode_is_highest,
    noise_prior_checks,
    parts_of_noise_prior,
    prior_check_at_draws,
    prior_checks,
    rows_check,
    score_checks,
)
from mapsto.certificate.ledger import ledger
from mapsto.contract import is_frozen
from mapsto.engines.base import Engine
from mapsto.engines.question import Question
from mapsto.engines.registry import choose
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput, one_line, told, unwritable
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.problem import Problem
from mapsto.marks import literal
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.datatree import data_tree, posterior_tree
from mapsto.posteriors.draws import DrawnPosterior, Draws, summarise
from mapsto.posteriors.exact import no_integral
from mapsto.priors.base import Prior
from mapsto.runs.result import Result

GATE_EVERY = 3  # of the gate's points one in so many: of each distance two
Stage = Callable[[str], None]


def run(
    problem: Problem,
    prior: Prior,
    settings: Settings | None = None,
    *,
    name: str = "untitled",
    engines: Sequence[str | type[Engine]] | None = None,
    stage: Stage | None = None,
) -> Result:
    """Ask the engines for the mode and for draws of the posterior, and judge what comes back.

    Args:
        problem: data and likelihood.
        prior: prior over the slopes.
        settings: seed, draws and chains.
        name: what to call the result.
        engines: names of the engines to ask, or their classes; by default all that are ready.
        stage: called with a few words as each stage begins, for a progress display.

    Returns:
        The Result; a failed check is in its certificate, not an exception.

    Raises:
        BadInput: settings that make no sense, a prior for another number of columns or that is not frozen, or an
            unknown engine.
    """
    _check(problem, prior, settings, name, engines)
    # Matrices as small as these gain nothing from a second BLAS thread, which waits by spinning.
    with threadpool_limits(1):
        return _run(problem, prior, settings or Settings(), name, engines, stage or (lambda _words: None))


def _check(problem: Any, prior: Any, settings: Any, name: Any, engines: Any) -> None:
    """Refuse arguments that are something else: swapped, or None."""
    if not isinstance(problem, Problem) or not isinstance(prior, Prior):
        raise BadInput(
            f"run was given a {type(problem).__name__} and a {type(prior).__name__}; expected a Problem and a prior, "
            "in this order: run(problem, prior, settings)"
        )
    if not (settings is None or isinstance(settings, Settings)):
        raise BadInput(f"settings is a {type(settings).__name__}; expected Settings(seed=1, draws=1000, chains=4)")
    if not isinstance(name, str) or unwritable(name):
        raise BadInput(f"name is {name!r}; expected text")
    listed = isinstance(engines, Sequence | set | frozenset) and not isinstance(engines, str)
    if engines is not None and not (listed and all(isinstance(one, str | type) for one in engines)):
        raise BadInput(f"engines is {engines!r}; expected a list of names, as in ['closed_form', 'pymc']")


def _run(
    problem: Problem,
    prior: Prior,
    settings: Settings,
    name: str,
    wanted: Sequence[str | type[Engine]] | None,
    tell: Stage,
) -> Result:
    start, made = time.perf_counter(), datetime.now(UTC)
    is_frozen(type(prior), "this run", "prior")
    if prior.in_units_of_sigma and problem.sigma is None:
        raise BadInput(
            f"the {prior.label} prior is in units of sigma, and the {problem.likelihood.label} likelihood has none; "
            "pass it with per_sigma=False"
        )
    if type(prior).fitted_to is not Prior.fitted_to:  # else the statistics, which take a pass over the rows, may wait
        prior = prior.fitted_to(problem.statistics)
    prior.check(problem.p)
    question = Question(problem, prior)
    engines = {key: kind(question) for key, kind in choose(wanted).items()}

    modes = _modes(question, engines, tell)
    estimates = [outcome for outcome in modes.values() if isinstance(outcome, Estimate)]
    mode = estimates[0] if estimates else None
    at_point, absolute = question.at_point, question.absolute
    conditioning = Conditioning.of(at_point, absolute, question.gaussian, estimates)
    terms, checks = _judge_modes(question, engines, modes, mode, conditioning)

    draws: dict[str, DrawnPosterior | Unsupported | Failed] = {}
    for key, engine in engines.items():
        if engine.samples():
            tell(f"{engine.label}: sampling")
            draws[key], judged = _sample(question, engine, settings, mode, conditioning, first=not draws)
            checks += judged
        checks += _gated(question, engine)
    drawn = [one for one in draws.values() if isinstance(one, DrawnPosterior)]
    if mode is None:  # without any answer a check that passes shows nothing, and one that fails says why
        checks += [check for check in _plug_in_checks(question, None) if drawn or not check.passed]
    return Result(
        name=name,
        problem=problem,
        prior=prior,
        modes=modes,
        draws=draws,
        labels={key: engine.label for key, engine in engines.items()},
        certificate=Certificate(tuple(checks), agreed_digits(modes.values(), conditioning)),
        exact=question.exact,
        posterior=drawn[0].tree if drawn else data_tree(problem),
        ledger=terms,
        settings=settings,
        programs={key: text for key, engine in engines.items() if (text := engine.program())},
        made=made,
        seconds=time.perf_counter() - start,
    )


def _modes(question: Question, engines: dict[str, Engine], tell: Stage) -> dict[str, Outcome]:
    """Each engine's mode, or why it has none."""
    modes: dict[str, Outcome] = {}
    for key, engine in engines.items():
        if not (engine.finds_mode() and engine.wanted()):
            continue
        if question.no_mode:
            modes[key] = Unsupported(question.no_mode)
            continue
        tell(f"{engine.label}: mode")
        near = [outcome for outcome in modes.values() if isinstance(outcome, Estimate)]
        modes[key] = _attempt(lambda engine=engine, near=near: engine.mode(near))  # type: ignore[misc]
    return modes


def _judge_modes(
    question: Question,
    engines: dict[str, Engine],
    modes: dict[str, Outcome],
    mode: Estimate | None,
    conditioning: Conditioning,
) -> tuple[tuple[Term, ...], list[Check]]:
    """The ledger at the mode, and the checks on the modes and on the engines' densities there."""
    problem, prior = question.at_point, question.absolute
    checks = mode_checks(problem, prior, modes, conditioning)
    if mode is None:
        return (), checks
    terms = ledger(problem, prior, mode.coef, mode.intercept, question.gaussian)
    logps: dict[str, float] = {}
    for key, engine in engines.items():
        value = _attempt(lambda engine=engine: engine.log_density(mode))  # type: ignore[misc]
        if isinstance(value, Failed):
            checks.append(Check(f"engine-{key}-density", 1.0, 0.0, f"It should have a log density: {value.reason}"))
        elif value is not None:
            logps[key] = value
    checks += ledger_checks(terms, logps, question.gaussian, conditioning)
    checks += _plug_in_checks(question, mode)
    if not (prior.convex and problem.likelihood.convex):
        checks.append(is_local_maximum(problem, prior, mode))
    return terms, checks


def _plug_in_checks(question: Question, mode: Estimate | None) -> list[Check]:
    """Are prior, likelihood and prior on sigma each one thing?"""
    problem = question.at_point
    return [
        *prior_checks(question.absolute, problem.p, mode),
        *likelihood_checks(problem, mode),
        *noise_prior_checks(question.problem.noise_prior),
        *(
            replace(check, name=f"{check.name.replace('sigma', name)}")
            for name, belief in question.problem.learns.items()
            for check in noise_prior_checks(belief)
        ),
    ]


def _gated(question: Question, engine: Engine) -> list[Check]:
    """The log density and gradient that an engine of another package states, at a few points, against ours.

    Those that ship are compared by their tests, and by ``mapsto compare`` before anything is timed.
    """
    if not engine.states_density() or type(engine).__module__.startswith("mapsto."):
        return []
    from mapsto.certificate.gate import gate

    verdict = gate(question, engine, every=GATE_EVERY)
    if isinstance(verdict, Failed):
        return [Check(f"gate-{engine.name}", 1.0, 0.0, f"It should state its log density: {verdict.reason}")]
    return [] if isinstance(verdict, Unsupported) else list(verdict.checks)


def _sample(
    question: Question,
    engine: Engine,
    settings: Settings,
    mode: Estimate | None,
    conditioning: Conditioning,
    *,
    first: bool,
) -> tuple[DrawnPosterior | Unsupported | Failed, list[Check]]:
    """One engine's draws as a DataTree with their summary, and the checks on them."""
    problem, exact = question.problem, question.exact
    if not question.prior.proper and isinstance(exact, Unsupported):
        if not problem.likelihood.has_statistics:
            return Unsupported(
                f"The {question.prior.label} prior has no integral, and under the {problem.likelihood.label} "
                "likelihood the posterior may have none either; a proper prior, however wide, has draws."
            ), []
        return exact, []  # there is no posterior to draw from
    if (improper := no_integral(problem, question.prior)) is not None:
        return improper, []
    drawn = _attempt(lambda: engine.draws(settings, mode))
    if isinstance(drawn, Failed):
        return drawn, [Check(f"engine-{engine.name}-draws", 1.0, 0.0, f"It should have sampled: {drawn.reason}")]
    if not isinstance(drawn, Draws):
        return drawn, []
    tree = posterior_tree(problem, exact, drawn.variables, drawn.statistics, settings.seed)
    summary = summarise(tree)
    checks = []
    if (pair := engine.rows_and_sampled(drawn)) is not None:
        last = {name: values[0, -1] for name, values in drawn.variables.items()}
        sigma = float(last.get("sigma", problem.noise_sd))
        parts = cancelling_parts(problem, last["w"], float(last.get("b", 0.0)), sigma, conditioning.backward)
        if problem.noise_prior is not None:
            parts += parts_of_noise_prior(problem.noise_prior, sigma)
        checks.append(rows_check(pair[1], pair[0], conditioning, "" if first else f"-{engine.name}", parts))
    checks += draws_checks(summary, exact, engine.sampler or engine.name)
    checks += score_checks(problem, question.prior, drawn.variables, engine.sampler or engine.name)
    if not question.prior.no_mode:
        checks += prior_check_at_draws(question.absolute, drawn.variables["w"], engine.name)
    if mode is not None:
        w, b = drawn.variables["w"], drawn.variables.get("b")
        highest = mode_is_highest(question.at_point, question.absolute, mode, w, b)
        checks.append(highest if first else replace(highest, name=f"no-draw-of-{engine.name}-beats-the-mode"))
    return DrawnPosterior(tree, summary, drawn.seconds), checks


def _attempt(ask: Callable[[], Any]) -> Any:
    """An engine's answer; what it raises is its own failure, and is reported as such under its name."""
    try:
        return ask()
    except (BadInput, KeyboardInterrupt):
        raise
    except BaseException as error:  # a plug-in or a library may raise anything, and Rust its panics: told, never lost
        return Failed(literal(one_line(told(error))))
