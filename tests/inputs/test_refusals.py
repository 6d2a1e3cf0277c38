"""One printable line of a readable length, whatever is thrown at the tool."""

import copy
import re
from pathlib import Path

import numpy as np
import pytest

from helpers.runs import PAGES, SMALL, as_json, from_json, refused, script, three_routes, three_routes_record
from mapsto import BadInput, InverseGammaNoise, Normal, PosteriorRegressor, Problem, Settings, StudentT, run
from mapsto.certificate import draws_checks
from mapsto.data.files import open_table
from mapsto.data.sources.opened import open_source, source_of_large
from mapsto.engines import registry
from mapsto.engines.base import Engine
from mapsto.errors import MOST_CHARACTERS, one_line, told
from mapsto.likelihoods.student_t import StudentTNoise
from mapsto.outcome import Failed
from mapsto.priors.registry import parse_prior
from mapsto.report import render, render_index
from mapsto.runs.comparison.posteriordb.files import data_of
from mapsto.runs.lessons.discovery import find, load
from mapsto.runs.output import standing, write

X = np.arange(16.0).reshape(8, 2) ** 1.5
Y = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 7.0, 9.0, 8.0])


class Own(BaseException):
    """Derives from what nobody should derive from."""


class Panic(BaseException):
    """As a sampler written in Rust raises it."""


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError


def line(call):
    with pytest.raises(BadInput) as caught:
        call()
    text = str(caught.value)
    assert text.isprintable()
    assert len(text) < 2 * MOST_CHARACTERS
    return text


def test_what_a_terminal_obeys_is_shown_instead():
    """Escape sequences, bidirectional overrides, line ends of all kinds, half characters, NUL."""
    odd = "a\x1b[31mred\x07 \u202eevil \u2028b\nc\ud800\0\x9b"
    assert str(BadInput(odd)) == r"a\x1b[31mred\x07 \u202eevil b c\ud800\x00\x9b"
    assert one_line("Grüße, 平均 × 2 …") == "Grüße, 平均 × 2 …"


def test_a_long_message_is_cut_in_its_middle():
    """What it says to do stands at its end."""
    text = one_line("came " + "x" * 5_000 + "; do this instead")
    assert len(text) <= MOST_CHARACTERS + 3
    assert text.startswith("came xxx")
    assert text.endswith("do this instead")


def test_an_error_that_cannot_speak_is_named():
    """Its class is all there is."""
    assert told(Unspeakable()) == "Unspeakable: (its message cannot be made)"


RAISED = ["GeneratorExit('a')", "Own('a')", "SystemExit('a')", "Unspeakable('a')"]
DEFINED = """
class Own(BaseException): pass
class Unspeakable(Exception):
    def __str__(self): raise RuntimeError
"""


@pytest.mark.parametrize("what", RAISED)
def test_scripts_data_and_plug_ins_may_raise_anything(cli, tmp_path, what):
    """It is told with the file's name; Ctrl-C alone is not theirs."""
    kind = what.partition("(")[0]
    cases = {
        "script": DEFINED + f"raise {what}",
        "data": DEFINED + SMALL.replace("NAME", "small").replace("def data():", f"def data():\n    raise {what}"),
    }
    for name, source in cases.items():
        path = script(tmp_path / "scripts", name, source)
        assert kind in refused(cli("run", path))
    prior = tmp_path / "prior.py"
    prior.write_text(DEFINED + f"raise {what}")
    assert kind in line(lambda: parse_prior(f"{prior}:Mine"))
    made = "from dataclasses import dataclass\nfrom mapsto import Normal\n@dataclass(frozen=True)\n"
    made += "class Mine(Normal):\n    name = 'mine'\n"
    made += "    def __post_init__(self):\n        raise " + what
    prior.write_text(DEFINED + made)
    assert kind in line(lambda: parse_prior(f"{prior}:Mine:scale=1"))
    interrupted = script(tmp_path / "scripts", "interrupted", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load(interrupted)


def test_a_prior_of_ones_own_that_fails_in_a_run_is_named(cli, tmp_path):
    """With its file and line; an error of the tool's own stays one."""
    prior = tmp_path / "prior.py"
    made = "from dataclasses import dataclass\nfrom mapsto import Normal\n@dataclass(frozen=True)\n"
    made += "class Mine(Normal):\n    name = 'mine'\n"
    prior.write_text(
        made + "    def check(self, p):\n        pass\n    def at(self, s):\n        raise GeneratorExit(7)\n"
    )
    told = refused(cli("run", script(tmp_path / "scripts", "small"), "--prior", f"{prior}:Mine:scale=1"))
    assert "prior.py:9: GeneratorExit: 7" in told


@pytest.mark.parametrize(
    "value", ["1" + "0" * 400, "1" + "0" * 5_000, "[" * 100 + "1" + "]" * 100, "[" * 90_000, '"' + "x" * 5_000 + '"']
)
@pytest.mark.parametrize(
    "prior", ["normal:scale", "laplace:scale", "student_t:scale=1,df", "elastic_net:laplace_scale", "normal:x"]
)
def test_odd_parameters_of_a_prior(prior, value):
    """Integers of 400 digits, nested lists, long texts."""
    assert len(line(lambda: parse_prior(f"{prior}={value}"))) < 300


@pytest.mark.parametrize("df", [1e-75, 1e-10, 0.01])
def test_a_student_t_of_hardly_any_df_is_refused(df):
    """Its quantiles leave the doubles, and searches for them go on for ever."""
    assert "at least 0.1" in line(lambda: StudentT(scale=1.0, df=df))
    assert "at least 0.1" in line(lambda: StudentTNoise(df=df))
    assert StudentT(scale=1.0, df=0.1).df == StudentTNoise(df=0.1).df == 0.1


@pytest.mark.parametrize("name", ["seed", "draws", "chains"])
@pytest.mark.parametrize("value", [2**64, 10**400, -(2**70), 1.5, 1e30, float("nan"), "3", None, True, [100]])
def test_settings_beyond_their_range(name, value):
    """Of more than 64 bits, or no whole numbers."""
    assert len(line(lambda: Settings(**{name: value}))) < 200


def test_settings_take_numpys_integers():
    """And keep Python's."""
    assert type(Settings(seed=np.int64(7)).seed) is int


def test_arguments_swapped_or_none():
    """What came, and in which order it belongs."""
    problem, prior = Problem.from_rows(X, Y, noise_sd=1.0), Normal(scale=1.0)
    for one, two in [(prior, problem), (None, prior), (problem, None), (problem, "normal"), (X, Y)]:
        assert "run(problem, prior, settings)" in line(lambda one=one, two=two: run(one, two))
    for odd in ("pymc", 5, [1], [None]):
        assert "list of names" in line(lambda odd=odd: run(problem, prior, engines=odd))
    assert "Settings" in line(lambda: run(problem, prior, {"seed": 1}))
    assert "name is" in line(lambda: run(problem, prior, name=None))
    assert "noise_sd" in line(lambda: Problem.from_rows(X, Y, noise_sd="one"))


@pytest.mark.parametrize("prob", [np.array([0.5, 0.9]), "0.5", None, 0, 1, -0.1, float("nan"), True, [0.5], 10**400])
def test_probabilities(prob):
    """One number between 0 and 1, of each that takes one."""
    fitted = PosteriorRegressor(noise_sd=1.0).fit(X, Y)
    for call in (
        lambda: fitted.predict_interval(X, prob),
        lambda: fitted.exact_.eti(prob),
        lambda: fitted.exact_.intercept_eti(prob),
    ):
        assert "between 0 and 1" in line(call)
    assert np.array_equal(fitted.predict_interval(X, np.float64(0.5)), fitted.predict_interval(X, 0.5))


@pytest.mark.parametrize("n", [0, -1, 1.5, "3", None, np.array([1, 2]), 2**70])
def test_numbers_of_draws(n):
    """One whole number."""
    assert "whole number" in line(lambda: PosteriorRegressor(noise_sd=1.0).fit(X, Y).sample(n))


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e-78, 1e76, 1e300])
def test_sizes_whose_squares_leave_the_doubles(size):
    """By every door; columns of zeros are none of them."""
    for rows in ((X * size, Y), (X, Y * size)):
        assert "change the units" in line(lambda rows=rows: Problem.from_rows(*rows, noise_sd=1.0))
        assert "change the units" in line(lambda rows=rows: PosteriorRegressor(noise_sd=1.0).fit(*rows))
    PosteriorRegressor(noise_sd=1.0).fit(np.column_stack([X, np.zeros(8)]), Y)


class Panics(Engine):
    name, label, summary = "panics", "Panics", "an engine that breaks down"

    def mode(self, near=()):
        raise Panic("called `Option::unwrap()` on a `None` value\x1b[2J" + "x" * 5_000)

    def draws(self, how, mode):
        raise Panic("a thread of the sampler's")


def test_a_panic_is_a_failed_engine_with_its_reason(monkeypatch):
    """And no end of the run."""
    monkeypatch.setattr(registry, "engines", lambda: {"panics": Panics})
    result = run(Problem.from_rows(X, Y, noise_sd=1.0), Normal(scale=1.0), Settings(draws=50, chains=2))
    for found in (result.modes["panics"], result.draws["panics"]):
        assert isinstance(found, Failed)
        assert found.reason.startswith("Panic: ")
        assert found.reason.isprintable()
        assert len(found.reason) < 1_000
    assert {check.name for check in result.certificate.checks} >= {"engine-panics", "engine-panics-draws"}


@pytest.mark.parametrize(
    "problem",
    [
        Problem.from_rows(X, Y, noise_sd=1e-30),
        Problem.from_rows(X, Y, noise_sd=1.0, noise_prior=InverseGammaNoise(1e-75, 1e-75)),
    ],
    ids=["sigma", "inverse-gamma"],
)
def test_a_density_too_steep_for_doubles_is_told(problem):
    """In the engine's reason, without a warning."""
    result = run(problem, Normal(scale=1.0), Settings(draws=50, chains=2))
    assert "nearer to 1" in result.draws["pymc"].reason
    assert not result.certificate.passed


def test_draws_that_never_moved_fail_without_a_warning():
    """Nothing is divided by their energy, or by their error."""
    result = three_routes()
    from dataclasses import replace

    still = replace(
        result.summary, smallest_e_bfmi=0.0, mcse_mean=0 * result.summary.mcse_mean, mcse_sd=0 * result.summary.mcse_sd
    )
    failed = {check.name for check in draws_checks(still, result.exact) if not check.passed}
    assert failed == {"nuts-e-bfmi", "nuts-mean-is-exact-mean", "nuts-sd-is-exact-sd"}


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/b", "..", "a\0b", "", ".hidden", "-x", "a b"])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    """Files are named for the result."""
    from dataclasses import replace

    (tmp_path / "out").mkdir()
    line(lambda: write(replace(three_routes(), name=name), tmp_path / "out", PAGES))
    assert [path.name for path in tmp_path.rglob("*")] == ["out"]


def test_a_pipe_among_the_reports_is_not_waited_for(tmp_path):
    """It is no record."""
    import os

    os.mkfifo(tmp_path / "a.json")
    assert standing(tmp_path / "a.json") is None


def test_no_page_holds_a_raw_control_character():
    """Of names, levels or titles."""
    data = copy.deepcopy(three_routes_record())
    odd = "a\u2028b\u2029c\x1b[31m\x07"
    data["problem"]["features"][0] = data["title"] = data["question"] = odd
    record = from_json(data)
    for page in (render(record), render_index([record])):
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u2028\u2029]", page)


def test_cells_that_a_spreadsheet_would_run_are_text():
    """All that open a formula, in both widths, and what a spreadsheet strips before it looks (OWASP)."""
    source = (Path(__file__).parents[2] / "models/mapsto/report/templates/page.js").read_text(encoding="utf-8")
    (opens,) = re.findall(r"const text = /\^(\[.*?\])/\.test", source)
    for one in "=+-@\t\r\n＝＋－＠":
        assert re.match(opens, one)
    assert not re.match(opens, "a")


def test_the_terminal_is_silent_but_for_the_tool(cli, tmp_path):
    """What a library warns of while a script runs is not printed."""
    noisy = (
        "import warnings\nimport numpy as np\nwarnings.warn('loud', RuntimeWarning)\nnp.float64(1) / np.float64(0)\n"
    )
    path = script(tmp_path / "scripts", "small", noisy + SMALL.replace("scale=2.0", "scale='\x1b[2J'"))
    import warnings

    with warnings.catch_warnings():
        status, out, error = cli("run", path)
    assert status == 2
    assert out == ""
    assert error.count("\n") == 1
    assert "\x1b" not in error


def test_records_survive_their_own_words():
    """What the helpers above change is what is read back."""
    assert as_json(from_json(three_routes_record())) == three_routes_record()


LONG = "x" * 5_000


@pytest.mark.parametrize(
    "read",
    [
        lambda: parse_prior(f"{LONG}.py:Name"),
        lambda: load(Path(f"{LONG}.py")),
        lambda: find(Path(LONG)),
        lambda: source_of_large(f"{LONG}.csv") or open_table(f"{LONG}.csv"),
        lambda: open_source(f"{LONG}.csv"),
        lambda: data_of("name", Path(LONG)),
    ],
    ids=["prior", "script", "folder", "table", "pieces", "reference"],
)
def test_a_name_that_is_too_long_for_any_file_is_refused_in_a_line(read):
    """Where a path is asked whether it is a file, the system raises; it is no file."""
    with pytest.raises(BadInput) as refusal:
        read()
    assert len(str(refusal.value)) < 1_000
