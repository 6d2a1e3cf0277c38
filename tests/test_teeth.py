"""Every fault in a plug-in, of each kind, and the named check that catches it: in `mapsto check`, and in a run.

A fault that nothing catches fails here, and so does a right plug-in that something calls wrong.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest

from mapsto import BadInput, Laplace, Normal, Settings, run
from mapsto.certificate import likelihood_checks, noise_prior_checks
from mapsto.conventions import conventions
from mapsto.conventions.base import Convention
from mapsto.conventions.rates import Rates
from mapsto.engines.base import Engine
from mapsto.engines.registry import ENGINES
from mapsto.family import Family
from mapsto.likelihoods.noise_priors.half_normal import HalfNormalNoise
from mapsto.likelihoods.registry import LIKELIHOODS
from mapsto.likelihoods.sigma import Known
from mapsto.likelihoods.student_t import StudentTNoise
from mapsto.outcome import Estimate
from mapsto.posteriors.closed_form import closed_form
from mapsto.posteriors.joint.point import DensityAt
from mapsto.priors import Cauchy, GroupLaplace, MultivariateNormal, Prior, RandomWalk
from mapsto.priors.registry import PRIORS
from mapsto.runs.audit.fitted import fitted_experiment
from mapsto.runs.conformance import likelihoods, suite
from mapsto.runs.conformance.tables import problem
from mapsto.scales import positive

DENSITY, INTEGRAL = "penalty_is_minus_log_density", "density_integrates_to_one"
EXPRESSION, PYMC, SLOPE = "expression_is_the_density", "density_is_pymcs", "stationarity_is_the_slope"
KINKS, LABEL = "stationarity_holds_kinks", "is_labelled_right"
RUN_DENSITY, RUN_EXPRESSION = "penalty-is-minus-log-density", "expression-is-log-density"
RUN_SLOPE, RUN_INTEGRAL, RUN_FAMILY = "slope-is-that-of-the-penalty", "prior-integrates-to-one", "family-is-log-density"
RUN_LABEL, RUN_KINKS, RUN_SHAPE = "prior-is-what-it-says", "stationarity-holds-kinks", "shape-is-the-penalty"
FORMULAS, RUN_FORMULA = "formulas_are_the_density", "prior-is-its-formula"
FAMILY, SHAPE, MARGINALS = "family_is_the_density", "shape_is_the_penalty", "marginals_are_the_density"
QUIET = Settings(draws=100, chains=2)


@dataclass(frozen=True)
class Right(Prior):
    """phi(w) = sum_j (sqrt(1 + (w_j / scale)^2) - 1), written as its users would."""

    scale: float
    name = "right"
    formula = r"\frac{1}{c s}\exp\left(-\sqrt{1+w^2/s^2}\right)"
    penalty_formula = r"\sqrt{1+w^2/s^2}-1"
    reference = "this test"
    paragraph = "Small slopes as ridge has them, large ones as the lasso."

    def __post_init__(self):
        object.__setattr__(self, "scale", positive(self.scale, "the scale"))

    @classmethod
    def examples(cls, p):
        return cls(0.5), cls(20.0)

    def _log_constant(self):
        from scipy.special import kve

        return float(np.log(2 * self.scale * kve(1, 1.0))) - 1.0

    def log_density(self, w):
        return float(-np.sqrt(1 + (w / self.scale) ** 2).sum() - len(w) * self._log_constant())

    def penalty(self, w):
        u2 = w**2 / self.scale**2
        return float(np.sum(u2 / (1 + np.sqrt(1 + u2))))

    def stationarity(self, w, gradient):
        return np.abs(gradient + w / (self.scale**2 * np.sqrt(1 + (w / self.scale) ** 2)))

    def expression(self, w, xp, p):
        return -xp.sum(xp.sqrt(1 + (w / self.scale) ** 2)) - p * self._log_constant()


def fault(base, **members):
    """The class with some members replaced; it stays a frozen dataclass."""
    return dataclass(frozen=True)(type(base.__name__, (base,), members | {"__annotations__": {}}))


def doubled(self, w):
    return 2 * Right.penalty(self, w)


def shifted(self, w):
    return Right.penalty(self, w) + 0.25


def tilted(self, w):
    return Right.log_density(self, w) - 1e-3 * float(np.abs(w).sum())


def unnormalised(self, w):
    return Right.log_density(self, w) + 1e-6 * len(w)


def unnormalised_expression(self, w, xp, p):
    return Right.expression(self, w, xp, p) + 1e-6 * p


def off_by_two(self, w, xp, p):
    return -xp.sum(xp.sqrt(1 + (w / self.scale) ** 2)) / 2 - p * self._log_constant()


def each_slope(self, w, xp, p):
    return -xp.sqrt(1 + (w / self.scale) ** 2) - self._log_constant()


def other_sign(self, w, gradient):
    return np.abs(gradient - w / (self.scale**2 * np.sqrt(1 + (w / self.scale) ** 2)))


def variance(self, p):
    return Family("normal", {"mean": self.mean, "sd": self.scale**2})


def smooth_at_zero(self, w, gradient):
    return np.abs(gradient + np.sign(w) / self.scale)


def root_scaled(self, p):
    right = MultivariateNormal.gaussian(self, p)
    return replace(right, root=right.root * (1 + 1e-7))


def alpha_without_its_factor(self, p):
    right = Laplace.piecewise_quadratic(self, p)
    return replace(right, l1=2 * right.l1)


def longer_groups(self, p):
    right = GroupLaplace.group_norms(self, p)
    return replace(right, rates=1.001 * right.rates)


# the fault -> the class, the check of `mapsto check`, and that of a run
PRIOR_FAULTS = {
    "penalty doubled": (fault(Right, penalty=doubled), DENSITY, RUN_DENSITY),
    "penalty shifted": (fault(Right, penalty=shifted), DENSITY, RUN_DENSITY),
    "density tilted": (fault(Right, log_density=tilted), DENSITY, RUN_DENSITY),
    "density not normalised": (fault(Right, log_density=unnormalised), INTEGRAL, RUN_EXPRESSION),
    "the same error in the expression": (
        fault(Right, log_density=unnormalised, expression=unnormalised_expression),
        INTEGRAL,
        RUN_INTEGRAL,
    ),
    "coupled and not normalised": (
        fault(
            GroupLaplace,
            log_density=lambda self, w: GroupLaplace.log_density(self, w) + 0.01,
            expression=lambda self, w, xp, p: GroupLaplace.expression(self, w, xp, p) + 0.01,
        ),
        INTEGRAL,
        RUN_INTEGRAL,
    ),
    "expression off by 2": (fault(Right, expression=off_by_two), EXPRESSION, RUN_EXPRESSION),
    "expression for each slope": (fault(Right, expression=each_slope), EXPRESSION, RUN_EXPRESSION),
    "expression raises": (fault(Right, expression=lambda self, w, xp, p: xp.nothing(w)), EXPRESSION, RUN_EXPRESSION),
    "sign of the stationarity": (fault(Right, stationarity=other_sign), SLOPE, RUN_SLOPE),
    "scale for variance": (fault(Normal, family=variance), FAMILY, RUN_FAMILY),
    "scale for variance, as PyMC has it": (fault(Normal, family=variance), PYMC, RUN_FAMILY),
    "family of another name": (
        fault(Laplace, family=lambda self, p: Family("logistic", {"location": 0.0, "scale": self.scale})),
        FAMILY,
        RUN_FAMILY,
    ),
    "formula off by 2": (
        fault(Right, formula=r"\frac{1}{c s}\exp\left(-2\sqrt{1+w^2/s^2}\right)"),
        FORMULAS,
        RUN_FORMULA,
    ),
    "formula of a variance": (
        fault(Normal, formula=r"\frac{1}{\sigma_w\sqrt{2\pi}}\exp\left(-\frac{w^2}{2\sigma_w}\right)"),
        FORMULAS,
        RUN_FORMULA,
    ),
    "formula of the penalty off by 2": (
        fault(Laplace, penalty_formula=r"\frac{2\lvert w\rvert}{s}"),
        FORMULAS,
        RUN_FORMULA,
    ),
    "formula of the constant without p": (fault(Cauchy, constant_formula=r"-\log \pi s"), FORMULAS, RUN_FORMULA),
    "root of another covariance": (
        fault(MultivariateNormal, gaussian=root_scaled),
        "gaussian_is_the_density",
        "mean-and-root-are-log-density",
    ),
    "slope at zero doubled for solvers": (
        fault(Laplace, piecewise_quadratic=alpha_without_its_factor),
        SHAPE,
        RUN_SHAPE,
    ),
    "group lengths of other rates": (fault(GroupLaplace, group_norms=longer_groups), SHAPE, RUN_SHAPE),
    "shape not stated": (fault(Laplace, piecewise_quadratic=lambda self, p: None), SHAPE, RUN_SHAPE),
    "marginal of another scale": (
        fault(Normal, marginal=lambda self, j, p: Normal(2.0 * np.mean(self.scale))),
        MARGINALS,
        "marginals-are-log-density",
    ),
    "kink forgotten": (fault(Laplace, stationarity=smooth_at_zero), KINKS, RUN_KINKS),
    "called smooth": (fault(Laplace, kinked=False), LABEL, RUN_LABEL),
    "called kinked": (fault(Right, kinked=True), LABEL, RUN_LABEL),
    "called convex": (fault(Cauchy, convex=True), LABEL, RUN_LABEL),
    "called not convex": (fault(Right, convex=False), LABEL, RUN_LABEL),
    "called improper": (fault(Right, proper=False), INTEGRAL, RUN_INTEGRAL),
    "called separable": (fault(MultivariateNormal, separable=True), LABEL, RUN_LABEL),
    "called coupled": (fault(Right, separable=False), LABEL, RUN_LABEL),
    "called ordered": (fault(Right, ordered=True), LABEL, RUN_LABEL),
    "order forgotten": (fault(RandomWalk, ordered=False), LABEL, RUN_LABEL),
    "lengths forgotten": (fault(Right, lengths={}), "lengths_are_lengths", "lengths-are-lengths"),
    "curvature halved": (
        fault(Normal, curvature=lambda self, w: np.eye(len(w)) / (2 * np.asarray(self.scale) ** 2)),
        "curvature_is_the_slopes",
        "curvature-is-that-of-the-slope",
    ),
}


def failed_in_check(kind, only=suite.EVERY):
    return {check.name for check in suite.check(kind, only) if not check.passed}


def failed_in_run(prior, data=None):
    result = run(data or problem("tall"), prior, QUIET, engines=["closed_form", "direct", "sklearn"])
    return {check.name for check in result.certificate.checks if not check.passed}


@pytest.mark.parametrize("name", PRIOR_FAULTS)
def test_a_fault_in_a_prior_is_caught_by_name(name):
    kind, in_check, in_run = PRIOR_FAULTS[name]
    assert failed_in_check(kind, {in_check}) == {in_check}
    assert in_run in failed_in_run(kind.examples(4)[0])


def test_the_right_ones_pass():
    assert failed_in_check(Right) == set()
    assert failed_in_run(Right(0.5)) == set()
    for kind in (Right, Normal, Laplace, Cauchy, GroupLaplace, MultivariateNormal, RandomWalk):
        assert PRIORS.sound(kind, "here") is kind


CONTRACT_FAULTS = {
    "one example": (fault(Right, examples=classmethod(lambda cls, p: (cls(0.5),))), "offers 1 of the 2"),
    "two that are one": (fault(Right, examples=classmethod(lambda cls, p: (cls(0.5), cls(0.5)))), "of the 2 different"),
    "no validation": (fault(Right, __post_init__=lambda self: None), "takes scale = 0; refuse it in __post_init__"),
    "NaN accepted": (fault(Right, __post_init__=lambda self: None, unbounded={"scale": "no"}), "takes scale = nan"),
    "array for float": (fault(Right, penalty=lambda self, w: w**2), "penalty of Right gives a ndarray of shape"),
    "integer for float": (fault(Right, log_density=lambda self, w: 1), "log_density of Right gives a int"),
    "stationarity summed": (fault(Right, stationarity=lambda self, w, g: float(w.sum())), "gives shape"),
    "no LaTeX": (fault(Right, formula=r"\frac{1}{2"), "no LaTeX that a page can set"),
    "neither family nor expression": (fault(Right, expression=Prior.expression), "no family or expression"),
    "density raises": (fault(Right, log_density=lambda self, w: w.nothing), "raises AttributeError"),
    "mutable": (
        dataclass(type("Mutable", (Prior,), dict(vars(Right), __annotations__={"scale": float}))),
        "not frozen",
    ),
}


@pytest.mark.parametrize("name", CONTRACT_FAULTS)
def test_a_prior_that_breaks_its_contract_is_refused_in_one_line(name):
    kind, words = CONTRACT_FAULTS[name]
    with pytest.raises(BadInput) as refusal:
        PRIORS.sound(kind, "their.py")
    assert words in str(refusal.value)
    assert str(refusal.value).startswith("their.py")
    assert len(str(refusal.value).splitlines()) == 1


def test_a_run_refuses_a_prior_that_can_be_changed_while_it_runs():
    kind, words = CONTRACT_FAULTS["mutable"]
    with pytest.raises(BadInput, match=words):
        failed_in_run(kind(0.5))


# --- likelihoods

# the fault -> the members, the check of `mapsto check`, and that of a run
LIKELIHOOD_FAULTS = {
    "gradient's sign": (
        {"gradient": lambda s, y, e, q=1.0: -StudentTNoise.gradient(s, y, e, q)},
        "derivatives_are_the_slopes",
        "gradient-is-that-of-the-log-likelihood",
    ),
    "curvature halved": (
        {"curvature": lambda s, y, e, q=1.0: StudentTNoise.curvature(s, y, e, q) / 2},
        "derivatives_are_the_slopes",
        "gradient-is-that-of-the-log-likelihood",
    ),
    "constant off": (
        {"log_density": lambda s, y, e, q=1.0, sigma=None: StudentTNoise.log_density(s, y, e, q, sigma) + 1e-3},
        "density_of_a_row_is_normalised",
        "likelihood-integrates-to-one",
    ),
    "loss doubled": (
        {"loss": lambda s, y, e, q=1.0: 2 * StudentTNoise.loss(s, y, e, q)},
        "loss_is_what_moves_of_the_density",
        "loss-is-minus-log-likelihood",
    ),
    "Newton's curvature for the majoriser": (
        {"majoriser": lambda s, y, e, q=1.0: s.curvature(y, e, q)},
        "majoriser_lies_above",
        "majoriser-lies-above",
    ),
    "simulation too quiet": (
        {"simulate": lambda s, e, rng, q=1.0, sigma=None: e + 0.9 * (StudentTNoise.simulate(s, e, rng, q, sigma) - e)},
        "simulation_has_the_density",
        "likelihood-is-simulated",
    ),
    "a term forgotten": (
        {"ledger_terms": lambda s, table, w, b: StudentTNoise.ledger_terms(s, table, w, b)[:1]},
        "terms_sum_to_the_density",
        "ledger-sums-to-log-likelihood",
    ),
    "called convex": ({"convex": True}, "is_labelled_right", "likelihood-is-what-it-says"),
    "formula off by 2": (
        {"formula": StudentTNoise.formula.replace(r"-(\nu+1)/2", r"-(\nu+1)")},
        "formulas_are_the_likelihood",
        "likelihood-is-its-formula",
    ),
    "formula of the constant without n": (
        {"constant_formula": StudentTNoise.constant_formula.replace("-n", "-")},
        "formulas_are_the_likelihood",
        "likelihood-is-its-formula",
    ),
    "another family": (
        {"family": lambda s: Family("student_t", {"df": s.df + 1})},
        "family_is_the_density",
        "family-is-log-likelihood",
    ),
    "another density for PyMC": (
        {"family": lambda s: Family("student_t", {"df": s.df + 1})},
        "density_is_pymcs",
        "family-is-log-likelihood",
    ),
    "summed over the rows": (
        {"loss": lambda s, y, e, q=1.0: float(np.sum(y - e))},
        "facts_are_shaped",
        "loss-is-minus-log-likelihood",
    ),
}


@pytest.mark.parametrize("name", LIKELIHOOD_FAULTS)
def test_a_fault_in_a_likelihood_is_caught_by_name(name):
    members, in_check, in_run = LIKELIHOOD_FAULTS[name]
    kind = fault(StudentTNoise, **members)
    assert failed_in_check(kind, {in_check}) == {in_check}
    right = likelihoods.problem_of(StudentTNoise(4.0, Known(0.7)))
    wrong = replace(right, likelihood=kind(4.0, Known(0.7)))
    failed = {check.name for check in likelihood_checks(wrong, Estimate(likelihoods.SLOPES, 0.5)) if not check.passed}
    assert in_run in failed


def test_a_right_likelihood_passes_every_check_of_a_run():
    right = likelihoods.problem_of(StudentTNoise(4.0, Known(0.7)))
    assert failed_in_run(Normal(1.0), right) == set()
    asked = {check.name for check in likelihood_checks(right, Estimate(likelihoods.SLOPES, 0.5))}
    assert {part[2] for part in LIKELIHOOD_FAULTS.values()} == asked


def test_a_likelihood_without_validation_is_refused():
    assert LIKELIHOODS.sound(StudentTNoise, "here") is StudentTNoise
    with pytest.raises(BadInput, match="takes df = 0"):
        LIKELIHOODS.sound(fault(StudentTNoise, __post_init__=lambda self: None), "here")


# --- priors on sigma

RUN_SIGMA = "prior-on-sigma-is-what-engines-have"
NOISE_FAULTS = {
    "not normalised": (
        {"log_density": lambda s, x: HalfNormalNoise.log_density(s, x) + 1e-3},
        INTEGRAL,
        "prior-on-sigma-integrates-to-one",
    ),
    "called improper": ({"proper": False}, INTEGRAL, "prior-on-sigma-integrates-to-one"),
    "expression of another": ({"expression": lambda s, x, xp: -x / s.scale}, EXPRESSION, RUN_SIGMA),
    "formula of another": (
        {"formula": r"\sigma\sim\mathrm{HalfCauchy}(s)"},
        "formula_is_the_density",
        "prior-on-sigma-is-its-formula",
    ),
    "family of another": ({"family": lambda s: Family("half_cauchy", {"scale": s.scale})}, FAMILY, RUN_SIGMA),
}


@pytest.mark.parametrize("name", NOISE_FAULTS)
def test_a_fault_in_a_prior_on_sigma_is_caught_by_name(name):
    members, in_check, in_run = NOISE_FAULTS[name]
    kind = fault(HalfNormalNoise, **members)
    assert in_check in failed_in_check(kind)
    failed = {check.name for check in noise_prior_checks(kind(3.0)) if not check.passed}
    assert in_run in failed
    assert failed_in_run(Normal(0.5), problem("tall").with_noise_prior(kind(3.0))) >= failed


def test_the_right_prior_on_sigma_passes():
    assert failed_in_check(HalfNormalNoise) == set()
    assert all(check.passed for check in noise_prior_checks(HalfNormalNoise(3.0)))


# --- engines


class Own(Engine):
    """The closed form under another name."""

    name = "own"
    label = "Own"
    summary = "solves by a formula"

    def mode(self, near=()):
        return self.of(closed_form(self.question.at_point, self.question.absolute))

    def of(self, solution):
        return getattr(solution, "mode", solution)

    def density_at(self, at):
        """In the slopes and the intercept, from NumPy."""
        problem, prior, one = self.question.at_point, self.question.absolute, self.question.at_point.likelihood
        X, y = problem.table.rows
        slope = one.gradient(y, at.b + X @ at.w, problem.table.q)
        gradient = np.append(-X.T @ slope - prior.slope(at.w), -slope.sum())
        return DensityAt(problem.log_likelihood(at.w, at.b) + prior.log_density(at.w), gradient)

    def log_density(self, estimate):
        problem, prior = self.question.at_point, self.question.absolute
        return problem.log_likelihood(estimate.coef, estimate.intercept) + prior.log_density(estimate.coef)


def other_model(self, near=()):
    at = self.question.at_point
    return self.of(closed_form(at.with_noise_sd(1.5 * at.noise_sd), self.question.absolute))


ENGINE_FAULTS = {
    "another model": ({"mode": other_model}, "stationarity-own"),
    "raises": ({"mode": lambda self, near=(): 1 / 0}, "engine-own"),
    "another density": ({"log_density": lambda self, e: Own.log_density(self, e) + 0.1}, "ledger-sums-to-own-logp"),
    "gradient halved in density_at": (
        {
            "density_at": lambda self, at: replace(
                Own.density_at(self, at), gradient=Own.density_at(self, at).gradient / 2
            )
        },
        "gate-own-gradient",
    ),
    "density_at of another model": (
        {"density_at": lambda self, at: replace(Own.density_at(self, at), value=1.1 * Own.density_at(self, at).value)},
        "gate-own-density",
    ),
    "density_at leaves out a constant unsaid": (
        {"density_at": lambda self, at: replace(Own.density_at(self, at), value=Own.density_at(self, at).value - 1.0)},
        "gate-own-constant",
    ),
    "density_at raises": ({"density_at": lambda self, at: 1 / 0}, "gate-own"),
    "never answers": ({"mode": lambda self, near=(): Engine.mode(self)}, "answers-at-all"),
}


@pytest.mark.parametrize("name", ENGINE_FAULTS)
def test_a_fault_in_an_engine_is_caught_by_name(name):
    members, in_check = ENGINE_FAULTS[name]
    kind = type("Theirs", (Own,), members)
    assert in_check in failed_in_check(kind)
    if in_check != "answers-at-all":  # a run with other engines needs no answer of this one
        result = run(problem("tall"), Normal(0.5), QUIET, engines=["closed_form", "direct", kind])
        assert in_check in {check.name for check in result.certificate.checks if not check.passed}


def test_the_right_engine_passes():
    assert ENGINES.sound(Own, "here") is Own
    assert failed_in_check(Own) == set()


# --- conventions


class MeanRidge(Convention):
    """RSS/n + strength ||w||^2."""

    key = "their-mean-ridge"
    name = "theirs.MeanRidge"
    library = "theirs MeanRidge"
    objective = r"\mathrm{RSS}/n + a \|w\|^2"
    prior = r"\tau = \sigma/\sqrt{n a}"
    intercept = "free; $n$ is the number of rows"
    known = "docs"
    package = "theirs"
    l1 = False

    def factors(self, *, n):
        return n, 0.0

    def strengths(self, *, strength):
        return Rates(strength)

    def parameters(self, strengths):
        return {"strength": strengths.l2}

    def minimises(self, X, y, w, b, *, strength):
        return float(np.mean((y - b - X @ w) ** 2) + strength * (w @ w))

    reads = MappingProxyType({"theirs": ("Fitted",)})
    normalises_weights = False

    def read(self, fitted, facts):
        n, names = self.rows(facts, self.library), tuple(f"x{j}" for j in range(len(fitted.coef_)))
        rates = self.to_rates({"strength": fitted.strength}, **self.units(n=n))
        mode = tuple(map(float, fitted.coef_))
        return self.implied(rates, names, n=n, mode=mode, mode_intercept=float(fitted.intercept_))


RUN_CONVENTION, RUN_FIT = "convention-minimises-its-objective", "fit-is-the-mode"
# the last is the check of an audit of a fit, which is the run that a convention is a part of; None for words alone
CONVENTION_FAULTS = {
    "n forgotten": ({"factors": lambda self: (1.0, 0.0)}, "objective_is_j", RUN_CONVENTION),
    "off by 2": ({"factors": lambda self, *, n: (2 * n, 0.0)}, "objective_is_j", RUN_CONVENTION),
    "off by n in the objective too": (
        {
            "factors": lambda self: (1.0, 0.0),
            "minimises": lambda self, X, y, w, b, *, strength: float(np.sum((y - b - X @ w) ** 2) + strength * (w @ w)),
        },
        None,
        RUN_FIT,
    ),
    "not the way back": (
        {"parameters": lambda self, r: {"strength": 2 * r.l2}},
        "numbers_go_both_ways",
        "convention-goes-both-ways",
    ),
    "objective not in code": ({"minimises": None}, "objective_is_stated", None),
    "no LaTeX": ({"objective": r"\frac{1}{2"}, "texts_are_marked", None),
    "unmarked": ({"intercept": r"free; \sigma"}, "texts_are_marked", None),
}


class Fitted:
    """What minimises RSS/n + 0.2 ||w||^2."""

    __module__ = "theirs.linear"
    strength = 0.2

    def __init__(self, X, y):
        Z, mean = X - X.mean(axis=0), y.mean()
        self.coef_ = np.linalg.solve(Z.T @ Z / len(y) + self.strength * np.eye(X.shape[1]), Z.T @ (y - mean) / len(y))
        self.intercept_ = mean - X.mean(axis=0) @ self.coef_


def failed_in_audit(kind, monkeypatch):
    """The checks that fail in an audit of a fit that is read by this convention."""
    point = SimpleNamespace(name="their", value="theirs:MeanRidge", load=lambda: kind)
    monkeypatch.setattr("mapsto.conventions.registry.entry_points", lambda group: [point])
    conventions.cache_clear()
    try:
        data = problem("tall")
        experiment = fitted_experiment(Fitted(data.X, data.y), data.X, data.y)
        result = run(data, experiment.prior, QUIET, engines=["closed_form"])
        claims = experiment.lesson(result).claims  # which the run of an experiment puts into its certificate
    finally:
        conventions.cache_clear()
    return {check.name for check in claims if not check.passed}


@pytest.mark.parametrize("name", CONVENTION_FAULTS)
def test_a_fault_in_a_convention_is_caught_by_name(name, monkeypatch):
    members, in_check, in_run = CONVENTION_FAULTS[name]
    kind = type("Theirs", (MeanRidge,), members | {"__module__": "theirs"})
    assert in_check is None or in_check in failed_in_check(kind)
    assert in_run is None or in_run in failed_in_audit(kind, monkeypatch)


def test_the_right_convention_passes(monkeypatch):
    assert failed_in_check(MeanRidge) == set()
    assert failed_in_audit(MeanRidge, monkeypatch) == set()


# --- each check has teeth

CAUGHT = {
    *(part[1] for part in PRIOR_FAULTS.values()),
    *(part[1] for part in LIKELIHOOD_FAULTS.values()),
    *(part[1] for part in NOISE_FAULTS.values()),
    *(part[1] for part in CONVENTION_FAULTS.values() if part[1]),
}


def test_no_check_is_without_a_fault_that_it_catches():
    """Those of priors with data have theirs in tests/conformance/test_wrong_priors.py."""
    from conformance.test_wrong_priors import ENGINE_FAULTS as OF_ENGINES
    from conformance.test_wrong_priors import FAULTS, MIXTURE_FAULTS

    caught = (
        CAUGHT | set().union(*FAULTS.values(), *MIXTURE_FAULTS.values()) | {part[1] for part in OF_ENGINES.values()}
    )
    named = {name for kind in (Right, StudentTNoise, HalfNormalNoise, MeanRidge) for name, _ in suite._asked(kind)}
    assert named - caught == {"mode_is_found", "pymc_agrees", "program_is_the_model"}  # of engines
