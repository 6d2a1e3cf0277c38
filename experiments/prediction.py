"""Three ways to predict from one ridge fit: a point, noise about it, and the full predictive."""

import numpy as np
from scipy.special import ndtr, ndtri

import mapsto as mt

ALPHA, NOISE_SD, PRIOR_SD = mt.resolve_scales(noise_sd=54.0, prior_sd=20.0)
KEPT, SEED = 80, 12  # rows to learn from; the rest of the table is held out
PROB = 0.9
REACH = float(ndtri(0.5 + PROB / 2))  # half an interval, in standard deviations
MADE, RARE = 2000, 0.01  # tables that the model makes, and how rarely one of them may do worse than the real one
FALSE_ALARM = 1e-6  # probability that correct draws fail a Monte Carlo claim


def tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Learned and held-out rows, as (X, y, X_new, y_new); columns standardised by the rows learned from."""
    table = mt.diabetes()
    X, y, order = np.asarray(table.X), np.asarray(table.y), np.random.default_rng(SEED).permutation(table.n)
    kept, held = order[:KEPT], order[KEPT:]
    Z = (X - X[kept].mean(axis=0)) / X[kept].std(axis=0)
    return Z[kept], y[kept], Z[held], y[held]


def few_patients() -> mt.Problem:
    """80 patients of the diabetes table, 10 columns standardised (mean 0, sd 1)."""
    (X, y, _, _), table = tables(), mt.diabetes()
    return mt.Problem.from_rows(X, y, noise_sd=NOISE_SD, features=table.features, target=table.target)


def predictive_sd(exact: mt.GaussianPosterior, X: np.ndarray) -> np.ndarray:
    """Noise, slopes and intercept together, shape (rows,)."""
    return exact.predictive_sd(X)


def expected_coverage(sd: np.ndarray, full: np.ndarray) -> float:
    """What intervals of these sds would cover, were the responses as the full predictive says."""
    return float((2 * ndtr(REACH * sd / full) - 1).mean())


def leverage(exact: mt.GaussianPosterior, X: np.ndarray) -> np.ndarray:
    """h, the weight of each row's own response in its fit, shape (rows,)."""
    return (exact.predictive_sd(X) / NOISE_SD) ** 2 - 1


def leave_one_out(residual: np.ndarray, y: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sd of each row's response given all the other rows, from one fit (Allen 1974, Technometrics 16(1))."""
    return y - residual / (1 - h), NOISE_SD * (1 - h) ** -0.5


def weighting_error(residual: np.ndarray, h: np.ndarray, draws: float) -> np.ndarray:
    """Monte Carlo error of the log density of each left-out row, from this many draws weighted by 1 / likelihood.

    The variance of those weights is a Gaussian integral, finite where h < 1/2 (Peruggia 1997, JASA 92(437)).
    """
    excess = (residual / NOISE_SD) ** 2 * (1 / (1 - 2 * h) - 1 / (1 - h))
    return np.asarray(np.sqrt(((1 - h) / np.sqrt(1 - 2 * h) * np.exp(excess) - 1) / draws))


def refitted(problem: mt.Problem, prior: mt.Prior, i: int) -> tuple[float, float]:
    """Mean and sd of the response of row i by leaving it out and fitting again."""
    X, y = np.asarray(problem.X), np.asarray(problem.y)
    others = mt.Problem.from_rows(np.delete(X, i, axis=0), np.delete(y, i), noise_sd=NOISE_SD)
    exact = mt.exact_posterior(others, prior)
    assert isinstance(exact, mt.GaussianPosterior)
    return exact.intercept_mean + X[i] @ exact.mean, exact.predictive_sd(X[[i]])[0]


def log_density(y: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    return np.asarray(-0.5 * ((y - mean) / sd) ** 2 - np.log(np.sqrt(2 * np.pi) * sd))


def lesson(result: mt.Result) -> mt.Lesson:
    import arviz as az  # imported late: it takes two seconds, and listing the experiments should not wait for it
    from scipy.stats import kstest  # half a second

    problem, exact, tree, seed = result.problem, result.exact, result.posterior, result.settings.seed
    assert isinstance(exact, mt.GaussianPosterior)
    X, y, n, (_, _, X_new, y_new) = np.asarray(problem.X), np.asarray(problem.y), problem.n, tables()
    ess = result.summary.smallest_ess if result.summary else 0.0

    # Held-out rows: what each interval covers, and how far that scatters in tables that the model itself makes.
    centre, full = exact.intercept_mean + X_new @ exact.mean, predictive_sd(exact, X_new)
    noise, off, wider = np.full(len(full), NOISE_SD), np.abs(y_new - centre), full / NOISE_SD - 1
    by_noise, by_full = (off <= REACH * noise).mean(), (off <= REACH * full).mean()
    expected = expected_coverage(noise, full)
    missed, less = abs(by_full - PROB), abs(by_noise - expected)
    rng = np.random.default_rng([seed, 12])
    w, b = exact.draws(MADE, rng)
    made = np.abs(w @ X_new.T + b[:, np.newaxis] + NOISE_SD * rng.standard_normal((MADE, len(y_new))) - centre)
    shares = [(made <= REACH * sd).mean(axis=1) for sd in (noise, full)]
    scatter = [np.quantile(np.abs(share - share.mean()), 1 - RARE) for share in shares]

    # Left-out rows: exactly, by fitting again, and by weighting the draws.
    h, residual = leverage(exact, X), y - exact.intercept_mean - X @ exact.mean
    mean, sd = leave_one_out(residual, y, h)
    again = np.array([refitted(problem, result.prior, i) for i in range(n)]).T
    elpd, pit = log_density(y, mean, sd), ndtr((y - mean) / sd)
    loo = az.loo(tree, pointwise=True)
    spread = weighting_error(residual, h, ess)
    weights = {"log_weights": loo.log_weights.to_dataset(name="y"), "pareto_k": loo.pareto_k.to_dataset(name="y")}
    by_draws = az.loo_pit(tree, random_state=seed, **weights)["y"].to_numpy()
    pit_error = np.sqrt(1 / ess + spread**2) * np.maximum(pit, 1 - pit)  # at most

    fresh = tree["posterior_predictive"]["y"].to_numpy().reshape(-1, n).std(axis=0) / predictive_sd(exact, X) - 1
    narrow, least = 1 / (1 + wider.min()), (1 + 1 / n) ** -0.5  # the intercept alone widens it by √(1 + 1/n)
    refit = max(mt.largest(again[0] - mean) / mt.largest(y), mt.largest(again[1] / sd - 1))
    centring = np.sqrt(n) * y.mean() / np.linalg.norm(y - y.mean())
    tight = problem.rounding * centring * float(np.linalg.cond(exact.root)) ** 2
    log_off, pit_off = mt.largest((loo.elpd_i.to_numpy() - elpd) / spread), mt.largest((by_draws - pit) / pit_error)
    worst_k, uneven = float(loo.pareto_k.max() / loo.good_k), RARE / kstest(pit, "uniform").pvalue
    far = -float(ndtri(FALSE_ALARM / (2 * n)))
    claims = (
        mt.Check(
            "full-predictive-covers-what-it-says",
            missed,
            scatter[1],
            "Coverage of held-out rows less 90%; as far as data of this model's own stray.",
        ),
        mt.Check(
            "noise-alone-covers-less",
            less,
            scatter[0],
            "Its coverage less what the model expects; as far as data stray.",
        ),
        mt.Check(
            "noise-alone-falls-short",
            by_noise - by_full,
            -0.5 / len(y_new),
            "Coverage by noise alone less the full one: a held-out row short at least.",
        ),
        mt.Check(
            "full-is-wider-for-everyone",
            narrow,
            least,
            "Width by noise alone over the least full width: theory's bound.",
        ),
        mt.Check(
            "full-predictive-is-the-draws",
            mt.largest(fresh) * np.sqrt(2 * ess),
            far,
            "Predictive sds of the draws against the exact ones, in Monte Carlo errors.",
        ),
        mt.Check(
            "leave-one-out-is-a-refit", refit, tight, "Mean and sd by formula against a refit; rounding × condition."
        ),
        mt.Check("psis-pareto-k", worst_k, 1.0, "Largest Pareto $k$ over the largest that these draws allow."),
        mt.Check("weights-have-a-variance", 2 * h.max(), 1.0, "Twice the largest $h$: below one they have one."),
        mt.Check(
            "psis-loo-is-exact-loo", log_off, far, "Log density of each left-out row, in Monte Carlo errors, at most."
        ),
        mt.Check(
            "loo-pit-is-exact-pit", pit_off, far, "ArviZ's LOO-PIT against the closed form, in Monte Carlo errors."
        ),
        mt.Check("loo-pit-is-uniform", uneven, 1.0, "1% over the p-value of Kolmogorov's test of the exact LOO-PIT."),
    )
    ways, ideal = ("ridge alone", "ridge and noise", "full predictive"), (np.arange(n) + 0.5) / n
    coverage = mt.Figure(
        title="Share of held-out responses inside the interval",
        caption=f"A point covers nothing. Noise about it covers {by_noise:.1%} of {len(y_new)} held-out rows (the "
        f"model expects {expected:.1%}); with the slopes' own uncertainty it is {by_full:.1%} where {PROB:.0%} "
        "was asked for.",
        alt="Three bars: coverage by the point, by the point with noise, and by the full predictive.",
        x_label="prediction",
        y_label="coverage of held-out rows",
        series=(mt.Series("coverage", ways, [(off == 0).mean(), by_noise, by_full], kind="bars", tone=1),),
        marks=(mt.Mark(PROB, f"{PROB:.0%}", axis="y"),),
    )
    uniformity = mt.Figure(
        title="LOO-PIT: where each response falls among its predictions",
        caption="Each row's place in the prediction from all the others, sorted. On the diagonal the predictions "
        f"are calibrated; {n} rows stay as near to it as uniform numbers do.",
        alt="Sorted LOO-PIT values, exact and from the draws, against uniform quantiles, along the diagonal.",
        x_label="uniform quantile",
        y_label="share of the prediction below the response",
        series=(
            mt.Series("uniform", [0.0, 1.0], [0.0, 1.0], dashed=True, tone=3),
            mt.Series("exact", ideal, np.sort(pit), tone=1),
            mt.Series("ArviZ, from the draws", ideal, by_draws[np.argsort(pit)], kind="points", tone=2),
        ),
    )
    answer = (
        rf"The width. Ridge alone gives a number, which covers nothing; with noise of $\sigma = {NOISE_SD:g}$ about it "
        f"a {PROB:.0%} interval covers {by_noise:.1%} of {len(y_new)} held-out rows, and with the uncertainty of "
        f"slopes and intercept as well {by_full:.1%}, for it is {wider.mean():.1%} wider on average. How well a row "
        r"would have been predicted without it needs no second fit. With $r$ its residual and $h$ its "
        r"leverage, the prediction from the other rows is $y - r/(1 - h)$ with variance $\sigma^2/(1 - h)$, exactly. "
        f"The log densities of the {n} left-out rows sum to ${elpd.sum():.2f}$; PSIS-LOO, which weights the draws, "
        f"finds ${float(loo.elpd):.2f}$."
    )
    return mt.Lesson(claims, (coverage, uniformity), answer)


experiment = mt.Experiment(
    name="prediction",
    title="A point, noise about it, or the full predictive",
    question="What does a ridge prediction leave out?",
    answer="The width: noise, and the uncertainty of the slopes themselves.",
    data=few_patients,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about="80 patients of the diabetes table (Efron et al. 2004), drawn at random; the other 362 are held out. The "
    "response is a "
    "score of the disease a year later, without a unit; each column is divided by its sd: a slope is in points of the "
    "score "
    "for one sd of its column.",
    do=r"Give a prediction as an interval of the full posterior predictive: noise, slopes and intercept together. "
    r"Check it "
    "on rows that were held out, or by leave-one-out.",
    also=("How wide should a prediction be?",),
)

if __name__ == "__main__":
    mt.run_script(__file__)
