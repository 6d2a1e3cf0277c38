"""Counts: a Poisson slope is a log rate ratio, and log y! may be dropped until two likelihoods are compared."""

import math

import numpy as np

import mapsto as mt

AGES = ("35-44", "45-54", "55-64", "65-74", "75-84")
SIZES = np.geomspace(10.0, 1e4, 31)  # of negative binomial likelihoods; the larger, the closer to Poisson
SIZE, PROB, STEPS = 20.0, 0.89, 20


def ratios(w: np.ndarray) -> np.ndarray:
    """Death rate of smokers over that of the others in each band of age, for slopes (..., 4); shape (..., 5)."""
    return np.asarray(np.exp(w[..., [0]] + w[..., [3]] * np.arange(-2, 3)))


def at_its_mode(size: float, prior: mt.Prior, w: np.ndarray) -> tuple[float, float]:
    """Loss and log likelihood of the negative binomial at its mode, by Newton's method from ``w``."""
    problem = mt.doctors(mt.NegativeBinomial(size=size))
    for _ in range(STEPS):
        # the penalty of a Normal prior is a parabola, so its slope is its curvature times w
        bent = prior.curvature(w)
        w = w - np.linalg.solve(problem.hessian(w) + bent, problem.data_gradient(w) + bent @ w)
    b = problem.best_intercept(w)
    return problem.objective(w, b, 0.0), problem.log_likelihood(w, b)


def lesson(result: mt.Result) -> mt.Lesson:
    problem, mode = result.problem, result.mode
    X, y, years = problem.X, problem.y, problem.weights
    assert X is not None
    assert y is not None
    assert years is not None
    draws = result.posterior["posterior"]["w"].to_numpy().reshape(-1, problem.p)
    low, middle, high = np.quantile(ratios(draws), [(1 - PROB) / 2, 0.5, (1 + PROB) / 2], axis=0)
    rises = float(np.mean(draws[:, 3] > 0))
    expected = years * np.exp(mode.intercept + X @ mode.coef)

    constant = next(term.value for term in result.ledger if term.term == "saturated likelihood")
    some = draws[:: max(1, len(draws) // 64)]
    best = [problem.best_intercept(w) for w in some]
    whole = np.array([problem.log_likelihood(w, b) for w, b in zip(some, best, strict=True)])
    kept = -np.array([problem.objective(w, b, 0.0) for w, b in zip(some, best, strict=True)])
    size = float(np.abs(whole).max() + (years * y) @ (np.abs(X) @ np.abs(some).max(axis=0) + np.abs(best).max()))

    loss = problem.objective(mode.coef, mode.intercept, 0.0)
    log_likelihood = problem.log_likelihood(mode.coef, mode.intercept)
    found = np.array([at_its_mode(float(r), result.prior, mode.coef) for r in SIZES])
    one_loss, one_whole = at_its_mode(SIZE, result.prior, mode.coef)
    claims = (
        mt.Check(
            "the-mode-keeps-the-deaths",
            abs(float(expected.sum() / (years @ y)) - 1),
            mt.gamma(16 * problem.n) * float(np.abs(expected).max() / expected.sum()) * problem.n,
            "Deaths expected at the mode over those counted, less one: the intercept is free; rounding.",
        ),
        mt.Check(
            "the-ratio-falls-with-age",
            rises,
            0.01,
            "Posterior probability that the rate ratio of smokers rises with age; at most one in a hundred.",
        ),
        mt.Check(
            "log-y-factorial-moves-nothing",
            mt.largest(whole - kept - constant),
            mt.gamma(16 * problem.n) * size,
            "Log likelihood plus loss at 64 draws against the ledger's one constant, nats; rounding.",
        ),
        mt.Check(
            "by-its-loss-the-negative-binomial-wins",
            max(one_loss, *found[:, 0].tolist()) / loss,
            1.0,
            "Its least loss over that of Poisson, each without its constants, for the size least in its favour.",
        ),
        mt.Check(
            "by-its-likelihood-poisson-wins",
            math.exp(max(one_whole, *found[:, 1].tolist()) - log_likelihood),
            1.0,
            "The same with all constants, as a ratio of probabilities, for the size most in its favour.",
        ),
    )
    crude = (y[5:] / y[:5]).tolist()
    figures = (
        mt.Figure(
            title="What a slope says: rate ratios",
            caption=f"Death rate of smokers over that of the others by age: {PROB:.0%} posterior intervals, and the "
            "plain ratio of the two rates in each band. A ratio of 1 is no difference.",
            alt="Five intervals over age: near 3 at 35-44, falling to about 1 at 75-84; plain ratios scatter about.",
            x_label="age, years",
            y_label="rate ratio, smokers to others",
            series=(
                mt.Series("posterior", AGES, middle, "points", top=high, bottom=low, tone=1),
                mt.Series("plain ratio of rates", AGES, crude, "points", tone=4),
            ),
            marks=(mt.Mark(1.0, "no difference", axis="y"),),
            y_log=True,
        ),
        mt.Figure(
            title=r"When $\log y!$ may not go",
            caption="How much better than Poisson a negative binomial likelihood seems, by its size. Judged by losses "
            "it is always better; judged by whole likelihoods it never is.",
            alt="Two curves over the size: one above zero, one below; both approach zero at the right.",
            x_label="size $r$ of the negative binomial likelihood",
            y_label="in its favour over Poisson, nats",
            series=(
                mt.Series("without the constants", SIZES, loss - found[:, 0], tone=4, dashed=True),
                mt.Series("with them", SIZES, found[:, 1] - log_likelihood, tone=1),
            ),
            marks=(mt.Mark(0.0, "Poisson", axis="y"),),
            x_log=True,
        ),
    )
    answer = (
        "A slope is the logarithm of a rate ratio. At 35-44 smokers die of the disease at "
        f"{middle[0]:.1f} times the rate of the others ({PROB:.0%} interval {low[0]:.1f} to {high[0]:.1f}), at 75-84 "
        f"at {middle[-1]:.2f} times ({low[-1]:.2f} to {high[-1]:.2f}). The first band has two deaths among those who "
        f"do not smoke, and its plain ratio is {crude[0]:.1f}; a straight line in age through all ten counts does not "
        "follow it."
        "\n\n"
        r"The loss that libraries minimise leaves out $\log y!$ and what goes with it, here "
        f"{-constant:.1f} nats. That is one number whatever the slopes are, so mode and posterior stay. Between two "
        "likelihoods it is not one number. Judged by its loss, a negative binomial likelihood of size "
        rf"{SIZE:g} fits better than Poisson, ${one_loss:.2f}$ against ${loss:.2f}$; judged by the probability of the "
        rf"counts, Poisson is better by {log_likelihood - one_whole:.1f} nats."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="counts",
    title="Counts, rates and the dropped factorial",
    question=r"What does a Poisson slope say, and may $\log y!$ be dropped?",
    answer=r"A slope is the logarithm of a rate ratio; $\log y!$ may go as long as one likelihood is all there is.",
    data=mt.doctors,
    prior=mt.Normal(scale=1.0),
    lesson=lesson,
    about=mt.DOCTORS_IN_WORDS,
    do="Report the exponential of a slope as a rate ratio, with its interval, and give exposures as weights or as an "
    "offset. Compare two likelihoods by whole log likelihoods or by leave-one-out, never by losses or deviances.",
    also=("What is a rate ratio?", r"When must $\log y!$ stay?"),
)

if __name__ == "__main__":
    mt.run_script(__file__)
