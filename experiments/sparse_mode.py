"""Sparse modes: the lasso's exact zeros belong to the peak, not to the posterior."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from mapsto import (
    R2D2,
    Check,
    Experiment,
    Figure,
    Laplace,
    Lesson,
    Mark,
    Problem,
    RegularizedHorseshoe,
    Result,
    Series,
    Settings,
    run,
    run_script,
)

Array = NDArray[np.float64]

NOISE_SD, LAPLACE_SCALE = 54.0, 5.0
DRAWS = 500  # a chain under the other two priors: twice what the gate on the effective sample size asks
NEAR = 0.5  # what counts as next to nothing, in units of the target for each standard deviation of a column
PROB = 0.89
FALSE_ALARM = 1e-6  # probability that correct draws fail a Monte Carlo claim


def diabetes() -> Problem:
    """442 patients, 10 columns standardised (mean 0, sd 1); the target is disease progression after a year."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return Problem.from_rows((X - X.mean()) / X.std(ddof=0), y, noise_sd=NOISE_SD, target="disease progression")


def others(result: Result) -> dict[str, Result]:
    """The same data under priors that were made for few strong slopes: one in ten for the horseshoe."""
    problem, few = result.problem, Settings(seed=result.settings.seed, draws=DRAWS, chains=result.settings.chains)
    global_scale = 1 / (problem.p - 1) * NOISE_SD / problem.n**0.5  # Piironen & Vehtari (2017), equation 3.12
    return {
        "horseshoe": run(problem, RegularizedHorseshoe(global_scale=global_scale, slab_scale=40.0), few),
        "R2D2": run(problem, R2D2(scale=NOISE_SD, concentration=0.3), few),
    }


def slopes(result: Result) -> Array:
    """Draws of the slopes, shape (draws, p)."""
    w: Array = result.posterior["posterior"]["w"].to_numpy()
    return w.reshape(-1, w.shape[-1])


def mass_near_zero(w: Array) -> Array:
    """Posterior probability of being next to nothing, for each slope, shape (p,)."""
    share: Array = (np.abs(w) < NEAR).mean(axis=0)
    return share


def lesson(result: Result) -> Lesson:
    problem, summary, mode = result.problem, result.summary, result.mode.coef
    assert summary is not None
    names = list(problem.features)
    zero = np.flatnonzero(mode == 0)
    count = len(zero)
    zero = zero if count else np.array([np.abs(mode).argmin()])  # so that a run without zeros fails by name
    runs = {"Laplace": result, **others(result)}
    draws = {name: slopes(one) for name, one in runs.items()}
    near = {name: mass_near_zero(w) for name, w in draws.items()}
    ess = {name: one.summary.smallest_ess for name, one in runs.items() if one.summary is not None}
    error = {name: np.sqrt(near[name] * (1 - near[name]) / ess[name]) for name in runs}
    w = draws["Laplace"]
    low, high = np.quantile(w, [0.5 - PROB / 2, 0.5 + PROB / 2], axis=0)
    size = w.mean(axis=0)
    leans = int(zero[np.abs(size[zero] / w.std(axis=0)[zero]).argmax()])
    gap = float((near["R2D2"] - near["Laplace"])[zero].mean())
    gap_error = float(np.hypot(error["R2D2"][zero], error["Laplace"][zero]).mean())
    far = -float(ndtri(FALSE_ALARM / 2))

    claims = [
        Check("mode-has-exact-zeros", -float(count), -1.0, "Minus the number of zeros in the mode: one at least."),
        Check(
            "zeros-are-held-by-the-kink",
            float(np.abs(problem.data_gradient(mode)[zero]).max()) * LAPLACE_SCALE,
            1.0,
            "Pull of the data on the zero slopes over 1/b, the penalty's slope on either side of zero.",
        ),
        Check(
            "posterior-has-no-zeros",
            float(sum((one == 0).sum() for one in draws.values())),
            0.0,
            "Draws of any slope that are exactly zero, under all three priors.",
        ),
        Check(
            "zero-slopes-are-probably-not-near-zero",
            float((near["Laplace"] + far * error["Laplace"])[zero].max()),
            0.5,
            f"Largest posterior probability that a slope which the mode sets to zero is within {NEAR:g} of it, with "
            "its Monte Carlo error.",
        ),
        Check(
            "posterior-mean-is-not-zero",
            far * float(summary.mcse_mean[leans] / abs(size[leans])),
            1.0,
            f"Monte Carlo error of the posterior mean of {names[leans]} over that mean.",
        ),
        Check(
            "r2d2-is-nearer-to-zero",
            far * gap_error / gap if gap > 0 else np.inf,
            1.0,
            f"Probability within {NEAR:g} of zero under R2D2 less that under Laplace, averaged over the slopes that "
            "the mode sets to zero: its Monte Carlo error over it.",
        ),
    ]
    for name, one in list(runs.items())[1:]:
        failed = [check.name for check in one.certificate.checks if not check.passed]
        claims += [
            Check(
                f"{name.lower()}-is-certified",
                float(len(failed)),
                0.0,
                f"Failed checks of that run's own certificate{': ' if failed else ''}{', '.join(failed)}.",
            ),
            Check(
                f"{name.lower()}-divergences",
                float(one.summary.divergences) if one.summary is not None else np.inf,
                0.0,
                "Divergent transitions among the kept draws.",
            ),
            Check(f"{name.lower()}-has-no-mode", float(one.mode_or_none is not None), 0.0, "One if a mode was found."),
        ]

    tones = {"Laplace": 1, "horseshoe": 2, "R2D2": 3}
    left, right = np.quantile(w[:, leans], [0.002, 0.998])
    bins = np.linspace(left, right, 41)
    middle = ((bins[1:] + bins[:-1]) / 2).tolist()
    unit = "per standard deviation of the column"
    figures = (
        Figure(
            title="The peak has zeros, the posterior has widths",
            caption=f"The mode sets {count} slopes to exactly zero; bars are the {PROB:.0%} intervals of the same "
            "posterior, about its mean.",
            alt="For each column the mode of the lasso, some exactly zero, and the posterior mean with its interval.",
            x_label="column",
            y_label=f"slope, {unit}",
            series=(
                Series(
                    "posterior mean and interval",
                    names,
                    size.tolist(),
                    kind="points",
                    top=high.tolist(),
                    bottom=low.tolist(),
                    tone=1,
                ),
                Series("mode (lasso)", names, mode.tolist(), kind="points", tone=2),
            ),
        ),
        Figure(
            title=f"The slope of {names[leans]}, which the lasso sets to zero",
            caption=f"Posterior densities from the draws. The lasso's zero is a point of this range like any other: "
            f"the posterior mean under Laplace is {size[leans]:.1f}.",
            alt=f"Histograms of the posterior of {names[leans]} under three priors, spread about zero.",
            x_label=f"slope of {names[leans]}, {unit}",
            y_label="posterior density",
            series=[
                Series(name, middle, np.histogram(one[:, leans], bins, density=True)[0].tolist(), tone=tones[name])
                for name, one in draws.items()
            ],
            marks=(Mark(0.0, "the mode"),),
        ),
        Figure(
            title="Probability of next to nothing",
            caption=f"How probable it is that a slope is within {NEAR:g} of zero. R2D2 puts more there than Laplace "
            "for the slopes that the lasso drops.",
            alt="For each column and prior the posterior probability that the slope is close to zero.",
            x_label="column",
            y_label=f"probability of being within {NEAR:g} of zero",
            series=[Series(name, names, near[name].tolist(), kind="bars", tone=tones[name]) for name in runs],
        ),
    )
    dropped = ", ".join(names[j] for j in zero)
    probable = {name: float(near[name][zero].mean()) for name in runs}
    answer = (
        f"No. The lasso's mode sets {count} slopes to exactly zero ({dropped}), for there the data pull less than "
        "the kink of the penalty holds. The posterior that it is the peak of has no zeros: not one of its draws is "
        f"zero, and the slope of {names[leans]} has mean {size[leans]:.1f} and {PROB:.0%} interval {low[leans]:.1f} to "
        f"{high[leans]:.1f}. The probability of being within {NEAR:g} of zero, averaged over the dropped slopes, is "
        f"{probable['Laplace']:.0%} under Laplace, {probable['horseshoe']:.0%} under the horseshoe and "
        f"{probable['R2D2']:.0%} under R2D2. The last two believe in sparsity more nearly, and have no joint mode at "
        "all: which slopes matter is then a probability, read off the posterior."
    )
    return Lesson(tuple(claims), figures, answer)


experiment = Experiment(
    name="sparse-mode",
    title="Sparse modes, and posteriors that are not",
    question="The lasso sets slopes to exactly zero. Does the posterior believe that they are zero?",
    answer="No: exact zeros are a property of the peak, and the posterior gives no single value any probability.",
    data=diabetes,
    prior=Laplace(scale=LAPLACE_SCALE),
    order=10,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
