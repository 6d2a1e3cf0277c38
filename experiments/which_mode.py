"""Which mode? With sigma_w learned there are seven candidates, and the one that is highest means nothing."""

import math

import numpy as np
from scipy.optimize import brentq

import mapsto as mt

NOISE_SD, SCALE = 54.0, 40.0  # sigma, and the scale of sigma_w ~ HalfNormal(SCALE)
BETWEEN = (2.0, 200.0)  # where a mode of sigma_w away from zero is looked for
DOWN = np.array([1e-7, 1e-8, 1e-9, 1e-10])  # on the way to zero
ROOT_ERROR = 4 * float(np.finfo(float).eps)  # of brentq, relative

# a density of sigma_w: are the slopes integrated out (else at their best)? is its prior in? which power of sigma_w?
Density = tuple[bool, bool, int]


def densities(p: int) -> dict[str, Density]:
    """The candidates, for p slopes: p of their densities are 1/sigma_w high; each Jacobian brings a sigma_w."""
    return {
        "joint mode, local": (False, True, -p),
        "joint mode, log scale": (False, True, 1 - p),
        "marginal mode": (True, True, 0),
        "evidence maximum": (True, False, 0),
        "marginal mode, log scale": (True, True, 1),
        r"joint mode, $w/\sigma_w$": (False, True, 0),
    }


def peak(spectrum: mt.Spectrum, density: Density) -> float:
    """Where the derivative of the log density over sigma_w vanishes."""
    integrated, prior, power = density

    def rise(s: float) -> float:
        alpha = (NOISE_SD / s) ** 2
        kept, energy = spectrum.kept(alpha), (spectrum.c / NOISE_SD) ** 2
        return float(energy @ (kept * (1 - kept)) - integrated * kept.sum() - prior * (s / SCALE) ** 2 + power) / s

    return float(brentq(rise, *BETWEEN, rtol=ROOT_ERROR))


def on_nodes(exact: mt.MixturePosterior, density: Density) -> np.ndarray:
    """The same log density at the nodes of the exact posterior's integral, from its weights and its energies."""
    integrated, prior, power = density
    s = exact.scales["w_sd"]
    log_prior = -0.5 * (s / SCALE) ** 2
    best = np.array([-component.energy / 2 for component in exact.components])
    base = np.log(exact.weights) - np.log(s) - log_prior if integrated else best
    return np.asarray(base + prior * log_prior + power * np.log(s))


def shrunk(problem: mt.Problem, s: float) -> mt.GaussianPosterior:
    """The posterior of the slopes with sigma_w plugged in."""
    given = mt.exact_posterior(problem, mt.Normal(scale=s))
    assert isinstance(given, mt.GaussianPosterior)
    return given


def joint(problem: mt.Problem, s: float) -> float:
    """Log joint density of slopes and sigma_w at the best slopes for this sigma_w, up to a constant, in nats."""
    return -shrunk(problem, s).energy / 2 - problem.p * math.log(s) - 0.5 * (s / SCALE) ** 2


def lesson(result: mt.Result) -> mt.Lesson:
    problem, exact, p = result.problem, result.exact, result.problem.p
    assert isinstance(exact, mt.MixturePosterior)
    spectrum, nodes, mean = mt.Spectrum.of(problem), exact.scales["w_sd"], exact.scale_mean("w_sd")
    step = math.log(nodes[1] / nodes[0])
    found = {name: peak(spectrum, density) for name, density in densities(p).items()}
    read_off = [nodes[np.argmax(on_nodes(exact, density))] for density in densities(p).values()]
    local, on_log, marginal, evidence, marginal_log, per_scale = found.values()  # as densities() has them
    in_order = [local, on_log, marginal, evidence, marginal_log, mean, per_scale]

    falling = np.array([joint(problem, s) for s in DOWN.tolist()])
    hill, highest = joint(problem, local), max(joint(problem, s) for s in nodes.tolist())
    passed = DOWN[-1] * math.exp((falling[-1] - hill) / p)  # where the rise towards zero is as high as the hill
    digit, power = f"{passed:.0e}".split("e")
    curvature = float(np.sum(spectrum.d2 * spectrum.c**2)) / NOISE_SD**4 + 1 / SCALE**2
    best = shrunk(problem, evidence)
    effective = p - float(np.trace(best.covariance)) / evidence**2

    points = found | {"posterior mean": mean}
    plugged = {name: shrunk(problem, s) for name, s in points.items()}
    integrated = [plugged[name] for name in ("marginal mode", "evidence maximum")]
    off_slopes = max(mt.largest((g.mean - exact.mean) / exact.sd) for g in integrated)
    width = [g.sd / exact.sd for g in integrated]
    off_joint = mt.largest(exact.mean / exact.sd)  # the slopes at the joint mode proper are zero

    answered = sum(not isinstance(outcome, mt.Unsupported) for outcome in result.modes.values())
    off_decade = np.abs(np.diff(falling) - p * math.log(10)).max()
    may_change = 0.5 * curvature * DOWN[0] ** 2 + 4 * problem.rounding / p * mt.largest(falling)
    off_top = mt.largest(np.log(np.array(list(found.values())) / read_off))
    off_fixed = abs(float(best.mean @ best.mean) / effective / evidence**2 - 1)
    solving = ROOT_ERROR + problem.rounding * float(np.linalg.cond(best.root)) ** 2
    closest = float(np.diff(in_order).min() / np.max(in_order))
    claims = (
        mt.Check("every-route-refuses", answered, 0.0, "Engines that returned a point: there is no highest one."),
        mt.Check(
            "joint-mode-runs-to-zero",
            off_decade,
            may_change,
            rf"Each decade adds $p \log 10 = {p * math.log(10):.2f}$ nats, but for what misfit and prior still change.",
        ),
        mt.Check(
            "and-ends-above-the-local-mode",
            highest - falling[-1],
            0.0,
            rf"Joint density at its hill less that at $\sigma_w = 10^{{{math.log10(DOWN[-1]):.0f}}}$, nats.",
        ),
        mt.Check(
            "each-mode-is-the-top-of-its-density",
            off_top,
            step,
            "Each mode against the highest node of its density, in logs: one step of the nodes.",
        ),
        mt.Check(
            "evidence-maximum-is-its-own-fixed-point",
            off_fixed,
            solving,
            r"$\sigma_w^2$ against $\lVert w\rVert^2/\gamma$ with $\gamma$ effective slopes (MacKay 1992); rounding × "
            "condition.",
        ),
        mt.Check(
            "a-mode-with-the-slopes-integrated-out-is-near",
            off_slopes,
            0.25,
            r"Slopes with the marginal mode or the evidence maximum of $\sigma_w$ plugged in, against those with it "
            "integrated out: a quarter of a posterior sd at most.",
        ),
        mt.Check(
            "and-its-widths-are-too-narrow",
            float(np.max(width)),
            1.0,
            r"Largest of their sds over the sd with $\sigma_w$ integrated out: one at most.",
        ),
        mt.Check(
            "the-joint-mode-is-far", -off_joint, -1.0, "Minus the posterior mean in posterior sds: one at least from 0."
        ),
        mt.Check("no-two-agree", -closest, -ROOT_ERROR, "Minus the least gap between neighbours in the order named."),
    )
    shown = (nodes > 4) & (nodes < 60)
    of_s, of_log = (heights[shown] / heights[shown].max() for heights in (exact.weights / nodes, exact.weights))
    given = list(plugged.values())
    j = int(np.argmax(np.ptp([g.mean for g in given], axis=0) / exact.sd))  # the slope they differ most on
    name, rows = mt.literal(problem.features[j]), [f"{label} ({s:.1f})" for label, s in points.items()]
    rows = ["joint mode (0)", *rows, r"$\sigma_w$ integrated out"]
    middles = np.array([0.0, *(g.mean[j] for g in given), exact.mean[j]])
    low, high = np.array([[0.0, 0.0], *(g.eti(0.89)[j] for g in given), exact.eti(0.89)[j]]).T
    grid = np.geomspace(DOWN[-1], 100, 97)
    figures = (
        mt.Figure(
            title="Two densities of one unknown",
            caption=r"The posterior of $\sigma_w$ (line) and that of $\log\sigma_w$ (broken), each to height 1. They "
            "are one belief, and their tops are at different places; the mean lies right of both, because both lean to "
            "the right.",
            alt=r"Two skewed bell curves over $\sigma_w$ between 4 and 60; the broken one peaks further right.",
            x_label=r"$\sigma_w$, in units of $y$ per sd of a column",
            y_label="height relative to the peak",
            series=(
                mt.Series(r"$p(\sigma_w \mid y)$", nodes[shown], of_s, tone=1),
                mt.Series(r"$p(\log\sigma_w \mid y)$", nodes[shown], of_log, dashed=True, tone=2),
            ),
            marks=(mt.Mark(marginal, "mode"), mt.Mark(marginal_log, r"mode of $\log\sigma_w$"), mt.Mark(mean, "mean")),
        ),
        mt.Figure(
            title=f"{len(found) + 1} modes, a mean, and none of them",
            caption=rf"The slope of {name} with each $\sigma_w$ (in brackets) plugged in, and with $\sigma_w$ "
            "integrated out; 89% intervals. Each mode is the top of another density, the joint ones at the best slopes "
            r"for each $\sigma_w$, the others with the slopes integrated out. The joint mode proper is at zero, where "
            "there is no top.",
            alt=f"Intervals for the slope of {name}, a row for each candidate; the joint mode is a dot at zero.",
            x_label="",
            y_label=f"slope of {name}",
            series=(mt.Series("slope", rows, middles, "points", bottom=low, top=high),),
        ),
        mt.Figure(
            title="The joint mode runs away",
            caption=r"Log joint density of slopes and $\sigma_w$, at the best slopes for each $\sigma_w$. There is a "
            f"hill at {local:.1f}, where a search may stop; but to the left the density grows without end, above the "
            rf"hill from ${digit} \cdot 10^{{{int(power)}}}$ on.",
            alt=rf"Over $\sigma_w$ on a logarithmic axis: a hill at {local:.0f}, a valley, and a steady rise "
            "towards zero.",
            x_label=r"$\sigma_w$",
            y_label="log joint density less that of the hill, nats",
            series=(mt.Series("joint density", grid, [joint(problem, s) - hill for s in grid.tolist()], tone=3),),
            marks=(mt.Mark(local, "local mode"),),
            x_log=True,
        ),
    )
    answer = (
        r"There is no such thing as the mode once $\sigma_w$ is learned. The joint density of slopes and $\sigma_w$ "
        rf"grows without end as $\sigma_w$ goes to 0, by {p * math.log(10):.1f} nats a decade, so every engine "
        rf"refuses. A search may still stop on the hill at $\sigma_w = {local:.2f}$; on the log scale of $\sigma_w$ "
        rf"that hill is at {on_log:.2f}, and in terms of $w/\sigma_w$ at {per_scale:.1f}. Integrate the slopes out, "
        rf"and the mode of $\sigma_w$ is {marginal:.2f}, of $\log\sigma_w$ {marginal_log:.2f}; without its prior "
        f"(empirical Bayes: the evidence maximum) {evidence:.2f}. A mode depends on what is called the unknown; the "
        rf"posterior does not. Its mean for $\sigma_w$ is {mean:.2f}, sd {exact.scale_sd('w_sd'):.2f}."
        "\n\n"
        r"What to report: the posterior of the slopes with $\sigma_w$ integrated out, as means and intervals, and with "
        r"it the posterior of $\sigma_w$ itself. If one value of $\sigma_w$ must be plugged in, take a mode with the "
        "slopes integrated out (the marginal mode, or the evidence maximum) and say which: here the slopes are then "
        f"within {off_slopes:.2f} posterior sds of the means, and their sds up to {1 - np.min(width):.0%} too small. "
        f"Do not report a joint mode: the one at zero is up to {off_joint:.1f} posterior sds off."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="which-mode",
    title="Which mode?",
    question=r"With $\sigma_w$ learned, which mode is the mode?",
    answer="None: the joint density has no highest point, and every other mode depends on what is called the unknown.",
    data=mt.diabetes,
    prior=mt.HierarchicalNormal(scale=SCALE),
    lesson=lesson,
    about=mt.DIABETES_IN_WORDS
    + r" The slopes share a Normal prior whose sd $\sigma_w$ is unknown too, with a half-normal prior "
    f"of scale {SCALE:g}.",
    do=r"Report the posterior with $\sigma_w$ integrated out: means, intervals, and the posterior of $\sigma_w$. If "
    r"one value must be "
    r"plugged in, take a mode with the slopes integrated out and say which. Never report a joint mode.",
    also=(r"Which mode should be reported when $\sigma_w$ is learned?",),
)

if __name__ == "__main__":
    mt.run_script(__file__)
