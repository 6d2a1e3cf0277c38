"""An experiment is data, a prior and a question; running it gives a Result."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from threadpoolctl import threadpool_limits

from mapsto.engines.settings import Settings
from mapsto.errors import BadInput
from mapsto.likelihoods.noise_priors import NoisePrior
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior
from mapsto.runs.lessons.default_lesson import what_is_hidden
from mapsto.runs.lessons.lesson import Lesson
from mapsto.runs.result import Result
from mapsto.runs.run import Stage, run

NO_LESSON = 100  # the order of what stands outside the reading order, and after it


@dataclass(frozen=True)
class Experiment:
    """One lesson: where its data come from, its prior, and the question it answers.

    Title, question and answer are marked text: mathematics stands between dollar signs (see ``mapsto.marks``).

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
    order: int = NO_LESSON
    lesson: Callable[[Result], Lesson] | None = None

    def __post_init__(self) -> None:
        text = str(self.name)  # a script may have put anything here
        if text != self.name or text in ("index", "conventions") or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
            raise BadInput(
                f"the experiment's name is {self.name!r}; expected small letters, digits and single hyphens, for it "
                "names the files written (and not index or conventions, which are pages of their own)"
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
            result,
            title=self.title,
            question=self.question,
            answer=self.answer,
            command=command,
            order=self.order if self.order < NO_LESSON else None,
        )
        if self.lesson is None:
            return result
        try:
            with threadpool_limits(1):  # as in a run
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
        asked, fetch = prior or self.prior, self.problem
        name, words = self.name, asked.named
        if prior is not None:
            name += f"-{prior.name.replace('_', '-')}"
        if noise is not None:
            name += f"-sigma-{noise.name.replace('_', '-')}"
            words += " and sigma learned"

        def data() -> Problem:
            return fetch() if noise is None else fetch().with_noise_prior(noise)

        return replace(
            self,
            name=name,
            title=f"{self.title}: {words}",
            question=f"What does the point estimate under {words} leave out?",
            answer="",
            data=data,
            prior=asked,
            order=NO_LESSON,
            lesson=what_is_hidden,
        )
