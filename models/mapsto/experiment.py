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
    ledger_checks,
    mode_checks,
    mode_is_highest,
)
from mapsto.errors import BadInput
from mapsto.estimate import Estimate, Failed, Outcome
from mapsto.ledger import ledger
from mapsto.priors.base import Prior, Solution
from mapsto.problem import Problem
from mapsto.result import Result
from mapsto.routes import via_closed_form, via_sklearn
from mapsto.settings import Settings
from mapsto.summary import summarise
from mapsto.trees import posterior_tree

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
    """

    name: str
    title: str
    question: str
    answer: str
    data: Callable[[], Problem]
    prior: Prior
    order: int = 100

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

    tell("closed form")
    solution = via_closed_form.solve(problem, prior)
    tell("scikit-learn")
    by_sklearn = _attempt(lambda: via_sklearn.fit(problem, prior))
    tell("compiling the PyMC model")
    from mapsto.routes import nuts, via_pymc  # PyMC takes seconds to import; bad input is told before
    from mapsto.routes.log_density import LogDensity, log_density_at
    from mapsto.routes.pymc_model import model_code, rows_model, statistics_model

    density = LogDensity(statistics_model(problem, prior), problem.statistics.x_mean)
    tell("PyMC's mode")
    by_pymc = via_pymc.find_mode(problem, density)
    by_formula, exact = (solution.mode, solution.posterior) if isinstance(solution, Solution) else (solution, solution)
    outcomes: dict[str, Outcome] = {"closed_form": by_formula, "sklearn": by_sklearn, "pymc": by_pymc}
    mode = next(outcome for outcome in outcomes.values() if isinstance(outcome, Estimate))

    tell("sampling")
    x = density.join(mode)
    draws, stats = nuts.sample(density, x, draws=settings.draws, chains=settings.chains, seed=settings.seed)

    tell("certificate")
    slopes, intercepts = density.split(draws)
    tree = posterior_tree(problem, exact, slopes, intercepts if problem.intercept else None, stats, settings.seed)
    summary = summarise(tree, ["w", "b"] if problem.intercept else ["w"])
    terms = ledger(problem, prior, mode.coef, mode.intercept, exact)
    logp = density(x)[0]
    of_rows = None if problem.X is None else log_density_at(rows_model(problem, prior), mode)
    conditioning = Conditioning.of(problem, exact)
    checks = [
        *mode_checks(problem, prior, outcomes, conditioning),
        *ledger_checks(terms, logp, of_rows, exact, conditioning),
        *draws_checks(summary, exact),
        mode_is_highest(logp, float(stats["logp"].max())),
    ]
    return Result(
        name=name,
        problem=problem,
        prior=prior,
        outcomes=outcomes,
        certificate=Certificate(tuple(checks), agreed_digits(outcomes.values())),
        exact=exact,
        summary=summary,
        posterior=tree,
        ledger=terms,
        settings=settings,
        model_code=model_code(problem, prior),
        made=made,
        seconds=time.perf_counter() - start,
    )


def _attempt(route: Callable[[], Outcome]) -> Outcome:
    """A route's answer; what a numerical library raises is the route's failure, and is reported as such."""
    try:
        return route()
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return Failed(f"{type(error).__name__}: {error}")
