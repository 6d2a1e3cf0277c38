"""What every likelihood has to satisfy, against SciPy and differences; and the mode under Student t noise."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit, gammaln

from mapsto import BadInput, HalfNormalNoise, Laplace, Normal, Problem, Settings, run
from mapsto.certificate.facts import likelihood as of_likelihood
from mapsto.data.table import Table
from mapsto.likelihoods.bernoulli import Bernoulli
from mapsto.likelihoods.binomial import Binomial
from mapsto.likelihoods.gamma import Gamma
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.negative_binomial import NegativeBinomial
from mapsto.likelihoods.poisson import Poisson
from mapsto.likelihoods.probit import Probit
from mapsto.likelihoods.registry import shipped
from mapsto.likelihoods.sigma import Known, Learned, PluggedIn
from mapsto.likelihoods.student_t import StudentTNoise
from mapsto.outcome import Estimate, Unsupported
from mapsto.rounding import UNIT_ROUNDOFF, gamma
from mapsto.runs.conformance import suite

EXAMPLES = [one for kind in shipped().values() for one in kind.examples()]


def huber(one, y, eta, q):
    """The density's integral by quadrature, with its kinks named: nothing of the normaliser's formula in it."""
    c = one.threshold

    def height(u):
        return np.exp(-(0.5 * u**2 if abs(u) <= c else c * abs(u) - 0.5 * c**2))

    parts = [quad(height, low, high, epsabs=0, epsrel=1e-13)[0] for low, high in ((0, c), (c, c + 200 / c))]
    scale = one.sigma.value / np.sqrt(q)
    return np.log([height(u) for u in (y - eta) / scale]) - np.log(scale * 2 * sum(parts))


def asymmetric_laplace(one, y, eta, q):
    """SciPy's kappa is the root of the ratio of the two rates, and its scale one over the root of their product."""
    t = one.quantile
    return stats.laplace_asymmetric.logpdf(y, np.sqrt(t / (1 - t)), eta, one.sigma.value / q / np.sqrt(t * (1 - t)))


ORACLE = {
    "asymmetric_laplace": asymmetric_laplace,
    "bernoulli": lambda one, y, eta, q: stats.bernoulli.logpmf(y, expit(eta)),
    "binomial": lambda one, y, eta, q: stats.binom.logpmf(np.rint(q * y), np.rint(q), expit(eta)),
    "gamma": lambda one, y, eta, q: stats.gamma.logpdf(y, one.shape * q, scale=np.exp(eta) / (one.shape * q)),
    "gaussian": lambda one, y, eta, q: stats.norm.logpdf(y, eta, one.sigma.value / np.sqrt(q)),
    "huber": huber,
    "negative_binomial": lambda one, y, eta, q: stats.nbinom.logpmf(
        np.rint(q * y), one.size, one.size / (one.size + q * np.exp(eta))
    ),
    "poisson": lambda one, y, eta, q: stats.poisson.logpmf(np.rint(q * y), q * np.exp(eta)),
    "probit": lambda one, y, eta, q: np.log(stats.norm.cdf(np.where(y == 1, eta, -eta))),
    "student_t": lambda one, y, eta, q: stats.t.logpdf(y, one.df, eta, one.sigma.value / np.sqrt(q)),
}

ONE_TRIAL = {"bernoulli", "probit"}
"""Likelihoods of one trial a row, which refuse weights."""


def rows(one, n=30, seed=5):
    """Responses, predictors that did not make them, and weights, as the likelihood takes them."""
    rng = np.random.default_rng(seed)
    if one.location:
        return rng.standard_normal(n) * 3, rng.standard_normal(n) * 3, rng.uniform(0.3, 4.0, n)
    q = np.ones(n) if one.name in ONE_TRIAL else rng.integers(1, 9, n).astype(float)
    y = one.simulate(rng.standard_normal(n) * 1.5, rng, q)
    return y, rng.standard_normal(n) * 1.5, q


ALONE = {"asymmetric_laplace", "poisson", "gamma", "negative_binomial"}
"""Likelihoods that state no parabola above: of a link, the search takes their curvature and halves its steps."""

# --- facts of a row


def density_is_scipys(one):
    """SciPy's formulas for counts go through 1 - p and differences of log Gamma, which cost some of its digits."""
    y, eta, q = rows(one)
    expected = ORACLE[one.name](one, y, eta, q)
    size = 1 + np.abs(expected).max() + (0 if one.location else np.abs(gammaln(q * y + 1)).max())
    assert np.abs(one.log_density(y, eta, q) - expected).max() <= gamma(64) * size


def loss_is_what_moves_of_the_density(one):
    """loss / factor + log density is one constant a row, whatever eta is."""
    y, eta, q = rows(one)
    kept = one.loss(y, eta, q) / one.factor + one.log_density(y, eta, q)
    other = one.link(y, q)
    there = one.loss(y, other, q) / one.factor + one.log_density(y, other, q)
    size = 1 + np.abs(kept) + np.abs(one.loss(y, eta, q) / one.factor) + (0 if one.location else gammaln(q * y + 1))
    assert (np.abs(kept - there) <= gamma(64) * size).all()


def derivatives_are_the_slopes(one):
    """Gradient and curvature against central differences, where truncation and rounding are balanced."""
    y, eta, q = rows(one)
    h = UNIT_ROUNDOFF ** (1 / 3) * (1 + np.abs(eta))
    ahead, behind = eta + h, eta - h
    slope = (one.log_density(y, behind, q) - one.log_density(y, ahead, q)) / (ahead - behind)
    bend = (one.gradient(y, ahead, q) - one.gradient(y, behind, q)) / (ahead - behind)
    if one.location:
        at_y = one.rates(q)[0] + one.rates(q)[1] if one.kinked else one.majoriser(y, y, q)
        steep = at_y * (1 + np.abs(y - eta)) ** 3 * (1 + 1 / one.sigma.value**2)
    else:  # derivatives of exponentials are as large as these
        steep = one.curvature(y, eta, q) + one.parts(y, eta, q)
    allowed = UNIT_ROUNDOFF ** (2 / 3) * 100 * (1 + steep + np.abs(one.log_density(y, eta, q)))
    smooth = np.abs(y - eta) > 1e-3 if one.kinked else np.ones(len(y), dtype=bool)
    if one.name == "huber":  # its slope has a corner at the threshold
        smooth = np.abs(np.abs(y - eta) * np.sqrt(q) / one.sigma.value - one.threshold) > 1e-3
    assert (np.abs(one.gradient(y, eta, q) - slope) <= allowed).all()
    assert (np.abs(one.curvature(y, eta, q) - bend) <= allowed)[smooth].all()


def the_majoriser_lies_above(one):
    """The parabola through (eta, -log p) with the gradient's slope and the majoriser's curvature is never below."""
    y, eta, q = rows(one)
    base, slope, above = -one.log_density(y, eta, q), one.gradient(y, eta, q), one.majoriser(y, eta, q)
    for step in (-20.0, -1.0, -1e-2, 1e-2, 0.5, 7.0):
        parabola = base + slope * step + 0.5 * above * step**2
        size = np.abs(base) + np.abs(slope * step) + above * step**2
        assert (-one.log_density(y, eta + step, q) <= parabola + gamma(64) * size).all()


def rounding_of_the_gradient_is_in_its_parts(one):
    """Parts are at least as large as their sum, and vanish only where it does."""
    y, eta, q = rows(one)
    assert (one.parts(y, eta, q) >= np.abs(one.gradient(y, eta, q)) * (1 - gamma(8))).all()


def simulation_has_the_density(one):
    """Kolmogorov-Smirnov, or chi-square of counts, against SciPy; exceeded once in a million right simulations."""
    eta, q = np.full(20_000, 1.5), 1.0 if one.name in ONE_TRIAL else 2.0
    drawn = one.simulate(eta, np.random.default_rng(3), q)
    if one.name not in CONTINUOUS:
        counts = np.rint(q * drawn).astype(int)
        values = np.arange(counts.max() + 1)
        expected = len(eta) * np.exp(ORACLE[one.name](one, values / q, np.full(len(values), 1.5), q))
        seen, common = np.bincount(counts), expected >= 10
        seen = np.append(seen[common], len(eta) - seen[common].sum())
        expected = np.append(expected[common], len(eta) - expected[common].sum())
        if expected[-1] < 1:
            seen, expected = seen[:-1], expected[:-1] * seen[:-1].sum() / expected[:-1].sum()
        assert stats.chisquare(seen, expected).pvalue > 1e-6
    elif one.name == "huber":
        grid = np.linspace(eta[0] - 60 * one.sigma.value, eta[0] + 60 * one.sigma.value, 200_001)
        density = np.exp(one.log_density(grid, eta[0], q))
        below = np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))
        assert stats.kstest(drawn, lambda x: np.interp(x, grid[1:], below)).pvalue > 1e-6
    else:
        assert stats.kstest(drawn, CONTINUOUS[one.name](one, q).cdf).pvalue > 1e-6


CONTINUOUS = {
    "asymmetric_laplace": lambda one, q: stats.laplace_asymmetric(
        np.sqrt(one.quantile / (1 - one.quantile)),
        1.5,
        one.sigma.value / q / np.sqrt(one.quantile * (1 - one.quantile)),
    ),
    "gamma": lambda one, q: stats.gamma(one.shape * q, scale=np.exp(1.5) / (one.shape * q)),
    "gaussian": lambda one, q: stats.norm(1.5, one.sigma.value / np.sqrt(q)),
    "huber": None,
    "student_t": lambda one, q: stats.t(one.df, 1.5, one.sigma.value / np.sqrt(q)),
}


FACTS = [
    density_is_scipys,
    loss_is_what_moves_of_the_density,
    derivatives_are_the_slopes,
    simulation_has_the_density,
]


@pytest.mark.parametrize("one", EXAMPLES, ids=str)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_holds(fact, one):
    fact(one)


@pytest.mark.parametrize("one", [one for one in EXAMPLES if one.name not in ALONE], ids=str)
def test_a_parabola_lies_above(one):
    the_majoriser_lies_above(one)


@pytest.mark.parametrize("one", [one for one in EXAMPLES if one.newton], ids=str)
def test_facts_of_a_link(one):
    rounding_of_the_gradient_is_in_its_parts(one)
    y, eta, q = rows(one)
    # a row recedes where its loss keeps falling, and nowhere else
    far = np.array([-200.0, -100.0, 100.0, 200.0])
    at = one.loss(y[:, np.newaxis], far, q[:, np.newaxis])
    falls = np.where(at[:, 0] < at[:, 1] + 1e-9, -1.0, np.where(at[:, 3] < at[:, 2] + 1e-9, 1.0, 0.0))
    assert (one.recedes(y) == falls).all()
    # a mean without noise is where the gradient vanishes
    assert np.abs(one.gradient(one.mean(eta), eta, 1.0)).max() <= gamma(32) * one.parts(one.mean(eta), eta, 1.0).max()


@pytest.mark.parametrize(
    ("likelihood", "y", "weights", "said"),
    [
        (Bernoulli(), [0, 1, 2], None, "holds 2 in 1 rows"),
        (Bernoulli(), [0, 1, 1], [1, 2, 1], "use the binomial"),
        (Probit(), [0, 1, 2], None, "holds 2 in 1 rows"),
        (Probit(), [0, 1, 1], [1, 2, 1], "one trial a row, without weights"),
        (Binomial(), [0.5, 0.3, 1], [2, 2, 1], "holds 0.3"),
        (Binomial(), [0.5, 1.5, 1], [2, 2, 1], "between 0 and 1"),
        (Binomial(), [0.5, 1.0, 1], [2, 2.5, 1], "numbers of trials"),
        (Poisson(), [0, 1.5, 2], None, "whole counts"),
        (Poisson(), [0, -1, 2], None, "holds -1"),
        (Poisson(), [0, 0, 0], None, "constant"),
        (NegativeBinomial(), [0, 1.5, 2], None, "whole counts"),
        (Gamma(), [0, 1.5, 2], None, "numbers above 0"),
    ],
)
def test_responses_that_cannot_be_are_refused_in_one_line(likelihood, y, weights, said):
    with pytest.raises(BadInput, match=said) as refusal:
        Problem.from_rows(np.arange(3.0)[:, np.newaxis] ** 2, y, weights=weights, likelihood=likelihood)
    assert "\n" not in str(refusal.value)


def test_a_likelihood_without_sigma_refuses_one():
    with pytest.raises(BadInput, match="no sigma"):
        Problem.from_rows([[0.0], [1.0], [2.0]], [0, 1, 1], likelihood=Bernoulli(), noise_sd=1.0)
    with pytest.raises(BadInput, match="per_sigma"):
        run(Problem.from_rows([[0.0], [1.0], [2.0]], [0, 1, 1], likelihood=Bernoulli()), Normal(1.0, per_sigma=True))


def test_densities_do_not_overflow_far_out():
    """Predictors at which an exponential is beyond what a double holds give finite numbers and no warning."""
    for one in EXAMPLES:
        y, _, q = rows(one)
        for eta in (np.full(30, -1e5), np.full(30, 1e5)):
            for fact in (one.log_density, one.loss, one.gradient, one.curvature):
                assert np.isfinite(fact(y, eta, q)).all()
            if not one.location:
                assert np.isfinite(one.simulate(eta, np.random.default_rng(0), q)).all()


class ScaleForVariance(StudentTNoise):
    """The scale is squared in the density and nowhere else."""

    def log_density(self, y, eta, q=1.0, sigma=None):
        return super().log_density(y, eta, q, self.sigma.value**2 if sigma is None else sigma)


class WithoutFactorial(Poisson):
    """log y! is dropped."""

    def log_density(self, y, eta, q=1.0, sigma=None):
        return super().log_density(y, eta, q, sigma) + gammaln(q * y + 1)


class WithoutTrials(Binomial):
    """The loss counts each row once."""

    def loss(self, y, eta, q=1.0):
        return super().loss(y, eta, 1.0)


class WholeDeviance(Gamma):
    def loss(self, y, eta, q=1.0):
        return 2 * super().loss(y, eta, q)


class ExpectedForObserved(Gamma):
    """Fisher's information in place of the second derivative."""

    def curvature(self, y, eta, q=1.0):
        return np.broadcast_to(self.shape * q, eta.shape)


class PoissonScatter(NegativeBinomial):
    def simulate(self, eta, rng, q=1.0, sigma=None):
        return rng.poisson(q * np.exp(eta)) / q


class NotNormalised(StudentTNoise):
    def log_density(self, y, eta, q=1.0, sigma=None):
        return super().log_density(y, eta, q, sigma) + np.log(self.sigma.value)


class LossDoubled(StudentTNoise):
    def loss(self, y, eta, q=1.0):
        return 2 * super().loss(y, eta, q)


class SignTurned(StudentTNoise):
    def gradient(self, y, eta, q=1.0):
        return -super().gradient(y, eta, q)


class NewtonForMajoriser(StudentTNoise):
    def majoriser(self, y, eta, q=1.0):
        return self.curvature(y, eta, q)


class Quieter(StudentTNoise):
    def simulate(self, eta, rng, q=1.0, sigma=None):
        return eta + 0.9 * (super().simulate(eta, rng, q, sigma) - eta)


@pytest.mark.parametrize(
    ("kind", "caught_by"),
    [
        (ScaleForVariance, density_is_scipys),
        (NotNormalised, density_is_scipys),
        (LossDoubled, loss_is_what_moves_of_the_density),
        (SignTurned, derivatives_are_the_slopes),
        (NewtonForMajoriser, the_majoriser_lies_above),
        (Quieter, simulation_has_the_density),
        (WithoutFactorial, density_is_scipys),
        (WithoutTrials, loss_is_what_moves_of_the_density),
        (WholeDeviance, loss_is_what_moves_of_the_density),
        (ExpectedForObserved, derivatives_are_the_slopes),
        (PoissonScatter, simulation_has_the_density),
    ],
    ids=lambda part: part.__name__,
)
def test_a_wrong_fact_is_caught(kind, caught_by):
    with pytest.raises(AssertionError):
        caught_by(kind(4.0, Known(0.7)) if issubclass(kind, StudentTNoise) else kind())


# --- what follows for a table


def table(weighted=True, n=40, p=3):
    rng = np.random.default_rng(8)
    X = rng.standard_normal((n, p)) + 1.0
    y = X @ np.linspace(1, 2, p) + 0.5 * rng.standard_t(3, n) + 4.0
    return Table.from_rows(X, y, weights=rng.uniform(0.5, 2.0, n) if weighted else None)


@pytest.mark.parametrize("weighted", [False, True])
def test_gaussian_statistics_say_what_the_rows_say(weighted):
    """The statistics' shortcuts against the general formulas, row by row."""
    of, one = table(weighted), Gaussian(Known(0.7))
    rows_only = type("RowsOnly", (Gaussian,), {})
    w, b = np.array([0.5, 1.5, -1.0]), 3.0
    from mapsto.likelihoods.base import Likelihood

    for name, args in (
        ("log_likelihood", (w, b)),
        ("total_loss", (w, b)),
        ("slopes_gradient", (w,)),
        ("hessian", (w,)),
        ("best_intercept", (w,)),
        ("raw_sizes", (w,)),
    ):
        quick = getattr(one, name)(of, *args)
        slow = getattr(Likelihood, name)(rows_only(Known(0.7)), of, *args)
        assert np.abs(quick - slow).max() <= gamma(40 * of.n) * np.abs(slow).max() * 10, name


def test_the_hessian_follows_the_intercept():
    """Second derivatives with the intercept at its best, against differences of the gradient there."""
    of, one = table(), StudentTNoise(4.0, Known(0.7))
    w = np.array([1.0, 1.5, 2.0])
    H = one.hessian(of, w)
    for j in range(3):
        step = np.where(np.arange(3) == j, 1e-5, 0.0)
        slope = (one.slopes_gradient(of, w + step) - one.slopes_gradient(of, w - step)) / 2e-5
        assert (
            np.abs(H[:, j] - slope).max() <= 1e-4 * np.abs(H).max()
        )  # the fourth derivative times 1e-10, rounding over 1e-5


# --- the mode under Student t noise


def student(**changes):
    of = table(weighted=False)
    return Problem(of, StudentTNoise(4.0, Known(0.5)))


def test_the_mode_is_that_of_a_general_minimiser():
    """BFGS on SciPy's own densities, from least squares: nothing of ours in it."""
    problem, prior = student(), Normal(scale=0.8)
    X, y = problem.table.rows

    def minus_log_posterior(u):
        return -stats.t.logpdf(y, 4.0, u[3] + X @ u[:3], 0.5).sum() - stats.norm.logpdf(u[:3], 0, 0.8).sum()

    start = np.linalg.lstsq(np.column_stack([X, np.ones(len(y))]), y)[0]
    found = minimize(minus_log_posterior, start, method="BFGS", options={"gtol": 1e-8})
    result = run(problem, prior, Settings(draws=200, chains=2))
    assert isinstance(result.modes["direct"], Estimate)
    ours = np.append(result.mode.coef, result.mode.intercept)
    # the value is flat at its lowest point: BFGS's differences know the place to about the root of rounding
    assert np.abs(ours - found.x).max() <= np.sqrt(UNIT_ROUNDOFF) * 100
    assert minus_log_posterior(ours) <= found.fun + gamma(200) * abs(found.fun)
    for name in ("closed_form", "sklearn"):
        assert isinstance(result.modes[name], Unsupported)


@pytest.mark.parametrize("prior", [Normal(scale=20.0), Laplace(scale=20.0)], ids=lambda one: one.name)
def test_it_is_certified_on_diabetes(diabetes, prior):
    X, y = diabetes
    result = run(Problem.from_rows(X, y, likelihood=StudentTNoise(4.0, Known(45.0))), prior)
    assert [check.name for check in result.certificate.checks if not check.passed] == []
    assert result.certificate.digits > 12


@pytest.mark.parametrize("prior", [Normal(scale=1.0), Laplace(scale=1.0)], ids=lambda one: one.name)
def test_it_is_certified_with_more_columns_than_rows(prior):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((20, 40))
    y = 2 * X[:, :4].sum(axis=1) + 0.5 * rng.standard_t(3, 20)
    result = run(Problem.from_rows(X, y, likelihood=StudentTNoise(4.0, Known(0.5))), prior)
    assert [check.name for check in result.certificate.checks if not check.passed] == []


def test_a_mode_that_is_nudged_is_found_out():
    from mapsto.certificate import Conditioning, backward_error

    problem, prior = student(), Normal(scale=0.8)
    mode = run(problem, prior, Settings(draws=200, chains=2)).mode
    conditioning = Conditioning.of(problem, prior, Unsupported("none"), [mode])
    assert backward_error(problem, prior, mode, conditioning.unit) <= conditioning.backward
    for wrong in (replace(mode, coef=mode.coef * (1 + 1e-9)), replace(mode, intercept=mode.intercept + 1e-8)):
        assert backward_error(problem, prior, wrong, conditioning.unit) > conditioning.backward


def test_an_outlier_moves_least_squares_and_not_this():
    of = table(weighted=False)
    X, y = of.rows
    spoilt = y.copy()
    spoilt[0] += 100.0
    moved = {}
    for likelihood in (Gaussian(Known(0.5)), StudentTNoise(4.0, Known(0.5))):
        modes = [
            run(Problem.from_rows(X, one, likelihood=likelihood), Normal(scale=2.0), Settings(draws=100, chains=2)).mode
            for one in (y, spoilt)
        ]
        moved[likelihood.name] = np.abs(modes[0].coef - modes[1].coef).max()
    assert moved["student_t"] < 0.05
    assert moved["gaussian"] > 0.5


def test_large_df_is_gaussian_noise():
    """With df = 1e8 the densities differ by about r^4 / (4 df) a row."""
    of = table(weighted=False)
    w, b = np.array([1.0, 1.5, 2.0]), 4.0
    near, exact = (one.log_likelihood(of, w, b) for one in (StudentTNoise(1e8, Known(0.5)), Gaussian(Known(0.5))))
    standard = (of.rows[1] - of.predictor(w, b)) / 0.5
    assert abs(near - exact) <= (np.sum(standard**4) + of.n) / 1e8


# --- a problem cannot contradict itself


def test_statistics_follow_the_rows_and_weights():
    of = table()
    plain = replace(of, weights=None)
    assert plain.statistics.weight == of.n != of.statistics.weight
    fresh = Table.from_rows(*of.rows)
    assert (plain.statistics.R == fresh.statistics.R).all()


@pytest.mark.parametrize(
    "changes",
    [{"y": np.ones(3)}, {"weights": np.ones(3)}, {"features": ("a",)}, {"X": None}, {"summarised": "theirs"}],
    ids=str,
)
def test_parts_that_do_not_belong_together_are_refused(changes):
    of = table()
    if "summarised" in changes:
        changes = {"summarised": of.statistics}
    with pytest.raises(BadInput, match="table"):
        replace(of, **changes)


def test_sigma_is_one_of_three():
    X, y = table(weighted=False).rows
    known = Problem.from_rows(X, y, noise_sd=0.5)
    plugged = Problem.from_rows(X, y, noise_sd="auto")
    learned = Problem.from_rows(X, y, noise_sd="auto", noise_prior=HalfNormalNoise(scale=1.0))
    assert isinstance(known.sigma, Known)
    assert isinstance(plugged.sigma, PluggedIn)
    assert isinstance(learned.sigma, Learned)
    assert learned.sigma.at == plugged.sigma
    assert learned.with_noise_prior(None).sigma == plugged.sigma
    assert learned.with_noise_sd(0.5).sigma == Learned(HalfNormalNoise(scale=1.0), Known(0.5))


def test_a_likelihood_that_needs_rows_refuses_statistics():
    with pytest.raises(BadInput, match="needs the rows"):
        Problem.of_table(Table.from_statistics(table(weighted=False).statistics), likelihood=StudentTNoise())


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_shipped_likelihoods_pass_the_checks_that_outsiders_are_given(name):
    made = list(suite.check(shipped()[name]))
    assert len(made) >= len(of_likelihood.CHECKS)
    assert not [one for one in made if not one.passed]
