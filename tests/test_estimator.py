import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import BayesianRidge, Lasso, LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from mapsto import BadInput, Flat, HierarchicalNormal, Laplace, MultivariateNormal, Normal, Problem, exact_posterior
from mapsto.estimators.regressor import PosteriorRegressor
from mapsto.posteriors.closed_form import closed_form
from mapsto.rounding import gamma


@parametrize_with_checks([PosteriorRegressor(), PosteriorRegressor(Normal(scale=0.5), noise_sd=2.0)])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def of(table, *arguments, **options):
    return PosteriorRegressor(*arguments, **options).fit(*table)


@pytest.mark.parametrize("intercept", [True, False])
def test_as_it_comes_it_is_ridge_as_it_comes(ordinary_table, intercept):
    X, y = ordinary_table
    fitted = of((X, y), fit_intercept=intercept)
    ridge = Ridge(fit_intercept=intercept, solver="svd").fit(X, y)
    condition = np.linalg.cond(np.vstack([X - X.mean(axis=0) * intercept, np.eye(X.shape[1])])) ** 2
    tolerance = gamma(X.size) * condition * (1 + np.abs(X.mean(axis=0)).max())
    assert np.abs(fitted.coef_ - ridge.coef_).max() <= tolerance * np.abs(ridge.coef_).max()
    assert np.abs(fitted.predict(X) - ridge.predict(X)).max() <= tolerance * np.abs(y).max() * 10
    assert fitted.certificate_.passed


def test_a_scale_and_sigma_are_ridge_with_their_ratio(tables):
    X, y = tables["tall"]
    fitted = of((X, y), Normal(scale=0.5), noise_sd=2.0)
    np.testing.assert_allclose(fitted.coef_, Ridge(16.0).fit(X, y).coef_, rtol=gamma(X.size) * np.linalg.cond(X) ** 2)


def test_sigma_is_estimated_as_least_squares_leaves_it(tables):
    X, y = tables["tall"]
    plugged = Problem.from_rows(X, y, noise_sd="auto").noise_sd
    assert of((X, y), Normal(1.0)).noise_sd_ == pytest.approx(plugged, rel=gamma(X.size))


def test_where_nothing_is_left_sigma_is_the_most_probable_or_is_asked_for(tables):
    X, y = tables["wide"]
    fitted = of((X, y))
    prior = Normal(scale=1.0, per_sigma=True)

    def evidence(sigma):
        problem = Problem.from_rows(X, y, noise_sd=sigma)
        return closed_form(problem, prior.at(sigma)).posterior.log_evidence

    best = evidence(fitted.noise_sd_)
    assert all(evidence(fitted.noise_sd_ * factor) < best for factor in (0.5, 0.99, 1.01, 2.0))
    with pytest.raises(BadInput, match="give it as a number"):
        of((X, y), Normal(1.0))


def test_predictive_sds_and_intervals_are_those_of_the_exact_posterior(tables):
    X, y = tables["tall"]
    fitted = of((X, y), Normal(scale=0.5), noise_sd=2.0)
    mean, sd = fitted.predict(X, return_std=True)
    assert (mean == fitted.predict(X)).all()
    # by hand: noise, and the covariance of slopes and intercept together
    A = np.column_stack([X, np.ones(len(X))])
    precision = A.T @ A / 4 + np.diag([4.0] * X.shape[1] + [0.0])
    by_hand = np.sqrt(4 + np.sum((A @ np.linalg.inv(precision)) * A, axis=1))
    np.testing.assert_allclose(sd, by_hand, rtol=gamma(X.size) * np.linalg.cond(precision))
    low, high = fitted.predict_interval(X, prob=0.95).T
    np.testing.assert_allclose(high - low, 2 * 1.959963984540054 * sd, rtol=gamma(X.size))
    np.testing.assert_allclose((low + high) / 2, mean, rtol=gamma(X.size), atol=gamma(X.size) * np.abs(y).max())


def test_its_sd_is_bayesian_ridges_with_the_intercepts_variance_put_back(tables):
    X, y = tables["tall"]
    other = BayesianRidge().fit(X, y)
    fitted = of((X, y), Normal(scale=other.lambda_**-0.5), noise_sd=other.alpha_**-0.5)
    _, theirs = other.predict(X, return_std=True)
    _, ours = fitted.predict(X, return_std=True)
    tolerance = gamma(X.size) * np.linalg.cond(X - X.mean(axis=0)) ** 2
    np.testing.assert_allclose(ours**2, theirs**2 + fitted.noise_sd_**2 / len(y), rtol=tolerance)


def test_draws_have_the_exact_moments(tables):
    X, y = tables["tall"]
    fitted = of((X, y), Normal(scale=0.5), noise_sd=2.0)
    drawn = fitted.sample(20_000)
    assert drawn.shape == (20_000, X.shape[1] + 1)
    sd = np.append(fitted.exact_.sd, fitted.exact_.intercept_sd)
    gap = np.abs(drawn.mean(axis=0) - [*fitted.coef_, fitted.intercept_]) / (sd / np.sqrt(len(drawn)))
    assert gap.max() < 5  # independent draws: standard errors
    assert (fitted.sample(7) == fitted.sample(7)).all()
    assert (of((X, y), fit_intercept=False).sample(3)[:, -1] == 0).all()


def test_the_posterior_is_a_data_tree_with_the_names_of_the_columns(diabetes):
    import pandas as pd

    X, y = diabetes
    frame = pd.DataFrame(X, columns=[f"<b>{j}" for j in range(X.shape[1])])
    fitted = PosteriorRegressor(Normal(20.0), noise_sd=54.0, draws=50, chains=2).fit(frame, y)
    posterior = fitted.posterior_["posterior"]
    assert posterior["w"].shape == (2, 50, 10)
    assert list(posterior["feature"].to_numpy()) == list(frame.columns)
    assert posterior["b"].shape == (2, 50)
    assert fitted.posterior_ is fitted.posterior_
    earlier = fitted.posterior_
    assert fitted.fit(frame, y + 1).posterior_ is not earlier


def test_certificate_tells_a_mode_from_what_is_not(tables):
    fitted = of(tables["tall"])
    assert fitted.certificate_.passed
    assert {"stationarity-closed_form", "same-mode-closed_form-sklearn"} <= {c.name for c in fitted.certificate_.checks}
    spoilt = of(tables["tall"])
    spoilt.coef_ = spoilt.coef_ * 1.001
    assert not spoilt.certificate_.passed


def test_gaussian_cases_never_import_pymc():
    source = (
        "import sys, numpy as np\n"
        "from mapsto.estimators.regressor import PosteriorRegressor\n"
        "from mapsto import Normal, Flat, MultivariateNormal\n"
        "X = np.random.default_rng(0).standard_normal((30, 2)); y = X @ [1, 2] + X[:, 0] ** 2\n"
        "for prior in (None, Normal(1.0), Flat(), MultivariateNormal((0, 0), ((1, 0), (0, 1)))):\n"
        "    m = PosteriorRegressor(prior).fit(X, y)\n"
        "    m.predict(X, return_std=True); m.predict_interval(X); m.sample(3); m.certificate_\n"
        "assert 'pymc' not in sys.modules and 'nutpie' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", source], check=True)


def test_it_works_in_a_pipeline_and_a_grid_search(diabetes):
    X, y = diabetes
    pipe = make_pipeline(StandardScaler(), PosteriorRegressor(noise_sd=54.0))
    search = GridSearchCV(pipe, {"posteriorregressor__prior": [Normal(0.1), Normal(20.0)]}, cv=3).fit(X, y)
    assert search.best_params_ == {"posteriorregressor__prior": Normal(20.0)}
    mean, sd = search.best_estimator_.predict(X[:5], return_std=True)
    assert mean.shape == sd.shape == (5,)
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert (again.predict(X) == search.best_estimator_.predict(X)).all()
    assert clone(pipe).get_params()["posteriorregressor__noise_sd"] == 54.0


def test_other_gaussian_priors_have_their_own_mode(tables):
    X, y = tables["tall"]
    p = X.shape[1]
    flat = of((X, y), Flat())
    np.testing.assert_allclose(
        flat.coef_, LinearRegression().fit(X, y).coef_, rtol=gamma(X.size) * np.linalg.cond(X) ** 2
    )
    near = of((X, y), MultivariateNormal((5.0,) * p, 1e-12 * np.eye(p)), noise_sd=1.0)
    pull = np.abs(X).T @ (np.abs(y) + 5 * np.abs(X).sum(axis=1))  # of the data, which a variance of 1e-12 resists
    assert np.abs(near.coef_ - 5.0).max() <= 1e-12 * pull.sum()


def test_a_laplace_prior_has_the_lassos_mode_and_draws_when_asked(tables):
    X, y = tables["tall"]
    fitted = of((X, y), Laplace(scale=0.05), noise_sd=1.0)
    assert "result_" not in vars(fitted)
    alpha = 1.0 / (len(y) * 0.05)
    lasso = Lasso(alpha, tol=1e-14, max_iter=100_000).fit(X, y)
    assert ((fitted.coef_ == 0) == (lasso.coef_ == 0)).all()
    tolerance = np.sqrt(1e-14) * np.linalg.cond(X)  # of its loss it stops within 1e-14
    assert np.abs(fitted.coef_ - lasso.coef_).max() <= tolerance * np.abs(lasso.coef_).max()
    drawn = fitted.sample(5)
    assert drawn.shape == (5, X.shape[1] + 1)
    assert "result_" in vars(fitted)
    assert fitted.certificate_.passed
    assert fitted.posterior_["posterior"]["w"].shape == (4, 1000, X.shape[1])
    mean, sd = fitted.predict(X, return_std=True)
    assert (sd > 1.0).all()  # the noise is in it
    low, high = fitted.predict_interval(X, prob=0.89).T
    assert ((low < mean) & (mean < high)).all()


def test_a_prior_without_a_mode_has_its_posterior_mean(tables):
    X, y = tables["tall"]
    fitted = of((X, y), HierarchicalNormal(2.0), noise_sd=0.5)
    exact = exact_posterior(Problem.from_rows(X, y, noise_sd=0.5), HierarchicalNormal(2.0))
    np.testing.assert_allclose(fitted.coef_, exact.mean, rtol=gamma(X.size) * np.linalg.cond(X) ** 2)
    _, sd = fitted.predict(X, return_std=True)
    assert (sd > 0.5).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prior": "normal"}, "the prior is 'normal'"),
        ({"prior": Normal((1.0, 2.0))}, "2 numbers in 'scale'"),
        ({"noise_sd": -1.0}, "noise_sd is -1"),
        ({"noise_sd": "guess"}, "noise_sd is 'guess'"),
        ({"noise_sd": True}, "noise_sd is True"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_told_at_fit(tables, options, words):
    with pytest.raises(BadInput, match=words):
        of(tables["tall"], **options)


def test_a_constant_target_and_odd_questions(tables):
    X, y = tables["tall"]
    with pytest.raises(BadInput, match="the target is constant"):
        of((X, np.ones(len(y))))
    fitted = of((X, y))
    with pytest.raises(BadInput, match="prob is 2"):
        fitted.predict_interval(X, prob=2)
    for odd in (0, 1.5):
        with pytest.raises(BadInput, match="whole number"):
            fitted.sample(odd)
    fitted.random_state = None
    with pytest.raises(BadInput, match="seed is None"):
        fitted.sample(3)
