"""A convention from outside the package: found by its file being there, and read everywhere with no other edit."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import mapsto.conventions.libraries
from conventions.fits import N, X, Y
from conventions.stationarity import Fit, rounding
from helpers.runs import ROOT
from helpers.tables import rewritten
from mapsto import BadInput, prior_of, translate
from mapsto.conventions import conventions, conventions_rows, readme_table
from mapsto.conventions.stopping import solver_condition, stops_within, weights_of

DOCUMENTED = next(
    block
    for block in re.findall(r"^```python\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text(), flags=re.M | re.S)
    if "class MeanRidge" in block
)
WHOLE = (
    DOCUMENTED
    + """
    def stops(self, fitted, seen):
        return 0.5 * seen.longest * seen.gram.sum(axis=0), "it stops at a half"
"""
)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder that is looked into as if it were part of the libraries, and forgotten afterwards."""
    libraries = mapsto.conventions.libraries
    monkeypatch.setattr(libraries, "__path__", [*libraries.__path__, str(tmp_path)])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = set(sys.modules)
    conventions.cache_clear()
    yield tmp_path
    conventions.cache_clear()
    for name in set(sys.modules) - known:
        if name.startswith("mapsto.conventions.libraries."):
            del sys.modules[name]
            monkeypatch.delattr(libraries, name.rpartition(".")[2], raising=False)


def plant(folder, source, name="linmod"):
    (folder / f"{name}.py").write_text(source, encoding="utf-8")


def mean_ridge(strength=0.2):
    """RSS/n + strength ||w||^2, minimised by a formula, as an object of a package linmod."""
    kind = type("MeanRidge", (SimpleNamespace,), {"__module__": "linmod.linear"})
    mean_x, mean_y = X.mean(axis=0), Y.mean()
    Z, z = X - mean_x, Y - mean_y
    w = np.linalg.solve(Z.T @ Z / N + strength * np.eye(X.shape[1]), Z.T @ z / N)
    return kind(strength=strength, coef_=w, intercept_=mean_y - mean_x @ w)


def test_it_is_read_translated_to_stopped_at_and_printed(shelf):
    fitted = mean_ridge()
    with pytest.raises(BadInput, match="does not know a MeanRidge"):
        prior_of(fitted, n=N)
    plant(shelf, WHOLE)
    conventions.cache_clear()
    implied = prior_of(fitted, n=N)
    assert implied.l2 == (0.2 * N,) * 4
    assert implied.source == "linmod MeanRidge"
    assert "linmod.MeanRidge" in prior_of.known
    assert prior_of("linmod.MeanRidge", strength=0.2, n=N, p=4).l2 == implied.l2
    assert translate(implied, "linmod.MeanRidge", n=N) == {"strength": pytest.approx(0.2, rel=1e-15)}
    assert translate(fitted, "sklearn.Ridge", n=N)["alpha"] == 0.2 * N
    left, rule = stops_within(fitted, X, Y)
    centred = X - X.mean(axis=0)
    assert rule == "it stops at a half"
    assert left == pytest.approx(0.5 * np.abs(fitted.coef_).max() * np.abs(centred.T @ centred).sum(axis=0), rel=1e-12)
    assert (solver_condition(fitted, X), weights_of(fitted)) == (1.0, None)
    row = {row["key"]: row for row in conventions_rows()}["linmod-mean-ridge"]
    assert row["says"] == "not run here: read in its documentation"
    line = (
        r"| linmod MeanRidge | $\mathrm{RSS}/n + a \Vert w\Vert ^2$ | $\sigma_w = \sigma/\sqrt{n a}$ | free; $n$ is the"
    )
    assert line in readme_table()
    assert line in rewritten((ROOT / "README.md").read_text(encoding="utf-8"))


def off(n=N):
    """How far the translated log posterior is from stationary at its answer, over what rounding explains."""
    implied = prior_of(mean_ridge(), n=n)
    return Fit(implied, X, Y, 0.0).off / rounding(implied, X, Y)


@pytest.mark.parametrize(
    "wrong", ["1.0, 0.0", "2 * n, 0.0", "n / 2, 0.0", "n**2, 0.0"], ids=["n forgotten", "doubled", "halved", "n twice"]
)
def test_one_that_is_off_by_a_factor_is_caught(shelf, wrong):
    plant(shelf, WHOLE)
    assert off() <= 1
    plant(shelf, WHOLE.replace("return n, 0.0", f"return {wrong}"))
    sys.modules.pop("mapsto.conventions.libraries.linmod")
    conventions.cache_clear()
    assert off() > 10


def test_a_folder_is_one_library_and_its_helpers_are_none(shelf):
    folder = shelf / "linmod"
    folder.mkdir()
    plant(folder, '"""Linmod."""', "__init__")
    plant(folder, "HALF = 0.5", "halves")
    plant(folder, WHOLE + "\n\nclass _Helper(MeanRidge):\n    pass\n", "linear")
    plant(shelf, "raise RuntimeError", "_draft")
    assert [one.name for one in conventions() if one.key.startswith("linmod")] == ["linmod.MeanRidge"]
    assert prior_of(mean_ridge(), n=N).l2 == (0.2 * N,) * 4
    conventions.cache_clear()
    sys.modules.pop("mapsto.conventions.libraries.linmod.halves")
    plant(folder, "HALF = 1 / 0", "halves")
    with pytest.raises(BadInput, match=r"linmod/halves.py' cannot be imported: ZeroDivisionError"):
        conventions()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("def", "SyntaxError"),
        ("raise ValueError('one\\ntwo')", "ValueError: one two"),
        ("x = 1", "defines no convention"),
        ("from mapsto.conventions.libraries.glmnet import Glmnet", "defines no convention"),
        (WHOLE.replace("def factors(", "def factor("), "MeanRidge has no factors;"),
        (WHOLE.replace("def strengths(", "def strength("), "MeanRidge has no strengths;"),
        (WHOLE.replace("    objective =", "    objectives ="), "MeanRidge has no objective;"),
        (WHOLE.replace('"docs"', '"hearsay"'), "known of MeanRidge is 'hearsay'; expected one of run, source, docs"),
        (WHOLE.replace('"linmod.MeanRidge"', '"sklearn.Ridge"'), "both define a convention named 'sklearn.Ridge'"),
        (WHOLE.replace('"linmod-mean-ridge"', '"ridge"'), "both define a convention named 'ridge'"),
    ],
)
def test_a_broken_file_is_named_in_one_line(shelf, source, words):
    plant(shelf, source)
    for ask in (conventions, readme_table, lambda: prior_of(mean_ridge(), n=N)):
        with pytest.raises(BadInput) as error:
            ask()
        assert words in str(error.value)
        assert "linmod.py" in str(error.value)
        assert "\n" not in str(error.value)


def test_another_packages_convention_is_found_by_its_entry_point(monkeypatch):
    space = {"__name__": "linmod.conventions"}
    monkeypatch.setitem(sys.modules, "linmod.conventions", SimpleNamespace(__file__="linmod/conventions.py"))
    exec(DOCUMENTED, space)

    def offer(load):
        point = SimpleNamespace(name="mean", value="linmod:MeanRidge", load=load)
        monkeypatch.setattr("mapsto.conventions.registry.entry_points", lambda group: [point])
        conventions.cache_clear()

    try:
        offer(lambda: space["MeanRidge"])
        assert prior_of(mean_ridge(), n=N).l2 == (0.2 * N,) * 4
        for load, words in ((lambda: 1 / 0, "cannot be loaded: ZeroDivisionError"), (lambda: 3, "3 is no class")):
            offer(load)
            with pytest.raises(BadInput, match=words) as error:
                conventions()
            assert "linmod:MeanRidge" in str(error.value)
    finally:
        conventions.cache_clear()
