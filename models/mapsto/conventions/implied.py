"""What a penalty says about the slopes: an ``ImpliedPrior``, or ``NotAPrior`` with the reason.

Everything is put into the convention of :mod:`mapsto.likelihoods.problem`, coefficient by coefficient, in the raw units
of the columns:

    J(w, b)  =  2 D (-log likelihood)  +  sum_j R_j w_j^2  +  sum_j L_j |w_j|

with D the dispersion: sigma^2 for Gaussian noise (J is then RSS + ...), 1 for a Bernoulli or Poisson likelihood.
J = 2 D (-log posterior) makes slope j Normal with sd sqrt(D / R_j), or Laplace with scale 2 D / L_j.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mapsto.conventions.rates import Intercept, Rates
from mapsto.conventions.surprise import half_width
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.marks import literal, number
from mapsto.priors.base import CAPITALS, Prior
from mapsto.priors.elastic_net import ElasticNet
from mapsto.priors.flat import Flat
from mapsto.priors.laplace import Laplace
from mapsto.priors.normal import Normal
from mapsto.scales import positive

Family = Literal["flat", "normal", "laplace", "elastic-net"]
Likelihood = Literal["gaussian", "bernoulli", "poisson", "gamma", "huber", "asymmetric-laplace"]

DISPERSION: dict[Likelihood, tuple[float | None, int, str]] = {
    "gaussian": (None, 2, "sigma, the noise sd"),
    "gamma": (None, 2, "the coefficient of variation, the root of the dispersion"),
    "huber": (None, 1, "s, the scale of the Huber noise"),
    "asymmetric-laplace": (None, 1, "s, the scale of the asymmetric Laplace noise"),
    "bernoulli": (1.0, 0, ""),
    "poisson": (1.0, 0, ""),
}
"""Likelihood -> (its dispersion where it is fixed, else the power of ``noise_sd`` that it is, and what that is)."""

SURPRISE = 0.05  # one in twenty


@dataclass(frozen=True)
class NotAPrior:
    """A penalty that no prior amounts to, with the reason.

    Attributes:
        reason: why.
        source: the library and class it was read from.
        held: the prior of the slopes once what stands in the way is held at its fitted value, where that is one.
    """

    reason: str
    source: str = ""
    held: ImpliedPrior | None = None

    def __str__(self) -> str:
        return f"{self.source}: not a prior: {self.reason}" if self.source else f"not a prior: {self.reason}"


@dataclass(frozen=True)
class ImpliedPrior:
    """The prior that a penalty amounts to, a coefficient at a time, in the raw units of the columns.

    Attributes:
        features: a name for each slope.
        l2: R_j >= 0 in J, for each slope; infinite for a slope that is held at zero.
        l1: L_j >= 0 in J, for each slope.
        intercept: "none", "free" (a flat prior), or "penalised" (``intercept_l2`` and ``intercept_l1`` say how).
        source: the library and class it was read from.
        likelihood: what the penalty is added to; it says what the dispersion D is.
        intercept_l2: R of a penalised intercept.
        intercept_l1: L of a penalised intercept.
        n: the number of rows (or their total weight) that the penalty was multiplied by, where it was.
        noise_sd: sigma in units of y, where given, estimated, or part of the fit; D = sigma^2.
        noise_from: how ``noise_sd`` is known.
        data_dependent: why this is not strictly a prior (it looked at the data), or None.
        remarks: what else a reader should know.
        columns: position of each feature in the raw table.
        mode: the slopes of the fit it was read from, in raw units, or None where it was read from numbers.
        mode_intercept: the intercept of that fit, in units of the linear predictor, or None.
    """

    features: tuple[str, ...]
    l2: tuple[float, ...]
    l1: tuple[float, ...]
    intercept: Intercept
    source: str
    likelihood: Likelihood = "gaussian"
    intercept_l2: float = 0.0
    intercept_l1: float = 0.0
    n: float | None = None
    noise_sd: float | None = None
    noise_from: str | None = None
    data_dependent: str | None = None
    remarks: tuple[str, ...] = ()
    columns: tuple[int, ...] = ()
    mode: tuple[float, ...] | None = None
    mode_intercept: float | None = None

    def __post_init__(self) -> None:
        p = len(self.features)
        if not (len(self.l2) == len(self.l1) == p) or p == 0:
            raise BadInput(f"{len(self.l2)} and {len(self.l1)} penalties came for {p} features; pass one for each")
        if not all(R >= 0 for R in (*self.l2, *self.l1, self.intercept_l2, self.intercept_l1)):
            raise BadInput(f"a penalty of {self.source} is negative or not a number, which is no prior; pass some >= 0")
        if not self.columns:
            object.__setattr__(self, "columns", tuple(range(p)))

    @property
    def family(self) -> Family:
        """The family of the slopes' prior."""
        if any(self.l2) and any(self.l1):
            return "elastic-net"
        if any(self.l2):
            return "normal"
        return "laplace" if any(self.l1) else "flat"

    @property
    def alpha(self) -> float | None:
        """The penalty of the equivalent scikit-learn Ridge, where one number says it, else None."""
        same = len(set(self.l2)) == 1 and math.isfinite(self.l2[0])
        plain = self.likelihood == "gaussian" and self.intercept != "penalised"
        return self.l2[0] if self.family in ("normal", "flat") and same and plain else None

    @property
    def scale_formula(self) -> str:
        """The scale of slope j in terms of sigma, with D = sigma^2 (D = 1 where the likelihood has no noise)."""
        known = {"gaussian": "sigma^2", "gamma": "dispersion", "huber": "s", "asymmetric-laplace": "s"}
        D = known.get(self.likelihood, "1")
        root = {"sigma^2": "sigma", "1": "1"}.get(D, f"sqrt({D})")
        return {
            "flat": "no scale: every value is as likely as any other",
            "normal": f"sd_j = {root} / sqrt(R_j)",
            "laplace": f"scale_j = 2 {D} / L_j" if D != "1" else "scale_j = 2 / L_j",
            "elastic-net": f"density exp(-(L_j |w| + R_j w^2) / (2 {D}))",
        }[self.family]

    @property
    def scale_in_sigma(self) -> Vector:
        """c_j in scale_j = c_j sigma (Normal) or c_j sigma^2 (Laplace), shape (p,); infinite for a flat slope.

        Raises:
            BadInput: an elastic net, which has two rates in place of a scale (see :meth:`rates`).
        """
        if self.family == "elastic-net":
            raise BadInput("an elastic net's prior has two rates and no one scale; ask rates(noise_sd) for them")
        with np.errstate(divide="ignore"):
            if self.family == "laplace":
                return np.asarray(2.0 / np.asarray(self.l1))
            return np.asarray(1.0 / np.sqrt(self.l2))

    def scale(self, noise_sd: float | None = None) -> Vector:
        """The sd (Normal) or the scale s (Laplace) of each slope, shape (p,), in units of y per unit of the column.

        Args:
            noise_sd: sigma, in units of y; by default the one that was given or estimated. A Bernoulli or Poisson
                likelihood needs none; for the gamma it is the root of the dispersion, for quantiles the scale s.

        Raises:
            BadInput: an elastic net; or no sigma where one is needed.
        """
        D = self.dispersion(noise_sd)
        return self.scale_in_sigma * (D if self.family == "laplace" else math.sqrt(D))

    def rates(self, noise_sd: float | None = None) -> tuple[Vector, Vector]:
        """(l1, l2) of phi(w) = sum_j l1_j |w_j| + l2_j w_j^2 / 2, the penalty in nats; each of shape (p,).

        Raises:
            BadInput: no sigma where one is needed.
        """
        D = self.dispersion(noise_sd)
        return np.asarray(self.l1) / (2 * D), np.asarray(self.l2) / D

    @property
    def in_j(self) -> Rates:
        """The penalty as it stands in J, with what it does to the intercept."""
        parts = np.asarray(self.l2), np.asarray(self.l1)
        return Rates(*parts, self.intercept, self.intercept_l2, self.intercept_l1, source=self.source)

    def dispersion(self, noise_sd: float | None = None) -> float:
        """D in J: sigma^2 for Gaussian noise, 1 for a Bernoulli or Poisson likelihood.

        Raises:
            BadInput: no sigma where one is needed, or one that is not positive.
        """
        fixed, power, meaning = DISPERSION[self.likelihood]
        if fixed is not None:
            return fixed
        sigma = self.noise_sd if noise_sd is None else noise_sd
        if sigma is None:
            raise BadInput(
                f"the penalty of {self.source} fixes its prior only in terms of {meaning}; pass noise_sd=, or X= and "
                "y= to prior_of to have it estimated"
            )
        return positive(sigma, "noise_sd") ** power

    def sentence(self, feature: int | str, noise_sd: float | None = None) -> str:
        """What was thought of one slope before the data, in words.

        Args:
            feature: a name or a position.
            noise_sd: as in :meth:`scale`; without any the size is given in terms of sigma.

        Raises:
            BadInput: a feature that is not there.
        """
        j = self._position(feature)
        return self._said(j, self.features[j], "±", "{:.2g}".format, noise_sd)

    def marked_sentence(self, feature: int | str, noise_sd: float | None = None) -> str:
        """:meth:`sentence` as marked text (see ``mapsto.marks``)."""
        j = self._position(feature)
        return self._said(j, literal(self.features[j]), r"$\pm$", lambda size: number(size, 2), noise_sd)

    def _said(self, j: int, name: str, sign: str, shown: Callable[[float], str], noise_sd: float | None) -> str:
        """What was thought of slope j, with its name, the sign of both directions and a number as they are shown."""
        R, L = self.l2[j], self.l1[j]
        if R == L == 0:
            return f"any slope of {name} was thought as likely as any other"
        if math.isinf(R):
            return f"the slope of {name} was held at 0"
        unknown = self.noise_sd is None and noise_sd is None and DISPERSION[self.likelihood][0] is None
        if unknown and R and L:
            return f"small slopes of {name} were thought likelier than large ones; how small takes sigma: pass noise_sd"
        D = 1.0 if unknown else self.dispersion(noise_sd)
        size = shown(half_width(L / (2 * D), R / D, SURPRISE))
        if unknown:
            size += " s" if self.likelihood in ("asymmetric-laplace", "huber") else " sigma" if R else " sigma^2"
        what = {"bernoulli": " log-odds", "poisson": " in the log rate", "gamma": " in the log mean"}
        return (
            f"a slope of {name} beyond {sign}{size}{what.get(self.likelihood, '')} per unit was thought a "
            "one-in-twenty surprise"
        )

    def prior(self, noise_sd: float | None = None) -> Prior:
        """The prior of mapsto with these scales, to run an experiment with; sigma as in :meth:`scale`.

        A Normal prior of Gaussian noise needs no sigma: without one its scale is in units of sigma (``per_sigma``).

        Raises:
            BadInput: slopes some of which are flat or held at zero, or lack one half of an elastic net that others
                have; no sigma where one is needed.
        """
        if self.family == "flat":
            return Flat()
        if self.family == "elastic-net":
            return self._elastic_net(noise_sd)
        relative = self.family == "normal" and self.likelihood == "gaussian" and noise_sd is self.noise_sd is None
        scales = self.scale_in_sigma if relative else self.scale(noise_sd)
        odd = [name for name, s in zip(self.features, scales, strict=True) if not 0 < s < math.inf]
        if odd:
            raise BadInput(
                f"the slopes of {', '.join(odd)} are flat or held at zero while others are penalised; a prior of "
                "mapsto takes a positive, finite scale for each: drop those columns"
            )
        one_or_each = _one_or_each(scales)
        return Laplace(one_or_each) if self.family == "laplace" else Normal(one_or_each, per_sigma=relative)

    def _elastic_net(self, noise_sd: float | None) -> Prior:
        l1, l2 = self.rates(noise_sd)
        odd = [name for name, a, b in zip(self.features, l1, l2, strict=True) if not 0 < a * b < math.inf]
        if odd:
            raise BadInput(
                f"the slopes of {', '.join(odd)} are held at zero, or have one half of the elastic net alone, beside "
                "others with both; a prior of mapsto takes both for each: drop those columns"
            )
        return ElasticNet(laplace_scale=_one_or_each(1 / l1), normal_scale=_one_or_each(1 / np.sqrt(l2)))

    def with_noise(self, noise_sd: float, noise_from: str) -> ImpliedPrior:
        """The same penalty with sigma known, in units of y."""
        return replace(self, noise_sd=positive(noise_sd, "noise_sd"), noise_from=noise_from)

    def __str__(self) -> str:
        family = CAPITALS.get(self.family, self.family)
        lines = [f"{self.source}: {family} prior, {self.scale_formula}, intercept {self.intercept}"]
        if self.noise_sd is not None:
            lines.append(f"  sigma = {self.noise_sd:.4g} ({self.noise_from})")
        if self.alpha is not None:
            lines.append(f"  the same as scikit-learn's Ridge(alpha={self.alpha:.6g})")
        lines += [f"  {self.sentence(j)}" for j in range(len(self.features))]
        lines += [f"  not strictly a prior: {self.data_dependent}"] if self.data_dependent else []
        return "\n".join([*lines, *(f"  {remark}" for remark in self.remarks)])

    def _position(self, feature: int | str) -> int:
        if isinstance(feature, str) and feature in self.features:
            return self.features.index(feature)
        if isinstance(feature, int) and -len(self.features) <= feature < len(self.features):
            return feature % len(self.features)
        raise BadInput(f"there is no feature {feature!r}; there are {', '.join(self.features)}")


def _one_or_each(values: Vector) -> float | tuple[float, ...]:
    """One number where all are the same, else a tuple of them."""
    numbers = tuple(float(value) for value in values)
    return numbers[0] if len(set(numbers)) == 1 else numbers
