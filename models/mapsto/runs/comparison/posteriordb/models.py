"""posteriordb's regressions in mapsto's terms: one function a model, from its data to a problem and a prior."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.bernoulli import Bernoulli
from mapsto.likelihoods.binomial import Binomial
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.noise_priors.flat import FlatNoise
from mapsto.likelihoods.noise_priors.half_cauchy import HalfCauchyNoise
from mapsto.likelihoods.noise_priors.half_normal import HalfNormalNoise
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior
from mapsto.priors.flat import Flat
from mapsto.priors.normal import Normal

Data = Mapping[str, Any]
Columns = Mapping[str, Vector]

CANNOT = {
    "diamonds": "its intercept has a Student t prior and its slopes a Normal one; here the intercept is flat, or a "
    "column of ones under the prior of the slopes",
    "GLMM_Poisson_model": "each year has an effect under a learned scale, next to slopes with another prior",
    "logistic_regression_rhs": "its intercept has a Normal prior next to the regularised horseshoe of its slopes, "
    "whose scales have no common coordinates here",
    "GLM_Poisson_model": "its coefficients are uniform between bounds, and no prior here has such edges",
}
"""Regressions that posteriordb has and that cannot be stated, with the reason."""


@dataclass(frozen=True)
class Stated:
    """One posterior: problem and prior, and posteriordb's names of the parameters in the order that mapsto has."""

    problem: Problem
    prior: Prior
    theirs: tuple[str, ...]


def _flat(columns: Columns, y: Vector, noise: NoisePrior | None = None) -> Stated:
    """Flat slopes and intercept, called beta[1] for the intercept; sigma flat, or under ``noise``."""
    problem = _problem(columns, y, noise or FlatNoise())
    slopes = tuple(f"beta[{j + 2}]" for j in range(problem.p))
    return Stated(problem, Flat(), (*slopes, "beta[1]", "sigma"))


def _logistic(columns: Columns, y: Vector, theirs: Sequence[str]) -> Stated:
    """Flat slopes and intercept of a Bernoulli response."""
    return Stated(_problem(columns, y, likelihood=Bernoulli()), Flat(), tuple(theirs))


def _problem(
    columns: Columns,
    y: Vector,
    noise: NoisePrior | None = None,
    *,
    likelihood: Likelihood | None = None,
    intercept: bool = True,
    weights: Vector | None = None,
) -> Problem:
    return Problem.from_rows(
        np.column_stack(list(columns.values())),
        y,
        noise_sd="auto" if likelihood is None else None,
        noise_prior=noise,
        features=list(columns),
        intercept=intercept,
        likelihood=likelihood,
        weights=weights,
    )


def _of(data: Data, name: str) -> Vector:
    return np.asarray(data[name], dtype=np.float64)


def _linear(y: str, *names: str, noise: NoisePrior | None = None) -> Callable[[Data], Stated]:
    """The response and the columns as they are."""
    return lambda data: _flat({name: _of(data, name) for name in names}, _of(data, y), noise)


def _log_earn(data: Data, **columns: Vector) -> Stated:
    return _flat(columns, np.log(_of(data, "earn")))


def _z(x: Vector, sds: int = 1) -> Vector:
    """Standardised by so many sample sds."""
    z: Vector = (x - x.mean()) / (sds * x.std(ddof=1))
    return z


def _earn_z(data: Data) -> Stated:
    z, male = _z(_of(data, "height")), _of(data, "male")
    return _log_earn(data, z_height=z, male=male, interaction=z * male)


def _kid(shift: Callable[[Vector, float], Vector]) -> Callable[[Data], Stated]:
    """Both columns shifted, and their product; ``shift`` takes a column and its reference point."""

    def model(data: Data) -> Stated:
        hs, iq = shift(_of(data, "mom_hs"), 0.5), shift(_of(data, "mom_iq"), 100.0)
        return _flat({"mom_hs": hs, "mom_iq": iq, "interaction": hs * iq}, _of(data, "kid_score"))

    return model


def _kid_interaction(data: Data) -> Stated:
    hs, iq = _of(data, "mom_hs"), _of(data, "mom_iq")
    columns = {"mom_hs": hs, "mom_iq": iq, "interaction": hs * iq}
    return _flat(columns, _of(data, "kid_score"), HalfCauchyNoise(scale=2.5))


def _mom_work(data: Data) -> Stated:
    work = _of(data, "mom_work")
    return _flat({f"work{k}": (work == k).astype(float) for k in (2, 3, 4)}, _of(data, "kid_score"))


def _mesquite(*names: str) -> Callable[[Data], Stated]:
    """Logarithms of weight and of what is named, and the group."""

    def model(data: Data) -> Stated:
        d1, d2 = _of(data, "diam1"), _of(data, "diam2")
        products = {"volume": lambda: d1 * d2 * _of(data, "canopy_height"), "area": lambda: d1 * d2}
        products["shape"] = lambda: d1 / d2
        columns = {f"log_{name}": np.log(products.get(name, lambda name=name: _of(data, name))()) for name in names}
        last = {} if names == ("volume",) else {"group": _of(data, "group")}
        return _flat(columns | last, np.log(_of(data, "weight")))

    return model


def _nes(data: Data) -> Stated:
    age = _of(data, "age_discrete")
    ages = {f"age_{k}": (age == k).astype(float) for k in (2, 3, 4)}
    before = {name: _of(data, name) for name in ("real_ideo", "race_adj")}
    after = {name: _of(data, name) for name in ("educ1", "gender", "income")}
    return _flat(before | ages | after, _of(data, "partyid7"))


def _blr(data: Data) -> Stated:
    X = _of(data, "X")
    columns = {f"x{j + 1}": X[:, j] for j in range(X.shape[1])}
    problem = _problem(columns, _of(data, "y"), HalfNormalNoise(scale=10.0), intercept=False)
    return Stated(problem, Normal(scale=10.0), (*(f"beta[{j + 1}]" for j in range(problem.p)), "sigma"))


def _kilpisjarvi(data: Data) -> Stated:
    x = _of(data, "x")
    problem = _problem({"one": np.ones_like(x), "x": x}, _of(data, "y"), FlatNoise(), intercept=False)
    scale, mean = (tuple(float(data[f"{kind}{name}"]) for name in ("alpha", "beta")) for kind in ("ps", "pmu"))
    return Stated(problem, Normal(scale=scale, mean=mean), ("alpha", "beta", "sigma"))


def _radon(data: Data) -> Stated:
    x = _of(data, "floor_measure")
    columns = {"one": np.ones_like(x), "floor": x}
    problem = _problem(columns, _of(data, "log_radon"), HalfNormalNoise(scale=1.0), intercept=False)
    return Stated(problem, Normal(scale=10.0), ("alpha", "beta", "sigma_y"))


def _binomial(data: Data) -> Stated:
    year, trials = _of(data, "year"), _of(data, "N")
    columns = {"one": np.ones_like(year), "year": year, "year_squared": year**2}
    share = _of(data, "C") / trials
    problem = _problem(columns, share, likelihood=Binomial(), intercept=False, weights=trials)
    return Stated(problem, Normal(scale=100.0), ("alpha", "beta1", "beta2"))


def _dogs(data: Data) -> Stated:
    """Shocks and avoidances before each trial of each dog; y is 1 for a shock."""
    y = _of(data, "y")
    shocks = np.cumsum(y, axis=1) - y
    avoided = np.arange(y.shape[1]) - shocks
    columns = {"one": np.ones(y.size), "avoided": avoided.ravel(), "shocks": shocks.ravel()}
    problem = _problem(columns, y.ravel(), likelihood=Bernoulli(), intercept=False)
    return Stated(problem, Normal(scale=100.0), ("beta[1]", "beta[2]", "beta[3]"))


def _wells(**columns: Callable[[Data], Vector]) -> Callable[[Data], Stated]:
    def model(data: Data) -> Stated:
        made = {name: of(data) for name, of in columns.items()}
        theirs = [*(f"beta[{j + 1}]" for j in range(len(made))), "alpha"]
        return _logistic(made, _of(data, "switched"), theirs)

    return model


def _wells_interaction(data: Data) -> Stated:
    dist, arsenic = _of(data, "dist") / 100, _of(data, "arsenic")
    columns = {"c_dist100": dist - dist.mean(), "c_arsenic": arsenic - arsenic.mean()}
    columns["interaction"] = columns["c_dist100"] * columns["c_arsenic"]
    return _logistic(columns, _of(data, "switched"), ("beta[1]", "beta[2]", "beta[3]", "alpha"))


def _wells_daae(data: Data) -> Stated:
    dist, arsenic = _of(data, "dist") / 100, _of(data, "arsenic")
    columns = {"c_dist100": dist - dist.mean(), "c_arsenic": arsenic - arsenic.mean()}
    columns["interaction"] = columns["c_dist100"] * columns["c_arsenic"]
    columns |= {"assoc": _of(data, "assoc"), "educ4": _of(data, "educ") / 4}
    return _logistic(columns, _of(data, "switched"), (*(f"beta[{j}]" for j in range(1, 6)), "alpha"))


CAUCHY = HalfCauchyNoise(scale=2.5)
MODELS: dict[str, Callable[[Data], Stated]] = {
    "earn_height": _linear("earn", "height"),
    "log10earn_height": lambda data: _flat({"height": _of(data, "height")}, np.log10(_of(data, "earn"))),
    "logearn_height": lambda data: _log_earn(data, height=_of(data, "height")),
    "logearn_height_male": lambda data: _log_earn(data, height=_of(data, "height"), male=_of(data, "male")),
    "logearn_interaction": lambda data: _log_earn(
        data,
        height=_of(data, "height"),
        male=_of(data, "male"),
        interaction=_of(data, "height") * _of(data, "male"),
    ),
    "logearn_interaction_z": _earn_z,
    "logearn_logheight_male": lambda data: _log_earn(
        data, log_height=np.log(_of(data, "height")), male=_of(data, "male")
    ),
    "kidscore_momhs": _linear("kid_score", "mom_hs", noise=CAUCHY),
    "kidscore_momiq": _linear("kid_score", "mom_iq", noise=CAUCHY),
    "kidscore_momhsiq": _linear("kid_score", "mom_hs", "mom_iq", noise=CAUCHY),
    "kidscore_interaction": _kid_interaction,
    "kidscore_interaction_c": _kid(lambda x, _at: x - x.mean()),
    "kidscore_interaction_c2": _kid(lambda x, at: x - at),
    "kidscore_interaction_z": _kid(lambda x, _at: _z(x, 2)),
    "kidscore_mom_work": _mom_work,
    "mesquite": _linear("weight", "diam1", "diam2", "canopy_height", "total_height", "density", "group"),
    "logmesquite": _mesquite("diam1", "diam2", "canopy_height", "total_height", "density"),
    "logmesquite_logvolume": _mesquite("volume"),
    "logmesquite_logva": _mesquite("volume", "area"),
    "logmesquite_logvas": _mesquite("volume", "area", "shape", "total_height", "density"),
    "logmesquite_logvash": _mesquite("volume", "area", "shape", "total_height"),
    "nes": _nes,
    "sesame_one_pred_a": _linear("watched", "encouraged"),
    "blr": _blr,
    "kilpisjarvi": _kilpisjarvi,
    "radon_pooled": _radon,
    "GLM_Binomial_model": _binomial,
    "nes_logit_model": lambda data: _logistic({"income": _of(data, "income")}, _of(data, "vote"), ("beta[1]", "alpha")),
    "wells_dist": lambda data: _logistic({"dist": _of(data, "dist")}, _of(data, "switched"), ("beta[2]", "beta[1]")),
    "wells_dist100_model": _wells(dist100=lambda data: _of(data, "dist") / 100),
    "wells_dist100ars_model": _wells(
        dist100=lambda data: _of(data, "dist") / 100, arsenic=lambda data: _of(data, "arsenic")
    ),
    "wells_interaction_c_model": _wells_interaction,
    "wells_daae_c_model": _wells_daae,
    "dogs": _dogs,
}
"""By the name of the model."""
