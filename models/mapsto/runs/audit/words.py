"""What an audit says: what the prior assumed, then what the point estimate leaves out, then how it all came about."""

from __future__ import annotations

from dataclasses import replace

from mapsto.certificate import Check
from mapsto.conventions.implied import SURPRISE
from mapsto.conventions.surprise import half_width
from mapsto.likelihoods.problem import Problem
from mapsto.marks import number, quoted
from mapsto.priors.base import Prior
from mapsto.priors.flat import Flat
from mapsto.runs.lessons.default_lesson import what_is_hidden
from mapsto.runs.lessons.figure import Figure
from mapsto.runs.lessons.lesson import Lesson
from mapsto.runs.result import Result

MOST_NAMED = 8  # columns in one sentence


def assumed(problem: Problem, prior: Prior) -> str:
    """What was thought of the slopes before the data, in raw units.

    Args:
        problem: names the columns, and has the sigma at which a prior in units of sigma is taken.
        prior: one of absolute values and squares gets numbers, any other its name alone.
    """
    if isinstance(prior, Flat):
        return "It assumes nothing: before the data, any slope was as likely as any other."
    shape = prior.at(problem.noise_sd).piecewise_quadratic(problem.p)
    if shape is None:
        return f"It assumes {prior.named} ({prior.reference})."
    up = [half_width(float(l1), float(l2), SURPRISE) for l1, l2 in zip(shape.l1, shape.l2, strict=True)]
    if shape.symmetric or shape.nonnegative:
        sign = "" if shape.nonnegative else r"$\pm$"
        sizes = [f"{sign}{number(q, 2)}" for q in up]
    else:  # on either side of zero: one in twenty, given the side
        down = [half_width(float(l1), float(l2), SURPRISE) for l1, l2 in zip(shape.down, shape.l2, strict=True)]
        sizes = [f"{number(q, 2)} or {number(-r, 2)}" for q, r in zip(up, down, strict=True)]
    named = zip(sizes[:MOST_NAMED], problem.features, strict=False)
    said = ", ".join(f"{size} for {quoted(name)}" for size, name in named)
    more = f" and so on for {problem.p - MOST_NAMED} more" if problem.p > MOST_NAMED else ""
    return (
        f"It assumes {prior.named}: before the data, a slope beyond {said}{more}, per unit of the column, was "
        "considered a one-in-twenty surprise."
    )


def lesson_of(
    result: Result, first: str, last: str = "", claims: tuple[Check, ...] = (), figures: tuple[Figure, ...] = ()
) -> Lesson:
    """What the point estimate hides, with what else an audit has to say, claim and show around it."""
    hidden = what_is_hidden(result)
    words = "\n\n".join(part for part in (first, hidden.answer, last) if part)  # paragraphs
    return replace(hidden, claims=(*claims, *hidden.claims), figures=(*hidden.figures, *figures), answer=words)
