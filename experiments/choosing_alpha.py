"""Choosing alpha: leave-one-out, folds, GCV, the evidence, the posterior of alpha; and what plugging one in costs."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtr

from mapsto import (
    Check,
    Experiment,
    Figure,
    InverseGammaNoise,
    Lesson,
    Mark,
    Normal,
    NormalInverseGammaPosterior,
    Problem,
    Result,
    Series,
    exact_posterior,
    gamma,
    run_script,
)

Array = NDArray[np.float64]

NOISE_SD, PRIOR_SD = 54.0, 20.0
RATIO_SCALE = 0.5  # sigma_w / sigma ~ HalfNormal(RATIO_SCALE), for the posterior of alpha and the simulation
ALPHAS = np.geomspace(0.3, 3000.0, 121)
FOLDS = 10
EVERY, DATA_SETS, NODES, PROB = 11, 2000, 61, 0.89  # the simulation: every 11th row, data sets, grid, interval
INTEGRATED = "α integrated out"
Z = -float(ndtri(0.5e-6))  # Monte Carlo standard errors that a correct simulation exceeds once in a million


def diabetes() -> Problem:
    """442 patients, 10 columns standardised (mean 0, sd 1); the target is disease progression after a year."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return Problem.from_rows((X - X.mean()) / X.std(ddof=0), y, noise_sd=NOISE_SD, target="disease progression")


def rotated(X: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    """U, d and V' of the centred X, and the centred y: ridge shrinks axis i by d_i^2 / (d_i^2 + alpha)."""
    U, d, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    return U, d, Vt, y - y.mean()


def press(residuals: Array, leverage: Array) -> Array:
    """Squared leave-one-out errors without refitting (Allen 1974): residual / (1 - leverage)."""
    errors: Array = (residuals / (1 - leverage)) ** 2
    return errors


def gcv(residuals: Array, degrees: Array) -> Array:
    """Generalised cross-validation: every leverage replaced by the mean one (Golub, Heath & Wahba 1979)."""
    n = len(residuals)
    scores: Array = np.mean(residuals**2, axis=0) / (1 - degrees / n) ** 2
    return scores


def log_evidence(lowest: Array, d2: Array, alphas: Array, m: float) -> Array:
    """log p(y | alpha) up to a constant, with sigma at its best or under 1/sigma; the lowest loss for each alpha."""
    logs: Array = -0.5 * m * np.log(lowest) - 0.5 * np.log1p(d2 / alphas[:, np.newaxis]).sum(axis=1)
    return logs


def lowest_loss(alphas: Array, d2: Array, z: Array, left: float) -> Array:
    """The least ridge loss for each alpha; z is y along the columns' axes, ``left`` what no column reaches, squared."""
    lowest: Array = left + (alphas[:, np.newaxis] / (d2 + alphas[:, np.newaxis])) @ z**2
    return lowest


def best_by_evidence(d2: Array, z: Array, left: float, m: float) -> float:
    """Where the derivative of the log evidence in log alpha vanishes: effective slopes against the penalty."""

    def slope(t: float) -> float:
        alpha = math.exp(t)
        penalty = alpha * float(np.sum(d2 * z**2 / (d2 + alpha) ** 2))
        return float(np.sum(d2 / (d2 + alpha))) - m * penalty / float(lowest_loss(np.array([alpha]), d2, z, left)[0])

    return math.exp(float(brentq(slope, math.log(ALPHAS[0]), math.log(ALPHAS[-1]))))


def log_prior(ratio: Array) -> Array:
    """log p(sigma_w / sigma) as a density of its logarithm: half-normal, with the Jacobian."""
    logs: Array = -0.5 * (ratio / RATIO_SCALE) ** 2 + np.log(ratio)
    return logs


def folds(X: Array, y: Array, alphas: Array, seed: int) -> Array:
    """Mean squared error over the folds for each alpha, from one factorisation a fold."""
    from sklearn.model_selection import KFold

    errors = []
    for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(X):
        U, d, Vt, centred = rotated(X[train], y[train])
        w = (d * (U.T @ centred) / (d**2 + alphas[:, np.newaxis])) @ Vt
        fitted = y[train].mean() + (X[test] - X[train].mean(axis=0)) @ w.T
        errors.append(((y[test, np.newaxis] - fitted) ** 2).mean(axis=0))
    mean: Array = np.mean(errors, axis=0)
    return mean


def refitted(X: Array, y: Array, alpha: float) -> Array:
    """Squared leave-one-out errors by refitting n times."""
    n, p = X.shape
    rows = np.column_stack([np.ones(n), X])
    whole = rows.T @ rows + np.diag([0.0, *[alpha] * p])
    systems = whole - rows[:, :, np.newaxis] * rows[:, np.newaxis, :]
    sides = rows.T @ y - rows * y[:, np.newaxis]
    fits = np.linalg.solve(systems, sides[:, :, np.newaxis])[:, :, 0]
    errors: Array = (y - np.sum(rows * fits, axis=1)) ** 2
    return errors


def covered(d: Array, Vt: Array, n: int, seed: int) -> dict[str, Array]:
    """Share of the slopes that their intervals cover in each simulated data set, by how alpha was had.

    sigma is 1 (nothing depends on it), sigma_w comes from its prior and the slopes from theirs. An interval covers a
    slope where the posterior's distribution function there is between its two tails, so no quantile is sought.
    """
    rng, p = np.random.default_rng([seed, 7]), len(d)
    truth = RATIO_SCALE * np.abs(rng.standard_normal((DATA_SETS, 1))) * rng.standard_normal((DATA_SETS, p))
    z = truth @ Vt.T * d + rng.standard_normal((DATA_SETS, p))
    left = rng.chisquare(n - 1 - p, (DATA_SETS, 1))  # what no column reaches
    ratio = RATIO_SCALE * np.geomspace(1e-3, 5, NODES)
    alphas, total = ratio**-2.0, d**2 + ratio[:, np.newaxis] ** -2.0
    kept = d**2 / total
    lowest, misfit = left + z**2 @ (1 - kept).T, left + z**2 @ ((1 - kept) ** 2).T
    free = n - 1 - kept.sum(axis=1)
    evidence = log_evidence(lowest, d**2, alphas, n - 1)
    weights = np.exp(evidence + log_prior(ratio) - (evidence + log_prior(ratio)).max(axis=1, keepdims=True))
    away = (truth[:, np.newaxis] - np.einsum("mi,ki,ij->mkj", z, d / total, Vt)) / np.sqrt((1 / total) @ Vt**2)
    sigma = np.sqrt(lowest / (n - 1))
    every = np.arange(DATA_SETS)

    def plugged(k: NDArray[np.intp], sd: Array) -> Array:
        return ndtr(away[every, k] / sd[every, k, np.newaxis])  # type: ignore[no-any-return]

    below = {
        "evidence": plugged(evidence.argmax(axis=1), sigma),
        "GCV": plugged((misfit / free**2).argmin(axis=1), np.sqrt(misfit / free)),
        INTEGRATED: np.einsum(
            "mk,mkj->mj",
            weights / weights.sum(axis=1, keepdims=True),
            stdtr(n - 1, away / sigma[:, :, np.newaxis]),
        ),
    }
    return {name: (np.abs(at - 0.5) < PROB / 2).mean(axis=1) for name, at in below.items()}


def pictures(
    scores: dict[str, Array],
    chosen: dict[str, float],
    density: Array,
    within: tuple[float, float],
    coverage: dict[str, float],
    errors: dict[str, float],
    rows: int,
) -> tuple[Figure, ...]:
    x, lowest = ALPHAS.tolist(), math.sqrt(min(float(score.min()) for score in scores.values()))
    return (
        Figure(
            title="What α covers",
            caption=f"Share of the slopes inside their {100 * PROB:.0f} % intervals in {DATA_SETS} simulated data sets "
            f"of {rows} rows. Only with α integrated out is it what it says; plugged in, α is taken for known.",
            alt="Three dots with error bars: the two plugged in lie far left of the line, the third lies on it.",
            x_label="",
            y_label="coverage",
            series=(
                Series(
                    f"± {Z:.1f} standard errors",
                    [label if label == INTEGRATED else f"α by {label}, plugged in" for label in coverage],
                    list(coverage.values()),
                    "points",
                    bottom=[coverage[k] - Z * errors[k] for k in coverage],
                    top=[coverage[k] + Z * errors[k] for k in coverage],
                ),
            ),
            marks=(Mark(PROB, f"{100 * PROB:.0f} %", "y"),),
            fit_y=(0.5, 1.0),
        ),
        Figure(
            title="The posterior of α",
            caption=f"p(log α | y), σ and the slopes integrated out, and the α that each criterion chooses. The data "
            f"leave α between {within[0]:.2g} and {within[1]:.3g} ({100 * PROB:.0f} %): a choice is one point.",
            alt="A bell curve over α on a logarithmic axis with a vertical line for each of four choices.",
            x_label="α",
            y_label="density of log α, relative to the peak",
            series=(Series("p(log α | y)", x, density.tolist(), tone=1),),
            marks=[Mark(alpha, name) for name, alpha in chosen.items()],
            x_log=True,
        ),
        Figure(
            title="What the criteria see",
            caption="The root of each score: the error expected of a new response. At every α chosen the leave-one-out "
            "score is within one standard error of its least: so level a curve is easily tipped to another choice.",
            alt="Three curves over α on a logarithmic axis, level on the left and rising on the right.",
            x_label="α",
            y_label="root mean squared error, in units of y",
            series=[Series(name, x, np.sqrt(score).tolist()) for name, score in scores.items()],
            marks=[Mark(alpha, name) for name, alpha in chosen.items()],
            x_log=True,
            fit_y=(lowest - 0.2, lowest + 1.0),
        ),
    )


def lesson(result: Result) -> Lesson:
    from sklearn.linear_model import (
        BayesianRidge,
        Ridge,
        RidgeCV,
    )  # here, not above: seconds that a list can do without
    from sklearn.model_selection import KFold, cross_val_score

    problem, seed = result.problem, result.settings.seed
    assert problem.X is not None
    assert problem.y is not None
    X, y, n, p = problem.X, problem.y, problem.n, problem.p
    U, d, _, centred = rotated(X, y)
    z, d2 = U.T @ centred, d**2
    left = float(np.sum((centred - U @ z) ** 2))

    kept = d2 / (d2 + ALPHAS[:, np.newaxis])
    residuals = centred[:, np.newaxis] - U @ (kept * z).T
    one_out = press(residuals, U**2 @ kept.T + 1 / n)
    scores = {
        "leave one out": one_out.mean(axis=0),
        f"{FOLDS} folds": folds(X, y, ALPHAS, seed),
        "GCV": gcv(residuals, kept.sum(axis=1) + 1),
    }
    chosen = {name: float(ALPHAS[np.argmin(score)]) for name, score in scores.items()}

    chosen["evidence"] = by_evidence = best_by_evidence(d2, z, left, n - 1)
    # scikit-learn counts the centred rows as n, so its evidence is maximised as it defines it
    theirs = BayesianRidge(alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0, tol=1e-9, max_iter=3000).fit(X, y)
    their_alpha, our_alpha = float(theirs.lambda_ / theirs.alpha_), best_by_evidence(d2, z, left, n)
    near = our_alpha * np.exp(np.array([-0.01, 0.0, 0.01]))
    logs = log_evidence(lowest_loss(near, d2, z, left), d2, near, n)
    bend = float(2 * logs[1] - logs[0] - logs[2]) / 0.01**2
    rounding = p * gamma(n + 3 * p + 1)
    flat = math.sqrt(2 * rounding * abs(float(logs[1])) / bend)

    ratio = ALPHAS**-0.5
    log_alpha = log_evidence(lowest_loss(ALPHAS, d2, z, left), d2, ALPHAS, n - 1) + log_prior(ratio)
    density = np.exp(log_alpha - log_alpha.max())
    cdf = np.cumsum(density) / density.sum()
    low, median, high = (float(ALPHAS[np.searchsorted(cdf, q)]) for q in (0.5 - PROB / 2, 0.5, 0.5 + PROB / 2))
    pair, noise = np.array([1.0, 50.0]), InverseGammaNoise(shape=2.0, scale=5000.0)
    exact = []
    for alpha in pair:
        found = exact_posterior(replace(problem, noise_prior=noise), Normal(scale=float(alpha**-0.5), per_sigma=True))
        assert isinstance(found, NormalInverseGammaPosterior)
        exact.append(found.log_evidence)
    ours = log_evidence(lowest_loss(pair, d2, z, left) + 2 * noise.scale, d2, pair, n - 1 + 2 * noise.shape)

    some = X[::EVERY]
    rows = len(some)
    shares = covered(*rotated(some, some[:, 0])[1:3], rows, seed)
    coverage = {name: float(share.mean()) for name, share in shares.items()}
    errors = {name: float(share.std(ddof=1)) / math.sqrt(DATA_SETS) for name, share in shares.items()}

    by_hand = refitted(X, y, chosen["leave one out"])
    at = int(np.argmin(scores["leave one out"]))
    by_library = RidgeCV(alphas=ALPHAS, store_cv_results=True).fit(X, y)
    fold = KFold(FOLDS, shuffle=True, random_state=seed)
    their_folds = -cross_val_score(
        Ridge(alpha=chosen[f"{FOLDS} folds"]), X, y, cv=fold, scoring="neg_mean_squared_error"
    ).mean()
    condition = float(d2[0] / d2[-1])
    claims = (
        Check(
            "press-is-leave-one-out",
            float(np.abs(by_hand - one_out[:, at]).max() / by_hand.max()),
            rounding * condition,
            f"Squared errors by the formula against {n} refits, the worst, relative; rounding times condition.",
        ),
        Check(
            "ridgecv-is-press",
            float(np.abs(by_library.cv_results_ - one_out).max() / one_out.max()),
            rounding * condition,
            "RidgeCV's leave-one-out errors against the formula at every α, relative to the largest; as above.",
        ),
        Check(
            "ridgecv-chooses-the-same-alpha",
            abs(float(by_library.alpha_) - chosen["leave one out"]),
            0.0,
            "On one grid.",
        ),
        Check(
            "folds-are-scikit-learns",
            abs(float(their_folds) / float(scores[f"{FOLDS} folds"].min()) - 1),
            rounding * condition,
            "Its cross_val_score of Ridge at the α chosen, on the same folds, relative; rounding times condition.",
        ),
        Check(
            "gcv-is-leave-one-out-with-mean-leverage",
            abs(
                float(scores["GCV"][at]) / float(press(residuals[:, at], np.full(n, (kept[at].sum() + 1) / n)).mean())
                - 1
            ),
            rounding,
            "GCV against the leave-one-out formula with the mean leverage for each row, relative.",
        ),
        Check(
            "every-choice-is-within-one-standard-error",
            float(np.interp(np.log(list(chosen.values())), np.log(ALPHAS), scores["leave one out"]).max())
            - float(scores["leave one out"][at]),
            float(one_out[:, at].std(ddof=1)) / math.sqrt(n),
            "The leave-one-out score at the worst of the α chosen less its least; the standard error of that score.",
        ),
        Check(
            "bayesianridge-finds-our-evidence-maximum",
            abs(math.log(their_alpha / our_alpha)),
            flat,
            "Its λ/α against ours, in logarithms: the evidence is flat at its top, so an evidence equal to rounding "
            "leaves α the root of that, over its bend.",
        ),
        Check(
            "evidence-of-alpha-is-the-exact-one",
            abs(float(ours[1] - ours[0]) - (exact[1] - exact[0])) / abs(exact[0]),
            rounding,
            f"Log evidence at α = {pair[1]:g} less that at {pair[0]:g}, σ integrated out under an inverse gamma, "
            "against the exact posterior's, relative.",
        ),
        Check(
            "the-grid-holds-the-posterior-of-alpha",
            float(max(density[0], density[-1])),
            1 / len(ALPHAS) ** 2,
            "Its height at the ends of the grid, relative to its peak: less than the quadrature resolves.",
        ),
        Check(
            "integrated-intervals-cover",
            abs(coverage[INTEGRATED] - PROB),
            Z * errors[INTEGRATED] + 1e-3,
            f"Coverage less {PROB}; {Z:.1f} Monte Carlo standard errors, exceeded once in a million runs, and the "
            "thousandth of the prior that the grid leaves out.",
        ),
        *(
            Check(
                f"plugged-in-{name.lower()}-covers-too-little",
                coverage[name],
                PROB - Z * errors[name],
                f"Coverage with α by {name} plugged in; below {PROB} by more than {Z:.1f} Monte Carlo standard errors.",
            )
            for name in ("evidence", "GCV")
        ),
    )
    figures = pictures(scores, chosen, density, (low, high), coverage, errors, rows)
    answer = (
        f"By any of these: leave one out chooses α = {chosen['leave one out']:.3g} (RidgeCV, and the formula without "
        f"refitting), {FOLDS} folds {chosen[f'{FOLDS} folds']:.3g}, GCV {chosen['GCV']:.3g}, the evidence "
        f"{by_evidence:.4g} (BayesianRidge, which takes no row off for the intercept, {their_alpha:.4g}). The "
        f"posterior of α says how little that pins down: median {median:.3g}, {100 * PROB:.0f} % between {low:.2g} and "
        f"{high:.3g}. Plugging one number in leaves that out: in {DATA_SETS} simulated data sets of {rows} rows, "
        f"{100 * PROB:.0f} % intervals cover {100 * coverage['evidence']:.0f} % with α by the evidence, "
        f"{100 * coverage['GCV']:.0f} % by GCV, and {100 * coverage[INTEGRATED]:.1f} % with α integrated out."
    )
    return Lesson(claims, figures, answer)


experiment = Experiment(
    name="choosing-alpha",
    title="Choosing alpha",
    question="How should α be chosen, and what does it cost to plug it in?",
    answer="Cross-validation and the evidence choose a number; integrating α out keeps what a number leaves out.",
    data=diabetes,
    prior=Normal(scale=PRIOR_SD),
    order=7,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
