"""posteriordb's regressions: read from its files, stated in mapsto's terms, and its reference judged."""

import json
import zipfile

import numpy as np
import pytest

from compared import engines
from helpers.runs import ROOT
from mapsto import BadInput, Settings
from mapsto.runs.comparison.checks import checks_of, verdict
from mapsto.runs.comparison.compare import Plan, compare
from mapsto.runs.comparison.posteriordb import CANNOT, MODELS, database_given, stated, subject_of
from mapsto.runs.comparison.posteriordb.table import markdown_table
from mapsto.runs.comparison.recording import comparison_record
from mapsto.runs.comparison.reference import exact_reference
from mapsto.runs.comparison.work import Here

N = 60


def columns():
    """Made data with every name that the models ask for."""
    rng = np.random.default_rng(3)

    def positive():
        return np.exp(0.3 * rng.standard_normal(N))

    def zero_or_one():
        return rng.integers(0, 2, N)

    data = {
        name: positive() for name in ("earn", "height", "diam1", "diam2", "canopy_height", "total_height", "weight")
    }
    data |= {name: positive() for name in ("weight", "density", "kid_score", "mom_iq", "partyid7", "dist", "arsenic")}
    data |= {name: rng.standard_normal(N) for name in ("real_ideo", "educ1", "income", "x", "log_radon", "year", "y")}
    data |= {name: zero_or_one() for name in ("male", "mom_hs", "group", "race_adj", "gender", "vote", "switched")}
    data |= {name: zero_or_one() for name in ("watched", "encouraged", "floor_measure")}
    data |= {name: rng.integers(1, 5, N) for name in ("mom_work", "age_discrete")}
    data |= {"N": np.full(N, 20), "C": rng.integers(3, 15, N), "X": rng.standard_normal((N, 3))}
    data |= {"assoc": zero_or_one(), "educ": rng.integers(0, 17, N)}
    return data | {"pmualpha": 1.0, "psalpha": 10.0, "pmubeta": -0.5, "psbeta": 2.0}


def as_json(data):
    return {name: value.tolist() if hasattr(value, "tolist") else value for name, value in data.items()}


@pytest.fixture
def checkout(tmp_path):
    """A checkout of posteriordb with one posterior: its data, and reference draws of the exact posterior in a zip."""
    root = tmp_path / "posteriordb" / "posterior_database"
    for folder in ("posteriors", "data/data", "reference_posteriors/draws/draws"):
        (root / folder).mkdir(parents=True)
    name = "made-blr"
    (root / "posteriors" / f"{name}.json").write_text(
        json.dumps({"name": name, "data_name": "made", "model_name": "blr", "reference_posterior_name": name})
    )
    zipped(root / "data" / "data" / "made.json.zip", as_json(columns()))
    question = subject_of(name, tmp_path / "posteriordb").question()
    exact, rng = question.exact, np.random.default_rng(6)
    w, _ = exact.draws(4000, rng)
    # sigma by its own exact marginal, apart from w: means and sds are of one parameter at a time
    sigma = rng.choice(exact.scales["sigma"], size=4000, p=exact.weights / exact.weights.sum())
    chains = np.column_stack([w, sigma]).reshape(4, 1000, 4)
    names = ["beta[1]", "beta[2]", "beta[3]", "sigma"]
    draws = [{key: chain[:, j].tolist() for j, key in enumerate(names)} for chain in chains]
    zipped(root / "reference_posteriors" / "draws" / "draws" / f"{name}.json.zip", draws)
    return tmp_path / "posteriordb"


def zipped(path, data):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(path.name.removesuffix(".zip"), json.dumps(data))


def reproduced(checkout, given):
    one = subject_of("made-blr", checkout)
    kinds = {"twin": engines.Absent}
    return compare(one, kinds, Here(one.question(), kinds), Plan(Settings(), 2), given=given)


@pytest.mark.parametrize("model", MODELS)
def test_each_model_is_a_posterior_with_a_name_of_posteriordbs_for_each_parameter(model, tmp_path):
    path, data = tmp_path / "data.json", columns()
    if model == "dogs":  # a row for each dog, a column for each trial
        data |= {"y": np.random.default_rng(1).integers(0, 2, (6, 10))}
    path.write_text(json.dumps(as_json(data)))
    one = stated(f"made-{model}", path)
    count = one.problem.p + one.problem.intercept + (one.problem.noise_prior is not None)
    assert len(one.theirs) == len(set(one.theirs)) == count


def test_a_flat_regression_is_least_squares(tmp_path):
    path, data = tmp_path / "data.json", columns()
    path.write_text(json.dumps(as_json(data)))
    question = subject_of("made-kidscore_interaction_c", path).question()
    hs, iq = data["mom_hs"] - data["mom_hs"].mean(), data["mom_iq"] - data["mom_iq"].mean()
    X = np.column_stack([hs, iq, hs * iq, np.ones(N)])
    w = np.linalg.lstsq(X, data["kid_score"])[0]
    mean = exact_reference(question, question.exact).values["mean"][:4]
    assert mean == pytest.approx(w, rel=N * np.linalg.cond(X) ** 2 * np.finfo(float).eps)


def test_a_csv_is_the_same_data(tmp_path):
    X, y = columns()["X"], columns()["y"]
    rows = "\n".join(",".join(map(repr, row)) for row in np.column_stack([X, y]).tolist())
    (tmp_path / "d.csv").write_text("X1,X2,X3,y\n" + rows)
    (tmp_path / "d.json").write_text(json.dumps({"X": X.tolist(), "y": y.tolist()}))
    a, b = (stated("made-blr", tmp_path / f"d.{ending}").problem for ending in ("csv", "json"))
    assert a.sha256 == b.sha256


def test_reference_draws_of_the_posterior_are_reproduced(checkout):
    given = database_given("made-blr", checkout, None)
    found = reproduced(checkout, given)
    checks = {check.name: check for check in checks_of(found)}
    assert checks["posteriordb-mean"].passed
    assert checks["posteriordb-sd"].passed
    assert "is reproduced by the exact posterior" in verdict(found, checks_of(found))
    rows = comparison_record(found).database.rows
    assert [row.theirs for row in rows] == ["beta[1]", "beta[2]", "beta[3]", "sigma"]
    assert all(row.our_mcse_mean == 0 < row.mcse_mean for row in rows)


@pytest.mark.parametrize("what", ["mean", "sd"])
def test_a_reference_of_something_else_is_seen(checkout, what):
    from dataclasses import replace

    given = database_given("made-blr", checkout, None)
    wrong = replace(given, mean=given.mean + 0.2 * given.sd) if what == "mean" else replace(given, sd=1.2 * given.sd)
    found = reproduced(checkout, wrong)
    assert f"posteriordb-{what}" in {check.name for check in checks_of(found) if not check.passed}
    assert "is NOT reproduced" in verdict(found, checks_of(found))


def test_means_alone_are_judged_as_means(checkout, tmp_path):
    question = subject_of("made-blr", checkout).question()
    mean = exact_reference(question, question.exact).values["mean"]
    names = ["sigma", "beta[3]", "beta[2]", "beta[1]"]  # in another order
    path = tmp_path / "means.json"
    path.write_text(json.dumps({"names": names, "mean_value": mean[::-1].tolist(), "mcse_mean": [1e-3] * 4}))
    found = reproduced(checkout, database_given("made-blr", checkout, path))
    checks = {check.name: check for check in checks_of(found)}
    assert checks["posteriordb-mean"].observed == pytest.approx(0, abs=1e-12)
    assert "posteriordb-sd" not in checks


def test_files_that_cannot_be_used_are_told_in_a_line(checkout, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "short.json").write_text('{"X": [[1.0]]}')
    (tmp_path / "draws.json").write_text('[{"beta[1]": [1.0]}]')
    with pytest.raises(BadInput, match="cannot be read"):
        stated("made-blr", tmp_path / "broken.json")
    with pytest.raises(BadInput, match="have no 'y'"):
        stated("made-blr", tmp_path / "short.json")
    with pytest.raises(BadInput, match="is no checkout of posteriordb"):
        stated("made-blr", tmp_path)
    with pytest.raises(BadInput, match="draws of made-blr have no"):
        database_given("made-blr", checkout, tmp_path / "draws.json")
    with pytest.raises(BadInput, match="not among the models"):
        stated("made-nothing", checkout)
    for model, reason in CANNOT.items():
        with pytest.raises(BadInput, match="cannot be stated"):
            stated(f"made-{model}", checkout)
        assert len(reason) > 40


def test_the_table_in_the_documents_is_that_of_the_code():
    text = (ROOT / "docs" / "how_to" / "compare.md").read_text(encoding="utf-8")
    assert markdown_table() in text


def test_the_dogs_columns_count_what_came_before(tmp_path):
    y = [[0, 1, 1, 0], [1, 1, 0, 0]]
    (tmp_path / "dogs.json").write_text(json.dumps({"y": y}))
    X = stated("made-dogs", tmp_path / "dogs.json").problem.X
    for row, (dog, trial) in zip(X, [(d, t) for d in (0, 1) for t in range(4)], strict=True):
        assert list(row) == [1, y[dog][:trial].count(0), y[dog][:trial].count(1)]
