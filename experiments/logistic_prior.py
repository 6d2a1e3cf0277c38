"""Logistic regression: C is a prior variance, the intercept matters, and separation needs a prior."""

import math

import numpy as np
from scipy.special import ndtri
from sklearn.linear_model import LogisticRegression

import mapsto as mt

COLUMNS = ("mean radius", "mean texture", "mean smoothness")
PATIENTS, PROB = 50, 0.89
CS = tuple(10.0**k for k in range(-3, 7))  # of LogisticRegression; 1 is its default and the prior of this run
TOL = 1e-10  # of its search: the slope of the mean loss that it may leave
FACTORS = 2.0 ** np.arange(0, 8)  # along a direction that separates
SHIFT = 10.0  # added to each column, in its sds: another origin, as in Fahrenheit for Celsius


def data() -> mt.Problem:
    """The last 50 patients of scikit-learn's breast cancer table, with columns standardised over all 569."""
    from sklearn.datasets import load_breast_cancer  # imported late: it takes a second

    X, benign = load_breast_cancer(return_X_y=True, as_frame=True)
    X = ((X - X.mean()) / X.std(ddof=0))[list(COLUMNS)]
    return mt.Problem.from_rows(X[-PATIENTS:], 1 - benign[-PATIENTS:], likelihood=mt.Bernoulli(), target="malignant")


def fit(X: np.ndarray, y: np.ndarray, C: float, **more: object) -> tuple[np.ndarray, float]:
    """Slopes and intercept of LogisticRegression."""
    model = LogisticRegression(C=C, tol=TOL, max_iter=10_000, **{"solver": "newton-cholesky"} | more).fit(X, y)
    return model.coef_[0], float(model.intercept_[0])


def lesson(result: mt.Result) -> mt.Lesson:
    problem, mode, summary = result.problem, result.mode.coef, result.summary
    X, y, names = problem.X, problem.y, tuple(map(mt.literal, problem.features))
    assert X is not None
    assert y is not None
    assert summary is not None
    low, high = (summary.eti89[: problem.p, k] for k in (0, 1))

    fits = {C: fit(X, y, C) for C in CS}
    slopes = np.array([w for w, _ in fits.values()])
    left = max(mt.largest(problem.data_gradient(w) + w / C) for C, (w, _) in fits.items())
    search = math.sqrt(problem.p + 1) * problem.n * TOL  # of the whole loss
    free, held = fit(X + SHIFT, y, 1.0)[0], fit(X + SHIFT, y, 1.0, solver="liblinear")[0]
    moved = np.abs(held - mode) / summary.sd[: problem.p]

    far, b = fits[CS[-1]]
    wrong = int(np.sum((2 * y - 1) * (X @ far + b) <= 0))
    climb = np.array([problem.log_likelihood(t * far, t * b) for t in FACTORS])
    grown = float(np.linalg.norm(far) / np.linalg.norm(mode))
    claims = (
        mt.Check(
            "c-is-a-prior-variance",
            left,
            search,
            r"Slope of the log posterior with $\sigma_w^2 = C$ at each fit; what its search may leave.",
        ),
        mt.Check(
            "a-free-intercept-takes-any-origin",
            mt.largest(free - mode),
            search * (SHIFT + mt.largest(X)),
            f"Slopes with {SHIFT:g} sds added to each column against the mode by the engines; the search, as the "
            "prior's curvature of $1$ bounds it.",
        ),
        mt.Check(
            "a-penalised-one-does-not",
            1 / float(moved.max()) if moved.any() else math.inf,
            1.0,
            "One posterior sd over the most that a slope moves where the intercept is penalised.",
        ),
        mt.Check("the-columns-separate-the-patients", wrong, 0.0, "Patients on the wrong side of a plane."),
        mt.Check(
            "without-a-prior-it-climbs-for-ever",
            int(np.sum(np.diff(climb) <= 0)),
            0.0,
            "Doublings of slopes and intercept, of seven, that do not raise the likelihood.",
        ),
        mt.Check(
            "the-prior-decides-the-size",
            100 / grown,
            1.0,
            "A hundred times the length of the slopes for $C = 1$ over that for $C = 10^6$.",
        ),
    )
    figures = (
        mt.Figure(
            title="The slopes are as large as $C$ lets them be",
            caption="Slopes of LogisticRegression by $C$, the variance of their Normal prior. These patients are "
            "separated by their columns, so the data set no upper limit. The default is $C = 1$.",
            alt="Three curves on logarithmic axes that rise with C over nine powers of ten and never level off.",
            x_label="$C$",
            y_label="size of the slope, log-odds for one sd",
            series=[mt.Series(name, np.array(CS), np.abs(slopes[:, j]), tone=j + 1) for j, name in enumerate(names)],
            marks=(mt.Mark(1.0, "$C = 1$"),),
            x_log=True,
            y_log=True,
        ),
        mt.Figure(
            title="The origin of a column, with the intercept free and penalised",
            caption=f"The mode for $C = 1$ with {PROB:.0%} posterior intervals. With {SHIFT:g} sds added to each "
            "column a free intercept leaves the slopes where they are; liblinear, which penalises it, gives others.",
            alt="For each of three columns an interval with a dot on its mode, and a second dot below it.",
            x_label="column",
            y_label="slope, log-odds for one sd",
            series=(
                mt.Series("free intercept, either origin", names, mode, "points", top=high, bottom=low, tone=1),
                mt.Series("penalised, columns moved", names, held, "points", tone=5),
            ),
        ),
    )
    odds = math.exp(float(ndtri((1 + PROB) / 2)))
    answer = (
        "That each slope is Normal about zero with variance $1$. The loss is $C$ times the misfit plus half the sum of "
        "squared slopes, which is $C$ times minus the log posterior with $\\sigma_w^2 = C$. For a standardised column, "
        f"$C = 1$ says with probability {PROB:.0%} that one sd multiplies or divides the odds by at most {odds:.1f}."
        "\n\n"
        f"The intercept. Left free, it takes up any origin of the columns: with {SHIFT:g} sds added to each the slopes "
        "stay. liblinear penalises it like a slope, and from that origin "
        f"a slope moves by {moved.max():.1f} posterior sds."
        "\n\n"
        f"Without a prior there is no answer here. A plane through the {problem.p} columns has every malignant case on "
        "one side and every benign one on the other. Doubling its slopes makes all responses more probable, and "
        "doubling them again more so: the likelihood has no highest point. From $C = 1$ to $C = 10^6$ the slopes grow "
        f"{grown:.0f}-fold. Their size comes from the prior alone."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="logistic-prior",
    title="The prior in logistic regression",
    question="What does LogisticRegression assume with its default of $C = 1$?",
    answer="A Normal prior of variance $C$ on each slope; where the columns separate the classes, it decides their "
    "size.",
    data=data,
    prior=mt.Normal(scale=1.0),
    lesson=lesson,
    about="The last 50 of 569 patients in scikit-learn's breast cancer table (Street et al. 1993): 10 tumours are "
    "malignant, which is the response, 0 or 1 without a unit. The three columns describe the cells, each less its mean "
    "and over its sd in the whole table: a slope is in log-odds for one sd of its column.",
    do="Standardise the columns, then choose $C$ as a prior variance: the square of the change in log-odds that "
    "you would call usual. Keep the intercept out of the penalty, and never take a huge $C$ for no prior.",
    also=("What is $C$ as a prior?", "What is separation?", "Is the intercept penalised?"),
)

if __name__ == "__main__":
    mt.run_script(__file__)
