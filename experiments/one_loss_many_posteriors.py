"""One loss, five posteriors: sigma and sigma_w scaled together leave the mode and alpha where they are."""

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
    resolve_scales,
    run_script,
)

Vector = NDArray[np.float64]

ALPHA, NOISE_SD, PRIOR_SD = resolve_scales(noise_sd=54.0, prior_sd=20.0)
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)  # powers of two, so that scaling rounds nothing
GRID = 81
SIGMAS = np.geomspace(NOISE_SD / 4, NOISE_SD * 4, GRID)


def prior_beside(noise_sd: float) -> Normal:
    """The prior that keeps alpha = sigma^2 / sigma_w^2 where it is: sigma_w moves with sigma."""
    return Normal(scale=PRIOR_SD * (noise_sd / NOISE_SD))


def lowest_loss(posterior: GaussianPosterior, noise_sd: float) -> float:
    """The least value of J: the posterior's energy without its 1/sigma^2, in squared units of y."""
    return posterior.energy * noise_sd**2


def sigma_by_formula(lowest: float, n: int) -> float:
    """Where the evidence peaks in sigma at fixed alpha: it is proportional to sigma^-(n-1) exp(-J / 2 sigma^2)."""
    return math.sqrt(lowest / (n - 1))


def diabetes() -> Problem:
    """442 patients, 10 columns standardised (mean 0, sd 1); the target is disease progression after a year."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return Problem.from_rows((X - X.mean()) / X.std(ddof=0), y, noise_sd=NOISE_SD, target="disease progression")


def given(problem: Problem, noise_sd: float) -> GaussianPosterior:
    """The exact posterior with this sigma, and sigma_w beside it."""
    posterior = exact_posterior(replace(problem, noise_sd=noise_sd), prior_beside(noise_sd))
    assert isinstance(posterior, GaussianPosterior)
    return posterior


def lesson(result: Result) -> Lesson:
    problem, mode = result.problem, result.mode
    five = [given(problem, NOISE_SD * f) for f in FACTORS]
    one = five[FACTORS.index(1.0)]
    all_means = np.array([posterior.mean for posterior in five])
    ratios = np.array([posterior.sd / one.sd for posterior in five])

    along = [given(problem, float(sigma)) for sigma in SIGMAS]
    losses = np.array([lowest_loss(g, float(sigma)) for g, sigma in zip(along, SIGMAS, strict=True)])
    at_mode = problem.objective(mode.coef, mode.intercept, result.absolute_prior.penalty(mode.coef))
    evidence = np.array([g.log_evidence for g in along])
    best = int(np.argmax(evidence))
    by_formula = sigma_by_formula(at_mode, problem.n)

    rounding = problem.p * gamma(problem.n + 3 * problem.p + 1)
    claims = (
        Check(
            "one-mode-to-the-last-digit",
            float(np.ptp(all_means, axis=0).max()),
            0.0,
            "Spread of each slope over the five posteriors: the factors are powers of two, so not even rounding moves "
            "it.",
        ),
        Check(
            "widths-in-proportion",
            float(np.abs(ratios / np.array(FACTORS)[:, np.newaxis] - 1).max()),
            rounding,
            "Exact posterior sds over those at factor 1, over the factor, less 1, the worst slope; rounding.",
        ),
        Check(
            "the-loss-is-flat-in-sigma",
            float(np.abs(losses / at_mode - 1).max()),
            rounding,
            f"The least loss at {GRID} values of σ against J at this run's mode, relative; the loss is flat at its "
            "floor, so only rounding is left.",
        ),
        Check(
            "the-evidence-is-not",
            abs(math.log(SIGMAS[best] / by_formula)),
            math.log(SIGMAS[1] / SIGMAS[0]),
            "The σ with the largest evidence against σ² = J / (n - 1), in logarithms: one step of the grid.",
        ),
    )
    j = int(np.argmax(np.abs(one.mean) / one.sd))
    name, m = problem.features[j], float(one.mean[j])
    figures = (
        Figure(
            title="One mode, five posteriors",
            caption=f"The slope of {name} with σ and σ_w both times a factor. The loss, and its lowest point, is the "
            "same for all five; the width is the factor times that of the middle one.",
            alt=f"Five bell curves over the slope of {name} with one peak, each twice as wide as the one before.",
            x_label=f"slope of {name}",
            y_label="posterior density",
            series=[
                Series(f"σ = {NOISE_SD * f:g}, σ_w = {PRIOR_SD * f:g}", *_bell(m, float(g.sd[j])), tone=k + 1)
                for k, (f, g) in enumerate(zip(FACTORS, five, strict=True))
            ],
            marks=(Mark(m, "mode"),),
        ),
        Figure(
            title="What the loss says of σ: nothing",
            caption=f"With α = {ALPHA:.2f} fixed, the least loss is the same number for every σ: a flat line. The "
            f"evidence p(y | σ), one of the constants that were dropped, is not: it peaks at σ = {by_formula:.2f}.",
            alt="Against σ, on a logarithmic axis, the loss is a level line and the log evidence a curve with a peak.",
            x_label="σ, in units of y (σ_w = σ/√α beside it)",
            y_label="less the largest value, nats",
            series=(
                Series(
                    f"-J/(2·{NOISE_SD:g}²), from the loss", SIGMAS.tolist(), _fall(-losses / (2 * NOISE_SD**2)), tone=3
                ),
                Series("log evidence", SIGMAS.tolist(), _fall(evidence), tone=1),
            ),
            marks=(Mark(by_formula, f"σ = {by_formula:.2f}"),),
            x_log=True,
            fit_y=(-300.0, 30.0),
        ),
    )
    sds = ", ".join(f"{g.sd[j]:.3g}" for g in five)
    answer = (
        "As many as there are σ. Multiply σ and σ_w by the same number and α = σ²/σ_w² stays, so the loss stays, and "
        f"with it its lowest point, to the last digit; but every width is multiplied. For σ from {NOISE_SD / 4:g} to "
        f"{NOISE_SD * 4:g} the slope of {name} is {m:.4g} each time, with posterior sd {sds}. The loss cannot choose "
        f"among them: its least value is {at_mode:.0f} whatever σ is. What can is a term that was dropped, the "
        f"evidence; at this α it is largest at σ = {by_formula:.2f}."
    )
    return Lesson(claims, figures, answer)


def _bell(mean: float, sd: float) -> tuple[list[float], list[float]]:
    steps = np.linspace(-3.5, 3.5, 71)
    return (mean + sd * steps).tolist(), (np.exp(-0.5 * steps**2) / (sd * math.sqrt(2 * math.pi))).tolist()


def _fall(values: Vector) -> list[float]:
    fall: list[float] = (values - values.max()).tolist()
    return fall


experiment = Experiment(
    name="one-loss-many-posteriors",
    title="One loss, many posteriors",
    question="Which posterior does a loss stand for?",
    answer="A whole family: σ and σ_w scaled together leave the loss and its mode, and scale every width.",
    data=diabetes,
    prior=Normal(scale=PRIOR_SD),
    order=4,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
