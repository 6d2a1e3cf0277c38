"""The faults of lessons 8 to 13."""

from dataclasses import replace

import numpy as np

from lessons.tamper import (
    a_mode_after_all,
    another_prior_in_place_of,
    centred,
    certificate,
    correlated,
    draws,
    exact,
    mean_doubled,
    mean_of_other_columns,
    mean_off,
    modes,
    of_column_one_only,
    other,
    prior,
    rows,
    shuffled,
    sigma_times,
    summary,
    table,
    times,
    width_doubled,
    width_off,
    with_rows,
)
from mapsto import Check, Normal, Problem, exact_posterior


def evenly_unknown(X, y):
    """Columns whose least known direction weighs all of them alike."""
    return X - 0.999 * X.mean(axis=1, keepdims=True), y


def nothing_to_tell(X, y):
    """A response about zero that no column tells: neither the intercept nor a slope is pulled."""
    X, y = shuffled(X, y)
    return X, y - y.mean()


def fewer_rows(X, y):
    return X[:15], y[:15]


def statistics_of_many_rows(result):
    """The rows with the statistics of a longer table of as many columns, which leaves no direction unseen."""
    rng = np.random.default_rng(0)
    long = Problem.from_rows(rng.standard_normal((60, result.problem.p)), rng.standard_normal(60), noise_sd=1.0)
    return replace(result, problem=with_rows(long, result.problem.X, result.problem.y))


def prior_moved_along(factor=1.0):
    """The posterior of the raw columns under the prior of the standardised ones; its mean times a factor."""

    def tampered(result):
        scale = 20.0 / np.std(result.problem.X, axis=0)
        right = exact_posterior(result.problem, Normal(scale=tuple(scale)))
        return replace(result, exact=replace(right, mean=factor * right.mean))

    return tampered


def half_the_noise(e):
    return e.problem.with_noise_sd(e.problem.noise_sd / 2)


def wider(v):
    return 1.2 * centred(v) + v.mean(("chain", "draw"))


A_FAILED_CHECK = certificate(Check("a-check", 1.0, 0.0, "Because."))

SECOND = {
    ("one-model-many-languages", "each-language-has-this-density"): rows(shuffled),
    ("one-model-many-languages", "a-mistake-is-no-constant"): exact(root=lambda e: 1e12 * e.root),
    ("one-model-many-languages", "a-mistake-moves-the-means"): exact(root=lambda e: 1e-6 * e.root),
    ("one-model-many-languages", "draws-are-of-this-posterior"): summary(mean=np.full(11, 1e3)),
    ("collinear", "mean-is-shrunk-least-squares"): mean_doubled,
    ("collinear", "width-of-each-direction"): width_off,
    ("collinear", "directions-are-independent"): correlated,
    ("collinear", "prior-variance-left-is-what-is-not-kept"): width_off,
    ("collinear", "count-of-unknown-directions"): width_doubled,
    ("collinear", "least-squares-is-less-sure-than-the-prior"): table(times(of_X=1e3)),
    ("collinear", "least-squares-runs-off-the-page"): table(times(of_X=2.0)),
    ("collinear", "ridge-moves-less"): table(of_column_one_only),  # least squares is right whichever row is left out
    ("collinear", "chief-pair-of-the-least-known"): table(evenly_unknown),
    ("more-columns-than-rows", "null-space-mean-is-the-prior-mean"): mean_off,
    ("more-columns-than-rows", "null-space-covariance-is-the-prior-covariance"): width_off,
    ("more-columns-than-rows", "width-of-each-direction"): width_off,
    ("more-columns-than-rows", "dual-is-primal"): rows(shuffled),
    ("more-columns-than-rows", "dual-is-the-posterior-mean"): mean_off,
    ("more-columns-than-rows", "null-space-leaves-the-fit-alone"): statistics_of_many_rows,
    ("more-columns-than-rows", "number-of-unseen-directions"): table(fewer_rows),
    ("more-columns-than-rows", "no-posterior-without-a-prior"): statistics_of_many_rows,
    ("sparse-mode", "alpha-of-that-lasso"): sigma_times(1.01),
    ("sparse-mode", "mode-has-exact-zeros"): modes(lambda w: w + 1e-9),
    ("sparse-mode", "zeros-are-held-by-the-kink"): sigma_times(0.5),
    ("sparse-mode", "posterior-has-no-zeros"): draws("posterior", lambda v: v.where(abs(v) > 0.1, 0.0)),
    ("sparse-mode", "zero-slopes-are-probably-not-near-zero"): draws("posterior", lambda v: v / 100),
    ("sparse-mode", "posterior-mean-is-not-zero"): draws("posterior", centred),
    ("sparse-mode", "r2d2-is-nearer-to-zero"): another_prior_in_place_of("R2D2"),
    ("sparse-mode", "horseshoe-is-certified"): other("horseshoe", A_FAILED_CHECK),
    ("sparse-mode", "horseshoe-divergences"): other("horseshoe", summary(divergences=1)),
    ("sparse-mode", "horseshoe-has-no-mode"): other("horseshoe", a_mode_after_all),
    ("sparse-mode", "r2d2-is-certified"): other("R2D2", A_FAILED_CHECK),
    ("sparse-mode", "r2d2-divergences"): other("R2D2", summary(divergences=1)),
    ("sparse-mode", "r2d2-has-no-mode"): other("R2D2", a_mode_after_all),
    ("prior-strength", "power-of-the-prior-is-another-prior"): prior(Normal(scale=20.02)),
    ("prior-strength", "power-is-alpha-times-as-large"): sigma_times(1.001),
    ("prior-strength", "tangent-of-the-path"): width_off,
    ("prior-strength", "tangent-is-the-covariance-with-the-log-prior"): draws("posterior", wider),
    ("prior-strength", "psense-is-the-exact-one"): draws("posterior", lambda v: 1.2 * v),
    ("prior-strength", "most-sensitive-column"): mean_of_other_columns,
    ("prediction", "full-predictive-covers-what-it-says"): mean_of_other_columns,
    ("prediction", "noise-alone-covers-less"): mean_of_other_columns,
    ("prediction", "noise-alone-falls-short"): exact(problem=half_the_noise),
    ("prediction", "full-is-wider-for-everyone"): exact(problem=half_the_noise),
    ("prediction", "full-predictive-is-the-draws"): draws("posterior_predictive", wider),
    ("prediction", "leave-one-out-is-a-refit"): width_off,
    ("prediction", "psis-pareto-k"): draws("log_likelihood", lambda v: 8 * v),
    ("prediction", "weights-have-a-variance"): width_doubled,
    ("prediction", "psis-loo-is-exact-loo"): draws("log_likelihood", lambda v: 1.1 * v),
    ("prediction", "loo-pit-is-exact-pit"): draws("posterior_predictive", lambda v: v + 30),
    ("prediction", "loo-pit-is-uniform"): table(times(of_y=2.0)),
    ("standardise-or-not", "prior-moved-along-is-the-same-model"): rows(times(of_y=1.001)),
    ("standardise-or-not", "prior-moved-along-has-the-same-width"): sigma_times(1.001),
    ("standardise-or-not", "prior-moved-along-has-the-same-evidence"): rows(times(of_y=1.001)),
    ("standardise-or-not", "prior-left-behind-is-another-prior"): mean_off,
    ("standardise-or-not", "answers-differ"): prior_moved_along(),
    ("standardise-or-not", "tightened-column-is-shrunk-more"): prior_moved_along(2.0),
    ("standardise-or-not", "penalised-intercept-is-the-mean-shrunk"): rows(times(of_y=1.001)),
    ("standardise-or-not", "free-intercept-ignores-the-origin"): rows(times(of_y=1.001)),
    ("standardise-or-not", "penalised-intercept-does-not"): table(nothing_to_tell),
}
