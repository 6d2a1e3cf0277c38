"""The functions that an expression may use, over NumPy: NumPy's own, and those that only scipy has."""

from __future__ import annotations

from typing import Any

import numpy as np

from mapsto.priors.base import SPECIAL


class Arrays:
    """What ``expression(w, xp, p)`` is given as ``xp`` where it is evaluated in plain numbers."""

    def __getattr__(self, name: str) -> Any:
        if name in SPECIAL:
            import scipy.special

            return getattr(scipy.special, name)
        return getattr(np, name)


ARRAYS = Arrays()
