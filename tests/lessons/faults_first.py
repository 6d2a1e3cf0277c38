"""The faults of the first lessons, most of them on one table with one prior."""

from dataclasses import replace

import numpy as np

from lessons.tamper import (
    a_mode_after_all,
    exact,
    kept,
    mean_off,
    modes,
    prior,
    rows,
    shuffled,
    sigma_times,
    table,
    term,
    times,
    width_off,
)
from mapsto import Cauchy, Normal


def flatter(e):
    """Weights of the nodes that are too even."""
    return np.sqrt(e.weights) / np.sqrt(e.weights).sum()


def at_node(k):
    """All the weight at one node of the integral over sigma_w: the narrowest prior first, the widest last."""
    return lambda e: np.eye(len(e.weights))[k]


def one_weak_column(X, y):
    """A response that one column explains so little that the evidence hardly says how much."""
    return X[:, :1], np.random.default_rng(0).permutation(y) + 2 * X[:, 0]


def all_alike(X, y):
    """Columns that share most of what they say."""
    return X - 0.999 * X.mean(axis=1, keepdims=True), y


FIRST = {
    ("one-slope", "the-product-has-one-bump"): prior(Cauchy(scale=0.01)),
    ("one-slope", "it-is-highest-at-the-mode"): modes(lambda w: 1.1 * w),
    ("one-slope", "the-mode-by-hand"): modes(lambda w: 1.001 * w),
    ("one-slope", "the-width-by-hand"): width_off,
    ("one-slope", "its-logarithm-is-a-parabola"): width_off,
    ("one-slope", "drop-and-scale-gives-the-ridge-loss"): term("noise constant", lambda value: value / 2),
    ("one-slope", "ten-slopes-do-the-same"): prior(Normal(scale=0.5)),
    ("dropped-constants", "any-positive-factor-keeps-the-argmax"): modes(lambda w: 1.001 * w),
    ("dropped-constants", "any-positive-factor-keeps-the-width"): width_off,
    ("dropped-constants", "held-is-narrower-than-free"): exact(root=lambda e: 2 * e.root),
    ("dropped-constants", "minus-one-turns-it-into-a-minimum"): modes(lambda w: w + 1),
    ("dropped-constants", "half-sigma-squared-gives-the-posterior-width"): width_off,
    ("dropped-constants", "bare-loss-is-narrower-by-sigma-root-two"): sigma_times(1.001),
    ("dropped-constants", "with-its-constant-sigma-has-a-peak"): prior(Normal(scale=1.0)),
    ("dropped-constants", "without-it-sigma-grows-without-end"): term("noise constant", lambda value: value / 2),
    ("half-or-not", "exp-minus-lambda-w2-has-variance-half-over-lambda"): sigma_times(1.001),
    ("half-or-not", "exp-minus-half-lambda-w2-has-variance-one-over-lambda"): sigma_times(1.001),
    ("half-or-not", "every-reading-is-normalised"): prior(Normal(scale=20.0 * 2**0.5)),
    ("half-or-not", "each-lambda-is-one-prior-in-units-of-the-noise"): prior(Normal(scale=20.0 * 2**0.5)),
    ("half-or-not", "every-convention-has-the-same-mode"): modes(lambda w: 1.001 * w),
    ("half-or-not", "both-readings-have-one-mode"): mean_off,
    ("half-or-not", "their-widths-differ-by-root-two"): width_off,
    ("one-loss-many-posteriors", "one-mode-to-the-last-digit"): exact(mean=lambda e: e.mean * (1 + 1e-15)),
    ("one-loss-many-posteriors", "widths-in-proportion"): width_off,
    ("one-loss-many-posteriors", "the-loss-is-flat-in-sigma"): prior(Normal(scale=20.02)),
    ("one-loss-many-posteriors", "the-evidence-is-not"): modes(lambda w: 0 * w),
    ("back-from-the-posterior", "the-ledger-is-the-log-posterior"): term("evidence", lambda value: 0.0),
    ("back-from-the-posterior", "the-normalisers-follow-from-the-scales"): term("noise constant", lambda v: v / 2),
    ("back-from-the-posterior", "no-term-dropped-moves-the-peak"): modes(lambda w: w + 1),
    ("back-from-the-posterior", "each-step-is-one-lift"): term("prior constant", lambda value: value / 2),
    ("back-from-the-posterior", "the-loss-emerges"): term("noise constant", lambda value: value / 2),
    ("back-from-the-posterior", "misfit-and-penalty-are-all-that-is-kept"): kept("evidence"),
    ("which-mode", "every-route-refuses"): a_mode_after_all,
    ("which-mode", "joint-mode-runs-to-zero"): sigma_times(1e-4),  # where sigma_w is no longer small against sigma
    ("which-mode", "and-ends-above-the-local-mode"): sigma_times(1e-4),
    ("which-mode", "each-mode-is-the-top-of-its-density"): exact(weights=flatter),
    ("which-mode", "evidence-maximum-is-its-own-fixed-point"): sigma_times(1.001),
    ("which-mode", "a-mode-with-the-slopes-integrated-out-is-near"): exact(weights=at_node(-1)),
    ("which-mode", "and-its-widths-are-too-narrow"): exact(weights=at_node(0)),
    ("which-mode", "the-joint-mode-is-far"): exact(
        components=lambda e: tuple(replace(one, mean=0 * one.mean) for one in e.components)
    ),
    ("which-mode", "no-two-agree"): table(all_alike),
    ("choosing-alpha", "press-is-leave-one-out"): rows(shuffled),
    ("choosing-alpha", "ridgecv-is-press"): rows(shuffled),
    ("choosing-alpha", "ridgecv-chooses-the-same-alpha"): rows(times(of_X=2.0)),
    ("choosing-alpha", "folds-are-scikit-learns"): rows(shuffled),
    ("choosing-alpha", "gcv-is-leave-one-out-with-mean-leverage"): rows(times(of_X=2.0)),
    ("choosing-alpha", "every-choice-is-within-one-standard-error"): rows(times(of_X=2.0)),
    ("choosing-alpha", "bayesianridge-finds-our-evidence-maximum"): rows(times(of_X=2.0)),
    ("choosing-alpha", "evidence-of-alpha-is-the-exact-one"): rows(shuffled),
    ("choosing-alpha", "the-evidence-peaks-inside"): table(one_weak_column),
    ("choosing-alpha", "the-grid-holds-the-posterior-of-alpha"): table(times(of_X=1e3)),
    ("choosing-alpha", "integrated-intervals-cover"): sigma_times(1e4),
    # slopes that the data tell so well that alpha is of no account
    ("choosing-alpha", "plugged-in-evidence-covers-too-little"): table(times(of_X=1e3)),
    ("choosing-alpha", "plugged-in-gcv-covers-too-little"): table(times(of_X=1e3)),
}
