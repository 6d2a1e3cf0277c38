"""One regression in several languages: is it the same posterior, and would draws have told if it were not?"""

import math

import numpy as np
from scipy.special import ndtri

import mapsto as mt

SCALE, DRAWS = 20.0, 4000
LARGE = -float(ndtri(1e-6 / 2))  # standard errors that chance exceeds once in a million
MISTAKES = {
    r"variance for sd: $\sigma_w = 400$": mt.Normal(scale=SCALE**2),
    r"precision for sd: $\sigma_w = 1/20$": mt.Normal(scale=1 / SCALE),
    r"$\alpha$ off by 2: $\sigma_w = 20\sqrt{2}$": mt.Normal(scale=SCALE * math.sqrt(2)),
}


def spread(prior: mt.Prior, wrong: mt.Prior, w: np.ndarray) -> float:
    """How far the difference of two models' log densities is from one constant over the slopes w, shape (m, p)."""
    return float(np.ptp([wrong.log_density(one) - prior.log_density(one) for one in w]))


def moved(exact: mt.GaussianPosterior, wrong: mt.GaussianPosterior) -> np.ndarray:
    """The shift of each mean in Monte Carlo standard errors of so many independent draws."""
    return np.asarray(np.abs(wrong.mean - exact.mean) / (exact.sd / math.sqrt(DRAWS)))


def lesson(result: mt.Result) -> mt.Lesson:
    problem, exact, p = result.problem, result.exact, result.problem.p
    assert isinstance(exact, mt.GaussianPosterior)
    told = mt.compare_densities(problem, result.prior)
    gates = {label: one for label, one in told.items() if isinstance(one, mt.Gate)}
    absent = [f"{label} ({one.reason})" for label, one in told.items() if isinstance(one, mt.Unsupported)]
    worst = max((check.observed for one in gates.values() for check in one.checks), default=math.inf)

    w, _ = exact.draws(64, np.random.default_rng(1))
    apart = {label: spread(result.prior, wrong, w) for label, wrong in MISTAKES.items()}
    size = abs(problem.log_likelihood(exact.mean, exact.intercept_mean)) + abs(result.prior.log_density(exact.mean))
    wrongs = {}
    for label, prior in MISTAKES.items():
        given = mt.exact_posterior(problem, prior)
        assert isinstance(given, mt.GaussianPosterior)
        wrongs[label] = given
    shifts = {label: float(moved(exact, wrong).max()) for label, wrong in wrongs.items()}
    errors = [np.abs(one.summary.mean[:p] - exact.mean) / one.summary.mcse_mean[:p] for one in result.drawn.values()]
    off = max((float(one.max()) for one in errors), default=math.inf)
    numbers = p * max(len(errors), 1)
    claims = (
        mt.Check(
            "each-language-has-this-density",
            worst,
            1.0,
            f"Density, gradient and constant of {len(gates)} engines at 16 points, relative to rounding.",
        ),
        mt.Check(
            "a-mistake-is-no-constant",
            mt.gamma(problem.n + p) * size / min(apart.values()) if min(apart.values()) else math.inf,
            1.0,
            "Rounding of a log density over the least spread of the three mistakes' differences, nats.",
        ),
        mt.Check(
            "a-mistake-moves-the-means",
            LARGE / min(shifts.values()) if min(shifts.values()) else math.inf,
            1.0,
            rf"What chance exceeds once in $10^6$, over the least of the mistakes' shifts, with {DRAWS} draws.",
        ),
        mt.Check(
            "draws-are-of-this-posterior",
            off,
            -float(ndtri(1e-6 / (2 * numbers))),
            "Means of the draws against exact ones, in Monte Carlo standard errors, the worst slope and engine.",
        ),
    )
    labels = [*map(mt.literal, gates), *MISTAKES]
    tiny = float(np.finfo(float).tiny)
    gaps = [*(max(one.greatest_difference, size * np.finfo(float).eps) for one in gates.values()), *apart.values()]
    j = int(np.argmax(np.abs([(wrong.mean - exact.mean) / exact.sd for wrong in wrongs.values()]).min(axis=0)))
    name, all_of = mt.literal(problem.features[j]), {"this posterior": exact, **wrongs}
    middles = np.array([one.mean[j] for one in all_of.values()])
    low, high = np.array([one.eti(0.89)[j] for one in all_of.values()]).T
    figures = (
        mt.Figure(
            title="The same density, or another",
            caption="How far each log density is from ours, once a constant is taken off: for each engine at 16 "
            "points, for each mistake over draws of the posterior. The engines differ by rounding alone.",
            alt="Points on a logarithmic axis: the engines at the left near rounding, the mistakes far to the right.",
            x_label="",
            y_label="largest difference beyond a constant, nats",
            series=(mt.Series("difference", labels, [max(gap, tiny) for gap in gaps], "points"),),
            y_log=True,
        ),
        mt.Figure(
            title="What each mistake samples",
            caption=f"The slope of {name}, 89% intervals. Each of these is a proper posterior; only one of them "
            "was meant.",
            alt=f"Four intervals for the slope of {name}; those of the mistakes are elsewhere or of another width.",
            x_label="",
            y_label=f"slope of {name}",
            series=(mt.Series("slope", [*all_of], middles, "points", bottom=low, top=high),),
        ),
    )
    first, *_, last = MISTAKES
    answer = (
        f"By its log density, before anything is sampled. {len(gates)} engine{'s' * (len(gates) != 1)} "
        f"({', '.join(map(mt.literal, gates))}) state the same density as this page's formulas at 16 points, to "
        "rounding and up to a constant that each names. With the prior's variance in the place of its sd the "
        f"difference is no constant: over draws of the posterior it varies by {apart[first]:.3g} nats, and the means "
        f"of {DRAWS} draws would be {shifts[first]:.0f} Monte Carlo standard errors away; with "
        rf"$\alpha$ off by 2 these are {apart[last]:.2g} nats and {shifts[last]:.0f}. "
        + (f"Not compared here: {mt.literal('; '.join(absent))}. " if absent else "")
        + "The command mapsto compare times engines that pass, and no others."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="one-model-many-languages",
    title="One model, many languages",
    question="I wrote one regression in several languages. Is it the same posterior?",
    answer="Compare log densities first: a wrong one samples as well as a right one.",
    data=mt.diabetes,
    prior=mt.Normal(scale=SCALE),
    lesson=lesson,
    about=mt.DIABETES_IN_WORDS,
    do="Before comparing speeds or draws of two programs, compare their log densities at a few points: they have to "
    "differ by "
    "one constant. Only then do times and draws mean anything.",
    also=("Do two programs state the same posterior?",),
)

if __name__ == "__main__":
    mt.run_script(__file__)
