r"""The ledger from log posterior to loss: every term, its value at the mode, and what becomes of it.

    log p(w, b | y)  =  data misfit + noise constant + prior exponent + prior constant - log p(y)

The first four sum to PyMC's log density; with the evidence they are the log posterior density at the mode. The loss
keeps the two that hold w and multiplies them by minus its factor, which is 2 sigma^2 for Gaussian noise.
"""

from __future__ import annotations

from mapsto.data.statistics import Vector
from mapsto.likelihoods.base import Term
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.priors.base import Prior

FLAT_INTERCEPT = (
    r" The intercept's prior is flat and has no integral, so $\log p(y)$ is defined up to a constant, the height of "
    r"that "
    "prior, here 1 per unit of the response; differences between models that share it are defined."
)


def ledger(
    problem: Problem, prior: Prior, w: Vector, b: float, posterior: GaussianPosterior | Unsupported
) -> tuple[Term, ...]:
    """Write down every term of the log posterior at (w, b); the evidence only where it is known exactly."""
    penalty, centre = prior.penalty(w), prior.centre(len(w))  # the constant is stated where w is not
    times = (
        r"Times $-2\sigma^2$ it is the penalty" if problem.likelihood.name == "gaussian" else "It is minus the penalty"
    )
    terms = (
        *problem.likelihood.ledger_terms(problem.table, w, b),
        Term(
            "prior exponent",
            rf"-\sum_j {prior.penalty_formula}" if prior.separable else f"-{prior.penalty_formula}",
            -penalty,
            kept=True,
            reason=rf"It depends on $w$, so it pulls the peak. {times}"
            + (
                r": $\alpha\lVert w\rVert^2$ with $\alpha = \sigma^2/\sigma_w^2$."
                if prior.name == "normal" and problem.likelihood.name == "gaussian"
                else ", in the units of the loss."
            ),
        ),
        Term(
            "prior constant",
            prior.constant_formula,
            prior.log_density(centre) + prior.penalty(centre),
            kept=False,
            reason="It is the same for every $w$. Once the prior's scale is learned it has to stay: without it a "
            "wider prior would always look better.",
        ),
    )
    if isinstance(posterior, Unsupported):
        return terms
    evidence = Term(
        "evidence",
        r"-\log p(y)",
        -posterior.log_evidence,
        kept=False,
        reason=r"It is an integral over all $w$, so it does not depend on $w$. Full Bayes, which samples $\sigma$ or "
        r"$\sigma_w$ together with $w$, does without it; what has to stay there are the two constants above. It is "
        r"needed where one $\sigma$, one $\sigma_w$ or one model is chosen."
        + (FLAT_INTERCEPT if problem.intercept else ""),
    )
    return (*terms, evidence)
