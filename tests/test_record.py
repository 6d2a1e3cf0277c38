import copy
import json
import math
from dataclasses import replace
from importlib.resources import files

import arviz as az
import jsonschema
import msgspec
import numpy as np
import pytest
import xarray as xr
from scipy import stats

from helpers.runs import PAGES, as_json, from_json, three_routes, three_routes_record
from mapsto import Normal, Problem, Settings, SufficientStatistics, run
from mapsto.certificate import FALSE_ALARM
from mapsto.rounding import gamma
from mapsto.runs.output import write
from mapsto.runs.record import decode, encode, json_schema

SCHEMA = json.loads(files("mapsto").joinpath("runs/schema.json").read_text(encoding="utf-8"))
GROUPS = ["posterior", "exact_posterior", "sample_stats", "observed_data", "log_likelihood", "posterior_predictive"]


def errors(record):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(record))


@pytest.fixture
def record():
    return copy.deepcopy(three_routes_record())


@pytest.fixture(scope="module")
def without_rows(tables):
    statistics = SufficientStatistics.from_rows(*tables["tall"], centred=True)
    return run(Problem.from_statistics(statistics, noise_sd=0.7), Normal(1.5), Settings(seed=3, draws=400, chains=2))


# --- the contract


def test_the_record_is_valid(record, without_rows):
    assert errors(record) == []
    assert errors(as_json(without_rows.record())) == []


def spoil_name(r):
    r.pop("name")


def spoil_schema(r):
    r["schema"] = 1


def spoil_route(r):
    r["modes"]["sklearn"].pop("objective")


def spoil_draws(r):
    r["draws"]["pymc"].pop("label")


def spoil_likelihood(r):
    r["problem"].pop("likelihood")


def spoil_status(r):
    r["modes"]["pymc"]["status"] = "fine"


def spoil_check(r):
    r["agreement"]["checks"][0].pop("reason")


def spoil_noise(r):
    r["problem"]["noise"]["value"] = 0.0


def spoil_sha(r):
    r["provenance"]["data_sha256"] = "abc"


def spoil_value(r):
    r["ledger"][1]["value"] = "large"


def spoil_interval(r):
    r["draws"]["pymc"]["eti89"][0] = [1.0]


def spoil_coef(r):
    r["modes"]["closed_form"]["coef"][0] = "large"


SPOILERS = [value for name, value in list(globals().items()) if name.startswith("spoil_")]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda f: f.__name__)
def test_a_broken_record_is_not_valid(record, spoil):
    assert as_json(from_json(record)) == record
    spoil(record)
    assert errors(record)
    with pytest.raises(msgspec.ValidationError):
        from_json(record)


def test_the_schema_is_that_of_the_structs():
    held = files("mapsto").joinpath("runs/schema.json").read_text(encoding="utf-8")
    assert held == json_schema(), "runs/schema.json is not that of the record's structs: run `make schema`"


def test_the_keys_that_were_promised_are_there(record):
    def has(part, *names):
        assert set(names) <= set(part)

    has(record, "schema", "name", "title", "question", "answer", "prob", "problem", "modes", "draws", "exact")
    has(record, "agreement", "ledger", "uncertainty", "picture", "prior_view", "point_and_posterior", "shrinkage")
    has(record, "search", "figures", "live", "plots", "lesson", "programs", "provenance")
    has(record["problem"], "n", "p", "features", "target", "intercept", "weights", "likelihood", "noise", "prior")
    has(record["problem"], "alpha", "notes")
    has(record["problem"]["likelihood"], "name", "label", "formula", "params", "reference", "paragraph")
    assert set(record["problem"]["noise"]) == {"kind", "value", "how", "prior", "posterior"}
    has(record["problem"]["prior"], "name", "label", "params", "formula", "penalty", "constant", "reference")
    assert list(record["modes"]) == ["closed_form", "sklearn", "pymc"]
    for mode in record["modes"].values():
        assert set(mode) == {"label", "status", "reason", "coef", "intercept", "objective", "seconds"}
    has(record["agreement"], "passed", "digits", "checks", "r_hat_limit")
    for check in record["agreement"]["checks"]:
        assert set(check) == {"name", "observed", "tolerance", "reason", "passed", "claim"}
    has(record["exact"], "mean", "sd", "eti89", "intercept", "log_evidence")
    assert list(record["draws"]) == list(record["programs"]) == ["pymc"]
    has(record["draws"]["pymc"], "label", "status", "reason", "mean", "median", "sd", "eti89", "divergences", "scales")
    has(record["draws"]["pymc"], "ess_bulk", "ess_tail", "r_hat", "mcse_mean", "intercept")
    for term in record["ledger"]:
        assert set(term) == {"term", "formula", "value", "kept", "reason"}
    has(record["provenance"], "command", "seed", "versions", "data_sha256", "seconds")


def test_the_record_says_what_was_run(record):
    assert record["name"] == "three-routes"
    assert record["provenance"]["command"] == "mapsto run three-routes"
    assert [record["provenance"][key] for key in ("seed", "draws", "chains")] == [1, 1000, 4]
    problem = record["problem"]
    assert (problem["n"], problem["p"], problem["target"]) == (442, 10, "disease progression")
    assert (problem["noise"]["value"], problem["prior"]["params"]) == (
        54.0,
        {"scale": 20.0, "mean": 0.0, "per_sigma": False},
    )
    assert problem["alpha"] == (54.0 / 20.0) ** 2
    assert problem["features"] == ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]


def test_json_gives_the_record_back_and_holds_no_nan(record, without_rows):
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    for made in (three_routes().record(), without_rows.record()):
        assert decode(encode(made)) == made


def test_what_is_not_finite_becomes_null():
    result = three_routes()
    spoilt = replace(result.summary, r_hat=np.full_like(result.summary.r_hat, math.nan))
    draws = {"pymc": replace(result.draws["pymc"], summary=spoilt)}
    checks = (replace(result.certificate.checks[0], observed=math.inf), *result.certificate.checks[1:])
    record = replace(result, draws=draws, certificate=replace(result.certificate, checks=checks)).record()
    assert record.draws["pymc"].r_hat == [None] * 10
    assert record.draws["pymc"].intercept.r_hat is None
    assert record.agreement.checks[0].observed is None
    assert record.agreement.passed is False
    assert errors(as_json(record)) == []
    assert b"NaN" not in encode(record)
    assert b"Infinity" not in encode(record)


def test_coefficients_are_in_the_order_and_units_of_the_columns(tables):
    """A column in thousandths, moved to the front, has a thousandth of the slope (nearly: the prior is vague)."""
    X, y = tables["tall"]
    names = ["a", "b", "c", "d"]
    quick = Settings(seed=3, draws=400, chains=2)
    plain = run(Problem.from_rows(X, y, noise_sd=0.7, features=names), Normal(1e6), quick).record()
    moved = np.column_stack([1000 * X[:, 3], X[:, :3]])
    turned = run(Problem.from_rows(moved, y, noise_sd=0.7, features=["d", "a", "b", "c"]), Normal(1e6), quick).record()
    w = np.linalg.lstsq(np.column_stack([X, np.ones(len(y))]), y)[0]
    for record, expected in ((plain, w[:4]), (turned, np.append(w[3] / 1000, w[:3]))):
        assert record.problem.features == (names if record is plain else ["d", "a", "b", "c"])
        for values in [mode.coef for mode in record.modes.values()] + [record.exact.mean]:
            np.testing.assert_allclose(values, expected, rtol=1e-9)  # alpha / (n sd^2) = 5e-13 / 40: the pull


def test_routes_objective_and_intervals_are_those_of_the_rows(record):
    result = three_routes()
    X, y, sigma = result.problem.X, result.problem.y, result.problem.noise_sd
    for route in record["modes"].values():
        w, b = np.array(route["coef"]), route["intercept"]
        J = np.sum((y - b - X @ w) ** 2) + record["problem"]["alpha"] * w @ w
        assert abs(route["objective"] - J) <= gamma(4 * X.size) * (y @ y)
    A = X - X.mean(axis=0)
    covariance = np.linalg.inv(A.T @ A / sigma**2 + np.eye(10) / 20.0**2)
    exact = record["exact"]
    relative = gamma(4 * X.size) * np.linalg.cond(covariance)
    np.testing.assert_allclose(exact["sd"], np.sqrt(np.diag(covariance)), rtol=relative)
    half = stats.norm.ppf(0.945)
    for mean, sd, (low, high) in zip(exact["mean"], exact["sd"], exact["eti89"], strict=True):
        size = gamma(10) * (abs(mean) + half * sd)
        assert abs(low - (mean - half * sd)) <= size
        assert abs(high - (mean + half * sd)) <= size


def test_predictive_intervals_and_degrees_of_freedom_are_those_of_the_hat_matrix(record):
    """Row by row from the formula with all rows at hand, not from the statistics."""
    result = three_routes()
    X, y, sigma = result.problem.X, result.problem.y, result.problem.noise_sd
    A = X - X.mean(axis=0)
    covariance = np.linalg.inv(A.T @ A / sigma**2 + np.eye(10) / 20.0**2)
    relative = gamma(4 * X.size) * np.linalg.cond(covariance)
    mean = y.mean() + A @ (covariance @ A.T @ (y - y.mean())) / sigma**2
    sd = np.sqrt(sigma**2 * (1 + 1 / len(y)) + np.einsum("ij,jk,ik->i", A, covariance, A))
    for row in record["uncertainty"]["predictive"]["rows"]:
        i = row["row"]
        assert row["observed"] == y[i]
        assert abs(row["mean"] - mean[i]) <= relative * (abs(y.mean()) + np.abs(mean).max())
        assert abs(row["sd"] - sd[i]) <= relative * sd[i]
    inside = np.abs(y - mean) <= stats.norm.ppf(0.945) * sd
    assert record["uncertainty"]["predictive"]["coverage"] == inside.mean()
    trace = np.trace(A @ covariance @ A.T) / sigma**2
    assert abs(record["uncertainty"]["effective_degrees_of_freedom"] - trace) <= relative * 10
    sds = np.sqrt(np.diag(covariance))
    off = np.abs(np.array(record["uncertainty"]["correlation"]) - covariance / np.outer(sds, sds))
    assert off.max() <= relative


def test_without_rows_there_is_no_prediction_and_no_observed_data(without_rows):
    assert without_rows.record().uncertainty.predictive is None
    assert set(without_rows.posterior.children) == set(GROUPS[:3])


# --- the posterior on disk


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    write(three_routes(), out, PAGES)
    return out


def test_all_three_files_are_written_and_nothing_else(folder):
    assert sorted(path.name for path in folder.iterdir()) == [f"three-routes.{end}" for end in ("html", "json", "nc")]
    assert json.loads((folder / "three-routes.json").read_text(encoding="utf-8")) == three_routes_record()


@pytest.mark.parametrize("by", ["arviz", "xarray"])
def test_the_posterior_reopens_with_every_group_as_it_was_written(folder, by):
    path = folder / "three-routes.nc"
    tree = az.from_netcdf(path) if by == "arviz" else xr.open_datatree(path, engine="h5netcdf")
    try:
        assert set(tree.children) == set(GROUPS)
        for group in GROUPS:
            there, whole = tree[group].to_dataset(), three_routes().posterior[group].to_dataset()
            if group in ("log_likelihood", "posterior_predictive"):  # a sample of the rows, in single precision
                assert there["y"].dtype == np.float32
                xr.testing.assert_equal(there, whole.sel(row=there["row"]).astype(np.float32))
            elif group == "observed_data":
                xr.testing.assert_equal(there, whole.sel(row=there["row"]))
            else:
                xr.testing.assert_equal(there, whole)
    finally:
        tree.close()


def test_the_draws_are_labelled_by_feature(record):
    posterior = three_routes().posterior["posterior"]
    assert posterior["w"].dims == ("chain", "draw", "feature")
    assert posterior["feature"].to_numpy().tolist() == record["problem"]["features"]
    by_hand = posterior["w"].mean(("chain", "draw")).to_numpy()
    size = np.abs(posterior["w"]).max(("chain", "draw")).to_numpy()
    assert (np.abs(by_hand - record["draws"]["pymc"]["mean"]) <= gamma(4000) * size).all()


def test_log_likelihood_is_that_of_scipy():
    result = three_routes()
    X, y, tree = result.problem.X, result.problem.y, result.posterior
    w, b = tree["posterior"]["w"].to_numpy(), tree["posterior"]["b"].to_numpy()
    mean = w @ X.T + b[..., np.newaxis]
    expected = stats.norm.logpdf(y, mean, result.problem.noise_sd)
    z = np.abs(y - mean) / result.problem.noise_sd
    size = (np.abs(w) @ np.abs(X.T) + np.abs(b)[..., np.newaxis] + y) / result.problem.noise_sd
    allowed = gamma(result.problem.p + 8) * (size * z + np.abs(expected) + math.log(result.problem.noise_sd) + 1)
    values = tree["log_likelihood"]["y"].to_numpy()
    assert (np.abs(values - expected) <= allowed).all()
    assert (np.abs(values - stats.norm.logpdf(y, mean, result.problem.noise_sd * 1.001)) > allowed).mean() > 0.99
    assert (tree["observed_data"]["y"].to_numpy() == y).all()


def interval_errors(replicated, result):
    """How far the share of replicates inside each row's exact 89 % interval is from 0.89, in Monte Carlo errors."""
    X, posterior = result.problem.X, result.exact
    mean = posterior.intercept_mean + X @ posterior.mean
    inside = np.abs(replicated - mean) <= stats.norm.ppf(0.945) * posterior.predictive_sd(X)
    size = min(result.summary.smallest_ess, replicated.shape[0] * replicated.shape[1])
    return (inside.mean(axis=(0, 1)) - 0.89) / math.sqrt(0.89 * 0.11 / size)


def test_replicates_fall_into_the_exact_predictive_intervals_as_often_as_they_should():
    result = three_routes()
    bound = stats.norm.isf(FALSE_ALARM / (2 * result.problem.n))
    replicated = result.posterior["posterior_predictive"]["y"].to_numpy()
    assert np.abs(interval_errors(replicated, result)).max() <= bound
    # the controls: noise ten percent too wide, and none at all
    posterior = result.posterior["posterior"]
    mean = posterior["w"].to_numpy() @ result.problem.X.T + posterior["b"].to_numpy()[..., np.newaxis]
    assert np.abs(interval_errors(mean + 1.1 * (replicated - mean), result)).max() > bound
    assert np.abs(interval_errors(mean, result)).min() > bound


def test_the_exact_draws_are_those_of_the_exact_posterior():
    result = three_routes()
    w = result.posterior["exact_posterior"]["w"].to_numpy().reshape(-1, result.problem.p)
    bound = stats.norm.isf(FALSE_ALARM / (2 * result.problem.p))
    assert (np.abs(w.mean(axis=0) - result.exact.mean) <= bound * result.exact.sd / math.sqrt(len(w))).all()
    assert (np.abs(w.std(axis=0) / result.exact.sd - 1) <= bound / math.sqrt(2 * len(w))).all()
