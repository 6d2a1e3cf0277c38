"""One loss, five posteriors: sigma and sigma_w scaled together leave the mode and alpha where they are."""

import math

import numpy as np

import mapsto as mt

ALPHA, NOISE_SD, PRIOR_SD = mt.resolve_scales(noise_sd=54.0, prior_sd=20.0)
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)  # powers of two, so that scaling rounds nothing
SIGMAS = np.geomspace(NOISE_SD / 4, NOISE_SD * 4, 81)


def prior_with(noise_sd: float) -> mt.Normal:
    """The prior that keeps alpha = sigma^2 / sigma_w^2 where it is: sigma_w moves with sigma."""
    return mt.Normal(scale=PRIOR_SD * (noise_sd / NOISE_SD))


def given(problem: mt.Problem, noise_sd: float) -> mt.GaussianPosterior:
    """The exact posterior with this sigma, and the sigma_w that keeps alpha."""
    posterior = mt.exact_posterior(problem.with_noise_sd(noise_sd), prior_with(noise_sd))
    assert isinstance(posterior, mt.GaussianPosterior)
    return posterior


def sigma_by_formula(lowest: float, n: int) -> float:
    """Where the evidence peaks in sigma at fixed alpha: it is proportional to sigma^-(n-1) exp(-J / 2 sigma^2)."""
    return math.sqrt(lowest / (n - 1))


def lesson(result: mt.Result) -> mt.Lesson:
    problem, mode, one = result.problem, result.mode, result.exact
    assert isinstance(one, mt.GaussianPosterior)
    five = [one if f == 1.0 else given(problem, NOISE_SD * f) for f in FACTORS]
    means, ratios = np.array([g.mean for g in five]), np.array([g.sd / one.sd for g in five])

    along = [given(problem, sigma) for sigma in SIGMAS.tolist()]
    losses = np.array([g.energy for g in along]) * SIGMAS**2  # the energy is J / sigma^2
    evidence = np.array([g.log_evidence for g in along])
    lowest = problem.objective(mode.coef, mode.intercept, result.prior.penalty(mode.coef))  # J at this run's mode
    best = sigma_by_formula(lowest, problem.n)

    spread, off_width = np.ptp(means, axis=0).max(), np.abs(ratios.T / FACTORS - 1).max()
    off_loss, off_best = np.abs(losses / lowest - 1).max(), abs(math.log(SIGMAS[np.argmax(evidence)] / best))
    rounding, step = problem.rounding, math.log(SIGMAS[1] / SIGMAS[0])
    claims = (
        mt.Check(
            "one-mode-to-the-last-digit", spread, 0.0, "Spread of a slope over the five: powers of two round nothing."
        ),
        mt.Check("widths-in-proportion", off_width, rounding, "Exact sds over the factor, the worst slope; rounding."),
        mt.Check(
            "the-loss-is-flat-in-sigma", off_loss, rounding, r"The least loss for each $\sigma$ against $J$; rounding."
        ),
        mt.Check(
            "the-evidence-is-not",
            off_best,
            step,
            r"Its best $\sigma$ against $\sqrt{J/(n - 1)}$, in logs; one grid step.",
        ),
    )
    j = int(np.argmax(np.abs(one.mean) / one.sd))
    name, m, steps = mt.literal(problem.features[j]), float(one.mean[j]), np.linspace(-3.5, 3.5, 71)
    bell, from_loss = np.exp(-0.5 * steps**2) / math.sqrt(2 * math.pi), -losses / (2 * NOISE_SD**2)
    figures = (
        mt.Figure(
            title="One mode, five posteriors",
            caption=rf"The slope of {name} with $\sigma$ and $\sigma_w$ both times a factor. The loss, and its lowest "
            "point, is the same for all five; the width is the factor times that of the middle one.",
            alt=f"Five bell curves over the slope of {name} with one peak, each twice as wide as the one before.",
            x_label=f"slope of {name}",
            y_label="posterior density",
            series=[
                mt.Series(
                    rf"$\sigma = {NOISE_SD * f:g}$, $\sigma_w = {PRIOR_SD * f:g}$",
                    m + g.sd[j] * steps,
                    bell / g.sd[j],
                    tone=k + 1,
                )
                for k, (f, g) in enumerate(zip(FACTORS, five, strict=True))
            ],
            marks=(mt.Mark(m, "mode"),),
        ),
        mt.Figure(
            title=r"What the loss says of $\sigma$: nothing",
            caption=rf"With $\alpha = {ALPHA:.2f}$ fixed, the least loss is the same number for every $\sigma$: a flat "
            r"line. The evidence $p(y \mid \sigma)$, one of the constants that were dropped, is not: it peaks at "
            rf"$\sigma = {best:.2f}$.",
            alt=r"Against $\sigma$, on a logarithmic axis, the loss is a level line and the log evidence a curve "
            "with a peak.",
            x_label=r"$\sigma$, in units of $y$ (with $\sigma_w = \sigma/\sqrt{\alpha}$)",
            y_label="less the largest value, nats",
            series=(
                mt.Series(
                    rf"$-J/(2 \cdot {NOISE_SD:g}^2)$, from the loss", SIGMAS, from_loss - from_loss.max(), tone=3
                ),
                mt.Series("log evidence", SIGMAS, evidence - evidence.max(), tone=1),
            ),
            marks=(mt.Mark(best, rf"$\sigma = {best:.2f}$"),),
            x_log=True,
            fit_y=(-300.0, 30.0),
        ),
    )
    answer = (
        r"As many as there are $\sigma$. Multiply $\sigma$ and $\sigma_w$ by the same number and $\alpha = "
        r"\sigma^2/\sigma_w^2$ stays, so the loss stays, and with it its lowest point, to the last digit; but every "
        rf"width is multiplied. For $\sigma$ from {NOISE_SD / 4:g} to {NOISE_SD * 4:g} the slope of {name} is "
        f"${m:.4g}$ each time, with posterior sd {', '.join(f'{g.sd[j]:.3g}' for g in five)}. The loss cannot choose "
        rf"among them: its least value is {lowest:.0f} whatever $\sigma$ is. What can is a term that was dropped, the "
        rf"evidence; at this $\alpha$ it is largest at $\sigma = {best:.2f}$."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="one-loss-many-posteriors",
    title="One loss, many posteriors",
    question="Which posterior does a loss stand for?",
    answer=r"A whole family: $\sigma$ and $\sigma_w$ scaled together leave the loss and its mode, and scale every "
    "width.",
    data=mt.diabetes,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about=mt.DIABETES_IN_WORDS,
    do=r"State $\sigma$ next to every $\alpha$, or learn it; without it a ridge fit has no error bars.",
    shares="three-routes",
    also=("Can a loss tell how wide the posterior is?",),
)

if __name__ == "__main__":
    mt.run_script(__file__)
