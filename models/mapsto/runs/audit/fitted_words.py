"""What an audit of a fit says: the prior it assumed, and whether its own coefficients are the mode."""

from __future__ import annotations

from mapsto.certificate import Check
from mapsto.conventions import ImpliedPrior, NotAPrior
from mapsto.marks import equals, literal, number
from mapsto.priors.base import Prior

MOST_SENTENCES = 8
DISPERSION = {"gaussian": r"\sigma^2", "gamma": r"\phi", "huber": "s", "asymmetric-laplace": "s"}
"""The dispersion in J by the likelihood, in LaTeX; 1 in any other."""


def answer(
    implied: ImpliedPrior, prior: Prior, check: Check, read: ImpliedPrior | NotAPrior, said: tuple[str, ...] = ()
) -> str:
    """What the fit assumed, in words, with the verdict on its own coefficients.

    Args:
        implied: the prior over its slopes.
        prior: the same as one of mapsto's.
        check: of its own coefficients.
        read: what its penalty was read as.
        said: sentences on how the response was taken, and on the digits of the fit.
    """
    verdict = (
        "Its own coefficients are the mode of that posterior, to within the tolerance at which its solver stops."
        if check.passed
        else f"Its own coefficients are NOT the mode of that posterior: they miss it by {number(check.observed, 2)}, "
        f"and its solver's stopping rule allows {number(check.tolerance, 2)}. It stopped early, or it minimises "
        "something else than it says."
    )
    sentences = [implied.marked_sentence(j) for j in range(len(implied.features))]
    more = len(sentences) - MOST_SENTENCES
    listed = "; ".join(sentences[:MOST_SENTENCES]) + (f"; and so on for {more} more" if more > 0 else "")
    parts = [
        f"{implied.source} assumes {prior.named}, {scale_of(implied)}{_dispersion(implied)}: {listed}.",
        verdict,
        *said,
        *([literal(f"Not a joint likelihood: {read.reason}.")] if isinstance(read, NotAPrior) else []),
        *([f"Not strictly a prior: {implied.data_dependent}."] if implied.data_dependent else []),
        *(literal(f"{remark[:1].upper()}{remark[1:]}.") for remark in implied.remarks),
    ]
    return " ".join(parts)


def scale_of(implied: ImpliedPrior) -> str:
    """The scale of slope j by the family of its prior, in terms of the dispersion."""
    D = DISPERSION.get(implied.likelihood, "")
    root = {r"\sigma^2": r"\sigma", "": "1"}.get(D, rf"\sqrt{{{D}}}")
    return {
        "flat": "no scale: every value is as likely as any other",
        "normal": rf"$\text{{sd}}_j = {root}/\sqrt{{R_j}}$",
        "laplace": f"$b_j = 2{D}/L_j$",
        "elastic-net": rf"density $\exp(-(L_j\lvert w\rvert + R_j w^2){f'/(2{D})' if D else '/2'})$",
    }[implied.family]


def _dispersion(implied: ImpliedPrior) -> str:
    D = DISPERSION.get(implied.likelihood)
    if D is None:
        return ""
    symbol, value = (r"\sigma", implied.noise_sd) if implied.likelihood == "gaussian" else (D, implied.dispersion())
    return f", with {equals(symbol, float(value or 0.0), 4)} ({implied.noise_from})"
