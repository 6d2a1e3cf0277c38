"""A fitted object that no convention reads: one line, with what to do instead."""

from __future__ import annotations

from typing import Any

SEARCH = "it only chose another; pass its best_estimator_, refitted on all rows"
SEVERAL = "it holds several fits; pass one of them with its own response"
HINGE = "its hinge loss is minus the logarithm of no probability of a class; fit LogisticRegression"
STEPS = "its updates are the minimum of no penalised likelihood, so there is no posterior; fit LogisticRegression"
INSENSITIVE = "the density of its epsilon-insensitive loss is not among the likelihoods; fit HuberRegressor or Ridge"
SQUARES = (
    "it fits squares to labels of -1 and 1, which is a likelihood of numbers and not of classes; fit "
    "LogisticRegression, or audit Ridge on those numbers"
)
GREEDY = "it stops after a number of columns, which is no penalty's minimum; fit Lasso or LassoLars"
SUBSETS = "it fits subsets of the rows, which is no likelihood of all; fit HuberRegressor"
NO_PENALTY = (
    "it has no penalty, which is a flat prior; audit the table under a prior (mapsto audit --likelihood ... "
    "--prior-scale ...), or pass the result of fit_regularized"
)

HINTS = {
    "GridSearchCV": SEARCH,
    "RandomizedSearchCV": SEARCH,
    "HalvingGridSearchCV": SEARCH,
    "HalvingRandomSearchCV": SEARCH,
    "OneVsRestClassifier": SEVERAL,
    "OneVsOneClassifier": SEVERAL,
    "MultiOutputRegressor": SEVERAL,
    "MultiOutputClassifier": SEVERAL,
    "CalibratedClassifierCV": "it shifts another's probabilities; pass the classifier itself, fitted on all rows",
    "TransformedTargetRegressor": "it fits another response; transform y, and pass its regressor_ with that",
    "RidgeClassifier": SQUARES,
    "RidgeClassifierCV": SQUARES,
    "SGDClassifier": (
        "its loss is a hinge unless asked otherwise, and its search ends only near the minimum; with "
        "loss='log_loss' fit LogisticRegression(C=1/(n alpha)) instead, which minimises the same"
    ),
    "Perceptron": STEPS,
    "PassiveAggressiveClassifier": STEPS,
    "PassiveAggressiveRegressor": STEPS.replace("LogisticRegression", "Ridge"),
    "LinearSVC": HINGE,
    "SVC": HINGE,
    "NuSVC": HINGE,
    "LinearSVR": INSENSITIVE,
    "SVR": INSENSITIVE,
    "NuSVR": INSENSITIVE,
    "Lars": GREEDY,
    "LarsCV": GREEDY,
    "OrthogonalMatchingPursuit": GREEDY,
    "OrthogonalMatchingPursuitCV": GREEDY,
    "RANSACRegressor": SUBSETS,
    "TheilSenRegressor": SUBSETS,
    "GLMResults": NO_PENALTY,
    "LogitResults": NO_PENALTY,
    "PoissonResults": NO_PENALTY,
    "NegativeBinomialResults": NO_PENALTY,
    "BinaryResults": NO_PENALTY,
    "CountResults": NO_PENALTY,
    "DiscreteResults": NO_PENALTY,
    "QuantRegResults": "it has no penalty; fit scikit-learn's QuantileRegressor, with alpha=0 for the same",
    "RLMResults": "its weights are no likelihood's; fit HuberRegressor, or audit the table with --likelihood huber",
    "MixedLMResults": "its effects of groups are not in a model of slopes alone",
}
"""By the name of a class, or of one that it derives from."""


def unread(fitted: Any) -> str:
    """The line for what came."""
    if isinstance(fitted, type):
        return f"prior_of does not know the class {fitted.__name__} itself: pass an instance after its fit(X, y)"
    inner = getattr(fitted, "_results", fitted)
    model = type(getattr(inner, "model", None)).__name__ if type(inner).__module__.startswith("statsmodels.") else ""
    came = f"prior_of does not know a {f'fitted {model}' if model else type(fitted).__qualname__}"
    for kind in type(inner).__mro__:
        if kind.__name__ in HINTS and kind.__module__.startswith(("sklearn.", "statsmodels.")):
            return f"{came}: {HINTS[kind.__name__]}"
    if hasattr(fitted, "fit_regularized"):
        return f"{came}: it is a model that is not fitted; pass the result of its fit_regularized(...)"
    if hasattr(fitted, "predict"):
        return (
            f"{came}: it is no penalised linear model with a convention here (prior_of.known lists those that are, "
            "CONTRIBUTING.md says how to add one)"
        )
    return f"{came}: expected an estimator after its fit, a result of statsmodels' fit_regularized, or a name"
