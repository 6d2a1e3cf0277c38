import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mapsto.data.encoding import columns
from mapsto.data.files import open_table
from mapsto.errors import BadInput

BASE = {"a": [1.0, 2.0, 3.0, 4.0], "b": [0.5, 0.25, 0.0, 1.0], "y": [1.0, 0.0, 2.0, 5.0]}


def made(table=None, target="y", **options):
    return columns(open_table(pd.DataFrame(BASE | (table or {}))), target, **options)


def test_numbers_of_every_kind_come_through_exactly():
    from decimal import Decimal

    table = pa.table(
        {
            "int": pa.array([1, -2, 3], pa.int8()),
            "big": pa.array([2**40, 1, 0], pa.uint64()),
            "half": pa.array([1.5, 2.5, -3.0], pa.float32()),
            "exact": pa.array([Decimal("1.25"), Decimal("2.50"), Decimal("0.75")]),
            "flag": [True, False, True],
            "y": [1, 2, 4],
        }
    )
    found = columns(open_table(table), "y")
    assert found.names == ("int", "big", "half", "exact", "flag")
    assert found.X.tolist() == [[1, 2**40, 1.5, 1.25, 1], [-2, 1, 2.5, 2.5, 0], [3, 0, -3, 0.75, 1]]
    assert found.y.tolist() == [1, 2, 4]
    assert found.notes == ("'flag' is true or false: 1 or 0.",)


def test_columns_are_chosen_or_left_out_in_the_order_asked_for():
    assert made().names == ("a", "b")
    assert made(features=["b", "a"]).names == ("b", "a")
    assert made(drop=["a"]).names == ("b",)
    weighted = made({"k": [1, 2, 3, 4]}, weights="k")
    assert weighted.names == ("a", "b")
    assert weighted.weights.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("kind", [list, pd.Categorical])
def test_a_category_has_a_column_for_each_level_and_says_so(kind):
    found = made({"c": kind(["v", "u", "v", "<b>"])})
    assert found.names == ("a", "b", "c=<b>", "c=u", "c=v")
    assert found.X[:, 2:].tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert "none left out" in found.notes[0]
    against = made({"c": kind(["v", "u", "v", "<b>"])}, reference_levels=True)
    assert against.names == ("a", "b", "c=u", "c=v")
    assert "against its first level '<b>'" in against.notes[0]


def test_missing_values_are_refused_by_name_and_count_or_dropped_as_asked():
    gaps = {"a": [1.0, np.nan, 3.0, 4.0], "c": ["u", None, "v", "u"], "d": [1.0, 2.0, 3.0, None]}
    with pytest.raises(BadInput, match=r"'a' \(1\), 'c' \(1\), 'd' \(1\) of 4 rows") as raised:
        made(gaps)
    assert "--missing drop-rows, which leaves 2 rows" in str(raised.value)
    assert "drop-columns, which leaves 1 columns" in str(raised.value)
    rows = made(gaps, missing="drop-rows", drop=["d"])
    assert rows.y.tolist() == [1.0, 2.0, 5.0]
    assert "1 of 4 rows were left out" in rows.notes[0]
    kept = made(gaps, missing="drop-columns")
    assert (kept.names, len(kept.y)) == (("b",), 4)
    assert "'a' (1), 'c' (1), 'd' (1)" in kept.notes[0]


def test_a_target_with_gaps_cannot_be_dropped_as_a_column():
    with pytest.raises(BadInput, match="the target has gaps too"):
        made({"y": [1.0, None, 2.0, 3.0]}, missing="drop-columns")
    assert made({"y": [1.0, None, 2.0, 3.0]}, missing="drop-rows").y.tolist() == [1.0, 2.0, 3.0]


TABLES = {
    "no target": ({}, {"target": "z"}, "no column 'z'; it has 'a', 'b', 'y'"),
    "nearly the target": ({"größe": [1, 2, 3, 4]}, {"target": "grösse"}, "did you mean 'größe'?"),
    "no feature": ({}, {"features": ["a", "zz"]}, "no column 'zz'"),
    "nothing to drop": ({}, {"drop": ["zz"]}, "no column 'zz'"),
    "both": ({}, {"features": ["a"], "drop": ["b"]}, "both features and drop"),
    "target as feature": ({}, {"features": ["a", "y"]}, "the target 'y' is also among the features"),
    "target dropped": ({}, {"drop": ["y"]}, "the target 'y' is also to be dropped"),
    "weights as feature": ({}, {"features": ["a"], "weights": "a"}, "column of weights 'a' is also among"),
    "target as weights": ({}, {"weights": "y"}, "cannot also be the column of weights"),
    "twice": ({}, {"features": ["a", "a"]}, "asked for twice: 'a'"),
    "nothing left": ({}, {"drop": ["a", "b"]}, "no column is left to explain 'y' by"),
    "the target again": ({"z": BASE["y"]}, {}, "'z' equals the target 'y' in every row"),
    "infinity": ({"a": [1.0, np.inf, 2.0, 3.0]}, {}, "'a' holds infinity"),
    "infinity in y": ({"y": [1.0, -np.inf, 2.0, 3.0]}, {}, "the target 'y' holds infinity"),
    "text target": ({"y": ["1", "2", "x", "x"]}, {}, "the target 'y' is text with 3 different values"),
    "dates": ({"d": [datetime.date(2020, 1, k) for k in (1, 2, 3, 4)]}, {}, "'d' holds"),
    "names": ({"who": ["ann", "bob", "cyd", "dan"]}, {}, "4 different values in 4 rows"),
    "mixed": ({"m": [1, "x", 2, 2j]}, {}, "'m' holds"),
    "odd rule": ({}, {"missing": "guess"}, "missing is 'guess'"),
}


@pytest.mark.parametrize("fault", TABLES)
def test_columns_that_cannot_be_used_are_told_in_one_line(fault):
    table, options, words = TABLES[fault]
    with pytest.raises(BadInput) as raised:
        made(table, **options)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_table_without_rows_and_one_level():
    with pytest.raises(BadInput, match="no rows"):
        columns(open_table(pd.DataFrame({"a": [], "y": []})), "y")
    with pytest.raises(BadInput, match="the one value 'u'"):
        made({"c": ["u"] * 4}, reference_levels=True)
