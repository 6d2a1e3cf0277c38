"""The same fits made by MASS lm.ridge and glmnet (see elsewhere.R), on awkward, wide and collinear tables."""

import json
from pathlib import Path

import numpy as np
import pytest

from audit import awkward
from mapsto import Laplace, Unsupported
from mapsto.certificate import Conditioning, backward_error
from mapsto.conventions import prior_of
from mapsto.engines import closed_form as via_closed_form
from mapsto.engines.direct import solve as via_direct
from mapsto.outcome import Estimate
from mapsto.posteriors.exact import gaussian
from mapsto.runs.audit import Asked, table_experiment

ELSEWHERE = json.loads((Path(__file__).parent / "elsewhere.json").read_text(encoding="utf-8"))
SIGMA = 50.0


def asked(name):
    """What the audit is asked for, so that it is the same fit: the arithmetic of `mapsto.conventions`'s table."""
    lambda_ = ELSEWHERE[name]["lambda"]
    standardize = name == "lm.ridge" or "standardized" in name
    if name == "lm.ridge":
        return Asked(alpha=lambda_, standardize=standardize)
    if name == "lm weighted":
        return Asked(alpha=0.0)
    y = table_of(name)[2]
    q = heavy(y) if "weighted" in name else np.ones(len(y))
    if "ridge" in name:
        sd_y = np.sqrt(np.average((y - np.average(y, weights=q)) ** 2, weights=q))
        return Asked(alpha=q.sum() * lambda_ / sd_y, standardize=standardize)
    return Asked(prior=Laplace(scale=SIGMA**2 / (q.sum() * lambda_)), noise_sd=SIGMA, standardize=standardize)


def table_of(name):
    return awkward.wide() if "ridge" in name else awkward.tall()


def heavy(y):
    """The weights that elsewhere.R takes."""
    return 1.0 + np.arange(len(y)) % 4


@pytest.mark.parametrize("name", [name for name in ELSEWHERE if name != "versions"])
def test_an_audit_has_the_mode_that_r_has(tmp_path, name):
    names, X, y = table_of(name)
    q = {"weight": heavy(y)} if "weighted" in name else {}
    path = awkward.write_csv(tmp_path / "awkward.csv", names, X, y, q)
    experiment = table_experiment(path, awkward.TARGET, asked=asked(name), weights=next(iter(q), None))
    problem, prior = experiment.problem(), experiment.prior
    solution = via_closed_form.solve(problem, prior)
    mode = via_direct.solve(problem, prior) if isinstance(solution, Unsupported) else solution.mode
    intercept, *coef = ELSEWHERE[name]["coef"]
    theirs = Estimate(np.array(coef), intercept)
    conditioning = Conditioning.of(problem, prior, gaussian(problem, prior), [mode])
    assert backward_error(problem, prior, theirs, conditioning.unit) <= conditioning.backward
    apart = np.abs((mode.coef - theirs.coef) * conditioning.unit).max() / np.abs(mode.coef * conditioning.unit).max()
    assert apart <= conditioning.within(mode, theirs) * conditioning.condition < 1e-6
    assert ((mode.coef == 0) == (theirs.coef == 0)).all()
    # controls: another intercept, and a slope that is a thousandth off
    off = Estimate(theirs.coef, intercept + 1e-6)
    assert backward_error(problem, prior, off, conditioning.unit) > conditioning.backward
    off = Estimate(theirs.coef * 1.001, intercept)
    assert backward_error(problem, prior, off, conditioning.unit) > conditioning.backward


def test_the_prior_is_the_one_that_prior_of_reads_off_rs_numbers(tmp_path):
    names, X, y = awkward.wide()
    path = awkward.write_csv(tmp_path / "awkward.csv", names, X, y)
    read = {
        "lm.ridge": prior_of.lm_ridge(lambda_=3.5, sd_x=X.std(axis=0)),
        "glmnet ridge standardized": prior_of.glmnet(
            lambda_=20, alpha=0, n=len(y), sd_x=X.std(axis=0), sd_y=float(y.std())
        ),
    }
    for name, implied in read.items():
        experiment = table_experiment(path, awkward.TARGET, asked=asked(name))
        scale = implied.prior(experiment.problem().noise_sd).scale
        np.testing.assert_allclose(experiment.prior.scale, scale, rtol=16 * np.finfo(float).eps)
