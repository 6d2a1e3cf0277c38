"""Ridge along the eigenvectors of X'X, with eigenvalues d^2 and c = V'X'y.

Source: Hastie, Tibshirani & Friedman (2009), "The Elements of Statistical Learning", equations 3.47 and 3.50.
"""

from __future__ import annotations

from mapsto.data.statistics import Vector


def shares(d2: Vector, alpha: float) -> Vector:
    """The share of the response that the fit keeps along each axis, d^2 / (d^2 + alpha), from 0 to 1."""
    kept: Vector = d2 / (d2 + alpha)
    return kept


def coordinates(d2: Vector, c: Vector, alpha: float) -> Vector:
    """The ridge estimate along each axis, c / (d^2 + alpha), in units of y per unit of a step along it."""
    along: Vector = c / (d2 + alpha)
    return along
