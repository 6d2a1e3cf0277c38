import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from mapsto.data.files import open_table
from mapsto.errors import BadInput

AWKWARD = ["1st col", "größe (cm)", "<script>alert(1)</script>", '"><img onerror=', " spaced ", "a,b", "{{ 7 }}", "σ_w"]


@pytest.fixture
def awkward():
    values = np.random.default_rng(1).standard_normal((5, len(AWKWARD)))
    return pa.table({name: values[:, j] for j, name in enumerate(AWKWARD)})


def write(path, table):
    if path.suffix == ".csv":
        table.to_pandas().to_csv(path, index=False)
    elif path.suffix == ".parquet":
        parquet.write_table(table, path)
    else:
        feather.write_feather(table, path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".feather"])
def test_a_file_gives_back_names_and_numbers_to_the_last_digit(tmp_path, awkward, ending):
    frame = open_table(write(tmp_path / f"tä ble{ending}", awkward))
    assert frame.columns == AWKWARD
    for name in AWKWARD:
        assert frame[name].to_list() == awkward[name].to_pylist()


def test_pandas_polars_and_arrow_are_taken_as_they_are(awkward):
    polars = pytest.importorskip("polars")
    for native in (awkward, awkward.to_pandas(), polars.from_arrow(awkward)):
        frame = open_table(native)
        assert frame.columns == AWKWARD
        assert frame["a,b"].to_list() == awkward["a,b"].to_pylist()


def test_names_that_are_numbers_become_text():
    frame = open_table(pd.DataFrame(np.eye(2)))
    assert frame.columns == ["0", "1"]
    with pytest.raises(BadInput, match="repeated column names"):
        open_table(pd.DataFrame(np.eye(2), columns=[1, "1"]))


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_header_tells_the_delimiter_and_commas_in_quotes_do_not(tmp_path, delimiter):
    path = tmp_path / "t.csv"
    path.write_text(delimiter.join(['"a,b,c,d,e"', "b"]) + "\n" + delimiter.join(["1.5", "2"]) + "\n")
    frame = open_table(path)
    assert frame.columns == ["a,b,c,d,e", "b"]
    assert frame["a,b,c,d,e"].to_list() == [1.5]


def test_a_type_comes_from_all_rows_of_a_csv(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "1,2\n" * 400_000 + "1.5,x\n")
    frame = open_table(path)
    assert frame["a"].dtype.is_float()
    assert frame["b"].to_list()[-1] == "x"


def test_a_byte_order_mark_and_line_breaks_in_quotes_are_read(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('\ufeffa,b\n1,"x\ny"\n2,z\n', encoding="utf-8")
    frame = open_table(path)
    assert frame.columns == ["a", "b"]
    assert frame["b"].to_list() == ["x\ny", "z"]


PARQUET = b"PAR1" + bytes(60)
FILES = {
    "a Parquet named CSV": ("t.csv", PARQUET, "named like CSV and begins like a Parquet file"),
    "a CSV named Parquet": ("t.parquet", b"a,b\n1,2\n", "named like Parquet and begins like text"),
    "a CSV named Feather": ("t.feather", b"a,b\n1,2\n", "named like Feather and begins like text"),
    "an Excel workbook named CSV": ("t.csv", b"PK\x03\x04" + bytes(60), "an Excel workbook"),
    "a web page": ("t.csv", b"<!DOCTYPE html><html></html>", "begins like a web page"),
    "UTF-16": ("t.csv", "a,b\n1,2\n".encode("utf-16"), "UTF-16"),
    "bytes": ("t.csv", b"a,b\n\0\1\2", "named like CSV and begins like text or something else"),
    "half a Parquet": ("t.parquet", PARQUET, "cannot be read as Parquet"),
    "half a Feather": ("t.feather", b"ARROW1" + bytes(60), "cannot be read as Feather"),
    "ragged": ("t.csv", b"a,b\n1,2\n3\n", "cannot be read as CSV"),
    "nothing": ("t.csv", b"", "there is nothing in the file"),
    "blank": ("t.csv", b"\n \n", "there is nothing in the file"),
    "another ending": ("t.xlsx", b"PK\x03\x04", "expected .csv, .tsv, .parquet"),
    "no ending": ("t", b"a,b\n1,2\n", "expected .csv, .tsv, .parquet"),
    "repeated names": ("t.csv", b"a,b,a\n1,2,3\n", "repeated column names"),
    "a nameless column": ("t.csv", b",b\n1,2\n", "column 1 of the table"),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_file_that_cannot_be_used_is_told_in_one_line(tmp_path, fault):
    name, content, words = FILES[fault]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match="table") as raised:
        open_table(path)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_a_folder_and_what_is_no_table(tmp_path):
    with pytest.raises(BadInput, match="No such file"):
        open_table(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        open_table(tmp_path / "folder.csv")
    for thing in (np.eye(3), 3, {"a": [1]}, None):
        with pytest.raises(BadInput, match="is no table"):
            open_table(thing)
