"""What is no penalised likelihood that is read gets one short line that says what to do; few levels are sampled."""

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import (
    Lars,
    LogisticRegression,
    Perceptron,
    QuantileRegressor,
    RANSACRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC, LinearSVR

from mapsto import BadInput, Flat, Poisson, Problem, Settings, audit, run

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 2))
Y = X @ [1.0, 0.5] + RNG.standard_normal(40)
CLASSES = (Y > 0).astype(int)
LOG = sm.families.Poisson()
COUNTS = RNG.poisson(np.exp(0.3 * X[:, 0]))
CONST = sm.add_constant(X)

CASES = {
    "ridge of labels": (lambda: RidgeClassifier().fit(X, CLASSES), CLASSES, "fit LogisticRegression"),
    "gradient steps": (lambda: SGDClassifier().fit(X, CLASSES), CLASSES, "LogisticRegression.C=1/.n alpha.."),
    "perceptron": (lambda: Perceptron().fit(X, CLASSES), CLASSES, "no penalised likelihood"),
    "hinge": (lambda: SVC().fit(X, CLASSES), CLASSES, "no probability of a class"),
    "epsilon": (lambda: LinearSVR().fit(X, Y), Y, "fit HuberRegressor or Ridge"),
    "search": (lambda: GridSearchCV(Ridge(), {"alpha": [1, 2]}).fit(X, Y), Y, "best_estimator_"),
    "several": (lambda: OneVsRestClassifier(LogisticRegression()).fit(X, CLASSES), CLASSES, "one of them"),
    "calibrated": (lambda: CalibratedClassifierCV(LogisticRegression()).fit(X, CLASSES), CLASSES, "the classifier"),
    "transformed": (lambda: TransformedTargetRegressor(Ridge()).fit(X, Y), Y, "regressor_"),
    "subsets": (lambda: RANSACRegressor().fit(X, Y), Y, "subsets of the rows"),
    "greedy": (lambda: Lars().fit(X, Y), Y, "fit Lasso"),
    "trees": (lambda: RandomForestRegressor(2).fit(X, Y), Y, "no penalised linear model"),
    "Logit.fit": (lambda: sm.Logit(CLASSES, CONST).fit(disp=0), CLASSES, "a fitted Logit: .*flat prior"),
    "GLM.fit": (
        lambda: sm.GLM(COUNTS, CONST, family=LOG).fit(),
        COUNTS,
        "a fitted GLM: .*no penalty",
    ),
    "QuantReg": (lambda: sm.QuantReg(Y, CONST).fit(), Y, "QuantileRegressor"),
    "RLM": (lambda: sm.RLM(Y, CONST).fit(), Y, "HuberRegressor"),
    "a model": (lambda: sm.OLS(Y, X), Y, "not fitted"),
    "a class": (lambda: Ridge, Y, "the class Ridge itself"),
    "a dict": (dict, Y, "expected an estimator after its fit"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_audit_of_it_is_refused_in_one_short_line_that_says_what_to_do(case):
    made, y, said = CASES[case]
    with pytest.raises(BadInput, match=said) as refusal:
        audit(made(), CONST if "." in case or case in ("QuantReg", "RLM") else X, y)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_eight_rows_in_two_groups_are_sampled():
    """Between the levels of a quantile regression a coordinate is flat, and there nutpie refuses to start."""
    groups = np.repeat([[0.0], [1.0]], 4, axis=0)
    y = np.array([1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0])
    result = audit(QuantileRegressor(quantile=0.5, alpha=0.01).fit(groups, y), groups, y, settings=Settings(seed=1))
    assert [check.name for check in result.certificate.checks if not check.passed] == []
    assert result.summary.divergences == 0
    # 0.5 |r| / sigma with sigma = 0.5 and Laplace(6.25): the posterior mean of the slope by a sum over a fine grid
    w, b = np.meshgrid(np.linspace(-20, 30, 1_001), np.linspace(-20, 25, 901), indexing="ij")
    loss = sum(np.abs(yi - b - xi * w) for xi, yi in zip(groups[:, 0], y, strict=True))
    sigma, scale = result.problem.noise_sd, result.prior.scale
    height = np.exp(-0.5 * loss / sigma - np.abs(w) / scale)
    mean = float((w * height).sum() / height.sum())
    assert abs(result.summary.mean[0] - mean) <= 5 * result.summary.mcse_mean[0]


def test_a_flat_prior_under_a_link_says_why_it_has_no_draws():
    result = run(Problem.from_rows(X, COUNTS, likelihood=Poisson()), Flat(), engines=["direct", "pymc"])
    assert "a proper prior, however wide, has draws" in result.draws["pymc"].reason
