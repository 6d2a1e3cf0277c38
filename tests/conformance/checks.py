"""What every prior has to satisfy: one function a check, which raises AssertionError with its name.

They are handed a prior, so that a wrong one can be handed to them too (test_wrong_priors.py). Every tolerance
is gamma, the rounding error of the operations at hand, times the size of what was added up.
"""

import importlib
import inspect
import pkgutil
from dataclasses import replace

import numpy as np

import mapsto.priors
from mapsto.estimate import Unsupported
from mapsto.priors.base import Prior
from mapsto.problem import Problem
from mapsto.rounding import UNIT_ROUNDOFF, gamma

# Elementary functions and constants in the density of one slope: logarithms, powers, a quotient, their sums.
OPERATIONS = 16


def every_example():
    """The examples of every prior there is a file for."""
    found = []
    for info in pkgutil.iter_modules(mapsto.priors.__path__):
        module = importlib.import_module(f"mapsto.priors.{info.name}")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            here = kind.__module__ == module.__name__
            if here and issubclass(kind, Prior) and not inspect.isabstract(kind):
                found += kind.examples()
    return found


def width(prior):
    """A length on which the density of one slope lives: one over its height at the centre."""
    return float(np.exp(-prior.log_density(np.zeros(1))))


def points(prior, p=3):
    """Slopes at the centre, at random and far out, in the prior's width; none but the first is on a kink."""
    rng = np.random.default_rng(11)
    signs = rng.choice([-1.0, 1.0], (8, p))
    sizes = np.concatenate([rng.uniform(0.05, 3.0, (6, p)), rng.uniform(10.0, 1000.0, (2, p))])
    return [np.zeros(p), *(width(prior) * signs * sizes)]


def penalty_is_minus_log_density(prior):
    """The theorem: penalty + log density does not move with w."""
    constant = prior.penalty(np.zeros(3)) + prior.log_density(np.zeros(3))
    for w in points(prior):
        penalty, density = prior.penalty(w), prior.log_density(w)
        tolerance = gamma(OPERATIONS * len(w)) * (abs(penalty) + abs(density) + abs(constant) + len(w))
        assert abs(penalty + density - constant) <= tolerance, "penalty_is_minus_log_density"
    assert prior.penalty(np.zeros(3)) == 0.0, "penalty_is_minus_log_density: it pulls at the centre"


def density_integrates_to_one(prior):
    """The integral over one slope, by the double-exponential rule on either side of the centre.

    w = +-width exp(pi/2 sinh t) with steps of 1/64 converges far below rounding even where the density has a
    kink at 0 or tails like 1 / w^2 (Takahasi & Mori 1974, section 4).
    """
    step = 1 / 64
    t = np.arange(-4.0, 4.0 + step, step)
    w = width(prior) * np.exp(np.pi / 2 * np.sinh(t))
    weights = step * w * np.pi / 2 * np.cosh(t)
    total = size = 0.0
    for sign in (1.0, -1.0):
        logs = np.array([prior.log_density(np.array([sign * x])) for x in w])
        terms = weights * np.exp(logs)
        total += terms.sum()
        # the exponential turns an absolute error of the log into a relative one, and so it does at the node
        size += (terms * (2 + np.abs(logs) + np.abs(np.sinh(t)))).sum()
    assert abs(total - 1) <= gamma(2 * OPERATIONS * len(t)) * size, "density_integrates_to_one"


def density_is_pymcs(prior):
    """log_density equals the logp of the variable a user would have written."""
    import pymc as pm
    import pytensor
    import pytensor.tensor as pt

    with pm.Model(coords={"feature": ["a", "b", "c"]}) as model:
        variable = prior.to_pymc("w", "feature")
    assert model.named_vars["w"] is variable, "density_is_pymcs: not in the model by its name"
    assert model.named_vars_to_dims["w"] == ("feature",), "density_is_pymcs: not along its dimension"
    value = pt.vector("value", dtype="float64")
    logp = pytensor.function([value], pm.logp(variable, value), mode="FAST_COMPILE")
    for w in points(prior):
        ours, theirs = prior.log_density(w), logp(w)
        size = abs(ours) + np.abs(theirs).sum() + prior.penalty(w) + len(w)
        tolerance = gamma(OPERATIONS * len(w)) * size
        assert abs(ours - theirs.sum()) <= tolerance, "density_is_pymcs"


def stationarity_is_the_slope(prior):
    """Off the kinks stationarity is |gradient + penalty'|, with penalty' from central differences."""
    for w in points(prior)[1:]:
        slope, error = np.zeros(len(w)), np.zeros(len(w))
        for j in range(len(w)):
            along = np.zeros(len(w))
            along[j] = abs(w[j]) * UNIT_ROUNDOFF ** (1 / 3)  # where truncation and rounding are balanced
            h = (w[j] + along[j]) - w[j]
            along[j] = h
            once = (prior.penalty(w + along) - prior.penalty(w - along)) / (2 * h)
            twice = (prior.penalty(w + 2 * along) - prior.penalty(w - 2 * along)) / (4 * h)
            slope[j] = once
            # the longer step truncates four times as much as the shorter, so their difference is three times
            # what is left in the shorter; the rounding is that of two penalties of a rounded argument
            error[j] = abs(twice - once) + gamma(OPERATIONS * len(w)) * prior.penalty(w + 2 * np.abs(w)) / h
        for push in (np.zeros(len(w)), slope, -slope, -3 * slope):
            off = np.abs(prior.stationarity(w, push) - np.abs(push + slope))
            assert (off <= error).all(), "stationarity_is_the_slope"


def sizes(problem, prior, w):
    """Size of the parts that cancel in the gradient at a mode, coefficient by coefficient.

    QR, and Cholesky on the normal equations too, answer a problem whose columns are off by gamma times their
    length (Higham 2002, theorems 19.4 and 10.3), which moves the gradient by gamma times this.
    """
    s = problem.statistics
    # with an intercept the rows were centred first, which errs relative to what they were before
    lengths = np.sqrt(s.column_norms**2 + s.n * s.x_mean**2)
    response = np.sqrt(s.z @ s.z + s.left_over + s.n * s.y_mean**2)
    pull = prior.stationarity(w, np.zeros(len(w)))
    return lengths * (lengths @ np.abs(w) + response) / problem.noise_sd**2 + pull


def slack(problem):
    """gamma for the operations of a factorisation of the rows beside the prior."""
    return gamma(4 * (problem.n + problem.p) * problem.p)


def is_stationary(problem, prior, w):
    """The gradient of the data's half lies in minus the subdifferential of the penalty, up to rounding."""
    off = prior.stationarity(w, problem.data_gradient(w))
    assert (off <= slack(problem) * sizes(problem, prior, w)).all(), "is_stationary"


def nudged(problem, w):
    """w with its weightiest coefficient moved by one part in a million."""
    j = int(np.argmax(problem.statistics.column_norms * np.abs(w)))
    return np.where(np.arange(len(w)) == j, w * (1 + 1e-6), w)


def wrong_answers(problem, prior, w):
    """What must fail wherever w passes: alpha doubled, a sign flipped, all zero, and w nudged."""
    doubled = prior.closed_form(replace(problem, noise_sd=problem.noise_sd * np.sqrt(2)))
    return {
        "alpha doubled": doubled.mode.coef,
        "sign flipped": -w,
        "zero vector": np.zeros(len(w)),
        "nudged": nudged(problem, w),
    }


def curvature(problem, prior):
    """The least curvature of the negative log posterior: the data's, and the ridge's where it is one."""
    singular = np.linalg.svd(problem.statistics.R, compute_uv=False)
    data = singular[-1] ** 2 if len(singular) == problem.p else 0.0
    alpha = prior.alpha(problem)
    return (data + (alpha or 0.0)) / problem.noise_sd**2


def is_same_mode(problem, prior, ours, theirs):
    """Two answers agree in slopes and intercept, to the rounding of their gradients over the curvature."""
    w, s = ours.coef, problem.statistics
    allowed = 2 * slack(problem) * np.linalg.norm(sizes(problem, prior, w)) / curvature(problem, prior)
    assert np.linalg.norm(w - theirs.coef) <= allowed, "is_same_mode"
    rest = gamma(problem.n * problem.p) * (abs(s.y_mean) + np.abs(s.x_mean) @ np.abs(w))
    gap = abs(ours.intercept - theirs.intercept)
    assert gap <= np.linalg.norm(s.x_mean) * allowed + rest, "is_same_mode: the intercepts differ"


def alpha_is_the_penalty(prior, problem):
    """alpha ||w||^2 = 2 sigma^2 phi(w): the convention, wherever one number says the penalty."""
    alpha = prior.alpha(problem)
    if alpha is None:
        return
    for w in points(prior)[1:]:
        penalty = 2 * problem.noise_sd**2 * prior.penalty(w)
        assert abs(alpha * (w @ w) - penalty) <= gamma(OPERATIONS * len(w)) * penalty, "alpha_is_the_penalty"


def posterior_is_normalised(problem, prior, solution):
    """log likelihood + log prior = log evidence + log posterior density, at the mode."""
    posterior, mode, s = solution.posterior, solution.mode, problem.statistics
    terms = [
        problem.log_likelihood(mode.coef, mode.intercept),
        prior.log_density(mode.coef),
        -posterior.log_evidence,
        -posterior.log_density_at_mode(),
    ]
    # the evidence is solved in the space of the data, with the condition number of the spread of y
    spread = np.linalg.norm(s.R, 2) ** 2 * _prior_variance(problem, prior) / problem.noise_sd**2
    parts = np.linalg.norm(s.R) * np.linalg.norm(mode.coef) + np.sqrt(s.z @ s.z + s.left_over)
    size = np.abs(terms).sum() + problem.n + problem.p + (parts / problem.noise_sd) ** 2
    assert abs(sum(terms)) <= slack(problem) * (1 + spread) * size, "posterior_is_normalised"


def _prior_variance(problem, prior):
    alpha = prior.alpha(problem)
    return problem.noise_sd**2 / alpha if alpha else width(prior) ** 2


def sklearn_agrees(problem, prior):
    """scikit-learn's estimator stops where the posterior peaks."""
    from mapsto.routes import via_sklearn

    theirs = via_sklearn.fit(problem, prior)
    assert not isinstance(theirs, Unsupported), theirs
    is_stationary(problem, prior, theirs.coef)
    ours = prior.closed_form(problem)
    if not isinstance(ours, Unsupported):
        is_same_mode(problem, prior, ours.mode, theirs)


def rows(table, noise_sd=1.0, **options):
    """The problem of a table (X, y)."""
    return Problem.from_rows(*table, noise_sd=noise_sd, **options)
