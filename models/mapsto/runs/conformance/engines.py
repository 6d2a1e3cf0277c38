"""An engine asked small questions: its answers pass every check of a run, next to those of the engines that ship."""

from __future__ import annotations

from collections.abc import Iterator

from mapsto.certificate.checks import Check
from mapsto.engines.base import Engine
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput, told
from mapsto.outcome import Estimate, Failed, Unsupported
from mapsto.posteriors.draws import DrawnPosterior
from mapsto.priors.base import Prior
from mapsto.priors.cauchy import Cauchy
from mapsto.priors.laplace import Laplace
from mapsto.priors.normal import Normal
from mapsto.runs.conformance.tables import problem
from mapsto.runs.run import run

HOW = Settings(draws=500, chains=4)


def _questions() -> Iterator[tuple[str, Prior]]:
    yield "tall", Normal(scale=0.5)
    yield "wide", Normal(scale=2.0)
    yield "tall", Laplace(scale=0.15)
    yield "tall", Cauchy(scale=0.5)


def checks_of(kind: type[Engine]) -> Iterator[Check]:
    """Every check of a run that this engine is a part of, question by question; last, that it answered at all.

    Raises:
        BadInput: what it needs is not installed, so that nothing can be asked.
    """
    if missing := kind.missing():
        raise BadInput(f"the {kind.name} engine cannot be asked here: {missing}")
    answered = False
    others = [name for name in ("closed_form", "direct") if name != kind.name]
    for table, prior in _questions():
        if kind.samples() and not (table == "tall" and isinstance(prior, Normal)):
            continue  # sampling takes its time: one posterior that is known exactly says what there is to say
        at = f"{prior.label} prior, {table} table"
        try:
            result = run(problem(table), prior, HOW, engines=[*others, kind])
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plug-in may raise anything; it is told
            yield Check(f"engine-{kind.name}", 1.0, 0.0, f"{at}: {told(error)}")
            continue
        for check in result.certificate.checks:
            yield Check(check.name, check.observed, check.tolerance, f"{at}: {check.reason}")
        outcomes = [part.get(kind.name) for part in (result.modes, result.draws)]
        answered |= any(isinstance(one, Estimate | DrawnPosterior) for one in outcomes)
        for one in outcomes:
            if isinstance(one, Unsupported):
                yield Check("unsupported-has-a-reason", float(not one.reason.strip()), 0.0, at)
            elif isinstance(one, Failed):
                answered = True  # its own check has said so
    yield Check("answers-at-all", float(not answered), 0.0, "a mode or draws, in at least one of the questions")
