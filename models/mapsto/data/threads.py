"""One BLAS thread where blocks are small: a second one waits by spinning, and on a busy machine it is waited for."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[object]:
    """Within it, linear algebra runs in the thread that calls it."""
    limited: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limited


@cache
def _controller() -> ThreadpoolController:
    """The thread pools of NumPy and SciPy; to look for them takes as long as a small fit."""
    import scipy.linalg  # noqa: F401 - its BLAS is loaded by it

    return ThreadpoolController()
