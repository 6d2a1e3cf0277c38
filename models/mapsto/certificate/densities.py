"""Do the densities agree: the ledger's terms with PyMC's, and the model of all rows with that of the statistics?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mapsto.certificate.checks import Check
from mapsto.certificate.conditioning import Conditioning
from mapsto.likelihoods.base import Term
from mapsto.outcome import Unsupported
from mapsto.posteriors.gaussian import GaussianPosterior


def ledger_checks(
    terms: Sequence[Term],
    logps: Mapping[str, float],
    posterior: GaussianPosterior | Unsupported,
    conditioning: Conditioning,
) -> list[Check]:
    """Do the terms sum to each engine's log density (by its name), and with the evidence to the posterior's own?"""
    size = sum(abs(term.value) for term in terms)
    evidence = sum(term.value for term in terms if term.term == "evidence")
    joint = sum(term.value for term in terms) - evidence
    # A logarithm of a determinant moves by at most p times the relative error of the factor's diagonal.
    rounding = conditioning.backward * max(1.0, math.sqrt(conditioning.condition))
    checks = [
        Check(
            f"ledger-sums-to-{name}-logp",
            abs(joint - logp) / size,
            conditioning.backward,
            "The sum of the kept and dropped terms at the mode, against the engine's own log density there. The "
            "difference is relative to the size of the terms.",
        )
        for name, logp in logps.items()
    ]
    if isinstance(posterior, GaussianPosterior):
        checks.append(
            Check(
                "ledger-sums-to-posterior-density",
                abs(joint + evidence - posterior.log_density_at_mode()) / size,
                rounding,
                "With the evidence, which is computed without the posterior, the terms sum to the log of the "
                r"posterior's Normal density at its mode: likelihood $\times$ prior = evidence $\times$ posterior.",
            )
        )
    return checks


def rows_check(of_statistics: float, of_rows: float, conditioning: Conditioning, which: str = "") -> Check:
    """An engine's log densities of the model on all rows and of that on the sufficient statistics, at one point."""
    return Check(
        "rows-equal-statistics" + which,
        abs(of_rows - of_statistics) / max(abs(of_rows), abs(of_statistics)),
        conditioning.backward,
        "The engine's log density of the model on all rows, against that on the sufficient statistics. The "
        "difference is relative to their size.",
    )
