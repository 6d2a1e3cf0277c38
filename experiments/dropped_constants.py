"""Why may the normalisers go, and when may they not? Factors of the posterior, its width, and sigma learned."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mapsto import (
    Check,
    Experiment,
    Figure,
    GaussianPosterior,
    Lesson,
    Mark,
    Normal,
    Problem,
    Result,
    Series,
    exact_posterior,
    gamma,
    run_script,
)

Vector = NDArray[np.float64]

NOISE_SD, PRIOR_SD = 54.0, 20.0
FACTORS = (1e-300, 1e-6, 1.0, 1e6, 1e300)
TURNED = -1.0
SDS = 8  # how far the axis reaches; beyond lies 1e-15 of a Gaussian
STEPS = np.linspace(-SDS, SDS, 401)  # the mode is the middle one
SIGMAS = np.geomspace(20.0, 500.0, 81)  # where the noise is looked for


def exponent(loss: Vector, noise_sd: float) -> Vector:
    """What the posterior is e to minus of: the loss with its 1/(2 sigma^2)."""
    return loss / (2 * noise_sd**2)


def noise_constant(n: int, noise_sd: Vector) -> Vector:
    """The constant of the likelihood, -n/2 log(2 pi sigma^2): no w in it, but sigma."""
    return -0.5 * n * np.log(2 * math.pi * noise_sd**2)


def without_constant(energy: float) -> float:
    """What is left of the log posterior at its peak once the constants are gone; ``energy`` as in GaussianPosterior."""
    return -energy / 2


def diabetes() -> Problem:
    """442 patients, 10 columns standardised (mean 0, sd 1); the target is disease progression after a year."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return Problem.from_rows((X - X.mean()) / X.std(ddof=0), y, noise_sd=NOISE_SD, target="disease progression")


def along(result: Result, j: int, w_j: Vector) -> Vector:
    """The loss J where slope ``j`` takes the values ``w_j`` and everything else stays at the mode."""
    problem, mode, prior = result.problem, result.mode, result.absolute_prior
    points = np.tile(mode.coef, (len(w_j), 1))
    points[:, j] = w_j
    return np.array([problem.objective(w, mode.intercept, prior.penalty(w)) for w in points])


def spread(x: Vector, height: Vector) -> float:
    """The standard deviation of a density known up to a factor, on an even grid (trapezoidal rule)."""
    middle = float(height @ x / height.sum())
    return math.sqrt(float(height @ (x - middle) ** 2 / height.sum()))


def lesson(result: Result) -> Lesson:
    problem, mode, exact = result.problem, result.mode, result.exact
    assert isinstance(exact, GaussianPosterior)
    width = 1 / np.linalg.norm(exact.root, axis=0)  # of each slope with the others held at the mode
    j = int(np.argmax(np.abs(mode.coef) / width))  # the slope to draw: the clearest
    x = mode.coef[j] + width[j] * STEPS
    loss = along(result, j, x)

    moved = turned = 0  # over the axes of all slopes
    for k in range(problem.p):
        J = along(result, k, mode.coef[k] + width[k] * STEPS)
        density = np.exp(J.min() / (2 * NOISE_SD**2) - J / (2 * NOISE_SD**2)) / (width[k] * math.sqrt(2 * math.pi))
        moved += sum(int(np.argmax(a * density)) != len(STEPS) // 2 for a in FACTORS)
        turned += int(np.argmin(TURNED * density)) != len(STEPS) // 2

    of_posterior = spread(x, np.exp(-(exponent(loss, NOISE_SD) - exponent(loss, NOISE_SD).min())))
    narrower = NOISE_SD * math.sqrt(2)
    tight = mode.coef[j] + width[j] / narrower * STEPS  # the bare loss lives on a finer grid
    bare_loss = along(result, j, tight)
    moved += int(np.argmin(bare_loss)) != len(STEPS) // 2
    of_loss = spread(tight, np.exp(-(bare_loss - bare_loss.min())))

    given = [exact_posterior(replace(problem, noise_sd=float(s)), result.prior) for s in SIGMAS]
    dropped = np.array([without_constant(g.energy) for g in given if isinstance(g, GaussianPosterior)])
    kept = noise_constant(problem.n, SIGMAS) + dropped
    best, wrong = int(np.argmax(kept)), int(np.argmax(dropped))
    by_formula = NOISE_SD
    for _ in range(5):  # the slopes hardly depend on sigma, so each round gains two digits
        given_it = exact_posterior(replace(problem, noise_sd=by_formula), result.prior)
        assert isinstance(given_it, GaussianPosterior)
        by_formula = math.sqrt(problem.statistics.misfit(given_it.mean, given_it.intercept_mean) / problem.n)
    grid = math.log(SIGMAS[1] / SIGMAS[0])

    rounding = gamma(problem.n + 3 * problem.p + 1)
    claims = (
        Check(
            "any-positive-factor-keeps-the-argmax",
            moved,
            0.0,
            f"Axes and factors, of {problem.p} x {len(FACTORS)}, on which the highest grid point is not the mode to "
            "the last digit, and likewise for the bare loss: rounding a product keeps the order of its values.",
        ),
        Check("minus-one-turns-it-into-a-minimum", turned, 0.0, "Axes on which -1 times it is not lowest at the mode."),
        Check(
            "half-sigma-squared-gives-the-posterior-width",
            abs(of_posterior / width[j] - 1),
            rounding * float(exponent(loss, NOISE_SD).max()),
            "Width of exp(-J / 2σ²), by quadrature, against the exact posterior's on this axis, relative: an error in "
            "the exponent is its own size times rounding.",
        ),
        Check(
            "bare-loss-is-narrower-by-sigma-root-two",
            abs(of_loss * narrower / width[j] - 1),
            rounding * float(bare_loss.max()),
            "Width of exp(-J), by quadrature, times σ√2 against the posterior's, relative; rounding as above.",
        ),
        Check(
            "with-its-constant-sigma-has-a-peak",
            abs(math.log(SIGMAS[best] / by_formula)),
            grid,
            "Best σ on the grid against σ² = ‖y - b - Xw‖² / n at its own mode, in logarithms: one step of the grid.",
        ),
        Check(
            "without-it-sigma-grows-without-end",
            float(-np.diff(dropped).min()),
            0.0,
            "Largest fall from one σ to the next larger one, with the constant dropped: there is none.",
        ),
    )
    shown = np.abs(STEPS) <= 4
    name = problem.features[j]
    figures = (
        Figure(
            title="One peak, two widths",
            caption=f"Along {name}, each curve scaled to height 1. All peak at the same slope; only the loss "
            f"with its 1/(2σ²) is as wide as the posterior. The bare exp(-J) is σ√2 = {narrower:.1f} times narrower.",
            alt=f"Posterior and exp(-J/2σ²) along {name} coincide; exp(-J) is a needle at the same peak.",
            x_label=f"slope of {name}",
            y_label="height relative to the peak",
            series=(
                Series("posterior", x[shown].tolist(), np.exp(-0.5 * STEPS[shown] ** 2).tolist(), tone=1),
                Series(
                    "exp(-J/2σ²)",
                    x[shown].tolist(),
                    np.exp(-exponent(loss - loss.min(), NOISE_SD))[shown].tolist(),
                    dashed=True,
                    tone=2,
                ),
                Series("exp(-J)", tight[shown].tolist(), np.exp(bare_loss.min() - bare_loss)[shown].tolist(), tone=3),
            ),
            marks=(Mark(float(mode.coef[j]), "mode"),),
        ),
        Figure(
            title="The constant that may not go",
            caption=f"With σ learned, the log posterior at the best slopes for each σ. With its constant it peaks at "
            f"{by_formula:.1f}; without it the curve only rises, and a search ends wherever it was told to stop.",
            alt="Against σ, the curve with the constant has a peak; the one without it rises to the right edge.",
            x_label="σ, in units of y",
            y_label="log posterior less its largest value, nats",
            series=(
                Series("-n/2 log 2πσ² kept", SIGMAS.tolist(), (kept - kept.max()).tolist(), tone=1),
                Series("dropped", SIGMAS.tolist(), (dropped - dropped.max()).tolist(), dashed=True, tone=3),
            ),
            marks=(Mark(by_formula, f"σ = {by_formula:.1f}"),),
            x_log=True,
            fit_y=(-1000.0, 20.0),
        ),
    )
    answer = (
        "They may go because they do not move the peak: times any positive number, from 1e-300 to 1e300, the "
        "posterior is highest at the same slopes to the last digit (times -1 it is lowest there). What goes with them "
        f"is the width. Along {name}, the other slopes held at the mode, the posterior's sd is {width[j]:.3g}; "
        f"exp(-J/2σ²) has that width, and the bare exp(-J) is {narrower:.1f} times narrower. And they may go only "
        "while they are constant. Learn σ, and -n/2 log 2πσ² is none: with it the best σ is "
        f"{by_formula:.1f}, without it the larger the better, here {SIGMAS[wrong]:.0f}, the end of the grid."
    )
    return Lesson(claims, figures, answer)


experiment = Experiment(
    name="dropped-constants",
    title="The constants that were dropped",
    question="Why may the normalisers go, and when may they not?",
    answer="They hold no w, so they do not move the peak; but they are no longer constant once σ is learned.",
    data=diabetes,
    prior=Normal(scale=PRIOR_SD),
    order=2,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
