"""What is by row is kept for a sample of the rows with all draws, so that what is said of them stays right."""

import arviz as az
import numpy as np
import pytest

from mapsto import Normal, Problem, exact_posterior
from mapsto.posteriors import datatree
from mapsto.posteriors.datatree import posterior_tree, write_tree
from mapsto.posteriors.predictive import predictive, predictive_of_draws

N, CHAINS, DRAWS = 100_000, 4, 500


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(2)
    X = rng.standard_normal((N, 3))
    problem = Problem.from_rows(X, X[:, 0] + 0.7 * rng.standard_normal(N), noise_sd=0.7)
    exact = exact_posterior(problem, Normal(1.0))
    w, b = exact.draws(CHAINS * DRAWS, rng)
    draws = {"w": w.reshape(CHAINS, DRAWS, 3), "b": b.reshape(CHAINS, DRAWS)}
    return problem, exact, posterior_tree(problem, exact, draws, {}, 7)


def test_the_coverage_reported_is_the_nominal_one(drawn):
    problem, exact, tree = drawn
    of_draws = predictive_of_draws(problem, tree)
    rows = of_draws.rows
    assert len(rows) == datatree.MAX_NUMBERS // (CHAINS * DRAWS)
    error = np.sqrt(0.89 * 0.11 / len(rows))
    assert abs(of_draws.coverage - 0.89) < 4 * error
    known = predictive(problem, exact)
    assert abs(known.coverage - 0.89) < 4 * np.sqrt(0.89 * 0.11 / N)
    # an interval's end is off by its Monte Carlo error and by nothing that grows with the rows
    assert abs((of_draws.eti89 - known.eti89[rows]).mean()) < 0.01
    few = np.quantile(
        tree["posterior_predictive"]["y"].to_numpy().reshape(-1, len(rows))[:20], [0.055, 0.945], axis=0
    ).T
    y = problem.y[rows]
    assert ((few[:, 0] <= y) & (y <= few[:, 1])).mean() < 0.89 - 4 * error  # control: of twenty draws a row


def test_the_file_is_small_and_arviz_reads_it(drawn, tmp_path):
    problem, _, tree = drawn
    path = tmp_path / "drawn.nc"
    write_tree(tree, path, problem.n, 7)
    assert path.stat().st_size < 3e6
    with az.from_netcdf(path) as opened:
        read = opened.load()
    rows = read["log_likelihood"]["row"].to_numpy()
    assert read["log_likelihood"].attrs["rows_written"] == len(rows) == datatree.FILE_NUMBERS // (CHAINS * DRAWS)
    assert read["log_likelihood"].attrs["rows_of_the_table"] == N
    assert (read["observed_data"]["y"].to_numpy() == problem.y[rows]).all()
    assert (read["posterior"]["w"].to_numpy() == tree["posterior"]["w"].to_numpy()).all()
    whole = tree["log_likelihood"]["y"].sel(row=rows).to_numpy()
    np.testing.assert_allclose(read["log_likelihood"]["y"].to_numpy(), whole, rtol=1e-7)
    assert az.loo(read).n_data_points == len(rows)
    az.plot_ppc_dist(read)
    assert len(tree["log_likelihood"]["row"]) > len(rows)  # what is in memory is not touched
