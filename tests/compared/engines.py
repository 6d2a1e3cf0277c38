"""Engines from outside: one that is right and needs no sampler, and others that are each wrong in one way."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from mapsto.engines.base import Engine, variables
from mapsto.outcome import Unsupported
from mapsto.posteriors.draws import Cost, Draws
from mapsto.posteriors.joint.density import joint_at
from mapsto.posteriors.joint.point import DensityAt


class Right(Engine):
    """Independent draws of the exact posterior, and our own density."""

    name: ClassVar[str] = "right"
    label: ClassVar[str] = "Right"
    summary: ClassVar[str] = "independent draws of the exact posterior"
    prior_scale: ClassVar[float] = 1.0

    def density_at(self, point):
        prior = self.question.prior
        if self.prior_scale != 1.0:
            prior = replace(prior, scale=prior.scale * self.prior_scale)
        at = joint_at(self.question.problem, prior, point)
        return DensityAt(at.value, at.gradient)

    def draws(self, how, mode):
        del mode
        start, p = time.perf_counter(), self.question.problem.p
        w, b = self.question.exact.draws(how.chains * how.draws, np.random.default_rng(how.seed))
        cost = Cost(0.5, 0.25, 0.5, 1000, 4 * how.chains * how.draws, 50, "one after another")
        shape = (how.chains, how.draws)
        return Draws(
            variables(self.moved(w).reshape(*shape, p), b.reshape(shape)),
            {
                "diverging": np.zeros(shape, dtype=bool),
                "energy": np.random.default_rng(how.seed).standard_normal(shape),
            },
            seconds=time.perf_counter() - start,
            cost=cost,
        )

    def moved(self, w):
        return w

    def program(self):
        return f"print({self.name!r})"


class Twin(Right):
    """The same, from other seeds."""

    name: ClassVar[str] = "twin"
    label: ClassVar[str] = "Twin"

    def draws(self, how, mode):
        return super().draws(replace(how, seed=how.seed + 1000), mode)


class Shifted(Right):
    """A density whose slopes are moved by a thousandth of a unit."""

    name: ClassVar[str] = "shifted"
    label: ClassVar[str] = "Shifted"

    def density_at(self, point):
        return super().density_at(replace(point, w=point.w + 1e-3))


class VarianceForScale(Right):
    """A program that takes the prior's sd for its variance."""

    name: ClassVar[str] = "variance_for_scale"
    label: ClassVar[str] = "Variance for scale"
    prior_scale: ClassVar[float] = 0.5


class Biased(Right):
    """The right density, and draws of something else: a quarter of a standard deviation off."""

    name: ClassVar[str] = "biased"
    label: ClassVar[str] = "Biased"

    def moved(self, w):
        return w + 0.25 * self.question.exact.sd


class Mute(Right):
    """It states no density."""

    name: ClassVar[str] = "mute"
    label: ClassVar[str] = "Mute"

    def density_at(self, point):
        del point
        return Unsupported("It has no density to show.")


class Failing(Right):
    """It passes the gate and raises when it should sample."""

    name: ClassVar[str] = "failing"
    label: ClassVar[str] = "Failing"

    def draws(self, how, mode):
        raise RuntimeError(f"no chain of {how.chains} could start")


class Later(Right):
    """It fails at its second repeat."""

    name: ClassVar[str] = "later"
    label: ClassVar[str] = "Later"

    def draws(self, how, mode):
        if how.seed > 1:
            raise RuntimeError("out of patience")
        return super().draws(how, mode)


class Crashing(Right):
    """Its process is killed from under it."""

    name: ClassVar[str] = "crashing"
    label: ClassVar[str] = "Crashing"

    def draws(self, how, mode):
        print("the last words", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


class Absent(Right):
    """It is not installed."""

    name: ClassVar[str] = "absent"
    label: ClassVar[str] = "Absent"

    @classmethod
    def missing(cls):
        return "pip install mapsto[absent]"


class Endless(Right):
    """Its second repeat says who it is in a file and does not end by itself."""

    name: ClassVar[str] = "endless"
    label: ClassVar[str] = "Endless"

    def draws(self, how, mode):
        if how.seed > 1:
            Path("asleep").write_text(str(os.getpid()), encoding="ascii")
            time.sleep(600)
        return super().draws(how, mode)


class Interrupting(Right):
    """Ctrl-C comes during its second repeat."""

    name: ClassVar[str] = "interrupting"
    label: ClassVar[str] = "Interrupting"

    def draws(self, how, mode):
        if how.seed > 1:
            raise KeyboardInterrupt
        return super().draws(how, mode)
