"""Is the prior's variance 1/lambda or 1/(2 lambda)? Eight ways to write one loss, each normalised by quadrature."""

import math
from dataclasses import dataclass, replace

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
    exact_posterior,
    gamma,
    run_script,
)

Vector = NDArray[np.float64]

NOISE_SD, PRIOR_SD = 54.0, 20.0
NODES = 721  # of the trapezoidal rule: 40 to a unit
READINGS = ((0.5, 0.5), (1.0, 1.0))  # (noise variance, prior variance times lambda): the learner's, the instructor's


@dataclass(frozen=True)
class Convention:
    """A ridge loss: whether its misfit is halved, a mean instead of a sum, and whether its penalty is halved."""

    label: str
    half_misfit: bool
    mean: bool
    half_penalty: bool


CONVENTIONS = (
    Convention("‖r‖² + λ‖w‖²  (Ridge)", False, False, False),
    Convention("‖r‖² + λ‖w‖²/2", False, False, True),
    Convention("‖r‖²/2 + λ‖w‖²", True, False, False),
    Convention("‖r‖²/2 + λ‖w‖²/2", True, False, True),
    Convention("‖r‖²/n + λ‖w‖²", False, True, False),
    Convention("‖r‖²/n + λ‖w‖²/2", False, True, True),
    Convention("‖r‖²/2n + λ‖w‖²", True, True, False),
    Convention("‖r‖²/2n + λ‖w‖²/2  (ElasticNet)", True, True, True),
)


def prior_variance(lam: float, halved: bool) -> float:
    """Variance of the Normal density that exp(-penalty) is: of exp(-lam w^2 / 2) if halved, else of exp(-lam w^2)."""
    return 1 / lam if halved else 1 / (2 * lam)


def noise_variance(n: int, halved: bool, mean: bool) -> float:
    """Variance of the noise that exp(-misfit) stands for, taken by its word."""
    return (1.0 if halved else 0.5) * (n if mean else 1)


def lambda_for(alpha: float, n: int, c: Convention) -> float:
    """The lambda that in this convention is the prior that alpha = sigma^2 / sigma_w^2 is."""
    return alpha * (0.5 if c.half_misfit else 1.0) / (n if c.mean else 1) / (0.5 if c.half_penalty else 1.0)


def diabetes() -> Problem:
    """442 patients, 10 columns standardised (mean 0, sd 1); the target is disease progression after a year."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return Problem.from_rows((X - X.mean()) / X.std(ddof=0), y, noise_sd=NOISE_SD, target="disease progression")


def measured(c: float) -> tuple[float, float]:
    """Integral and variance of exp(-c w^2) by the trapezoidal rule, which for a Gaussian is exact to rounding."""
    grid, spacing = np.linspace(-9, 9, NODES) / math.sqrt(c), 18 / (NODES - 1) / math.sqrt(c)
    height = np.exp(-c * grid**2)
    return float(height.sum() * spacing), float(height @ grid**2 / height.sum())


def off(c: float, variance: float) -> float:
    """How far exp(-c w^2), measured, is from Normal(0, variance): in its integral and its variance, relative."""
    integral, found = measured(c)
    return max(abs(found / variance - 1), abs(integral / math.sqrt(2 * math.pi * variance) - 1))


def lesson(result: Result) -> Lesson:
    problem, mode, s = result.problem, result.mode, result.problem.statistics
    alpha = result.prior.alpha(problem)
    assert alpha is not None
    n, p, lam = problem.n, problem.p, alpha
    literal, shares, lambdas, off_noise, off_ratio, off_mode = [], [], [], 0.0, 0.0, 0.0
    worst = 1.0
    for c in CONVENTIONS:
        own = lambda_for(alpha, n, c)
        misfit, penalty = (0.5 if c.half_misfit else 1.0) / (n if c.mean else 1), 0.5 if c.half_penalty else 1.0
        variance, noise = prior_variance(own, c.half_penalty), noise_variance(n, c.half_misfit, c.mean)
        off_noise = max(off_noise, off(penalty * own, variance), off(misfit, noise))
        off_ratio = max(off_ratio, abs(variance / noise * alpha - 1))
        H = misfit * s.R.T @ s.R + penalty * own * np.eye(p)  # half the curvature of this loss
        worst = max(worst, float(np.linalg.cond(H)))
        w = np.linalg.solve(H, misfit * s.R.T @ s.z)
        off_mode = max(off_mode, float(np.abs(w - mode.coef).max() / np.abs(mode.coef).max()))
        literal.append(prior_variance(1.0, c.half_penalty))
        shares.append(variance / noise * own)
        lambdas.append(own)

    read = [
        exact_posterior(replace(problem, noise_sd=math.sqrt(v)), Normal(scale=math.sqrt(q / lam))) for v, q in READINGS
    ]
    learner, instructor = read
    assert isinstance(learner, GaussianPosterior)
    assert isinstance(instructor, GaussianPosterior)
    apart = float(np.abs(learner.mean - instructor.mean).max() / np.abs(learner.mean).max())
    wider = instructor.sd / learner.sd

    quadrature = 2 * gamma(NODES)
    solving = 2 * p * gamma(n + 3 * p + 1) * worst
    claims = (
        Check(
            "exp-minus-lambda-w2-has-variance-half-over-lambda",
            off(lam, prior_variance(lam, halved=False)),
            quadrature,
            f"Integral and variance of exp(-λw²) on {NODES} nodes against Normal(0, 1/(2λ)); two sums' rounding.",
        ),
        Check(
            "exp-minus-half-lambda-w2-has-variance-one-over-lambda",
            off(lam / 2, prior_variance(lam, halved=True)),
            quadrature,
            f"Integral and variance of exp(-λw²/2) on {NODES} nodes against Normal(0, 1/λ); two sums' rounding.",
        ),
        Check(
            "every-reading-is-normalised",
            off_noise,
            quadrature,
            "The same for exp(-penalty) and exp(-misfit) of every convention, the worst of them.",
        ),
        Check(
            "each-lambda-is-one-prior-in-units-of-the-noise",
            off_ratio,
            gamma(8),
            "Prior variance over noise variance, both read literally, against 1/α: a handful of roundings.",
        ),
        Check(
            "every-convention-has-the-same-mode",
            off_mode,
            solving,
            f"Its own normal equations against the mode, relative; backward error times condition {worst:.3g}.",
        ),
        Check("both-readings-have-one-mode", apart, solving, "Learner's against instructor's; as above."),
        Check(
            "their-widths-differ-by-root-two",
            float(np.abs(wider / math.sqrt(2) - 1).max()),
            solving,
            "Posterior sds, instructor's over learner's, against √2, the worst slope; as above.",
        ),
    )
    reach = np.linspace(-1.6, 1.6, 81) / math.sqrt(lam / 2)
    stated = [np.exp(-(reach**2) / (2 * v)) / math.sqrt(2 * math.pi * v) for v in (0.5 / lam, 1 / lam)]
    names = [c.label for c in CONVENTIONS]
    figures = (
        Figure(
            title="Two penalties, two priors",
            caption=f"With λ = {lam:.2f}: each exp(-penalty), divided by its integral, lies on the Normal density with "
            "the variance named. The factor 2 is in the penalty as it is written, not in the statistics.",
            alt="Two bell curves; the one of the unhalved penalty is narrower and higher. Dots lie on both.",
            x_label="w",
            y_label="density",
            series=(
                Series("Normal(0, 1/(2λ))", reach.tolist(), stated[0].tolist(), tone=1),
                Series("Normal(0, 1/λ)", reach.tolist(), stated[1].tolist(), tone=2),
                *(
                    Series(
                        label,
                        reach[::4].tolist(),
                        (np.exp(-c * reach**2) / measured(c)[0])[::4].tolist(),
                        "points",
                        tone=t,
                    )
                    for label, c, t in (("exp(-λw²), normalised", lam, 1), ("exp(-λw²/2), normalised", lam / 2, 2))
                ),
            ),
        ),
        Figure(
            title="The conventions",
            caption="For each way to write the loss, the prior's variance times λ. Read by the penalty alone it is 1/2 "
            "or 1. In units of the noise variance, which is what the mode depends on, it depends on the misfit too.",
            alt="A row for each of eight losses, with a dot at 1/2 or 1 and another from "
            f"{min(shares):.2g} to {max(shares):.2g}.",
            x_label="",
            y_label="prior variance × λ",
            series=(
                Series("of exp(-penalty) as it stands", names, literal, "points", tone=1),
                Series("σ_w² λ/σ²", names, shares, "points", tone=3),
            ),
            marks=(Mark(1.0, "1/λ", "y"),),
            y_log=True,
        ),
        Figure(
            title="One prior, eight numbers",
            caption=f"The λ that each convention needs for σ_w = {PRIOR_SD:g} beside σ = {NOISE_SD:g}. All eight "
            "losses have their lowest point at the same slopes.",
            alt=f"A dot for each of eight losses, from {min(lambdas):.2g} to {max(lambdas):.3g}.",
            x_label="",
            y_label="λ",
            series=(Series("λ", names, lambdas, "points"),),
            y_log=True,
        ),
    )
    answer = (
        "Both, each for its own loss. exp(-λw²) is Normal(0, 1/(2λ)) and exp(-λw²/2) is Normal(0, 1/λ). For Ridge's "
        "‖r‖² + λ‖w‖² the learner takes exp(-loss) at its word: prior variance 1/(2λ), and with it noise of variance "
        "1/2. The instructor sets the noise variance to 1 and gets 1/λ. The two agree on what the loss knows, σ_w²/σ² "
        f"= 1/λ, and so on the mode; their widths differ by √2 = {float(wider.mean()):.3f}, and neither σ is that of "
        f"these data. With σ = {NOISE_SD:g} and λ = {lam:.2f}, σ_w = σ/√λ = {NOISE_SD / math.sqrt(lam):.3g}. A halved "
        f"or averaged misfit moves the λ, from {min(lambdas):.3g} to {max(lambdas):.3g} for the same prior."
    )
    return Lesson(claims, figures, answer)


experiment = Experiment(
    name="half-or-not",
    title="One half or not",
    question="Is the prior's variance 1/λ or 1/(2λ)?",
    answer="exp(-λw²) is Normal(0, 1/(2λ)) and exp(-λw²/2) is Normal(0, 1/λ): it depends on how the loss is written.",
    data=diabetes,
    prior=Normal(scale=PRIOR_SD),
    order=3,
    lesson=lesson,
)

if __name__ == "__main__":
    run_script(__file__)
