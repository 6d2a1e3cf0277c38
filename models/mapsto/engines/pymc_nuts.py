"""PyMC as a user types it: the model on all rows, drawn from by PyMC's own NUTS."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from mapsto.engines.base import Engine
from mapsto.engines.pymc.engine import PyMC
from mapsto.engines.settings import Settings
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.draws import Draws
from mapsto.posteriors.joint.point import DensityAt, Point

if TYPE_CHECKING:  # PyMC takes seconds to import
    from mapsto.engines.pymc.densities.log_density import LogDensity


class PyMCNuts(Engine):
    """PyMC with its own sampler, on the program that it prints."""

    name: ClassVar[str] = "pymc_nuts"
    label: ClassVar[str] = "PyMC's own NUTS"
    summary: ClassVar[str] = "the printed PyMC program on all rows, and PyMC's own NUTS on it"
    by_default: ClassVar[bool] = False
    language: ClassVar[str] = "PyMC"

    @property
    def _refused(self) -> Unsupported | None:
        if self.question.problem.X is None:
            return Unsupported("Only the statistics of the rows are left, and the printed program reads rows.")
        return PyMC(self.question).unknown

    @cached_property
    def density(self) -> LogDensity:
        """The log density of the model on all rows, in PyMC's unbounded coordinates, compiled once."""
        from mapsto.engines.pymc.densities.log_density import LogDensity
        from mapsto.engines.pymc.model import rows_model

        model = rows_model(self.question.problem, self.question.prior)
        return LogDensity(model, self.question.problem.statistics.x_mean)

    def density_at(self, point: Point) -> DensityAt | Unsupported:
        """See :class:`Engine`."""
        if (refused := self._refused) is not None:
            return refused
        from mapsto.engines.pymc.densities.stated import density_at

        return density_at(self.density, point, self.question.problem.noise_sd)

    def draws(self, how: Settings, mode: Estimate | None) -> Draws | Unsupported:
        """See :class:`Engine`; it starts where PyMC starts, whatever the mode is."""
        del mode
        if (refused := self._refused) is not None:
            return refused
        from mapsto.engines.pymc.model import rows_model
        from mapsto.engines.pymc.own_sampler import sample

        model = rows_model(self.question.problem, self.question.prior)
        kept = ("w", "b", "sigma", "w_sd", *self.question.problem.learns)
        return sample(model, how, {name: name for name in kept if name in model.named_vars})

    def program(self) -> str | None:
        """See :class:`Engine`."""
        text = None if self._refused else PyMC(self.question).program()
        return None if text is None else text.replace("pm.sample()", 'pm.sample(nuts_sampler="pymc")')
