"""Where each response falls in its prediction from all the others (LOO-PIT), and which rows that depends on."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import kolmogorov

from mapsto.data.statistics import Matrix, Vector
from mapsto.marks import number
from mapsto.posteriors.fit.judged import FitCheck, Level, Seldom
from mapsto.posteriors.fit.pareto import smoothed_weights
from mapsto.posteriors.fit.steps import spread_over_steps

GOOD_K, BAD_K = (
    0.7,
    1.0,
)  # Vehtari et al. (2024), section 3: above 0.7 the estimate is unreliable, above 1 it has no mean
MOST_NAMED = 5


def leave_one_out(
    y: Vector, replicated: Matrix, log_likelihood: Matrix, rows: Vector, steps: np.random.Generator | None = None
) -> list[Seldom | FitCheck]:
    """LOO-PIT and influential rows.

    Args:
        y: responses, shape (n,); whole numbers of steps if they come in steps.
        replicated: drawn from the model, shape (draws, n); likewise.
        log_likelihood: of each response at each draw, shape (draws, n).
        rows: the rows' numbers, shape (n,).
        steps: of a response in steps, what spreads each evenly over its own.
    """
    weights, k = smoothed_weights(-log_likelihood.T)
    return [_pit(weights, y, replicated, steps), _influence(k, rows, log_likelihood.shape[0])]


def _pit(weights: Matrix, y: Vector, replicated: Matrix, steps: np.random.Generator | None) -> Seldom:
    code, name = "FIT-08", "LOO-PIT"
    pit = np.sum(weights * (replicated < y).T, axis=1)
    if steps is not None:
        pit = spread_over_steps(pit, np.sum(weights * (replicated <= y).T, axis=1), steps)
    pit = np.sort(pit)
    n = len(y)
    above, below = np.arange(1, n + 1) / n - pit, pit - np.arange(n) / n
    distance = float(max(above.max(), below.max()))
    chance = float(kolmogorov(math.sqrt(n) * distance))
    ends, middle = float(np.mean((pit < 0.1) | (pit > 0.9))), float(np.mean((pit > 0.4) & (pit < 0.6)))
    seen = (
        f"{100 * ends:.0f} % of the responses fall among the outer 20 % of their prediction from the other rows, "
        f"{100 * middle:.0f} % among the middle 20 %; the largest distance from uniform is {number(distance, 2)}, "
        f"which "
        f"a right model exceeds with probability {number(chance, 2)} (Kolmogorov)."
        + ("" if steps is None else " Each response is spread at random over its own step.")
    )
    then = (
        "Predictions do not suit these responses: another likelihood, a link, or a missing column."
        if steps is not None
        else "Predictions are too narrow: learn $\\sigma$ or take heavier tails."
        if ends > 0.2
        else "Predictions are too wide, or their shape is another than the data's: learn $\\sigma$, or transform the "
        "response."
    )
    return Seldom(code, name, chance, seen, then)


def _influence(k: Vector, rows: Vector, draws: int) -> FitCheck:
    limit = min(1 - 1 / math.log10(draws), GOOD_K)
    worst = np.argsort(-k)
    high = [int(i) for i in worst if k[i] > limit]
    level: Level = "conflict" if k[worst[0]] > BAD_K else "look" if high else "fine"
    named = ", ".join(f"{rows[i]} ($k = {k[i]:.2f}$)" for i in high[:MOST_NAMED])
    more = f" and {len(high) - MOST_NAMED} more" if len(high) > MOST_NAMED else ""
    seen = (
        f"The posterior depends much on {'row' if len(high) == 1 else 'rows'} {named}{more}: Pareto $k$ above "
        f"{limit:.2f}."
        if high
        else f"No row moves the posterior much: the largest Pareto $k$ is {number(float(k[worst[0]]), 2)}, for row "
        f"{rows[worst[0]]}."
    )
    then = (
        "Look at these rows; refit without them, or take a likelihood with heavier tails (student_t)." if high else ""
    )
    return FitCheck("FIT-09", "influential rows", level, seen, then)
