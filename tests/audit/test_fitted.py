import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from mapsto import BadInput, HalfNormalNoise, Normal, Problem, Settings, exact_posterior
from mapsto.rounding import gamma
from mapsto.runs.audit import audit
from mapsto.runs.audit.fitted import fitted_experiment


def data(rows=60, frame=False):
    rng = np.random.default_rng(11)
    X = rng.standard_normal((rows, 4)) * [1.0, 0.5, 2.0, 30.0] + [0.5, -1.0, 0.0, 200.0]
    y = 0.4 + X @ np.array([0.8, -0.6, 0.0, 0.03]) + 0.7 * rng.standard_normal(rows)
    if not frame:
        return X, y
    import pandas as pd

    names = ["1st col", "größe (cm)", "<script>alert(1)</script>", "a,b"]
    return pd.DataFrame(X, columns=names), pd.Series(y, name='"><img onerror=')


def fits():
    from sklearn import linear_model as m
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    yield "ridge", m.Ridge(7.0)
    yield "ridge svd without intercept", m.Ridge(7.0, solver="svd", fit_intercept=False)
    yield "ridge by conjugate gradients", make_pipeline(StandardScaler(), m.Ridge(7.0, solver="sparse_cg"))
    yield "ridge by lsqr", make_pipeline(StandardScaler(), m.Ridge(7.0, solver="lsqr"))
    yield "ridge by sag", make_pipeline(StandardScaler(), m.Ridge(7.0, solver="sag", random_state=0))
    yield "ridge by saga", make_pipeline(MinMaxScaler(), m.Ridge(7.0, solver="saga", random_state=0))
    yield "ridge cv", make_pipeline(StandardScaler(), m.RidgeCV([1.0, 3.0]))
    yield "least squares", m.LinearRegression()
    yield "lasso", make_pipeline(StandardScaler(), m.Lasso(0.1))
    yield "lasso, raw", m.Lasso(0.1)
    yield "lasso by lars", m.LassoLars(0.1)
    yield "elastic net", m.ElasticNet(0.1, l1_ratio=0.3)
    yield "elastic net of scaled columns", make_pipeline(StandardScaler(), m.ElasticNet(0.1, l1_ratio=0.3))
    yield "lasso cv", m.LassoCV(alphas=[0.05, 0.1])
    yield "bayesian ridge", make_pipeline(StandardScaler(), m.BayesianRidge())
    yield "tweedie", make_pipeline(StandardScaler(), m.TweedieRegressor(power=0, alpha=0.1))


def claim(fitted, X, y, **facts):
    made = fitted_experiment(fitted, X, y, **facts)
    (check,) = made.lesson(SimpleNamespace(summary=None, problem=made.problem())).claims
    assert check.name == "fit-is-the-mode"
    return check


@pytest.mark.parametrize(("name", "made"), list(fits()), ids=lambda one: one if isinstance(one, str) else "")
def test_a_fit_of_each_kind_is_the_mode_and_a_twentieth_off_is_not(name, made):
    X, y = data()
    fitted = made.fit(X, y)
    good = claim(fitted, X, y)
    assert good.passed, (good.observed, good.tolerance)
    last = fitted[-1] if hasattr(fitted, "steps") else fitted
    last.coef_ = last.coef_ * 1.05
    bad = claim(fitted, X, y)
    assert not bad.passed, (bad.observed, bad.tolerance)


def test_a_search_that_was_stopped_early_turns_the_page_red():
    from sklearn.linear_model import Ridge, SGDRegressor

    X, y = data()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they say so themselves
        hasty = Ridge(7.0, solver="sag", max_iter=2, random_state=0).fit(X, y)
        steps = SGDRegressor(max_iter=1, eta0=1e-6, random_state=0).fit(X, y)
    assert not claim(hasty, X, y).passed
    assert not claim(steps, X, y).passed
    assert "NOT the mode" in fitted_experiment(hasty, X, y).answer


def test_a_pipelines_posterior_is_that_of_refitting_by_hand_in_raw_units():
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = data()
    fitted = make_pipeline(StandardScaler(), Ridge(7.0)).fit(X, y)
    experiment = fitted_experiment(fitted, X, y, noise_sd=0.6)
    read = exact_posterior(experiment.problem(), experiment.prior)
    sd = X.std(axis=0)
    by_hand = Problem.from_rows((X - X.mean(axis=0)) / sd, y, noise_sd=0.6)
    hand = exact_posterior(by_hand, Normal(scale=0.6 / np.sqrt(7.0)))
    rounding = gamma(X.size) * max(1.0, float((np.abs(X.mean(axis=0)) / sd).max())) * 10
    np.testing.assert_allclose(read.mean, hand.mean / sd, rtol=0, atol=rounding * np.abs(hand.mean).max() / sd.min())
    np.testing.assert_allclose(read.covariance, hand.covariance / np.outer(sd, sd), rtol=rounding, atol=0)
    assert read.log_evidence == pytest.approx(hand.log_evidence, rel=rounding)


def test_a_pipeline_is_audited_whole_with_the_names_of_its_columns():
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = data(frame=True)
    result = audit(make_pipeline(StandardScaler(), Ridge(7.0)).fit(X, y), X, y, settings=Settings(draws=400, chains=2))
    assert result.certificate.passed
    assert {"fit-is-the-mode", "rows-equal-statistics"} <= {check.name for check in result.certificate.checks}
    assert result.name == "pipeline"
    assert result.problem.features == tuple(X.columns)
    assert result.problem.target == '"><img onerror='
    assert "a slope of größe (cm) beyond" in result.answer
    assert "ARE" not in result.answer
    from mapsto.report.page import render

    page = render(result.record())
    assert "<script>alert" not in page
    assert "<img onerror" not in page


def test_sigma_as_given_estimated_or_learned():
    from sklearn.linear_model import Ridge

    X, y = data()
    fitted = Ridge(7.0).fit(X, y)
    given = fitted_experiment(fitted, X, y, noise_sd=0.5)
    assert given.problem().noise_sd == 0.5
    assert given.prior == Normal(scale=0.5 / np.sqrt(7.0))
    estimated = fitted_experiment(fitted, X, y).problem()
    assert 0.5 < estimated.noise_sd < 1.0
    learned = fitted_experiment(fitted, X, y, noise_sd="learn").problem()
    assert learned.noise_sd == estimated.noise_sd
    assert learned.noise_prior == HalfNormalNoise(scale=float(np.std(y)))


def refused():
    from sklearn.compose import ColumnTransformer
    from sklearn.decomposition import PCA
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import Lasso, LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    X, y = data()
    yes = y > np.median(y)
    yield "unfitted", Ridge(), X, y, "is not fitted"
    yield "unfitted pipeline", make_pipeline(StandardScaler(), Ridge()), X, y, "is not fitted"
    yield "unknown", RandomForestRegressor(n_estimators=2).fit(X, y), X, y, "does not know a RandomForestRegressor"
    yield "a class", Ridge, X, y, "the class Ridge itself"
    yield "no scaler", make_pipeline(PCA(2), Ridge()).fit(X, y), X, y, "PCA cannot be folded"
    yield "polynomials", make_pipeline(PolynomialFeatures(), Ridge()).fit(X, y), X, y, "cannot be folded"
    many = yes + 1 * (X[:, 0] > 1)
    yield "three classes", LogisticRegression(max_iter=9_999).fit(X, many), X, many, "tells 3 classes apart"
    yield "positive", Lasso(positive=True).fit(X, y), X, y, "positive"
    yield "fewer columns", Ridge().fit(X, y), X[:, :2], y, "X has 2 columns"
    yield "one row", Ridge().fit(X, y), X[:1], y[:1], "sigma cannot be estimated"
    yield "NaN", Ridge().fit(X, y), np.where(X > 1, np.nan, X), y, "finite numbers"
    yield "text", Ridge().fit(X, y), np.full(X.shape, "a"), y, "not numbers"
    yield "other rows", Ridge().fit(X, y), X[:5], y, "contradict"
    parts = ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", StandardScaler(), [1, 2])])
    yield "a column twice", make_pipeline(parts, Ridge()).fit(X, y), X, y, "to several scaled columns"


@pytest.mark.parametrize(
    ("name", "fitted", "X", "y", "words"), list(refused()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_what_cannot_be_audited_is_told_in_one_line(name, fitted, X, y, words):
    with pytest.raises(BadInput) as raised:
        audit(fitted, X, y)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_statsmodels_results_and_a_linear_kernel_are_audited_too():
    import statsmodels.api as sm
    from sklearn.kernel_ridge import KernelRidge

    X, y = data()
    raw, E = sm.add_constant(X), sm.add_constant(X - X.mean(axis=0))
    for share in (0.0, 1.0):
        made = {"alpha": [0, 0.1, 0.1, 0.1, 0.1], "L1_wt": share}
        fit = sm.OLS(y, E).fit_regularized(**made)
        assert claim(fit, E, y, **made).passed
        assert not claim(fit, E, y, **made | {"alpha": [0, 0.2, 0.2, 0.2, 0.2]}).passed
    # a column far from zero: coordinate descent gives up after fifty rounds, and does not say so
    assert not claim(sm.OLS(y, raw).fit_regularized(**made), raw, y, **made).passed
    with pytest.raises(BadInput, match="penalises its intercept"):
        audit(sm.OLS(y, E).fit_regularized(alpha=0.1, L1_wt=0), E, y, alpha=0.1, L1_wt=0)
    assert claim(KernelRidge(alpha=2.0).fit(X, y), X, y).passed


def test_a_wide_and_nearly_collinear_ridge_is_the_mode_within_what_its_solver_costs():
    from sklearn.linear_model import Ridge

    X, y = data(rows=3)
    X = np.column_stack([X, X[:, :1] + 1e-6 * X[:, 1:2]])
    for solver in ("cholesky", "svd"):
        fitted = Ridge(1e-6, solver=solver).fit(X, y)
        check = claim(fitted, X, y, noise_sd=1.0)
        assert check.passed, (check.observed, check.tolerance)
        fitted.coef_ = fitted.coef_ * 1.05
        assert not claim(fitted, X, y, noise_sd=1.0).passed


@pytest.mark.parametrize(
    "estimator", ["Ridge(1.0)", "Ridge(1.0, solver='lsqr', tol=1e-6)", "Lasso(0.1)", "LinearRegression()"]
)
def test_a_fit_with_weights_is_the_mode_beside_them_and_is_found_out_without(estimator):
    from sklearn import linear_model

    X, y = data()
    weights = np.arange(1.0, len(y) + 1)
    fitted = eval(estimator, vars(linear_model)).fit(X, y, sample_weight=weights)
    assert claim(fitted, X, y, sample_weight=weights).passed
    assert not claim(fitted, X, y).passed
    assert not claim(fitted, X, y, sample_weight=weights[::-1]).passed


def test_weighted_least_squares_of_statsmodels_brings_its_own_weights():
    import statsmodels.api as sm

    X, y = data()
    weights, rows = np.arange(1.0, len(y) + 1), sm.add_constant(X)
    fitted = sm.WLS(y, rows, weights=weights).fit()
    experiment = fitted_experiment(fitted, rows, y)
    problem = experiment.problem()
    assert problem.weights.tolist() == weights.tolist()
    assert problem.noise_sd == pytest.approx(fitted.mse_resid**0.5, rel=problem.rounding)
    assert problem.sigma.kind == "plugged"
    assert "degrees of freedom" in problem.sigma.how


def test_columns_in_another_order_are_refused():
    from sklearn.linear_model import Ridge

    X, y = data(frame=True)
    with pytest.raises(BadInput, match="in its order"):
        audit(Ridge().fit(X, y), X[X.columns[::-1]], y)


def test_calls_that_make_no_sense():
    from sklearn.linear_model import Ridge

    X, y = data()
    fitted = Ridge().fit(X, y)
    for call, words in (
        (lambda: audit(fitted), "came without data"),
        (lambda: audit(fitted, X), "belong together"),
        (lambda: audit(fitted, X, y, target="y", standardize=True), "leave out target, standardize"),
        (lambda: audit(fitted, X, y, intercept=False), "leave out intercept"),
        (lambda: audit(fitted, X, y, alpha=1.0), "keeps its own penalty"),
        (lambda: audit("table.csv"), "no target was named"),
        (lambda: audit("table.csv", target="y", n=3), "takes no n"),
        (lambda: audit(X, target="y"), "is no table"),
    ):
        with pytest.raises(BadInput, match=words):
            call()
