"""Right plug-ins of unusual shape that no check calls wrong, each with a fault that is told all the same."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from mapsto import BadInput, Poisson
from mapsto.certificate.facts.arrays import ARRAYS
from mapsto.engines.expression_text import Symbol, TextNamespace, source
from mapsto.engines.numpyro.families import slopes
from mapsto.likelihoods.registry import LIKELIHOODS
from mapsto.likelihoods.student_t import StudentTNoise
from mapsto.scales import positive
from test_teeth import (
    DENSITY,
    EXPRESSION,
    FORMULAS,
    INTEGRAL,
    LABEL,
    RUN_INTEGRAL,
    RUN_LABEL,
    SLOPE,
    Right,
    failed_in_check,
    failed_in_run,
    fault,
)


@dataclass(frozen=True)
class Pair(Right):
    """A mixture of two Normals a distance apart: of two modes if that is more than twice their sd, else of one."""

    apart: float = 6.0
    convex: ClassVar = False
    lengths: ClassVar = {"scale": 1, "apart": 1}
    formula: ClassVar = r"\frac{1}{2s\sqrt{2\pi}}(e^{-(w-d/2)^2/2s^2}+e^{-(w+d/2)^2/2s^2})"
    penalty_formula: ClassVar = r"\frac{w^2}{2s^2}-\log\cosh\frac{wd}{2s^2}"

    def __post_init__(self):
        for name in ("scale", "apart"):
            object.__setattr__(self, name, positive(getattr(self, name), name))

    @classmethod
    def examples(cls, p):
        return cls(0.5), cls(1.0, 10.0)

    def log_density(self, w):
        ends = [-((w + side * self.apart / 2) ** 2) / (2 * self.scale**2) for side in (-1, 1)]
        return float(np.logaddexp(*ends).sum() - len(w) * np.log(2 * self.scale * np.sqrt(2 * np.pi)))

    def penalty(self, w):
        u = np.abs(w * self.apart) / (2 * self.scale**2)
        return float(np.sum(w**2 / (2 * self.scale**2) - (u + np.log1p(np.exp(-2 * u)) - np.log(2))))

    def stationarity(self, w, gradient):
        v = self.apart / (2 * self.scale**2)
        return np.abs(gradient + w / self.scale**2 - v * np.tanh(v * w))

    def expression(self, w, xp, p):
        a = -((w - self.apart / 2) ** 2) / (2 * self.scale**2)
        b = -((w + self.apart / 2) ** 2) / (2 * self.scale**2)
        return xp.sum(xp.logaddexp(a, b)) - p * float(np.log(2 * self.scale * np.sqrt(2 * np.pi)))


def test_an_instance_that_is_tamer_than_its_class_says_is_no_fault():
    assert failed_in_check(Pair, {DENSITY, INTEGRAL, EXPRESSION, SLOPE, LABEL, FORMULAS}) == set()
    assert failed_in_run(Pair(1.0, 1.0)) == set()
    one_mode = fault(Pair, examples=classmethod(lambda cls, p: (cls(1.0, 0.5), cls(1.0, 1.0))))
    assert failed_in_check(one_mode, {LABEL}) == {LABEL}
    assert RUN_LABEL in failed_in_run(one_mode(1.0, 1.0))


@dataclass(frozen=True)
class SkewNormal(Right):
    """2 phi(w / s) Phi(2 w / s) / s: Azzalini (1985), equation 1. Its expression needs the error function."""

    formula: ClassVar = r"\frac{2}{s\sqrt{2\pi}}e^{-w^2/2s^2}\Phi(2w/s)"
    penalty_formula: ClassVar = r"\frac{w^2}{2s^2}-\log\operatorname{erfc}(-\sqrt{2}w/s)"

    def log_density(self, w):
        from scipy.special import log_ndtr

        u, s = w / self.scale, self.scale
        return float((log_ndtr(2 * u) - u**2 / 2).sum() + len(w) * (math.log(2 / s) - math.log(2 * math.pi) / 2))

    def penalty(self, w):
        from scipy.special import erfcx

        u = w / self.scale  # erfc(x) = exp(-x^2) erfcx(x), where it is all but zero
        far = np.minimum(u, 0.0)
        near = np.log(ARRAYS.erfc(-math.sqrt(2) * np.maximum(u, 0.0)))
        return float(np.sum(u**2 / 2 - near + 2 * far**2 - np.log(erfcx(-math.sqrt(2) * far))))

    def stationarity(self, w, gradient):
        from scipy.special import erfcx

        u = w / self.scale
        ratio = math.sqrt(2 / math.pi) / erfcx(-math.sqrt(2) * u)
        return np.abs(gradient + u / self.scale - 2 / self.scale * ratio)

    def expression(self, w, xp, p):
        u = w / self.scale
        return xp.sum(xp.log(xp.erfc(-math.sqrt(2) * u)) - u**2 / 2) - p * math.log(self.scale * math.sqrt(2 * math.pi))


def test_an_expression_may_use_the_error_function_in_every_language():
    named = {DENSITY, INTEGRAL, EXPRESSION, SLOPE, LABEL, FORMULAS, "density_is_pymcs"}
    assert failed_in_check(SkewNormal, named) == set()
    other = fault(SkewNormal, expression=lambda s, w, xp, p: SkewNormal.expression(s, w, xp, p) + xp.sum(xp.erf(w)))
    assert failed_in_check(other, {EXPRESSION, "density_is_pymcs"}) == {EXPRESSION, "density_is_pymcs"}
    assert failed_in_check(fault(SkewNormal, expression=lambda s, w, xp, p: xp.log(0 * xp.sum(w))), {EXPRESSION})
    assert "jax.scipy.special.erfc((-1.414" in slopes(SkewNormal(1.0), 3).model[1]
    assert source(TextNamespace("pt").erfc(Symbol("w"))) == "pt.erfc(w)"


class Cancelling(Poisson):
    """Its log density is a difference of large numbers, and right."""

    def log_density(self, y, eta, q=1.0, sigma=None):
        return np.asarray((1e4 * y + Poisson.log_density(self, y, eta, q)) - 1e4 * y)


@dataclass(frozen=True)
class Drawn(Right):
    """Normal with precision (I + k (p I - 1 1')) / s^2, said by an expression alone: slopes are drawn to each other."""

    tie: float = 2.0
    separable: ClassVar = False
    formula: ClassVar = r"c\,e^{-\phi(w)}"
    penalty_formula: ClassVar = r"\frac{1}{2s^2}w^\top Kw"

    def __post_init__(self):
        for name in ("scale", "tie"):
            object.__setattr__(self, name, positive(getattr(self, name), name))

    @classmethod
    def examples(cls, p):
        return cls(0.5), cls(20.0, 5.0)

    def symbols(self, p):
        return {"K": (1 + self.tie * p) * np.eye(p) - self.tie}

    def log_density(self, w):
        determinant = np.linalg.slogdet(self.symbols(len(w))["K"] / (2 * math.pi * self.scale**2))[1]
        return float(determinant / 2 - self.penalty(w))

    def penalty(self, w):
        p = len(w)
        return float(((1 + self.tie * p) * (w @ w) - self.tie * w.sum() ** 2) / (2 * self.scale**2))

    def stationarity(self, w, gradient):
        return np.abs(gradient + self.symbols(len(w))["K"] @ w / self.scale**2)

    def expression(self, w, xp, p):
        square = (1 + self.tie * p) * xp.sum(w**2) - self.tie * xp.sum(w) ** 2
        constant = self.log_density(np.zeros(p))
        return constant - square / (2 * self.scale**2)


def test_a_run_integrates_slopes_that_are_drawn_to_each_other():
    assert failed_in_check(Drawn, {DENSITY, INTEGRAL, EXPRESSION, SLOPE, LABEL, FORMULAS}) == set()
    assert failed_in_run(Drawn(0.5)) == set()
    off = fault(Drawn, log_density=lambda s, w: Drawn.log_density(s, w) + 1e-6)
    assert RUN_INTEGRAL in failed_in_run(off(0.5))


def test_parts_that_cancel_are_no_fault_of_the_loss():
    name = "loss_is_what_moves_of_the_density"
    assert failed_in_check(fault(Cancelling), {name}) == set()
    off = fault(Cancelling, loss=lambda s, y, e, q=1.0: Poisson.loss(s, y, e, q) * (1 + 1e-6))
    assert failed_in_check(off, {name}) == {name}


def test_a_likelihood_with_a_kink_that_does_not_say_so_is_refused():
    kink = {"gradient": lambda s, y, e, q=1.0: -np.sign(y - e) * np.sqrt(q)}
    with pytest.raises(BadInput, match="has a kink at eta = y; derive it from PiecewiseLinear"):
        LIKELIHOODS.sound(fault(StudentTNoise, **kink), "their.py")
    steep = {"gradient": lambda s, y, e, q=1.0: -np.tanh(10 * (y - e) / s.sigma.value)}
    assert issubclass(LIKELIHOODS.sound(fault(StudentTNoise, **steep), "their.py"), StudentTNoise)
