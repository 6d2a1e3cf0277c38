"""Which mode? With sigma_w learned there are six candidates, and the one that is highest means nothing."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from mapsto import (
    Check,
    Experiment,
    Figure,
    GaussianPosterior,
    HierarchicalNormal,
    Lesson,
    Mark,
    MixturePosterior,
    Normal,
    Problem,
    Result,
    Series,
    Unsupported,
    exact_posterior,
    gamma,
    run_script,
)

Vector = NDArray[np.float64]

NOISE_SD, SCALE = 54.0, 40.0  # sigma, and the scale of sigma_w ~ HalfNormal(SCALE)
BETWEEN = (2.0, 200.0)  # where a mode of sigma_w away from zero is looked for
DOWN = np.array([1e-7, 1e-8, 1e-9, 1e-10])  # on the way to zero
ROOT_ERROR = 4 * float(np.finfo(float).eps)  # of brentq, relative


@dataclass(frozen=True)
class Density:
    """One of the densities that sigma_w has: which parts it is made of, and which power of sigma_w."""

    label: str
    integrated: bool  # whether the slopes were integrated out; else they are at their best
    prior: bool  # whether the prior of sigma_w is in it
    power: int


def densities(p: int) -> tuple[Density, ...]:
    """The candidates, for p slopes: p of their densities are 1/sigma_w high; each Jacobian brings a sigma_w."""
    return (
        Density("joint mode, local", False, True, -p),
        Density("joint mode, log scale", False, True, 1 - p),
        Density("marginal mode", True, True, 0),
        Density("evidence maximum", True, False, 0),
        Density("marginal mode, log scale", True, True, 1),
        Density("joint mode, w/σ_w", False, True, 0),
    )


def diabetes() -> Problem:
    """442 patients, 10 columns standardised (mean 0, sd 1); the target is disease progression after a year."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return Problem.from_rows((X - X.mean()) / X.std(ddof=0), y, noise_sd=NOISE_SD, target="disease progression")


def peak(problem: Problem, density: Density) -> float:
    """Where the derivative of the log density over sigma_w vanishes, from the singular values of the columns."""
    U, d, _ = np.linalg.svd(problem.statistics.R)
    c2, d2, noise = (U.T @ problem.statistics.z) ** 2, d**2, problem.noise_sd**2

    def slope(s: float) -> float:
        spread = noise + d2 * s**2
        fit = np.sum(c2 * d2 * s / spread**2)
        return float(
            fit - density.integrated * np.sum(d2 * s / spread) - density.prior * s / SCALE**2 + density.power / s
        )

    return float(brentq(slope, *BETWEEN, rtol=ROOT_ERROR))


def on_nodes(exact: MixturePosterior, density: Density) -> Vector:
    """The same log density at the nodes of the exact posterior's integral, from its weights and its energies."""
    s = exact.scales["w_sd"]
    log_prior = -0.5 * (s / SCALE) ** 2
    best = np.array([-component.energy / 2 for component in exact.components])
    base = np.log(exact.weights) - np.log(s) - log_prior if density.integrated else best
    heights: Vector = base + density.prior * log_prior + density.power * np.log(s)
    return heights


def joint(problem: Problem, s: float) -> float:
    """Log joint density of slopes and sigma_w at the best slopes for this sigma_w, up to a constant, in nats."""
    given = exact_posterior(problem, Normal(scale=s))
    assert isinstance(given, GaussianPosterior)
    return -given.energy / 2 - problem.p * math.log(s) - 0.5 * (s / SCALE) ** 2


def shrunk(problem: Problem, s: float) -> GaussianPosterior:
    """The posterior of the slopes with sigma_w plugged in."""
    given = exact_posterior(problem, Normal(scale=s))
    assert isinstance(given, GaussianPosterior)
    return given


def lesson(result: Result) -> Lesson:
    problem, exact, p = result.problem, result.exact, result.problem.p
    assert isinstance(exact, MixturePosterior)
    nodes = exact.scales["w_sd"]
    step = math.log(nodes[1] / nodes[0])
    found = {density.label: peak(problem, density) for density in densities(p)}
    read_off = [float(nodes[np.argmax(on_nodes(exact, density))]) for density in densities(p)]
    mean = exact.scale_mean("w_sd")
    local, on_log, marginal, evidence, marginal_log, per_scale = found.values()

    falling = np.array([joint(problem, float(s)) for s in DOWN])
    hill = joint(problem, local)
    passed = DOWN[-1] * math.exp((falling[-1] - hill) / p)  # where the rise towards zero is as high as the hill
    small = f"{passed:.0e}".replace("e-0", "e-")
    highest_node = max(joint(problem, float(s)) for s in nodes)
    s0, z = problem.statistics, problem.statistics.z
    bend = float(np.sum((s0.R.T @ z) ** 2)) / NOISE_SD**4 + 1 / SCALE**2
    rounding = gamma(problem.n + 3 * p + 1)
    best = shrunk(problem, evidence)
    effective = p - float(np.trace(best.covariance)) / evidence**2
    condition = float(np.linalg.cond(best.root)) ** 2
    in_order = [local, on_log, marginal, evidence, marginal_log, mean, per_scale]
    claims = (
        Check(
            "every-route-refuses",
            float(sum(not isinstance(outcome, Unsupported) for outcome in result.outcomes.values())),
            0.0,
            "Routes that brought a point back, though the joint density has no highest one.",
        ),
        Check(
            "joint-mode-runs-to-zero",
            float(np.abs(np.diff(falling) - p * math.log(10)).max()),
            0.5 * bend * DOWN[0] ** 2 + 4 * rounding * float(np.abs(falling).max()),
            f"Each decade down towards σ_w = 0 adds p log 10 = {p * math.log(10):.2f} nats; the most that the misfit "
            "and the prior can change over it, and rounding.",
        ),
        Check(
            "and-ends-above-the-local-mode",
            highest_node - float(falling[-1]),
            0.0,
            f"The joint density at the best σ_w of the exact posterior's grid, less that at {DOWN[-1]:g}, nats.",
        ),
        Check(
            "each-mode-is-the-top-of-its-density",
            max(abs(math.log(a / b)) for a, b in zip(found.values(), read_off, strict=True)),
            step,
            "Modes from the derivative against the highest node of the exact posterior's integral, in logarithms: one "
            "step of its grid.",
        ),
        Check(
            "evidence-maximum-is-its-own-fixed-point",
            abs(float(best.mean @ best.mean) / effective / evidence**2 - 1),
            ROOT_ERROR + p * rounding * condition,
            "σ_w² = ‖w‖² / γ with γ effective slopes (MacKay 1992), relative; rounding times condition.",
        ),
        Check(
            "no-two-agree",
            -float(np.diff(in_order).min() / np.max(in_order)),
            -ROOT_ERROR,
            "Least gap between neighbours in the order named, turned round: below zero, they are in that order.",
        ),
    )
    shown = (nodes > 4) & (nodes < 60)
    of_s = (exact.weights / nodes)[shown] / step
    points = [*found.items(), ("posterior mean", mean)]
    plugged = [shrunk(problem, s) for _, s in points]
    j = int(np.argmax(np.ptp([g.mean for g in plugged], axis=0) / exact.sd))  # the slope they differ most on
    name = problem.features[j]
    whole = exact.eti(0.89)[j]
    grid = np.geomspace(DOWN[-1], 100, 97)
    profile = np.array([joint(problem, float(s)) for s in grid])
    rows = ["joint mode, σ_w = 0", *(label for label, _ in points), "σ_w integrated out"]
    ends = np.array([g.eti(0.89)[j] for g in plugged])
    figures = (
        Figure(
            title="Two densities of one unknown",
            caption="The posterior of σ_w (line) and that of log σ_w (broken), each to height 1. They are one belief, "
            "and their tops are at different places; the mean lies right of both, because both lean to the right.",
            alt="Two skewed bell curves over σ_w between 4 and 60; the broken one peaks further right.",
            x_label="σ_w, in units of y per sd of a column",
            y_label="height relative to the peak",
            series=(
                Series("p(σ_w | y)", nodes[shown].tolist(), (of_s / of_s.max()).tolist(), tone=1),
                Series(
                    "p(log σ_w | y)",
                    nodes[shown].tolist(),
                    (exact.weights[shown] / exact.weights.max()).tolist(),
                    dashed=True,
                    tone=2,
                ),
            ),
            marks=(Mark(marginal, "mode"), Mark(marginal_log, "mode of log σ_w"), Mark(mean, "mean")),
        ),
        Figure(
            title="Six modes and a mean",
            caption="Each is the top of another density (the joint ones at the best slopes for each σ_w, the others "
            "with the slopes integrated out), or the mean. The joint mode proper is at zero, where there is no top.",
            alt=f"A dot for each; all but those at zero and at {per_scale:.0f} lie from {local:.1f} to {mean:.1f}.",
            x_label="",
            y_label="σ_w",
            series=(Series("σ_w", rows[:-1], [0.0, *(s for _, s in points)], "points"),),
        ),
        Figure(
            title="The joint mode runs away",
            caption="Log joint density of slopes and σ_w, at the best slopes for each σ_w. There is a hill at "
            f"{local:.1f}, where a search may stop; but to the left the density grows without end, above the hill "
            f"from {small} on.",
            alt=f"Over σ_w on a logarithmic axis: a hill at {local:.0f}, a valley, and a steady rise towards zero.",
            x_label="σ_w",
            y_label="log joint density less that of the hill, nats",
            series=(Series("joint density", grid.tolist(), (profile - hill).tolist(), tone=3),),
            marks=(Mark(local, "local mode"),),
            x_log=True,
        ),
        Figure(
            title="What each makes of a slope",
            caption=f"The slope of {name} with each σ_w plugged in, and with σ_w integrated out; 89 % intervals.",
            alt=f"Intervals for the slope of {name}, a row for each candidate; the joint mode is a dot at zero.",
            x_label="",
            y_label=f"slope of {name}",
            series=(
                Series(
                    "slope",
                    rows,
                    [0.0, *(float(g.mean[j]) for g in plugged), float(exact.mean[j])],
                    "points",
                    bottom=[0.0, *ends[:, 0].tolist(), float(whole[0])],
                    top=[0.0, *ends[:, 1].tolist(), float(whole[1])],
                ),
            ),
        ),
    )
    answer = (
        "There is no such thing as the mode once σ_w is learned. The joint density of slopes and σ_w grows without end "
        f"as σ_w goes to 0, by {p * math.log(10):.1f} nats a decade, so all three routes refuse. A search may still "
        f"stop on the hill at σ_w = {local:.2f}; on the log scale of σ_w that hill is at {on_log:.2f}, and in terms of "
        f"w/σ_w at {per_scale:.1f}. Integrate the slopes out, and the mode of σ_w is {marginal:.2f}, of log σ_w "
        f"{marginal_log:.2f}; without its prior (empirical Bayes: the evidence maximum) {evidence:.2f}. A mode depends "
        f"on what is called the unknown; the posterior does not. Its mean for σ_w is {mean:.2f}, sd "
        f"{exact.scale_sd('w_sd'):.2f}."
    )
    return Lesson(claims, figures, answer)


experiment = Experiment(
    name="which-mode",
    title="Which mode?",
    question="With σ_w learned, which mode is the mode?",
    answer="None: the joint density has no highest point, and every other mode depends on what is called the unknown.",
    data=diabetes,
    prior=HierarchicalNormal(scale=SCALE),
    order=6,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
