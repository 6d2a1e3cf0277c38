"""One run: a problem and a prior go down the routes, are drawn from, and judged."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from mapsto.certificate import (
    Certificate,
    Check,
    Conditioning,
    agreed_digits,
    draws_checks,
    is_local_maximum,
    ledger_checks,
    mode_checks,
    mode_is_highest,
    rows_check,
)
from mapsto.certificate.ledger import Term, ledger
from mapsto.engines import closed_form as via_closed_form
from mapsto.engines import sklearn as via_sklearn
from mapsto.engines.direct import solve as via_direct
from mapsto.likelihoods.problem import Problem
from mapsto.marks import literal
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.datatree import data_tree, posterior_tree
from mapsto.posteriors.draws import summarise
from mapsto.posteriors.exact import exact_posterior, gaussian
from mapsto.priors.base import Prior, Solution
from mapsto.runs.result import Result
from mapsto.runs.settings import Settings

if TYPE_CHECKING:  # PyMC takes seconds to import
    from mapsto.engines.pymc.nuts import Density

Stage = Callable[[str], None]


def run(
    problem: Problem,
    prior: Prior,
    settings: Settings | None = None,
    *,
    name: str = "untitled",
    stage: Stage | None = None,
) -> Result:
    """Send a problem down the routes to the mode, draw its posterior, and judge what comes back.

    Args:
        problem: data and noise.
        prior: prior over the slopes.
        settings: seed, draws and chains.
        name: what to call the result.
        stage: called with a few words as each stage begins, for a progress display.

    Returns:
        The Result; a failed check is in its certificate, not an exception.

    Raises:
        BadInput: settings that make no sense, or a prior for another number of columns.
    """
    # Matrices as small as these gain nothing from a second BLAS thread, which waits by spinning.
    with threadpool_limits(1):
        return _run(problem, prior, settings or Settings(), name, stage or (lambda _words: None))


def _run(problem: Problem, prior: Prior, settings: Settings, name: str, tell: Stage) -> Result:
    start, made = time.perf_counter(), datetime.now(UTC)
    prior.check(problem.p)
    absolute = prior.at(problem.noise_sd)  # the point estimate is taken at this sigma

    tell("closed form and scikit-learn")
    outcomes = _without_pymc(problem, absolute)
    tell("compiling the PyMC model")
    from mapsto.engines.pymc import mode as via_pymc  # PyMC takes seconds to import; bad input is told before
    from mapsto.engines.pymc import nuts
    from mapsto.engines.pymc.coordinates import to_climb, to_sample
    from mapsto.engines.pymc.model import model_code

    density = to_sample(problem, prior)
    tell("PyMC's mode")
    terms: tuple[Term, ...] = ()
    checks: list[Check] = []
    conjugate = gaussian(problem.with_noise_prior(None), absolute)
    if prior.no_mode:
        outcomes["pymc"] = Unsupported(prior.no_mode)
        mode, conditioning = None, Conditioning.of(problem, absolute, conjugate)
    else:
        climbed = to_climb(problem, absolute, density)
        near = tuple(outcome for outcome in outcomes.values() if isinstance(outcome, Estimate))
        outcomes["pymc"] = _attempt(lambda: via_pymc.find_mode(problem, absolute, climbed, near))
        estimates = [outcome for outcome in outcomes.values() if isinstance(outcome, Estimate)]
        mode, conditioning = estimates[0], Conditioning.of(problem, absolute, conjugate, estimates)
        terms = ledger(problem, absolute, mode.coef, mode.intercept, conjugate)
        checks += mode_checks(problem, absolute, outcomes, conditioning)
        checks += ledger_checks(terms, climbed(climbed.join(mode))[0], conjugate, conditioning)
        if not prior.convex:
            checks.append(is_local_maximum(problem, absolute, mode))

    exact = exact_posterior(problem, prior)
    tree, summary = data_tree(problem), None
    if prior.proper or not isinstance(exact, Unsupported):  # else there is no posterior to draw from
        tell("sampling")
        where = nuts.geometry(density, problem, absolute, mode)
        x, stats = nuts.sample(density, where, draws=settings.draws, chains=settings.chains, seed=settings.seed)
        draws = density.record(x, settings.seed)
        tell("certificate")
        tree = posterior_tree(problem, exact, draws, stats, settings.seed)
        summary = summarise(tree)
        checks += _of_rows(problem, prior, density, x, draws, conditioning)
        checks += draws_checks(summary, exact)
        if mode is not None:
            checks.append(mode_is_highest(problem, absolute, mode, draws["w"]))
    return Result(
        name=name,
        problem=problem,
        prior=prior,
        modes=outcomes,
        certificate=Certificate(tuple(checks), agreed_digits(outcomes.values(), conditioning)),
        exact=exact,
        summary=summary,
        posterior=tree,
        ledger=terms,
        settings=settings,
        model_code=model_code(problem, prior),
        made=made,
        seconds=time.perf_counter() - start,
    )


def _without_pymc(problem: Problem, prior: Prior) -> dict[str, Outcome]:
    """The routes that need no PyMC; a direct solve joins them where no linear system gives the mode."""
    solution = via_closed_form.solve(problem, prior)
    outcomes: dict[str, Outcome] = {
        "closed_form": solution.mode if isinstance(solution, Solution) else solution,
        "sklearn": _attempt(lambda: via_sklearn.fit(problem, prior)),
    }
    if not (prior.no_mode or (isinstance(solution, Solution) and solution.linear)):
        outcomes["direct"] = _attempt(lambda: via_direct.solve(problem, prior))
    return outcomes


def _of_rows(
    problem: Problem, prior: Prior, density: Density, x: Any, draws: dict[str, Any], conditioning: Conditioning
) -> list[Check]:
    """The model on all rows against the one that was sampled, at a draw: any point will do."""
    if problem.X is None:
        return []
    from mapsto.engines.pymc.rows import log_densities  # with PyMC, as in run

    one = {name: values[0, -1] for name, values in draws.items()}
    of_rows, of_statistics = log_densities(problem, prior, density, x[0, -1], one)
    return [rows_check(of_statistics, of_rows, conditioning)]


def _attempt(route: Callable[[], Outcome]) -> Outcome:
    """A route's answer; what a numerical library raises is the route's failure, and is reported as such."""
    try:
        return route()
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return Failed(literal(f"{type(error).__name__}: {error}"))
