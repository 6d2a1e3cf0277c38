r"""The problem: a checked table, its likelihood, and the one convention for the objective.

    -log p(w, b | y)  =  -log p(y | w, b)  +  phi(w)  +  constants,      phi = -log prior
    J(w, b)           =  loss(w, b)  +  factor phi(w)                    (the part that moves, times the factor)

For Gaussian noise the loss is ||y - b - X w||^2 and the factor 2 sigma^2, so that under a Normal(0, sigma_w^2) prior J
is scikit-learn's ridge loss with alpha = sigma^2 / sigma_w^2. Where rows have weights q, ||r||^2 stands for
sum_i q_i r_i^2: the noise of row i has variance sigma^2 / q_i, as in weighted least squares. This is the only place
where the convention is written; every other module refers to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mapsto.data.least_squares import least_squares
from mapsto.data.statistics import Matrix, SufficientStatistics, Vector
from mapsto.data.sweeps import Blocks
from mapsto.data.table import Table
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.base_swept import swept
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.likelihoods.noise_priors.registry import is_noise_prior
from mapsto.likelihoods.sigma import Known, Learned, PluggedIn, Sigma, point_of
from mapsto.notebook import SHOWN, shown
from mapsto.rounding import gamma

NoiseSd = float | Literal["auto"]


@dataclass(frozen=True, eq=False)
class Problem:
    """A linear model, y about b + X w, before any prior.

    Make one with :meth:`from_rows` or :meth:`from_statistics`, which check what they are given. Everything else is
    derived from the two parts, so that one cannot contradict the other.

    Attributes:
        table: the rows, or their statistics.
        likelihood: p(y | b + X w), with the scale of its noise if it has one.
        learns: the priors of those parameters of the likelihood besides sigma that the posterior learns, by name; a
            point estimate is taken at the values in the likelihood all the same.
    """

    table: Table
    likelihood: Likelihood
    learns: Mapping[str, NoisePrior] = field(default_factory=dict)

    @classmethod
    def from_rows(
        cls,
        X: Any,
        y: Any,
        *,
        noise_sd: NoiseSd | Sigma | None = None,
        noise_prior: NoisePrior | None = None,
        features: Sequence[str] | None = None,
        target: str | None = None,
        intercept: bool = True,
        weights: Any = None,
        likelihood: Likelihood | None = None,
    ) -> Problem:
        """Check a table and join it with a likelihood.

        Args:
            X: numbers of shape (n, p): an array, or a data frame whose column names are taken over.
            y: numbers of shape (n,).
            noise_sd: sigma > 0, in units of y; "auto" plugs in the residual sd of least squares. By default that of
                the likelihood.
            noise_prior: a prior over sigma, if the posterior is to learn it; None takes noise_sd for known.
            features: names for the columns; by default the data frame's, or x0, x1, ...
            target: name of y; by default its own ``name``, or "y".
            intercept: whether the model has a free (flat) intercept.
            weights: q_i > 0, shape (n,), of rows whose noise has variance sigma^2 / q_i (the mean of q measurements
                has weight q); None for equal ones.
            likelihood: by default Gaussian noise.

        Raises:
            BadInput: a table that is empty, has one row, or holds text, NaN or infinity; a constant target;
                names that are repeated or too few; a sigma that is not a positive number; weights that are not;
                a response that the likelihood gives no probability to.
        """
        table = Table.from_rows(X, y, features=features, target=target, intercept=intercept, weights=weights)
        return cls.of_table(table, noise_sd=noise_sd, noise_prior=noise_prior, likelihood=likelihood)

    @classmethod
    def from_statistics(
        cls,
        statistics: SufficientStatistics,
        *,
        noise_sd: NoiseSd | Sigma,
        noise_prior: NoisePrior | None = None,
        features: Sequence[str] | None = None,
        target: str = "y",
    ) -> Problem:
        """A problem with Gaussian noise whose rows are somewhere else (or too many to keep).

        Raises:
            BadInput: names that are repeated or too few; a sigma that is not a positive number.
        """
        table = Table.from_statistics(statistics, features=features, target=target)
        return cls.of_table(table, noise_sd=noise_sd, noise_prior=noise_prior)

    @classmethod
    def from_blocks(
        cls,
        blocks: Blocks,
        *,
        likelihood: Likelihood,
        features: Sequence[str] | None = None,
        target: str = "y",
        intercept: bool = True,
    ) -> Problem:
        """A problem whose rows are made a block at a time, as often as they are asked for.

        Args:
            blocks: a function that makes the blocks anew each time it is called: pairs (X, y) or triples
                (X, y, weights) of shapes (m, p), (m,) and (m,).
            likelihood: one with a link, such as Bernoulli() or Poisson(). Each step of the search for its mode is a
                pass over the blocks. (For Gaussian noise ``SufficientStatistics.from_blocks`` needs one.)
            features: names for the columns.
            target: name of y.
            intercept: whether the model has a free (flat) intercept.

        Raises:
            BadInput: blocks that hold no numbers, whose shapes differ, or that do not come again; names that are
                repeated or too few; a response that the likelihood gives no probability to.
        """
        table = Table.from_blocks(blocks, features=features, target=target, intercept=intercept)
        return cls.of_table(table, likelihood=likelihood)

    @classmethod
    def of_table(
        cls,
        table: Table,
        *,
        noise_sd: NoiseSd | Sigma | None = None,
        noise_prior: NoisePrior | None = None,
        likelihood: Likelihood | None = None,
    ) -> Problem:
        """A checked table and a likelihood; arguments as of :meth:`from_rows`."""
        if likelihood is None:
            if noise_sd is None:
                raise BadInput("noise_sd is None; expected a positive number in units of y, or 'auto' to estimate it")
            likelihood = Gaussian()
        if table.sweeps is not None and not likelihood.has_statistics:
            likelihood = swept(likelihood)
        elif table.X is None and not likelihood.has_statistics:
            raise BadInput(f"the {likelihood.label} likelihood needs the rows, and only their statistics came")
        if table.X is not None:
            likelihood.check(table.rows[1], table.q)
        if noise_sd is not None:
            likelihood = likelihood.with_sigma(_sigma(table, noise_sd))
        problem = cls(table, likelihood)
        return problem if is_noise_prior(noise_prior) is None else problem.with_noise_prior(noise_prior)

    def with_likelihood(self, likelihood: Likelihood) -> Problem:
        """The same data under another likelihood, with the same sigma if both have one."""
        kept = self.likelihood.scale
        likelihood = likelihood.with_sigma(kept) if kept is not None and likelihood.has_scale() else likelihood
        return Problem.of_table(self.table, likelihood=likelihood)

    def with_learned(self, **priors: NoisePrior) -> Problem:
        """The same data where these parameters of the likelihood are learned, as ``size=HalfCauchyNoise(scale=10)``.

        Raises:
            BadInput: a parameter that the likelihood has not or that is not learned here, or a prior that is none or
                has no integral.
        """
        may = self.likelihood.learnable
        for name, prior in priors.items():
            if name not in may:
                there = f"; it learns {' and '.join(may)}" if may else " and learns none of its parameters"
                raise BadInput(
                    f"the {self.likelihood.label} likelihood does not learn {name!r}{there}"
                    + (" (for sigma pass noise_prior)" if name == "sigma" else "")
                )
            told = is_noise_prior(prior)
            if told is None or not told.proper:
                raise BadInput(
                    f"{name} is to be learned under {'no prior' if told is None else told.name}; give a prior with "
                    "an integral, as in HalfCauchyNoise(scale=10)"
                )
        return replace(self, learns={**self.learns, **priors})

    @property
    def at_point(self) -> Problem:
        """The same data with all that is learned of the noise held at the values of the point estimate."""
        return replace(self.with_noise_prior(None), learns={})

    def with_sigma(self, sigma: Sigma) -> Problem:
        """The same data with another account of sigma."""
        return replace(self, likelihood=self.likelihood.with_sigma(sigma))

    def with_noise_sd(self, noise_sd: float) -> Problem:
        """The same data where the point estimate is taken at sigma = ``noise_sd``, in units of y."""
        scale = self.likelihood.scale
        known = Known(noise_sd)
        return self.with_sigma(Learned(scale.prior, known) if isinstance(scale, Learned) else known)

    def with_noise_prior(self, noise_prior: NoisePrior | None) -> Problem:
        """The same data where sigma is learned under ``noise_prior``, or held at its point where that is None."""
        scale = self.likelihood.scale
        if scale is None:
            return self if noise_prior is None else replace(self, likelihood=self.likelihood.with_sigma(1.0))
        at = point_of(scale)
        return self.with_sigma(at if noise_prior is None else Learned(noise_prior, at))

    # --- the table's parts

    def _repr_html_(self) -> str:
        some = ", ".join(self.features[:SHOWN]) + (", …" if self.p > SHOWN else "")
        sigma = [] if self.sigma is None else [("sigma", f"{self.sigma.value:.4g}, {self.sigma.kind}")]
        return shown(
            f"{self.likelihood.label} likelihood",
            [("rows", self.n), ("columns", f"{self.p}: {some}"), ("target", self.target), *sigma],
        )

    @property
    def statistics(self) -> SufficientStatistics:
        """What least squares needs of the rows."""
        return self.table.statistics

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.table.n

    @property
    def p(self) -> int:
        """Number of columns."""
        return self.table.p

    @property
    def features(self) -> tuple[str, ...]:
        """A name for each column."""
        return self.table.features

    @property
    def target(self) -> str:
        """The name of y."""
        return self.table.target

    @property
    def intercept(self) -> bool:
        """Whether the model has a free intercept."""
        return self.table.intercept

    @property
    def X(self) -> Matrix | None:  # noqa: N802 - matrices keep the names mathematics gave them
        """The rows, shape (n, p), or None where only the statistics are at hand."""
        return self.table.X

    @property
    def y(self) -> Vector | None:
        """The responses, shape (n,), or None likewise."""
        return self.table.y

    @property
    def weights(self) -> Vector | None:
        """Weights of the rows, shape (n,), or None for equal ones."""
        return self.table.weights

    @property
    def sha256(self) -> str:
        """Fingerprint of the data."""
        return self.table.sha256

    # --- the likelihood's parts

    @property
    def sigma(self) -> Sigma | None:
        """The scale of the noise: known, plugged in or learned; None for a likelihood without one."""
        return self.likelihood.scale

    @property
    def noise_sd(self) -> float:
        """The sigma at which a point estimate is taken, in units of y; 1.0 for a likelihood without a scale."""
        return 1.0 if self.sigma is None else self.sigma.value

    @property
    def noise_prior(self) -> NoisePrior | None:
        """What is believed of sigma where the posterior learns it, or None."""
        return self.sigma.prior if isinstance(self.sigma, Learned) else None

    @property
    def rounding(self) -> float:
        """Backward error of solving the normal equations with rounding, p gamma(n + 3p + 1) (dimensionless).

        Source: Higham (2002), "Accuracy and Stability of Numerical Algorithms", theorem 10.4 and section 20.4.
        """
        return self.p * gamma(self.n + 3 * self.p + 1)

    def log_likelihood(self, w: Vector, b: float) -> float:
        """log p(y | w, b), normalised, in nats, at the sigma of the point estimate."""
        return self.likelihood.log_likelihood(self.table, w, b)

    def objective(self, w: Vector, b: float, penalty: float) -> float:
        """J = loss + factor phi(w), in the units of the loss; ``penalty`` is phi(w)."""
        return self.likelihood.total_loss(self.table, w, b) + self.likelihood.factor * penalty

    def best_intercept(self, w: Vector, near: float | None = None) -> float:
        """The intercept of least loss for the slopes w (0.0 without an intercept)."""
        return self.likelihood.best_intercept(self.table, w, near)

    def data_gradient(self, w: Vector, near: float | None = None) -> Vector:
        """Gradient over w of -log p(y | w, b) at the best intercept, shape (p,)."""
        return self.likelihood.slopes_gradient(self.table, w, near)

    def hessian(self, w: Vector, near: float | None = None) -> Matrix:
        """Second derivatives over w of -log p(y | w, b) at the best intercept, shape (p, p)."""
        return self.likelihood.hessian(self.table, w, near)

    def information(self, w: Vector, near: float | None = None) -> Matrix:
        """:meth:`hessian`, or the expected information where the loss has kinks; shape (p, p)."""
        return self.likelihood.information(self.table, w, near)


def _sigma(table: Table, noise_sd: NoiseSd | Sigma) -> Sigma:
    if isinstance(noise_sd, str):
        if noise_sd != "auto":
            raise BadInput(f"noise_sd is {noise_sd!r}; expected a positive number or 'auto'")
        return PluggedIn(least_squares(table.statistics).residual_sd)
    return noise_sd if isinstance(noise_sd, Known | PluggedIn | Learned) else Known(noise_sd)
