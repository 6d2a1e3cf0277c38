"""What PyMC calls each likelihood's family: the observed variable of a model, and the lines a user would type."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.engines.expression_text import SUM, Symbol, TextNamespace, source
from mapsto.engines.languages.lines import Lines
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.problem import Problem


@dataclass(frozen=True)
class Parts:
    """What a distribution's keywords are made of: variables and numbers, or symbols that print what is done to them.

    Attributes:
        eta: the linear predictor.
        sigma: the scale of the noise, or None where the likelihood has none.
        q: the weights of the rows, or None for equal ones.
        root: their square root, likewise.
        params: the family's own parameters.
        xp: functions: ``exp``.
    """

    eta: Any
    sigma: Any
    q: Any
    root: Any
    params: dict[str, Any]
    xp: Any

    @property
    def each(self) -> Any:
        """The scale of each row."""
        return self.sigma if self.q is None else self.sigma / self.root

    @property
    def mean(self) -> Any:
        """The mean of each row's count, or of its response, under the log link."""
        return self.xp.exp(self.eta)

    def times(self, value: Any) -> Any:
        """A value times the weight of each row."""
        return value if self.q is None else self.q * value


@dataclass(frozen=True)
class Observed:
    """A distribution of PyMC, its keywords from the parts, and whether it is of the whole counts q y and not of y."""

    distribution: str
    keywords: Callable[[Parts], dict[str, Any]]
    counts: bool = False


FAMILIES: dict[str, Observed] = {
    "asymmetric_laplace": Observed(
        "AsymmetricLaplace",
        lambda of: {
            "q": of.params["quantile"],
            "b": of.times((of.params["quantile"] * (1 - of.params["quantile"])) ** 0.5 / of.sigma),
            "mu": of.eta,
        },
    ),
    "bernoulli": Observed("Bernoulli", lambda of: {"logit_p": of.eta}, counts=True),
    "binomial": Observed("Binomial", lambda of: {"n": 1 if of.q is None else of.q, "logit_p": of.eta}, counts=True),
    "gamma": Observed(
        "Gamma",
        lambda of: {"alpha": of.times(of.params["shape"]), "beta": of.times(of.params["shape"]) / of.mean},
    ),
    "laplace": Observed("Laplace", lambda of: {"mu": of.eta, "b": of.each}),
    "logistic": Observed("Logistic", lambda of: {"mu": of.eta, "s": of.each}),
    "negative_binomial": Observed(
        "NegativeBinomial", lambda of: {"mu": of.times(of.mean), "alpha": of.params["size"]}, counts=True
    ),
    "normal": Observed("Normal", lambda of: {"mu": of.eta, "sigma": of.each}),
    "poisson": Observed("Poisson", lambda of: {"mu": of.times(of.mean)}, counts=True),
    "student_t": Observed("StudentT", lambda of: {"nu": of.params["df"], "mu": of.eta, "sigma": of.each}),
}
"""Family -> how PyMC observes it."""

HUBER = (
    "def log_huber(y, eta, sigma):",
    "    size = pm.math.abs((y - eta) / sigma)",
    "    inside = pm.math.minimum(size, {c})",
    "    return 0.5 * inside**2 - inside * size - pm.math.log(sigma) - {z}",
)


PROBIT = (
    "def log_odds(eta):  # of the Normal distribution function, both tails of it whole",
    "    return pm.logcdf(pm.Normal.dist(), eta) - pm.logcdf(pm.Normal.dist(), -eta)",
)


def known(likelihood: Likelihood) -> bool:
    """Whether PyMC's engine has a distribution for the likelihood's family."""
    return likelihood.family().name in (*FAMILIES, "huber", "probit")


def observe(problem: Problem, eta: Any, sigma: Any, learned: Mapping[str, Any] | None = None) -> Any:
    """Register the observed variable "y" along "row" inside the current PyMC model and return it.

    Args:
        problem: rows and a likelihood.
        eta: the linear predictor of each row, as a variable.
        sigma: the scale of the noise, or None where the likelihood has none.
        learned: parameters of the likelihood that are random variables, by name.
    """
    import pymc as pm

    y, q, family = problem.table.rows[1], problem.weights, problem.likelihood.family()
    # PyTensor stores a Python float that fits into fewer bits as float32, and takes its logarithm there.
    params = {key: np.float64(value) for key, value in family.params.items()} | dict(learned or {})
    of = Parts(eta, sigma, q, None if q is None else np.sqrt(q), params, pm.math)
    if family.name == "huber":
        return pm.CustomDist("y", eta, of.each, logp=_log_huber(params), observed=y, dims="row")
    if family.name == "probit":
        odds = pm.logcdf(pm.Normal.dist(), eta) - pm.logcdf(pm.Normal.dist(), -eta)
        return pm.Bernoulli("y", logit_p=odds, observed=np.rint(y).astype(np.int64), dims="row")
    found = _known(problem.likelihood)
    keywords = found.keywords(of)
    if family.name == "binomial" and q is not None:
        keywords["n"] = np.rint(q).astype(np.int64)
    response = np.rint(y if q is None else q * y).astype(np.int64) if found.counts else y
    return getattr(pm, found.distribution)("y", **keywords, observed=response, dims="row")


def observe_code(likelihood: Likelihood, eta: str, *, weighted: bool, learned: Collection[str] = ()) -> Lines:
    """The source of :func:`observe`, given the text of the predictor.

    ``y``, ``weights``, ``sigma`` and the ``learned`` parameters are known by their names.
    """
    family = likelihood.family()
    q, root = (Symbol("weights"), Symbol("np.sqrt(weights)")) if weighted else (None, None)
    params = dict(family.params) | {name: Symbol(name) for name in learned}
    of = Parts(Symbol(eta, SUM), Symbol("sigma"), q, root, params, TextNamespace("pm.math"))
    if family.name == "huber":
        numbers = {"c": source(family.params["threshold"]), "z": source(family.params["log_normaliser"])}
        before = tuple(one.format(**numbers) for one in HUBER)
        call = f'pm.CustomDist("y", {eta}, {source(of.each)}, logp=log_huber, observed=y, dims="row")'
        return Lines(before=before, model=(call,))
    if family.name == "probit":
        call = f'pm.Bernoulli("y", logit_p=log_odds({eta}), observed=counts, dims="row")'
        return Lines(before=(*PROBIT, "counts = np.rint(y).astype(int)"), model=(call,))
    found = _known(likelihood)
    keywords = found.keywords(of)
    before = ()
    if found.counts:
        before = (f"counts = np.rint({'weights * y' if weighted else 'y'}).astype(int)",)
    if family.name == "binomial" and weighted:
        before = (*before, "trials = np.rint(weights).astype(int)")
        keywords["n"] = Symbol("trials")
    told = "".join(f"{key}={source(value)}, " for key, value in keywords.items())
    seen = "counts" if found.counts else "y"
    return Lines(before=before, model=(f'pm.{found.distribution}("y", {told}observed={seen}, dims="row")',))


def _log_huber(params: dict[str, Any]) -> Any:
    import pymc as pm

    def log_huber(y: Vector, eta: Any, sigma: Any) -> Any:
        size = pm.math.abs((y - eta) / sigma)
        inside = pm.math.minimum(size, params["threshold"])
        return np.float64(0.5) * inside**2 - inside * size - pm.math.log(sigma) - params["log_normaliser"]

    return log_huber


def _known(likelihood: Likelihood) -> Observed:
    family = likelihood.family()
    if family.name not in FAMILIES:
        raise BadInput(f"PyMC's engine has no distribution for the {likelihood.label} likelihood; add it to FAMILIES")
    return FAMILIES[family.name]
