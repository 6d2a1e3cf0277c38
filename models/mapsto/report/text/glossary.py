"""What the words mean: once in a list at the end of the page, and in place wherever a word is marked."""

from __future__ import annotations

import re
from html import unescape

from markupsafe import Markup

from mapsto.marks import plain
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
    "backward": (
        "Backward error",
        "How far the data would have to be changed for the answer to be exact; near "
        "$10^{-16}$, an answer is as good as doubles allow.",
    ),
    "bfmi": (
        "E-BFMI",
        "How well a Hamiltonian sampler moves between energy levels: below 0.3 it may miss parts of the posterior.",
    ),
    "bonferroni": ("Bonferroni", "Dividing the allowed chance of a false alarm by the number of comparisons."),
    "chain": ("Chain", "One run of a sampler; several from different starts show whether they agree."),
    "collinear": (
        "Collinear",
        "Columns that nearly repeat each other, so that the data cannot tell their slopes apart.",
    ),
    "condition": ("Condition number", "How much a relative error in the data can grow in the answer."),
    "convex": ("Convex", "Bowl-shaped: a lowest point nearby is the lowest of all."),
    "divergence": (
        "Divergent transition",
        "A step of a Hamiltonian sampler that went wrong; a sign that it could not follow the posterior there.",
    ),
    "elpd": (
        "ELPD",
        "Expected log predictive density: how probable new rows are under the model, in nats; larger is better.",
    ),
    "empirical_bayes": (
        "Empirical Bayes",
        "Choosing a prior's scale by the data, where the evidence is largest, and then taking it for known.",
    ),
    "gcv": ("GCV", "Generalised cross-validation: leave-one-out error with every leverage at its mean."),
    "hat": ("Hat matrix", "The matrix that turns the responses into fitted values; its diagonal holds the leverages."),
    "horseshoe": (
        "Horseshoe",
        "A prior with a scale for each slope: most are shrunk almost to zero, a few are left alone.",
    ),
    "jacobian": ("Jacobian", "The factor by which a density changes when its unknown is measured on another scale."),
    "jensen": ("Jensen-Shannon distance", "A distance between two distributions, from 0 (the same) to 1."),
    "kde": ("Kernel density estimate", "A smooth curve through draws, as a histogram without bins."),
    "kink": (
        "Kink",
        "A corner in the penalty, as that of $|w|$ at zero; there it has no derivative, and slopes may "
        "stay exactly there.",
    ),
    "laplace": ("Laplace prior", r"Density proportional to $\exp(-|w|/s)$; its penalty is the lasso."),
    "lasso": ("Lasso", "The penalty on the sum of $|w|$; its fit may have slopes of exactly zero."),
    "leverage": ("Leverage", "How much a row's own response moves its fitted value, from 0 to 1."),
    "loo": ("Leave-one-out", "Predicting each row from all the others."),
    "loo_pit": (
        "LOO-PIT",
        "The probability that the prediction from all other rows puts below a response; uniform "
        "over the rows if the model is right.",
    ),
    "map_local": ("Local mode", "A point higher than all around it, but perhaps not the highest of all."),
    "nll": ("NLL", "Negative log likelihood."),
    "null_space": ("Null space", "Directions of the slopes that change no fitted value."),
    "nuts": ("NUTS", "The no-U-turn sampler: draws from a posterior by following its slope; PyMC's default."),
    "overfit": ("Overdispersed", "Spread wider than the model's noise allows."),
    "pareto": (
        "Pareto $k$",
        "How far leaving a row out changes the posterior: above 0.7 the row is influential and "
        "its estimate unreliable.",
    ),
    "posterior_predictive": (
        "Posterior predictive",
        "New responses as the fitted model would make them, with the doubt about the slopes.",
    ),
    "power_scaling": (
        "Power scaling",
        "Raising the prior or the likelihood to a power near 1, to see how much the posterior leans on each.",
    ),
    "press": ("PRESS", "The sum of squared leave-one-out errors."),
    "prior_predictive": ("Prior predictive", "Responses as the model would make them before it has seen any."),
    "psense": (
        "psense",
        "ArviZ's measure of how the posterior moves when prior or likelihood is raised to a power; "
        "above 0.05 is worth a look.",
    ),
    "psis": (
        "PSIS",
        "Pareto-smoothed importance sampling: weights draws so that they stand for another posterior, "
        "such as that without one row.",
    ),
    "quadrature": ("Quadrature", "An integral as a weighted sum over a grid."),
    "r2d2": ("R2D2", "A prior on the share of variance explained, $R^2$, divided among the slopes."),
    "rss": ("RSS", r"Residual sum of squares, $\lVert y - b - Xw\rVert^2$."),
    "ridge": ("Ridge", "The penalty on the sum of squared slopes; its prior is Normal."),
    "rounding": (
        "Rounding",
        "What doubles of 16 digits lose in arithmetic: the only difference allowed between exact answers.",
    ),
    "shrinkage": ("Shrinkage", "How far an estimate is pulled towards zero."),
    "singular": (
        "Singular direction",
        "A combination of the columns, apart from the others, along which the data say "
        "more or less; its singular value says how much.",
    ),
    "skew": ("Skew", "Leaning to one side: a longer tail on the right or the left."),
    "standardise": ("Standardise", "To take a column's mean off and divide by its sd."),
    "stationarity": ("Stationarity", "Zero slope: where a smooth loss is lowest its derivative is zero."),
    "subdifferential": (
        "Subdifferential",
        "All slopes of lines that touch a function from below at a point: one at a "
        "smooth point, an interval at a kink.",
    ),
    "log_odds": (
        "Log-odds",
        "The logarithm of $p/(1-p)$ for a probability $p$: $0$ at one half; adding 0.69 doubles the odds.",
    ),
    "rate_ratio": ("Rate ratio", "One rate over another: by what factor events are more frequent."),
    "exposure": (
        "Exposure",
        "What a count was counted over, such as person-years; rates are counts for one unit of it.",
    ),
    "separation": (
        "Separation",
        "A plane in the columns has all ones on one side and all zeros on the other; then the likelihood alone has no "
        "highest point.",
    ),
    "eti": ("Equal-tailed", "With as much probability below as above."),
}

SPELT = {
    "ess": r"\bess\b|effective sample size",
    "mcse": r"mcse|monte carlo (standard )?errors?",
    "nats": r"\bnats?\b",
    "rss": r"\brss\b|residual sum of squares",
    "map_local": r"local mode",
    "ridge": r"ridge",
    "kde": r"kernel (density )?estimate|smoothed from the draws",
    "loo": r"leave[- ]one[- ]out|left[- ]out",
    "chain": r"chains?",
    "bfmi": r"e-bfmi",
    "collinear": r"collinear",
    "convex": r"convex",
    "divergence": r"diverg",
    "pareto": r"pareto",
    "singular": r"singular",
    "skew": r"skew",
    "standardise": r"standardis",
    "stationarity": r"stationar",
    "overfit": r"overdispers",
    "horseshoe": r"horseshoe",
    "condition": r"condition number|× condition|conditioning",
    "power_scaling": r"power[- ]scal|psense",
    "elpd": r"elpd",
    "null_space": r"null space",
    "nuts": r"nuts",
    "gcv": r"gcv",
    "jacobian": r"jacobian",
    "hat": r"hat matrix",
    "bonferroni": r"bonferroni",
    "separation": r"\bseparation\b|columns separate|separated by",
}
"""How a word is spelt on a page in lower case, as a regular expression, where that is not its name."""


def used(page: str) -> dict[str, tuple[str, str]]:
    """The words of the glossary that a page uses: in its text, or by a description that one of its words points at."""
    text = " ".join(unescape(re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)).split()).lower()
    pointed_at = set(re.findall(r'"means-(\w+)"', page))

    def stands(key: str, name: str) -> bool:
        return bool(re.search(SPELT[key], text)) if key in SPELT else plain(name).lower() in text

    return {key: entry for key, entry in WORDS.items() if key in pointed_at or stands(key, entry[0])}


def word(key: str, shown: str | None = None) -> Markup:
    """A word that tells its meaning when pointed at, focused or tapped; to a screen reader it is a description."""
    name, meaning = WORDS[key]
    button = tag("button", shown or name, type="button", aria_describedby=f"means-{key}")
    return tag("span", button, tag("span", prose(meaning), class_="tip", aria_hidden="true"), class_="word")
