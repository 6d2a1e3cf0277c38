"""A real table made awkward: diabetes with names nobody would choose, more columns than rows, collinear ones."""

import csv

import numpy as np

NAMES = (
    "1st col",
    "größe (cm)",
    "<script>alert(1)</script>",
    '"><img onerror=',
    " spaced ",
    "a,b",
    "σ_w",
    "__proto__",
    "s5; DROP TABLE",
    "{{ 7 * 7 }}",
)
TARGET = "progression [½ year]"


def diabetes_rows(rows):
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, scaled=False)
    return X[:rows], y[:rows]


def wide():
    """14 rows of 19 columns: ten, one of them twice, one in other units, and seven squares; with y."""
    X, y = diabetes_rows(14)
    more = [X[:, 2], 2.54 * X[:, 3], *(X[:, j] ** 2 for j in (0, 2, 3, 4, 6, 8, 9))]
    names = [*NAMES, "twin", "in other units", *(f"{NAMES[j]}²" for j in (0, 2, 3, 4, 6, 8, 9))]
    return names, np.column_stack([X, *more]), y


def tall():
    """60 rows of the ten columns; with y."""
    X, y = diabetes_rows(60)
    return list(NAMES), X, y


def write_csv(path, names, X, y, extra=None):
    """A CSV of the columns and the target, every number to its last digit; ``extra`` holds columns of text."""
    extra = extra or {}
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow([*names, *extra, TARGET])
        for i, row in enumerate(X):
            out.writerow([*(repr(float(v)) for v in row), *(extra[k][i] for k in extra), repr(float(y[i]))])
    return path
