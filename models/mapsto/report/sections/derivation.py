"""From Bayes' rule to the loss, in four steps, for the record's prior."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from mapsto.report.text.mathml import formula, terms
from mapsto.runs.record import LikelihoodRecord, PriorRecord


@dataclass(frozen=True)
class Step:
    """One line of the derivation and what was done to reach it, with its formula."""

    text: str
    math: Markup


def derivation(prior: PriorRecord, likelihood: LikelihoodRecord, *, has_mode: bool = True) -> list[Step]:
    """The steps, with the likelihood's own loss, and the prior's own density and penalty unless it is the Normal's."""
    loss, factor = likelihood.loss, "" if likelihood.factor == "1" else likelihood.factor
    exponent = rf"\frac{{{loss}}}{{{factor}}}" if factor else loss
    of_data = rf"\exp\left(-{exponent}\right)"
    dropped = [likelihood.constant]
    if prior.name == "normal" and likelihood.name == "gaussian":
        two = "Put in two Gaussians, one for the noise and one for the slopes; their constants can wait."
        second = [r"p(w\mid y)\;\propto\;" + of_data, r"\exp\left(-\frac{\lVert w\rVert^2}{2\sigma_w^2}\right)"]
        kept = [exponent, r"\frac{\lVert w\rVert^2}{2\sigma_w^2}"]
        dropped.append(r"\tfrac{p}{2}\log 2\pi\sigma_w^2")
        fourth = [rf"J(w)={loss}+\alpha\lVert w\rVert^2,\quad", r"\alpha=\frac{\sigma^2}{\sigma_w^2}"]
        held = "hold $w$; the last three, with a broken line, are the same for every w."
    else:
        density, penalty = prior.formula or "p(w_j)", prior.penalty or r"-\log p(w_j)"
        each = " for each slope" if prior.separable else ""
        two = f"Put in the {likelihood.label} likelihood and this page’s prior{each}."
        one = "p(w_j)" if prior.separable else "p(w)"
        stated = density if r"\sim" in density or "p(" in density else f"{one}={density}"
        second = [r"p(y\mid w)\;\propto\;" + of_data + r",\quad", stated]
        kept = [exponent, r"\phi(w)"]
        dropped.append(r"\text{prior constant}")
        total = rf"\sum_j {penalty}" if prior.separable else penalty
        fourth = [rf"J(w)={loss}+{factor}\phi(w),\quad", rf"\phi(w)={total}"]
        held = "hold $w$ ($\\phi$ is the penalty); the last three, with a broken line, are the same for every w."
    third = terms(r"-\log p(w\mid y)=", kept=kept, dropped=[*dropped, r"\log p(y)"])
    multiply = f" and multiply by ${factor}$" if factor else ""
    moves = "Neither moves" if factor else "They do not move"
    return [
        Step("Bayes’ rule.", formula(r"p(w\mid y)=\frac{p(y\mid w)\,p(w)}{p(y)}", display=True)),
        Step(two, terms(*second)),
        Step(
            "Take minus the logarithm: the product becomes a sum, each constant a term of its own. The first two "
            f"terms, underlined, {held}",
            third,
        ),
        Step(
            f"Drop the last three{multiply}. {moves} the lowest point, and this is the loss."
            if has_mode
            else f"Drop the last three{multiply}: this would be the loss, had it a lowest point.",
            terms(*fourth),
        ),
    ]


def two_factors() -> Markup:
    """The loss put into exp(), as a product."""
    return terms(
        r"\exp\bigl(-\lVert y-b-Xw\rVert^2-\lambda\lVert w\rVert^2\bigr)=",
        r"\exp\bigl(-\lVert y-b-Xw\rVert^2\bigr)",
        r"\exp\bigl(-\lambda\lVert w\rVert^2\bigr)",
    )


def conventions() -> list[dict[str, Markup]]:
    """The ways a ridge loss is written, and the Gaussians that exp(-loss) then is."""
    rows = (
        (r"\tfrac12\lVert y-Xw\rVert^2+\tfrac{\lambda}{2}\lVert w\rVert^2", "1", r"1/\lambda", r"\lambda"),
        (r"\lVert y-Xw\rVert^2+\lambda\lVert w\rVert^2", r"1/2", r"1/(2\lambda)", r"\lambda"),
        (
            r"\tfrac{1}{2n}\lVert y-Xw\rVert^2+\tfrac{\lambda}{2}\lVert w\rVert^2",
            "n",
            r"1/\lambda",
            r"n\lambda",
        ),
        (
            r"\tfrac{1}{2\sigma^2}\bigl(\lVert y-Xw\rVert^2+\alpha\lVert w\rVert^2\bigr)",
            r"\sigma^2",
            r"\sigma^2/\alpha=\sigma_w^2",
            r"\alpha",
        ),
    )
    keys = ("loss", "noise", "prior", "ratio")
    return [dict(zip(keys, (formula(cell) for cell in row), strict=True)) for row in rows]
