"""Under a likelihood with a link, a table that is passed over gives the mode that it gives in memory."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from mapsto import (
    Bernoulli,
    Binomial,
    Flat,
    Laplace,
    Normal,
    Poisson,
    Problem,
    StudentTNoise,
    audit,
    laplace_approximation,
    run,
)
from mapsto.data.encoding import columns
from mapsto.data.files import open_table
from mapsto.data.sources.opened import open_source
from mapsto.engines.direct.solve import solve
from mapsto.errors import BadInput
from mapsto.likelihoods.base_glm import GeneralisedLinear
from mapsto.rounding import gamma
from mapsto.runs.audit.scale import scale_by_passes
from mapsto.runs.audit.specification import Asked, settle
from mapsto.runs.audit.table import table_experiment
from mapsto.runs.record import encode

N, CUT = 12_500, 1_999
LIKELIHOODS = {"bernoulli": Bernoulli(), "poisson": Poisson(), "binomial": Binomial()}


def frame():
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"dose": rng.standard_normal(N) + 4, "age": rng.uniform(0.0, 2.0, N)})
    data["kind"] = rng.choice(["a", "b", "c"], N)
    eta = 0.4 * data["dose"] - 0.5 * data["age"] - 1.5 + 0.3 * (data["kind"] == "a")
    data["q"] = rng.integers(1, 5, N).astype(float)
    data["bernoulli"] = (rng.random(N) < 1 / (1 + np.exp(-eta))).astype(float)
    data["poisson"] = rng.poisson(data["q"] * np.exp(eta)).astype(float)
    data["binomial"] = rng.binomial(data["q"].astype(int), 1 / (1 + np.exp(-eta))).astype(float)
    return data


def written(data, path):
    parquet.write_table(pa.Table.from_pandas(data, preserve_index=False), path, row_group_size=CUT)
    return path


def assert_same_mode(far, near, problem, prior):
    """Up to the two answers' backward errors times the condition number, in the posterior's own units."""
    H = problem.hessian(near.coef, near.intercept) + prior.curvature(near.coef) * (not prior.kinked)
    free = near.coef != 0
    H = H[np.ix_(free, free)]
    unit = np.sqrt(np.diag(H))
    condition = np.linalg.cond(H / np.outer(unit, unit))
    allowed = 2 * gamma(problem.n + 3 * problem.p) * condition * np.abs(near.coef[free] * unit).max()
    assert (np.abs(far.coef - near.coef)[free] * unit <= allowed).all()
    np.testing.assert_array_equal(far.coef == 0, near.coef == 0)
    size = problem.likelihood.intercept_size(problem.table, near.coef, near.intercept)
    assert abs(far.intercept - near.intercept) <= 2 * gamma(problem.n) * condition * size


def in_blocks(X, y, q=None):
    def blocks():
        for at in range(0, len(y), CUT):
            some = slice(at, at + CUT)
            yield (X[some], y[some]) if q is None else (X[some], y[some], q[some])

    return blocks


@pytest.mark.parametrize("name", LIKELIHOODS)
@pytest.mark.parametrize("prior", [Normal(scale=0.2), Laplace(scale=0.01), Flat()], ids=lambda one: one.name)
@pytest.mark.parametrize("intercept", [True, False])
def test_blocks_have_the_mode_of_the_table_in_memory(name, prior, intercept):
    data, q = frame(), None
    X, y = data[["dose", "age"]].to_numpy(), data[name].to_numpy()
    if name != "bernoulli":
        q, y = data["q"].to_numpy(), y / data["q"].to_numpy()
    whole = Problem.from_rows(X, y, likelihood=LIKELIHOODS[name], weights=q, intercept=intercept)
    far = Problem.from_blocks(in_blocks(X, y, q), likelihood=LIKELIHOODS[name], intercept=intercept)
    near, found = solve(whole, prior), solve(far, prior)
    assert_same_mode(found, near, whole, prior)
    assert far.table.sweeps.passes < 12
    less = Problem.from_blocks(in_blocks(X[1:], y[1:], None if q is None else q[1:]), likelihood=LIKELIHOODS[name])
    with pytest.raises(AssertionError):  # control: one row less
        assert_same_mode(solve(less, prior), near, whole, prior)
    at = near.coef, near.intercept
    assert far.log_likelihood(*at) == pytest.approx(whole.log_likelihood(*at), rel=gamma(4 * N))
    np.testing.assert_allclose(far.hessian(*at), whole.hessian(*at), rtol=gamma(4 * N) * 100)
    for mine, its in zip(
        far.likelihood.ledger_terms(far.table, *at), whole.likelihood.ledger_terms(whole.table, *at), strict=True
    ):
        assert (mine.term, mine.value) == (its.term, pytest.approx(its.value, rel=gamma(4 * N)))
    if not prior.kinked and prior.proper:
        a, b = (laplace_approximation(one, prior, near) for one in (far, whole))
        np.testing.assert_allclose(a.sd, b.sd, rtol=gamma(N) * 100)
        assert a.importance(200).k_hat == pytest.approx(b.importance(200).k_hat, abs=1e-6)


@pytest.mark.parametrize("name", ["bernoulli", "poisson"])
def test_a_parquet_file_is_audited_as_in_memory(tmp_path, name):
    data = frame()
    data = data.drop(columns=[one for one in LIKELIHOODS if one != name] + (["q"] if name == "bernoulli" else []))
    path = written(data, tmp_path / "t.parquet")
    asked, exposure = Asked(likelihood=LIKELIHOODS[name], prior_scale=0.3, standardize=True), None
    if name == "poisson":
        exposure = "q"
    streamed = table_experiment(str(path), name, asked=asked, exposure=exposure, source=open_source(path))
    whole = table_experiment(str(path), name, asked=asked, exposure=exposure)
    far, near = streamed.data(), whole.data()
    assert far.X is None
    assert near.X is not None
    assert far.features == near.features
    assert len(open_source(path).pieces) > 5
    np.testing.assert_allclose(streamed.prior.scale, whole.prior.scale, rtol=gamma(N) * 10)
    assert_same_mode(solve(far, streamed.prior), solve(near, streamed.prior), near, streamed.prior)


def test_the_scale_that_is_chosen_is_that_of_the_table_in_memory():
    data = frame()
    table = columns(open_table(data[["dose", "age", "bernoulli"]]), "bernoulli")
    near = settle(table, Asked(likelihood=Bernoulli()), intercept=True).prior.scale
    X, y = data[["dose", "age"]].to_numpy(), data["bernoulli"].to_numpy()
    far = Problem.from_blocks(in_blocks(X, y), likelihood=Bernoulli())
    # the curvature is held, whose slope along the scale is of the order of one over the rows
    assert scale_by_passes(far, np.ones(2)) == pytest.approx(near, rel=0.01)


def test_the_page_and_the_record_say_what_is_of_all_rows(tmp_path):
    (tmp_path / "t").mkdir()  # a folder is read a piece at a time whatever its size
    written(frame().drop(columns=["poisson", "binomial", "q"]), tmp_path / "t" / "0.parquet")
    result = audit(tmp_path / "t", target="bernoulli", likelihood=Bernoulli())
    assert result.certificate.passed
    record = json.loads(encode(result.record()))
    page = result.to_html(tmp_path / "t.html").read_text()
    for said in ("Each step of the search for the mode is a pass over all rows", "There are no draws by NUTS"):
        assert said in record["answer"]
        assert said in page
    assert record["draws"]["pymc"]["status"] == "unsupported"
    assert [one["feature"] for one in record["laplace"]["coefficients"]][-1] == "intercept"
    assert "it is all there is of uncertainty" in page
    assert "improper" not in record["answer"]


def test_what_cannot_be_passed_over_is_refused():
    data = frame()
    X, y = data[["dose", "age"]].to_numpy(), data["bernoulli"].to_numpy()
    with pytest.raises(BadInput, match="Student t likelihood needs all rows in memory"):
        Problem.from_blocks(in_blocks(X, y), likelihood=StudentTNoise())
    bad = y.copy()
    bad[CUT + 5] = 2.0
    far = Problem.from_blocks(in_blocks(X, bad), likelihood=Bernoulli())
    far.table.sample.y[:] = y[far.table.sample.rows]  # a sample that missed the row
    with pytest.raises(BadInput, match="block 1: the target holds 2 in 1 rows"):
        solve(far, Normal(scale=1.0))
    once = iter(list(in_blocks(X, y)()))
    with pytest.raises(BadInput, match="makes the blocks anew"):
        solve(Problem.from_blocks(lambda: once, likelihood=Bernoulli()), Normal(scale=1.0))


def test_a_flat_prior_on_columns_that_separate_has_no_mode():
    X = np.linspace(-1.0, 1.0, 400)[:, np.newaxis]
    far = Problem.from_blocks(in_blocks(X, (X[:, 0] > 0.1).astype(float)), likelihood=Bernoulli())
    result = run(far, Flat())
    assert result.mode_or_none is None
    assert all("no highest point" in outcome.reason for outcome in result.modes.values())


def test_a_likelihood_is_itself_where_its_rows_are_at_hand():
    far = Problem.from_blocks(in_blocks(np.ones((4, 1)), np.ones(4)), likelihood=Poisson())
    assert isinstance(far.likelihood, Poisson)
    assert isinstance(far.likelihood, GeneralisedLinear)
    assert (far.likelihood.name, far.likelihood.params) == ("poisson", {})
