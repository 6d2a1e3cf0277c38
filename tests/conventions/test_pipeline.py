"""Scalers folded into the prior: the posterior in raw units is that of a fit by hand on the scaled columns."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.linear_model import ElasticNet, HuberRegressor, Lasso, LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from conventions.fits import N, X, Y, data
from conventions.stationarity import Fit, lipschitz, proximal_gradient, rounding, within
from mapsto import BadInput, Problem
from mapsto.conventions import NotAPrior, prior_of
from mapsto.posteriors.gaussian import gaussian_posterior
from mapsto.rounding import gamma

FRAME = pd.DataFrame(X, columns=["age", "bmi", "bp", "s1"])
SIGMA, ALPHA = 0.7, 7.0

BY_COLUMN = ColumnTransformer(
    [("some", StandardScaler(), ["bp", "age"]), ("rest", make_pipeline(MinMaxScaler(), RobustScaler()), [1])],
    remainder="passthrough",
)
SCALERS = {
    "standard": StandardScaler(),
    "standard, no mean": StandardScaler(with_mean=False),
    "standard, no sd": StandardScaler(with_std=False),
    "min-max": MinMaxScaler((-1, 3)),
    "max-abs": MaxAbsScaler(),
    "robust": RobustScaler(),
    "robust, no centre": RobustScaler(with_centering=False),
    "robust, no scale": RobustScaler(with_scaling=False),
    "identity": FunctionTransformer(),
    "passthrough": "passthrough",
    "two": make_pipeline(MinMaxScaler(), StandardScaler()),
    "by column": BY_COLUMN,
}


def fitted_pipeline(scaler, last):
    return Pipeline([("scale", scaler), ("fit", last)]).fit(FRAME, Y)


@pytest.mark.parametrize("scaler", SCALERS.values(), ids=SCALERS)
def test_the_posterior_in_raw_units_is_that_of_a_refit_by_hand(scaler):
    model = fitted_pipeline(scaler, Ridge(ALPHA))
    implied = prior_of(model, noise_sd=SIGMA)
    assert implied.features == tuple(FRAME.columns)
    raw = gaussian_posterior(Problem.from_rows(FRAME, Y, noise_sd=SIGMA), np.zeros(4), np.diag(implied.scale()))

    # By hand: the columns as the scaler makes them, one prior sd for all, and back along the map of unit steps.
    Z = np.asarray(model[:-1].transform(FRAME))
    by_hand = gaussian_posterior(
        Problem.from_rows(Z, Y, noise_sd=SIGMA), np.zeros(4), SIGMA / np.sqrt(ALPHA) * np.eye(4)
    )
    steps = pd.DataFrame(np.vstack([np.zeros(4), np.eye(4)]), columns=FRAME.columns)
    moved = np.asarray(model[:-1].transform(steps))
    back = moved[1:] - moved[0]  # row j: how raw column j moves each scaled one
    mean, covariance = back @ by_hand.mean, back @ by_hand.covariance @ back.T

    condition = np.linalg.cond(raw.root) * np.linalg.cond(back)
    tolerance = gamma(X.size) * condition
    assert np.linalg.norm(raw.mean - mean) <= tolerance * np.linalg.norm(mean)
    assert np.linalg.norm(raw.covariance - covariance) <= tolerance * np.linalg.norm(covariance)
    assert abs(raw.intercept_mean - model.predict(steps)[0]) <= tolerance * np.abs(Y).max()
    # a change of units moves no evidence
    assert abs(raw.log_evidence - by_hand.log_evidence) <= tolerance * N * abs(raw.log_evidence)
    # and the fit itself, in raw units, is that posterior's mode
    assert np.linalg.norm(raw.mean - implied.mode) <= tolerance * np.linalg.norm(mean)
    assert abs(raw.intercept_mean - implied.mode_intercept) <= tolerance * np.abs(Y).max()


def test_forgetting_the_scaler_is_caught():
    model = fitted_pipeline(StandardScaler(), Ridge(ALPHA))
    implied = prior_of(model, noise_sd=SIGMA)
    problem = Problem.from_rows(FRAME, Y, noise_sd=SIGMA)
    forgotten = gaussian_posterior(problem, np.zeros(4), SIGMA / np.sqrt(ALPHA) * np.eye(4))
    assert np.linalg.norm(forgotten.mean - implied.mode) > 1e-2 * np.linalg.norm(implied.mode)


@pytest.mark.parametrize("last", [Lasso(0.2, tol=1e-12), ElasticNet(0.2, l1_ratio=0.4, tol=1e-12)], ids=["l1", "both"])
@pytest.mark.parametrize("scaler", SCALERS.values(), ids=SCALERS)
def test_a_folded_l1_penalty_is_stationary_in_raw_units(scaler, last):
    implied = prior_of(fitted_pipeline(scaler, last), X=FRAME, y=Y)
    K = lipschitz(implied, X, Y)
    # the gap of the scaled fit is that of the raw one: the objective is the same
    gap = 2e-12 * np.sum((Y - Y.mean()) ** 2) + rounding(implied, X, Y) * np.linalg.norm(implied.mode)
    assert Fit(implied, X, Y, within(gap, K)).off <= within(gap, K)


def test_columns_that_are_dropped_are_named_and_the_others_keep_their_places():
    some = ColumnTransformer([("some", StandardScaler(), ["bp", "age"])])
    implied = prior_of(fitted_pipeline(some, Ridge(ALPHA)), X=FRAME, y=Y)
    assert implied.features == ("age", "bp")
    assert implied.columns == (0, 2)
    assert implied.remarks == ("not in the model: bmi, s1",)
    assert implied.l2 == pytest.approx(ALPHA * X.var(axis=0)[[0, 2]], rel=gamma(N))
    assert np.linalg.norm(proximal_gradient(implied, X, Y)) <= rounding(implied, X, Y)


def test_several_classes_are_folded_class_by_class():
    y = np.digitize(Y, np.quantile(Y, [1 / 3, 2 / 3]))
    model = make_pipeline(BY_COLUMN, LogisticRegression(C=0.5)).fit(FRAME, y)
    implied = prior_of(model)
    assert implied.features[:5] == ("age for 0", "bmi for 0", "bp for 0", "s1 for 0", "age for 1")
    steps = pd.DataFrame(np.vstack([np.zeros(4), np.eye(4)]), columns=FRAME.columns)
    slopes = np.diff(model.decision_function(steps)[[0, 1]], axis=0)[0]  # of age, in each class
    found = [implied.mode[implied.features.index(f"age for {k}")] for k in range(3)]
    assert found == pytest.approx(slopes, rel=gamma(100) * 1e3)
    assert implied.l2[:4] == implied.l2[4:8] == implied.l2[8:]
    assert implied.l2[2] == pytest.approx(2.0 * X[:, 2].var(), rel=gamma(N))


def test_the_reason_of_what_is_no_prior_comes_through():
    read = prior_of(make_pipeline(StandardScaler(), HuberRegressor()).fit(X, Y))
    assert isinstance(read, NotAPrior)
    assert "Pipeline" in str(read)


def unfoldable():
    y = data()["bernoulli"]
    twice = ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", MinMaxScaler(), [1])])
    yield make_pipeline(PolynomialFeatures(), Ridge()).fit(X, Y), "PolynomialFeatures cannot be folded"
    yield make_pipeline(PCA(), Ridge()).fit(X, Y), "PCA cannot be folded"
    bent = QuantileTransformer(n_quantiles=10)
    yield make_pipeline(bent, Ridge()).fit(X, Y), "QuantileTransformer cannot be folded"
    yield make_pipeline(FunctionTransformer(np.tanh), Ridge()).fit(X, Y), "nothing says that it is linear"
    yield make_pipeline(twice, Ridge()).fit(X, Y), "feeds x1 to several"
    yield make_pipeline(StandardScaler(), Ridge(fit_intercept=False)).fit(X, Y), "no intercept"
    yield make_pipeline(StandardScaler(), LogisticRegression(solver="liblinear")).fit(X, y), "penalised intercept"
    yield make_pipeline(StandardScaler(), "passthrough").fit(X, Y), "ends in 'passthrough'"
    yield make_pipeline(StandardScaler(), Ridge()), "not fitted"
    yield make_pipeline(StandardScaler(), PCA()).fit(X, Y), "does not know a PCA"


@pytest.mark.parametrize(("model", "says"), list(unfoldable()))
def test_what_cannot_be_folded_in_is_one_clear_line(model, says):
    with pytest.raises(BadInput) as error:
        prior_of(model)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_scaling_without_a_shift_is_folded_where_there_is_no_intercept():
    model = make_pipeline(StandardScaler(with_mean=False), Ridge(ALPHA, fit_intercept=False)).fit(X, Y)
    implied = prior_of(model)
    assert implied.intercept == "none"
    assert np.linalg.norm(proximal_gradient(implied, X, Y)) <= rounding(implied, X, Y)
