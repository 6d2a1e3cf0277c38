"""What estimators check of arrays before scikit-learn does."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.data.numbers import refuse_other_kinds


def own(array: Any, given: Any) -> Any:
    """``array``, copied where it may be the caller's memory: later answers are of the rows that were fitted."""
    if array is None or (array is not given and isinstance(array, np.ndarray) and array.flags.owndata):
        return array
    return np.array(array)


def refuse_kinds(**arrays: Any) -> None:
    """Refuse what scikit-learn's validation would turn into other numbers; the rest is its own to judge."""
    for label, values in arrays.items():
        if getattr(getattr(values, "dtype", None), "kind", "") != "c":  # whose refusal is part of its contract
            refuse_other_kinds(values, label)
