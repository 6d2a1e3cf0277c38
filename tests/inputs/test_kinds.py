"""What is no real number, or none that a double holds, is refused by name: never rounded, parsed or cut."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import Ridge

from mapsto import BadInput, PosteriorRegressor, Problem, SufficientStatistics, audit, prior_of
from mapsto.data.encoding import columns
from mapsto.data.files import open_table

N = 6
TWO = np.arange(12.0).reshape(N, 2) ** 1.5
Y = np.array([1.0, 2.0, 2.5, 4.0, 3.0, 7.0])
LARGE = 2**60 + np.arange(N)  # rounded to doubles they are all the same


def objects(*values):
    return np.array(values, dtype=object)


COLUMNS = {
    "masked": (np.ma.MaskedArray(Y, mask=[1, 0, 0, 0, 0, 0]), "masked array"),
    "nested masked": ([np.ma.MaskedArray(row, mask=[0, 1])[0] for row in TWO[:5]] + [np.ma.masked], "masked array"),
    "int64": (LARGE, r"2\^53"),
    "uint64": (np.array([2**64 - 1 - k for k in range(N)], dtype=np.uint64), r"2\^53"),
    "least int64": (np.full(N, -(2**63)) + np.arange(N), r"2\^53"),
    "Python ints": (objects(*map(int, LARGE)), r"2\^53"),
    "400 digits": (objects(*(10**400 + k for k in range(N))), "400 digits|401 digits"),
    "decimals": (objects(*(Decimal(10**20 + k) / 1000 for k in range(N))), "decimals"),
    "dates": (np.array(["2020-01-0" + str(k + 1) for k in range(N)], "datetime64[D]"), "dates"),
    "durations": (np.arange(N).astype("timedelta64[s]"), "durations"),
    "objects of dates": (objects(*(date(2020, 1, k + 1) for k in range(N))), "dates"),
    "objects of datetimes": (objects(*(datetime(2020, 1, k + 1) for k in range(N))), "dates"),
    "objects of durations": (objects(*(timedelta(k) for k in range(N))), "durations"),
    "objects of NumPy's durations": (objects(*np.arange(N).astype("timedelta64[s]")), "durations"),
    "objects of pandas' stamps": (objects(*pd.date_range("2020", periods=N)), "dates"),
    "bytes": (np.array([b"1", b"2", b"3", b"4", b"5", b"6"]), "bytes"),
    "objects of bytes": (objects(b"1", b"2", b"3", b"4", b"5", b"6"), "bytes"),
    "numerals": (np.array(list("123456")), "text"),
    "objects of numerals": (objects(*"123456"), "text"),
    "one numeral": (objects(1.0, 2.0, "3", 4.0, 5.0, 6.0), "text"),
    "complex": (Y + 1j, "[Cc]omplex"),
    "objects of complex": (objects(*(Y + 1j)), "complex"),
    "objects of Python's complex": (objects(1j, 2j, 3.0, 4.0, 5.0, 6.0), "complex"),
}
cases = pytest.mark.parametrize(("column", "says"), COLUMNS.values(), ids=COLUMNS)


def message(call):
    with pytest.raises(BadInput) as caught:
        call()
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 400
    return line


def beside(column):
    """A table of two columns, this one first, as an array of its own kind."""
    if isinstance(column, np.ma.MaskedArray):
        return np.ma.column_stack([column, Y**2])
    if isinstance(column, list):
        return [[one, 1.0] for one in column]
    kind = column.dtype if column.dtype.kind in "cSUmM" else object
    return np.column_stack([column.astype(kind), np.arange(N).astype(kind)])


@cases
@pytest.mark.parametrize("role", ["X", "y", "weights"])
def test_a_problem_refuses_them(role, column, says):
    """In each role."""
    given = {"X": TWO, "y": Y, "weights": np.ones(N)} | {role: beside(column) if role == "X" else column}
    line = message(lambda: Problem.from_rows(noise_sd=1.0, **given))
    assert re.search(says, line), line


@cases
@pytest.mark.parametrize("role", ["X", "y", "sample_weight", "predict"])
def test_the_estimator_refuses_them(role, column, says):
    """Before scikit-learn makes numbers of them."""
    given = {"X": TWO, "y": Y, "sample_weight": np.ones(N)}
    if role == "predict":
        fitted = PosteriorRegressor(noise_sd=1.0).fit(**given)
        with pytest.raises(ValueError, match=says):
            fitted.predict(beside(column))
        return
    given[role] = beside(column) if role == "X" else column
    with pytest.raises(ValueError, match=says):
        PosteriorRegressor(noise_sd=1.0).fit(**given)


@cases
def test_blocks_and_fits_refuse_them(column, says):
    """The other doors by which rows come in."""
    with pytest.raises(BadInput, match=says):
        SufficientStatistics.from_blocks([(TWO, Y), (beside(column), Y)], centred=True)
    fitted = Ridge().fit(TWO, Y)
    for X, y in ((beside(column), Y), (TWO, column)):
        with pytest.raises(BadInput, match=says):
            audit(fitted, X, y)
        with pytest.raises(BadInput, match=says):
            prior_of(fitted, X=X, y=y)


@pytest.mark.parametrize(
    "column",
    [
        np.array([2**60 + 2**10 * k for k in range(N)]),
        objects(*(Decimal(k) / 10 for k in range(N))),
        objects(*(Fraction(k, 3) for k in range(N))),
        objects(*(2**53 - k for k in range(N))),
        np.arange(N) > 2,
        np.arange(N, dtype=np.float32),
        np.arange(N, dtype=np.longdouble),
        np.asfortranarray(np.arange(2 * N).reshape(N, 2))[:, 0],
        np.arange(2 * N)[::-2],
    ],
    ids=["held", "decimals", "fractions", "2^53", "bool", "float32", "long double", "Fortran", "strided"],
)
def test_numbers_that_a_double_holds_are_taken(column):
    """Each as it is."""
    problem = Problem.from_rows(np.column_stack([column, Y]), Y**2, noise_sd=1.0)
    assert [float(one) for one in column] == problem.X[:, 0].tolist()
    PosteriorRegressor(noise_sd=1.0).fit(np.column_stack([column, Y]), Y**2)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_a_frame_is_judged_column_by_column(library):
    """Its array would have one kind for all columns, and have rounded the integers already."""
    frame = library({"id": LARGE, "dose": Y})
    assert "2^53" in message(lambda: Problem.from_rows(frame, Y**2, noise_sd=1.0))
    assert "2^53" in message(lambda: PosteriorRegressor().fit(frame, Y**2))


FRAMES = {
    "pandas int64": (pd.DataFrame, LARGE, "2^53"),
    "pandas Int64": (pd.DataFrame, pd.array([*LARGE[:-1].tolist(), 3], dtype="Int64"), "2^53"),
    "pandas uint64": (pd.DataFrame, LARGE.astype(np.uint64), "2^53"),
    "polars int64": (pl.DataFrame, LARGE, "2^53"),
    "polars uint64": (pl.DataFrame, LARGE.astype(np.uint64), "2^53"),
    "polars decimals": (pl.DataFrame, [Decimal(10**20 + k) / 1000 for k in range(N)], "decimals"),
    "polars durations": (pl.DataFrame, [timedelta(k) for k in range(N)], "Duration"),
    "polars bytes": (pl.DataFrame, [b"1"] * N, "Binary"),
    "pandas objects": (pd.DataFrame, objects(1.0, "2", 3.0, timedelta(1), 5.0, 6.0), "Object"),
    "pandas decimals": (pd.DataFrame, objects(*map(Decimal, range(N))), "Object"),
    "pandas dates": (pd.DataFrame, pd.date_range("2020", periods=N), "Datetime"),
    "pandas complex": (pd.DataFrame, Y + 1j, "expected numbers"),
}


@pytest.mark.parametrize(("library", "column", "says"), FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("role", ["feature", "target", "weights"])
def test_a_table_refuses_them(role, library, column, says):
    """Whatever library it came from, in each role."""
    frame = open_table(library({"one": column, "dose": Y, "y": Y**2}))
    target, weights = ("one", None) if role == "target" else ("y", "one" if role == "weights" else None)
    line = message(lambda: columns(frame, target, weights=weights))
    assert says in line
    assert "'one'" in line


def test_decimals_of_a_table_that_a_double_gives_back_are_taken():
    """Prices, say."""
    frame = open_table(pl.DataFrame({"price": [Decimal(k) / 100 for k in range(N)], "y": Y}))
    assert columns(frame, "y").X[:, 0].tolist() == [k / 100 for k in range(N)]


def test_nothing_of_the_estimator_changes_with_the_callers_arrays():
    """Statistics, certificate and predictions are of the rows that were fitted."""
    X, y, q = TWO.copy(), Y.copy(), np.ones(N)
    before = PosteriorRegressor().fit(TWO, Y, np.ones(N))
    fitted = PosteriorRegressor().fit(X, y, q)
    for array in (X, y, q):
        array[:] = 1e6 * np.arange(array.size).reshape(array.shape)
    assert fitted.problem_.sha256 == before.problem_.sha256
    assert fitted.certificate_ == before.certificate_
    assert np.array_equal(fitted.predict(TWO, return_std=True), before.predict(TWO, return_std=True))
    assert np.array_equal(fitted.posterior_["posterior"]["w"], before.posterior_["posterior"]["w"])


def test_a_problem_keeps_rows_of_its_own():
    """Nor does anything of a Problem."""
    X, y, q = TWO.copy(), Y.copy(), np.ones(N)
    problem, same = (Problem.from_rows(*rows, noise_sd=1.0, weights=q) for rows in ((X, y), (TWO, Y)))
    for array in (X, y, q):
        array[:] = 7 + np.arange(array.size).reshape(array.shape)
    assert problem.sha256 == same.sha256
    assert np.array_equal(problem.statistics.R, same.statistics.R)
