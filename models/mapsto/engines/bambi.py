"""Bambi: the formula a user would write, with centring and its automatic priors switched off, and PyMC's own NUTS."""

from __future__ import annotations

import warnings
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from mapsto.engines.base import Engine
from mapsto.engines.languages.coordinates import Coordinates, OwnPoint
from mapsto.engines.settings import Settings
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.draws import Draws
from mapsto.posteriors.joint.point import DensityAt, Point

if TYPE_CHECKING:  # PyMC takes seconds to import
    from mapsto.engines.languages.bambi_program import Program
    from mapsto.engines.pymc.densities.log_density import LogDensity


class Bambi(Engine):
    """Bambi, which builds a PyMC model from a formula."""

    name: ClassVar[str] = "bambi"
    label: ClassVar[str] = "Bambi"
    summary: ClassVar[str] = "the formula in Bambi with these priors, not centred, and PyMC's own NUTS on it"
    by_default: ClassVar[bool] = False
    language: ClassVar[str] = "Bambi"

    @classmethod
    def missing(cls) -> str:
        """See :class:`Engine`."""
        return "" if find_spec("bambi") else "not installed; pip install 'mapsto[bambi]'"

    @cached_property
    def printed(self) -> Program | Unsupported:
        """The program, or why there is none."""
        from mapsto.engines.languages.bambi_program import program_of

        if (reason := self.question.not_printed) is not None:
            return reason
        return program_of(self.question)

    @property
    def table(self) -> Any:
        """The rows as the data frame that the program reads."""
        import pandas as pd

        from mapsto.engines.languages.table import columns

        problem = self.question.problem
        return pd.DataFrame(problem.X, columns=list(problem.features)).assign(**{columns(problem)[0]: problem.y})

    @cached_property
    def model(self) -> Any:
        """Bambi's model of the program, built, with the data of the question."""
        import bambi as bmb

        assert not isinstance(self.printed, Unsupported)
        space: dict[str, Any] = {"bmb": bmb, "np": np, "table": self.table}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            exec(compile(self.printed.model, "<the Bambi program>", "exec"), space)  # noqa: S102 (text of our own)
            space["model"].build()
        return space["model"]

    @cached_property
    def density(self) -> LogDensity:
        """The log density of the PyMC model that Bambi made, compiled once."""
        import mapsto.engines.pymc.families  # noqa: F401 - numbers stay doubles, as in the printed program
        from mapsto.engines.pymc.densities.log_density import LogDensity

        return LogDensity(self.model.backend.model, self.question.problem.statistics.x_mean)

    def density_at(self, point: Point) -> DensityAt | Unsupported:
        """See :class:`Engine`."""
        if isinstance(self.printed, Unsupported):
            return self.printed
        density = self.density
        names = [self._value(name) for name in self.question.problem.features]
        coordinates = Coordinates(logarithms=names[0].endswith("_log__"))
        own = coordinates.own(point)
        names += ["Intercept"] if point.b is not None else []
        names += ["sigma_log__"] if "sigma" in point.log_scales else []
        order, x = [density.slices[name] for name in names], density.start.copy()
        for at, one in zip(order, [*own.slopes, *([] if own.b is None else [own.b]), *own.logs.values()], strict=True):
            x[at] = one
        value, gradient = density(x)
        found = np.concatenate([gradient[at] for at in order])
        p = len(point.w)
        b = None if point.b is None else float(found[p])
        return coordinates.stated(point, value, OwnPoint(found[:p], b, {name: float(found[-1]) for name in own.logs}))

    def _value(self, name: str) -> str:
        """What PyMC calls the value of a slope: by its logarithm where its distribution ends at zero."""
        return name if name in self.density.slices else f"{name}_log__"

    def draws(self, how: Settings, mode: Estimate | None) -> Draws | Unsupported:
        """See :class:`Engine`; it starts where PyMC starts, whatever the mode is."""
        del mode
        if isinstance(self.printed, Unsupported):
            return self.printed
        from mapsto.engines.pymc.own_sampler import sample

        problem = self.question.problem
        rename = dict.fromkeys(problem.features, "w")
        rename |= {"Intercept": "b"} if problem.intercept else {}
        rename |= {"sigma": "sigma"} if problem.noise_prior is not None else {}
        return sample(self.model.backend.model, how, rename)

    def program(self) -> str | None:
        """See :class:`Engine`."""
        return None if isinstance(self.printed, Unsupported) else self.printed.whole

    def defaults(self) -> dict[str, str]:
        """The priors that Bambi would have chosen for this formula and table, by term: "Normal(mu: 0.0, sigma: 2.5)".

        Its intercept is that of centred columns.
        """
        import bambi as bmb

        if isinstance(self.printed, Unsupported):
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            model = bmb.Model(self.printed.formula, self.table, family=self.printed.family, link=self.printed.link)
            model.build()
        parts = {name: str(term.prior) for part in model.parameters.values() for name, term in _terms(part).items()}
        others = {name: str(part.prior) for name, part in model.parameters.items() if hasattr(part, "prior")}
        return parts | others

    def notes(self) -> tuple[str, ...]:
        """See :class:`Engine`."""
        told = self.defaults()
        if not told:
            return ()
        listed = "; ".join(f"{name} ~ {prior}" for name, prior in told.items())
        return (
            "Bambi's own defaults would have been another posterior: the columns centred, the intercept that of "
            f"centred columns, and priors scaled to the data ({listed}).",
        )


def _terms(part: Any) -> dict[str, Any]:
    return getattr(part, "terms", {})
