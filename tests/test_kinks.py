"""Climbing PyMC's density to exact zeros, and the active set that does the same from our own formulas."""

import itertools

import numpy as np
import pytensor
import pytest

from conformance import checks
from mapsto import ElasticNet, Flat, HalfNormal, Laplace, Problem
from mapsto.engines.direct.active_set import active_set
from mapsto.engines.pymc.densities.log_density import LogDensity
from mapsto.engines.pymc.model import statistics_model
from mapsto.engines.pymc.nonsmooth import maximise
from mapsto.priors import PiecewiseQuadratic


def at_point_density(problem, prior, start=None):
    with pytensor.config.change_flags(cxx=""):  # a few hundred calls are not worth a compiler
        density = LogDensity(statistics_model(problem, prior), problem.statistics.x_mean, as_sampled=False)
    x = density.start if start is None else start(density)
    return density.split(maximise(density, prior, x))[0], density


def brute(problem, shape):
    """The least objective over every support and every pattern of signs: 3^p small linear systems.

    On a given pattern the objective is quadratic; of the patterns whose own minimiser keeps to its signs, the best is
    the minimiser, since the objective is convex.
    """
    s, p = problem.statistics, problem.p
    gram, pull = s.R.T @ s.R / problem.noise_sd**2, s.R.T @ s.z / problem.noise_sd**2

    def value(w):
        return w @ gram @ w / 2 - pull @ w + shape.l1 @ np.abs(w) + shape.l2 @ w**2 / 2

    best, found = 0.0, np.zeros(p)
    for signs in itertools.product((0, 1) if shape.nonnegative else (-1, 0, 1), repeat=p):
        sign = np.array(signs, dtype=float)
        free = sign != 0
        w = np.zeros(p)
        if free.any():
            H = gram[np.ix_(free, free)] + np.diag(shape.l2[free])
            w[free] = np.linalg.lstsq(H, (pull - shape.l1 * sign)[free])[0]
        if (w * sign >= 0).all() and value(w) < best:
            best, found = value(w), w
    return found, best, value


def tables_of(p, rng):
    """Well-behaved, nearly collinear, wide and duplicated columns."""
    tall = rng.standard_normal((25, p))
    near = tall + 3 * tall[:, :1]
    wide = rng.standard_normal((max(2, p - 2), p))
    twice = tall[:, np.arange(p) // 2]
    return {"tall": tall, "near": near, "wide": wide, "twice": twice}


SHAPES = {
    "lasso": lambda p: PiecewiseQuadratic(np.full(p, 3.0), np.zeros(p)),
    "lassos of their own": lambda p: PiecewiseQuadratic(np.linspace(0.5, 6.0, p), np.zeros(p)),
    "elastic net": lambda p: PiecewiseQuadratic(np.full(p, 3.0), np.full(p, 2.0)),
    "ridge": lambda p: PiecewiseQuadratic(np.zeros(p), np.full(p, 2.0)),
    "least squares": lambda p: PiecewiseQuadratic(np.zeros(p), np.zeros(p)),
    "half normal": lambda p: PiecewiseQuadratic(np.zeros(p), np.full(p, 2.0), nonnegative=True),
    "nonnegative least squares": lambda p: PiecewiseQuadratic(np.zeros(p), np.zeros(p), nonnegative=True),
    "nonnegative lasso": lambda p: PiecewiseQuadratic(np.full(p, 2.0), np.zeros(p), nonnegative=True),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("p", [1, 2, 4, 5])
def test_the_active_set_is_the_best_of_all_supports(name, p, rng):
    shape = SHAPES[name](p)
    for X in tables_of(p, rng).values():
        y = X @ rng.choice([-1.0, 0.0, 0.3, 2.0], p) + 0.5 * rng.standard_normal(len(X)) + 1.0
        problem = Problem.from_rows(X, y, noise_sd=1.0)
        found, (right, best, value) = active_set(problem, shape), brute(problem, shape)
        size = (problem.statistics.z @ problem.statistics.z) * np.linalg.cond(X.T @ X + np.eye(p))
        assert value(found) <= best + checks.slack(problem) * size
        if right.any():
            assert value(1.01 * found) > value(found)  # control: the objective can tell
        if shape.nonnegative:
            assert (found >= 0).all()
        if shape.l2.all() or (name.startswith("lasso") and len(X) == 25 and np.linalg.matrix_rank(X) == p):
            assert ((found == 0) == (right == 0)).all()  # where there is one minimiser, its zeros are exact


def test_the_active_set_ends_on_columns_that_are_copies_or_nothing(rng):
    X = rng.standard_normal((6, 1))[:, np.zeros(8, dtype=int)] * [1, 1, -1, 2, 1, 0, 1, 1]
    problem = Problem.from_rows(X, X[:, 0] * 3 + [0.1, -0.1, 0.2, 0.0, -0.3, 0.1], noise_sd=1.0)
    for make in SHAPES.values():
        w = active_set(problem, make(8))
        assert np.isfinite(w).all()
        assert w[5] == 0.0  # a column of zeros pulls nowhere


@pytest.mark.parametrize("order", [7, 20_260_101])
@pytest.mark.parametrize("scale", [0.5, 20.0, 1e4])
@pytest.mark.parametrize("intercept", [True, False])
def test_with_more_columns_than_rows_in_any_order_both_end_at_the_mode(tables, order, scale, intercept):
    """More slopes can be let go than the data hold: a direction without curvature leads to a zero, not in circles."""
    X, y = tables["wide"]
    columns = np.random.default_rng(order).permutation(X.shape[1])
    problem, prior = Problem.from_rows(X[:, columns], y, noise_sd=1.0, intercept=intercept), Laplace(scale)
    direct = active_set(problem, prior.piecewise_quadratic(problem.p))
    climber, _ = at_point_density(problem, prior)
    for w in (direct, climber):
        checks.is_stationary(problem, prior, w)
        assert (w != 0).sum() <= len(y) - intercept
    assert ((direct == 0) == (climber == 0)).all()


@pytest.mark.parametrize("prior", [Laplace(0.15), ElasticNet(0.15, 0.4), HalfNormal(0.5)], ids=repr)
def test_where_the_climb_starts_does_not_move_its_end(tables, prior, rng):
    problem = checks.rows(tables["tall"])
    expected, density = at_point_density(problem, prior)
    assert 0 < (expected == 0).sum() < problem.p
    checks.is_stationary(problem, prior, expected)
    for _ in range(3):
        x = density.start + np.abs(10 * rng.standard_normal(len(density.start)))
        w = density.split(maximise(density, prior, x))[0]
        assert ((w == 0) == (expected == 0)).all()
        checks.is_stationary(problem, prior, w)


def test_a_tight_prior_holds_everything_and_a_vague_one_nothing(tables):
    problem = checks.rows(tables["tall"])
    assert (at_point_density(problem, Laplace(1e-3))[0] == 0.0).all()
    assert (at_point_density(problem, Laplace(1e3))[0] != 0.0).all()
    assert (active_set(problem, Laplace(1e-3).piecewise_quadratic(4)) == 0.0).all()


def test_the_zeros_are_zeros_and_not_small_numbers(tables):
    """Against least squares, which has none: the zeros come from the kink."""
    problem = checks.rows(tables["tall"])
    w = at_point_density(problem, Laplace(0.15))[0]
    held = w == 0
    assert held.any()
    gradient = np.abs(problem.data_gradient(w))
    assert (gradient[held] < 1 / 0.15).all()
    assert np.abs(gradient[~held] * 0.15 - 1).max() <= 1e-9
    assert (active_set(problem, Flat().piecewise_quadratic(4)) != 0).all()
