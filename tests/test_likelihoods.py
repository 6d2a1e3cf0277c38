"""What every likelihood has to satisfy, against SciPy and differences; and the mode under Student t noise."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

from mapsto import BadInput, HalfNormalNoise, Laplace, Normal, Problem, Settings, run
from mapsto.data.table import Table
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.sigma import Known, Learned, PluggedIn
from mapsto.likelihoods.student_t import StudentTNoise
from mapsto.outcome import Estimate, Unsupported
from mapsto.rounding import UNIT_ROUNDOFF, gamma

EXAMPLES = [*Gaussian.examples(), *StudentTNoise.examples()]
ORACLE = {
    "gaussian": lambda one, y, eta, q: stats.norm.logpdf(y, eta, one.sigma.value / np.sqrt(q)),
    "student_t": lambda one, y, eta, q: stats.t.logpdf(y, one.df, eta, one.sigma.value / np.sqrt(q)),
}


def rows(n=30, seed=5):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(n) * 3, rng.standard_normal(n) * 3, rng.uniform(0.3, 4.0, n)


# --- facts of a row


def density_is_scipys(one):
    y, eta, q = rows()
    expected = ORACLE[one.name](one, y, eta, q)
    assert np.abs(one.log_density(y, eta, q) - expected).max() <= gamma(64) * (1 + np.abs(expected).max())


def loss_is_what_moves_of_the_density(one):
    """loss / factor + log density is one constant a row, whatever eta is."""
    y, eta, q = rows()
    kept = one.loss(y, eta, q) / one.factor + one.log_density(y, eta, q)
    at_best = one.log_density(y, y, q)
    size = 1 + np.abs(kept) + np.abs(one.loss(y, eta, q) / one.factor)
    assert (np.abs(kept - at_best) <= gamma(64) * size).all()


def derivatives_are_the_slopes(one):
    """Gradient and curvature against central differences, where truncation and rounding are balanced."""
    y, eta, q = rows()
    h = UNIT_ROUNDOFF ** (1 / 3) * (1 + np.abs(eta))
    ahead, behind = eta + h, eta - h
    slope = (one.log_density(y, behind, q) - one.log_density(y, ahead, q)) / (ahead - behind)
    bend = (one.gradient(y, ahead, q) - one.gradient(y, behind, q)) / (ahead - behind)
    steep = one.majoriser(y, y, q) * (1 + np.abs(y - eta)) ** 3 * (1 + 1 / one.sigma.value**2)
    allowed = UNIT_ROUNDOFF ** (2 / 3) * 100 * (1 + steep + np.abs(one.log_density(y, eta, q)))
    assert (np.abs(one.gradient(y, eta, q) - slope) <= allowed).all()
    assert (np.abs(one.curvature(y, eta, q) - bend) <= allowed).all()


def the_majoriser_lies_above(one):
    """The parabola through (eta, -log p) with the gradient's slope and the majoriser's curvature is never below."""
    y, eta, q = rows()
    base, slope, above = -one.log_density(y, eta, q), one.gradient(y, eta, q), one.majoriser(y, eta, q)
    for step in (-20.0, -1.0, -1e-2, 1e-2, 0.5, 7.0):
        parabola = base + slope * step + 0.5 * above * step**2
        size = np.abs(base) + np.abs(slope * step) + above * step**2
        assert (-one.log_density(y, eta + step, q) <= parabola + gamma(64) * size).all()


def simulation_has_the_density(one):
    """Kolmogorov-Smirnov against SciPy's distribution; the bound is exceeded once in a million right simulations."""
    eta = np.full(20_000, 1.5)
    drawn = one.simulate(eta, np.random.default_rng(3), 2.0)
    scale = one.sigma.value / np.sqrt(2.0)
    frozen = stats.norm(1.5, scale) if one.name == "gaussian" else stats.t(one.df, 1.5, scale)
    assert stats.kstest(drawn, frozen.cdf).pvalue > 1e-6


FACTS = [
    density_is_scipys,
    loss_is_what_moves_of_the_density,
    derivatives_are_the_slopes,
    the_majoriser_lies_above,
    simulation_has_the_density,
]


@pytest.mark.parametrize("one", EXAMPLES, ids=str)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_holds(fact, one):
    fact(one)


class ScaleForVariance(StudentTNoise):
    """The scale is squared in the density and nowhere else."""

    def log_density(self, y, eta, q=1.0, sigma=None):
        return super().log_density(y, eta, q, self.sigma.value**2 if sigma is None else sigma)


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
    ],
    ids=lambda part: part.__name__,
)
def test_a_wrong_fact_is_caught(kind, caught_by):
    with pytest.raises(AssertionError):
        caught_by(kind(4.0, Known(0.7)))


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
