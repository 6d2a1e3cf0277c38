"""posteriordb's reference: means and standard deviations with their Monte Carlo errors, in mapsto's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.posteriors.draws import summarise
from mapsto.runs.comparison.reference import Reference


@dataclass(frozen=True, eq=False)
class Given:
    """What posteriordb has of each parameter, shape (k,); NaN where it has nothing.

    Attributes:
        theirs: its names of the parameters.
        words: where the numbers are from, in a sentence.
        mean, mcse_mean: posterior means and their Monte Carlo standard errors.
        sd, mcse_sd: likewise of the standard deviations.
    """

    theirs: tuple[str, ...]
    words: str
    mean: Vector
    mcse_mean: Vector
    sd: Vector
    mcse_sd: Vector

    def apart(self, ours: Reference) -> dict[str, Vector]:
        """How far means and sds are from ours, in Monte Carlo standard errors of both, shape (k,)."""
        theirs = {"mean": (self.mean, self.mcse_mean), "sd": (self.sd, self.mcse_sd)}
        return {
            name: np.abs(value - ours.values[name]) / np.hypot(error, ours.errors[name])
            for name, (value, error) in theirs.items()
        }


def given_of(found: Any, theirs: Sequence[str], name: str) -> Given:
    """The reference as a file has it: draws (a list of chains), or means (an object).

    Raises:
        BadInput: it is neither, or lacks a parameter.
    """
    if isinstance(found, dict):
        return _of_means(found, theirs, name)
    if not (isinstance(found, list) and found and all(isinstance(chain, dict) for chain in found)):
        raise BadInput(f"the reference of {name} is a {type(found).__name__}; expected posteriordb's list of chains")
    absent = [one for one in theirs if not all(one in chain for chain in found)]
    if absent:
        raise BadInput(f"the reference draws of {name} have no {', '.join(absent)}; they have: {', '.join(found[0])}")
    import arviz as az  # imported late: it takes two seconds

    draws = np.array([[chain[one] for one in theirs] for chain in found], dtype=np.float64).transpose(0, 2, 1)
    summary = summarise(az.from_dict({"posterior": {"w": draws}}))
    return Given(
        tuple(theirs),
        f"posteriordb's reference: {draws.shape[0]} chains of {draws.shape[1]} draws.",
        summary.mean,
        summary.mcse_mean,
        summary.sd,
        summary.mcse_sd,
    )


def _of_means(found: dict[str, Any], theirs: Sequence[str], name: str) -> Given:
    means, names = found.get("mean_value", found.get("mean")), found.get("names", [])
    if means is None or "mcse_mean" not in found or not set(theirs) <= set(names):
        raise BadInput(
            f"the reference of {name} has {', '.join(found)}; expected mean_value and mcse_mean, and names with "
            f"{', '.join(theirs)} among them"
        )
    at = [list(names).index(one) for one in theirs]
    nothing = np.full(len(at), np.nan)
    return Given(
        tuple(theirs),
        "posteriordb's reference: its means and their Monte Carlo errors; it has no standard deviations here.",
        np.array(means, dtype=np.float64)[at],
        np.array(found["mcse_mean"], dtype=np.float64)[at],
        nothing,
        nothing,
    )
