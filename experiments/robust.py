"""Robust likelihoods: what one wrong response does to the mode and to the posterior under three kinds of noise."""

import numpy as np

import mapsto as mt

SIGMA, PRIOR_SD, DF = 2.0, 10.0, 3.0
DAY = 9  # the response that is moved, an ordinary one; counted from 0
ERRORS = np.linspace(0.0, 60.0, 31)  # what is added to it, in tenths of a percent
WRONG = 40.0  # the error with which posteriors are compared: a decimal point astray
LEVEL = 20.0  # an error beyond Huber's threshold for every mode on its path
STEPS, STOP, PROB = 400, 1e-11, 0.89
KINDS = {
    "Gaussian": mt.Gaussian(),
    "Huber": mt.HuberNoise(),
    "Student t": mt.StudentTNoise(df=DF),
}
TONES = {"Gaussian": 4, "Huber": 2, "Student t": 1}


def moved(problem: mt.Problem, error: float, kind: str, days: np.ndarray | slice = slice(None)) -> mt.Problem:
    """The table of this run with ``error`` in the place of its own, under another kind of noise; some days alone."""
    X, y = rows(problem)
    y = y + (error - WRONG) * (np.arange(problem.n) == DAY)
    return mt.Problem.from_rows(
        X[days],
        y[days],
        noise_sd=problem.noise_sd,
        features=problem.features,
        target=problem.target,
        likelihood=KINDS[kind],
    )


def rows(problem: mt.Problem) -> tuple[np.ndarray, np.ndarray]:
    """X and y."""
    assert problem.X is not None
    assert problem.y is not None
    return problem.X, problem.y


def data() -> mt.Problem:
    """Stack loss with one wrong response, under Student t noise."""
    X, y = rows(mt.stack_loss())
    y = y + WRONG * (np.arange(len(y)) == DAY)
    table = mt.stack_loss()
    return mt.Problem.from_rows(
        X, y, noise_sd=SIGMA, features=table.features, target=table.target, likelihood=KINDS["Student t"]
    )


def others(result: mt.Result) -> dict[str, mt.Result]:
    """The same wrong table under Huber's likelihood."""
    return {"Huber": mt.run(result.problem.with_likelihood(KINDS["Huber"]), result.prior, result.settings)}


def mode_of(problem: mt.Problem, w: np.ndarray, b: float) -> tuple[np.ndarray, float, np.ndarray]:
    """The mode that weighted least squares leads to from (w, b), and each row's weight: 1 as in least squares."""
    (X, y), kind, q = rows(problem), problem.likelihood, np.ones(problem.n)
    for _ in range(STEPS):
        eta = X @ w + b
        q = kind.majoriser(y, eta)
        aim = eta - kind.gradient(y, eta) / q
        x_mean, aim_mean = q @ X / q.sum(), q @ aim / q.sum()
        left, before = X - x_mean, w
        w = np.linalg.solve((left.T * q) @ left + np.eye(problem.p) / PRIOR_SD**2, left.T @ (q * (aim - aim_mean)))
        b = float(aim_mean - x_mean @ w)
        if np.abs(w - before).max() < STOP:
            break
    return w, b, q * problem.noise_sd**2


def along(problem: mt.Problem, kind: str) -> np.ndarray:
    """The first slope at the mode for each error, following the mode as the error grows."""
    w, b, found = np.zeros(problem.p), float(np.median(rows(problem)[1])), []
    for error in ERRORS.tolist():
        w, b, _ = mode_of(moved(problem, error, kind), w, b)
        found.append(float(w[0]))
    return np.array(found)


def lesson(result: mt.Result) -> mt.Lesson:
    problem, mode, prior = result.problem, result.mode, result.prior
    name, paths = mt.literal(problem.features[0]), {kind: along(problem, kind) for kind in KINDS}
    ours, _, weights = mode_of(problem, mode.coef, mode.intercept)
    rest = np.delete(np.arange(problem.n), DAY)
    without = float(mode_of(moved(problem, 0.0, "Student t", rest), mode.coef, mode.intercept)[0][0])

    right = mt.exact_posterior(mt.stack_loss(SIGMA), prior)
    wrong = mt.exact_posterior(moved(problem, WRONG, "Gaussian"), prior)
    assert isinstance(right, mt.GaussianPosterior)
    assert isinstance(wrong, mt.GaussianPosterior)
    huber, student = result.others["Huber"].summary, result.summary
    assert huber is not None
    assert student is not None
    middles = (right.mean[0], wrong.mean[0], huber.mean[0], student.mean[0])
    ends = np.array([right.eti(PROB)[0], wrong.eti(PROB)[0], huber.eti89[0], student.eti89[0]])

    gone = abs(float(wrong.mean[0] - right.mean[0])) / float(right.sd[0])
    level = float(np.ptp(paths["Huber"][ERRORS >= LEVEL]))
    away = np.abs(paths["Student t"] - without)
    claims = (
        mt.Check(
            "gaussian-noise-follows-the-error",
            3 / gone,
            1.0,
            "Three posterior sds over the shift of the slope's Gaussian mean with the error.",
        ),
        mt.Check(
            "and-its-width-does-not-tell",
            mt.largest(wrong.sd / right.sd - 1),
            mt.gamma(problem.n * problem.p),
            "Gaussian posterior sds with the error against those without, relative; rounding.",
        ),
        mt.Check(
            "huber-follows-only-so-far",
            level,
            STEPS * STOP,
            f"How much the mode of Huber's moves once the error is beyond {LEVEL:g}; the search.",
        ),
        mt.Check(
            "student-t-comes-back",
            5 * float(away[-1] / away.max()),
            1.0,
            f"Five times the distance from the mode without that day at an error of {ERRORS[-1]:g}, over the greatest.",
        ),
        mt.Check(
            "its-mode-is-that-of-weights",
            mt.largest(ours - mode.coef),
            STEPS * STOP,
            "Weighted least squares against the mode by the engines; the search.",
        ),
        mt.Check(
            "the-wrong-day-hardly-counts",
            20 * float(weights[DAY] / np.median(weights)),
            1.0,
            "Twenty times its weight at the mode over the median weight.",
        ),
        mt.Check(
            "robust-posteriors-stay",
            max(abs(student.mean[0] - without) / student.sd[0], abs(huber.mean[0] - paths["Huber"][0]) / huber.sd[0]),
            1.0,
            "Means with the error against the modes without, in posterior sds, the worse of the two.",
        ),
    )
    figures = (
        mt.Figure(
            title="How far one wrong response takes the mode",
            caption=f"The slope of {name} at the mode as one response is made wrong by more and more. Under Gaussian "
            "noise it follows without end, under Huber's it stops, under Student t it comes back.",
            alt="Three curves over the size of the error: a rising line, a curve that levels off, and one that rises a "
            "little and falls again.",
            x_label="error of one response, tenths of a percent",
            y_label=f"slope of {name}",
            series=[mt.Series(kind, ERRORS, path, tone=TONES[kind]) for kind, path in paths.items()],
        ),
        mt.Figure(
            title=f"What each believes with an error of {WRONG:g}",
            caption=f"The slope of {name}, posterior mean and {PROB:.0%} interval. The Gaussian interval with the "
            "error has the width of the one without and lies elsewhere.",
            alt="Four intervals: Gaussian without the error, Gaussian with it far to the right, Huber and Student t.",
            x_label="",
            y_label=f"slope of {name}",
            series=(
                mt.Series(
                    "slope",
                    ("Gaussian, no error", "Gaussian", "Huber", "Student t"),
                    middles,
                    "points",
                    bottom=ends[:, 0],
                    top=ends[:, 1],
                ),
            ),
        ),
    )
    answer = (
        f"It depends on the noise that the model believes in. With {WRONG:g} added to one of {problem.n} responses, "
        f"Gaussian noise moves the slope of {name} from {right.mean[0]:.2f} to {wrong.mean[0]:.2f}, {gone:.1f} "
        r"posterior sds. With $\sigma$ known the posterior's width depends on the columns alone, so it is as sure as "
        "before."
        "\n\n"
        f"Under Huber's likelihood a response pulls with a bounded force. Its mode stops at {paths['Huber'][-1]:.2f} "
        "and goes no further however large the error. It does not come back either: the response pulls for ever."
        "\n\n"
        "Under Student t noise the pull fades. "
        f"The mode is that of weighted least squares, and the wrong response has weight {weights[DAY]:.2f} in it. At "
        f"an error of {ERRORS[-1]:g} the slope is {paths['Student t'][-1]:.2f}, and {without:.2f} without that day. "
        f"The posterior has mean {student.mean[0]:.2f}."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="robust",
    title="One wrong response",
    question="What does an outlier do to the mode and to the posterior?",
    answer="Gaussian noise follows it and stays as sure, Huber follows it so far, Student t lets it go.",
    data=data,
    prior=mt.Normal(scale=PRIOR_SD),
    others=others,
    lesson=lesson,
    about=mt.STACK_LOSS_IN_WORDS + " The response of the tenth day has 40 added to it here.",
    do="Where single responses may be wrong, say so in the likelihood: Student t noise, or Huber's where one mode has "
    "to be sure. Compare its slopes with those of Gaussian noise; where they differ, look at the rows.",
    also=("What does a robust loss believe?", "Does least squares notice an outlier?"),
)

if __name__ == "__main__":
    mt.run_script(__file__)
