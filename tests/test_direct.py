"""The direct solve under smooth penalties: reweighted ridge and Newton, and its many starts."""

import numpy as np
import pytest
from scipy.optimize import minimize

from conformance import checks
from conformance.answers import bent
from mapsto import Cauchy, GroupLaplace, Laplace, Logistic, Problem, StudentT, Unsupported
from mapsto.engines.direct import solve as via_direct
from mapsto.engines.direct.irls import local_mode, reweighted_ridge
from mapsto.priors.base import Prior
from mapsto.rounding import gamma

SMOOTH = [
    Cauchy(0.5),
    Cauchy(20.0),
    StudentT(0.5),
    StudentT(20.0, 2.5),
    StudentT(1.0, 30.0),
    Logistic(0.5),
    Logistic(20.0),
]


def loss(problem, prior):
    s = problem.statistics
    return lambda w: problem.objective(w, s.best_intercept(w), prior.penalty(w)) / (2 * problem.noise_sd**2)


def one_column(x, y, noise_sd=1.0):
    return Problem.from_rows(np.asarray(x, dtype=float)[:, np.newaxis], y, noise_sd=noise_sd, intercept=False)


def stationary_points(problem, prior):
    """All w where c (w - w0) + 2 w / (s^2 + w^2) = 0, for one column and a Cauchy prior: the real roots of a cubic."""
    s = problem.statistics
    c = float(s.R[0, 0] ** 2) / problem.noise_sd**2
    w0 = float(s.z[0] / s.R[0, 0])
    s2 = prior.scale**2
    roots = np.roots([c, -c * w0, c * s2 + 2, -c * w0 * s2])
    return np.sort(roots[np.abs(roots.imag) < 1e-9].real)


@pytest.mark.parametrize("prior", SMOOTH, ids=repr)
@pytest.mark.parametrize("name", ["tall", "wide", "collinear", "single"])
def test_the_mode_is_no_higher_than_scipys(prior, name, tables, rng):
    """L-BFGS on our penalty and its slope, from many starts, never ends below."""
    problem = checks.rows(tables[name])
    found = via_direct.solve(problem, prior)
    checks.is_stationary(problem, prior, found.coef)
    J = loss(problem, prior)

    def gradient(w):
        return problem.data_gradient(w) + prior.slope(w)

    ols = np.linalg.lstsq(problem.statistics.R, problem.statistics.z)[0]
    starts = [ols, *(ols * rng.choice([0.01, 1.0, 2.0], problem.p) for _ in range(5))]
    ends = [minimize(J, start, jac=gradient, method="L-BFGS-B", options={"ftol": 1e-15}).fun for start in starts]
    assert J(found.coef) <= min(ends) + gamma(100) * (abs(min(ends)) + problem.statistics.z @ problem.statistics.z)
    assert J(1.01 * found.coef) > J(found.coef)  # control: the loss can tell


@pytest.mark.parametrize(("at", "modes"), [(0.5, 1), (6.0, 1), (20.0, 2)])
def test_the_modes_of_one_column_are_the_roots_of_a_cubic(at, modes):
    """A weak measurement far out under a narrow Cauchy: a peak at the prior, a peak at the data, a valley between."""
    noise = {0.5: 1.0, 6.0: 1.0, 20.0: 6.0}[at]
    problem, prior = one_column([1.0, 0.0], [at, 0.0], noise_sd=noise), Cauchy(0.2)
    roots = stationary_points(problem, prior)
    J = loss(problem, prior)
    tops = roots[::2]  # stationary points of one variable are peaks and valleys in turn
    assert len(tops) == modes
    found = via_direct.solve(problem, prior)
    best = min(tops, key=lambda w: J(np.array([w])))
    assert abs(found.coef[0] - best) <= 1e-9 * abs(best)  # np.roots is good to the root of rounding at worst
    assert found.modes == modes
    assert found.starts == via_direct.STARTS
    for top in tops:  # and from beside each of them the search goes there
        near = local_mode(problem, prior, np.array([top * 1.1]))
        assert abs(near[0] - top) <= 1e-9 * abs(top)


def test_two_slopes_have_the_product_of_their_modes():
    """Orthogonal columns, each with two modes: four, of which the highest is kept."""
    x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    problem = Problem.from_rows(x, [20.0, 21.0, 0.0], noise_sd=6.0, intercept=False)
    found = via_direct.solve(problem, Cauchy(0.2))
    assert found.modes == 4
    J = loss(problem, Cauchy(0.2))
    each = [stationary_points(one_column([1.0, 0.0], [at, 0.0], 6.0), Cauchy(0.2))[::2] for at in (20.0, 21.0)]
    losses = [J(np.array([a, b])) for a in each[0] for b in each[1]]
    assert abs(J(found.coef) - min(losses)) <= gamma(100) * abs(min(losses))


def test_a_convex_penalty_is_searched_once(tables):
    found = via_direct.solve(checks.rows(tables["tall"]), Logistic(0.5))
    assert (found.starts, found.modes) == (1, 1)


def test_the_same_search_for_everyone(tables):
    problem = checks.rows(tables["tall"])
    first, again = (via_direct.solve(problem, Cauchy(0.5)) for _ in range(2))
    assert np.array_equal(first.coef, again.coef)


@pytest.mark.parametrize("prior", SMOOTH, ids=repr)
def test_reweighting_never_raises_the_loss(prior, tables):
    """What makes it a majorisation: ridge with weights slope / w goes downhill from anywhere (Newton left out)."""
    problem = checks.rows(tables["tall"])
    J, w = loss(problem, prior), np.array([3.0, -40.0, 0.1, 7.0])
    losses = []
    for _ in range(25):
        losses.append(J(w))
        w = reweighted_ridge(problem, prior, w)
    assert (np.diff(losses) <= gamma(1_000) * np.abs(losses[:-1])).all()
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("prior", SMOOTH, ids=repr)
def test_the_curvature_is_the_second_derivative(prior):
    w = np.array([0.0, 0.3, -2.0, 50.0])
    expected = {
        "cauchy": lambda s, w: 2 * (s**2 - w**2) / (s**2 + w**2) ** 2,
        "logistic": lambda s, w: 0.5 / s**2 / np.cosh(w / (2 * s)) ** 2,
        "student_t": lambda s, w: (prior.df + 1) * (prior.df * s**2 - w**2) / (prior.df * s**2 + w**2) ** 2,
    }[prior.name](prior.scale, w)
    # central differences of the slope over 1e-5 widths: 1e-10 of the third derivative, 1e-11 of rounding
    assert (np.abs(np.diag(prior.curvature(w)) - expected) <= 1e-9 * np.abs(expected).max()).all()
    assert (np.abs(1.001 * np.diag(prior.curvature(w)) - expected) > 1e-9 * np.abs(expected).max()).any()
    assert np.abs(np.diag(bent(prior, w)) - expected).max() <= 1e-4 * np.abs(expected).max()  # the tests' own yardstick


def test_a_kinked_prior_without_its_shape_has_the_mode_that_it_has_with_it(tables):
    class Shapeless(Laplace):
        def piecewise_quadratic(self, p):
            return None

    problem = checks.rows(tables["tall"])
    found, known = (via_direct.solve(problem, prior) for prior in (Shapeless(0.15), Laplace(0.15)))
    assert (known.coef == 0).any()
    assert ((found.coef == 0) == (known.coef == 0)).all()
    size = np.linalg.norm(known.coef) * np.linalg.cond(problem.statistics.R) ** 2
    assert np.linalg.norm(found.coef - known.coef) <= gamma(problem.n + 100) * size


def test_kinks_of_coupled_slopes_without_their_shape_are_not_solved_and_it_is_said_why(tables):
    class Shapeless(GroupLaplace):
        def group_norms(self, p):
            return None

    outcome = via_direct.solve(checks.rows(tables["tall"]), Shapeless((1, 1, 2, 2), 1.0))
    assert isinstance(outcome, Unsupported)
    assert "state `group_norms`" in outcome.reason
    assert Prior.piecewise_quadratic(Logistic(1.0), 3) is None
