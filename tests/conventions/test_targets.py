"""``translate``: another library with these parameters makes the same fit."""

import json

import numpy as np
import pytest
from sklearn import linear_model
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from conventions.fits import ALL, STOP, D, N, X, Y, with_constant
from mapsto import BadInput
from mapsto.conventions import ImpliedPrior, prior_of, translate
from mapsto.conventions.registry import targets
from mapsto.rounding import gamma

P = X.shape[1]


def implied(R=0.0, L=0.0, intercept="free", n=N, likelihood="gaussian", **more):
    p = len(R) if isinstance(R, tuple) else P
    l2 = R if isinstance(R, tuple) else (R,) * p
    l1 = L if isinstance(L, tuple) else (L,) * p
    return ImpliedPrior(tuple(f"x{j}" for j in range(p)), l2, l1, intercept, "test", likelihood, n=n, **more)


NORMAL, LAPLACE, BOTH = implied(7.0), implied(0.0, 24.0), implied(7.0, 24.0)
EACH = implied((1.0, 2.0, 3.0, 4.0), (2.0, 4.0, 6.0, 8.0))

BACK = {
    "sklearn.LinearRegression": (linear_model.LinearRegression, [implied(0.0)]),
    "sklearn.Ridge": (linear_model.Ridge, [NORMAL]),
    "sklearn.Lasso": (linear_model.Lasso, [LAPLACE]),
    "sklearn.ElasticNet": (linear_model.ElasticNet, [BOTH, NORMAL, LAPLACE]),
    "sklearn.SGDRegressor": (linear_model.SGDRegressor, [BOTH, NORMAL, LAPLACE]),
    "sklearn.TweedieRegressor": (linear_model.TweedieRegressor, [NORMAL]),
    "sklearn.KernelRidge": (KernelRidge, [implied(7.0, intercept="none")]),
    "sklearn.PoissonRegressor": (linear_model.PoissonRegressor, [implied(7.0, likelihood="poisson")]),
    "sklearn.QuantileRegressor": (
        linear_model.QuantileRegressor,
        [implied(0.0, 24.0, likelihood="asymmetric-laplace")],
    ),
    "sklearn.LogisticRegression": (
        linear_model.LogisticRegression,
        [implied(7.0, likelihood="bernoulli"), implied(7.0, 24.0, likelihood="bernoulli")],
    ),
}


@pytest.mark.parametrize("to", BACK)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # only the parameters are read
@pytest.mark.filterwarnings("ignore:Coordinate descent without L1:UserWarning")
def test_translated_parameters_are_read_as_the_prior_they_came_from(to):
    made, priors = BACK[to]
    for a in priors:
        fitted = made(**translate(a, to)).fit(X, D.get(a.likelihood, Y))
        read = prior_of(fitted, n=N)
        assert read.l2 == pytest.approx(a.l2, rel=gamma(5), abs=gamma(5) * 24)
        assert read.l1 == pytest.approx(a.l1, rel=gamma(5), abs=gamma(5) * 24)
        assert read.intercept == a.intercept


NUMBERS = {
    "glmnet": lambda q: prior_of.glmnet(
        lambda_=q["lambda"],
        alpha=q["alpha"],
        standardize=q["standardize"],
        penalty_factor=q.get("penalty.factor"),
        n=N,
        sd_y=1.7,
        p=P,
    ),
    "lm.ridge": lambda q: prior_of.lm_ridge(lambda_=q["lambda"], sd_x=[0.5, 1.0, 2.0, 4.0]),
    "torch": lambda q: prior_of.torch_weight_decay(
        weight_decay=q["weight_decay"], bias_decays=q["bias_weight_decay"] > 0, n=N, p=P
    ),
    "keras": lambda q: prior_of.keras_l2(l2=q["l2"], l1=q["l1"], n=N, p=P),
    "mllib": lambda q: prior_of.mllib(
        reg_param=q["regParam"],
        elastic_net_param=q["elasticNetParam"],
        standardization=q["standardization"],
        n=N,
        sd_y=1.7,
        p=P,
    ),
    "xgboost.gblinear": lambda q: prior_of.gblinear(reg_lambda=q["reg_lambda"], reg_alpha=q["reg_alpha"], n=N, p=P),
}
ROUND = [
    ("glmnet", NORMAL, {"sd_y": 1.7}),
    ("glmnet", LAPLACE, {}),
    ("glmnet", BOTH, {"sd_y": 1.7}),
    ("glmnet", EACH, {"sd_y": 1.7}),
    ("lm.ridge", implied((0.25, 1.0, 4.0, 16.0)), {"sd_x": [0.5, 1.0, 2.0, 4.0]}),
    ("torch", NORMAL, {}),
    ("torch", implied(7.0, intercept="penalised", intercept_l2=7.0), {}),
    ("keras", BOTH, {}),
    ("mllib", BOTH, {"sd_y": 1.7}),
    ("xgboost.gblinear", BOTH, {}),
]


@pytest.mark.parametrize(("to", "a", "facts"), ROUND)
def test_numbers_for_libraries_that_are_not_here_come_back_as_the_same_prior(to, a, facts):
    read = NUMBERS[to](translate(a, to, **facts))
    assert read.l2 == pytest.approx(a.l2, rel=gamma(50), abs=gamma(50))
    assert read.l1 == pytest.approx(a.l1, rel=gamma(50), abs=gamma(50))
    assert (read.intercept, read.intercept_l2) == (a.intercept, pytest.approx(a.intercept_l2, rel=gamma(50)))


def test_every_target_is_tried():
    assert set(targets()) == set(BACK) | {to for to, _, _ in ROUND} | {"statsmodels.OLS.fit_regularized"}


def same_slopes(one, other, penalty, tolerance=0.0):
    """Both are modes of one objective, so they are as near as its curvature holds what their solvers left."""
    A = with_constant()
    curvature = np.linalg.eigvalsh(2 * A.T @ A + 2 * np.diag([0.0, *penalty]))
    floor = gamma(A.size) * curvature.max() / curvature.min() * (1 + np.linalg.norm(Y))
    return np.linalg.norm(np.subtract(one, other)) <= floor + tolerance


def test_a_ridge_fit_is_made_again_by_statsmodels_tweedie_and_a_lasso_of_both():
    import statsmodels.api as sm

    ridge = linear_model.Ridge(7.0).fit(X, Y)
    there = sm.OLS(Y, with_constant()).fit_regularized(**translate(ridge, "statsmodels.OLS.fit_regularized", n=N))
    assert same_slopes(ridge.coef_, there.params[1:], [7.0] * P)
    assert not same_slopes(linear_model.Ridge(14.0).fit(X, Y).coef_, there.params[1:], [7.0] * P)
    tweedie = linear_model.TweedieRegressor(
        **translate(ridge, "sklearn.TweedieRegressor", n=N), solver="newton-cholesky", tol=STOP
    ).fit(X, Y)
    # a gradient of J of 2 n tol in each direction, over the least curvature, which is at least 2 R
    assert same_slopes(ridge.coef_, tweedie.coef_, [7.0] * P, tolerance=2 * N * STOP * np.sqrt(P + 1) / 2)


def test_a_pipeline_is_made_again_without_its_scaler():
    import statsmodels.api as sm

    scaled = make_pipeline(StandardScaler(), linear_model.Ridge(7.0)).fit(X, Y)
    params = translate(scaled, "statsmodels.OLS.fit_regularized", n=N)
    there = sm.OLS(Y, with_constant()).fit_regularized(**params)
    assert same_slopes(prior_of(scaled).mode, there.params[1:], prior_of(scaled).l2)
    both = make_pipeline(StandardScaler(), linear_model.ElasticNet(0.1, l1_ratio=0.0001, tol=1e-12, max_iter=10**5))
    with pytest.raises(BadInput, match="different shares"):  # L grows with s, R with its square
        translate(both.fit(X, Y), "statsmodels.OLS.fit_regularized", X=X, y=Y)


def test_a_lasso_is_made_again_by_statsmodels_and_xgboost():
    import statsmodels.api as sm

    xgboost = pytest.importorskip("xgboost", reason="the small wheel of XGBoost is there for Linux alone")
    lasso = linear_model.Lasso(0.1, tol=1e-12).fit(X, Y)
    curvature = np.linalg.eigvalsh(2 * np.cov(X.T, bias=True) * N).min()
    there = sm.OLS(Y, with_constant()).fit_regularized(
        **translate(lasso, "statsmodels.OLS.fit_regularized", X=X, y=Y), **ALL
    )
    # what either objective may lie above the least one, as a distance of slopes: gap >= curvature / 2 distance^2
    apart = np.sqrt(2 * 2e-12 * np.sum((Y - Y.mean()) ** 2) / curvature)
    assert same_slopes(lasso.coef_, there.params[1:], [0.0] * P, tolerance=2 * apart)
    params = translate(lasso, "xgboost.gblinear", n=N)
    extra = {"updater": "coord_descent", "feature_selector": "cyclic", "eta": 1.0, "base_score": 0.0, "verbosity": 0}
    booster = xgboost.train(params | extra, xgboost.DMatrix(X, Y), num_boost_round=2000)
    slopes = json.loads(booster.get_dump(dump_format="json")[0])["weight"]
    single = float(np.finfo(np.float32).eps) / 2
    size = 2 * np.linalg.norm(np.abs(X).T @ (np.abs(Y) + np.abs(X) @ np.abs(lasso.coef_)))
    assert np.linalg.norm(slopes - lasso.coef_) <= apart + 6 * np.sqrt(X.size) * single * size / curvature
    assert np.linalg.norm(slopes - linear_model.Lasso(0.2).fit(X, Y).coef_) > 0.01


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: translate(NORMAL, "sklearn.Rigde"), "there is no target"),
        (lambda: translate(NORMAL, "sklearn.Lasso"), "Laplace prior or none"),
        (lambda: translate(LAPLACE, "sklearn.Ridge"), "Normal prior or none"),
        (lambda: translate(EACH, "sklearn.ElasticNet"), "one a column"),
        (lambda: translate(NORMAL, "glmnet"), "pass sd_y="),
        (lambda: translate(NORMAL, "mllib"), "depends on sd_y"),
        (lambda: translate(implied(1.0, n=None), "sklearn.TweedieRegressor"), "pass n="),
        (lambda: translate(NORMAL, "sklearn.LogisticRegression"), "likelihood"),
        (lambda: translate(implied(1.0, intercept="penalised", intercept_l2=1.0), "sklearn.Ridge"), "penalised"),
        (lambda: translate(NORMAL, "sklearn.KernelRidge"), "intercept of test is free"),
        (lambda: translate(implied((1.0, np.inf)), "glmnet"), "holds slopes at 0"),
        (lambda: translate(NORMAL, "torch", reduction="none"), "reduction is 'none'"),
        (lambda: translate(NORMAL, "torch", sd_y=2.0), "takes no sd_y"),
        (lambda: translate(prior_of.adamw(), "torch"), "nothing to translate"),
        (lambda: translate(implied((1.0, 2.0), (3.0, 1.0)), "glmnet", sd_y=1.0), "different shares"),
    ],
)
def test_what_a_target_cannot_express_is_one_clear_line(ask, says):
    with pytest.raises(BadInput) as error:
        ask()
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "of", [NORMAL, LAPLACE, implied((1.0, 2.0, 3.0, 4.0))], ids=["normal", "laplace", "each its own"]
)
def test_glmnet_with_standardize_is_read_back_as_the_same_prior(of):
    p = len(of.l2)
    sd_x = [0.5 * 2.0**j for j in range(p)]
    there = translate(of, "glmnet", n=50, sd_y=1.7, sd_x=sd_x)
    assert there["standardize"] is True
    back = {"lambda_": there["lambda"], "alpha": there["alpha"], "n": 50, "sd_y": 1.7, "p": p}
    back["penalty_factor"] = there.get("penalty.factor")
    again = prior_of.glmnet(**back, sd_x=sd_x)
    np.testing.assert_allclose(again.l2, of.l2, rtol=1e-12)
    np.testing.assert_allclose(again.l1, of.l1, rtol=1e-12)
    plain = prior_of.glmnet(**back, standardize=False)  # control: the flag matters
    assert np.abs(np.array([*plain.l2, *plain.l1]) - [*of.l2, *of.l1]).max() > 1e-2
    with pytest.raises(BadInput, match="sd_x has 2 numbers"):
        translate(of, "glmnet", n=50, sd_y=1.7, sd_x=[1.0, 1.0])
