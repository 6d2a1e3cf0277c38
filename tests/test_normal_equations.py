"""Cross products give what reflections give, where they are allowed to."""

import numpy as np
import pytest

from mapsto import Normal, PosteriorRegressor, Problem, exact_posterior
from mapsto.data import cross_products as room
from mapsto.data.cross_products import WELL_CONDITIONED, of_many_rows
from mapsto.data.statistics import BLOCK_ROWS, SufficientStatistics
from mapsto.rounding import gamma

ROWS = 2 * BLOCK_ROWS + 31


def tall(p=4, seed=5):
    rng = np.random.default_rng(seed)
    X = (rng.standard_normal((ROWS, p)) + np.linspace(-1, 1, p)) * np.geomspace(1e-3, 1e3, p)
    return X, 2.0 + X @ (1 / np.geomspace(1e-3, 1e3, p)) + rng.standard_normal(ROWS), rng.uniform(0.5, 2.0, ROWS)


def with_a_twin(X):
    """One column more, which differs from the first by a ten-thousandth of its length."""
    return np.column_stack([X, X[:, 0] + 1e-7 * np.random.default_rng(9).standard_normal(ROWS)])


def apart(one, other):
    """How far two triangular factors are from each other, signs of rows aside, in units of each column's length."""
    a, b = (np.abs(np.column_stack([s.R, s.z])) for s in (one, other))
    return float((np.abs(a - b) / np.linalg.norm(b, axis=0)).max())


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("heavy", [True, False])
def test_they_are_the_statistics_of_the_reflections(centred, heavy):
    X, y, q = tall()
    weights = q if heavy else None
    quick = of_many_rows(X, y, centred=centred, weights=weights)
    slow = SufficientStatistics.from_rows(X, y, centred=centred, weights=weights)
    rounding = WELL_CONDITIONED**2 * gamma(ROWS)
    assert apart(quick, slow) <= rounding
    assert quick.residual_sum_of_squares == pytest.approx(slow.residual_sum_of_squares, rel=rounding)
    assert (quick.n, quick.centred) == (slow.n, slow.centred)
    assert quick.weight == pytest.approx(slow.weight, rel=gamma(ROWS))
    assert quick.log_weights == pytest.approx(slow.log_weights, rel=gamma(ROWS) * 100)
    np.testing.assert_allclose(quick.x_mean, slow.x_mean, atol=gamma(ROWS) * np.abs(X).max())
    moved = of_many_rows(X * (1 + 1e-9), y, centred=centred, weights=weights)  # control
    assert apart(moved, slow) > rounding


def test_columns_that_resemble_each_other_are_left_to_the_reflections(monkeypatch):
    X, y, _ = tall()
    near = with_a_twin(X)
    assert of_many_rows(near, y, centred=True) is None
    assert of_many_rows(np.column_stack([X, np.full(ROWS, 3.0)]), y, centred=True) is None
    assert of_many_rows(X, X[:, 0] + 1e-9 * y, centred=True) is None  # a fit that leaves next to nothing
    # control: without the bound there is an answer, and it is worse
    monkeypatch.setattr(room, "WELL_CONDITIONED", np.inf)
    rough = of_many_rows(near, y, centred=True)
    assert apart(rough, SufficientStatistics.from_rows(near, y, centred=True)) > WELL_CONDITIONED**2 * gamma(ROWS)


@pytest.mark.parametrize("collinear", [False, True])
def test_a_fit_of_many_rows_is_the_same_either_way(collinear):
    X, y, _ = tall()
    if collinear:
        X = with_a_twin(X)
    fitted = PosteriorRegressor(prior=Normal(1.0, per_sigma=True), noise_sd=1.0).fit(X, y)
    slow = exact_posterior(Problem.from_rows(X, y, noise_sd=1.0), Normal(1.0))
    unit = np.linalg.norm(slow.root, axis=0)
    condition = np.linalg.cond(slow.root / unit) ** 2
    off = np.abs((fitted.coef_ - slow.mean) * unit).max() / np.abs(slow.mean * unit).max()
    assert off <= 2 * fitted.problem_.rounding * condition
    assert fitted.certificate_.passed
