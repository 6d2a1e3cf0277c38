"""A pipeline of scalers before a linear estimator: the scalers are folded into its prior.

With z_j = (x_j - m_j) / s_j the slope of the raw column is w_j / s_j, so

    R_raw_j = R_j s_j^2,    L_raw_j = L_j s_j,    b_raw = b - sum_j w_j m_j / s_j.

A free intercept takes up the shift. One that is penalised, or absent, is tied to the slopes by it: no prior on each.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mapsto.conventions.base import Reading
from mapsto.conventions.facts import Facts
from mapsto.conventions.implied import ImpliedPrior
from mapsto.conventions.libraries.sklearn.fitted import attribute, feature_names
from mapsto.conventions.libraries.sklearn.scalers import Affine, affine
from mapsto.conventions.registry import read, reader
from mapsto.errors import BadInput

SCALED = "its scale follows the spread of the columns it was fitted to"


@reader("sklearn", "Pipeline")
def pipeline(fitted: Any, facts: Facts) -> Reading:
    """The last step's prior, in the raw units of the columns that went in."""
    *before, (_, last) = fitted.steps
    if last is None or isinstance(last, str):
        raise BadInput("the pipeline ends in 'passthrough', which has no penalty; put an estimator at its end")
    inner = read(last, facts)
    if not isinstance(inner, ImpliedPrior) and inner.held is None:
        return replace(inner, source=f"sklearn Pipeline of {inner.source}")
    steps = [step for _, step in before if step is not None and not isinstance(step, str)]
    first = steps[0] if steps else last
    p = int(attribute(first, "n_features_in_"))
    folded = Affine.identity(p)
    for step in steps:
        folded = folded.then(affine(step, len(folded.source)))
    raw, seen = feature_names(first, p), feature_names(last, len(folded.source))
    if isinstance(inner, ImpliedPrior):
        return fold(inner, folded, raw, seen)
    assert inner.held is not None
    return replace(inner, source=f"sklearn Pipeline of {inner.source}", held=fold(inner.held, folded, raw, seen))


def fold(inner: ImpliedPrior, by: Affine, raw_names: tuple[str, ...], inner_names: tuple[str, ...]) -> ImpliedPrior:
    """``inner``, a prior over scaled columns, as one over the raw columns, in their order.

    Raises:
        BadInput: a raw column that feeds several scaled ones; a shift with an intercept that cannot take it up.
    """
    if len(set(by.source)) < len(by.source):
        twice = sorted({raw_names[k] for k in by.source if (by.source == k).sum() > 1})
        raise BadInput(
            f"the pipeline feeds {', '.join(twice)} to several scaled columns, so its slope is a sum and has no prior "
            "of its own kind; use each column once"
        )
    if inner.intercept != "free" and by.shift.any():
        how = "no intercept" if inner.intercept == "none" else "a penalised intercept"
        raise BadInput(
            f"the pipeline shifts columns before an estimator with {how}, which ties intercept and slopes together in "
            "raw units; scale without centring, or fit with a free intercept"
        )
    at = np.asarray(inner.columns)
    s, source = by.scale[at], by.source[at]
    # several slopes a column (one a class) stay in the order of the classes
    order = np.lexsort((source, np.arange(len(at)) // len(by.source)))

    def arranged(values: Any) -> tuple[float, ...]:
        return tuple(float(v) for v in np.asarray(values)[order])

    names = [raw_names[k] + inner.features[i].removeprefix(inner_names[at[i]]) for i, k in enumerate(source)]
    unused = [name for k, name in enumerate(raw_names) if k not in set(by.source)]
    remarks = (*inner.remarks, *([f"not in the model: {', '.join(unused)}"] if unused else []))
    offset = inner.mode_intercept
    mode = None if inner.mode is None else np.asarray(inner.mode) / s
    if offset is not None and mode is not None:
        offset -= float(mode @ by.shift[at])
    penalised = inner.family != "flat" and bool((by.scale != 1).any())
    notes = [note for note in (inner.data_dependent, SCALED if penalised else None) if note]
    return replace(
        inner,
        features=tuple(names[i] for i in order),
        l2=arranged(np.asarray(inner.l2) * s**2),
        l1=arranged(np.asarray(inner.l1) * s),
        columns=tuple(int(source[i]) for i in order),
        mode=None if mode is None else arranged(mode),
        mode_intercept=offset,
        source=f"sklearn Pipeline of {inner.source}",
        data_dependent="; ".join(notes) or None,
        remarks=remarks,
    )
