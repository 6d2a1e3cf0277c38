"""What a run writes, in megabytes."""

import tempfile
from pathlib import Path

import numpy as np
from scenario import Pair, scenario

import mapsto as mt


def written(problem, prior):
    """The draws' file of a run of the problem."""
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "draws.nc"

    def ours():
        from mapsto.posteriors.datatree import write_tree

        write_tree(mt.run(problem, prior).posterior, path, problem.n, seed=1)
        return folder

    return Pair(ours, size=lambda: path.stat().st_size)


@scenario("the draws of a lesson's run, 442 x 10, megabytes", goal=3.0)
def file_of_a_lesson():
    return written(mt.diabetes(), mt.Normal(scale=20.0))


@scenario("the draws of 100,000 x 10, megabytes", goal=10.0)
def file_of_many_rows():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((100_000, 10))
    return written(
        mt.Problem.from_rows(X, X @ np.ones(10) + rng.standard_normal(100_000), noise_sd=1.0), mt.Laplace(1.0)
    )
