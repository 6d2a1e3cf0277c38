"""Is the prior's variance 1/lambda or 1/(2 lambda)? Eight ways to write one loss, each normalised by quadrature."""

import math

import numpy as np

import mapsto as mt

ALPHA, NOISE_SD, PRIOR_SD = mt.resolve_scales(noise_sd=54.0, prior_sd=20.0)
NODES = 721  # of the trapezoidal rule: 40 to a unit
CONVENTIONS = (  # the loss; what it multiplies ‖r‖² and λ‖w‖² by; whether it then divides ‖r‖² by n
    (r"$\lVert r\rVert^2 + \lambda\lVert w\rVert^2$ (Ridge)", 1.0, 1.0, False),
    (r"$\lVert r\rVert^2 + \lambda\lVert w\rVert^2/2$", 1.0, 0.5, False),
    (r"$\lVert r\rVert^2/2 + \lambda\lVert w\rVert^2$", 0.5, 1.0, False),
    (r"$\lVert r\rVert^2/2 + \lambda\lVert w\rVert^2/2$", 0.5, 0.5, False),
    (r"$\lVert r\rVert^2/n + \lambda\lVert w\rVert^2$", 1.0, 1.0, True),
    (r"$\lVert r\rVert^2/n + \lambda\lVert w\rVert^2/2$", 1.0, 0.5, True),
    (r"$\lVert r\rVert^2/(2n) + \lambda\lVert w\rVert^2$", 0.5, 1.0, True),
    (r"$\lVert r\rVert^2/(2n) + \lambda\lVert w\rVert^2/2$ (ElasticNet)", 0.5, 0.5, True),
)
PENALTIES = (  # the claim; the penalty, and what it multiplies λw² by; its variance, and that times λ
    ("exp-minus-lambda-w2-has-variance-half-over-lambda", r"\lambda w^2", 1.0, r"1/(2\lambda)", 0.5),
    ("exp-minus-half-lambda-w2-has-variance-one-over-lambda", r"\lambda w^2/2", 0.5, r"1/\lambda", 1.0),
)


def variance(c: float) -> float:
    """Of the Normal density that exp(-c x^2) is."""
    return 1 / (2 * c)


def lambda_for(alpha: float, misfit: float, penalty: float) -> float:
    """The lambda of misfit ||r||^2 + lambda penalty ||w||^2 that is the prior of alpha = sigma^2 / sigma_w^2."""
    return alpha * misfit / penalty


def measured(c: float) -> tuple[float, float]:
    """Integral and variance of exp(-c x^2) by the trapezoidal rule, which for a Gaussian is exact to rounding."""
    x, spacing = np.linspace(-9 / math.sqrt(c), 9 / math.sqrt(c), NODES, retstep=True)
    height = np.exp(-c * x**2)
    return float(height.sum() * spacing), float(height @ x**2 / height.sum())


def off(c: float, variance: float) -> float:
    """How far exp(-c x^2), measured, is from Normal(0, variance): in its integral and its variance, relative."""
    integral, found = measured(c)
    return max(abs(found / variance - 1), abs(integral / math.sqrt(2 * math.pi * variance) - 1))


def lesson(result: mt.Result) -> mt.Lesson:
    problem, mode, exact, s = result.problem, result.mode, result.exact, result.problem.statistics
    assert isinstance(exact, mt.GaussianPosterior)
    lam = 2 * problem.noise_sd**2 * result.prior.penalty(np.ones(1))  # of this run's loss, which is Ridge's
    lambdas, off_word, off_ratio, off_mode, worst = [], 0.0, 0.0, 0.0, 1.0
    for _, factor, penalty, mean in CONVENTIONS:
        misfit = factor / problem.n if mean else factor
        own = lambda_for(lam, misfit, penalty)
        noise, prior = variance(misfit), variance(penalty * own)
        H = misfit * s.R.T @ s.R + penalty * own * np.eye(problem.p)  # half the curvature of this loss
        w = np.linalg.solve(H, misfit * s.R.T @ s.z)
        lambdas.append(own)
        off_word = max(off_word, off(misfit, noise), off(penalty * own, noise / ALPHA))
        off_ratio = max(off_ratio, abs(prior / noise * ALPHA - 1))
        off_mode = max(off_mode, mt.largest(w - mode.coef) / mt.largest(mode.coef))
        worst = max(worst, float(np.linalg.cond(H)))

    # exp(-loss) as it stands: noise variance 1/2, prior variance 1/(2 lambda). With noise variance 1 it is this run in
    # units of sigma.
    as_it_stands = mt.exact_posterior(problem.with_noise_sd(math.sqrt(0.5)), mt.Normal(scale=math.sqrt(0.5 / ALPHA)))
    assert isinstance(as_it_stands, mt.GaussianPosterior)
    apart = mt.largest(as_it_stands.mean - exact.mean) / mt.largest(exact.mean)
    wider = exact.sd / NOISE_SD / as_it_stands.sd

    sums, few, solving = 2 * mt.gamma(NODES), mt.gamma(8), 2 * problem.rounding * worst  # what rounding explains
    off_width = mt.largest(wider / math.sqrt(2) - 1)
    claims = (
        *(
            mt.Check(
                claim,
                off(factor * lam, times / ALPHA),
                sums,
                rf"$\exp(-{label})$ against $\text{{Normal}}(0, {word})$.",
            )
            for claim, label, factor, word, times in PENALTIES
        ),
        mt.Check(
            "every-reading-is-normalised",
            off_word,
            sums,
            r"The same of every $\exp(-\text{penalty})$ and $\exp(-\text{misfit})$; rounding.",
        ),
        mt.Check(
            "each-lambda-is-one-prior-in-units-of-the-noise",
            off_ratio,
            few,
            r"Prior over noise variance, against $1/\alpha$; rounding.",
        ),
        mt.Check(
            "every-convention-has-the-same-mode", off_mode, solving, "Lowest point of each loss; rounding × condition."
        ),
        mt.Check(
            "both-readings-have-one-mode",
            apart,
            solving,
            "Mean with noise variance 1/2 against mean with 1; rounding × condition.",
        ),
        mt.Check("their-widths-differ-by-root-two", off_width, solving, "Ratio of their sds; rounding × condition."),
    )
    x = np.linspace(-1.6, 1.6, 81) / math.sqrt(lam / 2)
    names, shares = [label for label, *_ in CONVENTIONS], [own / ALPHA for own in lambdas]
    curves, dots = [], []
    for tone, (_, label, factor, word, times) in enumerate(PENALTIES, start=1):
        density = np.exp(-(x**2) * lam / (2 * times)) / math.sqrt(2 * math.pi * times / lam)
        normalised = np.exp(-factor * lam * x**2) / measured(factor * lam)[0]
        curves.append(mt.Series(rf"$\text{{Normal}}(0, {word})$", x, density, tone=tone))
        dots.append(mt.Series(rf"$\exp(-{label})$, normalised", x[::4], normalised[::4], "points", tone=tone))
    figures = (
        mt.Figure(
            title="Two penalties, two priors",
            caption=rf"With $\lambda = {lam:.2f}$: each $\exp(-\text{{penalty}})$, divided by its integral, lies on "
            "the Normal density with the variance named. The factor 2 is in the penalty as it is written, not in the "
            "statistics.",
            alt="Two bell curves; the one of the unhalved penalty is narrower and higher. Dots lie on both.",
            x_label="$w$",
            y_label="density",
            series=(*curves, *dots),
        ),
        mt.Figure(
            title="The conventions",
            caption=r"For each way to write the loss, the prior's variance times $\lambda$. Read by the penalty alone "
            "it is $1/2$ or 1. In units of the noise variance, which is what the mode depends on, it depends on the "
            "misfit too.",
            alt="A row for each of eight losses: a dot at 1/2 or 1, another "
            f"from {min(shares):.2g} to {max(shares):.2g}.",
            x_label="",
            y_label=r"prior variance times $\lambda$",
            series=(
                mt.Series(
                    r"of $\exp(-\text{penalty})$ as it stands",
                    names,
                    [variance(c) for _, _, c, _ in CONVENTIONS],
                    "points",
                ),
                mt.Series(r"$\sigma_w^2\lambda/\sigma^2$", names, shares, "points", tone=3),
            ),
            marks=(mt.Mark(1.0, r"$1/\lambda$", "y"),),
            y_log=True,
        ),
    )
    answer = (
        r"Both, each for its own loss. $\exp(-\lambda w^2)$ is $\text{Normal}(0, 1/(2\lambda))$ and $\exp(-\lambda "
        r"w^2/2)$ is $\text{Normal}(0, 1/\lambda)$. Take Ridge's $\lVert r\rVert^2 + \lambda\lVert w\rVert^2$, with "
        r"residuals $r = y - b - Xw$. Read $\exp(-\text{loss})$ at its word, and the prior variance is $1/(2\lambda)$, "
        r"with noise of variance $1/2$. Set the noise variance to 1, and it is $1/\lambda$. The two readings agree on "
        r"what the loss knows, $\sigma_w^2/\sigma^2 = 1/\lambda$, and so on the mode; their widths differ by $\sqrt{2} "
        rf"= {float(wider.mean()):.3f}$, and neither $\sigma$ is that of these data. With $\sigma = {NOISE_SD:g}$ and "
        rf"$\lambda = {lam:.2f}$, $\sigma_w = \sigma/\sqrt{{\lambda}} = {NOISE_SD / math.sqrt(lam):.3g}$. A halved or "
        rf"averaged misfit moves the $\lambda$, from {min(lambdas):.3g} to {max(lambdas):.3g} for the same prior."
    )
    return mt.Lesson(claims, figures, answer)


experiment = mt.Experiment(
    name="half-or-not",
    title="One half or not",
    question=r"Is the prior's variance $1/\lambda$ or $1/(2\lambda)$?",
    answer=r"$\exp(-\lambda w^2)$ is $\text{Normal}(0, 1/(2\lambda))$ and $\exp(-\lambda w^2/2)$ is $\text{Normal}(0, "
    r"1/\lambda)$: it depends on how the loss is written.",
    data=mt.diabetes,
    prior=mt.Normal(scale=PRIOR_SD),
    lesson=lesson,
    about=mt.DIABETES_IN_WORDS,
    do=r"Never quote a prior variance from a $\lambda$ alone. Write the whole loss down, see what stands before the "
    r"misfit and "
    r"before the penalty, and state the ratio $\sigma_w^2/\sigma^2$; with the noise sd $\sigma$ known, $\sigma_w$ "
    r"follows.",
    shares="three-routes",
    also=(r"Is it $\lambda$ or $\lambda/2$?",),
)

if __name__ == "__main__":
    mt.run_script(__file__)
