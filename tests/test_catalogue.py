import json
import re
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import mapsto.plugins as plugins_module
import mapsto.priors
from helpers.runs import ROOT
from helpers.tables import MEND
from mapsto import BadInput, HalfNormalNoise, InverseGammaNoise, JeffreysNoise, Laplace, MultivariateNormal, Normal
from mapsto.engines.priors_table import markdown_table
from mapsto.likelihoods.noise_priors.registry import parse_noise
from mapsto.plugins import signature
from mapsto.priors.registry import catalogue, from_file, installed, parse_prior, shipped

WHOLE = '''
from dataclasses import dataclass
import numpy as np
from mapsto.priors import Prior
from mapsto.scales import positive

@dataclass(frozen=True)
class Mine(Prior):
    """A Normal prior of width 1."""
    scale: float = 1.0
    name = "mine"
    formula = "f"
    penalty_formula = "g"
    reference = "nobody (2026)"
    paragraph = "It is mine."
    def __post_init__(self):
        object.__setattr__(self, "scale", positive(self.scale, "the scale"))
    @classmethod
    def examples(cls, p):
        return cls(), cls(2.0)
    def log_density(self, w):
        return float(-0.5 * (w @ w) - 0.5 * len(w) * np.log(2 * np.pi))
    def penalty(self, w):
        return float(0.5 * (w @ w))
    def stationarity(self, w, gradient):
        return np.abs(gradient + w)
    def expression(self, w, xp, p):
        return xp.sum(-0.5 * w**2 - 0.5 * np.log(2 * np.pi))
'''


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder that is looked into as if it were part of ``mapsto/priors``, and forgotten afterwards."""
    monkeypatch.setattr(mapsto.priors, "__path__", [*mapsto.priors.__path__, str(tmp_path)])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = set(sys.modules)
    shipped.cache_clear()
    yield tmp_path
    shipped.cache_clear()
    for name in set(sys.modules) - known:
        if name.startswith("mapsto.priors."):
            del sys.modules[name]
            monkeypatch.delattr(mapsto.priors, name.rpartition(".")[2], raising=False)


def plant(folder, source, name="planted"):
    path = folder / f"{name}.py"
    path.write_text(source, encoding="utf-8")
    return path


def told(call, *arguments, **options):
    """The one line of BadInput."""
    with pytest.raises(BadInput) as raised:
        call(*arguments, **options)
    assert "\n" not in str(raised.value)
    return str(raised.value)


# --- the folder


def test_every_file_of_the_folder_is_a_prior_and_named_like_it():
    files = {path.stem for path in (ROOT / "models/mapsto/priors").glob("*.py")}
    expected = {name for name in files if not name.startswith(("_", "base")) and name != "registry"}
    assert set(shipped()) == expected
    assert all(kind.name == name == kind.__module__.rpartition(".")[2] for name, kind in shipped().items())


def test_a_new_file_is_found_by_being_there(shelf):
    assert "mine" not in shipped()
    shipped.cache_clear()
    plant(shelf, WHOLE, "mine")
    assert shipped()["mine"].__name__ == "Mine"
    assert parse_prior("mine:scale=2").scale == 2
    assert mapsto.priors.Mine is mapsto.Mine is shipped()["mine"]  # and exported


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("def", "SyntaxError"),
        ("raise ValueError('one\\ntwo')", "ValueError: one two"),
        ("x = 1", "defines no prior"),
        ("from mapsto.priors.normal import Normal", "defines no prior"),  # another file's does not count
        (WHOLE.replace("def penalty(", "def penalty_of("), "Mine has no penalty;"),
        (WHOLE.replace("def stationarity(", "def slope_of("), "has no stationarity;"),
        (WHOLE.replace("def expression(", "def to_stan("), "has no family or expression;"),
        (WHOLE.replace("def examples(", "def instances("), "has no examples;"),
        (WHOLE.replace('    reference = "nobody (2026)"\n', ""), "has no reference;"),
        (WHOLE.replace('paragraph = "It is mine."', 'paragraph = " "'), "has no paragraph;"),
        (WHOLE.replace('name = "mine"', "name = 3"), "has no name;"),
        (WHOLE.replace("@dataclass(frozen=True)\n", "").replace("    scale: float = 1.0\n", ""), "is no dataclass"),
        (WHOLE.replace('name = "mine"', 'name = "normal"'), "both define a prior named 'normal'"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_names_it(shelf, source, words):
    path = plant(shelf, source)
    shipped.cache_clear()
    line = told(shipped)
    assert words in line
    assert "planted.py" in line
    shipped.cache_clear()
    assert "planted.py" in told(parse_prior, "laplace:scale=1")  # never a silent skip
    path.unlink()


# --- a file of the user's


def test_a_users_file_gives_the_class_named(tmp_path):
    path = plant(tmp_path, WHOLE)
    assert from_file(path, "Mine")(2.0).scale == 2.0
    prior = parse_prior(f"{path}:Mine:scale=0.5")
    assert (type(prior).__name__, prior.scale) == ("Mine", 0.5)
    assert parse_prior(f"{path}:Mine").scale == 1.0
    assert "mine" not in shipped()  # it is asked for by its path, and by nothing else


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        (None, "Mine", "there is no file"),
        ("1 / 0", "Mine", "ZeroDivisionError"),
        ("raise SystemExit(3)", "Mine", "cannot be run: SystemExit: 3"),
        (WHOLE, "Yours", "defines no 'Yours'; the priors in it: Mine"),
        ("x = 1", "Yours", "the priors in it: none"),
        (WHOLE + "\nx = 3", "x", "is not a class that derives from mapsto's Prior"),
        (WHOLE, "np", "is not a class that derives"),
        (WHOLE.replace("def penalty(", "def penalty_of("), "Mine", "has no penalty"),
        (WHOLE.replace("expression", "a").replace("log_density", "b"), "Mine", "no log_density, family or expression"),
    ],
)
def test_a_users_file_that_cannot_be_used_is_told_in_one_line(tmp_path, source, name, words):
    path = tmp_path / "planted.py"
    if source is not None:
        plant(tmp_path, source)
    line = told(from_file, path, name)
    assert words in line
    assert str(path) in line
    assert told(parse_prior, f"{path}:{name}") == line


def test_a_file_without_the_name_of_its_prior_is_told_how(tmp_path):
    assert "FILE.py:Name" in told(parse_prior, str(plant(tmp_path, WHOLE)))


# --- other packages


def point(name, value, load, dist="theirs"):
    return SimpleNamespace(name=name, value=value, load=load, dist=SimpleNamespace(name=dist) if dist else None)


@pytest.fixture
def offered(monkeypatch):
    """What other packages offer; gives the list to fill."""
    points = []

    def entry_points(*, group):
        return points if group == "mapsto.priors" else []

    monkeypatch.setattr(plugins_module, "entry_points", entry_points)
    return points


def mine(**changes):
    space = {"__name__": "theirs.priors"}
    sys.modules.setdefault("theirs.priors", ModuleType("theirs.priors")).__file__ = "theirs/priors.py"
    exec(WHOLE, space)
    kind = space["Mine"]
    for name, value in changes.items():
        setattr(kind, name, value)
    return kind


def test_another_packages_prior_is_found_by_its_entry_point(offered):
    offered.append(point("mine", "theirs.priors:Mine", mine))
    assert list(installed(taken=shipped())) == ["mine"]
    assert set(catalogue()) == {*shipped(), "mine"}
    assert parse_prior("mine:scale=3").scale == 3


def broken():
    raise ImportError("no such\nthing")


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (broken, "cannot be loaded: ImportError: no such thing"),
        (lambda: 3, "is not a class that derives from mapsto's Prior"),
        (lambda: mine(paragraph=""), "has no paragraph"),
        (lambda: mine(name="laplace"), "both define a prior named 'laplace'"),
    ],
)
def test_another_packages_broken_prior_is_told_with_its_package(offered, load, words):
    offered.append(point("mine", "theirs.priors:Mine", load))
    line = told(catalogue)
    assert words in line
    assert "theirs.priors:Mine" in line
    assert "theirs" in line
    offered[0] = point("mine", "theirs.priors:Mine", load, dist=None)
    assert "an unknown package" in told(catalogue)


def test_two_packages_with_one_name_are_told(offered):
    offered += [point("a", "one:A", mine), point("b", "two:B", mine)]
    assert "both define a prior named 'mine'" in told(catalogue)


def test_nothing_runs_that_nobody_named(offered):
    """A prior of the package's own is had without loading another package's."""
    loaded = []
    offered.append(point("mine", "theirs:Mine", lambda: loaded.append(1) or mine()))
    parse_prior("laplace:scale=1")
    parse_noise("jeffreys")
    shipped()
    assert loaded == []
    parse_prior("mine")
    assert loaded == [1]


# --- what the command line says


@pytest.mark.parametrize(
    ("text", "prior"),
    [
        ("laplace:scale=2", Laplace(2.0)),
        ("Laplace:scale=2e-1", Laplace(0.2)),
        (" laplace :scale=[1,2.5]", Laplace((1.0, 2.5))),
        ("normal:scale=1,mean=[0,1],per_sigma=true", Normal(1.0, (0.0, 1.0), per_sigma=True)),
        ("student-t:scale=2", shipped()["student_t"](2.0)),
        ("student_t:scale=2,df=7", shipped()["student_t"](2.0, 7.0)),
        ("flat", shipped()["flat"]()),
        ("flat:", shipped()["flat"]()),
        (
            "multivariate_normal:mean=[0,1],covariance=[[2,0.5],[0.5,1]]",
            MultivariateNormal((0, 1), ((2, 0.5), (0.5, 1))),
        ),
    ],
)
def test_a_prior_is_made_of_its_text(text, prior):
    assert parse_prior(text) == prior


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lasso:scale=1", "there is no prior named 'lasso'; there are: asymmetric_laplace, cauchy, elastic_net"),
        ("", "there is no prior named ''"),
        ("laplace", "laplace needs scale; give it as laplace:scale="),
        ("laplace:2", "laplace was given '2'; expected scale="),
        ("laplace:width=2", "laplace was given 'width=2'; expected scale="),
        ("laplace:scale=1,scale=2", "each once"),
        ("laplace:scale=two", "scale of laplace is 'two'; expected a number, true, false or a list"),
        ("laplace:scale=[1,2", "expected a number, true, false or a list"),
        ("laplace:scale=", "scale of laplace is ''"),
        ("laplace:scale=-1", "the scale of the Laplace prior is -1"),
        ("laplace:scale=NaN", "the scale of the Laplace prior is nan"),
        ("laplace:scale=true", "the scale of the Laplace prior is True"),
        ("laplace:scale=null", "the scale of the Laplace prior is None"),
        ('laplace:scale="1"', "the scale of the Laplace prior is '1'"),
        ("laplace:scale=[1,0]", "the scale of the Laplace prior, entry 2, is 0"),
        ("flat:scale=1", "flat was given 'scale=1'; expected nothing"),
        ("normal:scale=1,per_sigma=2", "per_sigma of the Normal prior is 2"),
        ("r2d2:scale=1,mean=1.5", "mean of the R2D2 prior is 1.5"),
        ("multivariate_normal:mean=[0,0],covariance=[[1,2],[2,1]]", "not positive definite"),
        ("multivariate_normal:mean=[0,0],covariance=[[1,0],[0.5,1]]", "expected a symmetric table"),
        ("multivariate_normal:mean=[0,0],covariance=[[1,0],[0]]", "expected a symmetric table"),
    ],
)
def test_a_text_that_makes_no_prior_is_told_in_one_line(text, words):
    assert words in told(parse_prior, text)


@pytest.mark.parametrize(
    ("text", "noise"),
    [
        ("half_normal:scale=50", HalfNormalNoise(50.0)),
        ("half-normal:scale=50", HalfNormalNoise(50.0)),
        ("inverse_gamma:shape=2,scale=3", InverseGammaNoise(2.0, 3.0)),
        ("Jeffreys", JeffreysNoise()),
    ],
)
def test_a_prior_on_sigma_is_made_of_its_text(text, noise):
    assert parse_noise(text) == noise


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "normal:scale=1",
            "there is no prior on sigma named 'normal'; there are: flat, gamma, half_cauchy",
        ),
        ("half_normal", "half_normal needs scale"),
        ("half_normal:scale=0", "the scale of the half-normal prior on sigma is 0"),
        ("inverse_gamma:shape=1", "inverse_gamma needs scale"),
        ("inverse_gamma:shape=[1],scale=1", "the shape of the inverse-gamma prior on sigma^2 is [1]"),
        ("jeffreys:scale=1", "jeffreys was given 'scale=1'; expected nothing"),
    ],
)
def test_a_text_that_makes_no_prior_on_sigma_is_told_in_one_line(text, words):
    assert words in told(parse_noise, text)


def test_the_signature_says_what_is_needed_and_what_need_not_be():
    assert signature(Laplace) == "laplace:scale=,[per_sigma=false]"
    assert signature(Normal) == "normal:scale=,[mean=0.0],[per_sigma=false]"
    assert signature(shipped()["flat"]) == "flat"
    for kind in shipped().values():  # and what is asked for so is had
        example = kind.examples(2)[0]
        needed = re.findall(r"(?<=[:,])(\w+)=", signature(kind))
        text = ",".join(f"{name}={json.dumps(example.params[name])}" for name in needed)
        assert parse_prior(f"{kind.name}:{text}") == kind(**{name: example.params[name] for name in needed})


# --- the documents


def test_the_readmes_table_of_priors_is_the_codes():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    between = text.split("<!-- priors -->\n")[1].split("<!-- /priors -->")[0].strip()
    assert between == markdown_table().strip(), MEND
    rows = [line for line in between.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1].partition(":")[0] for row in rows] == list(shipped())
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)  # a bar in a formula would split its cell


def test_a_prior_that_is_added_is_missed_in_the_table(shelf):
    plant(shelf, WHOLE, "mine")
    shipped.cache_clear()
    assert "| `mine:[scale=1.0]` | $g$ | none | one |" in markdown_table()
    assert "`mine" not in (ROOT / "README.md").read_text(encoding="utf-8")
    assert np.isfinite(shipped()["mine"]().log_density(np.zeros(2)))
