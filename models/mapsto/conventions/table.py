"""The Rosetta table: what each library minimises, the prior that is, and how it is known.

R is the equivalent scikit-learn Ridge alpha (RSS + R ||w||^2), so a Normal prior's sd is tau = sigma / sqrt(R); b is a
Laplace prior's scale; s_j a column's sd; n the rows (or the sum of their weights). A row that says "run" is a test of
this repository: the library is fitted, and the translated log posterior must be stationary at its answer. Its version
is pinned there, so that a convention that changes fails loudly.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Known = Literal["run", "source", "docs", "algebra"]

SAYS: dict[Known, str] = {
    "run": "run: a test fits it and checks the gradient",
    "source": "not run here: read in its source",
    "docs": "not run here: read in its documentation",
    "algebra": "not run here: follows from what is written",
}


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        key: short name, unique.
        library: as people call it.
        objective: what it minimises, in LaTeX.
        prior: what that says of a slope, in LaTeX.
        intercept: whether it is penalised, and what else to know.
        known: how the row is known.
        package: the distribution that a test runs, or where to read about it.
        version: the major and minor number that was run or read.
    """

    key: str
    library: str
    objective: str
    prior: str
    intercept: str
    known: Known
    package: str
    version: str = ""


_SK, _SM, _XGB = ("scikit-learn", "1.9"), ("statsmodels", "0.15"), ("xgboost-cpu", "3.4")
_RSS = r"\mathrm{RSS}"

ROWS: tuple[Row, ...] = (
    Row(
        "ridge",
        "sklearn Ridge",
        rf"{_RSS} + a \|w\|^2",
        r"\tau = \sigma/\sqrt{a}",
        "free; sample weights not normalised",
        "run",
        *_SK,
    ),
    Row(
        "lasso",
        "sklearn Lasso",
        rf"{_RSS}/(2n) + a \|w\|_1",
        r"b = \sigma^2/(n a)",
        "free; weights normalised",
        "run",
        *_SK,
    ),
    Row(
        "elastic-net",
        "sklearn ElasticNet",
        rf"{_RSS}/(2n) + a \rho \|w\|_1 + \tfrac{{a (1-\rho)}}{{2}} \|w\|^2",
        r"e^{-n a [\rho |w| + (1-\rho) w^2/2]/\sigma^2}",
        "free; ρ = 0 is Ridge(na)",
        "run",
        *_SK,
    ),
    Row(
        "logistic",
        "sklearn LogisticRegression",
        r"C \sum \mathrm{loss} + \tfrac12 \|w\|^2",
        r"\tau = \sqrt{C} \text{ (L1: } b = C\text{)}",
        "lbfgs leaves it free, liblinear penalises it; multinomial penalises all K rows",
        "run",
        *_SK,
    ),
    Row(
        "poisson",
        "sklearn PoissonRegressor, GammaRegressor",
        r"\mathrm{deviance}/(2n) + \tfrac{a}{2} \|w\|^2",
        r"\tau = 1/\sqrt{n a} \text{ at unit dispersion}",
        "free; weights normalised",
        "run",
        *_SK,
    ),
    Row(
        "tweedie",
        "sklearn TweedieRegressor(power=0)",
        rf"{_RSS}/(2n) + \tfrac{{a}}{{2}} \|w\|^2",
        r"\tau = \sigma/\sqrt{n a}",
        "free; weights normalised",
        "run",
        *_SK,
    ),
    Row(
        "sgd",
        "sklearn SGDRegressor (l2)",
        rf"{_RSS}/(2n) + \tfrac{{a}}{{2}} \|w\|^2",
        r"\tau = \sigma/\sqrt{n a}",
        "free; weights not normalised; stops near the mode",
        "run",
        *_SK,
    ),
    Row(
        "huber",
        "sklearn HuberRegressor",
        r"\sum_i (s + H(r_i/s) s) + a \|w\|^2",
        r"\text{not a prior; } \tau = \sqrt{s/a} \text{ at the fitted } s",
        "free; the scale's term is no normalised likelihood's",
        "run",
        *_SK,
    ),
    Row(
        "quantile",
        "sklearn QuantileRegressor",
        r"\mathrm{mean(pinball)} + a \|w\|_1",
        r"b = s/(n a), \; s \text{ the asymmetric Laplace scale}",
        "free",
        "run",
        *_SK,
    ),
    Row(
        "bayesian-ridge",
        "sklearn BayesianRidge, ARDRegression",
        r"\text{Ridge}(\lambda/\alpha)",
        r"\tau = \lambda^{-1/2}, \; \sigma = \alpha^{-1/2}",
        "free; chosen by the same data; predictive sd leaves out the intercept's variance",
        "run",
        *_SK,
    ),
    Row(
        "kernel-ridge",
        "sklearn KernelRidge (linear)",
        rf"{_RSS} + a \|w\|^2",
        r"\tau = \sigma/\sqrt{a}",
        "none",
        "run",
        *_SK,
    ),
    Row(
        "sm-ols",
        "statsmodels OLS.fit_regularized",
        rf"{_RSS}/(2n) + a [\tfrac{{1-L}}{{2}} \|w\|^2 + L \|w\|_1]",
        r"R = n a (1-L); \; b = \sigma^2/(n a L)",
        "a scalar a penalises the constant too; without zero_tol=0 a slope once at zero stays there",
        "run",
        *_SM,
    ),
    Row(
        "sm-binomial",
        "statsmodels GLM (binomial)",
        r"\mathrm{NLL}/n + a [\tfrac{1-L}{2} \|w\|^2 + L \|w\|_1]",
        r"\tau = 1/\sqrt{n a (1-L)}; \; b = 1/(n a L)",
        "a scalar a penalises the constant too",
        "run",
        *_SM,
    ),
    Row(
        "sm-logit",
        "statsmodels Logit.fit_regularized (l1)",
        r"\mathrm{NLL} + a \|w\|_1",
        r"b = 1/a",
        "a scalar a penalises the constant too",
        "run",
        *_SM,
    ),
    Row(
        "sm-gaussian",
        "statsmodels GLM (gaussian)",
        r"\mathrm{NLL}/n + a [\ldots] \text{, with the estimated scale at } L = 0 \text{ and 1 above}",
        r"L = 0: R = n a\,\mathrm{RSS}/\mathrm{df}; \; L = 1: b = \sigma^2/(n a)",
        "one class, two conventions; the constant is penalised; its search may stop short at L = 0",
        "run",
        *_SM,
    ),
    Row(
        "gblinear",
        "XGBoost gblinear",
        rf"{_RSS}/2 + n (\tfrac{{\lambda}}{{2}} \|w\|^2 + \alpha \|w\|_1)",
        r"R = n \lambda; \; b = \sigma^2/(n \alpha)",
        "free; the booster is deprecated",
        "run",
        *_XGB,
    ),
    Row(
        "glmnet",
        "glmnet (gaussian)",
        rf"{_RSS}/(2n) + \lambda [\tfrac{{1-a}}{{2 s_y}} \|w\|^2 + a \|w\|_1]",
        r"R = n \lambda (1-a)/s_y; \; b = \sigma^2/(n \lambda a)",
        "free; its documentation leaves out s_y (divisor n); standardize divides the scale by s_j",
        "source",
        "glmnet (R)",
        "4.1",
    ),
    Row(
        "lm-ridge",
        "MASS lm.ridge",
        rf"{_RSS} + \lambda \sum_j s_j^2 w_j^2",
        r"\tau_j = \sigma/(s_j \sqrt{\lambda})",
        "free; s_j with divisor n",
        "source",
        "MASS (R)",
    ),
    Row(
        "mllib",
        "Spark MLlib LinearRegression",
        r"\text{as glmnet}",
        r"R = n \lambda/s_y \text{ on scaled columns}",
        "free; standardises by default (divisor n; n - 1 with solver l-bfgs)",
        "source",
        "org.apache.spark.ml.regression",
    ),
    Row(
        "keras",
        "Keras l2",
        r"\mathrm{loss} + \lambda \sum w^2",
        r"R = n \lambda \text{ beside the mean squared error}",
        "free, unless a bias_regularizer is attached",
        "source",
        "keras.regularizers.L2",
    ),
    Row(
        "torch",
        "PyTorch SGD, Adam weight_decay",
        r"\mathrm{loss} + \tfrac{\lambda}{2} \|w\|^2",
        r"R = n \lambda/2 \text{ (mean squared error)}, \; \lambda/2 \text{ (summed)}",
        "penalised too, unless in a parameter group of its own",
        "docs",
        "torch.optim.SGD",
    ),
    Row(
        "adamw",
        "PyTorch AdamW",
        r"\text{decoupled decay}",
        r"\text{not a prior}",
        "what it ends at depends on data and steps",
        "docs",
        "torch.optim.AdamW",
    ),
    Row(
        "cvxpy",
        "CVXPY",
        r"\text{as written: sum\_squares} + \lambda\,\text{sum\_squares}",
        r"R = \lambda",
        "whatever is listed",
        "algebra",
        "cvxpy",
    ),
    Row(
        "cyclops",
        "Cyclops (R)",
        r"\text{a prior, given as its variance}",
        r"\text{Laplace: variance} = 2 b^2",
        "as listed",
        "docs",
        "Cyclops (R)",
    ),
)


def conventions_rows() -> list[dict[str, str]]:
    """The table as plain data, for a page: the fields of :class:`Row`, and ``says``, how it is known in words."""
    return [asdict(row) | {"says": SAYS[row.known]} for row in ROWS]


def readme_table() -> str:
    """A short table in Markdown: library, equivalent Ridge or Laplace scale, intercept, known by."""
    lines = ["| library | minimises | prior | intercept | known by |", "|---|---|---|---|---|"]
    for row in ROWS:
        known = f"run, {row.version}" if row.known == "run" else f"not run ({row.known})"
        lines.append(f"| {row.library} | ${_bars(row.objective)}$ | ${_bars(row.prior)}$ | {row.intercept} | {known} |")
    return "\n".join(lines) + "\n"


def _bars(latex: str) -> str:
    """Bars would end a cell of Markdown."""
    return latex.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
