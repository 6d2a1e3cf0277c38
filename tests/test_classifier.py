"""Estimators under likelihoods with a link: scikit-learn's own checks, its modes, and quadrature for the posterior."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.multiclass import OneVsRestClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from mapsto import (
    BadInput,
    Flat,
    Laplace,
    Normal,
    Poisson,
    PosteriorClassifier,
    PosteriorRegressor,
    StudentTNoise,
)

RNG = np.random.default_rng(21)
X = RNG.standard_normal((60, 2))
ETA = 0.3 + X @ [1.2, -0.8]
Y = np.where(RNG.random(60) < 1 / (1 + np.exp(-ETA)), "yes", "no")
COUNT = RNG.poisson(np.exp(0.5 * ETA)).astype(float)
STRICT = {"solver": "newton-cholesky", "tol": 1e-15, "max_iter": 100}


NOT_REPEATED = {
    "check_sample_weight_equivalence_on_dense_data": "a weight is the precision of Student t noise, not a repeated row",
    "check_sample_weight_equivalence_on_sparse_data": "as on dense data",
}


@parametrize_with_checks([PosteriorClassifier()])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [PosteriorRegressor(likelihood=StudentTNoise(4.0), noise_sd=2.0)], expected_failed_checks=lambda one: NOT_REPEATED
)
def test_scikit_learns_own_checks_of_a_regressor(estimator, check):
    check(estimator)


@pytest.mark.parametrize("intercept", [True, False])
def test_its_mode_is_logistic_regressions(intercept):
    fitted = PosteriorClassifier(Normal(0.5), fit_intercept=intercept).fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is asked for more than it promises
        theirs = LogisticRegression(C=0.25, fit_intercept=intercept, **STRICT).fit(X, Y)
    assert fitted.classes_.tolist() == theirs.classes_.tolist() == ["no", "yes"]
    assert fitted.coef_ == pytest.approx(theirs.coef_, rel=1e-12)
    assert fitted.intercept_ == pytest.approx(np.ravel(theirs.intercept_), rel=1e-12, abs=1e-12)
    assert fitted.method_ == "laplace"
    assert fitted.k_hat_ < 0.7


def by_quadrature(at, sd, rows=X[:12, :1], yes=Y[:12] == "yes"):
    """Posterior mean and sd of the probability at ``at`` with one slope and no intercept, on a grid."""
    w = np.linspace(-12 * sd, 12 * sd, 20_001)
    eta = rows * w
    logp = np.where(yes[:, np.newaxis], -np.logaddexp(0, -eta), -np.logaddexp(0, eta))
    density = logp.sum(axis=0) - 0.5 * (w / sd) ** 2
    p = np.exp(density - density.max())
    p /= p.sum()
    mu = 1 / (1 + np.exp(-at * w))
    mean = float(mu @ p)
    return mean, float(np.sqrt(((mu - mean) ** 2) @ p)), w[np.searchsorted(np.cumsum(p), [0.055, 0.945])]


@pytest.mark.parametrize("at", [0.5, -2.0])
def test_probabilities_are_posterior_means_and_not_those_of_the_mode(at):
    """Twelve rows and one slope, where an integral says what they are."""
    fitted = PosteriorClassifier(Normal(2.0), fit_intercept=False, draws=5_000).fit(X[:12, :1], Y[:12])
    mean, sd, ends = by_quadrature(at, 2.0)
    both, our_sd = fitted.predict_proba([[at]], return_sd=True)
    error = sd / np.sqrt(fitted.effective_draws_)
    assert fitted.effective_draws_ > 4_000
    assert abs(both[0, 1] - mean) < 5 * error
    assert abs(our_sd[0] - sd) < 5 * error
    assert both.sum() == pytest.approx(1.0)
    at_mode = 1 / (1 + np.exp(-at * fitted.coef_[0, 0]))
    assert abs(at_mode - mean) > 5 * error  # control: the plug-in probability is another number
    low, high = fitted.predict_interval([[at]])[0]
    exact = np.sort(1 / (1 + np.exp(-at * ends)))
    # an end errs by sqrt(p (1 - p) / draws) over the density there, which is about 0.1 / sd
    assert np.abs([low - exact[0], high - exact[1]]).max() < 5 * 0.23 / np.sqrt(fitted.effective_draws_) * sd / 0.1


def test_whole_weights_are_repeated_rows_and_others_are_refused():
    q = RNG.integers(0, 4, 60)
    weighted = PosteriorClassifier().fit(X, Y, sample_weight=q)
    repeated = PosteriorClassifier().fit(np.repeat(X, q, axis=0), np.repeat(Y, q))
    assert weighted.coef_ == pytest.approx(repeated.coef_, rel=1e-10)
    assert weighted.predict_proba(X) == pytest.approx(repeated.predict_proba(X), rel=1e-8)
    with pytest.raises(BadInput, match="expected whole numbers"):
        PosteriorClassifier().fit(X, Y, sample_weight=q + 0.5)


def test_three_classes_are_refused_unless_each_is_asked_against_the_others():
    three = np.where(X[:, 0] > 1, "third", Y)
    with pytest.raises(BadInput, match="Only binary classification is supported") as refusal:
        PosteriorClassifier().fit(X, three)
    assert "\n" not in str(refusal.value)
    assert OneVsRestClassifier(PosteriorClassifier(draws=100)).fit(X, three).predict_proba(X).shape == (60, 3)


def test_separated_classes_have_no_mode_under_a_flat_prior():
    with pytest.raises(BadInput, match="no highest point"):
        PosteriorClassifier(Flat()).fit(X, np.where(X[:, 0] > 0, 1, 0))


def test_a_poisson_regressor_is_the_mode_and_predicts_the_mean_rate():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is asked for more than it promises
        theirs = PoissonRegressor(alpha=1 / 60, **STRICT).fit(X, COUNT)
    fitted = PosteriorRegressor(likelihood=Poisson(), draws=5_000).fit(X, COUNT)
    assert fitted.coef_ == pytest.approx(theirs.coef_, rel=1e-12)
    mean, sd = fitted.predict(X, return_std=True)
    rates, spread = fitted.rows_.expected(X)
    assert mean == pytest.approx(rates)
    # total variance of a count: the mean rate, and the variance of the rate; a simulated one errs by its own draws
    assert sd**2 == pytest.approx(rates + spread**2, rel=0.15)
    low, high = fitted.predict_interval(X, prob=0.89).T
    assert ((low <= COUNT) & (high >= COUNT)).mean() > 0.8
    assert (high > mean).all()
    assert fitted.sample(5).shape == (5, 3)
    with pytest.raises(BadInput, match="whole counts"):
        PosteriorRegressor(likelihood=Poisson()).fit(X, COUNT + 0.5)
    with pytest.raises(BadInput, match="has no sigma"):
        PosteriorRegressor(likelihood=Poisson(), noise_sd=2.0).fit(X, COUNT)


@pytest.mark.slow
def test_a_kink_is_drawn_by_nuts():
    fitted = PosteriorClassifier(Laplace(0.5), draws=500, chains=2).fit(X, Y)
    assert (fitted.method_, fitted.k_hat_) == ("nuts", np.inf)
    assert fitted.result_.certificate.passed
