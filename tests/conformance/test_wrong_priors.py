"""A wrong prior is caught by the checks that are meant to catch it; those that look elsewhere stay silent."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from conformance import checks
from mapsto.engines import sklearn as via_sklearn
from mapsto.engines.direct import solve as via_direct
from mapsto.engines.sklearn import Recipe
from mapsto.family import Family
from mapsto.outcome import Unsupported
from mapsto.posteriors.closed_form import Solution, closed_form
from mapsto.priors import (
    R2D2,
    Cauchy,
    ElasticNet,
    Flat,
    HalfNormal,
    HierarchicalNormal,
    Laplace,
    MultivariateNormal,
    Normal,
    PiecewiseQuadratic,
    RandomWalk,
    RegularizedHorseshoe,
    StudentT,
)

# --- Normal


@dataclass(frozen=True)
class PenaltyDoubled(Normal):
    def penalty(self, w):
        return 2 * super().penalty(w)


@dataclass(frozen=True)
class PenaltyHasAConstant(Normal):
    def penalty(self, w):
        return super().penalty(w) + 0.25


@dataclass(frozen=True)
class NotNormalised(Normal):
    def log_density(self, w):
        return super().log_density(w) + len(w) * 1e-9


@dataclass(frozen=True)
class OtherTails(Normal):
    def log_density(self, w):
        u = np.abs(w / self.scale)
        return super().log_density(w) + 1e-3 * float(np.maximum(u - 4, 0).sum())


@dataclass(frozen=True)
class VarianceForScale(Normal):
    def family(self, p):
        return Family("normal", {"mean": self.mean, "sd": self.scale**2})


@dataclass(frozen=True)
class RootScaled(Normal):
    def gaussian(self, p):
        right = super().gaussian(p)
        return replace(right, root=right.root * (1 + 1e-7))


@dataclass(frozen=True)
class LengthsForgotten(Normal):
    lengths = {"mean": 1}  # noqa: RUF012  a test's own


@dataclass(frozen=True)
class CurvatureHalved(Normal):
    def curvature(self, w):
        return super().curvature(w) / 2


@dataclass(frozen=True)
class CalledCoupled(Normal):
    separable = False

    def marginal(self, j, p):
        return Normal(self.scale, self.mean)


@dataclass(frozen=True)
class WrongSlope(Normal):
    def stationarity(self, w, gradient):
        return np.abs(gradient + w / (2 * self.scale**2))


@dataclass(frozen=True)
class WrongSign(Normal):
    def stationarity(self, w, gradient):
        return np.abs(gradient - w / self.scale**2)


@dataclass(frozen=True)
class CalledNotConvex(Normal):
    convex = False


@dataclass(frozen=True)
class CalledImproper(Normal):
    proper = False


@dataclass(frozen=True)
class MeanForgotten(MultivariateNormal):
    def stationarity(self, w, gradient):
        return np.abs(gradient + np.linalg.solve(np.array(self.covariance), w))


@dataclass(frozen=True)
class RootIsTheTranspose(MultivariateNormal):
    def gaussian(self, p):
        right = super().gaussian(p)
        return replace(right, root=right.root.T)


@dataclass(frozen=True)
class CalledSeparable(MultivariateNormal):
    separable = True


@dataclass(frozen=True)
class StepsForgotten(RandomWalk):
    """The steps without their normaliser: each slope but the first has none."""

    def expression(self, w, xp, p):
        return super().expression(w, xp, p) + (p - 1) * np.log(self.scale)


@dataclass(frozen=True)
class StepsOfTheOtherSign(RandomWalk):
    def stationarity(self, w, gradient):
        pull = RandomWalk(self.scale, self.level).slope(w)
        pull[1:] *= -1
        return np.abs(gradient + pull)


@dataclass(frozen=True)
class HalfTheDeterminant(MultivariateNormal):
    def log_density(self, w):
        return super().log_density(w) + np.log(np.diag(self._root)).sum() / 2


# --- kinks and edges


@dataclass(frozen=True)
class LaplaceThatIsSmooth(Laplace):
    """As if the penalty had the slope 0 at zero: what automatic differentiation says of |w|."""

    def stationarity(self, w, gradient):
        return np.abs(gradient + np.sign(w) / self.scale)


@dataclass(frozen=True)
class LaplaceHoldsTooMuch(Laplace):
    def stationarity(self, w, gradient):
        at_zero = np.maximum(np.abs(gradient) - 2 / self.scale, 0.0)
        return np.where(w == 0, at_zero, super().stationarity(w, gradient))


@dataclass(frozen=True)
class ScaleForRate(Laplace):
    def piecewise_quadratic(self, p):
        return PiecewiseQuadratic(np.full(p, self.scale), np.zeros(p))


@dataclass(frozen=True)
class CalledSmooth(Laplace):
    kinked = False

    def piecewise_quadratic(self, p):
        return super().piecewise_quadratic(p)


@dataclass(frozen=True)
class NormaliserOfTheLaplace(ElasticNet):
    """The two normalisers multiplied, as if the product of two densities were normalised."""

    def log_density(self, w):
        constants = -np.log(2 * self.laplace_scale) - np.log(np.sqrt(2 * np.pi) * self.normal_scale)
        return -self.penalty(w) + len(w) * constants


@dataclass(frozen=True)
class NormaliserDropped(ElasticNet):
    def expression(self, w, xp, p):
        return xp.sum(-xp.abs(w) / self.laplace_scale - w**2 / (2 * self.normal_scale**2))


@dataclass(frozen=True)
class NoEdge(HalfNormal):
    """The density ends at zero and the penalty does not."""

    def penalty(self, w):
        return float(np.sum(w**2)) / (2 * self.scale**2)


@dataclass(frozen=True)
class EdgeOnTheOtherSide(HalfNormal):
    def stationarity(self, w, gradient):
        return np.where(w == 0, np.maximum(gradient, 0.0), super().stationarity(w, gradient))


@dataclass(frozen=True)
class NotDoubled(HalfNormal):
    def log_density(self, w):
        return super().log_density(w) - len(w) * np.log(2)


# --- tails


@dataclass(frozen=True)
class CalledConvex(Cauchy):
    convex = True


@dataclass(frozen=True)
class DegreesForgotten(StudentT):
    def stationarity(self, w, gradient):
        return np.abs(gradient + self.df * w / (self.df * self.scale**2 + w**2))


@dataclass(frozen=True)
class LeansAway(Flat):
    def log_density(self, w):
        return -1e-9 * float(np.abs(w).sum())


CHECKS = checks.ALONE | checks.BESIDE_DATA

PENALTY, INTEGRAL, PYMC = "penalty_is_minus_log_density", "density_integrates_to_one", "density_is_pymcs"
SLOPE, KINKS, LABEL = "stationarity_is_the_slope", "stationarity_holds_kinks", "is_labelled_right"
ALPHA, FORMULA, DIRECT = "alpha_is_the_penalty", "closed_form_is_stationary", "direct_is_stationary"
SKLEARN, EVIDENCE = "sklearn_agrees", "posterior_is_normalised"
EXPRESSION, GAUSSIAN = "expression_is_the_density", "gaussian_is_the_density"
CURVATURE, LENGTHS = "curvature_is_the_slopes", "lengths_are_lengths"
FAMILY, SHAPE, MARGINALS = "family_is_the_density", "shape_is_the_penalty", "marginals_are_the_density"

# Which checks a fault fails. All others have to pass it: a check that fails everything proves nothing.
FAULTS = {
    Normal: set(),
    PenaltyDoubled: {PENALTY, SHAPE, SLOPE, ALPHA},
    PenaltyHasAConstant: {PENALTY, SHAPE, ALPHA},
    NotNormalised: {INTEGRAL, FAMILY, PYMC, GAUSSIAN, EVIDENCE},
    OtherTails: {PENALTY, INTEGRAL, FAMILY, PYMC, GAUSSIAN},
    VarianceForScale: {FAMILY, PYMC},
    RootScaled: {GAUSSIAN, ALPHA, FORMULA, SKLEARN, EVIDENCE},
    LengthsForgotten: {LENGTHS},
    CurvatureHalved: {CURVATURE},
    CalledCoupled: {LABEL},
    WrongSlope: {SLOPE, CURVATURE, FORMULA, DIRECT, SKLEARN},
    WrongSign: {SLOPE, CURVATURE, FORMULA, DIRECT, SKLEARN},
    CalledNotConvex: {LABEL},
    CalledImproper: {INTEGRAL},
    MultivariateNormal: set(),
    MeanForgotten: {SLOPE, KINKS, FORMULA, SKLEARN},
    RootIsTheTranspose: {GAUSSIAN, CURVATURE, FORMULA, SKLEARN, EVIDENCE},
    CalledSeparable: {LABEL, MARGINALS},
    HalfTheDeterminant: {INTEGRAL, FAMILY, MARGINALS, PYMC, GAUSSIAN, EVIDENCE},
    RandomWalk: set(),
    StepsForgotten: {EXPRESSION, PYMC},
    StepsOfTheOtherSign: {SLOPE, KINKS, CURVATURE, FORMULA, SKLEARN},
    Laplace: set(),
    LaplaceThatIsSmooth: {KINKS, DIRECT, SKLEARN},
    LaplaceHoldsTooMuch: {KINKS},
    ScaleForRate: {SHAPE, DIRECT, SKLEARN},
    CalledSmooth: {LABEL},
    ElasticNet: set(),
    NormaliserOfTheLaplace: {INTEGRAL, PYMC, EXPRESSION},
    NormaliserDropped: {PYMC, EXPRESSION},
    HalfNormal: set(),
    NoEdge: {PENALTY, SHAPE, KINKS, LABEL},
    EdgeOnTheOtherSide: {KINKS, DIRECT, SKLEARN},
    NotDoubled: {INTEGRAL, FAMILY, PYMC},
    CalledConvex: {LABEL},
    DegreesForgotten: {SLOPE},
    LeansAway: {PENALTY, INTEGRAL, FAMILY, PYMC, EVIDENCE},
}


# --- an engine that takes right facts for something else: the fault is in what it made of them


def with_recipe(change):
    """scikit-learn, following another recipe."""

    def fit(problem, prior):
        return via_sklearn.follow(change(via_sklearn.recipe(problem, prior), problem), problem)

    return {"fit": fit}


def params(**changes):
    return lambda recipe, problem: replace(
        recipe, params=recipe.params | {name: change(recipe.params[name], problem) for name, change in changes.items()}
    )


def wrong_evidence(problem, prior):
    right = closed_form(problem, prior)
    off = replace(right.posterior, evidence=lambda: right.posterior.log_evidence + 0.5 * np.log(2 * np.pi))
    return Solution(right.mode, off)


def zeros_are_missing(problem, prior):
    """A search that stops next to zero instead of on it."""
    mode = via_direct.solve(problem, prior)
    return Solution(replace(mode, coef=np.where(mode.coef == 0, 1e-12, mode.coef)), Unsupported("a search"))


# What is wrong -> the prior, the check that has to fail, and what it is handed instead of the engine's own.
ENGINE_FAULTS = {
    "alpha halved": (Normal, ALPHA, {"alpha_of": lambda *given: via_sklearn.ridge_alpha(*given) / 2}),
    "alpha halved in the fit": (Normal, SKLEARN, with_recipe(params(alpha=lambda alpha, _: alpha / 2))),
    "the lasso's half and n": (Normal, SKLEARN, with_recipe(params(alpha=lambda alpha, at: alpha / (2 * at.n)))),
    "the formula at another sigma": (
        Normal,
        FORMULA,
        {"solve": lambda problem, prior: closed_form(problem.with_noise_sd(problem.noise_sd * (1 + 1e-7)), prior)},
    ),
    "the evidence without a constant": (Normal, EVIDENCE, {"solve": wrong_evidence}),
    "the root transposed": (
        MultivariateNormal,
        SKLEARN,
        with_recipe(lambda recipe, _: replace(recipe, root=recipe.root.T)),
    ),
    "the lasso without the n": (Laplace, SKLEARN, with_recipe(params(alpha=lambda alpha, at: alpha * at.n))),
    "the lasso with a two": (Laplace, SKLEARN, with_recipe(params(alpha=lambda alpha, _: alpha / 2))),
    "zeros are missing": (Laplace, FORMULA, {"solve": zeros_are_missing}),
    "zeros are missing next to the fit": (Laplace, SKLEARN, {"solve": zeros_are_missing}),
    "l1_ratio taken for the share of the squares": (
        ElasticNet,
        SKLEARN,
        with_recipe(params(l1_ratio=lambda ratio, _: 1 - ratio)),
    ),
    "the edge forgotten": (
        HalfNormal,
        SKLEARN,
        with_recipe(lambda recipe, _: Recipe("Ridge", {"alpha": recipe.params["alpha"]})),
    ),
}


@pytest.mark.parametrize("fault", ENGINE_FAULTS)
def test_an_engine_that_mistakes_the_facts_is_caught(fault, tables):
    kind, name, instead = ENGINE_FAULTS[fault]
    problem, check = checks.rows(tables["tall"]), CHECKS[name]
    check(problem, make(kind))
    with pytest.raises(AssertionError, match=f"{name}|is_stationary|is_same_mode"):
        check(problem, make(kind), **instead)


def make(kind):
    """An instance for four slopes, with kinks that hold some of them."""
    if issubclass(kind, MultivariateNormal):
        return kind.examples(4)[1]
    if issubclass(kind, ElasticNet):
        return kind(laplace_scale=0.15, normal_scale=0.4)
    if issubclass(kind, Laplace):
        return kind(0.15)
    if issubclass(kind, RandomWalk):
        return kind(scale=0.5, level=1.0)
    return kind() if issubclass(kind, Flat) else kind(0.5)


def found_by(some, *arguments):
    failed = set()
    for name, check in some.items():
        try:
            check(*arguments)
        except AssertionError:
            failed.add(name)
    return failed


def test_kinks_hold_some_slopes_and_not_all(tables):
    problem = checks.rows(tables["tall"])
    for kind in (Laplace, ElasticNet, HalfNormal):
        zeros = (via_direct.solve(problem, make(kind)).coef == 0).sum()
        assert 0 < zeros < 4, kind


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_each_fault_fails_the_checks_meant_for_it_and_no_other(kind, tables):
    prior, problem = make(kind), checks.rows(tables["tall"])
    alone = replace(prior, **kind.examples(2)[1].params) if issubclass(kind, MultivariateNormal) else prior
    p = 3 if prior.separable and not issubclass(kind, MultivariateNormal) else 2
    found = found_by(checks.ALONE, alone, p) | found_by(checks.BESIDE_DATA, problem, prior)
    assert found == FAULTS[kind]


def test_every_check_has_a_fault_that_fails_it():
    assert set.union(*FAULTS.values()) == set(CHECKS)


# --- scale mixtures


@dataclass(frozen=True)
class CauchyForHalf(RegularizedHorseshoe):
    """The slab's squared scale without its degrees of freedom."""

    def scales(self, size, p, rng):
        tau = self.global_scale * np.abs(rng.standard_cauchy((size, 1)))
        local = np.abs(rng.standard_cauchy((size, p)))
        slab2 = 0.5 * self.slab_scale**2 / rng.gamma(0.5 * self.slab_df, size=(size, 1))
        return tau * local * np.sqrt(slab2) / np.hypot(np.sqrt(slab2), tau * local)


@dataclass(frozen=True)
class OneForEach(HierarchicalNormal):
    """A scale of its own for each slope: each is right alone, and not together."""

    def scales(self, size, p, rng):
        return np.column_stack([super(OneForEach, self).scales(size, 1, rng) for _ in range(p)])


@dataclass(frozen=True)
class VarianceOfScales(R2D2):
    def scales(self, size, p, rng):
        return super().scales(size, p, rng) ** 2


@dataclass(frozen=True)
class WrongBessel(HierarchicalNormal):
    def log_density(self, w):
        return super().log_density(w) + 0.5 * np.log(2)


@dataclass(frozen=True)
class NarrowInPyMC(HierarchicalNormal):
    def family(self, p):
        return Family("hierarchical_normal", {"scale": 0.7 * self.scale})


MIXTURE_FAULTS = {
    RegularizedHorseshoe: set(),
    R2D2: set(),
    HierarchicalNormal: set(),
    CauchyForHalf: {"scales_are_pymcs"},
    OneForEach: {"scales_are_pymcs", "density_is_the_average"},
    VarianceOfScales: {"scales_are_pymcs"},
    WrongBessel: {"density_integrates_to_one", "density_is_the_average"},
    NarrowInPyMC: {"scales_are_pymcs"},
}


@pytest.mark.parametrize("kind", MIXTURE_FAULTS, ids=lambda kind: kind.__name__)
def test_each_faulty_mixture_fails_the_checks_meant_for_it_and_no_other(kind):
    prior = kind.examples(2)[1]
    if issubclass(kind, RegularizedHorseshoe):
        prior = kind(global_scale=1.0, slab_scale=1.0, slab_df=6.0)  # a slab that is felt
    alone = {name: check for name, check in checks.OF_MIXTURES.items() if name != "density_integrates_to_one"}
    failed = found_by(alone, prior, 2) | found_by(
        {"density_integrates_to_one": checks.density_integrates_to_one}, prior, 1
    )
    assert failed == MIXTURE_FAULTS[kind]


def test_every_check_of_mixtures_has_a_fault_that_fails_it():
    assert set.union(*MIXTURE_FAULTS.values()) == set(checks.OF_MIXTURES)


@dataclass(frozen=True)
class HasAMode(HierarchicalNormal):
    def stationarity(self, w, gradient):
        return np.abs(gradient)


@dataclass(frozen=True)
class GivesNoReason(HierarchicalNormal):
    no_mode = " "


@dataclass(frozen=True)
class SaysItIsNormal(HierarchicalNormal):
    no_mode = ""

    def gaussian(self, p):
        return Normal(self.scale).gaussian(p)


@pytest.mark.parametrize("kind", [HasAMode, GivesNoReason, SaysItIsNormal])
def test_a_mixture_that_pretends_to_have_a_mode_is_caught(kind, tables):
    with pytest.raises(AssertionError, match="has_no_mode_and_says_so"):
        checks.has_no_mode_and_says_so(checks.rows(tables["tall"]), kind(1.0))
