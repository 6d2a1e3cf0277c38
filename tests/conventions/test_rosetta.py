"""The Rosetta table, executed: at a library's own answer the translated log posterior is stationary."""

import re
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pytest
from scipy.special import expit

from conventions.fits import FITS, D, N, X, Y, with_constant
from conventions.stationarity import Fit, heavier, proximal_gradient, within
from mapsto.conventions import NotAPrior, conventions_rows, prior_of, readme_table
from mapsto.rounding import gamma

ROWS = conventions_rows()
RUN = {row["key"]: row for row in ROWS if row["known"] == "run"}
ELSEWHERE = {"sgd", "huber", "quantile", "nonnegative-ridge"}  # run below, or in test_contract, each in its own way


@cache
def fits(key):
    return tuple(FITS[key]())


def test_every_row_that_says_run_is_run_and_none_beside():
    assert set(RUN) == set(FITS) | ELSEWHERE
    assert len({row["key"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("key", FITS)
def test_the_translated_log_posterior_is_stationary_at_the_librarys_answer(key):
    assert fits(key)
    for fit in fits(key):
        assert fit.off <= fit.tolerance, fit.implied


def wrong(fit, factor):
    return replace(fit, implied=heavier(fit.implied, factor))


@pytest.mark.parametrize("key", FITS)
@pytest.mark.parametrize("factor", [2.0, 0.5, 1 / N, N], ids=["doubled", "halved", "n forgotten", "n twice"])
def test_a_wrong_convention_is_caught(key, factor):
    for fit in fits(key):
        if fit.implied.family != "flat":
            assert wrong(fit, factor).off > 10 * fit.tolerance


@pytest.mark.parametrize("key", FITS)
def test_a_slope_that_is_not_the_librarys_is_caught(key):
    for fit in fits(key):
        moved = replace(fit.implied, mode=tuple(1.01 * w for w in fit.implied.mode))
        assert replace(fit, implied=moved).off > fit.tolerance


def test_a_free_intercept_that_is_taken_for_penalised_is_caught():
    for fit in fits("ridge"):
        if fit.implied.intercept == "free" and fit.implied.family == "normal":
            penalised = replace(fit.implied, intercept="penalised", intercept_l2=fit.implied.l2[0])
            assert replace(fit, implied=penalised).off > fit.tolerance


def drifted(row, installed):
    return ".".join(installed.split(".")[:2]) != row["version"]


@pytest.mark.parametrize("row", RUN.values(), ids=RUN)
def test_the_versions_are_those_the_table_states(row):
    try:
        installed = version(row["package"])
    except PackageNotFoundError:
        assert row["package"] == "xgboost-cpu", "only its wheel is not there on every system"
        pytest.skip("the small wheel of XGBoost is there for Linux alone")
    assert not drifted(row, installed), f"{row['package']} {installed}: run the table anew and state its version"
    major, minor = row["version"].split(".")
    assert drifted(row, f"{major}.{int(minor) + 1}.0")
    assert drifted(row, f"{int(major) + 1}.{minor}.0")


def test_rows_that_cannot_run_here_say_so_and_carry_their_source():
    for row in ROWS:
        assert (row["known"] == "run") != row["says"].startswith("not run here")
        assert row["package"]
    table = readme_table().splitlines()
    assert len(table) == len(ROWS) + 2
    assert {line.count("|") for line in table} == {6}  # no bar of a formula ends a cell
    assert sum("not run" in line for line in table) == len(ROWS) - len(RUN)


def sgd(eta, weights=None, **params):
    from sklearn.linear_model import SGDRegressor

    made = SGDRegressor(
        alpha=0.2, learning_rate="constant", eta0=eta, shuffle=False, tol=None, max_iter=int(100 / eta), **params
    )
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    return made.fit(Z, Y, sample_weight=weights), Z


@pytest.mark.parametrize("weights", [None, D["weights"]], ids=["plain", "weighted"])
@pytest.mark.parametrize("factor", [1.0, 2.0, 1.2], ids=["as translated", "doubled", "weights in place of rows"])
def test_stochastic_steps_tend_to_the_mode_as_they_shrink(factor, weights):
    # Passes with a constant step end at a distance from the mode that is a power series in the step, so what is left
    # of the gradient at two steps extrapolates to what it is at none, and three steps tell how well.
    left = []
    for eta in (0.004, 0.002, 0.001):
        fitted, Z = sgd(eta, weights)
        implied = prior_of(fitted, n=N, sample_weight=weights)
        left.append(proximal_gradient(heavier(implied, factor), Z, Y, weights))
    once = [2 * left[1] - left[0], 2 * left[2] - left[1]]
    at_none, error = (4 * once[1] - once[0]) / 3, np.linalg.norm(once[1] - once[0])
    assert (np.linalg.norm(at_none) <= error) == (factor == 1.0)


def test_sgds_other_penalties_are_read_in_the_same_convention():
    for params, rho in (({"penalty": "l1"}, 1.0), ({"penalty": "elasticnet", "l1_ratio": 0.3}, 0.3)):
        implied = prior_of(sgd(0.01, **params)[0], n=N)
        assert implied.l1 == pytest.approx((2 * N * 0.2 * rho,) * 4, rel=gamma(3))
        assert implied.l2 == pytest.approx((N * 0.2 * (1 - rho),) * 4, rel=gamma(3))
    assert prior_of(sgd(0.01, penalty=None)[0]).family == "flat"


def test_hubers_penalty_is_no_prior_and_its_conditional_one_is_as_stated():
    from sklearn.linear_model import HuberRegressor

    alpha, epsilon = 0.5, 1.35
    fitted = HuberRegressor(alpha=alpha, epsilon=epsilon, max_iter=10_000).fit(X, Y)
    read = prior_of(fitted)
    assert isinstance(read, NotAPrior)
    assert "scale" in str(read)
    s = fitted.scale_
    stated = float(re.search(r"\(= ([\d.]+)\)", read.reason)[1])
    assert stated == pytest.approx(np.sqrt(s / alpha), rel=1e-3)  # it is printed to four digits

    def slope(tau):
        """Of sum H(r / s) s + (s / tau^2) ||w||^2, the conditional objective with noise sd s and a prior's sd tau."""
        A = np.column_stack([X, np.ones(N)])
        r = Y - A @ np.append(fitted.coef_, fitted.intercept_)
        pull = np.where(np.abs(r) <= epsilon * s, 2 * r / s, 2 * epsilon * np.sign(r))
        return -A.T @ pull + np.append(2 * s / tau**2 * fitted.coef_, 0.0)

    # L-BFGS stops where a step gains less than 2.2e-9 of the loss (scipy's ftol)
    A = np.column_stack([X, np.ones(N)])
    loss = N * s + np.sum(np.minimum(((Y - fitted.predict(X)) / s) ** 2, epsilon**2)) * s
    tolerance = within(2.2e-9 * loss, 2 * np.linalg.norm(A, 2) ** 2 / s + 2 * alpha)
    assert np.linalg.norm(slope(np.sqrt(s / alpha))) <= tolerance
    assert np.linalg.norm(slope(np.sqrt(s / (2 * alpha)))) > 10 * tolerance


@pytest.mark.parametrize("factor", [1.0, 2.0, 1 / N], ids=["as translated", "doubled", "n forgotten"])
def test_quantile_regressions_multipliers_exist_under_the_translated_prior(factor):
    from sklearn.linear_model import QuantileRegressor

    q, alpha = 0.3, 0.05
    fitted = QuantileRegressor(quantile=q, alpha=alpha).fit(X, Y)
    implied = heavier(prior_of(fitted, n=N), factor)
    A, w = np.column_stack([X, np.ones(N)]), np.append(fitted.coef_, fitted.intercept_)
    r = Y - A @ w
    size = gamma(5) * np.linalg.cond(A) * np.abs(A).max() * np.abs(w).max()
    on, kept = np.abs(r) <= size, np.append(fitted.coef_ != 0, True)
    assert on.sum() == kept.sum()  # a vertex: the rows it passes through determine it
    # s times the slope of -log likelihood in row i is -q above and 1 - q below the fit, and between on it; L is 2 s / b
    known = A[~on].T @ np.where(r[~on] > 0, -q, 1 - q) + np.append(np.array(implied.l1) / 2 * np.sign(w[:-1]), 0.0)
    between = np.linalg.solve(A[on][:, kept].T, -known[kept])
    slack = gamma(A.size) * np.linalg.cond(A[on][:, kept]) * N
    inside = np.all((between >= -q - slack) & (between <= 1 - q + slack))
    out = known[~kept] + A[on][:, ~kept].T @ between
    held = np.all(np.abs(out) <= np.array(implied.l1)[~kept[:-1]] / 2 + slack)
    assert (inside and held) == (factor == 1.0)


def test_multinomial_logistic_regression_penalises_the_rows_of_all_classes():
    from sklearn.linear_model import LogisticRegression

    y = np.digitize(Y, np.quantile(Y, [1 / 3, 2 / 3]))
    fitted = LogisticRegression(C=0.3, solver="newton-cholesky", tol=1e-10).fit(X, y)
    implied = prior_of(fitted)
    assert len(implied.features) == 12
    eta = X @ fitted.coef_.T + fitted.intercept_
    p = np.exp(eta - eta.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    of_data = 2 * ((p - np.eye(3)[y]).T @ X).ravel()

    def left(factor):
        return np.linalg.norm(of_data + 2 * factor * np.array(implied.l2) * np.array(implied.mode))

    assert left(1.0) <= 2 * N * 1e-10 * np.sqrt(12) < left(2.0)  # no slope of the mean loss above tol


def test_statsmodels_keeps_a_slope_at_zero_that_its_own_objective_would_move():
    # The remark in the table. Should this ever fail, statsmodels has mended it: take the remark out.
    import statsmodels.api as sm

    A, alpha = with_constant(), [0.0, 0.1, 0.1, 0.2, 0.3]
    result = sm.OLS(Y, A).fit_regularized(alpha=alpha, L1_wt=0.4, maxiter=5000)
    stuck = Fit(prior_of(result, alpha=alpha, L1_wt=0.4), A, Y, 0.0)
    assert stuck.off > 1.0
    assert 0.0 in stuck.implied.mode
    assert "zero_tol" in RUN["sm-ols"]["intercept"]


def test_the_gradient_under_test_is_the_objectives(rng):
    """The checker itself, against differences of J written out."""
    fit = fits("ridge")[0]
    a = replace(fit.implied, mode=tuple(rng.standard_normal(4)), mode_intercept=0.3)

    def smooth(likelihood, w, b):
        eta = b + X @ w
        of_data = {
            "gaussian": lambda: np.sum((Y - eta) ** 2),
            "bernoulli": lambda: -2 * np.sum(np.log(np.where(Y > 0, expit(eta), expit(-eta)))),
            "poisson": lambda: 2 * np.sum(np.exp(eta) - (Y > 0) * eta),
            "gamma": lambda: 2 * np.sum(eta + np.exp(Y) * np.exp(-eta)),
        }[likelihood]()
        return of_data + np.sum(np.array(a.l2) * w**2)

    response = {"gaussian": Y, "bernoulli": (Y > 0) * 1.0, "poisson": (Y > 0) * 1.0, "gamma": np.exp(Y)}
    for likelihood, y in response.items():
        found = proximal_gradient(replace(a, likelihood=likelihood), X, y)
        h = np.finfo(float).eps ** (1 / 3)
        at = np.append(0.3, a.mode)
        steps = [
            (smooth(likelihood, (at + e)[1:], (at + e)[0]) - smooth(likelihood, (at - e)[1:], (at - e)[0])) / (2 * h)
            for e in h * np.eye(5)
        ]
        # central differences lose h^2 to curvature and eps / h to rounding, of values of this size
        assert np.linalg.norm(found - steps) <= 100 * h**2 * (smooth(likelihood, at[1:], at[0]) + np.linalg.norm(found))
