"""One or more fits for each row of the table that can be run here, with the tolerance their own stopping rule gives."""

import json
from dataclasses import replace

import numpy as np
import pytest

from conventions.stationarity import Fit, lipschitz, rounding, within
from mapsto.conventions import prior_of
from mapsto.rounding import gamma

STOP = 1e-10  # what the iterative solvers are asked for


def data():
    """Sixty rows of four columns with means and spreads of their own, and a response of each kind."""
    rng = np.random.default_rng(11)
    X = rng.standard_normal((60, 4)) * [1.0, 0.5, 2.0, 1.5] + [0.5, -1.0, 0.0, 2.0]
    eta = 0.4 + X @ np.array([0.8, -0.6, 0.0, 0.3])
    y = eta + 0.7 * rng.standard_normal(60)
    weights = rng.uniform(0.5, 2.0, 60)
    return {
        "X": X,
        "gaussian": y,
        "bernoulli": (y > np.median(y)).astype(float),
        "poisson": rng.poisson(np.exp(0.5 * eta)).astype(float),
        "gamma": np.exp(0.5 * eta) * rng.gamma(4.0, 0.25, 60),
        "weights": weights,
    }


D = data()
X, Y, N = D["X"], D["gaussian"], 60


def exact(fitted, weights=None, times=1.0, **facts):
    implied = prior_of(fitted, sample_weight=weights, **facts)
    heavy = 1.0 if weights is None else weights.max()
    return Fit(implied, X, Y, times * heavy * rounding(implied, X, Y), weights)


def least_squares():
    from sklearn.linear_model import LinearRegression

    yield exact(LinearRegression().fit(X, Y))


def ridge():
    from sklearn.linear_model import Ridge, RidgeCV

    yield exact(Ridge(7.0, solver="svd").fit(X, Y))
    yield exact(Ridge(7.0, solver="cholesky", fit_intercept=False).fit(X, Y))
    yield exact(Ridge(7.0).fit(X, Y, sample_weight=D["weights"]), D["weights"])
    # of its candidates it works in the eigenvectors of X X', whose condition number is the square
    chosen = RidgeCV(alphas=[3.0, 7.0]).fit(X, Y)
    yield exact(chosen, times=np.linalg.cond(X) ** 2)


def coordinate_descent(fitted, tol, weights=None):
    implied = prior_of(fitted, X=X, y=Y, sample_weight=weights)
    share = np.ones(N) if weights is None else weights
    centred = Y - np.average(Y, weights=share)
    size = float(share @ centred**2)
    # it stops at a dual gap of tol |y|^2 for RSS/2, which is half of J, or where rounding hides the gap
    gap = 2 * tol * size + rounding(implied, X, Y) * np.linalg.norm(implied.mode)
    K = lipschitz(implied, X, Y, weights)
    return Fit(implied, X, Y, within(gap, K), weights)


def lasso():
    from sklearn.linear_model import Lasso, LassoCV, LassoLars

    yield coordinate_descent(Lasso(0.2, tol=1e-12).fit(X, Y), 1e-12)
    yield coordinate_descent(Lasso(0.2, tol=1e-12, fit_intercept=False).fit(X, Y), 1e-12)
    w = D["weights"]
    yield coordinate_descent(Lasso(0.2, tol=1e-12).fit(X, Y, sample_weight=w), 1e-12, w)
    yield coordinate_descent(LassoCV(alphas=[0.1, 0.2], tol=1e-12, cv=3).fit(X, Y), 1e-12)
    yield exact(LassoLars(0.2).fit(X, Y), n=N)


def elastic_net():
    from sklearn.linear_model import ElasticNet, ElasticNetCV

    yield coordinate_descent(ElasticNet(0.2, l1_ratio=0.4, tol=1e-12).fit(X, Y), 1e-12)
    cv = ElasticNetCV(alphas=[0.1, 0.3], l1_ratio=[0.3, 0.7], tol=1e-12, cv=3)
    yield coordinate_descent(cv.fit(X, Y), 1e-12)


def largest_slope(implied, kind, stop=STOP, scale=None, weights=None):
    """A solver that stops where no slope of its loss, J / scale, exceeds `stop`."""
    y = D[kind]
    scale = 2 * N if scale is None else scale
    return Fit(implied, X, y, scale * stop * np.sqrt(X.shape[1] + 1) + rounding(implied, X, y), weights)


def logistic():
    from sklearn.linear_model import LogisticRegression

    y = D["bernoulli"]
    for solver in ("newton-cholesky", "lbfgs"):
        fitted = LogisticRegression(C=0.3, solver=solver, tol=STOP, max_iter=1000).fit(X, y)
        fit = largest_slope(prior_of(fitted), "bernoulli")
        if solver == "lbfgs":  # it may stop before, where the loss gains less than 64 eps of itself
            K = lipschitz(fit.implied, X, y)
            fit = Fit(fit.implied, X, y, within(2 * N * 64 * np.finfo(float).eps, K))
        assert fit.implied.intercept == "free"
        yield fit
    for rho, scaling in ((0.0, 1.0), (0.0, 3.0), (1.0, 1.0), (1.0, 2.0)):
        made = LogisticRegression(
            C=0.3,
            l1_ratio=rho,
            solver="liblinear",
            intercept_scaling=scaling,
            tol=STOP,
            max_iter=10_000,
            random_state=0,
        )
        implied = prior_of(made.fit(X, y))
        assert implied.intercept == "penalised"
        # it stops at `tol` times the slope it began with, at w = 0; without L1 also where a step gains 1e-12
        A = np.column_stack([scaling * np.ones(N), X])
        began = 2 * np.abs(A.T @ (0.5 - y)).sum()
        gap = 0.0 if rho else 1e-12 * 2 * N * np.log(2)
        yield Fit(implied, X, y, max(STOP * began, within(gap, lipschitz(implied, X, y))) + rounding(implied, X, y))
    saga = LogisticRegression(C=0.3, l1_ratio=0.4, solver="saga", tol=1e-12, max_iter=100_000, random_state=0)
    implied = prior_of(saga.fit(X, y))
    # saga stops where no slope moves by more than tol of the largest in a pass over the rows
    moved = 1e-12 * np.abs(implied.mode).max() * np.sqrt(X.shape[1] + 1)
    yield Fit(implied, X, y, N * lipschitz(implied, X, y) * moved + rounding(implied, X, y))


def poisson():
    from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor

    made = {"solver": "newton-cholesky", "tol": STOP}
    yield largest_slope(prior_of(PoissonRegressor(alpha=0.3, **made).fit(X, D["poisson"]), n=N), "poisson")
    w = D["weights"]
    weighted = PoissonRegressor(alpha=0.3, **made).fit(X, D["poisson"], sample_weight=w)
    implied = prior_of(weighted, sample_weight=w)
    yield largest_slope(implied, "poisson", scale=2 * w.sum(), weights=w)
    yield largest_slope(prior_of(GammaRegressor(alpha=0.3, **made).fit(X, D["gamma"]), n=N), "gamma")
    tweedie = TweedieRegressor(power=2, alpha=0.3, **made).fit(X, D["gamma"])
    yield largest_slope(prior_of(tweedie, n=N), "gamma")


def tweedie():
    from sklearn.linear_model import TweedieRegressor

    made = TweedieRegressor(power=0, alpha=0.3, solver="newton-cholesky", tol=STOP)
    yield largest_slope(prior_of(made.fit(X, Y), n=N), "gaussian")


def bayesian_ridge():
    from sklearn.linear_model import ARDRegression, BayesianRidge

    yield exact(BayesianRidge().fit(X, Y))
    fitted = ARDRegression(threshold_lambda=100.0).fit(X, Y)
    implied = prior_of(fitted)
    assert np.isinf(implied.l2).any()  # the slope that is zero in truth is held there
    kept = np.isfinite(implied.l2)
    Xc = X[:, kept] - X[:, kept].mean(axis=0)
    # it multiplies by an inverse, which costs the condition number
    yield exact(fitted, times=np.linalg.cond(Xc.T @ Xc + np.diag(np.array(implied.l2)[kept])))


def kernel_ridge():
    from sklearn.kernel_ridge import KernelRidge

    implied = prior_of(KernelRidge(alpha=7.0, kernel="linear").fit(X, Y))
    # its n equations (X X' + a) d = y are solved to rounding; X' carries what is left over into the slopes
    left = np.linalg.norm(Y - X @ implied.mode)
    size = np.linalg.norm(X, 2)
    assert implied.intercept == "none"
    yield Fit(implied, X, Y, gamma(X.size) * 2 * size * (size**2 + 7.0) * left / 7.0 + rounding(implied, X, Y))


def with_constant():
    return np.column_stack([np.ones(N), X])


def swept(implied, y, stop=1e-10):
    """Coordinate descent that stops where no slope moves by more than `stop` in a sweep."""
    A = with_constant()
    moved = np.sqrt(A.shape[1]) * lipschitz(implied, A, y) * stop
    return Fit(implied, A, y, moved + rounding(implied, A, y))


# without zero_tol=0 a slope that is zero once stays there, and the fit may miss the mode of its own objective
ALL = {"maxiter": 5000, "zero_tol": 0.0}


def sm_ols():
    import statsmodels.api as sm

    A, free = with_constant(), [0.0, 0.1, 0.1, 0.2, 0.3]
    for alpha in (0.1, free):
        result = sm.OLS(Y, A).fit_regularized(alpha=alpha, L1_wt=0.0)
        implied = prior_of(result, alpha=alpha, L1_wt=0.0)
        assert implied.intercept == ("penalised" if alpha == 0.1 else "free")
        yield Fit(implied, A, Y, rounding(implied, A, Y))
        for share in (0.4, 1.0):
            result = sm.OLS(Y, A).fit_regularized(alpha=alpha, L1_wt=share, **ALL)
            yield swept(prior_of(result, alpha=alpha, L1_wt=share), Y)
    w = D["weights"]
    result = sm.WLS(Y, A, weights=w).fit_regularized(alpha=0.1, L1_wt=0.0)
    implied = prior_of(result, alpha=0.1, L1_wt=0.0)
    yield Fit(implied, A, Y, w.max() * rounding(implied, A, Y), w)


def sm_binomial():
    import statsmodels.api as sm

    A, y = with_constant(), D["bernoulli"]
    result = sm.GLM(y, A, family=sm.families.Binomial()).fit_regularized(alpha=0.1, L1_wt=0.0)
    implied = prior_of(result, alpha=0.1, L1_wt=0.0)
    yield Fit(implied, A, y, 2 * N * 1e-5 * np.sqrt(A.shape[1]))  # scipy's BFGS: no slope above 1e-5
    for share in (0.5, 1.0):
        result = sm.GLM(y, A, family=sm.families.Binomial()).fit_regularized(alpha=0.05, L1_wt=share, **ALL)
        yield swept(prior_of(result, alpha=0.05, L1_wt=share), y)


def sm_logit():
    import statsmodels.api as sm

    A = with_constant()
    for model, y in ((sm.Logit, D["bernoulli"]), (sm.Poisson, D["poisson"])):
        result = model(y, A).fit_regularized(alpha=2.0, disp=0, acc=1e-14, trim_mode="off")
        implied = prior_of(result)
        assert implied.intercept == "penalised"
        # SLSQP stops where the mean loss gains less than acc; J is 2 n times that
        yield Fit(implied, A, y, within(2 * N * 1e-14, lipschitz(implied, A, y)) + rounding(implied, A, y))


def sm_gaussian():
    import statsmodels.api as sm

    A = with_constant()
    w, alpha = np.linalg.lstsq(A, Y)[0], 0.1
    for _ in range(200):  # its penalty follows the residual variance, which follows its penalty
        variance = np.sum((Y - A @ w) ** 2) / (N - A.shape[1])
        w = np.linalg.solve(A.T @ A + N * alpha * variance * np.eye(A.shape[1]), A.T @ Y)
    # its value and its slope are of two objectives, so its own search gets stuck; where it starts at the mode it stays
    result = sm.GLM(Y, A).fit_regularized(alpha=alpha, L1_wt=0.0, start_params=w)
    implied = prior_of(result, alpha=alpha, L1_wt=0.0)
    assert implied.data_dependent
    # scipy's BFGS: no slope above 1e-5, in a loss that is J / (2 n variance)
    yield Fit(implied, A, Y, 2 * N * variance * 1e-5 * np.sqrt(A.shape[1]))
    for share in (0.5, 1.0):
        result = sm.GLM(Y, A).fit_regularized(alpha=0.1, L1_wt=share, **ALL)
        yield swept(prior_of(result, alpha=0.1, L1_wt=share), Y)


def gblinear():
    xgboost = pytest.importorskip("xgboost", reason="the small wheel of XGBoost is there for Linux alone")
    for reg_lambda, reg_alpha in ((0.2, 0.0), (0.0, 0.1), (0.2, 0.1)):
        params = {
            "booster": "gblinear",
            "updater": "coord_descent",
            "feature_selector": "cyclic",
            "lambda": reg_lambda,
            "alpha": reg_alpha,
            "eta": 1.0,
            "base_score": 0.0,
            "nthread": 1,
            "tolerance": 0.0,
            "verbosity": 0,  # it warns that this booster is deprecated
        }
        booster = xgboost.train(params, xgboost.DMatrix(X, Y), num_boost_round=2000)
        weights = json.loads(booster.get_dump(dump_format="json")[0])
        implied = prior_of.gblinear(reg_lambda=reg_lambda, reg_alpha=reg_alpha, n=N, p=4)
        implied = replace(implied, mode=tuple(weights["weight"]), mode_intercept=float(weights["bias"][0]))
        # it keeps its gradients and slopes as single floats
        single = float(np.finfo(np.float32).eps / np.finfo(np.float64).eps)
        yield Fit(implied, X, Y, rounding(implied, X, Y, unit=single))


FITS = {
    "linear-regression": least_squares,
    "ridge": ridge,
    "lasso": lasso,
    "elastic-net": elastic_net,
    "logistic": logistic,
    "poisson": poisson,
    "tweedie": tweedie,
    "bayesian-ridge": bayesian_ridge,
    "kernel-ridge": kernel_ridge,
    "sm-ols": sm_ols,
    "sm-binomial": sm_binomial,
    "sm-logit": sm_logit,
    "sm-gaussian": sm_gaussian,
    "gblinear": gblinear,
}
