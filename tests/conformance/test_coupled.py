"""A prior that couples the slopes, is not Normal and has no marginal goes through every check and a whole run."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln

from conformance import checks
from conformance.places import points
from mapsto import Normal, Settings, Unsupported, run
from mapsto.engines.direct import solve as via_direct
from mapsto.engines.direct.irls import local_mode
from mapsto.engines.sklearn import recipe
from mapsto.posteriors.closed_form import closed_form
from mapsto.priors import Prior
from mapsto.report import render


@cache
def log_normaliser(p):
    """Log of the integral of exp(-r^2 / 2 - sqrt(1 + r^2)) over p dimensions, in spherical coordinates."""
    sphere = np.log(2) + 0.5 * p * np.log(np.pi) - gammaln(0.5 * p)
    radial, _ = quad(
        lambda r: r ** (p - 1) * np.exp(-0.5 * r**2 - np.sqrt(1 + r**2)), 0, 40, epsabs=0, epsrel=1e-13, limit=500
    )
    return float(sphere + np.log(radial))


@dataclass(frozen=True)
class Joint(Prior):
    """phi(w) = r^2 / 2 + sqrt(1 + r^2) - 1 of the length r = ||w|| / scale alone: the slopes shrink together."""

    scale: float

    name = "joint"
    penalty_formula = r"\frac{\lVert w\rVert^2}{2s^2}+\sqrt{1+\lVert w\rVert^2/s^2}-1"
    formula = r"c\exp\left(1-\frac{\lVert w\rVert^2}{2s^2}-\sqrt{1+\lVert w\rVert^2/s^2}\right)"
    reference = "this test"
    paragraph = "All slopes are small together or none is."
    separable = False

    @classmethod
    def examples(cls, p):
        return cls(0.5), cls(20.0)

    def log_density(self, w):
        r2 = (w / self.scale) @ (w / self.scale)
        return float(-0.5 * r2 - np.sqrt(1 + r2) - log_normaliser(len(w)) - len(w) * np.log(self.scale))

    def penalty(self, w):
        r2 = np.sum(w**2) / self.scale**2
        return float(r2 / 2 + r2 / (1 + np.sqrt(1 + r2)))

    def stationarity(self, w, gradient):
        r2 = np.sum(w**2) / self.scale**2
        return np.abs(gradient + w / self.scale**2 * (1 + 1 / np.sqrt(1 + r2)))

    def expression(self, w, xp, p):
        r2 = xp.sum((w / self.scale) ** 2)
        return -r2 / 2 - xp.sqrt(1 + r2) - (log_normaliser(p) + p * float(np.log(self.scale)))


EXAMPLES = [Joint(0.5), Joint(20.0)]
coupled = pytest.mark.parametrize("prior", EXAMPLES, ids=repr)


@coupled
@pytest.mark.parametrize("name", checks.ALONE)
def test_alone(prior, name):
    checks.ALONE[name](prior, 2)


def test_a_coupling_that_is_not_stated_is_caught():
    class Unstated(Joint):
        separable = True

    with pytest.raises(AssertionError, match="separable"):
        checks.is_labelled_right(Unstated(0.5), 2)


@coupled
@pytest.mark.parametrize("name", checks.BESIDE_DATA)
@pytest.mark.parametrize("table", ["tall", "wide", "collinear"])
def test_beside_data(prior, name, table, tables):
    checks.BESIDE_DATA[name](checks.rows(tables[table]), prior)


@coupled
def test_the_direct_search_ends_where_no_product_over_slopes_would(prior, tables):
    problem = checks.rows(tables["tall"])
    mode = via_direct.solve(problem, prior)
    checks.is_stationary(problem, prior, mode.coef)
    assert isinstance(closed_form(problem, prior), Unsupported)
    assert isinstance(recipe(problem, prior), Unsupported)
    for wrong in checks.wrong_answers(problem, prior, mode.coef, via_direct.solve).values():
        with pytest.raises(AssertionError, match="is_stationary"):
            checks.is_stationary(problem, prior, wrong)
    far = local_mode(problem, prior, 100.0 * np.ones(problem.p))
    checks.is_stationary(problem, prior, far)


def test_the_curvature_has_entries_off_the_diagonal():
    w = points(EXAMPLES[0], 3)[2]
    H = EXAMPLES[0].curvature(w)
    u = w / EXAMPLES[0].scale
    r = np.sqrt(1 + u @ u)
    expected = (np.eye(3) * (1 + 1 / r) - np.outer(u, u) / r**3) / EXAMPLES[0].scale ** 2
    assert np.abs(H - expected).max() <= 1e-8 * np.abs(expected).max()
    assert np.abs(np.diag(np.diag(H)) - expected).max() > 1e-3 * np.abs(expected).max()  # control


def test_a_whole_run_passes_and_the_page_leaves_the_curve_out(tables):
    result = run(checks.rows(tables["tall"]), Joint(0.5), settings=Settings(draws=500, chains=2))
    assert result.certificate.passed, [check for check in result.certificate.checks if not check.passed]
    assert set(result.modes) >= {"pymc", "direct"}
    record = result.record()
    assert record.prior_view is None
    assert "The prior of one slope" not in render(record)
    alone = run(checks.rows(tables["tall"]), Normal(0.5), settings=Settings(draws=100, chains=2)).record()
    assert "The prior of one slope" in render(alone)  # control
