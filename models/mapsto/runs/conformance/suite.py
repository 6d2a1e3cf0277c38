"""The suite of each kind of plug-in: every check by its name, over all examples, the worst comparison told."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

from mapsto.certificate.checks import Check
from mapsto.certificate.facts import families, formulas, integrals, kinks, labels, mixtures, noise_prior, seen, shapes
from mapsto.certificate.facts import likelihood as of_likelihood
from mapsto.certificate.facts import prior as of_prior
from mapsto.conventions.base import Convention
from mapsto.engines.base import Engine
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.priors.base import Prior
from mapsto.runs.conformance import by_pymc, conventions, engines, likelihoods, prior_and_data, programs
from mapsto.runs.conformance.tables import problem

ALONE = (
    of_prior.penalty_is_minus_log_density,
    integrals.density_integrates_to_one,
    of_prior.expression_is_the_density,
    families.family_is_the_density,
    formulas.formulas_are_the_density,
    by_pymc.density_is_pymcs,
    of_prior.gaussian_is_the_density,
    of_prior.stationarity_is_the_slope,
    kinks.stationarity_holds_kinks,
    shapes.shape_is_the_penalty,
    shapes.marginals_are_the_density,
    of_prior.curvature_is_the_slopes,
    of_prior.lengths_are_lengths,
    labels.is_labelled_right,
)
WITH_DATA = (
    prior_and_data.alpha_is_the_penalty,
    prior_and_data.closed_form_is_stationary,
    prior_and_data.direct_is_stationary,
    prior_and_data.sklearn_agrees,
    prior_and_data.posterior_is_normalised,
)
OF_MIXTURES = (integrals.density_integrates_to_one, by_pymc.scales_are_pymcs, mixtures.density_is_the_average)
TABLES = ("tall", "wide", "collinear", "single")


class _Every:
    def __contains__(self, name: object) -> bool:
        return True


EVERY: Container[str] = _Every()
Asked = tuple[str, Callable[[], Iterable[Check]]]
Cases = Iterable[tuple[str, Callable[[], Iterable[seen.Seen]]]]


def check(kind: Any, only: Container[str] = EVERY) -> Iterator[Check]:
    """Every check of a plug-in, of whatever kind it is, as it is made.

    Args:
        kind: a class that keeps its contract (``Kind.sound``).
        only: the names of the checks to make; an engine's are made all the same, since one run makes many.
    """
    for name, ask in _asked(kind):
        if name in only or not name:
            yield from ask()


def _asked(kind: Any) -> Iterator[Asked]:
    if issubclass(kind, Prior):
        yield from prior(kind)
    elif issubclass(kind, Likelihood):
        yield from _over(kind.examples(), (*of_likelihood.CHECKS, *likelihoods.CHECKS))
    elif issubclass(kind, NoisePrior):
        yield from _over(_of_noise(kind), noise_prior.CHECKS)
    elif issubclass(kind, Convention):
        yield from _over((kind(),), conventions.CHECKS)
    elif issubclass(kind, Engine):
        yield "", lambda: engines.checks_of(kind)


def prior(kind: type[Prior]) -> Iterator[Asked]:
    """A prior alone at three slopes, then with each table, then by PyMC."""
    count = range(len(kind.examples(3)))
    if kind.no_mode:
        for one in OF_MIXTURES:
            p = 1 if one is integrals.density_integrates_to_one else 2
            yield _named(one, [(repr(kind.examples(p)[k]), _bind(one, kind.examples(p)[k], p)) for k in count])
        said = prior_and_data.has_no_mode_and_says_so
        yield _named(
            said, [(repr(kind.examples(4)[k]), _bind(said, problem("tall"), kind.examples(4)[k])) for k in count]
        )
        return
    for one in ALONE:
        # an integral over coupled slopes is taken over two of them
        p = 2 if one is integrals.density_integrates_to_one and not kind.separable else 3
        yield _named(one, [(repr(kind.examples(p)[k]), _bind(one, kind.examples(p)[k], p)) for k in count])
    for beside in WITH_DATA:
        at = [(table, problem(table)) for table in TABLES]
        yield _named(
            beside,
            [
                (f"{kind.examples(data.p)[k]!r}, {table} table", _bind(beside, data, kind.examples(data.p)[k]))
                for table, data in at
                for k in count
            ],
        )
    for last in (by_pymc.pymc_agrees, programs.program_is_the_model):
        some = [(repr(kind.examples(4)[k]), _bind(last, problem("tall"), kind.examples(4)[k])) for k in count]
        yield _named(last, some[:2] if last is by_pymc.pymc_agrees else some[:1])


def _of_noise(kind: type[NoisePrior]) -> tuple[NoisePrior, ...]:
    from dataclasses import fields

    lengths = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    return tuple(kind(**dict.fromkeys(lengths, value)) for value in ((1.5, 4.0) if lengths else (1.0,)))


def _over(examples: Iterable[Any], checks: Iterable[Callable[[Any], Iterable[seen.Seen]]]) -> Iterator[Asked]:
    some = list(examples)
    for one in checks:
        yield _named(one, [(_called(example), _bind(one, example)) for example in some])


def _called(example: Any) -> str:
    return "" if isinstance(example, Convention) else repr(example)


def _bind(check: Callable[..., Iterable[seen.Seen]], *given: Any) -> Callable[[], Iterable[seen.Seen]]:
    return lambda: check(*given)


def _named(check: Callable[..., Any], cases: Cases) -> Asked:
    """One check over all its cases; what a case raises is a comparison that failed."""
    name = check.__name__

    def comparisons() -> Iterator[tuple[str, seen.Seen]]:
        for at, ask in cases:
            try:
                for one in ask():
                    yield at, one
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # a plug-in or a library may raise anything; it is told, never swallowed
                yield at, seen.holds(False, f"it raised {type(error).__name__}: {' '.join(str(error).split())}")

    return name, lambda: (seen.as_check(name, comparisons()),)
