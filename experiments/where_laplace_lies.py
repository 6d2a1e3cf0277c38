"""Where the Laplace approximation lies: mode, Laplace and NUTS next to an integral, from 10 to 10,000 rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import expit, ndtri
from scipy.stats import norm

import mapsto as mt

SIZES = (10, 100, 1_000, 10_000)
SLOPE, INTERCEPT, SEED, PRIOR_SD = 1.5, -1.5, 8, 2.5
REACH, STEP = 12.0, 0.5  # of the integral, in sds of the approximation
DRAWS = 250  # a chain, of the runs with more rows
TAIL = 0.055  # in each tail of an 89 % interval
FAR = -float(ndtri(1e-6 / 2))  # standard errors that chance exceeds once in a million
CLOSE = 1.2  # how near a ratio of gaps has to be to its law: each table has third derivatives of its own


@dataclass(frozen=True, eq=False)
class Truth:
    """The posterior of slope and intercept by the trapezoidal rule, along the axes of the approximation's root.

    Its slope depends on the first of these axes alone, since the root is triangular.
    """

    laplace: mt.LaplaceApproximation
    step: float = STEP
    reach: float = REACH

    @cached_property
    def along(self) -> np.ndarray:
        """Steps along either axis."""
        return np.arange(-self.reach, self.reach + self.step / 2, self.step)

    @cached_property
    def logs(self) -> np.ndarray:
        """The log joint density at each node; rows have one slope."""
        problem, (slope, b), root = self.laplace.problem, self.laplace.mean, self.laplace.root
        X, y = table(problem)
        found = []
        for u in self.along.tolist():
            w = slope + root[0, 0] * u
            eta = X[:, 0] * w + (b + root[1, 0] * u + root[1, 1] * self.along)[:, np.newaxis]
            rows = problem.likelihood.log_density(y, eta).sum(axis=1)
            found.append(rows + self.laplace.prior.log_density(np.array([w])))
        return np.array(found)

    @cached_property
    def evidence(self) -> float:
        """log p(y), in nats."""
        top = float(self.logs.max())
        cell = self.step**2 * float(np.prod(np.diag(self.laplace.root)))
        return top + math.log(float(np.exp(self.logs - top).sum()) * cell)

    @cached_property
    def density(self) -> tuple[np.ndarray, np.ndarray]:
        """Fine slopes and the posterior density there."""
        coarse = self.laplace.mean[0] + self.laplace.root[0, 0] * self.along
        heights = np.logaddexp.reduce(self.logs, axis=1)
        w = np.linspace(coarse[0], coarse[-1], 4_001)
        density = np.exp(CubicSpline(coarse, heights - heights.max())(w))
        return w, density / np.trapezoid(density, w)

    @cached_property
    def moments(self) -> tuple[float, float]:
        """Mean and sd of the slope."""
        w, density = self.density
        mean = float(np.trapezoid(w * density, w))
        return mean, math.sqrt(float(np.trapezoid((w - mean) ** 2 * density, w)))

    @cached_property
    def cdf(self) -> np.ndarray:
        """The probability below each of the fine slopes."""
        w, density = self.density
        return np.asarray(np.cumsum(density) * (w[1] - w[0]))


def table(problem: mt.Problem) -> tuple[np.ndarray, np.ndarray]:
    """X and y."""
    assert problem.X is not None
    assert problem.y is not None
    return problem.X, problem.y


def rows(n: int) -> mt.Problem:
    """The first n rows of one simulated table."""
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal(SIZES[-1])
    y = (rng.random(SIZES[-1]) < expit(INTERCEPT + SLOPE * x)).astype(np.float64)
    return mt.Problem.from_rows(x[:n, np.newaxis], y[:n], likelihood=mt.Bernoulli(), features=["x"], target="event")


def data() -> mt.Problem:
    """The first ten rows."""
    return rows(SIZES[0])


def others(result: mt.Result) -> dict[str, mt.Result]:
    """The same with more rows."""
    few = mt.Settings(seed=result.settings.seed, draws=DRAWS, chains=result.settings.chains)
    return {f"{n:,}": mt.run(rows(n), result.prior, few, engines=["direct", "pymc"]) for n in SIZES[1:]}


def z_scores(runs: list[mt.Result], truths: list[Truth]) -> np.ndarray:
    """Mean and sd of the slope by NUTS less those by the integral, in Monte Carlo standard errors; shape (4, 2)."""
    found = []
    for run, truth in zip(runs, truths, strict=True):
        summary, (mean, sd) = run.summary, truth.moments
        assert summary is not None
        found.append(
            ((summary.mean[0] - mean) / summary.mcse_mean[0], (summary.sd[0] - sd) / summary.mcse_sd[0]),
        )
    return np.array(found)


def against_law(gaps: np.ndarray, factor: float) -> float:
    """How far gaps from 100 rows on are from falling by ``factor`` with each ten times as many, as a ratio."""
    falls = np.abs(gaps[1:-1] / gaps[2:]) / factor
    return float(np.exp(np.abs(np.log(falls)).max()))


def lesson(result: mt.Result) -> mt.Lesson:
    runs = [result, *result.others.values()]
    found = [mt.laplace_approximation(run.problem, run.prior, run.mode) for run in runs]
    laplaces = [one for one in found if isinstance(one, mt.LaplaceApproximation)]
    assert len(laplaces) == len(runs)
    truths = [Truth(one) for one in laplaces]
    means, sds = np.array([truth.moments for truth in truths]).T
    shift = np.array([one.mean[0] for one in laplaces]) / sds - means / sds
    narrow = np.array([one.sd[0] for one in laplaces]) / sds - 1
    evidence = np.array([one.log_evidence - truth.evidence for one, truth in zip(laplaces, truths, strict=True)])
    (w, density), twice = truths[0].density, Truth(laplaces[0], STEP / 2, 2 * REACH)
    low, high = laplaces[0].eti89[0]
    above = 1 - float(np.interp(high, w, truths[0].cdf))
    claims = (
        mt.Check(
            "the-integral-is-done",
            max(abs(twice.moments[0] / sds[0] - means[0] / sds[0]), abs(twice.evidence - truths[0].evidence)),
            min(run.summary.mcse_mean[0] / run.summary.sd[0] for run in runs if run.summary) / 100,
            "Mean in sds, and evidence in nats, with ten rows: half the step and twice the reach against the integral "
            "used; a hundredth of a Monte Carlo error.",
        ),
        mt.Check(
            "nuts-is-right-at-every-size",
            mt.largest(z_scores(runs, truths)),
            FAR,
            "Mean and sd of the slope by NUTS against the integral, in Monte Carlo errors, the worst of four sizes; "
            "chance exceeds the limit once in a million.",
        ),
        mt.Check(
            "the-mode-is-not-the-mean",
            0.25 / abs(float(shift[0])),
            1.0,
            "A quarter of a posterior sd over the distance from mode to mean with ten rows.",
        ),
        mt.Check(
            "a-tail-is-cut-off",
            2 * TAIL / above,
            1.0,
            "Twice the promised 5.5 % over the probability above the upper end of the Laplace interval, ten rows.",
        ),
        mt.Check(
            "the-shift-falls-as-a-root",
            against_law(shift, math.sqrt(10)),
            CLOSE,
            "Distance of mode and mean in sds, from 100 rows on, against a fall by the root of ten; a factor.",
        ),
        mt.Check(
            "width-and-evidence-come-right-faster",
            max(against_law(narrow, 10.0), against_law(evidence, 10.0)),
            CLOSE,
            "Relative gap of the sd and gap of the log evidence, from 100 rows on, against a fall by ten; a factor.",
        ),
    )
    names, sizes = tuple(f"{n:,} rows" for n in SIZES), np.array(SIZES, dtype=np.float64)

    def standard(values: Sequence[float]) -> np.ndarray:
        return np.asarray((np.array(values) - means) / sds)

    def intervals(
        name: str, middle: Sequence[float], low: Sequence[float], high: Sequence[float], tone: int
    ) -> mt.Series:
        return mt.Series(name, names, standard(middle), "points", bottom=standard(low), top=standard(high), tone=tone)

    def quantiles(of: float) -> list[float]:
        return [float(np.interp(of, truth.cdf, truth.density[0])) for truth in truths]

    drawn = [run.summary for run in runs if run.summary]
    near = np.abs(w - means[0]) < 4 * sds[0]
    shown = w[near][::8]
    figures = (
        mt.Figure(
            title="Mode, Laplace and NUTS next to the integral",
            caption="The slope with its 89 % interval, as a distance from the posterior's mean in posterior sds. The "
            "mode is what the fit reports, and where Laplace is centred. NUTS agrees with the integral at every size, "
            "Laplace once there are rows enough.",
            alt="Four groups of three intervals. With ten rows that of Laplace lies too low; the others are alike.",
            x_label="",
            y_label="slope, posterior sds from its mean",
            series=(
                intervals(
                    "Laplace, at the mode",
                    [one.mean[0] for one in laplaces],
                    [one.eti89[0, 0] for one in laplaces],
                    [one.eti89[0, 1] for one in laplaces],
                    tone=2,
                ),
                intervals(
                    "NUTS",
                    [one.mean[0] for one in drawn],
                    [one.eti89[0, 0] for one in drawn],
                    [one.eti89[0, 1] for one in drawn],
                    tone=1,
                ),
                intervals("integral", means, quantiles(TAIL), quantiles(1 - TAIL), tone=4),
            ),
        ),
        mt.Figure(
            title="Ten rows: the tail that a Gaussian has not got",
            caption="Posterior density of the slope by the integral, and its Laplace approximation. Both are highest "
            "near the mode; the posterior goes on to the right, where slopes are steep and these rows cannot tell.",
            alt="A skewed density with a long right tail, and a symmetric one to the left of it, higher and narrower.",
            x_label="slope $w$, log-odds for one sd",
            y_label="density",
            series=(
                mt.Series("integral", shown, density[near][::8], tone=4),
                mt.Series(
                    "Laplace", shown, norm.pdf(shown, laplaces[0].mean[0], laplaces[0].sd[0]), tone=2, dashed=True
                ),
            ),
            marks=(mt.Mark(float(laplaces[0].mean[0]), "mode"), mt.Mark(float(means[0]), "mean")),
        ),
        mt.Figure(
            title="How fast the lie wears off",
            caption="What Laplace is off by, against the integral. From 100 rows on the shift falls as one over the "
            "root of the rows, the other two as one over the rows (Tierney & Kadane 1986).",
            alt="Three falling lines on logarithmic axes; one falls half as steeply as the other two.",
            x_label="rows",
            y_label="gap",
            series=(
                mt.Series("mean, in sds", sizes, np.abs(shift), tone=2),
                mt.Series("sd, relative", sizes, np.abs(narrow), tone=1),
                mt.Series("log evidence, nats", sizes, np.abs(evidence), tone=3),
            ),
            x_log=True,
            y_log=True,
        ),
    )
    events = int(table(result.problem)[1].sum())
    answer = (
        f"Only with rows enough. With ten, {events} of them events, the mode of the "
        f"slope is {laplaces[0].mean[0]:.2f} and its posterior mean {means[0]:.2f}: {abs(shift[0]):.2f} posterior sds "
        f"apart. The curvature at the mode gives an sd of {laplaces[0].sd[0]:.2f} where the posterior's is "
        f"{sds[0]:.2f}. So the interval of Laplace, from ${low:.2f}$ to ${high:.2f}$, leaves {above:.0%} of the "
        f"probability above its upper end, where it promises 5.5 %."
        "\n\n"
        f"More rows mend it, at two speeds. The shift between mode and mean falls as one over the root of the rows: "
        f"{abs(shift[1]):.2f}, {abs(shift[2]):.3f} and {abs(shift[3]):.3f} sds with 100, 1,000 and 10,000. The error "
        f"of the sd falls as one over the rows, from {abs(narrow[1]):.1%} to {abs(narrow[3]):.2%}, and that of the log "
        f"evidence likewise, from {abs(evidence[1]):.3f} to {abs(evidence[3]):.4f} nats. NUTS is within its Monte "
        "Carlo error of the integral at every size, and it does not need to know which of these cases it is in."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="where-laplace-lies",
    title="Where the Laplace approximation lies",
    question="May I read intervals off the curvature at the mode?",
    answer="With many rows. With few the posterior is skewed: its mean is not the mode, and a tail is cut off.",
    data=data,
    prior=mt.Normal(scale=PRIOR_SD),
    others=others,
    lesson=lesson,
    about="Simulated: a standard Normal column $x$ and an event whose log-odds are $-1.5 + 1.5 x$. This page has the "
    "first ten rows of a table of 10,000; the same prior is used with 100, 1,000 and all of them. Slopes are log-odds "
    "for one unit of $x$.",
    do="Look at the section on the Laplace approximation of your own page. Where it lies take draws; where it does not "
    "lie the curvature at the mode is an interval for free.",
    also=("When are standard errors from the Hessian good enough?", "How many rows does a Laplace approximation need?"),
)

if __name__ == "__main__":
    mt.run_script(__file__)
