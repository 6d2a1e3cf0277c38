"""From Bayes' rule to the loss, in four steps, for the record's prior."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from mapsto.report.text.mathml import formula, terms
from mapsto.runs.record import PriorRecord

MISFIT = r"\lVert y-b-Xw\rVert^2"


@dataclass(frozen=True)
class Step:
    """One line of the derivation and what was done to reach it, with its formula."""

    text: str
    math: Markup


def derivation(prior: PriorRecord, *, has_mode: bool = True) -> list[Step]:
    """The steps; a prior other than the Normal keeps its own density and penalty in them."""
    normal = prior.name == "normal"
    density = prior.formula or "p(w_j)"
    penalty = prior.penalty or r"-\log p(w_j)"
    likelihood = rf"\exp\left(-\frac{{{MISFIT}}}{{2\sigma^2}}\right)"
    dropped = [r"\tfrac{n}{2}\log 2\pi\sigma^2"]
    if normal:
        two = "Put in two Gaussians, one for the noise and one for the slopes; their constants can wait."
        second = [r"p(w\mid y)\;\propto\;" + likelihood, r"\exp\left(-\frac{\lVert w\rVert^2}{2\sigma_w^2}\right)"]
        kept = [rf"\frac{{{MISFIT}}}{{2\sigma^2}}", r"\frac{\lVert w\rVert^2}{2\sigma_w^2}"]
        dropped.append(r"\tfrac{p}{2}\log 2\pi\sigma_w^2")
        fourth = [rf"J(w)={MISFIT}+\alpha\lVert w\rVert^2,\quad", r"\alpha=\frac{\sigma^2}{\sigma_w^2}"]
        held = "hold $w$; the last three, with a broken line, are the same for every w."
    else:
        two = "Put in the Gaussian noise and this page’s prior for each slope."
        stated = density if r"\sim" in density or "p(" in density else f"p(w_j)={density}"
        second = [r"p(y\mid w)\;\propto\;" + likelihood + r",\quad", stated]
        kept = [rf"\frac{{{MISFIT}}}{{2\sigma^2}}", r"\phi(w)"]
        dropped.append(r"\text{prior constant}")
        fourth = [rf"J(w)={MISFIT}+2\sigma^2\phi(w),\quad", rf"\phi(w)=\sum_j {penalty}"]
        held = "hold $w$ ($\\phi$ is the penalty); the last three, with a broken line, are the same for every w."
    third = terms(r"-\log p(w\mid y)=", kept=kept, dropped=[*dropped, r"\log p(y)"])
    return [
        Step("Bayes’ rule.", formula(r"p(w\mid y)=\frac{p(y\mid w)\,p(w)}{p(y)}", display=True)),
        Step(two, terms(*second)),
        Step(
            "Take minus the logarithm: the product becomes a sum, each constant a term of its own. The first two "
            f"terms, underlined, {held}",
            third,
        ),
        Step(
            "Drop the last three and multiply by $2\\sigma^2$. Neither moves the lowest point, and this is the loss."
            if has_mode
            else "Drop the last three and multiply by $2\\sigma^2$: this would be the loss, had it a lowest point.",
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
