"""Time the certified mode of a logistic regression of 100,000 rows and 20 columns against scikit-learn's fit.

They take turns in one process with one BLAS thread. Three times are told: scikit-learn's fit at its default tolerance,
the mode from the rows to rounding, and the same with the whole certificate; and how many digits each has.
"""

import argparse
import statistics
import time

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

import mapsto as mt
from mapsto.engines.direct.solve import solve

GOAL = 3.0  # times scikit-learn's fit, at most
N, P = 100_000, 20


def main() -> None:
    """Measure, then print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="of each (default: 9)")
    runs = parser.parse_args().runs
    rng = np.random.default_rng(1)
    X = rng.standard_normal((N, P))
    y = (rng.random(N) < 1 / (1 + np.exp(-(X @ (0.3 * rng.standard_normal(P)) + 0.2)))).astype(float)
    prior, times, found = mt.Normal(scale=1.0), {"scikit-learn": [], "mode": [], "mode and certificate": []}, {}

    def fit():
        return LogisticRegression(tol=1e-4, C=1.0).fit(X, y).coef_[0]

    def mode():
        return solve(mt.Problem.from_rows(X, y, likelihood=mt.Bernoulli()), prior).coef

    def certified():
        result = mt.run(mt.Problem.from_rows(X, y, likelihood=mt.Bernoulli()), prior, engines=["direct"])
        if not result.certificate.passed:
            raise SystemExit("the certificate failed")
        return result.mode.coef

    with threadpool_limits(1):
        certified()  # what is imported late
        for _ in range(runs):
            for name, made in zip(times, (fit, mode, certified), strict=True):
                start = time.perf_counter()
                found[name] = made()
                times[name].append(time.perf_counter() - start)
        exact = LogisticRegression(solver="newton-cholesky", tol=1e-15, max_iter=1_000).fit(X, y).coef_[0]
    table = Table(title=f"seconds of {runs} runs each, {N:,} rows and {P} columns")
    for heading in ("what", "min", "median", "ratio of medians", "digits"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    base = statistics.median(times["scikit-learn"])
    for name, taken in times.items():
        apart = np.abs(found[name] - exact).max() / np.abs(exact).max()
        digits = -np.log10(max(apart, 1e-17))
        middle = statistics.median(taken)
        table.add_row(name, f"{min(taken):.3f}", f"{middle:.3f}", f"{middle / base:.2f}", f"{digits:.1f}")
    console = Console()
    console.print(table)
    console.print(f"The goal is at most {GOAL:g} times scikit-learn's median, with ten digits more.")


if __name__ == "__main__":
    main()
