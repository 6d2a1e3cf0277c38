"""How strong is the prior: raising it to a power is another alpha, so the ridge path is the sensitivity."""

import numpy as np
from scipy.special import ndtr, softmax, stdtrit

import mapsto as mt

ALPHA, NOISE_SD, PRIOR_SD = mt.resolve_scales(noise_sd=54.0, prior_sd=20.0)
POWERS = 2.0 ** np.linspace(-6, 6, 49)  # the prior from a 64th to 64 times its strength
NUDGE = (0.99, 1.01)  # the powers that ArviZ compares
REPEATS, EACH = 24, 1000  # sets of independent draws, and their size, that say how far psense scatters
FALSE_ALARM = 1e-6  # probability that correct draws fail a Monte Carlo claim


def powered(power: float) -> mt.Normal:
    """The Normal that the prior to this power is, once normalised."""
    return mt.Normal(scale=PRIOR_SD / power**0.5)


def moments(problem: mt.Problem, power: float) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and sd under the prior to this power."""
    exact = mt.exact_posterior(problem, powered(power))
    assert isinstance(exact, mt.GaussianPosterior)
    return exact.mean, exact.sd


def ridge(problem: mt.Problem, alpha: complex) -> np.ndarray:
    """(X'X + alpha I)⁻¹ X'y of the centred table; a complex alpha differentiates (the complex step)."""
    R, z = problem.statistics.R, problem.statistics.z
    return np.linalg.solve(R.T @ R + alpha * np.eye(problem.p), R.T @ z)


def tangent(exact: mt.GaussianPosterior) -> np.ndarray:
    """d E[w] / d power at power 1, the posterior covariance of w and the log prior: -C m / σ_w²."""
    return -exact.covariance @ exact.mean / PRIOR_SD**2


def psense(w: np.ndarray) -> np.ndarray:
    """ArviZ's prior sensitivity of each slope, from draws of shape (chains, draws, p)."""
    import arviz as az  # imported late: it takes two seconds, and listing the experiments should not wait for it

    tree = az.from_dict({"posterior": {"w": w}, "log_prior": {"w": -((w / PRIOR_SD) ** 2) / 2}})
    return np.asarray(az.psense(tree, group="prior", alphas=NUDGE)["w"])


def distance(P: np.ndarray, Q: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Cumulative Jensen-Shannon distance of distribution functions at x (Nguyen & Vreeken 2015, ECML PKDD)."""
    both = P * np.log2(2 * P / (P + Q)) + Q * np.log2(2 * Q / (P + Q))
    return np.asarray(np.sqrt(np.trapezoid(both, x, axis=0) / np.trapezoid(P + Q, x, axis=0)))


def sensitivity(x: np.ndarray, P: np.ndarray, *moved: np.ndarray) -> np.ndarray:
    """The distance for each doubling of the power, from P and what it is at NUDGE; from below or above, the larger."""
    far = [np.maximum(distance(P, Q, x), distance(1 - P, 1 - Q, x)) for Q in moved]
    return np.mean(far / np.abs(np.log2(NUDGE))[:, np.newaxis], axis=0)


def exact_psense(problem: mt.Problem, w: np.ndarray) -> np.ndarray:
    """psense from the exact posteriors at the two powers, over the range of draws of shape (draws, p)."""
    x = np.linspace(w.min(axis=0), w.max(axis=0), 401)
    at = [moments(problem, power) for power in (1.0, *NUDGE)]
    return sensitivity(x, *[ndtr((x - mean) / sd) for mean, sd in at])


def weighted_psense(w: np.ndarray) -> np.ndarray:
    """psense from draws of shape (draws, p), with the plain weights prior^(power - 1)."""
    order, log_prior = w.argsort(axis=0), -((w / PRIOR_SD) ** 2).sum(axis=1) / 2
    x, P = np.take_along_axis(w, order, axis=0), np.arange(1, len(w) + 1)[:, np.newaxis] / len(w)
    moved = [softmax((power - 1) * log_prior)[order].cumsum(axis=0)[:-1] for power in NUDGE]
    return sensitivity(x[:-1], P[:-1], *moved)


def lesson(result: mt.Result) -> mt.Lesson:
    problem, exact, prior = result.problem, result.exact, result.prior
    assert isinstance(exact, mt.GaussianPosterior)
    p, names, w = problem.p, tuple(map(mt.literal, problem.features)), result.posterior["posterior"]["w"].to_numpy()
    ess = result.summary.smallest_ess if result.summary else 0.0

    # The path and its tangent, from the posterior and from ridge.
    path = np.array([moments(problem, power)[0] for power in POWERS])
    penalised = np.array([ridge(problem, power * ALPHA) for power in POWERS])
    slope, by_step = tangent(exact), ridge(problem, ALPHA * (1 + 1e-20j)).imag / 1e-20
    stated = np.array([[prior.log_density(one)] for one in w[0, :10]])
    normals = np.array([[powered(power).log_density(one) for power in NUDGE] for one in w[0, :10]])

    # The tangent and psense once more, from the draws, with their Monte Carlo errors.
    mean_square = exact.mean @ exact.mean + np.trace(exact.covariance)
    products = (w - exact.mean) * (mean_square - (w**2).sum(axis=-1, keepdims=True)) / (2 * PRIOR_SD**2)
    rng = np.random.default_rng([result.settings.seed, 11])
    repeats = [exact.draws(EACH, rng)[0] for _ in range(REPEATS)]
    gaps = [weighted_psense(draws) - exact_psense(problem, draws) for draws in repeats]
    scatter = np.std(gaps, axis=0, ddof=1) * np.sqrt(EACH / min(ess, w[..., 0].size))
    sampled, known = psense(w), exact_psense(problem, w.reshape(-1, p))
    most = int(np.abs(slope / exact.sd).argmax())

    gram = problem.statistics.R.T @ problem.statistics.R
    tight = 2 * problem.rounding * float(np.linalg.cond(gram + POWERS[0] * ALPHA * np.eye(p)))  # rounding x condition
    spread = np.ptp(stated * NUDGE - normals, axis=0).max() / mt.largest(stated)
    off_path, off_step = (
        mt.largest(path - penalised) / mt.largest(path),
        mt.largest(slope - by_step) / mt.largest(slope),
    )
    off_draws = mt.largest((products.mean(axis=(0, 1)) - slope) / products.std(axis=(0, 1))) * np.sqrt(ess)
    off_psense, behind = mt.largest((sampled - known) / scatter), 1 - known[most] / known.max()
    far, farther = stdtrit([ess, REPEATS - 1], 1 - FALSE_ALARM / (2 * p))
    claims = (
        mt.Check(
            "power-of-the-prior-is-another-prior", spread, mt.gamma(3 * p), "Their logs differ by a constant; rounding."
        ),
        mt.Check(
            "power-is-alpha-times-as-large", off_path, tight, "Posterior mean against ridge; rounding × condition."
        ),
        mt.Check(
            "tangent-of-the-path", off_step, tight, r"$-Cm/\sigma_w^2$ against a complex step; rounding × condition."
        ),
        mt.Check(
            "tangent-is-the-covariance-with-the-log-prior",
            off_draws,
            far,
            "The tangent against the covariance in the draws, in Monte Carlo errors.",
        ),
        mt.Check("psense-is-the-exact-one", off_psense, farther, "ArviZ's less the exact, in units of its scatter."),
        mt.Check("most-sensitive-column", behind, 0.0, "The steepest path's psense, short of the largest."),
    )
    shown, near = [*enumerate(np.argsort(-np.abs(slope))[:3], 1)], POWERS[np.abs(np.log2(POWERS)) <= 2.01]
    curves = [mt.Series(names[j], POWERS, path[:, j], tone=k) for k, j in shown]
    lines = {k: exact.mean[j] + slope[j] * np.log(near) for k, j in shown}
    tangents = [mt.Series("", near, line, dashed=True, tone=k) for k, line in lines.items()]
    paths = mt.Figure(
        title="The ridge path, as powers of the prior",
        caption=r"Posterior means as the prior is raised to a power, which is ridge with $\alpha$ times that power. "
        "Dashed: the tangent at power 1, the covariance of a slope with the log prior, from one posterior.",
        alt="Three slopes against the power of the prior on a logarithmic axis, with their tangents at one.",
        x_label=r"power of the prior, $\alpha$ over the $\alpha$ asked for",
        y_label="posterior mean of the slope",
        series=(*curves, *tangents),
        marks=(mt.Mark(1.0, "the prior as stated"),),
        x_log=True,
    )
    up, down = sampled + 2 * scatter, sampled - 2 * scatter
    senses = mt.Figure(
        title="Prior sensitivity by ArviZ, and exactly",
        caption="ArviZ weights the draws again; the exact value compares two points of the ridge path. Bars of "
        f"two Monte Carlo errors. {names[most]} leans on the prior most.",
        alt="For each column the sensitivity from the draws, with error bars, and the exact one.",
        x_label="column",
        y_label="psense: distance for each doubling of the power",
        series=(
            mt.Series("ArviZ, from the draws", names, sampled, kind="points", top=up, bottom=down, tone=1),
            mt.Series("exact", names, known, kind="points", tone=2),
        ),
        marks=(mt.Mark(0.05, "ArviZ calls more than this informative", axis="y"),),
    )
    answer = (
        "The ridge path is the answer. A Normal prior to the power $t$ is a Normal again, with variance "
        r"$\sigma_w^2/t$, so $t$ multiplies $\alpha$ and every point of the path is the posterior mean for a prior of "
        "another strength. Its tangent needs no second fit: it is the posterior covariance of a slope with the log "
        f"prior. Here the most sensitive slope is that of {names[most]}: doubling the prior's strength moves it by "
        f"${moments(problem, 2.0)[0][most] - exact.mean[most]:+.1f}$, against a posterior sd of {exact.sd[most]:.1f}. "
        f"ArviZ's psense, from weighted draws, gives {sampled[most]:.3f} for it; the exact value is {known[most]:.3f}."
    )
    return mt.Lesson(claims, (paths, senses), answer)


experiment = mt.Experiment(
    name="prior-strength",
    title="How strong is the prior?",
    question="What does the ridge path say about how much the posterior leans on its prior?",
    answer="The path is the posterior mean as the prior is raised to a power: its tangent is the sensitivity.",
    data=mt.diabetes,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about=mt.DIABETES_IN_WORDS,
    do="Before trusting a slope, double and halve the prior's strength. What moves by a good part of its posterior sd "
    "is the "
    "prior's opinion as much as the data's: say so.",
    shares="three-routes",
    also=("How much does an answer lean on the prior?",),
)

if __name__ == "__main__":
    mt.run_script(__file__)
