r"""The ledger from log posterior to loss: every term, its value at the mode, and what becomes of it.

    log p(w, b | y)  =  data misfit + noise constant + prior exponent + prior constant - log p(y)

The first four sum to PyMC's log density; with the evidence they are the log posterior density at the mode. The loss
keeps the two that hold w and multiplies them by -2 sigma^2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mapsto.data.statistics import Vector
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.priors.base import Prior

_MISFIT = r"-\frac{1}{2\sigma^2}\lVert y-b-Xw\rVert^2"


@dataclass(frozen=True)
class Term:
    """One term of the log posterior: its LaTeX formula, its value in nats, and whether the loss keeps it."""

    term: str
    formula: str
    value: float
    kept: bool
    reason: str


def ledger(
    problem: Problem, prior: Prior, w: Vector, b: float, posterior: GaussianPosterior | Unsupported
) -> tuple[Term, ...]:
    """Write down every term of the log posterior at (w, b); the evidence only where it is known exactly."""
    constant = 0.5 * (problem.statistics.log_weights - problem.n * math.log(2 * math.pi * problem.noise_sd**2))
    penalty = prior.penalty(w)
    weighted = problem.weights is not None
    terms = (
        Term(
            "data misfit",
            r"-\frac{1}{2\sigma^2}\sum_i q_i (y_i-b-x_i w)^2" if weighted else _MISFIT,
            -problem.statistics.misfit(w, b) / (2 * problem.noise_sd**2),
            kept=True,
            reason=r"It depends on $w$, so it moves the peak. Times $-2\sigma^2$ it is the residual sum of squares. "
            r"That is where the $1/(2\sigma^2)$ goes: into $\alpha$.",
        ),
        Term(
            "noise constant",
            r"-\frac{n}{2}\log 2\pi\sigma^2" + (r"+\frac{1}{2}\sum_i\log q_i" if weighted else ""),
            constant,
            kept=False,
            reason=r"It is the same for every $w$: it raises the whole curve and leaves the peak where it is. Once "
            r"$\sigma$ is learned it has to stay, because it is what keeps $\sigma$ from growing without bound.",
        ),
        Term(
            "prior exponent",
            rf"-\sum_j {prior.penalty_formula}",
            -penalty,
            kept=True,
            reason=r"It depends on $w$, so it pulls the peak. Times $-2\sigma^2$ it is the penalty"
            + (
                r": $\alpha\lVert w\rVert^2$ with $\alpha = \sigma^2/\sigma_w^2$."
                if prior.name == "normal"
                else ", in the units of the loss."
            ),
        ),
        Term(
            "prior constant",
            prior.constant_formula,
            prior.log_density(w) + penalty,
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
        reason=r"It is an integral over all $w$, so it does not depend on $w$. Once $\sigma$ or $\sigma_w$ is "
        "compared or learned it has to stay: it is the only term that judges them.",
    )
    return (*terms, evidence)
