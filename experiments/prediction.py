"""Three ways to predict from one ridge fit: a point, noise about it, and the full predictive."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

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
KEPT, SEED = 80, 12  # rows to learn from; the rest of the table is held out
PROB = 0.9
REACH = float(ndtri(0.5 + PROB / 2))  # half an interval, in standard deviations
FALSE_ALARM = 1e-6  # probability that correct draws fail a Monte Carlo claim
RARE = 0.01  # how rarely data made by the model itself may do worse than these


def tables() -> tuple[Any, Any, Array, Array]:
    """Learned and held-out rows, as (X, y, X_new, y_new); columns standardised by the rows learned from."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    order = np.random.default_rng(SEED).permutation(len(y))
    kept, held = order[:KEPT], order[KEPT:]
    Z = (X - X.iloc[kept].mean()) / X.iloc[kept].std(ddof=0)
    return Z.iloc[kept], y.iloc[kept], Z.iloc[held].to_numpy(), y.iloc[held].to_numpy(dtype=np.float64)


def few_patients() -> Problem:
    """80 patients of the diabetes table, 10 columns standardised (mean 0, sd 1)."""
    X, y, _, _ = tables()
    return Problem.from_rows(X, y, noise_sd=NOISE_SD, target="disease progression")


def predictive_sd(exact: GaussianPosterior, X: Array) -> Array:
    """Noise, slopes and intercept together, shape (rows,)."""
    return exact.predictive_sd(X)


def expected_coverage(sd: Array, full: Array) -> float:
    """What intervals of these sds would cover, were the responses as the full predictive says."""
    return float((2 * ndtr(REACH * sd / full) - 1).mean())


def leverage(exact: GaussianPosterior, X: Array) -> Array:
    """h, the weight of each row's own response in its fit, shape (rows,)."""
    h: Array = (exact.predictive_sd(X) / NOISE_SD) ** 2 - 1
    return h


def leave_one_out(residual: Array, y: Array, h: Array) -> tuple[Array, Array]:
    """Mean and sd of each row's response given all the other rows, from one fit.

    The other rows alone predict y - residual / (1 - h), with variance σ² / (1 - h) (Allen 1974, Technometrics 16(1)).
    """
    return y - residual / (1 - h), NOISE_SD / np.sqrt(1 - h)


def weighting_error(residual: Array, h: Array, draws: float) -> Array:
    """Monte Carlo error of the log density of each left-out row, from this many draws weighted by 1 / likelihood.

    The variance of those weights is a Gaussian integral, finite where h < 1/2 (Peruggia 1997, JASA 92(437)).
    """
    excess = (residual / NOISE_SD) ** 2 * (1 / (1 - 2 * h) - 1 / (1 - h))
    error: Array = np.sqrt(((1 - h) / np.sqrt(1 - 2 * h) * np.exp(excess) - 1) / draws)
    return error


def refitted(problem: Problem, prior: Any, i: int) -> tuple[float, float]:
    """The same for row i by leaving it out and fitting again."""
    assert problem.X is not None
    assert problem.y is not None
    others = Problem.from_rows(np.delete(problem.X, i, axis=0), np.delete(problem.y, i), noise_sd=NOISE_SD)
    exact = exact_posterior(others, prior)
    assert isinstance(exact, GaussianPosterior)
    mean = exact.intercept_mean + problem.X[i] @ exact.mean
    return float(mean), float(exact.predictive_sd(problem.X[i : i + 1])[0])


def log_density(y: Array, mean: Array, sd: Array) -> Array:
    logs: Array = -0.5 * ((y - mean) / sd) ** 2 - np.log(np.sqrt(2 * np.pi) * sd)
    return logs


def lesson(result: Result) -> Lesson:
    import arviz as az  # here, not above: it takes two seconds, which listing the experiments need not wait for
    from scipy.stats import kstwo  # likewise half a second

    problem, exact, tree, summary = result.problem, result.exact, result.posterior, result.summary
    assert isinstance(exact, GaussianPosterior)
    assert problem.X is not None
    assert problem.y is not None
    assert summary is not None
    X, y, n = problem.X, problem.y, problem.n
    _, _, X_new, y_new = tables()

    # Held-out rows: what each interval covers, and what it would cover in data that the model itself made.
    centre, full = exact.intercept_mean + X_new @ exact.mean, predictive_sd(exact, X_new)
    off, wider = np.abs(y_new - centre), full / NOISE_SD - 1
    by_noise, by_full = float((off <= REACH * NOISE_SD).mean()), float((off <= REACH * full).mean())
    expected = expected_coverage(np.full(len(full), NOISE_SD), full)
    rng = np.random.default_rng([result.settings.seed, 12])
    w, b = exact.draws(2000, rng)
    made = np.abs(w @ X_new.T + b[:, np.newaxis] + NOISE_SD * rng.standard_normal((2000, len(y_new))) - centre)
    scatter = [_scatter((made <= REACH * sd).mean(axis=1)) for sd in (np.full(len(full), NOISE_SD), full)]

    # Left-out rows: exactly, and by weighting the draws.
    h, residual = leverage(exact, X), y - exact.intercept_mean - X @ exact.mean
    mean, sd = leave_one_out(residual, y, h)
    again = np.array([refitted(problem, result.prior, i) for i in range(n)]).T
    elpd, pit = log_density(y, mean, sd), ndtr((y - mean) / sd)
    loo = az.loo(tree, pointwise=True)
    spread = weighting_error(residual, h, summary.smallest_ess)
    by_draws = az.loo_pit(tree, random_state=result.settings.seed)["y"].to_numpy()
    pit_error = np.sqrt(1 / summary.smallest_ess + spread**2) * np.maximum(pit, 1 - pit)  # at most
    replicated = tree["posterior_predictive"]["y"].to_numpy().reshape(-1, n)
    drawn_sd, tail = replicated.std(axis=0), -float(ndtri(FALSE_ALARM / (2 * n)))

    condition = float(np.linalg.cond(exact.root)) ** 2
    centring = np.sqrt(n) * y.mean() / float(np.linalg.norm(y - y.mean()))
    rounding = problem.p * gamma(n + 3 * problem.p + 1) * condition * centring
    claims = (
        Check(
            "full-predictive-covers-what-it-says",
            abs(by_full - PROB),
            scatter[1],
            f"Coverage of {len(y_new)} held-out rows less {PROB:.0%}; the model's own data do worse once in 100 times.",
        ),
        Check(
            "noise-alone-covers-less",
            abs(by_noise - expected),
            scatter[0],
            f"Coverage without the slopes' uncertainty less the {expected:.1%} that the model expects of it; likewise.",
        ),
        Check(
            "noise-alone-falls-short",
            by_noise - by_full,
            -0.5 / len(y_new),
            "Coverage by noise alone less coverage by all: by one held-out row at least.",
        ),
        Check(
            "full-is-wider-for-everyone",
            1 / (1 + float(wider.min())),
            1 / (1 + 1 / n) ** 0.5,
            "Width by noise alone over the least full width; the intercept alone widens it by √(1 + 1/n).",
        ),
        Check(
            "full-predictive-is-the-draws",
            float((np.abs(drawn_sd / predictive_sd(exact, X) - 1) * np.sqrt(2 * summary.smallest_ess)).max()),
            tail,
            "Sd of replicated responses at each row learned from, against the formula, in Monte Carlo errors.",
        ),
        Check(
            "leave-one-out-is-a-refit",
            float(max(np.abs(again[0] - mean).max() / np.abs(y).max(), np.abs(again[1] / sd - 1).max())),
            rounding,
            f"Closed form against {n} fits with a row left out, mean and sd; rounding times the condition number.",
        ),
        Check(
            "psis-pareto-k",
            float(loo.pareto_k.max()) / float(loo.good_k),
            1.0,
            "Largest Pareto k over the largest that these draws allow: the weights can be trusted.",
        ),
        Check("weights-have-a-variance", 2 * float(h.max()), 1.0, "Twice the largest h: below one they have one."),
        Check(
            "psis-loo-is-exact-loo",
            float((np.abs(loo.elpd_i.to_numpy() - elpd) / spread).max()),
            tail,
            "Log density of each left-out row by weighted draws against the closed form, in Monte Carlo errors.",
        ),
        Check(
            "loo-pit-is-exact-pit",
            float((np.abs(by_draws - pit) / pit_error).max()),
            tail,
            "ArviZ's LOO-PIT of each row against the closed form, in Monte Carlo errors.",
        ),
        Check(
            "loo-pit-is-uniform",
            float(np.abs(np.sort(pit) - (np.arange(n) + 0.5) / n).max() + 0.5 / n),
            float(kstwo(n).isf(RARE)),
            f"Kolmogorov's distance of the exact LOO-PIT from uniform; {n} uniform ones exceed this once in a hundred.",
        ),
    )
    ways = ("ridge alone", "ridge and noise", "full predictive")
    widths = [0.0, 2 * REACH * NOISE_SD, float(2 * REACH * full.mean())]
    order = np.argsort(pit)
    ideal = ((np.arange(n) + 0.5) / n).tolist()
    figures = (
        Figure(
            title="Share of held-out responses inside the interval",
            caption=f"A point covers nothing. Noise about it covers {by_noise:.1%} of {len(y_new)} held-out rows (the "
            f"model expects {expected:.1%}); with the slopes' own uncertainty it is {by_full:.1%} where {PROB:.0%} "
            "was asked for.",
            alt="Three bars: coverage by the point, by the point with noise, and by the full predictive.",
            x_label="prediction",
            y_label="coverage of held-out rows",
            series=(Series("coverage", ways, [float((off == 0).mean()), by_noise, by_full], kind="bars", tone=1),),
            marks=(Mark(PROB, f"{PROB:.0%}", axis="y"),),
        ),
        Figure(
            title="Width of the interval, row by row",
            caption="Noise alone gives every patient the same interval. The full one is wider for everyone, by "
            f"{wider.min():.1%} to {wider.max():.1%}: the rows are sorted by it.",
            alt="Width of the 90 % interval of each held-out row, sorted: level for noise alone, rising for the full.",
            x_label="held-out row, by width",
            y_label="width of the 90 % interval, in units of the target",
            series=(
                Series("full predictive", list(range(len(full))), np.sort(2 * REACH * full).tolist(), tone=1),
                Series("ridge and noise", [0, len(full) - 1], [widths[1]] * 2, dashed=True, tone=2),
            ),
        ),
        Figure(
            title="LOO-PIT: where each response falls among its predictions",
            caption="Each row's place in the prediction from all the others, sorted. On the diagonal the predictions "
            f"are calibrated; {n} rows stay as near to it as uniform numbers do.",
            alt="Sorted LOO-PIT values, exact and from the draws, against uniform quantiles, along the diagonal.",
            x_label="uniform quantile",
            y_label="share of the prediction below the response",
            series=(
                Series("uniform", [0.0, 1.0], [0.0, 1.0], dashed=True, tone=3),
                Series("exact", ideal, pit[order].tolist(), tone=1),
                Series("ArviZ, from the draws", ideal, by_draws[order].tolist(), kind="points", tone=2),
            ),
        ),
    )
    answer = (
        f"The width. Ridge alone gives a number, which covers nothing; with noise of σ = {NOISE_SD:g} about it a "
        f"{PROB:.0%} interval covers {by_noise:.1%} of {len(y_new)} held-out rows, and with the uncertainty of slopes "
        f"and intercept as well {by_full:.1%}, for it is {widths[2] / widths[1] - 1:.1%} wider on average. How well a "
        "row would have been predicted without it needs no second fit: y - r/(1 - h) and σ²/(1 - h) are exact. The "
        f"log densities of the {n} left-out rows sum to {elpd.sum():.2f}; PSIS-LOO, which weights the draws, finds "
        f"{float(loo.elpd):.2f}."
    )
    return Lesson(claims, figures, answer)


def _scatter(shares: Array) -> float:
    """How far from their mean all but a few of these lie."""
    return float(np.quantile(np.abs(shares - shares.mean()), 1 - RARE))


experiment = Experiment(
    name="prediction",
    title="A point, noise about it, or the full predictive",
    question="What does a ridge prediction leave out?",
    answer="The width: noise, and the uncertainty of the slopes themselves.",
    data=few_patients,
    prior=Normal(scale=PRIOR_SD),
    order=12,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
