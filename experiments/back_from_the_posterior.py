"""Back from the posterior: start from log p(w | y), drop one term at a time, and see the loss emerge."""

from itertools import pairwise

import numpy as np

import mapsto as mt

NOISE_SD, PRIOR_SD = 54.0, 20.0
DROPPED = ("evidence", "prior constant", "noise constant")  # in this order, as the ledger names them
KEPT = ("data misfit", "prior exponent")
STAGES = (r"$\log p(w, b \mid y)$", r"$+ \log p(y)$", "less the prior's constant", "less the noise's constant")
STEPS = np.linspace(-30, 30, 81)  # posterior sds along one slope, wide enough to show the curvature next to the lifts


def to_loss(log_density: np.ndarray, noise_sd: float) -> np.ndarray:
    """The last step: what is left, times -2 sigma^2."""
    return np.asarray(-2 * noise_sd**2 * log_density)


def terms(result: mt.Result) -> dict[str, float]:
    """The ledger: the value of each term of the log posterior at the mode, in nats."""
    return {term.term: term.value for term in result.ledger}


def log_posterior(exact: mt.GaussianPosterior, points: np.ndarray) -> np.ndarray:
    """log p(w, b | y) at each row of ``points`` with its best intercept, from the exact posterior, in nats."""
    away = (points - exact.mean) @ exact.root.T
    return np.asarray(exact.log_density_at_mode() - 0.5 * np.sum(away**2, axis=1))


def lesson(result: mt.Result) -> mt.Lesson:
    problem, mode, exact, prior = result.problem, result.mode, result.exact, result.prior
    assert isinstance(exact, mt.GaussianPosterior)
    j = int(np.argmax(np.abs(exact.mean) / exact.sd))
    points = np.tile(mode.coef, (len(STEPS), 1))
    points[:, j] += exact.sd[j] * STEPS
    best = [problem.statistics.best_intercept(w) for w in points]
    misfit = np.array([problem.statistics.misfit(w, b) for w, b in zip(points, best, strict=True)])
    likelihood = np.array([problem.log_likelihood(w, b) for w, b in zip(points, best, strict=True)])
    log_prior, penalty = (np.array([f(w) for w in points]) for f in (prior.log_density, prior.penalty))
    stages = [  # each from its own definition
        log_posterior(exact, points),
        likelihood + log_prior,
        likelihood - penalty,
        -misfit / (2 * NOISE_SD**2) - penalty,
    ]
    loss = np.array([problem.objective(w, b, phi) for w, b, phi in zip(points, best, penalty, strict=True)])
    value, top = terms(result), exact.log_density_at_mode()
    lost = sum(value[name] for name in DROPPED)
    emerged = to_loss(stages[0] - lost, NOISE_SD)  # by the ledger's numbers alone

    lifts = zip(pairwise(stages), DROPPED, strict=False)
    off_lift = max(mt.largest(after - before + value[name]) for (before, after), name in lifts)
    middle = len(STEPS) // 2
    moved = sum(int(np.argmax(stage)) != middle for stage in stages) + (int(np.argmin(emerged)) != middle)
    miskept = sum(term.kept != (term.term in KEPT) for term in result.ledger)
    off_sum, off_loss = abs(sum(value.values()) - top), mt.largest(emerged / loss - 1)

    size = sum(map(abs, value.values())) + mt.largest(stages)  # of the terms
    rounding = problem.rounding * float(np.linalg.cond(exact.root))
    carried = rounding * size / float(np.abs(stages[-1]).min())
    normalisers = -(value["prior constant"] + value["noise constant"])
    from_scales = sum(
        count / 2 * np.log(2 * np.pi * sd**2) for count, sd in ((problem.n, NOISE_SD), (problem.p, PRIOR_SD))
    )
    claims = (
        mt.Check(
            "the-normalisers-follow-from-the-scales",
            abs(normalisers / from_scales - 1),
            rounding,
            r"The two constants against $(n/2)\log 2\pi\sigma^2 + (p/2)\log 2\pi\sigma_w^2$; rounding.",
        ),
        mt.Check(
            "the-ledger-is-the-log-posterior", off_sum / size, rounding, "Sum against the exact log density; rounding."
        ),
        mt.Check(
            "no-term-dropped-moves-the-peak", moved, 0.0, "Stages whose highest point is not the mode: none may move."
        ),
        mt.Check(
            "each-step-is-one-lift", off_lift / size, rounding, "The gap of two stages against the ledger; rounding."
        ),
        mt.Check(
            "the-loss-emerges",
            off_loss,
            carried,
            r"What is left, times $-2\sigma^2$, against $J$ as defined; rounding.",
        ),
        mt.Check("misfit-and-penalty-are-all-that-is-kept", miskept, 0.0, "Terms kept that are neither, or dropped."),
    )
    name, rows = mt.literal(problem.features[j]), list(value)
    kept = [term.value if term.kept else 0.0 for term in result.ledger]
    gone = [0.0 if term.kept else term.value for term in result.ledger]
    figures = (
        mt.Figure(
            title="The ledger as a picture",
            caption="Every term of the log posterior at the mode, in nats. The loss keeps two of them; the other three "
            "hold no w. All together they are the height of the posterior at its peak.",
            alt="A bar for each of five terms, from the misfit to the evidence, and their running sum as dots.",
            x_label="",
            y_label="value at the mode, nats",
            series=(
                mt.Series("kept in the loss", rows, kept, "bars", tone=1),
                mt.Series("dropped", rows, gone, "bars", tone=3),
                mt.Series("running sum", rows, np.cumsum(list(value.values())), "points", tone=2),
            ),
        ),
        mt.Figure(
            title="One lift at a time",
            caption=f"Along {name}, from its log posterior: each term dropped moves the whole curve up or down and "
            r"leaves its peak and its curvature. The last is $-J/(2\sigma^2)$.",
            alt=f"Four parallel curves over the slope of {name} with their peaks at the mode, at different heights.",
            x_label=f"slope of {name}",
            y_label="nats",
            series=[mt.Series(label, points[:, j], stage) for label, stage in zip(STAGES, stages, strict=True)],
            marks=(mt.Mark(float(mode.coef[j]), "mode"),),
        ),
    )
    answer = (
        rf"From the posterior nothing is mysterious. At the mode $\log p(w, b \mid y)$ is ${top:.2f}$ nats. Drop the "
        f"evidence (${value['evidence']:.1f}$), the prior's constant (${value['prior constant']:.1f}$) and the noise's "
        f"constant (${value['noise constant']:.1f}$): ${lost:.1f}$ nats in all, none of which holds $w$, so each only "
        rf"lifts or lowers the whole curve. (The last two alone are the normalisers, ${-normalisers:.2f}$ together. "
        rf"Next to the sliders of $\sigma$ and $\sigma_w$ they are ${normalisers:.2f}$, for there they are terms of "
        rf"minus the log posterior.) Left are the misfit "
        rf"(${value['data misfit']:.1f}$) and the prior's exponent "
        rf"(${value['prior exponent']:.2f}$). Times $-2\sigma^2 = {to_loss(np.ones(1), NOISE_SD)[0]:.0f}$ they are $J "
        f"= {emerged[middle]:.0f}$, the ridge loss."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="back-from-the-posterior",
    title="Back from the posterior",
    question="How does the loss come out of the posterior?",
    answer=r"Start from $\log p(w \mid y)$, drop every term without $w$, and multiply what is left by $-2\sigma^2$.",
    data=mt.diabetes,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about=mt.DIABETES_IN_WORDS,
    do="When a loss puzzles you, start from the log posterior and cross out what holds no slope. What you crossed out "
    "is what "
    "the loss cannot tell you.",
    shares="three-routes",
    also=("How many nats do the dropped constants come to?",),
)

if __name__ == "__main__":
    mt.run_script(__file__)
