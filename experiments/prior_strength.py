"""How strong is the prior: raising it to a power is another alpha, so the ridge path is the sensitivity."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

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

Array = NDArray[np.float64]

ALPHA, NOISE_SD, PRIOR_SD = resolve_scales(noise_sd=54.0, prior_sd=20.0)
POWERS = 2.0 ** np.linspace(-6, 6, 49)  # the prior from a 64th to 64 times its strength
NUDGE = (0.99, 1.01)  # the powers that ArviZ compares
GRID = 401  # points of an integral over a posterior's range
REPEATS = 16  # runs of independent draws that say how far psense scatters
FALSE_ALARM = 1e-6  # probability that correct draws fail a Monte Carlo claim


def diabetes() -> Problem:
    """442 patients, 10 columns standardised (mean 0, sd 1); the target is disease progression after a year."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return Problem.from_rows((X - X.mean()) / X.std(ddof=0), y, noise_sd=NOISE_SD, target="disease progression")


def powered(power: float) -> Normal:
    """The Normal that the prior to this power is, once normalised."""
    return Normal(scale=PRIOR_SD / power**0.5)


def ridge(problem: Problem, alpha: complex) -> NDArray[Any]:
    """(X'X + alpha I)⁻¹ X'y of the centred table; a complex alpha differentiates (the complex step)."""
    R, z = problem.statistics.R, problem.statistics.z
    w: NDArray[Any] = np.linalg.solve(R.T @ R + alpha * np.eye(problem.p), R.T @ z)
    return w


def tangent(exact: GaussianPosterior) -> Array:
    """d E[w] / d power at power 1, the posterior covariance of w and the log prior: -C m / σ_w²."""
    moved: Array = -exact.covariance @ exact.mean / PRIOR_SD**2
    return moved


def psense(w: Array) -> Array:
    """ArviZ's prior sensitivity of each slope, from draws of shape (chains, draws, p)."""
    import arviz as az  # here, not above: it takes two seconds, which listing the experiments need not wait for

    log_prior = -((w / PRIOR_SD) ** 2) / 2 - np.log(np.sqrt(2 * np.pi) * PRIOR_SD)
    tree = az.from_dict({"posterior": {"w": w}, "log_prior": {"w": log_prior}})
    values: Array = az.psense(tree, group="prior", alphas=NUDGE)["w"].to_numpy()
    return values


def distance(base: tuple[Array, Array], other: tuple[Array, Array], low: Array, high: Array) -> Array:
    """Cumulative Jensen-Shannon distance of Normals (means, sds) on intervals (Nguyen & Vreeken 2015, ECML PKDD)."""
    x = np.linspace(low, high, GRID)
    P, Q = (ndtr((x - mean) / sd) for mean, sd in (base, other))
    both = P * np.log2(2 * P / (P + Q)) + Q * np.log2(2 * Q / (P + Q))
    far: Array = np.sqrt(np.trapezoid(both, x, axis=0) / np.trapezoid(P + Q, x, axis=0))
    return far


def exact_psense(problem: Problem, w: Array) -> Array:
    """The same from the exact posteriors at the two powers, over the range of the same draws."""
    low, high = w.min(axis=(0, 1)), w.max(axis=(0, 1))
    mean, sd = _moments(problem, 1.0)
    total = np.zeros(problem.p)
    for power in NUDGE:
        moved, wide = _moments(problem, power)
        up = distance((mean, sd), (moved, wide), low, high)
        down = distance((-mean, sd), (-moved, wide), -high, -low)
        total += np.maximum(up, down) / abs(np.log2(power)) / len(NUDGE)
    return total


def _moments(problem: Problem, power: float) -> tuple[Array, Array]:
    exact = exact_posterior(problem, powered(power))
    assert isinstance(exact, GaussianPosterior)
    return exact.mean, exact.sd


def lesson(result: Result) -> Lesson:
    problem, exact, summary = result.problem, result.exact, result.summary
    assert isinstance(exact, GaussianPosterior)
    assert summary is not None
    p, names = problem.p, list(problem.features)
    w = result.posterior["posterior"]["w"].to_numpy()
    path = np.array([_moments(problem, power)[0] for power in POWERS])
    penalised = np.array([ridge(problem, power * ALPHA) for power in POWERS])
    slope, step = tangent(exact), 1e-20
    by_step = ridge(problem, ALPHA * (1 + 1j * step)).imag / step

    log_prior = np.array([result.prior.log_density(one) for one in w[0, :10]])
    to_the_power = np.array([[powered(a).log_density(one) for a in NUDGE] for one in w[0, :10]])
    gaps = np.outer(log_prior, NUDGE) - to_the_power
    products = (w - exact.mean) * (-0.5 * (w**2).sum(axis=-1, keepdims=True) / PRIOR_SD**2 - _mean_log_prior(exact))
    error = products.std(axis=(0, 1)) / np.sqrt(summary.smallest_ess)

    rng = np.random.default_rng([result.settings.seed, 11])
    repeats = [exact.draws(w.shape[0] * w.shape[1], rng)[0].reshape(w.shape) for _ in range(REPEATS)]
    scatter = np.std([psense(one) - exact_psense(problem, one) for one in repeats], axis=0, ddof=1)
    scatter *= np.sqrt(max(1.0, w.shape[0] * w.shape[1] / summary.smallest_ess))
    sampled, known = psense(w), exact_psense(problem, w)
    most = int(np.abs(slope / exact.sd).argmax())

    gram = problem.statistics.R.T @ problem.statistics.R
    condition = float(np.linalg.cond(gram + POWERS[0] * ALPHA * np.eye(p)))
    rounding = p * gamma(problem.n + 3 * p + 1)
    tail = 1 - FALSE_ALARM / (2 * p)
    claims = (
        Check(
            "power-of-the-prior-is-another-prior",
            float(np.ptp(gaps, axis=0).max() / np.abs(log_prior).max()),
            gamma(3 * p),
            "The log prior times a power a, less the log density of Normal(0, σ_w²/a): its spread over draws.",
        ),
        Check(
            "power-is-alpha-times-as-large",
            float(np.abs(path - penalised).max() / np.abs(path).max()),
            2 * rounding * condition,
            "Posterior means under the prior to a power against ridge at that multiple of α; rounding times the "
            f"condition number {condition:.3g} explains this much, twice over.",
        ),
        Check(
            "tangent-of-the-path",
            float(np.abs(slope - by_step).max() / np.abs(slope).max()),
            2 * rounding * condition,
            "Minus covariance times mean over σ_w², against the derivative of ridge by a complex step; as above.",
        ),
        Check(
            "tangent-is-the-covariance-with-the-log-prior",
            float((np.abs(products.mean(axis=(0, 1)) - slope) / error).max()),
            float(stdtrit(summary.smallest_ess, tail)),
            "Covariance over the draws of each slope and the log prior against the tangent, in Monte Carlo errors.",
        ),
        Check(
            "psense-is-the-exact-one",
            float((np.abs(sampled - known) / scatter).max()),
            float(stdtrit(REPEATS - 1, tail)),
            f"ArviZ's psense against that of the exact posteriors, in units of its scatter over {REPEATS} sets of "
            "independent draws; Student's t for as many.",
        ),
        Check(
            "most-sensitive-column",
            float(known.max() - known[most]) / float(known.max()),
            0.0,
            "The column with the steepest path in its own posterior sds has the largest exact psense.",
        ),
    )
    shown = np.argsort(-np.abs(slope))[:3]
    near = np.abs(np.log2(POWERS)) <= 2.01
    tangents = [exact.mean[j] + slope[j] * np.log(POWERS[near]) for j in shown]
    figures = (
        Figure(
            title="The ridge path, as powers of the prior",
            caption="Posterior means as the prior is raised to a power, which is ridge with α times that power. "
            "Dashed: the tangent at power 1, the covariance of a slope with the log prior, from one posterior.",
            alt="Three slopes against the power of the prior on a logarithmic axis, with their tangents at one.",
            x_label="power of the prior, α over the α asked for",
            y_label="posterior mean of the slope",
            series=(
                *(Series(names[j], POWERS.tolist(), path[:, j].tolist(), tone=1 + k) for k, j in enumerate(shown)),
                *(
                    Series("", POWERS[near].tolist(), line.tolist(), dashed=True, tone=1 + k)
                    for k, line in enumerate(tangents)
                ),
            ),
            marks=(Mark(1.0, "the prior as stated"),),
            x_log=True,
        ),
        Figure(
            title="Prior sensitivity by ArviZ, and exactly",
            caption="ArviZ weights the draws again; the exact value compares two points of the ridge path. Bars of "
            f"two Monte Carlo errors. {names[most]} leans on the prior most.",
            alt="For each column the sensitivity from the draws, with error bars, and the exact one.",
            x_label="column",
            y_label="psense: distance for each doubling of the power",
            series=(
                Series(
                    "ArviZ, from the draws",
                    names,
                    sampled.tolist(),
                    kind="points",
                    top=(sampled + 2 * scatter).tolist(),
                    bottom=(sampled - 2 * scatter).tolist(),
                    tone=1,
                ),
                Series("exact", names, known.tolist(), kind="points", tone=2),
            ),
            marks=(Mark(0.05, "ArviZ calls more than this informative", axis="y"),),
        ),
    )
    answer = (
        "The ridge path is the answer. A Normal prior to the power a is a Normal again, with variance σ_w²/a, so a "
        "multiplies α and every point of the path is the posterior mean for a prior of another strength. Its tangent "
        "needs no second fit: it is the posterior covariance of a slope with the log prior. Here the most sensitive "
        f"slope is that of {names[most]}: doubling the prior's strength moves it by "
        f"{_moments(problem, 2.0)[0][most] - exact.mean[most]:+.1f}, beside a posterior sd of {exact.sd[most]:.1f}. "
        f"ArviZ's psense, from weighted draws, gives {sampled[most]:.3f} for it; the exact value is {known[most]:.3f}."
    )
    return Lesson(claims, figures, answer)


def _mean_log_prior(exact: GaussianPosterior) -> float:
    return -0.5 * float(exact.mean @ exact.mean + np.trace(exact.covariance)) / PRIOR_SD**2


experiment = Experiment(
    name="prior-strength",
    title="How strong is the prior?",
    question="What does the ridge path say about how much the posterior leans on its prior?",
    answer="The path is the posterior mean as the prior is raised to a power: its tangent is the sensitivity.",
    data=diabetes,
    prior=Normal(scale=PRIOR_SD),
    order=11,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
