"""What the words mean: once in a list at the end of the page, and in place wherever a word is marked."""

from __future__ import annotations

from markupsafe import Markup

from mapsto.report.svg import tag
from mapsto.report.text.typeset import prose

WORDS = {
    "prior": ("Prior", "$p(w)$: what is held about the slopes before the data."),
    "likelihood": ("Likelihood", r"$p(y \mid w)$: how probable the data are for given slopes."),
    "evidence": (
        "Evidence",
        "$p(y)$: the average of the likelihood over the prior; one number, which makes the posterior integrate to 1.",
    ),
    "posterior": (
        "Posterior",
        r"$p(w \mid y)$: what is held after the data; likelihood $\times$ prior $\div$ evidence.",
    ),
    "mode": ("Mode", "The slopes at which a density is highest."),
    "map": ("MAP", "Maximum a posteriori: the mode of the posterior, used as an estimate."),
    "interval": (
        "Credible interval",
        "A range that holds a slope with the stated posterior probability; equal-tailed here: as much lies below "
        "as above.",
    ),
    "nats": ("Nat", "The unit of natural logarithms: one nat is a factor of $e = 2.72$ in a probability."),
    "conditional": ("Conditional", "Of one slope with the others held at stated values: a cut through the posterior."),
    "marginal": ("Marginal", "Of one slope with the others free: averaged over all that they may be."),
    "df": (
        "Effective degrees of freedom",
        "How many freely fitted coefficients the shrunken fit amounts to: the number of columns without a penalty, "
        "towards 0 as it grows.",
    ),
    "ess": ("ESS", "Effective sample size: how many independent draws the correlated ones are worth."),
    "rhat": ("R-hat", "Spread between the chains against that within them; near 1 when the chains agree."),
    "mcse": (
        "MCSE",
        "Monte Carlo standard error: how far a sampled mean may be off because the draws are finite.",
    ),
}


def word(key: str, shown: str | None = None) -> Markup:
    """A word that tells its meaning when pointed at, focused or tapped; to a screen reader it is a description."""
    name, meaning = WORDS[key]
    button = tag("button", shown or name, type="button", aria_describedby=f"means-{key}")
    return tag("span", button, tag("span", prose(meaning), class_="tip", aria_hidden="true"), class_="word")
