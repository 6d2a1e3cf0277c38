"""One slope, three data points: multiply two curves, take logs, drop, scale, and see ridge; then ten slopes."""

import math

import numpy as np

import mapsto as mt

X, Y = (1.0, 2.0, 2.0), (1.0, 1.0, 3.0)
NOISE_SD, PRIOR_SD = 1.0, 1.0
MODE, WIDTH = 9 / 10, 1 / math.sqrt(10)  # by hand: J = 10 w^2 - 18 w + 11
SLOPES = np.arange(-150, 251) / 100  # where the curves are drawn; 0.9 is one of them
TEN_NOISE_SD, TEN_PRIOR_SD = 54.0, 20.0
STEPS = np.linspace(-1.0, 1.0, 41)  # along each of ten slopes, in prior sds about the mode


def three_points() -> mt.Problem:
    """y = w x + noise at three places, without an intercept."""
    return mt.Problem.from_rows(
        np.array([X]).T, Y, noise_sd=NOISE_SD, intercept=False, features=["x"], target="y (no unit)"
    )


def curves(result: mt.Result) -> tuple[np.ndarray, np.ndarray]:
    """Log likelihood and log prior of each slope drawn, in nats, constants and all."""
    at = SLOPES[:, np.newaxis]
    likelihood = np.array([result.problem.log_likelihood(w, 0.0) for w in at])
    return likelihood, np.array([result.prior.log_density(w) for w in at])


def ten(result: mt.Result) -> tuple[mt.Problem, np.ndarray, np.ndarray, int]:
    """The diabetes table, its ridge and least-squares slopes by formula, and on how many axes the product disagrees."""
    problem = mt.diabetes(TEN_NOISE_SD)
    sd = math.sqrt(
        -(SLOPES[0] ** 2) / 2 / (result.prior.log_density(SLOPES[:1]) - result.prior.log_density(np.zeros(1)))
    )
    prior = mt.Normal(scale=TEN_PRIOR_SD * sd / PRIOR_SD)  # that of this run, in the other table's units
    R, z = problem.statistics.R, problem.statistics.z
    ridge = np.linalg.solve(R.T @ R + (TEN_NOISE_SD / TEN_PRIOR_SD) ** 2 * np.eye(problem.p), R.T @ z)
    wrong = 0
    for j in range(problem.p):
        points = np.tile(ridge, (len(STEPS), 1))
        points[:, j] += TEN_PRIOR_SD * STEPS
        best = [problem.statistics.best_intercept(w) for w in points]
        product = [problem.log_likelihood(w, b) + prior.log_density(w) for w, b in zip(points, best, strict=True)]
        wrong += int(np.argmax(product) != len(STEPS) // 2)
    return problem, ridge, np.linalg.solve(R, z), wrong


def lesson(result: mt.Result) -> mt.Lesson:
    problem, mode, exact = result.problem, float(result.mode.coef[0]), result.exact
    assert isinstance(exact, mt.GaussianPosterior)
    likelihood, prior = curves(result)
    product = likelihood + prior
    turns = int(np.sum((product[1:-1] > product[:-2]) & (product[1:-1] > product[2:])))
    bends = np.diff(product, 2) / (SLOPES[1] - SLOPES[0]) ** 2
    constants = sum(term.value for term in result.ledger if term.term in ("noise constant", "prior constant"))
    less = -(product - constants)
    loss = np.array([problem.objective(w, 0.0, result.prior.penalty(w)) for w in SLOPES[:, np.newaxis]])
    scaled = 2 * NOISE_SD**2 * less
    table, ridge, least_squares, wrong = ten(result)

    size, step = float(np.abs(product).max()), SLOPES[1] - SLOPES[0]
    rounding = 8 * mt.gamma(20) * size / step**2 * float(exact.sd[0]) ** 2  # of second differences, relative
    claims = (
        mt.Check("the-product-has-one-bump", abs(turns - 1), 0.0, "Places higher than both neighbours, less one."),
        mt.Check(
            "it-is-highest-at-the-mode",
            abs(float(SLOPES[np.argmax(product)]) - mode),
            mt.gamma(20),
            "The highest of the slopes drawn, of which 0.9 is one, against the mode by the engines; rounding.",
        ),
        mt.Check("the-mode-by-hand", abs(mode - MODE), mt.gamma(20), "Against 9/10; rounding."),
        mt.Check("the-width-by-hand", abs(exact.sd[0] / WIDTH - 1), mt.gamma(20), r"Against $1/\sqrt{10}$; rounding."),
        mt.Check(
            "its-logarithm-is-a-parabola",
            mt.largest(bends * exact.sd[0] ** 2 + 1),
            rounding,
            "Second differences of the log product against minus one over the variance; rounding of differences.",
        ),
        mt.Check(
            "drop-and-scale-gives-the-ridge-loss",
            mt.largest(scaled - loss) / mt.largest(loss),
            mt.gamma(40),
            r"Minus the log product without its constants, times $2\sigma^2$, against $J$; rounding.",
        ),
        mt.Check("ten-slopes-do-the-same", wrong, 0.0, "Axes on which the product is not highest at the ridge slope."),
    )
    shown, names = (SLOPES >= -1) & (SLOPES <= 2), tuple(map(mt.literal, table.features))
    w = SLOPES[shown]

    def to_one(log_density: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(log_density - log_density.max())[shown])

    figures = (
        mt.Figure(
            title="Multiply two curves, see one bump",
            caption="How well each slope fits the three points (likelihood), how plausible it was before them (prior), "
            "and the two multiplied (posterior), each to height 1. The product is one bump, between the two.",
            alt="Three bell curves over the slope: the prior at 0, the likelihood at 1, their product at 0.9, "
            "narrower.",
            x_label="slope $w$",
            y_label="height relative to the peak",
            series=(
                mt.Series("likelihood", w, to_one(likelihood), tone=4, dashed=True),
                mt.Series("prior", w, to_one(prior), tone=2, dashed=True),
                mt.Series("product: the posterior", w, to_one(product), tone=1),
            ),
            marks=(mt.Mark(mode, f"mode, {mode:.1f}"),),
        ),
        mt.Figure(
            title="Take minus the logarithm, see parabolas",
            caption="The product has become a sum and each bell a parabola: misfit plus penalty. Where the product was "
            "highest the sum is lowest.",
            alt="Two parabolas with floors at 1 and at 0, and their sum with its floor at 0.9.",
            x_label="slope $w$",
            y_label="minus the logarithm, nats",
            series=(
                mt.Series("of the likelihood", w, -likelihood[shown], tone=4, dashed=True),
                mt.Series("of the prior", w, -prior[shown], tone=2, dashed=True),
                mt.Series("of the product: the sum", w, -product[shown], tone=1),
            ),
            marks=(mt.Mark(mode, f"mode, {mode:.1f}"),),
        ),
        mt.Figure(
            title="Drop the constants, scale, and it is the loss",
            caption="Dropping what holds no $w$ lowers the parabola; multiplying by $2\\sigma^2$ stretches it. The "
            "floor "
            "stays at one place. The last one is the ridge loss $J$.",
            alt="Three parabolas with their floors at one slope: the second lower than the first, the third steeper.",
            x_label="slope $w$",
            y_label="value",
            series=(
                mt.Series("minus the log product", w, -product[shown], tone=1),
                mt.Series("less its constants", w, less[shown], tone=3, dashed=True),
                mt.Series(r"times $2\sigma^2$: $J(w)$", w, loss[shown], tone=5),
            ),
            marks=(mt.Mark(mode, f"mode, {mode:.1f}"),),
        ),
        mt.Figure(
            title="The same with ten slopes",
            caption="The ten slopes of the diabetes table. Ridge is where the product of likelihood and prior is "
            "highest; next to least squares, the peak of the likelihood alone.",
            alt="For each of ten columns two dots: the least-squares slope and the ridge slope.",
            x_label="column",
            y_label="slope, per standard deviation of the column",
            series=(
                mt.Series("least squares", names, least_squares, "points", tone=4),
                mt.Series("ridge", names, ridge, "points", tone=1),
            ),
        ),
    )
    answer = (
        "Multiply. The residual sum of squares of the three points is $(1 - w)^2 + (1 - 2w)^2 + (3 - 2w)^2 = 9w^2 - "
        "18w "
        r"+ 11$. The likelihood of a slope is $\exp(-(9w^2 - 18w + 11)/2)$ times a constant, a bell with its peak at "
        r"$w "
        r"= 1$, the least-squares slope. The prior, $\exp(-w^2/2)$ times a constant, is a bell at 0. Multiply them, "
        r"and "
        "exponents add: "
        r"$\exp(-(10w^2 - 18w + 11)/2)$, one bell again, with its peak at $w = 18/20 = 0.9$ and sd $1/\sqrt{10} = "
        rf"{float(exact.sd[0]):.3f}$."
        "\n\n"
        "Take logs, drop, scale. Take minus the logarithm. The product becomes a sum, bells become parabolas, factors "
        "become "
        "constants. Drop the constants: they lift the parabola and move it nowhere sideways. Multiply by $2\\sigma^2 = "
        "2$: that stretches it and moves it nowhere sideways either. What is left is $J(w) = 10w^2 - 18w + 11 = "
        r"\text{RSS} + \alpha w^2$ with $\alpha = \sigma^2/\sigma_w^2 = 1$: the loss of Ridge(alpha=1), with its "
        r"lowest "
        f"point at the peak of the product, {mode:.1f}."
        "\n\n"
        "Ten slopes. With ten slopes the letters stay and $w$ is a list of ten numbers. On the diabetes table the "
        "product of likelihood and prior is highest at the ridge slopes, along every one of them."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="one-slope",
    title="One slope, three data points",
    question="Why is the lowest point of a penalised loss the peak of a posterior?",
    answer="Because the loss is minus the logarithm of two curves multiplied, without its constants and times a "
    "number.",
    data=three_points,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about="Three points, made up so that all can be done by hand: $x = 1, 2, 2$ and $y = 1, 1, 3$, without units.",
    do="Read any penalised loss as two curves multiplied: exp of minus the misfit is the data's, exp of minus the "
    "penalty the prior's. The fit is the peak of their product. Then ask for its width as well.",
    also=("Why is a penalty a prior?", "What is a posterior, by hand?"),
)

if __name__ == "__main__":
    mt.run_script(__file__)
