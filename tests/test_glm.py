"""Likelihoods x priors x engines: every cell a certified answer or a reason; and against software of others."""

import warnings

import mpmath
import numpy as np
import pytest
import statsmodels.api as sm
from scipy.integrate import quad
from scipy.optimize import linprog
from scipy.special import digamma, gammaln, polygamma
from sklearn import linear_model

from mapsto import (
    AsymmetricLaplaceNoise,
    Bernoulli,
    Binomial,
    Cauchy,
    ElasticNet,
    Flat,
    Gamma,
    GroupLaplace,
    HalfNormal,
    HierarchicalNormal,
    HuberNoise,
    Laplace,
    Logistic,
    MultivariateNormal,
    NegativeBinomial,
    Normal,
    Poisson,
    Probit,
    Problem,
    RegularizedHorseshoe,
    Settings,
    StudentT,
    StudentTNoise,
    run,
)
from mapsto.certificate import Conditioning, backward_error
from mapsto.engines.direct.solve import solve
from mapsto.likelihoods.overlap import has_highest_point
from mapsto.likelihoods.registry import shipped
from mapsto.likelihoods.separation import runs_off
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.approximate.gaps import gaps
from mapsto.posteriors.approximate.laplace import laplace_approximation
from mapsto.posteriors.gaussian import gaussian_posterior
from mapsto.rounding import UNIT_ROUNDOFF, gamma

LIKELIHOODS = {
    "asymmetric_laplace": AsymmetricLaplaceNoise(0.3, 0.7),
    "bernoulli": Bernoulli(),
    "binomial": Binomial(),
    "gamma": Gamma(2.5),
    "huber": HuberNoise(1.345, 0.7),
    "negative_binomial": NegativeBinomial(1.5),
    "poisson": Poisson(),
    "probit": Probit(),
    "student_t": StudentTNoise(4.0, 0.7),
}
P = 3
PRIORS = {
    "flat": Flat(),
    "normal": Normal(0.5),
    "normal, each its own": Normal((0.5, 0.2, 1.0)),
    "normal with a mean": Normal(0.5, 0.2),
    "multivariate normal": MultivariateNormal((0.0,) * P, ((1.0, 0.3, 0.0), (0.3, 1.0, 0.3), (0.0, 0.3, 1.0))),
    "laplace": Laplace(0.1),
    "laplace, each its own": Laplace((0.1, 0.2, 0.3)),
    "elastic net": ElasticNet(0.2, 1.0),
    "half-normal": HalfNormal(1.0),
    "group laplace": GroupLaplace((0, 1, 0), 0.2),
    "logistic": Logistic(0.3),
    "student t": StudentT(0.3, df=3.0),
    "cauchy": Cauchy(0.2),
    "hierarchical normal": HierarchicalNormal(1.0),
    "horseshoe": RegularizedHorseshoe(0.1, 1.0),
}
OF_SQUARES = {"flat", "normal", "normal, each its own", "multivariate normal"}
OF_ABSOLUTES = {"flat", "laplace", "laplace, each its own"}
OF_BOTH = OF_SQUARES | {"laplace", "laplace, each its own", "elastic net"}
SKLEARN = {
    "asymmetric_laplace": OF_ABSOLUTES,
    "bernoulli": OF_BOTH,
    "binomial": OF_BOTH,
    "gamma": OF_SQUARES,
    "poisson": OF_SQUARES,
}
"""The cells that scikit-learn answers; all others are refused, and say why."""
NOT_DIRECT = {"asymmetric_laplace": {"group laplace", "logistic", "student t", "cauchy"}}
"""The cells that the direct engine refuses: kinks of the loss with a penalty that is neither Normal nor piecewise."""
NO_MODE = {"hierarchical normal", "horseshoe"}


def table(name, n=60, seed=3, X=None):
    rng = np.random.default_rng(seed)
    likelihood = LIKELIHOODS[name]
    X = rng.standard_normal((n, P)) * [1.0, 2.0, 0.5] + [0.0, 1.0, 3.0] if X is None else X
    q = rng.integers(1, 7, n).astype(float) if name not in ("bernoulli", "probit") else None
    y = likelihood.simulate(X @ np.array([0.5, -0.3, 0.0])[: X.shape[1]] + 0.1, rng, 1.0 if q is None else q)
    return Problem.from_rows(X, y, weights=q, likelihood=likelihood)


def test_the_table_has_every_likelihood_that_is_shipped():
    assert {*LIKELIHOODS, "gaussian"} == {*shipped()}


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_every_cell_is_certified_or_refused_with_its_reason(name, prior):
    result = run(table(name), PRIORS[prior], engines=["closed_form", "direct", "sklearn"])
    answered = {engine for engine, one in result.modes.items() if isinstance(one, Estimate)}
    if prior in NOT_DIRECT.get(name, ()):
        assert not answered
        return
    expected = set() if prior in NO_MODE else {"direct"} | ({"sklearn"} if prior in SKLEARN.get(name, ()) else set())
    assert answered == expected
    for one in result.modes.values():
        assert isinstance(one, Estimate) or (isinstance(one, Unsupported) and one.reason.endswith("."))
    assert [check.name for check in result.certificate.checks if not check.passed] == []
    if answered == {"direct", "sklearn"}:
        assert result.certificate.digits > 12
    result.record()  # it can be written down


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_nudged_mode_is_found_out(name):
    problem, prior = table(name), Normal(0.5)
    mode = solve(problem, prior)
    conditioning = Conditioning.of(problem, prior, Unsupported("none"), [mode])
    assert backward_error(problem, prior, mode, conditioning.unit) <= conditioning.backward
    wrong = Estimate(mode.coef * (1 + 1e-9), mode.intercept)
    assert backward_error(problem, prior, wrong, conditioning.unit) > conditioning.backward
    wrong = Estimate(mode.coef, mode.intercept + 1e-8)
    assert backward_error(problem, prior, wrong, conditioning.unit) > conditioning.backward


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("bernoulli", lambda: linear_model.LogisticRegression(C=0.25)),
        ("poisson", lambda: linear_model.PoissonRegressor(alpha=4.0)),
    ],
)
def test_a_fit_at_the_default_tolerance_is_not_certified(name, made):
    """lbfgs at its default tolerance has two to five digits; the engine's setting has twelve more."""
    problem, prior = table(name), Normal(0.5)
    weight, rows = problem.statistics.weight, problem.table.rows
    fitted = made()
    if name == "poisson":
        fitted.alpha /= weight
    fitted.fit(*rows, sample_weight=problem.weights)
    loose = Estimate(np.ravel(fitted.coef_).astype(float), float(np.ravel(fitted.intercept_)[0]))
    mode = solve(problem, prior)
    conditioning = Conditioning.of(problem, prior, Unsupported("none"), [mode])
    assert backward_error(problem, prior, loose, conditioning.unit) > 1e3 * conditioning.backward
    apart = np.abs(loose.coef - mode.coef).max() / np.abs(mode.coef).max()
    assert 1e-7 < apart < 1e-2


# --- independent software and exact small cases


FAMILIES = {
    "bernoulli": lambda y, q: (sm.families.Binomial(), {}),
    "binomial": lambda y, q: (sm.families.Binomial(), {}),
    "probit": lambda y, q: (sm.families.Binomial(sm.families.links.Probit()), {}),
    "gamma": lambda y, q: (sm.families.Gamma(sm.families.links.Log()), {"var_weights": q}),
    "poisson": lambda y, q: (sm.families.Poisson(), {"exposure": q}),
    "negative_binomial": lambda y, q: (sm.families.NegativeBinomial(alpha=1 / 1.5), {"exposure": q}),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_under_a_flat_prior_it_is_statsmodels_fit(name):
    problem = table(name)
    (X, y), q = problem.table.rows, problem.table.q
    family, more = FAMILIES[name](y, q)
    response = np.rint(q * y) if "exposure" in more else y
    if name == "binomial":
        response = np.column_stack([np.rint(q * y), np.rint(q * (1 - y))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = sm.GLM(response, sm.add_constant(X), family=family, **more).fit(tol=1e-14, maxiter=200)
    mode = solve(problem, Flat())
    ours = np.append(mode.intercept, mode.coef)
    conditioning = Conditioning.of(problem, Flat(), Unsupported("none"), [mode])
    # its iterations stop by the deviance, which is flat at its lowest point: half of the digits are sure
    assert np.abs(ours - fitted.params).max() <= 3 * np.sqrt(UNIT_ROUNDOFF) * conditioning.condition
    if name != "gamma":  # its likelihood is at a dispersion of its own
        assert fitted.llf == pytest.approx(
            problem.log_likelihood(mode.coef, mode.intercept), rel=gamma(100 * problem.n)
        )
    # and the standard errors of a flat prior are the inverse curvature's
    H = problem.hessian(mode.coef, mode.intercept)
    if name in ("bernoulli", "binomial", "poisson"):  # with the canonical link expected and observed are the same
        assert np.sqrt(np.diag(np.linalg.inv(H))) == pytest.approx(fitted.bse[1:], rel=1e-7)


def fit(likelihood, X, y, weights=None):
    """Slopes, intercept and standard errors under a flat prior, slopes first."""
    problem = Problem.from_rows(X, y, weights=weights, likelihood=likelihood)
    mode = solve(problem, Flat())
    found = laplace_approximation(problem, Flat(), mode)
    return np.append(mode.coef, mode.intercept), found.sd


def test_bliss_beetles_have_the_published_logit():
    """Bliss (1935); Dobson & Barnett (2008), "An Introduction to Generalized Linear Models", table 7.2."""
    dose = np.array([1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.8610, 1.8839])
    n = np.array([59, 60, 62, 56, 63, 59, 62, 60.0])
    killed = np.array([6, 13, 18, 28, 52, 53, 61, 60])
    found, sd = fit(Binomial(), dose[:, np.newaxis], killed / n, n)
    assert found == pytest.approx([34.27, -60.72], abs=0.005)
    assert sd == pytest.approx([2.912, 5.181], abs=5e-4)
    problem = Problem.from_rows(dose[:, np.newaxis], killed / n, weights=n, likelihood=Binomial())
    share = np.clip(killed / n, 1e-15, 1 - 1e-15)  # the last group died to the last beetle
    saturated = Binomial().log_density(killed / n, np.log(share / (1 - share)), n).sum()
    assert 2 * (saturated - problem.log_likelihood(found[:1], found[1])) == pytest.approx(11.23, abs=0.005)


def test_the_randomised_trial_of_rs_manual_has_its_coefficients():
    """Dobson (1990), page 93: the example of R's help page of glm, with the coefficients that it prints."""
    counts = np.array([18, 17, 15, 20, 10, 20, 25, 13, 12.0])
    outcome, treatment = np.tile([1, 2, 3], 3), np.repeat([1, 2, 3], 3)
    X = np.column_stack([outcome == 2, outcome == 3, treatment == 2, treatment == 3]).astype(float)
    found, sd = fit(Poisson(), X, counts)
    assert found == pytest.approx([-0.4543, -0.2930, 0.0, 0.0, 3.045], abs=5e-4)
    assert sd == pytest.approx([0.2022, 0.1927, 0.2000, 0.2000, 0.1709], abs=5e-5)


MINUS_LOG = {
    "bernoulli": lambda y, q, eta: mpmath.log(1 + mpmath.exp(eta)) - y * eta,
    "binomial": lambda y, q, eta: q * (mpmath.log(1 + mpmath.exp(eta)) - y * eta),
    "gamma": lambda y, q, eta: 2.5 * q * (eta + y * mpmath.exp(-eta)),
    "probit": lambda y, q, eta: -mpmath.log(mpmath.ncdf(eta if y == 1 else -eta)),
    "poisson": lambda y, q, eta: q * (mpmath.exp(eta) - y * eta),
    "negative_binomial": lambda y, q, eta: (q * y + 1.5) * mpmath.log(1.5 + q * mpmath.exp(eta)) - q * y * eta,
}


@pytest.mark.parametrize("prior", ["normal", "laplace"])
@pytest.mark.parametrize("name", MINUS_LOG)
def test_one_slope_is_mpmaths_to_the_last_digits(name, prior):
    """The root of the derivative in 40 digits; under the Laplace prior on the side of the slope."""
    problem = table(name, n=12, X=np.linspace(-1, 2, 12)[:, np.newaxis])
    made = Normal(0.5) if prior == "normal" else Laplace(0.5)
    mode = solve(problem, made)
    (X, y), q = problem.table.rows, problem.table.q

    def height(w, b):
        rows = zip(map(float, y), map(float, q), map(float, X[:, 0]), strict=True)
        data = sum(MINUS_LOG[name](mpmath.mpf(yi), mpmath.mpf(qi), b + xi * w) for yi, qi, xi in rows)
        return data + (w**2 / (2 * mpmath.mpf("0.25")) if prior == "normal" else abs(w) / mpmath.mpf("0.5"))

    with mpmath.workdps(40):
        at = lambda w, b: [mpmath.diff(height, (w, b), order) for order in ((1, 0), (0, 1))]  # noqa: E731
        exact = mpmath.findroot(at, (mode.coef[0], mode.intercept), tol=1e-50, verify=False)
        assert abs(mode.coef[0] - exact[0]) <= 1e-13 * (1 + abs(exact[0]))
        assert abs(mode.intercept - exact[1]) <= 1e-13 * (1 + abs(exact[1]))


def test_with_an_intercept_alone_counts_have_a_gamma_posterior():
    """A slope held at zero by its prior leaves exp(b) ~ Gamma(sum of counts, sum of exposures) under the flat b."""
    problem, prior = table("poisson"), Normal(1e-12)
    mode = solve(problem, prior)
    (_, y), q = problem.table.rows, problem.table.q
    assert mode.intercept == pytest.approx(np.log((q * y).sum() / q.sum()), abs=1e-13)


@pytest.mark.parametrize("name", ["bernoulli", "poisson", "binomial", "negative_binomial"])
def test_data_that_run_off_are_told_in_one_line(name):
    X = np.column_stack([np.arange(20) < 5, np.tile([0.0, 1.0, 2.0, 3.0], 5)]).astype(float)
    y = (np.arange(20) >= 10).astype(float)  # where the first column is 1 there are zeros alone
    problem = Problem.from_rows(X, y, likelihood=LIKELIHOODS[name])
    result = run(problem, Flat(), engines=["direct", "sklearn"])
    assert "along x0 the probability" in runs_off(problem)
    for one in result.modes.values():
        assert isinstance(one, Unsupported)
        assert "no highest point" in one.reason
        assert "\n" not in one.reason
    shrunk = run(problem, Normal(1.0), engines=["direct", "sklearn"])
    assert shrunk.certificate.passed
    assert isinstance(shrunk.modes["direct"], Estimate)


@pytest.mark.parametrize("prior", [Flat(), Normal(10.0), Laplace(10.0)], ids=lambda one: one.name)
@pytest.mark.parametrize("name", ["asymmetric_laplace", "gamma", "huber", "poisson", "student_t"])
def test_a_perfect_fit_is_certified(name, prior):
    """Responses that lie on a line, or on its exponential: no warning, no loss of the certificate."""
    X = np.column_stack([np.arange(12) % 4, np.arange(12) // 4]).astype(float)
    eta = X @ [1.0, 2.0]
    y = {"gamma": np.exp(eta), "poisson": 2.0 ** (X @ [1.0, 2.0])}.get(name, eta)
    result = run(Problem.from_rows(X, y, likelihood=LIKELIHOODS[name]), prior, engines=["direct", "sklearn"])
    assert isinstance(result.modes["direct"], Estimate)
    assert [check.name for check in result.certificate.checks if not check.passed] == []
    if prior.name == "flat":
        assert result.mode.coef == pytest.approx(
            np.array([1.0, 2.0]) * (np.log(2) if name == "poisson" else 1), abs=1e-9
        )


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("name", ["bernoulli", "binomial", "poisson", "negative_binomial"])
def test_separated_data_under_a_wide_prior_have_a_certified_mode(name, scale):
    X = np.array([-2.0, -1.0, 1.0, 2.0])[:, np.newaxis]
    result = run(Problem.from_rows(X, [0, 0, 1, 1], likelihood=LIKELIHOODS[name]), Normal(scale), engines=["direct"])
    assert isinstance(result.modes["direct"], Estimate)
    assert [check.name for check in result.certificate.checks if not check.passed] == []


def test_of_many_columns_that_run_off_three_are_named():
    X = np.repeat(np.eye(6, 5), 4, axis=0)  # each column has rows of its own, all of them zeros
    y = (np.arange(24) >= 20).astype(float)
    problem = Problem.from_rows(X, y, likelihood=LIKELIHOODS["poisson"], intercept=False)
    assert "along x0, x1, x2 and 2 more the probability" in runs_off(problem)


def test_data_that_overlap_do_not_run_off():
    for name in FAMILIES:
        assert runs_off(table(name)) == ""
    X = np.arange(20.0)[:, np.newaxis]
    y = (np.arange(20) >= 10).astype(float)
    y[[3, 15]] = 1 - y[[3, 15]]
    assert runs_off(Problem.from_rows(X, y, likelihood=Bernoulli())) == ""


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in ("gamma", "probit")])
def test_newton_shows_a_highest_point_only_where_the_linear_program_finds_none_to_run_off_to(name):
    """Random small tables, separated or not: the certificate never contradicts the program."""
    rng, shown, separated = np.random.default_rng(11), 0, 0
    for _ in range(40):
        X = rng.standard_normal((14, 2)).round(1)
        y = LIKELIHOODS[name].simulate(4 * X[:, 0] - (1 if name in ("bernoulli", "binomial") else 3), rng)
        if np.ptp(y) == 0:
            continue
        problem = Problem.from_rows(X, y, likelihood=LIKELIHOODS[name])
        falls = recession(problem) > 1e-7
        separated += falls
        if has_highest_point(problem):
            shown += 1
            assert not falls
    assert min(shown, separated) >= 2


def recession(problem):
    """The linear program's answer, without the shortcut: how far some row's loss falls for ever."""
    X, y = problem.table.rows
    A, sign = np.column_stack([X, np.ones(len(y))]), problem.likelihood.recedes(y)
    free = sign != 0
    if not free.any():
        return 0.0
    signed = A[free] * sign[free, np.newaxis]
    equal = {} if free.all() else {"A_eq": A[~free], "b_eq": np.zeros(int((~free).sum()))}
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), **equal)
    return -found.fun


def test_many_rows_begin_with_a_sample_and_end_at_the_same_mode():
    rng = np.random.default_rng(12)
    X = rng.standard_normal((40_000, 3)) + np.array([0.0, 100.0, 0.0])
    y = rng.random(40_000) < 1 / (1 + np.exp(-X @ [1.0, 0.0, -0.5]))
    problem = Problem.from_rows(X, y.astype(float), likelihood=Bernoulli())
    mode = solve(problem, Normal(1.0))
    conditioning = Conditioning.of(problem, Normal(1.0), Unsupported("none"), [mode])
    assert backward_error(problem, Normal(1.0), mode, conditioning.unit) <= conditioning.backward
    theirs = linear_model.LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-15).fit(X, y)
    apart = np.abs(theirs.coef_[0] - mode.coef).max() / np.abs(mode.coef).max()
    assert apart <= conditioning.backward * conditioning.condition


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_columns_of_any_size_are_certified(scale):
    base = table("poisson")
    problem = Problem.from_rows(base.X * scale, base.y, weights=base.weights, likelihood=Poisson())
    result = run(problem, Normal(0.5 / scale), engines=["direct", "sklearn"])
    assert [check.name for check in result.certificate.checks if not check.passed] == []


@pytest.mark.parametrize("prior", [Normal(1.0), Laplace(1.0)], ids=lambda one: one.name)
@pytest.mark.parametrize("name", ["bernoulli", "poisson"])
def test_more_columns_than_rows_are_certified(name, prior):
    rng = np.random.default_rng(6)
    X = rng.standard_normal((20, 40))
    y = LIKELIHOODS[name].simulate(X[:, :3].sum(axis=1), rng)
    result = run(Problem.from_rows(X, y, likelihood=LIKELIHOODS[name]), prior, engines=["direct"])
    assert [check.name for check in result.certificate.checks if not check.passed] == []


# --- the posterior


@pytest.mark.slow
@pytest.mark.parametrize("prior", [prior for prior in PRIORS if prior != "flat"])
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_pymc_is_certified(name, prior):
    """Every cell of the product: a mode where there is one, draws, and every check of both."""
    result = run(table(name), PRIORS[prior], Settings(draws=1_000, chains=4))
    assert [check.name for check in result.certificate.checks if not check.passed] == []
    assert isinstance(result.modes["pymc"], Unsupported if prior in NO_MODE or name in NOT_DIRECT else Estimate)
    assert bool(result.drawn) == (prior not in NO_MODE)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MINUS_LOG if name != "bernoulli"])
def test_draws_of_one_slope_are_those_of_quadrature(name):
    """Without an intercept, mean and sd by quadrature to 1e-10, against NUTS within its Monte Carlo error."""
    full = table(name, n=12, X=np.linspace(-1, 2, 12)[:, np.newaxis])
    problem = Problem.from_rows(full.X, full.y, weights=full.weights, intercept=False, likelihood=full.likelihood)
    result = run(problem, Normal(0.5), Settings(draws=2_000, chains=4))
    at, summary = float(result.mode.coef[0]), result.summary
    top = problem.log_likelihood(np.array([at]), 0.0) - at**2 / 0.5

    def moment(k):
        def height(w):
            return w**k * np.exp(problem.log_likelihood(np.array([w]), 0.0) - w**2 / 0.5 - top)

        return quad(height, at - 5, at + 5, points=[at], epsabs=0, epsrel=1e-10, limit=500)[0]

    mean = moment(1) / moment(0)
    sd = np.sqrt(moment(2) / moment(0) - mean**2)
    assert abs(summary.mean[0] - mean) <= 5 * summary.mcse_mean[0]
    assert abs(summary.sd[0] - sd) <= 5 * summary.mcse_sd[0]


@pytest.mark.slow
def test_draws_of_a_log_rate_are_those_of_its_gamma_posterior():
    problem = table("poisson")
    result = run(problem, Normal(1e-9), Settings(draws=2_000, chains=4))
    total, exposure = (problem.table.q * problem.y).sum(), problem.table.q.sum()
    mean, sd = digamma(total) - np.log(exposure), np.sqrt(polygamma(1, total))
    assert abs(result.summary.mean[P] - mean) <= 5 * result.summary.mcse_mean[P]
    assert abs(result.summary.sd[P] - sd) <= 5 * result.summary.mcse_sd[P]


# --- the Laplace approximation


def test_laplace_of_gaussian_noise_is_the_exact_posterior():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((30, P)) + 1.0
    problem = Problem.from_rows(X, X @ [1.0, 0.0, -1.0] + rng.standard_normal(30), noise_sd=1.0)
    exact = gaussian_posterior(problem, np.zeros(P), 0.5 * np.eye(P))
    found = laplace_approximation(problem, Normal(0.5), Estimate(exact.mean, exact.intercept_mean))
    assert found.covariance[:P, :P] == pytest.approx(exact.covariance, rel=gamma(1_000))
    assert found.sd[P] == pytest.approx(exact.intercept_sd, rel=gamma(1_000))
    assert found.log_evidence == pytest.approx(exact.log_evidence, rel=gamma(1_000))
    weights = found.importance(200)
    assert weights.log_evidence == pytest.approx(exact.log_evidence, rel=gamma(10_000))
    assert weights.error < 1e-10


def test_laplace_is_the_inverse_of_the_whole_hessian():
    """Slopes and intercept together, by differences of the log posterior's own gradient."""
    problem, prior = table("negative_binomial"), StudentT(0.3, df=3.0)
    mode = solve(problem, prior)
    found = laplace_approximation(problem, prior, mode)
    (X, y), q = problem.table.rows, problem.table.q

    def gradient(x):
        of_rows = problem.likelihood.gradient(y, X @ x[:P] + x[P], q)
        return np.append(X.T @ of_rows + prior.slope(x[:P]), of_rows.sum())

    at, steps = found.mean, 1e-5 * np.eye(P + 1)
    H = np.column_stack([(gradient(at + h) - gradient(at - h)) / 2e-5 for h in steps])
    assert found.covariance @ H == pytest.approx(np.eye(P + 1), abs=1e-6)


def test_laplace_of_a_log_rate_against_its_gamma_posterior():
    """exp(b) ~ Gamma: the approximation's sd is S^-1/2; the evidence by importance sampling is right to its error."""
    problem, prior = table("poisson"), Normal(1e-9)
    mode = solve(problem, prior)
    found = laplace_approximation(problem, prior, mode)
    count = np.rint(problem.table.q * problem.y)
    total, exposure = count.sum(), problem.table.q.sum()
    assert found.sd[P] == pytest.approx(total**-0.5, rel=1e-12)
    constant = (count * np.log(problem.table.q) - gammaln(count + 1)).sum()
    exact = constant + gammaln(total) - total * np.log(exposure)
    weights = found.importance()
    assert abs(weights.log_evidence - exact) <= 5 * weights.error
    assert weights.k_hat < 0.7
    assert abs(found.log_evidence - exact) == pytest.approx(1 / (12 * total), rel=0.1)  # Stirling's next term


def test_laplace_says_where_it_does_not_lie():
    """Four rows, separated, and a wide prior: a long tail that no Gaussian at the mode covers."""
    problem = Problem.from_rows([[-1.0], [-0.5], [0.5], [1.0]], [0, 0, 1, 1], likelihood=Bernoulli())
    weights = laplace_approximation(problem, Normal(30.0), solve(problem, Normal(30.0))).importance()
    assert weights.k_hat > 0.7
    assert "NUTS" in weights.words
    good = table("bernoulli")
    weights = laplace_approximation(good, Normal(0.5), solve(good, Normal(0.5))).importance()
    assert weights.k_hat < 0.7
    assert "covers" in weights.words


def test_a_kink_has_no_laplace_approximation():
    problem = table("poisson")
    assert isinstance(laplace_approximation(problem, Laplace(1.0), solve(problem, Laplace(1.0))), Unsupported)


@pytest.mark.slow
def test_gaps_of_laplace_are_those_of_the_gamma_posterior():
    problem, prior = table("poisson"), Normal(1e-9)
    result = run(problem, prior, Settings(draws=2_000, chains=4))
    posterior = result.posterior["posterior"]
    draws = np.column_stack([posterior["w"].to_numpy().reshape(-1, P), posterior["b"].to_numpy().ravel()])
    found = gaps(laplace_approximation(problem, prior, result.mode), result.summary, draws)
    total = (problem.table.q * problem.y).sum()
    expected = np.log(total) - digamma(total)  # the mode of a log rate lies above its mean
    assert abs(found.mean_in_sd[P] - expected / np.sqrt(polygamma(1, total))) <= 5 / np.sqrt(8_000 / 4)
    assert found.skewness[P] < 0.1
