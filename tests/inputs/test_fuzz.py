"""Whatever text comes: a table, a prior, a likelihood and a record are read, or refused in one printable line.

``MAPSTO_FUZZ=20000`` asks for that many examples of each; what was found is kept as an example. Ten minutes of each
kind, once, on a busy machine, were 6,983 priors, 3,993 likelihoods, 6,587 tables and 9,522 records, and found nothing.
What took long in them was a name that is none: the metadata of all that is installed was read for each.
"""

import os
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mapsto import BadInput
from mapsto.data.files import open_table
from mapsto.likelihoods.noise_priors.registry import parse_noise
from mapsto.likelihoods.registry import parse_likelihood
from mapsto.priors.registry import catalogue, parse_prior
from mapsto.runs.output import standing
from mapsto.runs.record import decode, decode_calibration

MANY = int(os.environ.get("MAPSTO_FUZZ", "60"))
fuzz = settings(
    max_examples=MANY, deadline=None, derandomize=MANY == 60, suppress_health_check=list(HealthCheck), database=None
)

LONG = 100_000  # characters, or items: nothing that is read takes more than its length
long_texts = [
    f"normal:scale={'[' * LONG}",
    f"normal:scale={'9' * LONG}",
    f"normal:{',' * LONG}",
    f"normal:{'a=1,' * LONG}",
    f"normal:scale=[{'1,' * LONG}1]",
    f"group_laplace:scale=1,group=[{'0,' * LONG}0]",
    f"multivariate_normal:mean=0,covariance=[{'[1],' * LONG}[1]]",
    f"{'../' * LONG}x.py:Name",
    f"{':' * LONG}",
    ".py:" * LONG,
]
names = st.sampled_from([*catalogue(), "gaussian", "student_t", "half_normal", "inverse_gamma", "x.py:Name", "", "."])
values = st.one_of(
    st.floats().map(str),
    st.integers().map(str),
    st.text(max_size=8),
    st.recursive(
        st.floats(allow_nan=False).map(str), lambda inner: st.lists(inner, max_size=3).map(lambda x: f"[{','.join(x)}]")
    ),
    st.sampled_from(["null", "true", "1e400", "-0.0", "[[[[", "{}", '"a"', "0x10", "1_0", "٣", "\u202e1", "\0"]),
)
keys = st.sampled_from(["scale", "df", "mean", "covariance", "group", "power", "g", "shape", "sigma", "", "scale "])
texts = st.one_of(
    st.text(max_size=40),
    st.builds(
        lambda name, given: f"{name}:{','.join(f'{k}={v}' for k, v in given)}",
        names,
        st.lists(st.tuples(keys, values), max_size=3),
    ),
)


def one_line(refusal):
    message = str(refusal)
    assert message
    assert message.isprintable()
    assert len(message) < 1_000


@fuzz
@given(texts)
@pytest.mark.parametrize("parse", [parse_prior, parse_likelihood, parse_noise])
def test_a_parser_reads_it_or_refuses_it_in_a_line(parse, text):
    try:
        parse(text)
    except BadInput as refusal:
        one_line(refusal)


@pytest.mark.parametrize("parse", [parse_prior, parse_likelihood, parse_noise])
@pytest.mark.parametrize("text", long_texts, ids=lambda text: text[:24])
def test_a_long_text_is_read_or_refused_in_a_line(parse, text):
    try:
        parse(text)
    except BadInput as refusal:
        one_line(refusal)


cells = st.one_of(
    st.floats().map(str), st.text(max_size=6), st.sampled_from(["", "NA", "1,5", '"', '"\n"', "2020-01-01"])
)
files = st.one_of(
    st.binary(max_size=200),
    st.lists(st.lists(cells, min_size=1, max_size=4).map(",".join), max_size=8).map(lambda x: "\n".join(x).encode()),
)


@fuzz
@given(files, st.sampled_from(["csv", "parquet", "feather"]))
@example(b"", "csv")
@example(b"\xff\xfe\x00", "csv")
def test_a_table_is_read_or_refused_in_a_line(content, kind):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{kind}"
        path.write_bytes(content)
        try:
            open_table(path)
        except BadInput as refusal:
            one_line(refusal)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
records = st.one_of(
    st.binary(max_size=100),
    json_values.map(msgspec.json.encode),
    st.fixed_dictionaries({"schema": st.sampled_from([1, 2]), "kind": json_values}).map(msgspec.json.encode),
)


@fuzz
@given(records)
@example(b"[" * 100_000)
def test_a_record_is_read_or_is_none_of_ours(content):
    for read in (decode, decode_calibration):
        with pytest.raises((msgspec.DecodeError, UnicodeDecodeError, RecursionError)):
            read(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.json"
        path.write_bytes(content)
        assert standing(path) is None
