"""What all kinds of plug-in share: which files of a folder are plug-ins, and priors on sigma that come from outside."""

import sys
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

import mapsto.plugins
from mapsto import BadInput, HalfNormalNoise, Problem
from mapsto.likelihoods import noise_priors
from mapsto.likelihoods.noise_priors.registry import NOISE_PRIORS, parse_noise
from mapsto.plugins import Kind, signature

SHAPE = """
from dataclasses import dataclass
from shapes.base import Shape

@dataclass(frozen=True)
class {name}(Shape):
    size: float = 1.0
    name = "{file}"
"""
NOISE = '''
from dataclasses import dataclass
from math import log
from mapsto.likelihoods.noise_priors import NoisePrior

@dataclass(frozen=True)
class Exponential(NoisePrior):
    """sigma ~ Exponential, with this mean."""
    mean: float
    name = "exponential"
    formula = "f"
    reference = "this test"
    def log_density(self, sigma):
        return -sigma / self.mean - log(self.mean)
    def expression(self, sigma, xp):
        return -sigma / self.mean - log(self.mean)
'''


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """A kind of plug-in with a folder of its own."""
    folder = tmp_path / "shapes"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "base.py").write_text("class Shape:\n    pass\n")
    for file in ("base_round", "registry", "_private", "helper"):
        (folder / f"{file}.py").write_text("raise RuntimeError('no plug-in')")
    (folder / "circle.py").write_text(SHAPE.format(name="Circle", file="circle"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    from shapes.base import Shape

    yield Kind("shape", "shapes", "mapsto.shapes", Shape, not_plugins=frozenset({"helper"})), folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "shapes"]:
        del sys.modules[name]


def test_a_kind_finds_the_files_of_its_folder_and_no_others(shapes):
    kind, folder = shapes
    assert list(kind.shipped()) == ["circle"]
    (folder / "square.py").write_text(SHAPE.format(name="Square", file="square"))
    assert list(kind.shipped()) == ["circle", "square"]
    assert kind.parse("square:size=3", kind.shipped()).size == 3
    assert kind.exported("Square", kind.shipped()).name == "square"
    assert signature(kind.shipped()["square"]) == "square:[size=1.0]"
    with pytest.raises(AttributeError, match="module 'shapes' has no attribute 'Oval'"):
        kind.exported("Oval", kind.shipped())


def test_a_file_that_the_kind_does_not_except_is_named(shapes):
    kind, folder = shapes
    (folder / "stray.py").write_text("x = 1")
    with pytest.raises(BadInput, match=r"stray.py' defines no shape; it should hold a class that derives from Shape"):
        kind.shipped()


def test_a_prior_on_sigma_of_a_users_file(tmp_path):
    path = tmp_path / "theirs.py"
    path.write_text(NOISE)
    noise = parse_noise(f"{path}:Exponential:mean=2")
    assert noise.params == {"mean": 2}
    assert (
        Problem.from_rows([[0.0], [1.0], [3.0]], [0.0, 1.0, 2.0], noise_sd=1.0, noise_prior=noise).noise_prior is noise
    )
    path.write_text(NOISE.replace("def expression", "def other"))
    with pytest.raises(BadInput, match="the prior on sigma Exponential has no family or expression"):
        parse_noise(f"{path}:Exponential:mean=2")


def test_a_prior_on_sigma_of_another_package(monkeypatch):
    @dataclass(frozen=True)
    class Theirs(HalfNormalNoise):
        name = "theirs"

    def entry_points(*, group):
        offered = SimpleNamespace(name="theirs", value="theirs:Theirs", load=lambda: Theirs, dist=None)
        return [offered] if group == "mapsto.noise_priors" else []

    monkeypatch.setattr(mapsto.plugins, "entry_points", entry_points)
    assert parse_noise("theirs:scale=2") == Theirs(2)


def test_what_a_folder_exports_is_what_is_in_it():
    names = {kind.__name__ for kind in NOISE_PRIORS.shipped().values()}
    known = {"HalfNormalNoise", "InverseGammaNoise", "JeffreysNoise"}
    assert names == known | {"FlatNoise", "GammaNoise", "HalfCauchyNoise", "HalfStudentTNoise"}
    assert names <= set(dir(noise_priors)) & set(mapsto.__all__) & set(dir(mapsto))
    assert all(getattr(mapsto, name) is getattr(noise_priors, name) for name in names)
    for module in (mapsto, noise_priors, mapsto.priors):
        with pytest.raises(AttributeError, match=r"has no (attribute )?'Lasso'"):
            module.Lasso  # noqa: B018
