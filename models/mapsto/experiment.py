"""An experiment is data, a prior and a question; running it gives a Result."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from mapsto.agreement import (
    Certificate,
    Conditioning,
    agreed_digits,
    draws_checks,
    is_local_maximum,
    ledger_checks,
    mode_checks,
    mode_is_highest,
    rows_check,
)
from mapsto.conjugate import GaussianPosterior
from mapsto.errors import BadInput
from mapsto.estimate import Estimate, Failed, Outcome, Unsupported
from mapsto.exact import exact_posterior, gaussian
from mapsto.ledger import Term, ledger
from mapsto.lesson import Lesson
from mapsto.noise import NoisePrior
from mapsto.priors.base import Prior, Solution
from mapsto.priors.base_scale_mixture import ScaleMixture
from mapsto.problem import Problem
from mapsto.result import Result
from mapsto.routes import via_closed_form, via_direct, via_sklearn
from mapsto.settings import Settings
from mapsto.summary import summarise
from mapsto.trees import data_tree, posterior_tree

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Experiment:
    """One lesson: where its data come from, its prior, and the question it answers.

    Attributes:
        name: in kebab-case; names the files it writes.
        title: a heading for its page.
        question: what the reader asked.
        answer: the answer in a few plain sentences.
        data: makes the Problem; called only when the experiment runs.
        prior: the prior over the slopes.
        order: place in the reading order.
        lesson: what this experiment adds to the run: claims and figures, from its Result.
    """

    name: str
    title: str
    question: str
    answer: str
    data: Callable[[], Problem]
    prior: Prior
    order: int = 100
    lesson: Callable[[Result], Lesson] | None = None

    def __post_init__(self) -> None:
        text = str(self.name)  # a script may have put anything here
        if text != self.name or text == "index" or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
            raise BadInput(
                f"the experiment's name is {self.name!r}; expected small letters, digits and single hyphens, for it "
                "names the files written (and not index, the list of them)"
            )
        if not isinstance(self.prior, Prior):
            raise BadInput(
                f"{self.name}: the prior is {self.prior!r}; expected one of mapsto's, as in Normal(scale=1.0)"
            )

    def problem(self) -> Problem:
        """Fetch the data.

        Raises:
            BadInput: the data cannot be used, or the experiment's own ``data`` failed.
        """
        try:
            problem = self.data()
        except BadInput as error:
            raise BadInput(f"{self.name}: {error}") from error
        except (
            Exception,
            SystemExit,
        ) as error:  # a user's function may raise anything; it is named and told, never swallowed
            raise BadInput(f"{self.name}: its data cannot be had: {type(error).__name__}: {error}") from error
        if not isinstance(problem, Problem):
            raise BadInput(f"{self.name}: data() returned {type(problem).__name__}; expected a mapsto.Problem")
        return problem

    def run(
        self,
        settings: Settings | None = None,
        *,
        problem: Problem | None = None,
        command: str = "",
        stage: Stage | None = None,
    ) -> Result:
        """Run all routes on ``problem``, by default freshly fetched, and add the lesson; see :func:`run`.

        Raises:
            BadInput: as :meth:`problem` and :func:`run`, or the lesson failed.
        """
        result = run(problem or self.problem(), self.prior, settings, name=self.name, stage=stage)
        result = replace(
            result, title=self.title, question=self.question, answer=self.answer, command=command, order=self.order
        )
        if self.lesson is None:
            return result
        try:
            lesson = self.lesson(result)
        except (Exception, SystemExit) as error:  # a user's function may raise anything; it is named and told
            raise BadInput(f"{self.name}: its lesson cannot be had: {type(error).__name__}: {error}") from error
        if not isinstance(lesson, Lesson):
            raise BadInput(f"{self.name}: lesson() returned {type(lesson).__name__}; expected a mapsto.Lesson")
        certificate = replace(result.certificate, checks=(*result.certificate.checks, *lesson.claims))
        seconds = (datetime.now(UTC) - result.made).total_seconds()
        return replace(
            result,
            certificate=certificate,
            figures=lesson.figures,
            answer=lesson.answer or self.answer,
            seconds=seconds,
        )

    def under(self, prior: Prior | None, noise: NoisePrior | None) -> Experiment:
        """The same data under another prior, or with sigma learned: a question of its own, under a name of its own."""
        if prior is None and noise is None:
            return self
        asked, parts = prior or self.prior, [self.name]
        parts += [asked.name.replace("_", "-")] * (prior is not None)
        parts += [f"sigma-{noise.name.replace('_', '-')}"] * (noise is not None)
        fetch = self.problem

        def data() -> Problem:
            return replace(fetch(), noise_prior=noise) if noise is not None else fetch()

        words = f"a {asked.name.replace('_', ' ')} prior" + (" and sigma learned" if noise is not None else "")
        return replace(
            self,
            name="-".join(parts),
            title=f"{self.title}: {words}",
            question=f"What does the point estimate under {words} leave out?",
            answer=asked.paragraph,
            data=data,
            prior=asked,
            lesson=None,
        )


def run(
        self,
        settings: Settings | None = None,
        *,
        problem: Problem | None = None,
        command: str = "",
        stage: Stage | None = None,
    ) -> Result:
        """Run all routes on ``problem``, by default freshly fetched; see :func:`run`."""
        result = run(problem or self.problem(), self.prior, settings, name=self.name, stage=stage)
        return replace(result, title=self.title, question=self.question, answer=self.answer, command=command)


def run(
    problem: Problem,
    prior: Prior,
    settings: Settings | None = None,
    *,
    name: str = "untitled",
    stage: Stage | None = None,
) -> Result:
    """Send a problem down the three routes, draw its posterior, and judge what comes back.

    Args:
        problem: data and noise.
        prior: prior over the slopes.
        settings: seed, draws and chains.
        name: what to call the result.
        stage: called with a few words as each stage begins, for a progress display.

    Returns:
        The Result; a failed check is in its certificate, not an exception.

    Raises:
        BadInput: settings that make no sense.
    """
    settings = settings or Settings()
    tell = stage or (lambda _words: None)
    start, made = time.perf_counter(), datetime.now(UTC)

    prior.check(problem.p)
    absolute = prior.at(problem.noise_sd)  # at the sigma of the mode

    tell("closed form")
    solution = via_closed_form.solve(problem, absolute)
    by_formula = solution.mode if isinstance(solution, Solution) else solution
    tell("scikit-learn")
    outcomes: dict[str, Outcome] = {
        "closed_form": by_formula,
        "sklearn": _attempt(lambda: via_sklearn.fit(problem, absolute)),
    }
    if not (prior.no_mode or (isinstance(solution, Solution) and _is_quadratic(solution))):
        outcomes["direct"] = _attempt(lambda: via_direct.solve(problem, absolute))
    tell("compiling the PyMC model")
    from mapsto.routes import nuts, via_pymc  # PyMC takes seconds to import; bad input is told before
    from mapsto.routes.collapsed import CollapsedDensity
    from mapsto.routes.log_density import LogDensity
    from mapsto.routes.pymc_model import model_code, statistics_model
    from mapsto.routes.rows import log_densities

    x_mean = problem.statistics.x_mean
    density: LogDensity | CollapsedDensity
    if isinstance(prior, ScaleMixture):
        density = CollapsedDensity(problem, prior)
    else:
        density = LogDensity(statistics_model(problem, prior), x_mean)
    tell("PyMC's mode")
    at_sigma = replace(problem, noise_prior=None)
    if prior.no_mode or isinstance(density, CollapsedDensity):
        outcomes["pymc"] = Unsupported(prior.no_mode)
    else:
        of_mode = density
        if not density.is_plain:
            of_mode = LogDensity(statistics_model(at_sigma, absolute), x_mean, as_sampled=False)
        near = tuple(outcome for outcome in outcomes.values() if isinstance(outcome, Estimate))
        outcomes["pymc"] = _attempt(lambda: via_pymc.find_mode(problem, absolute, of_mode, near))
    mode = next((outcome for outcome in outcomes.values() if isinstance(outcome, Estimate)), None)
    exact = exact_posterior(problem, prior)

    tell("sampling")
    improper = not prior.proper and isinstance(exact, Unsupported)
    if improper:
        tree, summary = data_tree(problem), None
    else:
        where = nuts.geometry(density, problem, absolute, mode)
        x, stats = nuts.sample(density, where, draws=settings.draws, chains=settings.chains, seed=settings.seed)
        draws = density.record(x, settings.seed)
        tree = posterior_tree(problem, exact, draws, stats, settings.seed)
        summary = summarise(tree)

    tell("certificate")
    conjugate = gaussian(at_sigma, absolute)
    estimates = [outcome for outcome in outcomes.values() if isinstance(outcome, Estimate)]
    conditioning = Conditioning.of(problem, absolute, conjugate, estimates)
    checks = mode_checks(problem, absolute, outcomes, conditioning)
    terms: tuple[Term, ...] = ()
    if mode is not None:
        terms = ledger(problem, absolute, mode.coef, mode.intercept, conjugate)
        checks += ledger_checks(terms, of_mode(of_mode.join(mode))[0], conjugate, conditioning)
        if not prior.convex:
            checks.append(is_local_maximum(problem, absolute, mode))
    if problem.X is not None and summary is not None:
        one = {name: values[0, -1] for name, values in draws.items()}  # any point will do
        rows, few = log_densities(problem, prior, density, x[0, -1], one)
        checks.append(rows_check(few, rows, conditioning))
    if summary is not None:
        checks += draws_checks(summary, exact)
        if mode is not None:
            checks.append(mode_is_highest(problem, absolute, mode, tree["posterior"]["w"].to_numpy()))
    return Result(
        name=name,
        problem=problem,
        prior=prior,
        outcomes=outcomes,
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


def _is_quadratic(solution: Solution) -> bool:
    """Whether the formula solves a linear system; else a search of our own stands beside it."""
    return isinstance(solution.posterior, GaussianPosterior) or solution.linear


def _attempt(route: Callable[[], Outcome]) -> Outcome:
    """A route's answer; what a numerical library raises is the route's failure, and is reported as such."""
    try:
        return route()
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return Failed(f"{type(error).__name__}: {error}")
