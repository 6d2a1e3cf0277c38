"""What is examined: every prior, likelihood and method, or those that are named."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from mapsto.errors import BadInput, told
from mapsto.likelihoods import registry as likelihoods
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.noise_priors.registry import parse_noise
from mapsto.outcome import Unsupported
from mapsto.priors.base import Prior
from mapsto.priors.registry import catalogue, parse_prior
from mapsto.runs.calibration import methods
from mapsto.runs.calibration.replicate import replicate
from mapsto.runs.calibration.truths import SLOPES, Truth, truths

CHUNK = 25  # replicates that one process makes at a time: the unit of what is resumed
MOST_TRIES = 400  # rounds of drawing until enough tables can be used

LABELS = {
    "exact": "exact posterior",
    "plug_in": "sigma plugged in",
    "laplace": "Laplace approximation",
    "bayesian_ridge": "BayesianRidge",
    "bayesian_ridge_and_intercept": "BayesianRidge with the intercept's variance",
}
QUICK = tuple(LABELS)
OF_SKLEARN = ("bayesian_ridge", "bayesian_ridge_and_intercept")
ITS_OWN = "its own"
NOISES = (
    "half_normal:scale=1",
    "half_cauchy:scale=0.5",
    "half_student_t:scale=1,df=4",
    "inverse_gamma:shape=3,scale=1",
)


@dataclass(frozen=True)
class Cell:
    """One prior, likelihood and method; all as the command line names them, a bare name for the first example."""

    prior: str
    likelihood: str
    noise: str | None
    method: str

    @property
    def key(self) -> str:
        """What it is called."""
        parts = (self.prior, self.likelihood, self.noise, self.method)
        return " / ".join(part for part in parts if part is not None)

    @property
    def label(self) -> str:
        """The method's name as a page has it."""
        return LABELS.get(self.method, self.method)

    @property
    def promises(self) -> bool:
        """Whether the method claims to give the posterior itself."""
        return self.method == "exact" or self.method not in LABELS


@dataclass(frozen=True)
class Part:
    """The ranks of some replicates of a cell, by quantity; those that failed; or why there are none."""

    ranks: dict[str, list[int]]
    failures: int = 0
    failure: str | None = None
    unsupported: str | None = None


def cells(
    prior: str | None = None, likelihood: str | None = None, noise: str | None = None, engines: Sequence[str] = ()
) -> tuple[Cell, ...]:
    """The cells that are wanted, those with exact draws first.

    Args:
        prior: as the command line names it; None for all there are.
        likelihood: likewise.
        noise: the prior on sigma, likewise; None for sigma known, and where it is usual learned too.
        engines: methods or engines by name, or "all" for everything; by default all that needs no sampler.

    Raises:
        BadInput: a name that there is not.
    """
    there = (*QUICK, *methods.samplers())
    wanted = there if "all" in engines else tuple(engines) or QUICK
    for name in wanted:
        if name not in there:
            raise BadInput(
                f"there is nothing named {name!r} that brings back a posterior; there are: {', '.join(there)}, all"
            )
    of_prior = (prior,) if prior is not None else tuple(catalogue())
    of_data = (likelihood,) if likelihood is not None else tuple(likelihoods.catalogue())
    found = []
    for method in (one for one in there if one in wanted):
        if method in OF_SKLEARN:
            if prior is likelihood is noise is None or method in engines:
                found.append(Cell(ITS_OWN, "gaussian", None, method))
            continue
        for one in of_data:
            kind = likelihood_of(one)
            if kind.has_statistics or method not in ("exact", "plug_in"):
                found += [Cell(p, one, n, method) for p in of_prior for n in _noises(p, one, noise, method, prior)]
    return tuple(found)


def _noises(prior: str, likelihood: str, noise: str | None, method: str, asked: str | None) -> Iterator[str | None]:
    """Sigma known; for one prior of the slopes, or for the one asked for, learned too, under each prior on it."""
    yield noise
    if noise is None and likelihood == "gaussian" and method not in ("plug_in", "laplace"):
        yield from NOISES if prior == (asked or "normal") else ()


def prior_of(text: str) -> Prior:
    """A prior by its text; by its bare name the first of its examples."""
    there = catalogue()
    return there[text].examples(SLOPES)[0] if text in there else parse_prior(text)


def likelihood_of(text: str) -> Likelihood:
    """A likelihood by its text, likewise."""
    there = likelihoods.catalogue()
    return there[text].examples()[0] if text in there else likelihoods.parse_likelihood(text)


Job = tuple[Cell, int, int, int]


def part(job: Job) -> Part:
    """Some replicates: of this cell, the chunk of this number, so many of them, under this seed.

    They are the same whatever process makes them, and in whatever order.
    """
    cell, chunk, size, seed = job
    rng = np.random.default_rng([seed, zlib.crc32(cell.key.encode()), chunk])
    with threadpool_limits(1), np.errstate(all="ignore"):
        return _part(cell, size, rng)


def _part(cell: Cell, size: int, rng: np.random.Generator) -> Part:
    found: dict[str, list[int]] = {}
    failures, failure = 0, None
    method = _method(cell.method)
    for truth in _truths(cell, rng):
        if isinstance(truth, Unsupported):
            return Part({}, unsupported=truth.reason)
        try:
            ranked = replicate(truth, method, rng)
        except Exception as error:  # an engine may raise anything: it is counted and told, never passed over
            failures, failure = failures + 1, failure or told(error)
            ranked = {}
        if isinstance(ranked, Unsupported):
            return Part({}, unsupported=ranked.reason)
        for name, rank in ranked.items():
            found.setdefault(name, []).append(rank)
        size -= 1
        if size == 0:
            return Part(found, failures, failure)
    return Part(found, failures, failure, None if found else "No table that was drawn could be used.")


def _method(name: str) -> methods.Method:
    if name in OF_SKLEARN:
        from mapsto.runs.calibration import sklearn

        return sklearn.bayesian_ridge if name == "bayesian_ridge" else sklearn.with_the_intercept
    own = {"exact": methods.exact, "plug_in": methods.plug_in, "laplace": methods.laplace}
    return own[name] if name in own else methods.by_engine(name)


def _truths(cell: Cell, rng: np.random.Generator) -> Iterator[Truth | Unsupported]:
    if cell.method in OF_SKLEARN:
        from mapsto.runs.calibration import sklearn

        while True:
            yield sklearn.truth(rng)
    prior, likelihood = prior_of(cell.prior), likelihood_of(cell.likelihood)
    noise = None if cell.noise is None else parse_noise(cell.noise)
    for _ in range(MOST_TRIES):
        some = truths(prior, likelihood, noise, CHUNK, rng)
        if isinstance(some, Unsupported):
            yield some
            return
        yield from some
