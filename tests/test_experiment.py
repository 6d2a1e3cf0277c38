import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.runs import SMALL, as_json, script, three_routes
from mapsto import (
    BadInput,
    Cauchy,
    Check,
    Experiment,
    Figure,
    Flat,
    HalfNormal,
    HalfNormalNoise,
    HierarchicalNormal,
    InverseGammaNoise,
    JeffreysNoise,
    Laplace,
    Lesson,
    Mark,
    MultivariateNormal,
    Normal,
    Problem,
    Series,
    Settings,
    StudentT,
    run,
)
from mapsto.certificate import Conditioning
from mapsto.engines import closed_form as via_closed_form
from mapsto.engines import sklearn as via_sklearn
from mapsto.engines.pymc import mode as via_pymc
from mapsto.engines.pymc.densities.log_density import LogDensity
from mapsto.engines.pymc.model import statistics_model
from mapsto.runs.lessons.discovery import load

SIGMA, SCALE = 0.7, 1.5
QUICK = Settings(seed=11, draws=400, chains=2)


# --- settings


@pytest.mark.parametrize(
    "bad",
    [
        {"seed": -1},
        {"seed": "1"},
        {"seed": True},
        {"seed": 1.0},
        {"seed": None},
        {"draws": 0},
        {"draws": 9},
        {"draws": -400},
        {"draws": "many"},
        {"draws": True},
        {"draws": math.nan},
        {"chains": 1},
        {"chains": 0},
        {"chains": "four"},
        {"chains": False},
        {"chains": 2.5},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_told_in_one_line(bad):
    with pytest.raises(BadInput) as told:
        Settings(**bad)
    (name,) = bad
    assert str(told.value).startswith(f"{name} is {bad[name]!r}; expected a whole number of at least ")
    assert "\n" not in str(told.value)


def test_the_least_settings_are_accepted():
    assert Settings(seed=0, draws=10, chains=2) == Settings(0, 10, 2)
    assert Settings() == Settings(seed=1, draws=1000, chains=4)


def test_any_seed_a_shell_can_pass_is_one_the_sampler_takes(tmp_path):
    """A seed that Settings lets through has to run; the sampler may not be the one to refuse it."""
    experiment = load(script(tmp_path))
    assert experiment.run(Settings(seed=2**64 - 1, draws=10, chains=2)).settings.seed == 2**64 - 1


@pytest.mark.parametrize("seed", [2**64, 10**30])
def test_a_seed_too_large_for_the_sampler_is_bad_input_or_runs(tmp_path, seed):
    experiment = load(script(tmp_path))
    try:
        settings = Settings(seed=seed, draws=10, chains=2)
    except BadInput:
        return
    assert experiment.run(settings).settings.seed == seed


# --- experiments


def lesson(data=None, **changes):
    fields = {"name": "a-lesson", "title": "T", "question": "Q?", "answer": "A.", "data": data, "prior": Normal(1.0)}
    return Experiment(**fields | changes)


@pytest.mark.parametrize("name", ["", "A", "a b", "a_b", "../a", "a/b", "a--b", "-a", "a-", "index", "a.b", "a\n", "é"])
def test_a_name_that_could_not_name_a_file_is_refused(name):
    with pytest.raises(BadInput, match="the experiment's name is"):
        lesson(name=name)


@pytest.mark.parametrize("name", ["a", "three-routes", "2-beats-1"])
def test_a_name_in_kebab_case_is_taken(name):
    assert lesson(name=name).name == name


def fails():
    raise ZeroDivisionError("it\nbroke")


def line_of(function, below=0):
    """How a message names a line of this file: its path from the current folder, and the number."""
    return f"{Path(__file__).relative_to(Path.cwd())}:{function.__code__.co_firstlineno + below}"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (fails, f"its data failed at {line_of(fails, 1)}: ZeroDivisionError: it broke"),
        (lambda: None, "data() returned NoneType; expected a mapsto.Problem"),
        (lambda: Problem.from_rows([[1.0]], [1.0], noise_sd=1.0), "one row"),
    ],
)
def test_data_that_fail_are_told_with_the_experiments_name(data, words):
    with pytest.raises(BadInput) as told:
        lesson(data).problem()
    assert str(told.value).startswith("a-lesson: ")
    assert words in str(told.value)
    assert "\n" not in str(told.value)


# --- the same seed


def still(record):
    """A record without what a clock put into it."""
    provenance = {key: value for key, value in record["provenance"].items() if key not in ("seconds", "made")}
    answers = {
        part: {
            name: {key: value for key, value in answer.items() if key != "seconds"}
            for name, answer in record[part].items()
        }
        for part in ("modes", "draws")
    }
    return record | {"provenance": provenance} | answers


@pytest.fixture(scope="module")
def small(tables):
    return Problem.from_rows(*tables["tall"], noise_sd=SIGMA)


@pytest.fixture(scope="module")
def once(small):
    return run(small, Normal(SCALE), QUICK, name="once")


def test_two_runs_with_one_seed_are_one_but_for_the_clock(small, once):
    again = run(small, Normal(SCALE), QUICK, name="once")
    assert still(as_json(again.record())) == still(as_json(once.record()))
    for group in ("posterior", "exact_posterior", "sample_stats", "log_likelihood", "posterior_predictive"):
        assert again.posterior[group].to_dataset().equals(once.posterior[group].to_dataset()), group


def test_another_seed_moves_the_draws_and_nothing_else(small, once):
    other = run(small, Normal(SCALE), replace(QUICK, seed=12), name="once")
    first, second = still(as_json(once.record())), still(as_json(other.record()))
    different = {key for key in first if first[key] != second[key]}
    assert different == {"agreement", "draws", "fit", "plots", "provenance"}
    assert first["exact"] == second["exact"]
    assert not other.posterior["posterior"].to_dataset().equals(once.posterior["posterior"].to_dataset())


def test_stages_are_told_as_they_begin(small):
    told = []
    run(small, Normal(SCALE), QUICK, stage=told.append)
    assert told == ["Closed form: mode", "scikit-learn: mode", "PyMC: mode", "PyMC: sampling"]


def test_a_route_that_raises_is_a_failure_with_its_reason(small, monkeypatch):
    def broken(_problem, _prior):
        raise np.linalg.LinAlgError("singular")

    monkeypatch.setattr(via_sklearn, "fit", broken)
    result = run(small, Normal(SCALE), QUICK)
    assert [check.name for check in result.certificate.checks if not check.passed] == ["engine-sklearn"]
    assert as_json(result.record())["modes"]["sklearn"] == {
        "label": "scikit-learn",
        "status": "failed",
        "reason": "LinAlgError: singular",
        **dict.fromkeys(("coef", "intercept", "objective", "seconds")),
    }


def test_the_mode_is_that_of_the_first_route_with_one():
    result = three_routes()
    assert result.mode is result.modes["closed_form"]


# --- identities: what happens to the mode when the data are turned around


class Modes:
    """The modes by the three routes, in the columns' own order, and how far rounding may move them."""

    def __init__(self, X, y, noise_sd=SIGMA, scale=SCALE):
        problem, prior = Problem.from_rows(X, y, noise_sd=noise_sd), Normal(scale)
        solution = via_closed_form.solve(problem, prior)
        density = LogDensity(statistics_model(problem, prior), problem.statistics.x_mean)
        by_pymc = via_pymc.find_mode(problem, prior, density)
        self.routes = [solution.mode, via_sklearn.fit(problem, prior), by_pymc]
        self.coef = np.array([mode.coef for mode in self.routes])
        self.intercept = np.array([mode.intercept for mode in self.routes])
        self.posterior = solution.posterior
        conditioning = Conditioning.of(problem, prior, solution.posterior)
        self.unit, self.relative = conditioning.unit, conditioning.backward * conditioning.condition
        self.x_mean, self.y_mean = np.abs(problem.statistics.x_mean), abs(problem.statistics.y_mean)


def apart(one, other, coef, intercept):
    """Distances of one's modes from the given ones (route by route), in units of what rounding explains for both."""
    relative = one.relative + other.relative
    slopes = np.abs((one.coef - coef) * one.unit).max(axis=1) / np.abs(coef * one.unit).max(axis=1) / relative
    slack = relative * (one.x_mean @ (np.abs(coef * one.unit).max() / one.unit) + one.y_mean + np.abs(intercept))
    return max(slopes.max(), (np.abs(one.intercept - intercept) / slack).max())


@pytest.fixture(scope="module")
def table(tables):
    return tables["tall"]


@pytest.fixture(scope="module")
def plain(table):
    return Modes(*table)


def test_the_order_of_the_rows_does_not_matter(table, plain):
    X, y = table
    order = np.random.default_rng(2).permutation(len(y))
    assert apart(Modes(X[order], y[order]), plain, plain.coef, plain.intercept) <= 1
    wrong = Modes(X[order], y)  # the control: rows and responses that no longer belong together
    assert apart(wrong, plain, plain.coef, plain.intercept) > 1


def test_permuted_columns_have_permuted_slopes(table, plain):
    X, y = table
    order = np.array([2, 0, 3, 1])
    turned = Modes(X[:, order], y)
    assert apart(turned, plain, plain.coef[:, order], plain.intercept) <= 1
    assert apart(turned, plain, plain.coef, plain.intercept) > 1


def test_another_unit_of_y_scales_everything(table, plain):
    X, y = table
    c = 37.5
    scaled = Modes(X, c * y, noise_sd=c * SIGMA, scale=c * SCALE)
    assert apart(scaled, plain, c * plain.coef, c * plain.intercept) <= 1
    np.testing.assert_allclose(scaled.posterior.sd, c * plain.posterior.sd, rtol=plain.relative)
    forgotten = Modes(X, c * y, noise_sd=c * SIGMA)
    assert apart(forgotten, plain, c * plain.coef, c * plain.intercept) > 1


def test_only_the_ratio_of_the_scales_moves_the_mode_and_both_the_width(table, plain):
    both = Modes(*table, noise_sd=3 * SIGMA, scale=3 * SCALE)
    assert apart(both, plain, plain.coef, plain.intercept) <= 1
    np.testing.assert_allclose(both.posterior.sd, 3 * plain.posterior.sd, rtol=plain.relative)


def test_shifting_y_moves_the_intercept_alone(table, plain):
    X, y = table
    assert apart(Modes(X, y + 12.25), plain, plain.coef, plain.intercept + 12.25) <= 1


def test_shifting_a_column_moves_the_intercept_alone(table, plain):
    X, y = table
    shift = np.array([0.0, 3.0, 0.0, -1.5])
    assert apart(Modes(X + shift, y), plain, plain.coef, plain.intercept - plain.coef @ shift) <= 1


def test_rows_stacked_twice_with_twice_the_noise_variance_say_the_same(table, plain):
    X, y = table
    twice = Modes(np.vstack([X, X]), np.append(y, y), noise_sd=math.sqrt(2) * SIGMA)
    assert apart(twice, plain, plain.coef, plain.intercept) <= 1
    np.testing.assert_allclose(twice.posterior.sd, plain.posterior.sd, rtol=plain.relative)
    forgotten = Modes(np.vstack([X, X]), np.append(y, y))
    assert apart(forgotten, plain, plain.coef, plain.intercept) > 1


# --- what an experiment adds to its run, and other questions of its data


QUICK_LESSON = Figure("T", "C.", "A.", "x", "y", [Series("s", [1.0, 2.0], [3.0, 4.0])])


@pytest.fixture
def of_small(small):
    """An experiment on the small table, with a lesson."""

    def make(tell, **changes):
        return lesson(lambda: small, **{"prior": Normal(SCALE), "lesson": tell} | changes)

    return make


@pytest.mark.parametrize(
    "figure",
    [
        replace(QUICK_LESSON, title="no place", marks=[Mark(math.nan, "here")]),
        replace(QUICK_LESSON, title="words", series=[Series("s", [1.0, 2.0], ["low", "high"])]),
    ],
    ids=lambda figure: figure.title,
)
def test_a_figure_that_cannot_be_drawn_is_refused_by_its_title(of_small, figure):
    result = of_small(lambda _result: Lesson(figures=(figure,))).run(QUICK)
    with pytest.raises(BadInput, match=f"the figure '{figure.title}' holds what no figure can: .*"):
        result.record()


def test_a_lesson_adds_its_claims_figures_and_answer(of_small):
    seen = []

    def tell(result):
        seen.append(result)
        claim = Check("claim-the-first-slope-is-large", 0.5, 1.0, "Because.")
        return Lesson(claims=(claim,), figures=(QUICK_LESSON,), answer=f"It is {result.problem.p}.")

    experiment = of_small(tell)
    result = experiment.run(QUICK)
    plain = replace(experiment, lesson=None).run(QUICK)
    assert [check.name for check in result.certificate.checks] == [
        *(check.name for check in plain.certificate.checks),
        "claim-the-first-slope-is-large",
    ]
    assert result.certificate.passed
    assert (result.figures, result.answer) == ((QUICK_LESSON,), "It is 4.")
    assert (plain.figures, plain.answer) == ((), "A.")
    assert seen[0].question == "Q?"  # it is handed the whole result, words included
    assert result.seconds >= seen[0].seconds
    assert np.array_equal(result.mode.coef, plain.mode.coef)  # and changes no number of the run
    record = as_json(result.record())
    assert record["figures"][0]["title"] == "T"
    assert record["agreement"]["checks"][-1]["name"] == "claim-the-first-slope-is-large"


def test_a_lesson_without_an_answer_keeps_the_experiments(of_small):
    assert of_small(lambda _result: Lesson()).run(QUICK).answer == "A."


@pytest.mark.parametrize("observed", [2.0, math.nan])
def test_a_claim_that_does_not_hold_fails_the_run(of_small, observed):
    result = of_small(lambda _result: Lesson(claims=(Check("claim", observed, 1.0, "Because."),))).run(QUICK)
    assert [check.name for check in result.certificate.checks if not check.passed] == ["claim"]
    assert as_json(result.record())["agreement"]["passed"] is False


def stops(_result):
    raise SystemExit("stop")


@pytest.mark.parametrize(
    ("tell", "words"),
    [
        (lambda _result: fails(), ": ZeroDivisionError: it broke"),
        (stops, ": SystemExit: stop"),
        (lambda _result: None, "lesson() returned NoneType; expected a mapsto.Lesson"),
        (lambda _result: Lesson((Check("a", 0.0, 1.0, "B."),) * 2), ": two claims are named 'a'; give each claim a"),
    ],
)
def test_a_lesson_that_fails_is_told_with_the_experiments_name(of_small, tell, words):
    with pytest.raises(BadInput) as told:
        of_small(tell).run(QUICK)
    assert str(told.value).startswith("a-lesson: ")
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_an_error_in_a_library_is_told_at_the_line_of_the_script_that_called_it(of_small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = SMALL.replace("prior=Normal", "lesson=lesson, prior=Normal").replace(
        "experiment =",
        "def lesson(result):\n    import json\n    return helper(json)\n\n"
        "def helper(json):\n    return json.loads('')\n\nexperiment =",
    )
    path = script(Path("scripts"), "own", source)
    at = 1 + source.splitlines().index("    return json.loads('')")
    with pytest.raises(BadInput, match=rf"^own: its lesson failed at {path}:{at}: JSONDecodeError: "):
        load(path).run(QUICK)
    monkeypatch.chdir(tmp_path / "scripts")  # a path that does not lead there from here is told whole
    with pytest.raises(BadInput, match=rf"failed at {path.name}:{at}: "):
        load(Path("own.py")).run(QUICK)


def test_an_error_without_a_line_of_python_is_told_without_one(of_small):
    with pytest.raises(BadInput, match=r"^a-lesson: its lesson failed: TypeError: "):
        of_small(float).run(QUICK)


def test_other_runs_are_made_for_the_lesson_and_change_no_number(of_small, once):
    experiment = of_small(lambda result: Lesson(answer=", ".join(result.others)), others=lambda _result: {"once": once})
    result = experiment.run(QUICK)
    assert result.others == {"once": once}
    assert result.answer == "once"
    assert "others" not in as_json(result.record())
    assert replace(experiment, lesson=None).run(QUICK).others == {"once": once}
    assert experiment.under(Laplace(1.0), None).others is None  # they were made for its own prior


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (lambda _result: fails(), f"its other runs failed at {line_of(fails, 1)}: ZeroDivisionError: it broke"),
        (lambda _result: {"a": None}, "others() returned {'a': None}; expected a mapsto.Result for each name"),
        (lambda _result: None, "others() returned None; expected"),
    ],
)
def test_other_runs_that_fail_are_told(of_small, others, words):
    with pytest.raises(BadInput, match=r"^a-lesson: ") as told:
        of_small(lambda _result: Lesson(), others=others).run(QUICK)
    assert words in str(told.value)


def test_under_nothing_else_an_experiment_is_itself(of_small):
    experiment = of_small(None)
    assert experiment.under(None, None) is experiment


@pytest.mark.parametrize(
    ("prior", "noise", "name"),
    [
        (StudentT(1.0), None, "a-lesson-student-t"),
        (None, HalfNormalNoise(1.0), "a-lesson-sigma-half-normal"),
        (Laplace(1.0), JeffreysNoise(), "a-lesson-laplace-sigma-jeffreys"),
    ],
)
def test_under_another_prior_it_is_another_question_of_the_same_data(of_small, small, prior, noise, name):
    experiment = of_small(lambda _result: Lesson(claims=(Check("claim", 2.0, 1.0, "Not of this prior."),)))
    other = experiment.under(prior, noise)
    assert other.name == name
    assert other.prior == (prior or experiment.prior)
    assert other.title.startswith("T: ")
    assert other.question.strip()
    assert other.question != experiment.question
    problem = other.problem()
    assert problem.noise_prior == noise
    assert problem.sha256 == small.sha256
    assert problem.noise_sd == small.noise_sd
    assert experiment.problem().noise_prior is None  # and the experiment is as it was
    assert experiment.name == "a-lesson"
    assert other.lesson is not experiment.lesson  # its claims were about its own prior


def test_under_another_prior_data_that_fail_are_told_by_the_experiments_own_name():
    with pytest.raises(BadInput, match=f"a-lesson: its data failed at {line_of(fails, 1)}: ZeroDivisionError"):
        lesson(fails).under(None, JeffreysNoise()).problem()


def test_under_another_prior_it_runs(of_small):
    result = of_small(None).under(Laplace(1.0), HalfNormalNoise(1.0)).run(replace(QUICK, draws=1000))
    assert result.name == "a-lesson-laplace-sigma-half-normal"
    assert "w" in result.posterior["posterior"]
    assert "sigma" in result.posterior["posterior"]
    assert as_json(result.record())["problem"]["noise"]["kind"] == "learned"
    assert [check.name for check in result.certificate.checks if not check.passed] == []


# --- priors of every kind through the whole run


KINDS = {
    "flat": (Flat(), None),
    "laplace": (Laplace(0.05), None),
    "half normal": (HalfNormal(0.5), None),
    "cauchy": (Cauchy(0.5), None),
    "correlated": (MultivariateNormal.examples(4)[1], None),
    "hierarchical": (HierarchicalNormal(1.0), None),
    "conjugate": (Normal(1.0, per_sigma=True), InverseGammaNoise(2.0, 1.0)),
    "classical": (Flat(), JeffreysNoise()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_prior_is_certified_and_recorded(kind, tables):
    prior, noise = KINDS[kind]
    problem = Problem.from_rows(*tables["tall"], noise_sd=SIGMA, noise_prior=noise)
    result = run(problem, prior, Settings(seed=5, draws=1000, chains=4), name="kind")
    assert [check for check in result.certificate.checks if not check.passed] == []
    names = {check.name for check in result.certificate.checks}
    drawn_exactly = {"nuts-mean-is-exact-mean", "nuts-sd-is-exact-sd"} <= names
    assert drawn_exactly == (kind not in ("laplace", "half normal", "cauchy"))
    assert ("no-draw-beats-the-mode" in names) == (kind != "hierarchical")
    assert ("same-exact-zeros" in names) == (kind in ("laplace", "half normal"))
    assert ("mode-is-a-local-maximum" in names) == (kind == "cauchy")
    assert "rows-equal-statistics" in names
    record = as_json(result.record())
    if kind == "hierarchical":
        assert {route["status"] for route in record["modes"].values()} == {"unsupported"}
        assert all(route["reason"] for route in record["modes"].values())
        with pytest.raises(BadInput, match="there is no mode under the hierarchical Normal prior"):
            _ = result.mode
    if kind in ("laplace", "half normal"):
        zeros = [row["exactly_zero"] for row in record["point_and_posterior"]]
        assert 0 < sum(zeros) < 4
        assert all(row["sd"] > 0 for row in record["point_and_posterior"])  # the posterior has none


def test_an_improper_posterior_is_not_sampled(tables):
    result = run(Problem.from_rows(*tables["collinear"], noise_sd=SIGMA), Flat(), QUICK)
    assert result.summary is None
    assert "posterior" not in result.posterior.children
    assert [check for check in result.certificate.checks if not check.passed] == []
    record = as_json(result.record())
    assert record["exact"] is None
    assert record["draws"]["pymc"]["status"] == "unsupported"
    assert record["draws"]["pymc"]["reason"]
    assert record["agreement"]["digits"] is None  # many slopes are equally good
    assert {name for name, route in record["modes"].items() if route["status"] == "ok"} >= {"closed_form", "sklearn"}


def test_a_prior_for_another_number_of_columns_is_bad_input(small):
    with pytest.raises(BadInput, match="has 3 numbers in 'scale' and the table 4 columns"):
        run(small, Normal((1.0, 2.0, 3.0)), QUICK)
