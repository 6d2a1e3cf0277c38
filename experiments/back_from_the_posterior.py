"""Back from the posterior: start from log p(w | y), drop one term at a time, and see the loss emerge."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

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
    gamma,
    run_script,
)

Vector = NDArray[np.float64]

NOISE_SD, PRIOR_SD = 54.0, 20.0
DROPPED = ("evidence", "prior constant", "noise constant")  # in this order, as the ledger names them
KEPT = ("data misfit", "prior exponent")
STEPS = np.linspace(-30, 30, 81)  # posterior sds along one slope, so far that the bend shows beside the lifts


def to_loss(log_density: Vector, noise_sd: float) -> Vector:
    """The last step: what is left, times -2 sigma^2."""
    return -2 * noise_sd**2 * log_density


def terms(result: Result) -> dict[str, float]:
    """The ledger: the value of each term of the log posterior at the mode, in nats."""
    return {term.term: term.value for term in result.ledger}


def diabetes() -> Problem:
    """442 patients, 10 columns standardised (mean 0, sd 1); the target is disease progression after a year."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return Problem.from_rows((X - X.mean()) / X.std(ddof=0), y, noise_sd=NOISE_SD, target="disease progression")


def log_posterior(exact: GaussianPosterior, points: NDArray[np.float64]) -> Vector:
    """log p(w, b | y) at each row of ``points`` with its best intercept, from the exact posterior, in nats."""
    away = (points - exact.mean) @ exact.root.T
    heights: Vector = exact.log_density_at_mode() - 0.5 * np.sum(away**2, axis=1)
    return heights


def lesson(result: Result) -> Lesson:
    problem, mode, exact, prior = result.problem, result.mode, result.exact, result.absolute_prior
    assert isinstance(exact, GaussianPosterior)
    s = problem.statistics
    j = int(np.argmax(np.abs(exact.mean) / exact.sd))
    points = np.tile(mode.coef, (len(STEPS), 1))
    points[:, j] += exact.sd[j] * STEPS
    value = terms(result)
    misfit = np.array([s.misfit(w, s.best_intercept(w)) for w in points])
    penalty = np.array([prior.penalty(w) for w in points])
    likelihood = np.array([problem.log_likelihood(w, s.best_intercept(w)) for w in points])
    stages = [
        log_posterior(exact, points),
        likelihood + np.array([prior.log_density(w) for w in points]),
        likelihood - penalty,
        -misfit / (2 * NOISE_SD**2) - penalty,
    ]
    lifts = [after - before for before, after in pairwise(stages)]
    lost = sum(value[name] for name in DROPPED)
    emerged = to_loss(stages[0] - lost, NOISE_SD)  # by the ledger's numbers alone
    loss = np.array([problem.objective(w, s.best_intercept(w), prior.penalty(w)) for w in points])

    size = sum(map(abs, value.values())) + float(np.abs(np.concatenate(stages)).max())
    condition = float(np.linalg.cond(exact.root))
    rounding = problem.p * gamma(problem.n + 3 * problem.p + 1) * condition
    middle = len(STEPS) // 2
    claims = (
        Check(
            "the-ledger-is-the-log-posterior",
            abs(sum(value.values()) - exact.log_density_at_mode()) / size,
            rounding,
            "All terms at the mode against the exact posterior's own log density there, relative to their size.",
        ),
        Check(
            "no-term-dropped-moves-the-peak",
            float(sum(int(np.argmax(stage)) != middle for stage in stages) + (int(np.argmin(emerged)) != middle)),
            0.0,
            "Stages whose highest point (for the loss: lowest) on this axis is not the mode.",
        ),
        Check(
            "each-step-is-one-lift",
            max(float(np.abs(lift + value[name]).max()) for lift, name in zip(lifts, DROPPED, strict=False)) / size,
            rounding,
            "The stages, each from its own definition at every w drawn: how far two neighbours are from being the "
            "ledger's one number apart, relative to the terms' sizes.",
        ),
        Check(
            "the-loss-emerges",
            float(np.abs(emerged / loss - 1).max()),
            rounding * size / float(np.abs(stages[-1]).min()),
            "What is left, times -2σ², against J from its definition, at every w drawn, relative; the rounding of the "
            "terms taken away is carried along.",
        ),
        Check(
            "misfit-and-penalty-are-all-that-is-kept",
            float(sum(term.kept != (term.term in KEPT) for term in result.ledger)),
            0.0,
            "Terms of the ledger that are kept and are neither misfit nor penalty, or the reverse.",
        ),
    )
    name, x = problem.features[j], points[:, j].tolist()
    labels = ("log p(w, b | y)", "+ log p(y)", "less the prior's constant", "less the noise's constant")
    totals = np.cumsum(list(value.values())).tolist()
    rows = list(value)
    figures = (
        Figure(
            title="The ledger as a picture",
            caption="Every term of the log posterior at the mode, in nats. The loss keeps two of them; the other three "
            "hold no w. All together they are the height of the posterior at its peak.",
            alt="A bar for each of five terms, from the misfit to the evidence, and their running sum as dots.",
            x_label="",
            y_label="value at the mode, nats",
            series=(
                Series("kept in the loss", rows, [t.value if t.kept else 0.0 for t in result.ledger], "bars", tone=1),
                Series("dropped", rows, [0.0 if t.kept else t.value for t in result.ledger], "bars", tone=3),
                Series("running sum", rows, totals, "points", tone=2),
            ),
        ),
        Figure(
            title="One lift at a time",
            caption=f"Along {name}, from its log posterior: each term dropped moves the whole curve up or down and "
            "leaves its peak and its bend. The last is -J/(2σ²).",
            alt=f"Four parallel curves over the slope of {name} with their peaks at the mode, at different heights.",
            x_label=f"slope of {name}",
            y_label="nats",
            series=[
                Series(label, x, stage.tolist(), tone=k + 1)
                for k, (label, stage) in enumerate(zip(labels, stages, strict=True))
            ],
            marks=(Mark(float(mode.coef[j]), "mode"),),
        ),
        Figure(
            title="And J is there",
            caption="What was left, times -2σ² (line), on the loss as it is defined, ‖y - b - Xw‖² + α‖w‖² (dots).",
            alt=f"A parabola over the slope of {name}, lowest at the mode, with dots on it.",
            x_label=f"slope of {name}",
            y_label="J, in squared units of y",
            series=(
                Series("what was left × (-2σ²)", x, emerged.tolist(), tone=1),
                Series("J by definition", x[::5], loss[::5].tolist(), "points", tone=2),
            ),
            marks=(Mark(float(mode.coef[j]), "mode"),),
        ),
    )
    answer = (
        "From the posterior nothing is mysterious. At the mode log p(w, b | y) is "
        f"{exact.log_density_at_mode():.2f} nats. Drop the evidence ({value['evidence']:.1f}), the prior's constant "
        f"({value['prior constant']:.1f}) and the noise's constant ({value['noise constant']:.1f}): {lost:.1f} nats in "
        "all, none of which holds w, so each only lifts or lowers the whole curve. Left are the misfit "
        f"({value['data misfit']:.1f}) and the prior's exponent ({value['prior exponent']:.2f}). Times -2σ² = "
        f"{to_loss(np.ones(1), NOISE_SD)[0]:.0f} they are J = {emerged[middle]:.0f}, the ridge loss."
    )
    return Lesson(claims, figures, answer)


experiment = Experiment(
    name="back-from-the-posterior",
    title="Back from the posterior",
    question="How does the loss come out of the posterior?",
    answer="Start from log p(w | y), drop every term without w, and multiply what is left by -2σ².",
    data=diabetes,
    prior=Normal(scale=PRIOR_SD),
    order=5,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
