"""From what was asked for to a problem and a prior: sigma, alpha and the scale of each raw column, with the reasons.

``standardize`` divides nothing: a column's prior scale is divided by the column's sd (with divisor n) instead, which is
the same posterior, with everything still in raw units.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from scipy.optimize import minimize_scalar

from mapsto.data.encoding import Columns
from mapsto.data.least_squares import least_squares
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.noise_priors.half_normal import HalfNormalNoise
from mapsto.likelihoods.noise_priors.registry import is_noise_prior
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.sigma import GIVEN, Known, PluggedIn
from mapsto.marks import equals, number, quoted
from mapsto.posteriors.ridge.choose_alpha import Choice, choose
from mapsto.posteriors.ridge.path import Spectrum
from mapsto.priors.base import Prior, each
from mapsto.priors.elastic_net import ElasticNet
from mapsto.priors.flat import Flat
from mapsto.priors.g_prior import GPrior
from mapsto.priors.laplace import Laplace
from mapsto.priors.normal import Normal
from mapsto.rounding import gamma
from mapsto.runs.audit.scale import scale_by_laplace, scale_by_passes
from mapsto.runs.audit.streamed import Streamed
from mapsto.scales import positive, resolve_scales

Noise = float | Literal["auto", "learn"] | NoisePrior
SAME_EVIDENCE = 1e-3  # nats, which no data tell apart


@dataclass(frozen=True)
class Asked:
    """What a user may say of the prior and the noise; the defaults say nothing.

    Attributes:
        alpha: ridge penalty; 0 is least squares.
        prior_scale: sigma_w, in units of y per unit of a column (per sd of it, where standardised).
        prior: any prior of mapsto's.
        noise_sd: sigma in units of y; "auto" to estimate it; "learn", or a prior on sigma, to learn it.
        standardize: whether prior scales are for columns divided by their sd.
        likelihood: by default Gaussian noise.
        learn: the priors of parameters of the likelihood that are learned, by name.
    """

    alpha: float | None = None
    prior_scale: float | None = None
    prior: Prior | None = None
    noise_sd: Noise = "auto"
    standardize: bool = False
    likelihood: Likelihood | None = None
    learn: Mapping[str, NoisePrior] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.prior is not None and not isinstance(self.prior, Prior):
            raise BadInput(f"the prior is {self.prior!r}; expected one of mapsto's, as in Normal(scale=1.0)")
        if self.prior is not None and not (self.alpha is None and self.prior_scale is None):
            raise BadInput("a prior was given together with alpha or a prior scale; give one of them")
        if self.alpha != 0 and self.alpha is not None:
            object.__setattr__(self, "alpha", positive(self.alpha, "alpha"))
        if self.alpha == 0 and self.prior_scale is not None:
            raise BadInput("alpha is 0, which is no prior, and a prior scale was given; give one of them")
        if self.prior_scale is not None:
            object.__setattr__(self, "prior_scale", positive(self.prior_scale, "the prior scale"))
        if isinstance(self.noise_sd, str):
            if self.noise_sd not in ("auto", "learn"):
                raise BadInput(f"noise_sd is {self.noise_sd!r}; expected a positive number, 'auto' or 'learn'")
        elif not isinstance(self.noise_sd, NoisePrior):
            object.__setattr__(self, "noise_sd", positive(self.noise_sd, "noise_sd"))

    @property
    def learns(self) -> bool:
        """Whether sigma is to be learned."""
        return self.noise_sd == "learn" or isinstance(self.noise_sd, NoisePrior)

    @property
    def sigma(self) -> float | None:
        """Sigma where it was given as a number."""
        return self.noise_sd if isinstance(self.noise_sd, float) else None


@dataclass(frozen=True, eq=False)
class Settled:
    """A problem and a prior, sentences that say how they came about, and the choice of alpha where there was one."""

    problem: Problem
    prior: Prior
    notes: tuple[str, ...]
    choice: Choice | None = None
    spectrum: Spectrum | None = None


def settle(table: Columns | Streamed, asked: Asked, *, intercept: bool) -> Settled:
    """Make the problem and its prior.

    Raises:
        BadInput: what :meth:`.Problem.from_rows` refuses; scales that contradict each other; a sigma
            that cannot be estimated; a prior that cannot be standardised.
    """
    if asked.likelihood is not None and not asked.likelihood.has_statistics:
        return settle_by_rows(table, asked, intercept=intercept)
    if asked.learn:
        raise BadInput(
            f"{' and '.join(asked.learn)} cannot be learned of Gaussian noise; name a --likelihood that has it"
        )
    return _settle_gaussian(table, asked, intercept=intercept)


def _settle_gaussian(table: Columns | Streamed, asked: Asked, *, intercept: bool) -> Settled:
    problem = _problem(table, intercept)
    by, notes = _by(problem, table, asked.standardize)
    spectrum = Spectrum.of(problem, by)
    prior = scaled(asked.prior, by, table.names) if asked.prior is not None else None
    scale = asked.prior_scale
    if isinstance(asked.prior, Normal) and isinstance(asked.prior.scale, float) and asked.prior.mean == 0.0:
        scale = None if asked.prior.per_sigma else asked.prior.scale
    sigma, choice, plugged_in, how = asked.sigma, None, False, GIVEN
    if asked.alpha and scale is not None:
        if asked.learns:
            raise BadInput("alpha and a prior scale fix sigma between them; give one of them where sigma is learned")
        _, sigma, _ = resolve_scales(alpha=asked.alpha, prior_sd=scale, noise_sd=sigma)
        how = r"It follows from $\alpha$ and the prior scale."
        notes.append(rf"The noise sd, {number(sigma, 4)}, follows from $\alpha$ and the prior scale.")
    elif sigma is not None:
        notes.append(f"The noise sd is {number(sigma, 4)}, as given.")
    else:
        sigma, said = _estimated(problem, spectrum, asked.alpha, scale)
        if sigma is None and not (asked.prior is None and asked.alpha is None and scale is None):
            raise BadInput(f"noise_sd cannot be estimated: {said}; give it as a number (--noise-sd)")
        plugged_in, how = True, f"It is {said}."
        if sigma is not None:
            notes.append(f"The noise sd is {number(sigma, 4)}, plugged in: {said}.")
    if prior is None and asked.alpha is None and scale is None:
        choice = choose(spectrum, sigma, _hyper_scale(problem, by))
        if sigma is None:
            how = (
                r"It is the value that makes the data most probable, chosen together with $\alpha$, because least "
                "squares leaves no residuals."
            )
            notes.append(f"The noise sd is {number(choice.sigma, 4)}. {how}")
        sigma = choice.sigma
        notes += choice.sentences()
    assert sigma is not None
    problem = problem.with_sigma(PluggedIn(sigma, how) if plugged_in else Known(sigma, how))
    if asked.learns:
        noise = _noise(asked.noise_sd, table.spread)
        problem = problem.with_noise_prior(noise)
        notes.append(
            f"The noise sd is learned, under the {noise.label} prior with "
            f"{', '.join(f'{name} {number(value, 4)}' for name, value in noise.params.items()) or 'no parameters'}. "
            "The point estimate is taken at the noise sd above."
        )
    if prior is None:
        prior = _normal(asked.alpha if choice is None else choice.by_evidence, scale, sigma, by, asked.learns)
        if choice is None and asked.alpha:
            scale_of_alpha = number(sigma / math.sqrt(asked.alpha), 4)
            notes.append(rf"A penalty of {equals(r'\alpha', asked.alpha, 6)} is a prior scale of {scale_of_alpha}.")
    prior.check(problem.p)
    return Settled(problem, prior, tuple(notes), choice, spectrum)


def settle_by_rows(table: Columns | Streamed, asked: Asked, *, intercept: bool) -> Settled:
    """:func:`settle` under a likelihood without statistics; a scale of the prior that was not given is chosen.

    Raises:
        BadInput: as :func:`settle`; a sigma that is to be learned; a response that the likelihood gives no probability.
    """
    likelihood = asked.likelihood
    assert likelihood is not None
    if not likelihood.has_scale() and asked.noise_sd != "auto":
        raise BadInput(f"the {likelihood.label} likelihood has no sigma; leave out noise_sd (--noise-sd)")
    noise: float | Literal["auto"] | None = (asked.sigma or "auto") if likelihood.has_scale() else None
    if isinstance(table, Streamed):
        problem = Problem.of_table(table.table, noise_sd=noise, likelihood=likelihood)
    else:
        problem = Problem.from_rows(
            table.X,
            table.y,
            noise_sd=noise,
            features=table.names,
            target=table.target,
            intercept=intercept,
            weights=table.weights,
            likelihood=likelihood,
        )
    by, notes = _by(problem, table, asked.standardize)
    told = any(f" is {likelihood.label}" in note for note in notes)  # with the reason
    notes.append(likelihood.paragraph if told else f"The likelihood is {likelihood.label}. {likelihood.paragraph}")
    dispersion = problem.likelihood.dispersion
    if asked.prior is not None:
        prior = scaled(asked.prior, by, table.names)
    elif asked.alpha == 0:
        prior = Flat()
    else:
        scale = asked.prior_scale
        if scale is not None and asked.alpha is not None:
            raise BadInput(f"under the {likelihood.label} likelihood alpha is a prior scale; give one of them")
        if asked.alpha is not None:
            scale = math.sqrt(dispersion / asked.alpha)
            notes.append(rf"A penalty of {equals(r'\alpha', asked.alpha, 6)} is a prior scale of {number(scale, 4)}.")
        if scale is None:
            streamed = problem.table.sweeps is not None
            scale = scale_by_passes(problem, by) if streamed else scale_by_laplace(problem, by)
            held = " with the curvature of the likelihood held at the mode" if streamed else ""
            notes.append(
                f"The prior scale, {number(scale, 4)}, makes the data most probable, by Laplace's approximation of the "
                f"evidence{held}. It was chosen on the same data, and its own uncertainty is not in the intervals."
            )
        prior = Normal(_alike(scale * by))
    prior.check(problem.p)
    if asked.learns:
        problem = problem.with_noise_prior(_noise(asked.noise_sd, table.spread))
    return Settled(problem.with_learned(**asked.learn), prior, tuple(notes))


def _problem(table: Columns | Streamed, intercept: bool) -> Problem:
    if isinstance(table, Streamed):
        return Problem.of_table(table.table, noise_sd=1.0)
    return Problem.from_rows(
        table.X,
        table.y,
        noise_sd=1.0,
        features=table.names,
        target=table.target,
        intercept=intercept,
        weights=table.weights,
    )


def _alike(scales: Vector) -> float | tuple[float, ...]:
    numbers = tuple(float(value) for value in scales)
    return numbers[0] if len(set(numbers)) == 1 else numbers


def scaled(prior: Prior, by: Vector, names: tuple[str, ...]) -> Prior:
    """``prior``, of slopes of standardised columns, as one of raw columns: every scale times ``by``, shape (p,).

    Raises:
        BadInput: a prior with one scale for all columns, or another number of scales than columns.
    """
    prior.check(len(names))
    if (by == 1).all() or isinstance(prior, Flat | GPrior):
        return prior
    if isinstance(prior, ElasticNet | Laplace | Normal):
        lengths = {name: value for name, value in prior.params.items() if not isinstance(value, bool) and value != 0.0}
        times = {name: tuple((each(one, len(by)) * by).tolist()) for name, one in lengths.items()}
        return replace(prior, **times)  # type: ignore[arg-type]
    raise BadInput(
        f"the {prior.name} prior has no scale for each column, so --standardize cannot be put into it; divide the "
        "columns by their sd first, or use a normal, laplace or elastic_net prior"
    )


def _by(problem: Problem, table: Columns | Streamed, standardize: bool) -> tuple[Vector, list[str]]:
    notes = list(table.notes)
    if not standardize:
        return np.ones(problem.p), notes
    sd = table.spreads
    still = sd <= gamma(problem.n) * table.largest  # a constant column keeps its units, as a scaler does
    notes.append(
        "The columns are standardised through the prior: the prior scale of each raw column is divided by the column's "
        "sd (divisor $n$), which is the same as dividing the columns by their sds. Slopes are shown in raw units."
    )
    if still.any():
        constant = ", ".join(quoted(name) for name, flag in zip(table.names, still, strict=True) if flag)
        notes.append(f"Constant columns keep their units: {constant}.")
    return 1 / np.where(still, 1.0, sd), notes


def _estimated(
    problem: Problem, spectrum: Spectrum, alpha: float | None, scale: float | None
) -> tuple[float | None, str]:
    """Sigma as least squares leaves it, else as the evidence has it given the prior, with what it is; or None, why."""
    fit = least_squares(problem.statistics)
    if not fit.reason:
        freedom = f"{fit.degrees_of_freedom} degrees of freedom"
        return fit.residual_sd, f"the residual standard deviation of least squares with {freedom}"
    reason = "least squares leaves no residuals"
    if alpha:
        sigma = spectrum.noise_given(alpha)
        return sigma, rf"the value that makes the data most probable given $\alpha$, because {reason}"
    if scale is None:
        return None, reason
    s = problem.statistics
    spread = math.sqrt((s.residual_sum_of_squares + float(s.z @ s.z)) / s.weight)

    def cost(t: float) -> float:
        return -float(spectrum.log_evidence((math.exp(t) / scale) ** 2, math.exp(t)))

    least, most = math.log(spread) - 16, math.log(spread) + 2
    found = minimize_scalar(cost, bounds=(least, most), method="bounded", options={"xatol": 1e-10})
    sigma = math.exp(float(found.x))
    if sigma < spread * 1e-6 or cost(least) < float(found.fun) + SAME_EVIDENCE:
        return None, f"{reason}, and the data are more probable the less noise there is"
    return sigma, f"the value that makes the data most probable given the prior scale, because {reason}"


def _hyper_scale(problem: Problem, by: Vector) -> float:
    """The scale at which a slope moves y by one sd of y while a typical column moves by one sd of its own."""
    s = problem.statistics
    typical = math.sqrt(float(np.mean((s.column_norms * by) ** 2)))
    spread = math.sqrt(s.residual_sum_of_squares + float(s.z @ s.z))
    return spread / typical if typical > 0 else spread


def _noise(asked: Noise, spread: float) -> NoisePrior:
    return is_noise_prior(HalfNormalNoise(scale=spread) if asked == "learn" else asked)  # type: ignore[return-value]


def _normal(alpha: float | None, scale: float | None, sigma: float, by: Vector, learns: bool) -> Prior:
    """The Normal prior of an alpha (in units of sigma where that is learned) or of a scale; flat for alpha = 0."""
    if alpha == 0:
        return Flat()
    one = scale if scale is not None else (1.0 if learns else sigma) / math.sqrt(alpha or 1.0)
    return Normal(_alike(one * by), per_sigma=learns and scale is None)
