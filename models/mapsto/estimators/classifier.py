"""``PosteriorClassifier``: probabilities of two classes, averaged over the posterior and not taken at its mode."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from mapsto.data.numbers import refuse_range
from mapsto.data.statistics import Matrix, Vector
from mapsto.data.table import Table, names_of
from mapsto.data.threads import one_blas_thread
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput
from mapsto.estimators.rows import RowsPosterior, rows_posterior
from mapsto.estimators.validation import own, refuse_kinds
from mapsto.likelihoods.base_glm import whole
from mapsto.likelihoods.bernoulli import Bernoulli
from mapsto.likelihoods.binomial import Binomial
from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.intervals import PROB
from mapsto.priors.base import Prior
from mapsto.priors.normal import Normal
from mapsto.runs.result import Result
from mapsto.runs.run import run
from mapsto.scales import probability


class PosteriorClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logistic regression of two classes whose ``predict_proba`` is the posterior mean of the probability.

    The posterior is that of Laplace's approximation at the mode with Pareto-smoothed importance weights. ``k_hat_``
    says how well these cover it: up to 0.7 averages are reliable. Beyond, or where a prior has a kink, NUTS draws the
    posterior (``method_`` says which). ``effective_draws_`` is what the weighted draws are worth: the Monte Carlo error
    of a probability is about its posterior sd over the root of that number. Three or more classes are refused, because
    their posterior is not that of each class against the others; ``OneVsRestClassifier`` around it is another model.

    Args:
        prior: prior over the slopes; by default ``Normal(scale=1.0)``, whose mode is ``LogisticRegression(C=1.0)``'s.
        fit_intercept: whether there is a free (flat) intercept.
        draws: draws of each chain; Laplace's approximation has draws times chains of them.
        chains: number of chains.
        random_state: a whole number that all draws follow from.

    Attributes:
        classes_: the two classes; the second is the one whose log-odds are linear in the columns.
        coef_: the mode of the slopes, shape (1, p).
        intercept_: the intercept there, shape (1,).
        k_hat_: of the importance weights; infinite where there is no approximation.
        effective_draws_: what the draws are worth.
        method_: "laplace" or "nuts".
        result_: all of a run, with its certificate and page, made when first asked for.
    """

    def __init__(
        self,
        prior: Prior | None = None,
        fit_intercept: bool = True,
        draws: int = 1000,
        chains: int = 4,
        random_state: int = 1,
    ) -> None:
        self.prior = prior
        self.fit_intercept = fit_intercept
        self.draws = draws
        self.chains = chains
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Find the mode and the posterior.

        Args:
            X: numbers of shape (n, p).
            y: labels of two classes, shape (n,).
            sample_weight: whole numbers >= 0, shape (n,): how many trials a row stands for.

        Raises:
            BadInput: (a ValueError) one class, or more than two; weights that are no whole numbers; a prior that cannot
                be used, or under which there is no mode.
        """
        refuse_kinds(X=X, sample_weight=sample_weight)
        given = X
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        refuse_range(X, "X")
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
            if not whole(weights).all():
                odd = weights[~whole(weights)][0]
                raise BadInput(f"a sample weight is {odd:g}; expected whole numbers, how many trials a row stands for")
        prior = Normal(scale=1.0) if self.prior is None else self.prior
        if not isinstance(prior, Prior):
            raise BadInput(f"the prior is {prior!r}; expected one of mapsto's, as in Normal(scale=1.0)")
        prior.check(X.shape[1])
        with one_blas_thread():
            return self._fit(own(X, given), y, prior, weights)

    def _fit(self, X: Matrix, labels: Any, prior: Prior, weights: Vector | None) -> Self:
        self.__dict__.pop("result_", None)
        there = np.ones(len(X), dtype=bool) if weights is None else weights > 0
        self.classes_, at = np.unique(labels, return_inverse=True)
        if len(self.classes_) > 2:
            raise BadInput(
                f"y has {len(self.classes_)} classes. Only binary classification is supported: keep two of them, or "
                "put this into OneVsRestClassifier"
            )
        if len(np.unique(at[there])) < 2:
            raise BadInput("y has one class with a weight above zero; a classifier needs rows of two classes")
        names = names_of(getattr(self, "feature_names_in_", None), X.shape[1])
        q = None if weights is None or (weights[there] == 1).all() else np.rint(weights[there])
        table = Table(names, "y", bool(self.fit_intercept), X[there], at[there].astype(np.float64), q)
        self.problem_ = Problem.of_table(table, likelihood=Bernoulli() if q is None else Binomial())
        self.prior_ = prior
        self.posterior_: RowsPosterior = rows_posterior(self.problem_, prior, self._settings, lambda: self.result_)
        self.k_hat_, self.method_ = self.posterior_.k_hat, self.posterior_.method
        self.effective_draws_ = self.posterior_.effective
        self.coef_ = self.posterior_.mode.coef[np.newaxis].copy()
        self.intercept_ = np.array([self.posterior_.mode.intercept])
        return self

    def predict_proba(self, X: Any, return_sd: bool = False) -> Any:
        """Posterior means of the probabilities of both classes.

        Args:
            X: shape (m, p).
            return_sd: whether to give the posterior sd of the second class's probability too, shape (m,).

        Returns:
            Shape (m, 2), in the order of ``classes_``; or a tuple of it and the sds.
        """
        mean, sd = self._expected(X)
        both = np.column_stack([1 - mean, mean])
        return (both, sd) if return_sd else both

    def predict(self, X: Any) -> Any:
        """The class whose posterior mean probability is higher, shape (m,)."""
        mean, _ = self._expected(X)
        return self.classes_[(mean > 0.5).astype(int)]

    def predict_interval(self, X: Any, prob: float = PROB) -> Matrix:
        """Equal-tailed posterior intervals of the second class's probability, shape (m, 2).

        Raises:
            BadInput: a ``prob`` that is not between 0 and 1.
        """
        rows = self._rows(X)
        return self.posterior_.expected_interval(rows, probability(prob, "prob"))

    @cached_property
    def result_(self) -> Result:
        """The whole of :func:`mapsto.run`: engines, draws, certificate, record and report."""
        check_is_fitted(self, "problem_")
        return run(self.problem_, self.prior_, self._settings, name="posterior-classifier")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    @property
    def _settings(self) -> Settings:
        return Settings(seed=self.random_state, draws=self.draws, chains=self.chains)

    def _expected(self, X: Any) -> tuple[Vector, Vector]:
        rows = self._rows(X)
        return self.posterior_.expected(rows)

    def _rows(self, X: Any) -> Matrix:
        check_is_fitted(self, "posterior_")
        refuse_kinds(X=X)
        rows: Matrix = validate_data(self, X, dtype=np.float64, reset=False)
        return rows
