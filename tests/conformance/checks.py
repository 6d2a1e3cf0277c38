"""What every prior has to satisfy: one function a check, which raises AssertionError with its name.

They are handed a prior, so that a wrong one can be handed to them too (test_wrong_priors.py), and one that nobody has
seen before (test_skeleton.py). Every tolerance is gamma, the rounding error of the operations at hand, times the size
of what was added up; or a Monte Carlo bound that holds for any sample size, with its rate of false alarms.
"""

from dataclasses import dataclass

import numpy as np

from conformance.answers import curvature, is_unique, sizes, slack
from conformance.places import centre, points, raw_points, wider, widths
from mapsto.engines import sklearn as via_sklearn
from mapsto.engines.sklearn import ridge_alpha
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported
from mapsto.posteriors.closed_form import closed_form
from mapsto.priors.registry import shipped
from mapsto.rounding import UNIT_ROUNDOFF, gamma

# Elementary functions and constants in the density of one slope: logarithms, powers, a quotient, their sums.
OPERATIONS = 16
FALSE_ALARM = 1e-6  # probability that a right prior fails a comparison of draws


@dataclass(frozen=True)
class Example:
    """The k-th example of a prior, for as many slopes as are asked for."""

    kind: type
    k: int

    def __call__(self, p):
        return self.kind.examples(p)[self.k]

    def __repr__(self):
        return f"{self.kind.name}-{self.k}"


def every_example():
    """The examples of every prior there is a file for."""
    return [Example(kind, k) for kind in shipped().values() for k in range(len(kind.examples(3)))]


# --- a prior by itself


def penalty_is_minus_log_density(prior, p=3):
    """The theorem: penalty + log density does not move with w, and both end where the prior does."""
    c = centre(prior, p)
    constant = prior.penalty(c) + prior.log_density(c)
    for w in points(prior, p):
        penalty, density = prior.penalty(w), prior.log_density(w)
        tolerance = gamma(OPERATIONS * p) * (abs(penalty) + abs(density) + abs(constant) + p)
        assert abs(penalty + density - constant) <= tolerance, "penalty_is_minus_log_density"
    assert prior.penalty(c) == 0.0, "penalty_is_minus_log_density: it pulls at the centre"
    for w in raw_points(prior, p):
        ends = np.isinf(prior.penalty(w)), np.isinf(prior.log_density(w)), np.isinf(prior.stationarity(w, 0 * w)).any()
        assert len(set(ends)) == 1, "penalty_is_minus_log_density: they end in different places"


def density_integrates_to_one(prior, p=3):
    """The integral of an improper density is not one; that of any other is, slope by slope or all at once."""
    if not prior.proper:
        far = widths(prior, p) * 1e6
        assert prior.log_density(far) == prior.log_density(0 * far), "density_integrates_to_one: it is called improper"
        return
    if prior.no_mode:
        _integral_of_one_slope(prior)
    elif prior.separable:
        for j in range(p):
            _integral_of_one_slope(prior.marginal(j, p))
    else:
        _integral_of_all(prior, p)


def is_separable(prior, p):
    """Whether the log density of all slopes is the sum of those of each; a slope without one of its own is coupled."""
    ones = [prior.marginal(j, p) for j in range(p)]
    if None in ones:
        return False
    for w in points(prior, p)[1:4]:
        each = [one.log_density(w[j : j + 1]) for j, one in enumerate(ones)]
        size = np.abs(each).sum() + prior.penalty(w) + p
        if abs(prior.log_density(w) - sum(each)) > gamma(OPERATIONS * p) * size:
            return False
    return True


def _integral_of_one_slope(prior):
    """By the double-exponential rule on either side of the centre.

    w = centre +- width exp(pi/2 sinh t) with steps of 1/64 converges far below rounding even where the density has a
    kink or a pole at the centre or tails like 1 / w^2 (Takahasi & Mori 1974, section 4).
    """
    step = 1 / 64
    t = np.arange(-4.0, 4.0 + step, step)
    c, width = float(centre(prior, 1)[0]), float(widths(prior, 1)[0])
    away = width * np.exp(np.pi / 2 * np.sinh(t))
    weights = step * away * np.pi / 2 * np.cosh(t)
    total = size = 0.0
    for sign in (1.0, -1.0):
        logs = np.array([prior.log_density(np.array([c + sign * x])) for x in away])
        inside = np.isfinite(logs)
        terms = weights[inside] * np.exp(logs[inside])
        total += terms.sum()
        # the exponential turns an absolute error of the log into a relative one, and so it does at the node
        size += (terms * (2 + np.abs(logs[inside]) + np.abs(np.sinh(t[inside])))).sum()
    assert abs(total - 1) <= gamma(2 * OPERATIONS * len(t)) * size, "density_integrates_to_one"


def _integral_of_all(prior, p):
    """By the trapezoidal rule along the axes of the curvature at the centre, whatever they are: w = centre + L t.

    It converges faster than any power where the density is analytic; fast enough where it is so for a width around.
    """
    assert p <= 2, "a grid of more than two slopes is large: ask for fewer"
    t = np.arange(-10.0, 10.0, 0.2)
    c = centre(prior, p)
    L = np.linalg.inv(np.linalg.cholesky(prior.curvature(c))).T
    nodes = np.column_stack([grid.ravel() for grid in np.meshgrid(*[t] * p)]) @ L.T + c
    logs = np.array([prior.log_density(w) for w in nodes])
    terms = np.exp(logs) * 0.2**p * np.abs(np.linalg.det(L))
    size = (terms * (2 + np.abs(logs))).sum()
    assert abs(terms.sum() - 1) <= gamma(2 * OPERATIONS * len(nodes)) * size, "density_integrates_to_one"


def density_is_pymcs(prior, p=3):
    """log_density equals the logp of the variable that PyMC samples, inside and past the edge.

    The variable comes of the prior's family, or of its expression where PyMC has no name for it.
    """
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt

    from mapsto.engines.pymc.families import slopes

    with pm.Model(coords={"feature": [f"x{j}" for j in range(p)]}) as model:
        variable = slopes(prior, p, np.float64(1.0))
    assert model.named_vars["w"] is variable, "density_is_pymcs: not in the model by its name"
    assert model.named_vars_to_dims["w"] == ("feature",), "density_is_pymcs: not along its dimension"
    if prior.no_mode:
        return
    value = pt.vector("value", dtype="float64")
    logp = pytensor.function([value], pm.logp(variable, value), mode="FAST_COMPILE")
    for w in [*points(prior, p), *raw_points(prior, p)]:
        ours, theirs = prior.log_density(w), logp(w)
        if np.isinf(ours):
            assert theirs.sum() == ours, "density_is_pymcs: it ends elsewhere"
            continue
        size = abs(ours) + np.abs(theirs).sum() + prior.penalty(w) + p
        assert abs(ours - theirs.sum()) <= gamma(OPERATIONS * p) * size, "density_is_pymcs"


def expression_is_the_density(prior, p=3):
    """The expression over an array namespace, where there is one, is log_density: a scalar, constant included."""
    for w in points(prior, p):
        ours, theirs = prior.log_density(w), prior.expression(w, np, p)
        if theirs is None:
            assert prior.family(p) is not None, "expression_is_the_density: neither a family nor an expression"
            return
        assert np.ndim(theirs) == 0, "expression_is_the_density: it is for each slope and not for all"
        size = abs(ours) + abs(theirs) + prior.penalty(w) + p
        assert abs(ours - theirs) <= gamma(OPERATIONS * p) * size, "expression_is_the_density"


def gaussian_is_the_density(prior, p=3):
    """Mean and root of the covariance, where they are stated, give the density."""
    from scipy.linalg import solve_triangular

    normal = prior.gaussian(p)
    if normal is None:
        return
    root = normal.matrix
    assert normal.mean.shape == (p,), "gaussian_is_the_density: shape of the mean"
    assert np.array_equal(root, np.tril(root)), "gaussian_is_the_density: the root is not lower triangular"
    assert (np.diag(root) > 0).all(), "gaussian_is_the_density: the root is singular"
    for w in points(prior, p):
        u = solve_triangular(root, w - normal.mean, lower=True)
        theirs = -0.5 * (u @ u) - np.log(np.diag(root)).sum() - 0.5 * p * np.log(2 * np.pi)
        size = (abs(theirs) + p) * np.linalg.cond(root)
        assert abs(prior.log_density(w) - theirs) <= gamma(OPERATIONS * p) * size, "gaussian_is_the_density"


def curvature_is_the_slopes(prior, p=3):
    """The stated curvature is symmetric and that of the slope, by differences over a longer step."""
    if prior.no_mode:
        return
    for w in points(prior, p)[1:]:
        H = prior.curvature(w)
        assert H.shape == (p, p), "curvature_is_the_slopes: shape"
        across = np.sqrt(np.abs(np.outer(np.diag(H), np.diag(H))))
        assert (np.abs(H - H.T) <= gamma(OPERATIONS) * across).all(), "curvature_is_the_slopes: not symmetric"
        size = np.abs(prior.slope(w)).max() / np.abs(w - centre(prior, p)).min() + np.abs(H).max()
        for j in range(p):
            step = np.where(np.arange(p) == j, 1e-4 * np.abs(w[j]), 0.0)
            found = (prior.slope(w + step) - prior.slope(w - step)) / (2 * step[j])
            # truncation is the square of the step; rounding of two slopes over it
            assert (np.abs(H[:, j] - found) <= 1e-6 * size).all(), "curvature_is_the_slopes"


def lengths_are_lengths(prior, p=3):
    """With every length doubled, slopes twice as long have the same penalty."""
    if prior.no_mode:
        return
    double = wider(prior, 2.0)
    for w in points(prior, p):
        ours, theirs = prior.penalty(w), double.penalty(2 * w)
        assert abs(ours - theirs) <= gamma(OPERATIONS * p) * (ours + theirs), "lengths_are_lengths"


def stationarity_is_the_slope(prior, p=3):
    """Off the kinks stationarity is |gradient + penalty'|, with penalty' from central differences."""
    for w in points(prior, p)[1:]:
        slope, error = np.zeros(p), np.zeros(p)
        for j in range(p):
            along = np.zeros(p)
            along[j] = abs(w[j]) * UNIT_ROUNDOFF ** (1 / 3)  # where truncation and rounding are balanced
            h = (w[j] + along[j]) - w[j]
            along[j] = h
            once = (prior.penalty(w + along) - prior.penalty(w - along)) / (2 * h)
            twice = (prior.penalty(w + 2 * along) - prior.penalty(w - 2 * along)) / (4 * h)
            slope[j] = once
            # the longer step truncates four times as much as the shorter, so their difference is three times
            # what is left in the shorter; the rounding is that of two penalties of a rounded argument
            size = max(prior.penalty(w), prior.penalty(w + 2 * np.abs(w)))
            error[j] = abs(twice - once) + gamma(OPERATIONS * p) * size / h
        for push in (np.zeros(p), slope, -slope, -3 * slope):
            off = np.abs(prior.stationarity(w, push) - np.abs(push + slope))
            assert (off <= error + gamma(OPERATIONS) * np.abs(slope)).all(), "stationarity_is_the_slope"


def stationarity_holds_kinks(prior, p=3):
    """At zero, stationarity is the distance of minus the gradient to what lies between the slopes on either side."""
    if prior.no_mode:
        return
    for j in range(p):
        w = points(prior, p)[1]
        w[j] = 0.0
        low, high, error = _one_sided(prior, w, j)
        sharp = high - low if np.isfinite(high - low) else abs(high) + 1 / widths(prior, p)[j]
        pulls = [high, high - 0.1 * sharp, high - 0.5 * sharp, high + 0.5 * sharp + 1]
        if np.isfinite(low):
            pulls += [low, low + 0.1 * sharp, low - 0.5 * sharp - 1]
        for pull in pulls:
            expected = max(low - pull, pull - high, 0.0)
            gradient = np.where(np.arange(p) == j, -pull, 0.0)
            off = abs(prior.stationarity(w, gradient)[j] - expected)
            assert off <= error + gamma(OPERATIONS) * abs(pull), "stationarity_holds_kinks"


def _one_sided(prior, w, j):
    """Slopes of the penalty to the left and right of w_j, with the error of the worse; infinite past an edge."""
    along = np.where(np.arange(len(w)) == j, 1e-6 * widths(prior, len(w))[j], 0.0)
    h, here = along[j], prior.penalty(w)
    slopes, error = [], 0.0
    for sign in (-1, 1):
        if np.isinf(prior.penalty(w + sign * along)):
            slopes.append(sign * np.inf)
            continue
        once = (prior.penalty(w + sign * along) - here) / (sign * h)
        twice = (prior.penalty(w + 2 * sign * along) - here) / (2 * sign * h)
        slopes.append(once)
        # a difference over twice the length truncates twice as much; the rest is rounding of two penalties
        error = max(error, 2 * abs(twice - once) + gamma(OPERATIONS * len(w)) * (here + 1) / h)
    return *slopes, error


def is_labelled_right(prior, p=3):
    """Whether it is convex and whether it has kinks is as its penalty says."""
    if prior.no_mode:
        return
    w = points(prior, p)[1]
    w[0] = 0.0
    low, high, error = _one_sided(prior, w, 0)
    assert prior.kinked == bool(high - low > 2 * error), "is_labelled_right: kinked"
    ends = [w for w in points(prior, p) if np.isfinite(prior.penalty(w))]
    bulges = False
    for a in ends:
        for b in ends:
            chord = (prior.penalty(a) + prior.penalty(b)) / 2
            middle = (a + b) / 2
            # the middle itself is rounded, which moves the penalty by its slope times that
            slack = gamma(OPERATIONS * p) * (chord + prior.penalty(middle) + np.abs(a) @ prior.stationarity(a, 0 * a))
            bulges |= bool(prior.penalty(middle) > chord + slack)
    assert prior.convex == (not bulges), "is_labelled_right: convex"
    assert prior.separable == is_separable(prior, max(p, 2)), "is_labelled_right: separable"


def alpha_is_the_penalty(problem, prior, alpha_of=ridge_alpha):
    """alpha ||w - centre||^2 = 2 sigma^2 phi(w): the convention, wherever one number says the penalty."""
    alpha = alpha_of(problem, prior)
    if alpha is None:
        return
    for w in points(prior, problem.p)[1:]:
        away = w - centre(prior, problem.p)
        penalty = 2 * problem.noise_sd**2 * prior.penalty(w)
        assert abs(alpha * (away @ away) - penalty) <= gamma(OPERATIONS * len(w)) * penalty, "alpha_is_the_penalty"


# --- scale mixtures


def has_no_mode_and_says_so(problem, prior):
    """A prior without a mode refuses every route with the reason, and calls no point stationary."""
    refusals = [closed_form(problem, prior), via_sklearn.recipe(problem, prior)]
    for refusal in refusals:
        assert isinstance(refusal, Unsupported), "has_no_mode_and_says_so: a route answered"
        assert refusal.reason == prior.no_mode.strip() != "", "has_no_mode_and_says_so: no reason"
    for w in points(prior, problem.p):
        off = prior.stationarity(w, problem.data_gradient(w))
        assert np.isposinf(off).all(), "has_no_mode_and_says_so: it calls a point stationary"


def scales_are_pymcs(prior, p=2, size=3_000):
    """Draws of the scales, and of slopes made with them, are distributed as PyMC's own.

    Two empirical distributions of one law differ by more than the sum of the two DKW bounds with a probability of at
    most the two tails together (Massart 1990, Annals of Probability 18(3), corollary 1). Compared are the scale of each
    slope, the ratio of two scales and each slope itself.
    """
    import pymc as pm

    from mapsto.engines.pymc.families import slopes

    with pm.Model(coords={"feature": [f"x{j}" for j in range(p)]}) as model:
        slopes(prior, p, np.float64(1.0))
    wanted = [model["w_scale"], model["w"]]
    scales, drawn = pm.draw(wanted, draws=size, random_seed=3, mode="FAST_COMPILE")
    rng = np.random.default_rng(4)
    ours = prior.scales(10 * size, p, rng)
    assert ours.shape == (10 * size, p), "scales_are_pymcs: shape"
    made = ours * rng.standard_normal(ours.shape)

    def facts(s, w):
        return [*s.T, *w.T, *(s[:, 0] / s[:, j] for j in range(1, p)), *(w[:, 0] * w[:, j] for j in range(1, p))]

    pairs = list(zip(facts(ours, made), facts(scales, drawn), strict=True))
    tail = FALSE_ALARM / (2 * len(pairs))  # of one sample in one comparison
    bound = sum(np.sqrt(np.log(2 / tail) / (2 * len(sample))) for sample in pairs[0])
    for one, other in pairs:
        assert _distance(one, other) <= bound, "scales_are_pymcs"


def _distance(one, other):
    """Largest gap between two empirical distribution functions; a tie within rounding is a tie."""
    one, other = (np.sort(sample.astype(np.float32)) for sample in (one, other))
    both = np.concatenate([one, other])
    below = [np.searchsorted(sample, both, side="right") / len(sample) for sample in (one, other)]
    return np.abs(below[0] - below[1]).max()


def density_is_the_average(prior, p=2, size=40_000):
    """log_density is that of Normal slopes averaged over fresh draws of the scales, to their Monte Carlo error."""
    s = prior.scales(size, p, np.random.default_rng(8))
    assert (s > 0).all(), "density_is_the_average: a scale is not positive"
    for w in points(prior, p)[1:7]:
        logs = -0.5 * ((w / s) ** 2).sum(axis=1) - np.log(s).sum(axis=1) - 0.5 * p * np.log(2 * np.pi)
        heights = np.exp(logs - logs.max())
        average = np.log(heights.mean()) + logs.max()
        # of the fresh average, and of the prior's own, which may be an average over half as many
        error = np.sqrt(3) * heights.std() / heights.mean() / np.sqrt(size)
        # 6.5 standard errors: less than FALSE_ALARM for all places together; the rest is that log is not straight
        assert abs(prior.log_density(w) - average) <= 6.5 * error + (6.5 * error) ** 2, "density_is_the_average"


# --- beside data


def is_stationary(problem, prior, w, backward=0.0):
    """The gradient of the data's half lies in minus the subdifferential of the penalty.

    Up to rounding, or to ``backward`` of its size, where the search that brought w stops by design.
    """
    off = prior.stationarity(w, problem.data_gradient(w))
    assert (off <= max(slack(problem), backward) * sizes(problem, prior, w)).all(), "is_stationary"


def is_same_mode(problem, prior, ours, theirs):
    """Two answers agree in slopes and intercept, to the rounding of their gradients over the curvature.

    Where many slopes are equally good they agree in the objective; where a coefficient is exactly zero, on both.
    """
    s, apart = problem.statistics, ours.coef - theirs.coef
    error = max(slack(problem), ours.backward) + max(slack(problem), theirs.backward)
    rest = gamma(problem.n * problem.p) * (abs(s.y_mean) + np.abs(s.x_mean) @ np.abs(ours.coef))
    gap = abs(ours.intercept - theirs.intercept)
    parts = np.maximum(sizes(problem, prior, ours.coef), sizes(problem, prior, theirs.coef))
    if not is_unique(problem, prior, ours.coef):
        spread = np.linalg.norm(s.R) * max(np.linalg.norm(e.coef) for e in (ours, theirs)) + np.linalg.norm(s.z)
        penalties = [prior.penalty(e.coef) for e in (ours, theirs)]
        losses = [
            problem.objective(e.coef, e.intercept, penalty)
            for e, penalty in zip((ours, theirs), penalties, strict=True)
        ]
        size = spread**2 + s.residual_sum_of_squares + 2 * problem.noise_sd**2 * max(penalties)
        allowed = 2 * problem.noise_sd**2 * error * (parts @ np.abs(apart)) + slack(problem) * size
        assert abs(losses[0] - losses[1]) <= allowed, "is_same_mode: the objectives differ"
        return
    unit, least = curvature(problem, prior, ours.coef)
    if prior.kinked:
        assert ((ours.coef == 0) == (theirs.coef == 0)).all(), "is_same_mode: the exact zeros differ"
    allowed = error * np.linalg.norm(parts / unit) / least if least < np.inf else 0.0
    assert np.linalg.norm(apart * unit) <= allowed, "is_same_mode"
    assert gap <= np.linalg.norm(s.x_mean / unit) * allowed + rest, "is_same_mode: the intercepts differ"


def closed_form_is_stationary(problem, prior, solve=closed_form):
    """The formula's answer is a stationary point, where there is a formula; else it says why there is none."""
    solution = solve(problem, prior)
    if isinstance(solution, Unsupported):
        assert solution.reason.strip(), "closed_form_is_stationary: no reason"
        return
    is_stationary(problem, prior, solution.mode.coef)


def direct_is_stationary(problem, prior):
    """What the prior says of its own shape leads the direct route to a stationary point."""
    from mapsto.engines.direct import solve as via_direct

    if prior.no_mode or (prior.piecewise_quadratic(problem.p) is None and _has_formula(problem, prior)):
        return
    is_stationary(problem, prior, via_direct.solve(problem, prior).coef)


def _has_formula(problem, prior):
    return not isinstance(closed_form(problem, prior), Unsupported)


def sklearn_agrees(problem, prior, fit=via_sklearn.fit, solve=closed_form):
    """scikit-learn's estimator stops where the posterior peaks, or it is said why there is none."""
    theirs = fit(problem, prior)
    if isinstance(theirs, Unsupported):
        assert theirs.reason.strip(), "sklearn_agrees: no reason"
        return
    is_stationary(problem, prior, theirs.coef, theirs.backward)
    ours = solve(problem, prior)
    if not isinstance(ours, Unsupported):
        is_same_mode(problem, prior, ours.mode, theirs)


def posterior_is_normalised(problem, prior, solve=closed_form):
    """log likelihood + log prior = log evidence + log posterior density, at the mode, where the posterior is known."""
    solution = solve(problem, prior)
    if isinstance(solution, Unsupported) or isinstance(solution.posterior, Unsupported):
        return
    posterior, mode, s = solution.posterior, solution.mode, problem.statistics
    terms = [
        problem.log_likelihood(mode.coef, mode.intercept),
        prior.log_density(mode.coef),
        -posterior.log_evidence,
        -posterior.log_density_at_mode(),
    ]
    # the evidence is solved in the space of the data, with the condition number of the spread of y
    spread = np.linalg.norm(s.R, 2) ** 2 * (np.max(widths(prior, problem.p)) ** 2) / problem.noise_sd**2
    spread = max(spread, np.linalg.cond(s.R) ** 2) if not prior.proper else spread
    parts = np.linalg.norm(s.R) * np.linalg.norm(mode.coef) + np.sqrt(s.z @ s.z + s.residual_sum_of_squares)
    size = np.abs(terms).sum() + problem.n + problem.p + (parts / problem.noise_sd) ** 2
    assert abs(sum(terms)) <= slack(problem) * (1 + spread) * size, "posterior_is_normalised"


# Every check by its name; those that take a prior alone, and those that need data beside it.
ALONE = {
    check.__name__: check
    for check in (
        penalty_is_minus_log_density,
        density_integrates_to_one,
        density_is_pymcs,
        expression_is_the_density,
        gaussian_is_the_density,
        curvature_is_the_slopes,
        lengths_are_lengths,
        stationarity_is_the_slope,
        stationarity_holds_kinks,
        is_labelled_right,
    )
}
BESIDE_DATA = {
    check.__name__: check
    for check in (
        alpha_is_the_penalty,
        closed_form_is_stationary,
        direct_is_stationary,
        sklearn_agrees,
        posterior_is_normalised,
    )
}
OF_MIXTURES = {check.__name__: check for check in (density_integrates_to_one, scales_are_pymcs, density_is_the_average)}


def rows(table, noise_sd=1.0, **options):
    """The problem of a table (X, y)."""
    return Problem.from_rows(*table, noise_sd=noise_sd, **options)


def nudged(problem, w):
    """w with its weightiest coefficient moved by one part in a million."""
    j = int(np.argmax(problem.statistics.column_norms * np.abs(w)))
    return np.where(np.arange(len(w)) == j, w * (1 + 1e-6), w)


def wrong_answers(problem, prior, w, solve):
    """What must fail wherever w passes: alpha doubled, a sign flipped, all zero, w nudged, a zero let go.

    Those that are no other answer are left out: without a penalty there is no alpha, and zero has no sign.
    """
    louder = problem.with_noise_sd(problem.noise_sd * np.sqrt(2))
    freed = np.where((w == 0) & (np.cumsum(w == 0) == 1), widths(prior, len(w)), w)
    wrong = {
        "alpha doubled": solve(louder, prior).coef,
        "sign flipped": -w,
        "zero vector": np.zeros(len(w)),
        "nudged": nudged(problem, w),
        "zero let go": freed if prior.kinked else w,
    }
    without_pull = not prior.stationarity(w, np.zeros(len(w))).any()
    return {
        name: value
        for name, value in wrong.items()
        if not (np.array_equal(value, w) or (name == "alpha doubled" and without_pull))
    }
