"""PyMC's own log density of the model: its mode by a trust-region search, and its draws by nutpie."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from mapsto.engines.base import Engine
from mapsto.engines.settings import Settings
from mapsto.outcome import Estimate, Outcome, Unsupported
from mapsto.posteriors.draws import Draws
from mapsto.posteriors.joint.point import DensityAt, Point
from mapsto.priors.base_scale_mixture import ScaleMixture

if TYPE_CHECKING:  # PyMC takes seconds to import
    from mapsto.engines.pymc.densities.log_density import LogDensity
    from mapsto.engines.pymc.nuts import Density

MOST_SLOPES = 1_000  # each step takes time as their square: a minute of a run up to here, an hour at 5,000


class PyMC(Engine):
    """PyMC, with nutpie as its sampler."""

    name: ClassVar[str] = "pymc"
    label: ClassVar[str] = "PyMC"
    summary: ClassVar[str] = "the log density of the PyMC model: its mode, and NUTS on it by nutpie"
    sampler: ClassVar[str] = "nuts"
    language: ClassVar[str] = "PyMC"

    @cached_property
    def sampled(self) -> Density:
        """The density in the coordinates that suit a sampler, compiled once."""
        from mapsto.engines.pymc.densities.coordinates import to_sample

        return to_sample(self.question.problem, self.question.prior)

    @cached_property
    def at_point(self) -> LogDensity:
        """The density of slopes and intercept as they are, at the sigma of the point estimate."""
        from mapsto.engines.pymc.densities.coordinates import to_maximise

        return to_maximise(self.question.problem, self.question.absolute, self.sampled)

    @property
    def _is_wide(self) -> bool:
        return self.question.problem.p > MOST_SLOPES

    @property
    def unknown(self) -> Unsupported | None:
        """Why PyMC has no model of this question: a likelihood of a family that it has no distribution for here."""
        from mapsto.engines.pymc.families.observed import known

        likelihood = self.question.problem.likelihood
        if self.question.problem.X is None and not likelihood.has_statistics:
            return Unsupported(
                f"PyMC needs all rows in memory under the {likelihood.label} likelihood, and these are read a piece "
                "at a time."
            )
        return None if known(likelihood) else Unsupported(f"PyMC has no {likelihood.label} likelihood in this engine.")

    def mode(self, near: Sequence[Estimate] = ()) -> Outcome:
        """See :class:`Engine`."""
        if self.unknown is not None:
            return self.unknown
        if self._is_wide:
            return _too_wide("search for a mode", self.question.problem.p)
        if self.question.problem.likelihood.kinked:
            return Unsupported(
                f"PyMC's log density has a kink at every row under the {self.question.problem.likelihood.label} "
                "likelihood, and a search by its gradient stops next to them; its draws need no mode."
            )
        from mapsto.engines.pymc.mode import find_mode

        prior, p = self.question.absolute, self.question.problem.p
        shaped = prior.piecewise_quadratic(p) is not None or prior.groups(p) is not None
        if prior.is_infinitely_steep(p):
            return Unsupported(
                "The penalty is infinitely steep at zero, so that every choice of slopes that are zero has a mode of "
                "its own, and no search finds the highest of so many; the draws need no mode."
            )
        if prior.kinked and not shaped and not (prior.separable and near):
            return Unsupported(
                "PyMC's log density has kinks that are not those of absolute values, signs and lengths of groups; its "
                "search there begins at another engine's mode, and there is none."
            )
        return find_mode(self.question.at_point, self.question.absolute, self.at_point, tuple(near))

    def log_density(self, estimate: Estimate) -> float | None:
        """See :class:`Engine`."""
        if self.unknown is not None:
            return None
        return float(self.at_point(self.at_point.join(estimate))[0])

    def density_at(self, point: Point) -> DensityAt | Unsupported:
        """See :class:`Engine`."""
        if self.unknown is not None:
            return self.unknown
        from mapsto.engines.pymc.densities.collapsed import CollapsedDensity
        from mapsto.engines.pymc.densities.reflected import FoldedDensity
        from mapsto.engines.pymc.densities.stated import density_at

        sampled = self.sampled
        if isinstance(sampled, CollapsedDensity):
            return Unsupported("PyMC's density is sampled here with the slopes integrated out; it has none of slopes.")
        inner = sampled.inner if isinstance(sampled, FoldedDensity) else sampled
        return density_at(inner, point, self.question.problem.noise_sd)

    def draws(self, how: Settings, mode: Estimate | None) -> Draws | Unsupported:
        """See :class:`Engine`."""
        if self.unknown is not None:
            return self.unknown
        if self._is_wide:
            return _too_wide("sampler", self.question.problem.p)
        from mapsto.engines.pymc import nuts

        if isinstance(self.question.prior, ScaleMixture) and not self.question.problem.likelihood.has_statistics:
            return Unsupported(
                f"The {self.question.prior.label} prior learns the scales of the slopes. They are sampled with the "
                f"slopes integrated out, which has no formula under the {self.question.problem.likelihood.label} "
                "likelihood."
            )
        ready = time.perf_counter()
        density = self.sampled
        start = time.perf_counter()
        where = nuts.geometry(density, self.question.at_point, self.question.absolute, mode)
        x, statistics, cost = nuts.sample(
            density, where, draws=how.draws, chains=how.chains, seed=how.seed, warm_up=how.warm_up
        )
        variables = density.record(x, how.seed)
        cost = replace(cost, compile_seconds=start - ready)
        return Draws(variables, statistics, x, time.perf_counter() - start, cost)

    def rows_and_sampled(self, drawn: Draws) -> tuple[float, float] | None:
        """See :class:`Engine`."""
        from mapsto.engines.pymc.densities.canonical import is_canonical

        problem = self.question.problem
        by_hand = problem.likelihood.has_statistics or is_canonical(problem)
        if problem.X is None or not by_hand or drawn.points is None:
            return None
        from mapsto.engines.pymc.densities.rows import log_densities

        one = {name: values[0, -1] for name, values in drawn.variables.items()}
        return log_densities(problem, self.question.prior, self.sampled, drawn.points[0, -1], one)

    def program(self) -> str | None:
        """See :class:`Engine`."""
        if self.unknown is not None:
            return None
        from mapsto.engines.pymc.code import code

        return code(self.question.problem, self.question.prior)


def _too_wide(what: str, p: int) -> Unsupported:
    return Unsupported(
        f"PyMC's {what} was not run: it works with a matrix of slopes by slopes, which takes too long for more than "
        f"{MOST_SLOPES} slopes, and there are {p}. Fewer columns (--features, --drop) bring it back."
    )
