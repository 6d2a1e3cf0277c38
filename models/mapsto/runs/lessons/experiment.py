"""An experiment is data, a prior and a question; running it gives a Result."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from threadpoolctl import threadpool_limits

from mapsto.engines.base import Engine
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput, told, unwritable
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior
from mapsto.runs.lessons.default_lesson import what_is_hidden
from mapsto.runs.lessons.lesson import Lesson
from mapsto.runs.result import Result
from mapsto.runs.run import Stage, run


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
        others: other runs that the lesson compares this one with, by name, from its Result: the same data under other
            priors, say.
        lesson: what this experiment adds to the run: claims and figures, from its Result.
        about: the data in a sentence or two, with their units.
        do: what to do about it, in a sentence or two; a lesson may say it with its numbers.
        shares: the name of an experiment with the same data, prior and noise, whose page shows what the two have in
            common; this one's page then shows what is its own.
        also: further questions that its page answers, for the index.
    """

    name: str
    title: str
    question: str
    answer: str
    data: Callable[[], Problem]
    prior: Prior
    others: Callable[[Result], Mapping[str, Result]] | None = None
    lesson: Callable[[Result], Lesson] | None = None
    about: str = ""
    do: str = ""
    shares: str = ""
    also: tuple[str, ...] = ()

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
        for what in ("title", "question", "answer", "about", "do", "shares"):
            words = getattr(self, what)
            if not isinstance(words, str) or unwritable(words):
                raise BadInput(f"{self.name}: the {what} is {words!r}; expected text without NUL or half a character")

    def problem(self) -> Problem:
        """Fetch the data.

        Raises:
            BadInput: the data cannot be used, or the experiment's own ``data`` failed.
        """
        try:
            problem = self.data()
        except BadInput as error:
            raise BadInput(f"{self.name}: {error}") from error
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a user's function may raise anything
            raise BadInput(f"{self.name}: its data failed{_where(error)}: {told(error)}") from error
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
        engines: Sequence[str | type[Engine]] | None = None,
    ) -> Result:
        """Run all engines on ``problem``, by default freshly fetched, and add the lesson; see :func:`run`.

        Raises:
            BadInput: as :meth:`problem` and :func:`run`, or the lesson failed.
        """
        problem = problem or self.problem()
        try:
            result = run(problem, self.prior, settings, name=self.name, stage=stage, engines=engines)
        except (BadInput, KeyboardInterrupt):
            raise
        except BaseException as error:  # a prior or likelihood of the user's own may raise anything
            where = _in_user_code(error)
            theirs = _not_ours(problem.likelihood, self.prior)
            if not (where or theirs):
                raise
            raise BadInput(f"{self.name}: a plug-in failed{where or f', {theirs}'}: {told(error)}") from error
        result = replace(
            result,
            title=self.title,
            question=self.question,
            answer=self.answer,
            command=command,
            about=self.about,
            do=self.do,
            shares=self.shares,
            also=self.also,
        )
        if self.others is not None:
            others: object = self._call("other runs", self.others, result)
            if not (isinstance(others, Mapping) and all(isinstance(other, Result) for other in others.values())):
                raise BadInput(f"{self.name}: others() returned {others!r:.60}; expected a mapsto.Result for each name")
            result = replace(result, others=others)
        if self.lesson is None:
            return result
        lesson = self._call("lesson", self.lesson, result)
        if not isinstance(lesson, Lesson):
            raise BadInput(f"{self.name}: lesson() returned {type(lesson).__name__}; expected a mapsto.Lesson")
        certificate = replace(result.certificate, checks=(*result.certificate.checks, *lesson.claims))
        seconds = (datetime.now(UTC) - result.made).total_seconds()
        return replace(
            result,
            certificate=certificate,
            figures=lesson.figures,
            answer=lesson.answer or self.answer,
            do=lesson.do or self.do,
            claims=tuple(claim.name for claim in lesson.claims),
            seconds=seconds,
        )

    def _call[T](self, what: str, function: Callable[[Result], T], result: Result) -> T:
        """One of the script's own functions on the result; what it raises is told with the script's line."""
        try:
            with threadpool_limits(1):  # as in a run
                return function(result)
        except BadInput as error:
            raise BadInput(f"{self.name}: its {what} failed{_where(error)}: {error}") from error
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a user's function may raise anything
            raise BadInput(f"{self.name}: its {what} failed{_where(error)}: {told(error)}") from error

    def under(
        self,
        prior: Prior | None,
        noise: NoisePrior | None,
        likelihood: Likelihood | None = None,
        learn: Mapping[str, NoisePrior] | None = None,
    ) -> Experiment:
        """The same data under another belief: a question and name of its own.

        Args:
            prior: another prior of the slopes.
            noise: the prior of a sigma that is learned.
            likelihood: another likelihood.
            learn: the priors of parameters of the likelihood that are learned.
        """
        if prior is None and noise is None and likelihood is None and not learn:
            return self
        asked, fetch = prior or self.prior, self.problem
        name, words = self.name, asked.named
        if prior is not None:
            name += f"-{prior.name.replace('_', '-')}"
        if noise is not None:
            name += f"-sigma-{noise.name.replace('_', '-')}"
            words += " and sigma learned"
        if likelihood is not None:
            name += f"-{likelihood.name.replace('_', '-')}-noise"
            words += f" and {likelihood.label} noise"
        for parameter, belief in (learn or {}).items():
            name += f"-{parameter}-{belief.name.replace('_', '-')}"
            words += f" and its {parameter} learned"

        def data() -> Problem:
            problem = fetch() if noise is None else fetch().with_noise_prior(noise)
            problem = problem if likelihood is None else problem.with_likelihood(likelihood)
            return problem.with_learned(**learn) if learn else problem

        return replace(
            self,
            name=name,
            title=f"{self.title}: {words}",
            question=f"What does the point estimate under {words} leave out?",
            answer="",
            data=data,
            prior=asked,
            others=None,
            lesson=what_is_hidden,
            do="",
            shares="",
            also=(),
        )


def _in_user_code(error: BaseException) -> str:
    """The last line of a script or plug-in named by its path that an error passed through; empty if of none."""
    last = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).startswith(("mapsto_plugin_", "mapsto_experiment_")):
            last = f" at {frame.f_code.co_filename}:{line}"
    return last


def _not_ours(*parts: object) -> str:
    """Those that did not come with this package, by the names of their classes: what fails with them may be theirs."""
    theirs = [type(one).__name__ for one in parts if not type(one).__module__.startswith("mapsto.")]
    return " and ".join(theirs)


def _where(error: BaseException) -> str:
    """Where the error passed through the user's own file last, as " at FILE:LINE"; empty if it never did."""
    frames = traceback.extract_tb(error.__traceback__)[1:]  # the first is the call in this file
    lines = [frame.lineno for frame in frames if frame.filename == frames[0].filename]
    if not lines:
        return ""
    path = Path(frames[0].filename)
    return f" at {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}:{lines[-1]}"
