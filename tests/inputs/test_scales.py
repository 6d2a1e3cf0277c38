"""The plug-in sigma is the same to everyone, and right, whatever the sizes of the columns; wide tables do not hang."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from mapsto import BadInput, PosteriorRegressor, Problem
from mapsto.data.diagnostics import remarks
from mapsto.data.encoding import columns
from mapsto.data.files import open_table
from mapsto.runs.audit.specification import Asked, settle

N = 12
DOSE = np.array([1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0, 9.0, 6.0, 2.5, 4.5, 0.5])
AGE = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0, 8.0])
Y = 2 * DOSE - AGE + np.array([0.1, -0.3, 0.2, 0.4, -0.1, 0.0, 0.3, -0.2, 0.1, -0.4, 0.2, -0.3])
TABLES = {
    "constant at 1e6": [DOSE, AGE, np.full(N, 1e6)],
    "constant at 1e12": [DOSE, AGE, np.full(N, 1e12 + 0.1)],
    "timestamps": [DOSE, 1.7e9 + 86_400 * np.arange(N)],
    "milliseconds": [DOSE, 1.7e12 + 86_400_000.0 * np.arange(N)],
    "1e12 apart": [DOSE * 1e6, AGE * 1e-6],
    "1e24 apart": [DOSE * 1e12, AGE * 1e-12],
}


def exact_sd(table):
    """The residual sd by exact arithmetic, column by column (Gram and Schmidt)."""
    rows = [[Fraction(one) for one in column] for column in (np.ones(N), *table)]
    kept, left = [], [Fraction(one) for one in Y]
    for column in rows:
        for other in kept:
            share = sum(a * b for a, b in zip(column, other, strict=True)) / sum(a * a for a in other)
            column = [a - share * b for a, b in zip(column, other, strict=True)]  # noqa: PLW2901
        if any(column):
            kept.append(column)
    for other in kept:
        share = sum(a * b for a, b in zip(left, other, strict=True)) / sum(a * a for a in other)
        left = [a - share * b for a, b in zip(left, other, strict=True)]
    return float(sum(a * a for a in left) / (N - len(kept))) ** 0.5


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_plug_in_sigma_is_that_of_exact_arithmetic(table):
    """By a problem, the estimator and an audit."""
    X, meant = np.column_stack(table), exact_sd(table)
    names = [f"x{j}" for j in range(X.shape[1])]
    numbers = columns(open_table(pd.DataFrame(X, columns=names).assign(y=Y)), "y")
    found = [
        Problem.from_rows(X, Y, noise_sd="auto").noise_sd,
        PosteriorRegressor().fit(X, Y).noise_sd_,
        settle(numbers, Asked(alpha=1.0), intercept=True).problem.noise_sd,
    ]
    assert found == pytest.approx([meant] * 3, rel=1e-6)
    constant = [name for name, column in zip(names, table, strict=True) if np.ptp(column) == 0]
    told = " ".join(remarks(Problem.from_rows(X, Y, noise_sd=1.0, features=names).table))
    for name in constant:
        assert name in told


def test_wide_tables_do_not_hang(rng):
    """Fifty rows of thousands of columns: encoded, looked through, and told that sigma has to be given."""
    X = rng.standard_normal((50, 3_000))
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(y=rng.standard_normal(50))
    numbers = columns(open_table(frame), "y")
    assert numbers.X.shape == X.shape
    assert remarks(Problem.from_rows(X, numbers.y, noise_sd=1.0).table) == ()
    with pytest.raises(BadInput, match="noise_sd"):
        Problem.from_rows(X, numbers.y, noise_sd="auto")
