"""``prior_of``: what a penalty assumes. Called with a fitted estimator; its attributes take a library's numbers."""

from __future__ import annotations

from typing import Any

from mapsto.conventions import from_numbers, sklearn_glm, sklearn_linear, sklearn_pipeline, statsmodels
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior
from mapsto.conventions.readers import Reading, known_types, read
from mapsto.conventions.residuals import with_sigma
from mapsto.errors import BadInput

READER_MODULES = (sklearn_linear, sklearn_glm, sklearn_pipeline, statsmodels)
"""Imported so that their readers are registered; none of them imports its library."""


class PriorOf:
    """Read the prior off a fitted estimator, or off a library's numbers.

    ``prior_of(fitted)`` for scikit-learn, pipelines of scalers before it, and statsmodels' regularised results;
    ``prior_of.glmnet(...)``, ``.lm_ridge``, ``.torch_weight_decay``, ``.adamw``, ``.keras_l2``, ``.mllib``,
    ``.gblinear`` and ``.huber`` for the rest.
    """

    glmnet = staticmethod(from_numbers.glmnet)
    lm_ridge = staticmethod(from_numbers.lm_ridge)
    torch_weight_decay = staticmethod(from_numbers.torch_weight_decay)
    adamw = staticmethod(from_numbers.adamw)
    keras_l2 = staticmethod(from_numbers.keras_l2)
    mllib = staticmethod(from_numbers.mllib)
    gblinear = staticmethod(from_numbers.gblinear)
    huber = staticmethod(from_numbers.huber)

    def __call__(
        self,
        fitted: Any,
        *,
        X: Any = None,
        y: Any = None,
        n: float | None = None,
        sample_weight: Any = None,
        noise_sd: float | None = None,
        alpha: Any = None,
        L1_wt: float | None = None,
    ) -> Reading:
        """The prior that the penalty of a fitted estimator amounts to, in the raw units of its columns.

        Args:
            fitted: an estimator after ``fit``, or a result of ``fit_regularized``.
            X: the table it was fitted to, shape (n, p); with y it gives n, and sigma from the residuals with the
                effective degrees of freedom of the fit.
            y: the response, shape (n,).
            n: the number of rows, where X and y are not at hand; several libraries divide by it and keep it not.
            sample_weight: the weights it was fitted with, shape (n,). A library that normalises them puts their
                sum in the place of n. statsmodels' WLS keeps its own.
            noise_sd: sigma in units of y; without it the scales stay in terms of sigma.
            alpha: the penalty that was passed to statsmodels' ``fit_regularized``, whose results do not keep it.
            L1_wt: likewise.

        Raises:
            BadInput: an estimator that is unknown, unfitted, or of a kind that is not read; a scaler that cannot be
                folded in; a number that is missing or contradicts another.
        """
        if sample_weight is None:
            sample_weight = statsmodels.weights_of(fitted)
        facts = Facts.gather(X=X, y=y, n=n, sample_weight=sample_weight, noise_sd=noise_sd, alpha=alpha, L1_wt=L1_wt)
        kept = type(fitted).__module__.partition(".")[0]
        if kept == "sklearn" and not (alpha is None and L1_wt is None):
            raise BadInput("a scikit-learn estimator keeps its own penalty; leave out alpha= and L1_wt=")
        found = read(fitted, facts)
        return with_sigma(found, facts) if isinstance(found, ImpliedPrior) else found

    @property
    def known(self) -> list[str]:
        """The types that can be read, as 'package.ClassName'."""
        return known_types()


prior_of = PriorOf()
