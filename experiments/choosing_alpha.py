"""Choosing alpha: leave-one-out, folds, GCV, the evidence, the posterior of alpha; and what plugging one in costs."""

import math
from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

import mapsto as mt

NOISE_SD, PRIOR_SD = 54.0, 20.0
RATIO_SCALE = 0.5  # sigma_w / sigma ~ HalfNormal(RATIO_SCALE), for the posterior of alpha and the simulation
ALPHAS = np.geomspace(0.3, 3000.0, 121)
FOLDS, INTEGRATED = 10, r"$\alpha$ integrated out"
EVERY, DATA_SETS, NODES, PROB = 11, 2000, 41, 0.89  # the simulation: every 11th row, data sets, grid, interval
Z = -float(ndtri(0.5e-6))  # Monte Carlo standard errors that a correct simulation exceeds once in a million


def log_prior(ratio: np.ndarray) -> np.ndarray:
    """log p(sigma_w / sigma) as a density of its logarithm: half-normal, with the Jacobian."""
    return np.asarray(-0.5 * (ratio / RATIO_SCALE) ** 2 + np.log(ratio))


def folds(spectrum: mt.Spectrum, seed: int) -> np.ndarray:
    """Mean squared error over the folds for each alpha, from one fit: (I - H)^-1 r, with H of the rows left out."""
    from sklearn.model_selection import KFold  # imported late: listing the experiments need not wait for it

    errors = []
    for _, out in KFold(FOLDS, shuffle=True, random_state=seed).split(spectrum.A):
        A = spectrum.A[out]
        hats = [1 / spectrum.n + A / (spectrum.d2 + alpha) @ A.T for alpha in ALPHAS]
        residuals = np.array([spectrum.residuals(alpha)[out, np.newaxis] for alpha in ALPHAS])
        errors.append((np.linalg.solve(np.eye(len(out)) - hats, residuals) ** 2).mean(axis=(1, 2)))
    return np.asarray(np.mean(errors, axis=0))


def refitted(X: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    """Squared leave-one-out errors by refitting n times."""
    rows = np.column_stack([np.ones(len(y)), X])
    whole = rows.T @ rows + np.diag([0.0, *[alpha] * X.shape[1]])
    systems = whole - rows[:, :, np.newaxis] * rows[:, np.newaxis, :]
    fits = np.linalg.solve(systems, (rows.T @ y - rows * y[:, np.newaxis])[:, :, np.newaxis])[:, :, 0]
    return np.asarray((y - np.sum(rows * fits, axis=1)) ** 2)


def covered(columns: mt.Spectrum, noise_sd: float, seed: int) -> dict[str, np.ndarray]:
    """Share of the slopes that their intervals cover in each simulated data set, by how alpha was chosen.

    sigma_w comes from its prior and the slopes from theirs. An interval covers a
    slope where the posterior's distribution function there is between its two tails, so no quantile is sought.
    """
    rng, d, p, m = np.random.default_rng([seed, 7]), np.sqrt(columns.d2), len(columns.d2), columns.free
    truth = RATIO_SCALE * NOISE_SD * np.abs(rng.standard_normal((DATA_SETS, 1))) * rng.standard_normal((DATA_SETS, p))
    c = truth @ columns.axes * d + noise_sd * rng.standard_normal((DATA_SETS, p))
    left = noise_sd**2 * rng.chisquare(m - p, (DATA_SETS, 1))  # what no column reaches
    ratio = RATIO_SCALE * np.geomspace(1e-3, 5, NODES)
    kept = np.array([columns.kept(alpha) for alpha in ratio**-2.0])
    lowest, misfit, free = left + c**2 @ (1 - kept).T, left + c**2 @ ((1 - kept) ** 2).T, m - kept.sum(axis=1)
    evidence = -0.5 * m * np.log(lowest) + 0.5 * np.log(1 - kept).sum(axis=1)  # sigma integrated out, or at its best
    away = truth[:, np.newaxis] - (c[:, np.newaxis] * (kept / d)) @ columns.axes.T
    away /= np.sqrt((kept / d**2) @ columns.axes.T**2)  # in posterior sds of a sigma of 1: data sets, nodes, slopes
    every, posterior = np.arange(DATA_SETS), evidence + log_prior(ratio)
    weights = np.exp(posterior - posterior.max(axis=1, keepdims=True))[:, :, np.newaxis]

    def plugged(k: np.ndarray, sigma: np.ndarray) -> np.ndarray:
        return np.asarray(ndtr(away[every, k] / sigma[every, k, np.newaxis]))

    sigma = np.sqrt(lowest / m)
    below = {
        "evidence": plugged(evidence.argmax(axis=1), sigma),
        "GCV": plugged((misfit / free**2).argmin(axis=1), np.sqrt(misfit / free)),
        INTEGRATED: np.sum(weights * stdtr(m, away / sigma[:, :, np.newaxis]), axis=1) / weights.sum(axis=1),
    }
    return {name: (np.abs(at - 0.5) < PROB / 2).mean(axis=1) for name, at in below.items()}


def lesson(result: mt.Result) -> mt.Lesson:
    from sklearn.linear_model import BayesianRidge, Ridge, RidgeCV  # imported late, as above
    from sklearn.model_selection import KFold, cross_val_score

    problem, seed, spectrum = result.problem, result.settings.seed, mt.Spectrum.of(result.problem)
    X, y = np.asarray(problem.X), np.asarray(problem.y)

    one_out = np.array([spectrum.left_out(alpha) for alpha in ALPHAS])
    left_out, in_folds = one_out.mean(axis=1), folds(spectrum, seed)
    gcv = np.array([spectrum.gcv(alpha) for alpha in ALPHAS])
    at, by_evidence = int(np.argmin(left_out)), spectrum.best_alpha()
    by_rows, by_folds, by_gcv = (float(ALPHAS[np.argmin(score)]) for score in (left_out, in_folds, gcv))
    chosen = {"leave one out": by_rows, f"{FOLDS} folds": by_folds, "GCV": by_gcv, "evidence": by_evidence}

    logs = np.array([spectrum.log_evidence_noise_learned(alpha) for alpha in ALPHAS]) + log_prior(ALPHAS**-0.5)
    density = np.exp(logs - logs.max())
    cdf = np.cumsum(density) / density.sum()
    low, median, high = (float(ALPHAS[np.searchsorted(cdf, q)]) for q in (0.5 - PROB / 2, 0.5, 0.5 + PROB / 2))

    some = mt.Problem.from_rows(X[::EVERY], y[::EVERY], noise_sd=NOISE_SD)
    shares = covered(mt.Spectrum.of(some), problem.noise_sd, seed)
    coverage = {name: float(share.mean()) for name, share in shares.items()}
    errors = {name: Z * float(share.std(ddof=1)) / math.sqrt(DATA_SETS) for name, share in shares.items()}

    # witnesses: refits by hand, scikit-learn, the exact posterior
    off_refits = float(np.abs(refitted(X, y, by_rows) - one_out[at]).max() / one_out[at].max())
    library = RidgeCV(alphas=ALPHAS, store_cv_results=True).fit(X, y)
    off_library = float(np.abs(library.cv_results_.T - one_out).max() / one_out.max())
    fold = KFold(FOLDS, shuffle=True, random_state=seed)
    their_folds = cross_val_score(Ridge(alpha=by_folds), X, y, cv=fold, scoring="neg_mean_squared_error").mean()
    with_mean = spectrum.residuals(by_gcv) / (1 - spectrum.leverages(by_gcv).mean())
    # BayesianRidge counts the centred rows as n, so its evidence is maximised as it defines it
    theirs = BayesianRidge(alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0, tol=1e-9, max_iter=3000).fit(X, y)
    as_theirs, their_alpha = replace(spectrum, centred=False), float(theirs.lambda_ / theirs.alpha_)
    ours = as_theirs.best_alpha()
    below, top, above = (as_theirs.log_evidence_noise_learned(ours * math.exp(t)) for t in (-0.01, 0.0, 0.01))
    flat = math.sqrt(2 * problem.rounding * abs(top) / ((2 * top - below - above) / 0.01**2))
    noise, off_evidence = mt.InverseGammaNoise(shape=2.0, scale=5000.0), []
    for alpha in (1.0, 50.0):
        whole = mt.Problem.from_rows(X, y, noise_sd=NOISE_SD, noise_prior=noise)
        exact = mt.exact_posterior(whole, mt.Normal(scale=alpha**-0.5, per_sigma=True))
        assert isinstance(exact, mt.NormalInverseGammaPosterior)
        by_spectrum = spectrum.log_evidence_noise_learned(alpha, noise.shape, noise.scale)
        off_evidence.append(abs(by_spectrum / exact.log_evidence - 1))

    rounding, solving = problem.rounding, problem.rounding * float(spectrum.d2.max() / spectrum.d2.min())
    off_folds, off_gcv = -their_folds / in_folds.min() - 1, gcv.min() / np.mean(with_mean**2) - 1
    worse = np.interp(np.log(list(chosen.values())), np.log(ALPHAS), left_out).max() - left_out[at]
    one_error = one_out[at].std(ddof=1) / math.sqrt(problem.n)
    off_theirs, off_cover = abs(math.log(their_alpha / ours)), abs(coverage[INTEGRATED] - PROB)
    ends, resolved = max(density[0], density[-1]), len(ALPHAS) ** -2
    noisy = f"Coverage of {100 * PROB:.0f}% intervals; {Z:.1f} Monte Carlo standard errors"
    claims = (
        mt.Check("press-is-leave-one-out", off_refits, solving, f"Against {problem.n} refits; rounding × condition."),
        mt.Check(
            "ridgecv-is-press", off_library, solving, r"RidgeCV's errors at every $\alpha$; rounding × condition."
        ),
        mt.Check(
            "ridgecv-chooses-the-same-alpha", abs(library.alpha_ - by_rows), 0.0, r"RidgeCV's $\alpha$ against ours."
        ),
        mt.Check(
            "folds-are-scikit-learns",
            abs(off_folds),
            solving,
            r"cross_val_score at that $\alpha$; rounding × condition.",
        ),
        mt.Check(
            "gcv-is-leave-one-out-with-mean-leverage", abs(off_gcv), rounding, "Against the mean leverage; rounding."
        ),
        mt.Check(
            "every-choice-is-within-one-standard-error",
            worse,
            one_error,
            r"Score at the worst $\alpha$, less the least.",
        ),
        mt.Check(
            "bayesianridge-finds-our-evidence-maximum",
            off_theirs,
            flat,
            r"Its $\alpha$ against ours; root of rounding over curvature.",
        ),
        mt.Check(
            "evidence-of-alpha-is-the-exact-one",
            max(off_evidence),
            rounding,
            r"Against the exact $\log p(y)$ at two $\alpha$; rounding.",
        ),
        mt.Check(
            "the-evidence-peaks-inside",
            max(spectrum.log_evidence_noise_learned(alpha) for alpha in (ALPHAS[0], ALPHAS[-1]))
            - spectrum.log_evidence_noise_learned(by_evidence),
            -1.0,
            r"Log evidence at the smallest and the largest $\alpha$ less that at its peak, in nats: a nat lower at "
            r"least.",
        ),
        mt.Check(
            "the-grid-holds-the-posterior-of-alpha", ends, resolved, "Density at the ends over the peak: unresolved."
        ),
        mt.Check(
            "integrated-intervals-cover", off_cover, errors[INTEGRATED] + 1e-3, f"{noisy} and what the grid leaves out."
        ),
        *(
            mt.Check(f"plugged-in-{name.lower()}-covers-too-little", coverage[name], PROB - errors[name], noisy)
            for name in ("evidence", "GCV")
        ),
    )
    outside = [name for name, alpha in chosen.items() if not low <= alpha <= high]
    apart = ALPHAS[1] / ALPHAS[0] - 1
    ways = [name if name == INTEGRATED else rf"$\alpha$ by {name}, plugged in" for name in coverage]
    shown, reach = np.array(list(coverage.values())), np.array(list(errors.values()))
    figures = (
        mt.Figure(
            title=r"What $\alpha$ covers",
            caption=f"Share of the slopes inside their {100 * PROB:.0f}% intervals in {DATA_SETS} simulated data sets "
            rf"of {some.n} rows. Only with $\alpha$ integrated out is it what it says; plugged in, $\alpha$ is taken "
            "for known.",
            alt="Three dots with error bars: the two plugged in lie far left of the line, the third lies on it.",
            x_label="",
            y_label="coverage",
            series=(
                mt.Series(f"± {Z:.1f} standard errors", ways, shown, "points", bottom=shown - reach, top=shown + reach),
            ),
            marks=(mt.Mark(PROB, f"{100 * PROB:.0f}%", "y"),),
            fit_y=(0.5, 1.0),
        ),
        mt.Figure(
            title=r"The posterior of $\alpha$",
            caption=r"$p(\log\alpha \mid y)$, $\sigma$ and the slopes integrated out, and the $\alpha$ that each "
            rf"criterion chooses. The data leave $\alpha$ between {low:.2g} and {high:.3g} ({100 * PROB:.0f}%): a "
            "choice is one point. The leave-one-out score of each is within one standard error of its least: so level "
            "a curve is easily tipped to another.",
            alt=r"A bell curve over $\alpha$ on a logarithmic axis with a vertical line for each of four choices.",
            x_label=r"$\alpha$",
            y_label=r"density of $\log\alpha$, relative to the peak",
            series=(mt.Series(r"$p(\log\alpha \mid y)$", ALPHAS, density),),
            marks=[mt.Mark(alpha, name) for name, alpha in chosen.items()],
            x_log=True,
        ),
    )
    answer = (
        rf"Leave one out chooses $\alpha = {by_rows:.3g}$ (RidgeCV, and the formula without refitting), {FOLDS} folds "
        rf"{by_folds:.3g} and GCV {by_gcv:.3g}, each the best of a grid of {len(ALPHAS)} values {apart:.0%} apart; the "
        rf"evidence, which is maximised, {by_evidence:.4g} (BayesianRidge, which takes no row off for the intercept, "
        rf"{their_alpha:.4g}). The posterior of $\alpha$ says how little the data pin it down: median {median:.3g}, "
        rf"{100 * PROB:.0f}% between {low:.2g} and {high:.3g}. "
        + (f"Outside that range: {', '.join(outside)}. " if outside else "All of these are within that range. ")
        + r"Why the evidence can choose: $p(y \mid \alpha)$ is how probable these responses were before they were "
        r"seen, averaged over the slopes that $\alpha$ allows. A small $\alpha$ spreads that probability over wild "
        r"data sets that did not come; a large one forbids the data that did; in between it is largest."
        f"\n\nPlugging one number "
        f"in leaves that out: in {DATA_SETS} simulated data sets of {some.n} rows, {100 * PROB:.0f}% intervals cover "
        rf"{100 * coverage['evidence']:.0f}% with $\alpha$ by the evidence, {100 * coverage['GCV']:.0f}% by GCV, and "
        rf"{100 * coverage[INTEGRATED]:.1f}% with $\alpha$ integrated out."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="choosing-alpha",
    title="Choosing alpha",
    question=r"How should $\alpha$ be chosen, and what does it cost to plug it in?",
    answer=r"Cross-validation and the evidence choose a number; integrating $\alpha$ out keeps what a number leaves "
    "out.",
    data=mt.diabetes,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about=mt.DIABETES_IN_WORDS,
    do=r"To predict, any of these choices will do: their scores are within one standard error. For intervals integrate "
    r"$\alpha$ "
    r"out, or say that the intervals take $\alpha$ for known and so cover less than they state.",
    shares="three-routes",
    also=(
        r"Why can the evidence choose $\alpha$?",
        r"What does it cost to plug $\alpha$ in?",
    ),
)

if __name__ == "__main__":
    mt.run_script(__file__)
