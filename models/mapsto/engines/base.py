"""The contract of an engine: a way to the mode, to draws, or to both. One file or folder each, found by being there."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar

from mapsto.data.statistics import Matrix
from mapsto.engines.question import Question
from mapsto.engines.settings import Settings
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.draws import Draws
from mapsto.posteriors.joint.point import DensityAt, Point


class Engine(ABC):
    """One engine, asked one question.

    A subclass overrides whichever of :meth:`mode`, :meth:`draws`, :meth:`log_density` and :meth:`program` it has. It
    maps the families that it knows to its own distributions; nothing is written on the prior's or the likelihood's
    side. It may keep what it compiled on itself: an instance lives for one question.
    """

    name: ClassVar[str]
    """What users call it: the name of its file or folder."""
    label: ClassVar[str]
    """The name as a page has it."""
    summary: ClassVar[str]
    """What it does, in one sentence."""
    sampler: ClassVar[str] = ""
    """What the checks on its draws are named after; by default its name."""
    by_default: ClassVar[bool] = True
    """Whether a run asks it without being told to; False for one that answers what another does already."""
    language: ClassVar[str] = ""
    """The probabilistic language whose density it has, as people call it; empty for an engine without one."""

    def __init__(self, question: Question) -> None:
        self.question = question

    @classmethod
    def missing(cls) -> str:
        """What to install before it can be used; empty where it is ready."""
        return ""

    @classmethod
    def finds_mode(cls) -> bool:
        """Whether it has a way to the mode."""
        return cls.mode is not Engine.mode

    @classmethod
    def samples(cls) -> bool:
        """Whether it draws from the posterior."""
        return cls.draws is not Engine.draws

    def wanted(self) -> bool:
        """Whether its mode adds anything to this question: a search does not where a linear system gives it."""
        return True

    def mode(self, near: Sequence[Estimate] = ()) -> Outcome:
        """The mode at the sigma of the point estimate; ``near`` are the answers of the engines before it."""
        del near
        return Unsupported(f"{self.label} has no way to the mode.")

    def draws(self, how: Settings, mode: Estimate | None) -> Draws | Unsupported | Failed:
        """Draws of slopes, intercept and all that is learned; ``mode`` is the mode that was found, if any was."""
        del how, mode
        return Unsupported(f"{self.label} does not sample.")

    def log_density(self, estimate: Estimate) -> float | None:
        """Its own log p(y, w, b) at a point, in nats, at the sigma of the point estimate; None where it has none."""
        del estimate
        return None

    @classmethod
    def states_density(cls) -> bool:
        """Whether it has a log density and gradient in the coordinates that engines share, to be compared there."""
        return cls.density_at is not Engine.density_at

    def density_at(self, point: Point) -> DensityAt | Unsupported:
        """Its own log density and gradient at a point, of the model that it samples; see :class:`Point`.

        Transforms of its own are undone: the density is over w, b and the logarithms of the learned scales.
        """
        del point
        return Unsupported(f"{self.label} has no log density with a gradient.")

    def rows_and_sampled(self, drawn: Draws) -> tuple[float, float] | None:
        """Log densities of the model on all rows and of the one it sampled, at one draw, where these differ."""
        del drawn
        return None

    def notes(self) -> tuple[str, ...]:
        """What a user of the language should know of its program: sentences, such as what its defaults would do."""
        return ()

    def program(self) -> str | None:
        """The program a user would type for this question, whole; None where there is nothing to type."""
        return None


def variables(w: Matrix, b: Any = None, **scales: Any) -> dict[str, Matrix]:
    """Draws by name as :class:`Draws` wants them: w (chains, draws, p), b and scales (chains, draws)."""
    return {"w": w} | ({} if b is None else {"b": b}) | scales
