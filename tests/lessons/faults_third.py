"""The faults of the lessons on other likelihoods."""

from dataclasses import replace

import numpy as np

from lessons.tamper import another_prior_in_place_of, draws, modes, other, shuffled, sigma_times, summary, table, term
from mapsto import Gaussian, NegativeBinomial, doctors


def another_likelihood(result):
    """The rows under Gaussian noise."""
    return replace(result, problem=result.problem.with_likelihood(Gaussian()))


def a_narrower_likelihood(result):
    """The likelihood that the lesson compares with, in place of Poisson."""
    return replace(result, problem=doctors(NegativeBinomial(size=10.0)))


def a_smaller_error(X, y):
    """Stack loss with an error of 10 in the place of 40."""
    return X, y - 30 * (np.arange(len(y)) == 9)


def at_its_mean(result):
    """The mode put where the posterior's mean is, as the draws have it."""
    middle = result.summary.mean[:1]
    return modes(lambda w: 0 * w + middle)(result)


def at_its_mode(result):
    """Draws said to be about the mode."""
    return summary(mean=np.append(result.mode.coef, result.mode.intercept))(result)


THIRD = {
    ("logistic-prior", "c-is-a-prior-variance"): another_likelihood,
    ("logistic-prior", "a-free-intercept-takes-any-origin"): modes(lambda w: 1.001 * w),
    ("logistic-prior", "a-penalised-one-does-not"): modes(lambda w: w - [0.5, 1.3, 1.6]),
    ("logistic-prior", "the-columns-separate-the-patients"): table(shuffled),
    ("logistic-prior", "without-a-prior-it-climbs-for-ever"): table(shuffled),
    ("logistic-prior", "the-prior-decides-the-size"): table(shuffled),
    ("counts", "the-mode-keeps-the-deaths"): modes(lambda w: 1.001 * w),
    ("counts", "the-ratio-falls-with-age"): draws("posterior", lambda d: -d),
    ("counts", "log-y-factorial-moves-nothing"): term("saturated likelihood", lambda value: value / 2),
    ("counts", "by-its-loss-the-negative-binomial-wins"): a_narrower_likelihood,
    ("counts", "by-its-likelihood-poisson-wins"): modes(lambda w: 1.2 * w),
    ("robust", "gaussian-noise-follows-the-error"): table(a_smaller_error),
    ("robust", "and-its-width-does-not-tell"): sigma_times(1.001),
    ("robust", "huber-follows-only-so-far"): sigma_times(100),
    ("robust", "student-t-comes-back"): sigma_times(100),
    ("robust", "its-mode-is-that-of-weights"): modes(lambda w: 1.001 * w),
    ("robust", "the-wrong-day-hardly-counts"): sigma_times(100),
    ("robust", "robust-posteriors-stay"): other("Huber", summary(mean=np.zeros(4))),
    ("median", "one-mode"): modes(lambda w: 1.001 * w),
    ("median", "another-width"): another_prior_in_place_of("wider"),
    ("median", "the-correction-depends-on-it-less"): other("wider", draws("posterior", lambda d: 3 * d)),
    ("median", "and-is-nearer-to-rows-drawn-again"): other("wider", sigma_times(0.1)),
    ("median", "the-scale-is-the-mean-loss"): sigma_times(100),
    ("where-laplace-lies", "the-integral-is-done"): modes(lambda w: w + 20),
    ("where-laplace-lies", "nuts-is-right-at-every-size"): other("100", at_its_mode),
    ("where-laplace-lies", "the-mode-is-not-the-mean"): at_its_mean,
    ("where-laplace-lies", "a-tail-is-cut-off"): at_its_mean,
    ("where-laplace-lies", "the-shift-falls-as-a-root"): other("1,000", modes(lambda w: 0.99 * w)),
    ("where-laplace-lies", "width-and-evidence-come-right-faster"): other("1,000", modes(lambda w: 0.99 * w)),
}
