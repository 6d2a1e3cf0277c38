"""``PosteriorRegressor``: the posterior for people who live in scikit-learn.

Under Gaussian noise its posterior is exact wherever there is a formula; under another likelihood see ``rows.py``.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from scipy.special import ndtri
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from mapsto.certificate import Certificate, Conditioning, agreed_digits, mode_checks
from mapsto.data.numbers import refuse_range
from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table, names_of
from mapsto.data.threads import one_blas_thread
from mapsto.engines import closed_form as via_closed_form
from mapsto.engines import sklearn as via_sklearn
from mapsto.engines.direct import solve as via_direct
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput
from mapsto.estimators.noise import estimated
from mapsto.estimators.rows import RowsPosterior, rows_posterior
from mapsto.estimators.validation import own, refuse_kinds
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.gaussian import Gaussian
from mapsto.likelihoods.problem import Problem
from mapsto.likelihoods.sigma import GIVEN, Known, PluggedIn
from mapsto.marks import plain
from mapsto.outcome import Estimate, Failed, Outcome, Unsupported
from mapsto.posteriors.closed_form import Solution
from mapsto.posteriors.datatree import exact_tree
from mapsto.posteriors.exact import ExactPosterior, exact_posterior
from mapsto.posteriors.gaussian import GaussianPosterior
from mapsto.posteriors.intervals import PROB
from mapsto.priors.base import Prior
from mapsto.priors.normal import Normal
from mapsto.runs.result import Result
from mapsto.runs.run import run
from mapsto.scales import positive, probability, whole

AT_ONCE = 1_000_000  # draws of predictions held at once
EXACT_DRAWS = 4_000  # for predictions under a posterior that is exact but not Normal


class PosteriorRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A linear model whose ``coef_`` is a posterior mode, with the rest of the posterior behind it.

    Gaussian priors are solved by formula and never need PyMC; of the others the mode is found at ``fit``, and the
    posterior drawn when it is first asked for.

    Args:
        prior: prior over the slopes; by default ``Normal(scale=1.0, per_sigma=True)``, which is ``Ridge(alpha=1.0)``.
        noise_sd: sigma in units of y, or "auto": the residual sd of least squares; where that leaves no residuals, the
            sigma that makes the data most probable under a prior in units of sigma.
        fit_intercept: whether there is a free (flat) intercept.
        draws: draws kept of each chain, where the posterior is sampled.
        chains: number of chains.
        random_state: a whole number that all draws follow from.
        likelihood: by default Gaussian noise. Under another one predictions are posterior means of the response, and
            the posterior is that of Laplace's approximation with Pareto-smoothed importance weights, or of NUTS where
            these miss too much: ``method_`` says which, and ``k_hat_`` (up to 0.7 is well) how Laplace's did.

    Attributes:
        coef_: the mode of the slopes, shape (p,) (their posterior mean under a prior without a mode).
        intercept_: the intercept there, in units of y.
        noise_sd_: sigma used, in units of y.
        posterior_: ArviZ DataTree of draws.
        certificate_: the named checks on the mode, and on the draws where there are any.
        exact_: the exact posterior, or why there is none.
        result_: all of a run, PyMC's part included, made when first asked for.
    """

    def __init__(
        self,
        prior: Prior | None = None,
        noise_sd: float | Literal["auto"] = "auto",
        fit_intercept: bool = True,
        draws: int = 1000,
        chains: int = 4,
        random_state: int = 1,
        likelihood: Likelihood | None = None,
    ) -> None:
        self.prior = prior
        self.noise_sd = noise_sd
        self.fit_intercept = fit_intercept
        self.draws = draws
        self.chains = chains
        self.random_state = random_state
        self.likelihood = likelihood

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Find the mode, and the exact posterior where there is one.

        Args:
            X: numbers of shape (n, p).
            y: numbers of shape (n,).
            sample_weight: q_i >= 0, shape (n,): the noise of row i has variance sigma^2 / q_i, and a row of weight 0
                is left out. Repeating a row q times has the same mode and, at the same sigma, the same posterior; a
                sigma that is estimated counts rows, not weights.

        Raises:
            BadInput: (a ValueError) a prior or sigma that cannot be used, or a sigma that cannot be estimated.
        """
        refuse_kinds(X=X, y=y, sample_weight=sample_weight)
        given = X, y, sample_weight
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        refuse_range(X, "X")
        refuse_range(y, "y")
        X, y, sample_weight = (own(now, before) for now, before in zip((X, y, sample_weight), given, strict=True))
        prior = Normal(scale=1.0, per_sigma=True) if self.prior is None else self.prior
        if not isinstance(prior, Prior):
            raise BadInput(f"the prior is {prior!r}; expected one of mapsto's, as in Normal(scale=1.0)")
        prior.check(X.shape[1])
        with one_blas_thread():
            return self._fit(X, np.asarray(y, dtype=np.float64), prior, sample_weight)

    def _fit(self, X: Matrix, y: Vector, prior: Prior, sample_weight: Any) -> Self:
        for cached in ("result_", "certificate_", "posterior_", "rows_", "method_", "k_hat_"):
            self.__dict__.pop(cached, None)
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
            there = weights > 0
            X, y, weights = X[there], y[there], weights[there]
            if len(y) < 2:
                raise BadInput(f"{len(y)} rows have a weight above zero; pass at least two")
        names = names_of(getattr(self, "feature_names_in_", None), X.shape[1])
        table = Table(names, "y", bool(self.fit_intercept), X, y, weights)
        if self.likelihood is not None and not self.likelihood.has_statistics:
            return self._fit_rows(table, prior, self.likelihood)
        problem = Problem(table, Gaussian(Known(1.0)))
        auto = isinstance(self.noise_sd, str)
        if auto and self.noise_sd != "auto":
            raise BadInput(f"noise_sd is {self.noise_sd!r}; expected a positive number or 'auto'")
        sigma, how = estimated(problem, prior) if auto else (positive(self.noise_sd, "noise_sd"), GIVEN)
        self.problem_ = problem.with_sigma(PluggedIn(sigma, how) if auto else Known(sigma, how))
        self.prior_, self.noise_sd_ = prior, sigma
        solution = via_closed_form.solve(self.problem_, prior.at(sigma))
        self.exact_: ExactPosterior | Unsupported
        if isinstance(solution, Solution) and isinstance(solution.posterior, GaussianPosterior):
            self.exact_ = solution.posterior
        else:
            self.exact_ = exact_posterior(self.problem_, prior)
        mode = self._mode(solution)
        self.coef_, self.intercept_ = mode.coef, mode.intercept
        return self

    def _fit_rows(self, table: Table, prior: Prior, likelihood: Likelihood) -> Self:
        """Under a likelihood without statistics; the default prior is then in the slopes' own units."""
        sigma: float | Literal["auto"] | None = None
        if likelihood.has_scale():
            sigma = "auto" if isinstance(self.noise_sd, str) else positive(self.noise_sd, "noise_sd")
        elif self.noise_sd != "auto":
            raise BadInput(f"the {likelihood.label} likelihood has no sigma; leave noise_sd at 'auto'")
        self.problem_ = Problem.of_table(table, noise_sd=sigma, likelihood=likelihood)
        self.noise_sd_ = self.problem_.noise_sd
        self.prior_ = Normal(scale=1.0) if self.prior is None else prior.at(self.noise_sd_)
        self.exact_ = Unsupported(f"The posterior under the {likelihood.label} likelihood has no formula.")
        self.rows_: RowsPosterior = rows_posterior(self.problem_, self.prior_, self._settings, lambda: self.result_)
        self.method_, self.k_hat_ = self.rows_.method, self.rows_.k_hat
        self.coef_, self.intercept_ = self.rows_.mode.coef, self.rows_.mode.intercept
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = getattr(self.likelihood, "name", "") == "gamma"
        return tags

    def _mode(self, solution: Solution | Unsupported) -> Estimate:
        if isinstance(solution, Solution):
            return solution.mode
        if self.prior_.no_mode:
            if not isinstance(self.exact_, Unsupported):
                return Estimate(self.exact_.mean, self.exact_.intercept_mean)
            w, b = self._drawn()
            return Estimate(w.mean(axis=0), float(b.mean()))
        found: Outcome = via_direct.solve(self.problem_, self.prior_.at(self.noise_sd_))
        if isinstance(found, Failed):
            found = via_sklearn.fit(self.problem_, self.prior_.at(self.noise_sd_))
        if isinstance(found, Estimate):
            return found
        return self.result_.mode

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict responses; with ``return_std`` also the posterior predictive sd of each, noise included.

        Args:
            X: shape (m, p).
            return_std: whether to give the standard deviations too.

        Returns:
            Predictions, shape (m,), in units of y; or a tuple of them and their standard deviations.
        """
        check_is_fitted(self)
        refuse_kinds(X=X)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        if hasattr(self, "rows_"):
            return self.rows_.response(X, self.random_state) if return_std else self.rows_.expected(X)[0]
        mean = X @ self.coef_ + self.intercept_
        return (mean, self._predictive_sd(X)) if return_std else mean

    def predict_interval(self, X: Any, prob: float = PROB) -> Matrix:
        """Equal-tailed posterior predictive intervals of new responses, shape (m, 2).

        Raises:
            BadInput: a ``prob`` that is not between 0 and 1.
        """
        check_is_fitted(self)
        prob = probability(prob, "prob")
        refuse_kinds(X=X)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        if hasattr(self, "rows_"):
            return self.rows_.predictive_interval(X, prob, self.random_state)
        if isinstance(self.exact_, GaussianPosterior):
            mean = X @ self.coef_ + self.intercept_
            half = float(ndtri(0.5 + prob / 2)) * self._predictive_sd(X)
            return np.column_stack([mean - half, mean + half])
        w, b = self._drawn()
        rng = np.random.default_rng([self._settings.seed, 2])
        places = np.array([0.5 - prob / 2, 0.5 + prob / 2]) * (len(b) - 1)
        below = places.astype(int)
        above = places - below
        ends = np.empty((len(X), 2))
        rows = max(1, AT_ONCE // len(b))
        for i in range(0, len(X), rows):
            some = X[i : i + rows]
            drawn = some @ w.T + b + self.noise_sd_ * rng.standard_normal((len(some), len(b)))
            drawn.sort(axis=1)  # six times as fast as NumPy's quantiles
            ends[i : i + rows] = (1 - above) * drawn[:, below] + above * drawn[:, np.minimum(below + 1, len(b) - 1)]
        return ends

    def sample(self, n: int = 1) -> Matrix:
        """``n`` draws of the posterior, shape (n, p + 1): the slopes, then the intercept (0.0 without one).

        Independent draws where the posterior is exact, else a random choice of those of the sampler.
        """
        check_is_fitted(self)
        n = whole(n, "n", least=1)
        rng = np.random.default_rng(self._settings.seed)
        if hasattr(self, "rows_"):
            return self.rows_.sample(n, rng)
        if not isinstance(self.exact_, Unsupported):
            w, b = self.exact_.draws(int(n), rng)
        else:
            w, b = self._drawn()
            picked = rng.choice(len(b), int(n), replace=int(n) > len(b))
            w, b = w[picked], b[picked]
        return np.column_stack([w, b])

    @cached_property
    def posterior_(self) -> Any:
        """ArviZ DataTree: exact draws under a Gaussian prior, else all that a run gives."""
        check_is_fitted(self, "problem_")
        if isinstance(self.exact_, Unsupported):
            return self.result_.posterior
        settings = self._settings
        return exact_tree(self.problem_, self.exact_, settings.chains, settings.draws, settings.seed)

    @cached_property
    def certificate_(self) -> Certificate:
        """Whether ``coef_`` is the mode: stationary, and where scikit-learn's own estimator has it."""
        check_is_fitted(self, "problem_")
        if isinstance(self.exact_, Unsupported):
            return self.result_.certificate
        problem, prior = self.problem_, self.prior_.at(self.noise_sd_)
        if prior.no_mode:
            return Certificate((), None)
        outcomes: dict[str, Outcome] = {
            "closed_form": Estimate(self.coef_, self.intercept_),
            "sklearn": via_sklearn.fit(problem, prior),
        }
        estimates = [one for one in outcomes.values() if isinstance(one, Estimate)]
        gaussian = self.exact_ if isinstance(self.exact_, GaussianPosterior) else Unsupported("")
        conditioning = Conditioning.of(problem, prior, gaussian, estimates)
        checks = mode_checks(problem, prior, outcomes, conditioning)
        return Certificate(tuple(checks), agreed_digits(outcomes.values(), conditioning))

    @cached_property
    def result_(self) -> Result:
        """The whole of :func:`mapsto.run`: three routes, draws, certificate, record and report."""
        check_is_fitted(self, "problem_")
        return run(self.problem_, self.prior_, self._settings, name="posterior-regressor")

    @property
    def _settings(self) -> Settings:
        return Settings(seed=self.random_state, draws=self.draws, chains=self.chains)

    def _drawn(self) -> tuple[Matrix, Vector]:
        """Draws of slopes (k, p) and intercepts (k,)."""
        if not isinstance(self.exact_, Unsupported):
            return self.exact_.draws(EXACT_DRAWS, np.random.default_rng(self._settings.seed))
        tree = self.result_.posterior
        if "posterior" not in tree.children:
            raise BadInput(
                f"the posterior under the {self.prior_.label} prior cannot be drawn: {plain(self.exact_.reason)}"
            )
        w = tree["posterior"]["w"].to_numpy().reshape(-1, self.problem_.p)
        b = tree["posterior"]["b"].to_numpy().ravel() if self.problem_.intercept else np.zeros(len(w))
        return w, b

    def _predictive_sd(self, X: Matrix) -> Vector:
        if isinstance(self.exact_, GaussianPosterior):
            return self.exact_.predictive_sd(X)
        w, b = self._drawn()
        joint = np.cov(np.column_stack([w, b]).T)
        rows = np.column_stack([X, np.ones(len(X))])
        return np.asarray(np.sqrt(self.noise_sd_**2 + np.sum((rows @ joint) * rows, axis=1)))
