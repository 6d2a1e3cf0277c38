"""Tables of many rows, in memory and in files."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet
from scenario import Pair, scenario
from sklearn.linear_model import Ridge

import mapsto as mt

BLOCK = 100_000


def table(n, p):
    """n rows of p correlated columns and a response."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n, p))
    X += 0.5 * X[:, [0]]
    return X, X @ np.linspace(-1, 1, p) + 2 * rng.standard_normal(n)


def files(n, p):
    """A Parquet and a CSV file of such a table, in a folder that goes with the process."""
    folder = tempfile.TemporaryDirectory()
    X, y = table(n, p)
    columns = pa.table({f"x{j}": X[:, j] for j in range(p)} | {"y": y})
    return folder, columns, Path(folder.name)


def scanned(path):
    """Scan a file and add up the cross products of its blocks."""
    total = 0.0
    for batch in pyarrow.dataset.dataset(path).to_batches(batch_size=BLOCK):
        block = np.column_stack([column.to_numpy() for column in batch.columns])
        total = total + block.T @ block
    return total


@scenario("Problem.from_rows, 1,000,000 x 50", peer="Ridge.fit", goal=1.0)
def from_rows():
    X, y = table(1_000_000, 50)
    return Pair(lambda: mt.Problem.from_rows(X, y, noise_sd=2.0).statistics, lambda: Ridge(alpha=1.0).fit(X, y))


@scenario("PosteriorRegressor.fit, 1,000,000 x 50", peer="Ridge.fit", goal=1.0)
def regressor():
    X, y = table(1_000_000, 50)
    ours = mt.PosteriorRegressor(prior=mt.Normal(scale=1.0), noise_sd=2.0)
    return Pair(lambda: ours.fit(X, y).coef_, lambda: Ridge(alpha=1.0).fit(X, y))


@scenario("SufficientStatistics.from_blocks, 1,000,000 x 20", peer="X'X of each block", goal=1.43)
def from_blocks():
    X, y = table(1_000_000, 20)
    blocks = [(X[i : i + BLOCK], y[i : i + BLOCK]) for i in range(0, len(y), BLOCK)]
    joined = [np.column_stack(block) for block in blocks]
    return Pair(
        lambda: mt.SufficientStatistics.from_blocks(iter(blocks), centred=True),
        lambda: sum(block.T @ block for block in joined),
    )


@scenario("statistics of a Parquet file, 1,000,000 x 20", peer="pyarrow scan and X'X", goal=1.43)
def parquet():
    folder, columns, path = files(1_000_000, 20)
    pyarrow.parquet.write_table(columns, path / "t.parquet", row_group_size=BLOCK)
    return Pair(lambda: (streamed(path / "t.parquet"), folder), lambda: scanned(path / "t.parquet"))


@scenario("statistics of a CSV file, 1,000,000 x 20", peer="pyarrow's read", goal=2.0)
def comma_separated():
    folder, columns, path = files(1_000_000, 20)
    pyarrow.csv.write_csv(columns, path / "t.csv")
    return Pair(lambda: (streamed(path / "t.csv"), folder), lambda: pyarrow.csv.read_csv(path / "t.csv"))


def streamed(path):
    """The statistics of a file, read a piece at a time."""
    from mapsto.data.sources.opened import open_source
    from mapsto.data.sources.plan import plan
    from mapsto.data.sources.reduce import reduce_source

    source = open_source(path)
    return reduce_source(source, plan(source, "y"), centred=True)


@scenario("leave-one-out error of 200 penalties, 100,000 x 50", peer="200 Ridge fits", goal=1 / 30)
def left_out():
    X, y = table(100_000, 50)
    alphas = np.geomspace(1e-2, 1e4, 200)
    problem = mt.Problem.from_rows(X, y, noise_sd=2.0)
    return Pair(
        lambda: mt.Spectrum.of(problem).left_out_errors(alphas),
        lambda: [Ridge(alpha=alpha).fit(X, y).coef_ for alpha in alphas],
    )


@scenario("slopes and evidence of 200 penalties, 100,000 x 50", peer="200 Ridge fits", goal=1 / 30)
def path_of_alphas():
    X, y = table(100_000, 50)
    alphas = np.geomspace(1e-2, 1e4, 200)

    def ours():
        spectrum = mt.Spectrum.of(mt.Problem.from_rows(X, y, noise_sd=2.0))
        return [(spectrum.slopes(alpha), spectrum.log_evidence(alpha, 2.0)) for alpha in alphas]

    return Pair(ours, lambda: [Ridge(alpha=alpha).fit(X, y).coef_ for alpha in alphas])
