"""From Bayes' rule to the loss, in four steps, for the record's prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from mapsto.report.mathml import formula

MISFIT = r"\lVert y-b-Xw\rVert^2"


@dataclass(frozen=True)
class Step:
    """One line of the derivation and what was done to reach it."""

    text: str
    math: Markup


def derivation(prior: dict[str, Any]) -> list[Step]:
    """The steps; a prior other than the Normal keeps its own density and penalty in them."""
    normal = prior.get("name") == "normal"
    density = str(prior.get("formula") or "p(w_j)")
    penalty = str(prior.get("penalty") or r"-\log p(w_j)")
    if normal:
        second = (
            rf"p(w\mid y)\;\propto\;\exp\left(-\frac{{{MISFIT}}}{{2\sigma^2}}\right)"
            r"\exp\left(-\frac{\lVert w\rVert^2}{2\sigma_w^2}\right)"
        )
        third = (
            rf"-\log p(w\mid y)=\underbrace{{\frac{{{MISFIT}}}{{2\sigma^2}}+\frac{{\lVert w\rVert^2}}{{2\sigma_w^2}}}}"
            r"_{\text{kept: holds }w}+\underbrace{\tfrac{n}{2}\log 2\pi\sigma^2+\tfrac{p}{2}\log 2\pi\sigma_w^2"
            r"+\log p(y)}_{\text{dropped: the same for every }w}"
        )
        fourth = (
            rf"J(w)=2\sigma^2\times\text{{(kept)}}={MISFIT}+\alpha\lVert w\rVert^2,"
            r"\qquad\alpha=\frac{\sigma^2}{\sigma_w^2}"
        )
        two = "Put in the two Gaussians, one for the noise and one for the weights, and leave their constants aside."
    else:
        second = rf"p(y\mid w)\;\propto\;\exp\left(-\frac{{{MISFIT}}}{{2\sigma^2}}\right),\qquad p(w_j)={density}"
        third = (
            rf"-\log p(w\mid y)=\underbrace{{\frac{{{MISFIT}}}{{2\sigma^2}}+\phi(w)}}_{{\text{{kept: holds }}w}}"
            r"+\underbrace{\tfrac{n}{2}\log 2\pi\sigma^2+\text{prior constant}+\log p(y)}"
            rf"_{{\text{{dropped: the same for every }}w}},\qquad\phi(w)=\sum_j {penalty}"
        )
        fourth = rf"J(w)=2\sigma^2\times\text{{(kept)}}={MISFIT}+2\sigma^2\phi(w)"
        two = "Put in the Gaussian noise and this page's prior for each weight."
    return [
        Step("Bayes’ rule.", formula(r"p(w\mid y)=\frac{p(y\mid w)\,p(w)}{p(y)}", display=True)),
        Step(two, formula(second, display=True)),
        Step(
            "Take minus the logarithm: the product becomes a sum, and every normalising constant comes back as a "
            "term of its own.",
            formula(third, display=True),
        ),
        Step(
            "Drop what holds no w and multiply by 2σ². Neither moves the lowest point.",
            formula(fourth, display=True),
        ),
    ]


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
