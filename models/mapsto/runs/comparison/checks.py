"""May the draws be trusted, do they agree with the reference, and do the engines agree with one another?

The tolerances are Monte Carlo standard errors, after a check on the effective sample size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy.special import ndtri

from mapsto.certificate import Check, Conditioning, mode_checks
from mapsto.certificate.draws import FALSE_ALARM, MAX_R_HAT, MIN_E_BFMI, MIN_ESS
from mapsto.data.statistics import Vector
from mapsto.outcome import Estimate
from mapsto.runs.comparison.compare import Comparison
from mapsto.runs.comparison.measure import Measured
from mapsto.runs.comparison.reference import STATISTICS, Reference

NAMES = {"mean": "mean", "sd": "sd", "q05": "5% quantile", "q95": "95% quantile"}


def checks_of(found: Comparison) -> list[Check]:
    """Every check of a comparison: gates, modes, draws by engine, engines by pairs."""
    checks = [check for one in found.engines.values() if one.gate is not None for check in one.gate.checks]
    checks += _of_modes(found)
    if found.reference_run is not None:
        checks += _trust("reference", [found.reference_run])
    for name, one in found.engines.items():
        if one.status == "failed" or one.lost:
            why = one.reason or one.lost[0][1]
            checks.append(Check(f"{name}-answers", float(max(len(one.lost), 1)), 0.0, f"It should have: {why}"))
        if one.repeats:
            checks += _trust(name, one.repeats)
            if found.reference is not None:
                checks += _against(name, one.repeats, found.reference)
    if found.given is not None and found.reference is not None:
        for statistic, apart in found.given.apart(found.reference).items():
            known = apart[~np.isnan(apart)]
            if known.size:
                checks.append(_check(f"posteriordb-{statistic}", known, f"{NAMES[statistic]} of posteriordb", "ours"))
    sampled = {name: one.repeats for name, one in found.engines.items() if one.repeats}
    return checks + [_pair(*names, sampled) for names in combinations(sampled, 2)]


def _of_modes(found: Comparison) -> list[Check]:
    modes = {name: one.mode for name, one in found.engines.items() if one.mode is not None}
    estimates = [mode for mode in modes.values() if isinstance(mode, Estimate)]
    if not estimates:
        return []
    question = found.question
    conditioning = Conditioning.of(question.at_point, question.absolute, question.gaussian, estimates)
    return mode_checks(question.at_point, question.absolute, modes, conditioning)


def _trust(name: str, repeats: Sequence[Measured]) -> Iterator[Check]:
    """ESS, R-hat, divergences and E-BFMI, the worst over the repeats."""
    least = min(one.ess for one in repeats)
    yield Check(
        f"{name}-effective-sample-size",
        MIN_ESS / least if least > 0 else np.inf,
        1.0,
        f"{MIN_ESS} divided by the smallest effective sample size (bulk or tail) of any repeat, which is {least:.0f}. "
        "The Monte Carlo errors rely on it.",
    )
    yield Check(
        f"{name}-r-hat",
        float(np.max([one.r_hat for one in repeats])),
        MAX_R_HAT,
        "The largest R-hat of any repeat. Near 1, the chains have forgotten where they started.",
    )
    divergences = [one.divergences for one in repeats if one.divergences is not None]
    if divergences:
        told = "The number of divergent transitions among the kept draws of all repeats."
        yield Check(f"{name}-divergences", float(sum(divergences)), 0.0, told)
    energies = [one.e_bfmi for one in repeats if one.e_bfmi is not None]
    if energies:
        told = f"{MIN_E_BFMI} divided by the smallest E-BFMI of any repeat, which is {min(energies):.2f}."
        yield Check(f"{name}-e-bfmi", MIN_E_BFMI / min(energies) if min(energies) > 0 else np.inf, 1.0, told)


def _against(name: str, repeats: Sequence[Measured], reference: Reference) -> Iterator[Check]:
    apart = [one.apart(reference) for one in repeats]
    for statistic in STATISTICS:
        values = np.array([one[statistic] for one in apart])
        known = ~np.isnan(reference.values[statistic])
        if known.any():
            yield _check(f"{name}-{statistic}-is-reference", values[:, known], NAMES[statistic], "the reference's")


def _pair(first: str, second: str, sampled: Mapping[str, Sequence[Measured]]) -> Check:
    """Two engines' means over all their repeats, without any reference."""
    (a, a_error), (b, b_error) = (_pooled(sampled[name]) for name in (first, second))
    gap = np.abs(a - b)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.where(gap == 0, 0.0, gap / np.hypot(a_error, b_error))
    return _check(f"{first}-{second}-same-means", apart, "mean over all repeats", f"that of {second}")


def _pooled(repeats: Sequence[Measured]) -> tuple[Vector, Vector]:
    """Means over repeats, and their Monte Carlo standard errors."""
    errors = np.array([one.errors["mean"] for one in repeats])
    return np.mean([one.values["mean"] for one in repeats], axis=0), np.sqrt((errors**2).sum(axis=0)) / len(repeats)


def _check(name: str, apart: Vector, what: str, whose: str) -> Check:
    tolerance = -float(ndtri(FALSE_ALARM / (2 * apart.size)))
    return Check(
        name,
        float(np.max(apart)),
        tolerance,
        f"The largest difference between a {what} and {whose}, in Monte Carlo standard errors of both. Correct draws "
        f"exceed this once in {1 / FALSE_ALARM:,.0f} comparisons (Bonferroni over {apart.size} numbers).",
    )


def verdict(found: Comparison, checks: Iterable[Check]) -> str:
    """What the checks come to, in a sentence or a few."""
    failed = {check.name for check in checks if not check.passed}
    sampled = [name for name, one in found.engines.items() if one.repeats]
    labels = {name: one.kind.label for name, one in found.engines.items()}
    words = [
        f"{labels[name]} was refused by the gate." for name, one in found.engines.items() if one.status == "refused"
    ]
    words += [f"{labels[name]} failed." for name, one in found.engines.items() if one.status == "failed" or one.lost]
    off = [name for name in sampled if any(f"{name}-{one}-is-reference" in failed for one in STATISTICS)]
    pairs = [f"{a}-{b}-same-means" for a, b in combinations(sampled, 2)]
    if not sampled:
        words.append("No engine brought draws.")
    elif off == sampled and pairs and not failed & set(pairs):
        words.append(
            "Every engine is further from the reference than Monte Carlo error explains, and the engines agree with "
            "one another: the reference is wrong."
        )
    elif off:
        words += [f"{labels[name]} is further from the reference than Monte Carlo error explains." for name in off]
    elif found.reference is None:
        words.append("There was no reference to judge the draws against.")
    else:
        words.append(
            f"The draws of {_listed([labels[name] for name in sampled])} agree with the "
            f"{'exact posterior' if found.reference.kind == 'exact' else 'long run'} within Monte Carlo error."
        )
    untrusted = [
        labels[name]
        for name in sampled
        if {f"{name}-{one}" for one in ("effective-sample-size", "r-hat", "divergences", "e-bfmi")} & failed
    ]
    if found.given is not None and found.reference is not None:
        reproduced = not failed & {"posteriordb-mean", "posteriordb-sd"}
        words.append(
            f"posteriordb's reference {'is' if reproduced else 'is NOT'} reproduced by the "
            f"{'exact posterior' if found.reference.kind == 'exact' else 'long run'}."
        )
    if untrusted:
        words.append(f"A diagnostic of {_listed(untrusted)} warns: see the checks.")
    if found.interrupted:
        words.append("It was interrupted: what was finished is shown.")
    return " ".join(words)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
