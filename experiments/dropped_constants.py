"""Why may the normalisers go, and when may they not? Factors of the posterior, its width, and sigma learned."""

import math

import numpy as np

import mapsto as mt

NOISE_SD, PRIOR_SD = 54.0, 20.0
FACTORS, TURNED = (1e-300, 1e-6, 1.0, 1e6, 1e300), -1.0
STEPS = np.linspace(-8, 8, 401)  # sds from the mode; beyond lies 1e-15 of a Gaussian
MIDDLE = len(STEPS) // 2  # the mode itself
SIGMAS = np.geomspace(20.0, 500.0, 81)  # where the noise is looked for


def exponent(loss: np.ndarray) -> np.ndarray:
    """What the posterior is e to minus of, less its least value: the loss with its 1/(2 sigma^2)."""
    return np.asarray((loss - loss.min()) / (2 * NOISE_SD**2))


def along(result: mt.Result, j: int, w_j: np.ndarray) -> np.ndarray:
    """The loss J where slope ``j`` takes the values ``w_j`` and everything else stays at the mode."""
    points = np.tile(result.mode.coef, (len(w_j), 1))
    points[:, j] = w_j
    return np.array([result.problem.objective(w, result.mode.intercept, result.prior.penalty(w)) for w in points])


def spread(x: np.ndarray, height: np.ndarray) -> float:
    """The standard deviation of a density known up to a factor, on an even grid (trapezoidal rule)."""
    return math.sqrt(float(height @ (x - height @ x / height.sum()) ** 2 / height.sum()))


def log_posterior(problem: mt.Problem, prior: mt.Prior) -> float:
    """Its largest value over slopes and intercept for the sigma of ``problem``, less constants without sigma."""
    given = mt.exact_posterior(problem, prior)
    assert isinstance(given, mt.GaussianPosterior)
    return problem.log_likelihood(given.mean, given.intercept_mean) - prior.penalty(given.mean)


def lesson(result: mt.Result) -> mt.Lesson:
    problem, mode, exact = result.problem, result.mode, result.exact
    assert isinstance(exact, mt.GaussianPosterior)
    width = 1 / np.linalg.norm(exact.root, axis=0)  # of each slope with the others held at the mode

    losses = np.array([along(result, k, mode.coef[k] + width[k] * STEPS) for k in range(problem.p)])
    density = np.exp((losses.min() - losses) / (2 * NOISE_SD**2)) / (width[:, np.newaxis] * math.sqrt(2 * math.pi))
    moved = sum(int(np.sum(np.argmax(a * density, axis=1) != MIDDLE)) for a in FACTORS)
    turned = int(np.sum(np.argmin(TURNED * density, axis=1) != MIDDLE))
    places = mode.coef[:, np.newaxis] + width[:, np.newaxis] * STEPS
    by_factor = [spread(places[k], a * density[k]) / width[k] - 1 for a in FACTORS for k in range(problem.p)]

    j = int(np.argmax(np.abs(mode.coef) / width))  # the slope to draw: the clearest
    narrower = NOISE_SD * math.sqrt(2)
    x, tight = (mode.coef[j] + width[j] / by * STEPS for by in (1, narrower))  # the bare loss lives on a finer grid
    bare = along(result, j, tight)
    moved += int(np.argmin(bare) != MIDDLE)
    bell, needle = np.exp(-exponent(losses[j])), np.exp(bare.min() - bare)
    off_bell, off_needle = spread(x, bell) / width[j] - 1, spread(tight, needle) * narrower / width[j] - 1
    rounded, bare_rounded = (problem.rounding / problem.p * float(J.max()) for J in (exponent(losses[j]), bare))

    kept = np.array([log_posterior(problem.with_noise_sd(s), result.prior) for s in SIGMAS.tolist()])
    constant = next(term.value for term in result.ledger if term.term == "noise constant")
    dropped = kept - constant * np.log(2 * math.pi * SIGMAS**2) / math.log(2 * math.pi * NOISE_SD**2)
    spectrum, best = mt.Spectrum.of(problem), NOISE_SD  # sigma_w stays, so alpha = sigma^2 / sigma_w^2 moves with sigma
    for _ in range(5):  # the slopes hardly depend on sigma, so each round gains two digits
        w = spectrum.slopes((best / PRIOR_SD) ** 2)
        best = math.sqrt(problem.statistics.misfit(w, problem.statistics.best_intercept(w)) / problem.n)

    marginal, held = exact.sd, (np.diag(problem.hessian(mode.coef)) + PRIOR_SD**-2) ** -0.5
    all_rounded = problem.rounding / problem.p * float(exponent(losses).max())
    off_best, step, fall = math.log(SIGMAS[np.argmax(kept)] / best), math.log(SIGMAS[1] / SIGMAS[0]), -np.diff(dropped)
    claims = (
        mt.Check(
            "any-positive-factor-keeps-the-argmax", moved, 0.0, "Axes on which the highest point is not the mode."
        ),
        mt.Check(
            "any-positive-factor-keeps-the-width",
            mt.largest(by_factor),
            all_rounded,
            "Width of each factor times the density, by quadrature, against the posterior's along the axis; rounding.",
        ),
        mt.Check("minus-one-turns-it-into-a-minimum", turned, 0.0, "Axes on which $-1$ times it is not lowest there."),
        mt.Check(
            "half-sigma-squared-gives-the-posterior-width",
            abs(off_bell),
            rounded,
            r"Width of $\exp(-J/(2\sigma^2))$ by quadrature against the posterior's, relative; rounding.",
        ),
        mt.Check(
            "bare-loss-is-narrower-by-sigma-root-two",
            abs(off_needle),
            bare_rounded,
            r"Width of $\exp(-J)$ by quadrature times $\sigma\sqrt{2}$, likewise; $J$ loses digits near its minimum.",
        ),
        mt.Check(
            "held-is-narrower-than-free",
            float((held / marginal).max()),
            1.0,
            "Largest sd of a slope with the others held at the mode over its own posterior sd: one at most.",
        ),
        mt.Check(
            "with-its-constant-sigma-has-a-peak",
            abs(off_best),
            step,
            r"Best $\sigma$ against $\lVert y - b - Xw\rVert/\sqrt{n}$, in logs; a grid step.",
        ),
        mt.Check(
            "without-it-sigma-grows-without-end",
            float(fall.max()),
            0.0,
            r"Without the constant: the largest fall from one $\sigma$ to the next is no fall.",
        ),
    )
    shown, name = np.abs(STEPS) <= 4, mt.literal(problem.features[j])
    figures = (
        mt.Figure(
            title="One peak, two widths",
            caption=f"Along {name}, each curve scaled to height 1. All peak at the same slope; only the loss with its "
            rf"$1/(2\sigma^2)$ is as wide as the posterior. The bare $\exp(-J)$ is $\sigma\sqrt{{2}} = {narrower:.1f}$ "
            "times narrower.",
            alt=rf"Posterior and $\exp(-J/2\sigma^2)$ along {name} coincide; $\exp(-J)$ is a needle at the same peak.",
            x_label=f"slope of {name}",
            y_label="height relative to the peak",
            series=(
                mt.Series("posterior", x[shown], np.exp(-0.5 * STEPS[shown] ** 2), tone=1),
                mt.Series(r"$\exp(-J/(2\sigma^2))$", x[shown], bell[shown], dashed=True, tone=2),
                mt.Series(r"$\exp(-J)$", tight[shown], needle[shown], tone=3),
            ),
            marks=(mt.Mark(float(mode.coef[j]), "mode"),),
        ),
        mt.Figure(
            title="The constant that may not go",
            caption=r"With $\sigma$ learned, the log posterior at the best slopes for each $\sigma$. With its constant "
            f"it peaks at {best:.1f}; without it the curve only rises, and a search ends wherever it was told to stop.",
            alt=r"Against $\sigma$, the curve with the constant has a peak; the one without it rises to the right "
            "edge.",
            x_label=r"$\sigma$, in units of $y$",
            y_label="log posterior less its largest value, nats",
            series=(
                mt.Series(r"$-(n/2)\log(2\pi\sigma^2)$ kept", SIGMAS, kept - kept.max(), tone=1),
                mt.Series("dropped", SIGMAS, dropped - dropped.max(), dashed=True, tone=3),
            ),
            marks=(mt.Mark(best, rf"$\sigma = {best:.1f}$"),),
            x_log=True,
            fit_y=(-1000.0, 20.0),
        ),
    )
    answer = (
        "They may go because they do not move the peak. For any number $a > 0$, $f(x) > f(y)$ if and only if "
        "$a f(x) > a f(y)$: the order of the heights stays, so the highest place stays. Here it does so from "
        "$a = 10^{-300}$ to $10^{300}$, to the last digit; $a = -1$ turns the order round, and the peak into the "
        "lowest point. A constant factor leaves the width alone too.\n\n"
        rf"The width goes with something else, the $1/(2\sigma^2)$ in the exponent. Along {name}, the other slopes "
        rf"held "
        rf"at the mode, the posterior's sd is {width[j]:.3g}. $\exp(-J/(2\sigma^2))$ has that width, and the bare "
        rf"$\exp(-J)$, which has lost the factor, is {narrower:.1f} times narrower. (The sd of this slope in the table "
        rf"of its posterior is {marginal[j]:.3g}: there the other slopes may move too, and the width is the marginal "
        "one; along the cut it is the conditional one, which is never wider.)\n\n"
        r"And the constants may go only while they are constant. Learn $\sigma$, and $-(n/2)\log(2\pi\sigma^2)$ is "
        rf"none: with it the best $\sigma$ is {best:.1f}, without it the larger the better, here "
        rf"{SIGMAS[np.argmax(dropped)]:.0f}, the end of the grid. The evidence $p(y)$ is different: it holds neither "
        r"$w$ nor $\sigma$ once $\sigma$ is sampled together with $w$, so full Bayes never needs it. It is needed "
        r"where one value of $\sigma$, $\alpha$ or one model is to be chosen."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="dropped-constants",
    title="The constants that were dropped",
    question="Why may the normalisers go, and when may they not?",
    answer=r"They hold no $w$, so they do not move the peak; but they are no longer constant once $\sigma$ is learned.",
    data=mt.diabetes,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about=mt.DIABETES_IN_WORDS,
    do=r"Drop a constant only while it is one. As soon as $\sigma$ or a prior's scale is learned, keep every "
    r"normaliser that "
    r"holds it. For widths keep the $1/(2\sigma^2)$ in the exponent.",
    shares="three-routes",
    also=(
        "Why does multiplying by a positive number leave the highest point where it is?",
        "What takes the width away, if the constants do not?",
        "Does full Bayes need the evidence?",
    ),
)

if __name__ == "__main__":
    mt.run_script(__file__)
