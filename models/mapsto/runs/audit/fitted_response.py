"""The response that a fit was made to, as numbers, with the weights and offsets that went with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mapsto.conventions.stopping import weights_of
from mapsto.data.numbers import real_numbers
from mapsto.data.statistics import Vector
from mapsto.errors import BadInput
from mapsto.marks import quoted


@dataclass(frozen=True, eq=False)
class Response:
    """What was explained.

    Attributes:
        y: shape (n,), classes as 0 and 1.
        weights: shape (n,), or None.
        said: a sentence for each thing that was done to it.
    """

    y: Vector
    weights: Vector | None
    said: tuple[str, ...] = ()


def last_step(fitted: Any) -> Any:
    """The estimator at the end of a pipeline, or the estimator itself."""
    return fitted.steps[-1][1] if hasattr(fitted, "steps") else fitted


def response_of(fitted: Any, y: Any, sample_weight: Any = None) -> Response:
    """The response as numbers: the second of two classes counts as 1, an exposure becomes a weight.

    Args:
        fitted: after ``fit(X, y)``.
        y: what it was fitted to, shape (n,).
        sample_weight: the weights of its rows, shape (n,), or None.

    Raises:
        BadInput: more than two classes; a label that the fit did not see; another response than that of a statsmodels
            model; an offset that is no exposure of counts.
    """
    last = last_step(fitted)
    model = getattr(getattr(last, "_results", last), "model", None)
    if model is not None and hasattr(model, "endog"):
        return _of_model(model, y, sample_weight, last)
    weights = None if sample_weight is None else np.ravel(real_numbers(sample_weight, "sample_weight"))
    classes = getattr(last, "classes_", None)
    if classes is None:
        return Response(np.ravel(real_numbers(y, "y")), weights)
    if len(classes) != 2:
        raise BadInput(
            f"the fit tells {len(classes)} classes apart, and audit knows two; prior_of(...) reads its prior and "
            "multinomial_mode(fitted, X, y) certifies its mode, or fit one class against the others"
        )
    labels = np.asarray(y).ravel()
    known = np.isin(labels, classes)
    if not known.all():
        odd = labels[~known][0]
        raise BadInput(
            f"y holds {odd!r}, which is no class of the fit ({classes[0]!r}, {classes[1]!r}); pass its own y"
        )
    said = f"Class {quoted(str(classes[1]))} counts as 1 and {quoted(str(classes[0]))} as 0, as in the fit."
    coded = np.asarray(labels == classes[1], dtype=np.float64)
    return Response(coded, class_weighted(last, labels, weights), (said,))


def class_weighted(last: Any, labels: Any, weights: Vector | None) -> Vector | None:
    """The weights of the rows times those of their classes."""
    asked = getattr(last, "class_weight", None)
    if asked is None:
        return weights
    from sklearn.utils.class_weight import compute_class_weight  # imported late: it came with the fit

    by_class = compute_class_weight(asked, classes=last.classes_, y=labels, sample_weight=weights)
    product: Vector = by_class[np.searchsorted(last.classes_, labels)] * (1.0 if weights is None else weights)
    return product


def _of_model(model: Any, y: Any, sample_weight: Any, last: Any) -> Response:
    """The response that a model of statsmodels keeps."""
    kept = np.asarray(model.endog, dtype=np.float64)
    given = np.asarray(y)
    if given.shape[:1] != kept.shape[:1]:
        raise BadInput(f"y has {len(given)} rows and the model was fitted to {len(kept)}; pass its own X and y")
    if given.ndim == 1 and not np.array_equal(np.ravel(real_numbers(y, "y")), kept):
        raise BadInput("y is not the response that the statsmodels model was fitted to; pass its own X and y")
    weights = weights_of(last) if sample_weight is None else np.ravel(real_numbers(sample_weight, "sample_weight"))
    trials = np.asarray(getattr(model, "n_trials", 1.0), dtype=np.float64)
    if np.any(trials != 1):
        return Response(kept, np.broadcast_to(trials, kept.shape).copy(), ("Each row is the share of successes.",))
    offset = _offset(model)
    if offset is None or not np.any(offset):
        return Response(kept, weights)
    link = "poisson" if type(model).__name__ == "Poisson" else type(getattr(model, "family", None)).__name__.lower()
    if link == "gaussian":
        return Response(kept - offset, weights, ("The offset is subtracted from the response.",))
    if link != "poisson":
        raise BadInput(
            "the model has an offset, which is read for Gaussian noise and for counts (where it is the logarithm of an "
            "exposure); fit without it"
        )
    exposure = np.exp(offset)
    return Response(
        kept / exposure,
        exposure,
        ("The offset is the logarithm of an exposure: a response is the count per exposure, its weight the exposure.",),
    )


def _offset(model: Any) -> Vector | None:
    """The sum of offset and log exposure, or None where the model has neither."""
    if hasattr(model, "_offset_exposure"):
        parts = [model._offset_exposure]
    else:
        parts = [getattr(model, name) for name in ("offset", "exposure") if getattr(model, name, None) is not None]
    if not parts:
        return None
    total: Vector = np.broadcast_to(
        np.sum([np.asarray(part, dtype=np.float64) for part in parts], axis=0), model.endog.shape
    )
    return total
