"""``prior_of``: what a penalty assumes. Called with a fitted estimator, or with a library's name and its numbers."""

from __future__ import annotations

from typing import Any

from mapsto.conventions.base import Reading
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior
from mapsto.conventions.registry import convention, conventions, known_types, read
from mapsto.conventions.residuals import with_sigma
from mapsto.conventions.stopping import weights_of
from mapsto.errors import BadInput


class PriorOf:
    """Read the prior off a fitted estimator, or off a library's numbers.

    ``prior_of(fitted)`` for scikit-learn, pipelines of scalers before it, and statsmodels' regularised results;
    ``prior_of("glmnet", lambda_=...)`` for any convention of the table, by the name that ``translate`` takes;
    ``prior_of.glmnet(...)``, ``.lm_ridge``, ``.torch_weight_decay``, ``.adamw``, ``.keras_l2``, ``.mllib``,
    ``.gblinear`` and ``.huber`` are the same, each with its own list of arguments.
    """

    def __getattr__(self, name: str) -> Any:
        """The reader of one library's numbers, which its convention names (``call``)."""
        found = [] if name.startswith("_") else [one for one in conventions() if one.call == name]
        if not found:
            raise AttributeError(f"prior_of reads no numbers of {name!r}")
        return found[0].from_numbers

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(one.call for one in conventions() if one.call)]

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
        **numbers: Any,
    ) -> Reading:
        """The prior that the penalty of a fitted estimator amounts to, in the raw units of its columns.

        Args:
            fitted: an estimator after ``fit``, or a result of ``fit_regularized``; or the name of a convention
                ("sklearn.Lasso"), with its numbers, and ``features`` (names of the columns) or ``p`` (how many).
            X: the table it was fitted to, shape (n, p); with y it gives n, and sigma from the residuals with the
                effective degrees of freedom of the fit.
            y: the response, shape (n,).
            n: the number of rows, where X and y are not at hand; several libraries divide by it and do not keep it.
            sample_weight: the weights it was fitted with, shape (n,). A library that normalises them puts their
                sum in the place of n. statsmodels' WLS keeps its own.
            noise_sd: sigma in units of y; without it the scales stay in terms of sigma.
            alpha: the penalty that was passed to statsmodels' ``fit_regularized``, whose results do not keep it.
            L1_wt: likewise.
            numbers: with a name, the other numbers of that library.

        Raises:
            BadInput: an estimator that is unknown, unfitted, or of a kind that is not read; a scaler that cannot be
                folded in; a number that is missing or contradicts another.
            TypeError: an argument that is none of these.
        """
        if isinstance(fitted, str):
            given = {"X": X, "y": y, "n": n, "sample_weight": sample_weight, "noise_sd": noise_sd}
            given |= {"alpha": alpha, "L1_wt": L1_wt}
            return convention(fitted).from_numbers(
                **{name: value for name, value in given.items() if value is not None}, **numbers
            )
        if numbers:
            raise TypeError(f"prior_of of a fitted object takes no {', '.join(sorted(numbers))}")
        if sample_weight is None:
            sample_weight = weights_of(fitted)
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
