"""Sparse modes: the lasso's exact zeros belong to the peak, not to the posterior."""

import numpy as np
from scipy.special import ndtri

import mapsto as mt

LAPLACE_SCALE = 5.0
DRAWS = 500  # a chain under the other two priors: twice what the gate on the effective sample size asks
NEAR = 0.5  # what counts as next to nothing, in units of the target for each standard deviation of a column
PROB = 0.89
FAR = -float(ndtri(1e-6 / 2))  # Monte Carlo errors that correct draws exceed once in a million runs
TONES = {"Laplace": 1, "horseshoe": 2, "R2D2": 3}


def others(result: mt.Result) -> dict[str, mt.Result]:
    """The same data under priors that were made for few strong slopes: one in ten for the horseshoe."""
    problem, sigma = result.problem, result.problem.noise_sd
    few = mt.Settings(seed=result.settings.seed, draws=DRAWS, chains=result.settings.chains)
    global_scale = 1 / (problem.p - 1) * sigma / problem.n**0.5  # Piironen & Vehtari (2017), equation 3.12
    return {
        "horseshoe": mt.run(problem, mt.RegularizedHorseshoe(global_scale=global_scale, slab_scale=40.0), few),
        "R2D2": mt.run(problem, mt.R2D2(scale=sigma, concentration=0.3), few),
    }


def slopes(result: mt.Result) -> np.ndarray:
    """Draws of the slopes, shape (draws, p)."""
    w: np.ndarray = result.posterior["posterior"]["w"].to_numpy()
    return w.reshape(-1, w.shape[-1])


def mass_near_zero(w: np.ndarray) -> np.ndarray:
    """Posterior probability of being next to nothing, for each slope, shape (p,)."""
    return np.asarray((np.abs(w) < NEAR).mean(axis=0))


def certified(name: str, run: mt.Result) -> tuple[mt.Check, ...]:
    """What is claimed of a run under another prior."""
    failed = [check.name for check in run.certificate.checks if not check.passed]
    divergences = np.nan if run.summary is None or run.summary.divergences is None else run.summary.divergences
    return (
        mt.Check(
            f"{name}-is-certified", len(failed), 0.0, f"Failed checks of that run's own. {', '.join(failed)}".strip()
        ),
        mt.Check(f"{name}-divergences", divergences, 0.0, "Divergent transitions among the kept draws."),
        mt.Check(f"{name}-has-no-mode", int(run.mode_or_none is not None), 0.0, "One if a mode was found."),
    )


def lesson(result: mt.Result) -> mt.Lesson:
    problem, mode, names = result.problem, result.mode.coef, tuple(map(mt.literal, result.problem.features))
    dropped = np.flatnonzero(mode == 0)
    count = len(dropped)
    dropped = dropped if count else np.array([np.abs(mode).argmin()])  # so that a run without zeros fails by name

    # Under each prior: the draws, the probability of next to nothing, and the Monte Carlo error of that.
    runs = {"Laplace": result, **result.others}
    draws = {name: slopes(run) for name, run in runs.items()}
    near = {name: mass_near_zero(w) for name, w in draws.items()}
    ess = {name: run.summary.smallest_ess for name, run in runs.items() if run.summary}
    error = {name: np.sqrt(near[name] * (1 - near[name]) / ess[name]) for name in runs}
    w = draws["Laplace"]
    mean, (low, high) = w.mean(axis=0), np.quantile(w, [0.5 - PROB / 2, 0.5 + PROB / 2], axis=0)
    leans = max(dropped, key=lambda j: abs(mean[j]) / w[:, j].std())  # the surest of the dropped slopes
    mcse = result.summary.mcse_mean[leans] if result.summary else np.inf

    pull = np.abs(problem.data_gradient(mode)[dropped]).max() * LAPLACE_SCALE
    zeros = sum((one == 0).sum() for one in draws.values())
    most_near = (near["Laplace"] + FAR * error["Laplace"])[dropped].max()
    nearer = float((near["R2D2"] - near["Laplace"])[dropped].mean())
    scatter = FAR * np.hypot(error["R2D2"], error["Laplace"])[dropped].mean()
    unsure = scatter / nearer if nearer > 0 else np.inf
    # The lasso: every slope that is not zero is pulled by alpha, of RSS/(2n) + alpha |w|_1.
    X, y = np.asarray(problem.X), np.asarray(problem.y)
    alpha = problem.noise_sd**2 / (problem.n * LAPLACE_SCALE)
    pulls = np.abs(X.T @ (y - result.mode.intercept - X @ mode))[mode != 0] / problem.n
    parts = float((np.abs(X).T @ np.abs(y)).max()) / problem.n
    claims = (
        mt.Check(
            "alpha-of-that-lasso",
            float(np.abs(pulls - alpha).max()) / alpha,
            2 * problem.rounding * parts / alpha,
            r"Pull of the residuals on each slope that is not zero, against alpha $= \sigma^2/(ns)$; rounding of sums.",
        ),
        mt.Check("mode-has-exact-zeros", -count, -1.0, "Minus the number of zeros in the mode: one at least."),
        mt.Check("zeros-are-held-by-the-kink", pull, 1.0, "Pull of the data over $1/s$, the slope of the penalty."),
        mt.Check("posterior-has-no-zeros", zeros, 0.0, "Draws of any slope that are exactly zero, under all priors."),
        mt.Check(
            "zero-slopes-are-probably-not-near-zero",
            most_near,
            0.5,
            "The largest probability of being near zero, with its Monte Carlo error: under one half.",
        ),
        mt.Check(
            "posterior-mean-is-not-zero",
            FAR * mcse / abs(mean[leans]),
            1.0,
            "Monte Carlo error of the mean of the slope that leans most, over that mean.",
        ),
        mt.Check("r2d2-is-nearer-to-zero", unsure, 1.0, "Monte Carlo error of the gain in probability over the gain."),
        *certified("horseshoe", runs["horseshoe"]),
        *certified("r2d2", runs["R2D2"]),
    )
    peak = mt.Figure(
        title="The peak has zeros, the posterior has widths",
        caption=f"The mode sets {count} slopes to exactly zero; bars are the {PROB:.0%} intervals of the same "
        "posterior, about its mean.",
        alt="For each column the mode of the lasso, some exactly zero, and the posterior mean with its interval.",
        x_label="column",
        y_label="slope, per standard deviation of the column",
        series=(
            mt.Series("posterior mean and interval", names, mean, "points", top=high, bottom=low, tone=1),
            mt.Series("mode (lasso)", names, mode, "points", tone=2),
        ),
    )
    left, right = np.quantile(w[:, leans], [0.002, 0.998])
    bins = np.linspace(left, right, 41)
    one_slope = mt.Figure(
        title=f"The slope of {names[leans]}, which the lasso sets to zero",
        caption=f"Posterior densities from the draws. The lasso's zero is a point of this range like any other: "
        f"the posterior mean under Laplace is ${mean[leans]:.1f}$.",
        alt=f"Histograms of the posterior of {names[leans]} under three priors, spread about zero.",
        x_label=f"slope of {names[leans]}, per standard deviation of the column",
        y_label="posterior density",
        series=[
            mt.Series(name, (bins[1:] + bins[:-1]) / 2, np.histogram(one[:, leans], bins, density=True)[0], tone=tone)
            for (name, one), tone in zip(draws.items(), TONES.values(), strict=True)
        ],
        marks=(mt.Mark(0.0, "the mode"),),
    )
    mass = mt.Figure(
        title="Probability of next to nothing",
        caption=f"How probable it is that a slope is within {NEAR:g} of zero. R2D2 puts more there than Laplace "
        "for the slopes that the lasso drops.",
        alt="For each column and prior the posterior probability that the slope is close to zero.",
        x_label="column",
        y_label=f"probability of being within {NEAR:g} of zero",
        series=[mt.Series(name, names, near[name], "bars", tone=tone) for name, tone in TONES.items()],
    )
    probable = {name: f"{near[name][dropped].mean():.0%}" for name in runs}
    answer = (
        rf"No. The lasso is the mode under a Laplace prior, $e^{{-\lvert w\rvert/s}}/(2s)$: minus its logarithm is the "
        rf"penalty $\lvert w\rvert/s$, and with $s = {LAPLACE_SCALE:g}$ it is sklearn's Lasso with alpha $= "
        rf"\sigma^2/(ns) = {alpha:.2f}$."
        "\n\n"
        f"That mode sets {count} slopes to exactly zero ({', '.join(names[j] for j in dropped)}), for there "
        "the data pull less than the kink of the penalty holds. The posterior that it is the peak of has no zeros: not "
        f"one of its draws is zero, and the slope of {names[leans]} has mean ${mean[leans]:.1f}$ and {PROB:.0%} "
        f"interval ${low[leans]:.1f}$ to ${high[leans]:.1f}$. The probability of being within {NEAR:g} of zero, "
        f"averaged over the dropped slopes, is {probable['Laplace']} under Laplace, {probable['horseshoe']} under the "
        f"horseshoe and {probable['R2D2']} under R2D2. The last two believe in sparsity more nearly, and have no joint "
        "mode at all: which slopes matter is then a probability, read off the posterior."
    )
    return mt.Lesson(claims, (peak, one_slope, mass), answer)


experiment = mt.Experiment(
    name="sparse-mode",
    title="Sparse modes, and posteriors that are not",
    question="The lasso sets slopes to exactly zero. Does the posterior believe that they are zero?",
    answer="No: exact zeros are a property of the peak, and the posterior gives no single value any probability.",
    data=mt.diabetes,
    prior=mt.Laplace(scale=LAPLACE_SCALE),
    others=others,
    lesson=lesson,
    about=mt.DIABETES_IN_WORDS,
    do="Use the lasso's zeros to make a short list, not as a finding. To say that a slope is next to nothing, state "
    "how small "
    "that is and give its posterior probability, under a prior that was made for sparsity.",
    also=("Which prior is the lasso's penalty?", "Are the lasso's zeros believed?"),
)

if __name__ == "__main__":
    mt.run_script(__file__)
