"""Whether a likelihood alone has a highest point: where the columns separate the responses it has none.

A direction d of slopes and intercept in which no row's loss rises and one row's falls for ever leads away from every
point. For logistic regression that is separation (Albert & Anderson 1984, Biometrika 71(1), theorems 1 and 2); for
counts it concerns the zeros (Correia, Guimaraes & Zylkin 2019, arXiv:1903.01633, theorem 1). A linear program finds d.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from mapsto.likelihoods.base_swept import sample_of
from mapsto.likelihoods.overlap import has_highest_point
from mapsto.likelihoods.problem import Problem
from mapsto.marks import literal

CLEAR = 1e-6  # of a direction whose entries are at most 1, in columns of unit size: the program's own tolerance is 1e-7


def runs_off(problem: Problem) -> str:
    """Why the likelihood of this table has no highest point; empty where it has one."""
    likelihood = problem.likelihood
    if likelihood.location:
        return ""
    if problem.table.sweeps is not None:
        # rows that separate all others separate any of them: where a sample has a highest point the whole has one
        sample = Problem(sample_of(problem.table), likelihood)
        said = runs_off(sample)
        return f"Of a random sample of {sample.n} rows: {said}" if said else ""
    X, y = problem.table.rows
    sign = likelihood.recedes(y)
    gentle = getattr(likelihood, "self_concordant", False)
    if not sign.any() or (gentle and has_highest_point(problem)):
        return ""
    A = np.column_stack([X, np.ones(len(y))]) if problem.intercept else X
    size = np.abs(A).max(axis=0)
    A = A / np.where(size > 0, size, 1.0)
    free = sign != 0
    signed = A[free] * sign[free, np.newaxis]
    found = linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=A[~free] if not free.all() else None,
        b_eq=np.zeros(int((~free).sum())) if not free.all() else None,
        bounds=(-1, 1),
        method="highs",
    )
    if found.status != 0 or not -found.fun > CLEAR:
        return ""
    reach = signed @ found.x
    moved = int((reach > CLEAR * max(1.0, float(reach.max()))).sum())
    names = [*problem.features, *(["the intercept"] if problem.intercept else [])]
    which = [name for name, share in zip(names, found.x, strict=True) if abs(share) > CLEAR]
    return (
        f"The {likelihood.label} likelihood has no highest point on this table: along {_listed(which)} the probability "
        f"of {moved} of {problem.n} responses grows for ever and that of none falls (the columns separate them), so "
        "under a flat prior the slopes run off. Give the slopes a prior with a finite scale."
    )


def _listed(names: list[str]) -> str:
    some = ", ".join(map(literal, names[:3]))
    return f"{some} and {len(names) - 3} more" if len(names) > 3 else some
