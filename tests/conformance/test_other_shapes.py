"""Priors of shapes that none of the shipped ones has: infinitely steep at zero, and cut off away from zero."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import ndtr

from mapsto import Prior, Settings, run
from mapsto.certificate import prior_checks
from mapsto.outcome import Unsupported
from mapsto.runs.conformance import suite
from mapsto.runs.conformance.tables import problem
from mapsto.scales import positive

BY_PYMC = {"density_is_pymcs", "pymc_agrees", "program_is_the_model"}  # they compile, and look at nothing of the shape


@dataclass(frozen=True)
class Steep(Prior):
    """p(w) = exp(-sqrt(|w| / scale)) / (4 scale): the slope of the penalty is infinite at zero."""

    scale: float
    name = "steep"
    formula = r"\frac{1}{4 s}\exp\left(-\sqrt{\frac{\lvert w\rvert}{s}}\right)"
    penalty_formula = r"\sqrt{\frac{\lvert w\rvert}{s}}"
    constant_formula = r"-p\log 4s"
    reference = "this test"
    paragraph = "It holds every slope at zero."
    convex = False
    kinked = True

    def __post_init__(self):
        object.__setattr__(self, "scale", positive(self.scale, "the scale"))

    @classmethod
    def examples(cls, p):
        return cls(0.5), cls(20.0)

    def log_density(self, w):
        return float(-np.sqrt(np.abs(w) / self.scale).sum() - len(w) * math.log(4 * self.scale))

    def penalty(self, w):
        return float(np.sum(np.abs(w) ** 0.5)) / math.sqrt(self.scale)

    def stationarity(self, w, gradient):
        away = np.where(w == 0, 1.0, w)
        return np.where(w == 0, 0.0, np.abs(gradient + 0.5 * np.sign(away) / np.sqrt(np.abs(away) * self.scale)))

    def expression(self, w, xp, p):
        return -xp.sum(xp.sqrt(xp.abs(w) / self.scale)) - p * math.log(4 * self.scale)


@dataclass(frozen=True)
class Boxed(Prior):
    """A Normal density cut off at two scales on either side."""

    scale: float
    name = "boxed"
    formula = r"\frac{1}{Z s}\exp\left(-\frac{w^2}{2s^2}\right)"
    penalty_formula = r"\frac{w^2}{2s^2}"
    reference = "this test"
    paragraph = "No slope is larger than two scales."

    def __post_init__(self):
        object.__setattr__(self, "scale", positive(self.scale, "the scale"))

    @classmethod
    def examples(cls, p):
        return cls(0.5), cls(20.0)

    def _log_constant(self):
        return math.log(self.scale * math.sqrt(2 * math.pi) * (ndtr(2) - ndtr(-2)))

    def _past(self, w):
        return np.abs(w) > 2 * self.scale

    def log_density(self, w):
        u = w / self.scale
        return -math.inf if self._past(w).any() else float(-0.5 * (u @ u) - len(w) * self._log_constant())

    def penalty(self, w):
        return math.inf if self._past(w).any() else float(np.sum(w**2)) / (2 * self.scale**2)

    def stationarity(self, w, gradient):
        return np.where(self._past(w), math.inf, np.abs(gradient + w / self.scale**2))

    def expression(self, w, xp, p):
        inside = xp.where(xp.abs(w) > 2 * self.scale, -math.inf, -0.5 * (w / self.scale) ** 2)
        return xp.sum(inside) - p * self._log_constant()


class _AllBut:
    def __contains__(self, name):
        return name not in BY_PYMC


@pytest.mark.parametrize("kind", [Steep, Boxed])
def test_a_right_one_passes_every_check(kind):
    failed = [f"{check.name}: {check.reason}" for check in suite.check(kind, _AllBut()) if not check.passed]
    assert failed == []
    for example in kind.examples(4):
        assert [check.name for check in prior_checks(example, 4, None) if not check.passed] == []


def off(self, w):
    return Boxed.log_density(self, w) + 0.01


FAULTS = {
    "called smooth": (Steep, {"kinked": False}, "prior-is-what-it-says"),
    "called convex": (Steep, {"convex": True}, "prior-is-what-it-says"),
    "formula of another power": (Steep, {"penalty_formula": r"\frac{\lvert w\rvert}{s}"}, "prior-is-its-formula"),
    "cut off and not normalised": (
        Boxed,
        {"log_density": off, "expression": lambda s, w, xp, p: Boxed.expression(s, w, xp, p) + 0.01},
        "prior-integrates-to-one",
    ),
    "goes on past its end": (
        Boxed,
        {"penalty": lambda s, w: float(np.sum(w**2)) / (2 * s.scale**2)},
        "penalty-is-minus-log-density",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_run_names_what_is_wrong(name):
    base, members, in_run = FAULTS[name]
    kind = dataclass(frozen=True)(type(base.__name__, (base,), members | {"__annotations__": {}}))
    wrong = [check.name for check in prior_checks(kind.examples(4)[0], 4, None) if not check.passed]
    assert in_run in wrong


def test_a_run_samples_under_a_penalty_that_is_infinitely_steep_and_calls_no_point_its_mode():
    told = run(problem("tall"), Steep(0.5), Settings(draws=500), engines=["direct", "pymc"])
    assert all(isinstance(one, Unsupported) for one in told.modes.values())
    assert "infinitely steep" in told.modes["pymc"].reason
    assert [one.name for one in told.certificate.checks if not one.passed] == []
    assert any(one.name == "nuts-draws-have-our-score" for one in told.certificate.checks)
