import dataclasses

import mpmath
import numpy as np
import pytest
from scipy import stats

from mapsto.likelihoods.problem import Problem
from mapsto.posteriors.gaussian import gaussian_posterior
from mapsto.rounding import gamma

both = pytest.mark.parametrize("intercept", [True, False])

X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0], [0.0, 1.0], [2.0, -2.0]])
Y = np.array([1.0, 2.0, 4.0, 3.0, 0.5])
SIGMA = 0.75
PRIOR_MEAN = np.array([0.5, -1.0])
PRIOR_ROOT = np.array([[2.0, 0.0], [0.5, 0.25]])


def solve(X=X, y=Y, sigma=SIGMA, mean=PRIOR_MEAN, root=PRIOR_ROOT, intercept=True):
    return gaussian_posterior(Problem.from_rows(X, y, noise_sd=sigma, intercept=intercept), mean, root)


def stacked(posterior, root):
    """A = [R / sigma; L^-1]: its condition number is what rounding is amplified by."""
    problem = posterior.problem
    return np.vstack([problem.statistics.R / problem.noise_sd, np.linalg.inv(root)])


def rounding(posterior, root):
    """gamma times the condition number: QR solves least squares to that (Higham 2002, theorem 20.3), squared
    for the residual, which is not small beside a prior that disagrees with the data."""
    A = stacked(posterior, root)
    return gamma(4 * posterior.problem.n * A.size) * np.linalg.cond(A) ** 2


class Exact:
    """The posterior of slopes and flat intercept (if there is one) together, from the rows, at 50 digits."""

    def __init__(self, intercept, sigma=SIGMA, prior_mean=PRIOR_MEAN, X=X, y=Y):
        self.n, self.p = X.shape
        A = mpmath.matrix(np.column_stack([X, np.ones(self.n)]) if intercept else X)
        y, s2 = mpmath.matrix(y), mpmath.mpf(sigma) ** 2
        L = mpmath.matrix(PRIOR_ROOT)
        q = A.cols
        prior_precision, shift = mpmath.zeros(q), mpmath.zeros(q, 1)
        inner = (L * L.T) ** -1
        for j in range(self.p):
            for k in range(self.p):
                prior_precision[j, k] = inner[j, k]
                shift[j] += inner[j, k] * mpmath.mpf(float(prior_mean[k]))
        self.precision = A.T * A / s2 + prior_precision
        self.covariance = self.precision**-1
        self.mean = self.covariance * (A.T * y / s2 + shift)
        # evidence: a Gaussian integrates to its height at the mode times (2 pi)^(q/2) / sqrt(det precision)
        r = y - A * self.mean
        d = mpmath.matrix([self.mean[j] - mpmath.mpf(float(prior_mean[j])) for j in range(self.p)])
        height = -(r.T * r)[0] / (2 * s2) - (d.T * inner * d)[0] / 2
        constants = -mpmath.mpf(self.n) / 2 * mpmath.log(2 * mpmath.pi * s2)
        constants += -mpmath.mpf(self.p) / 2 * mpmath.log(2 * mpmath.pi) - mpmath.log(mpmath.det(L))
        volume = mpmath.mpf(q) / 2 * mpmath.log(2 * mpmath.pi) - mpmath.log(mpmath.det(self.precision)) / 2
        self.log_evidence = height + constants + volume
        self.size = float(abs(height) + abs(constants) + abs(volume))
        self.A, self.s2 = A, s2

    def predictive_sd(self, row):
        a = mpmath.matrix([*map(float, row), 1.0][: self.A.cols])
        return mpmath.sqrt(self.s2 + (a.T * self.covariance * a)[0])


@pytest.fixture(params=[True, False], ids=["intercept", "no intercept"])
def pair(request):
    with mpmath.workdps(50):
        yield solve(intercept=request.param), Exact(request.param)


def worst(computed, exact):
    computed = np.ravel(computed)
    return float(max(abs(mpmath.mpf(float(c)) - e) for c, e in zip(computed, exact, strict=True)))


def test_the_mode_against_fifty_digits(pair):
    posterior, exact = pair
    tolerance = rounding(posterior, PRIOR_ROOT) * float(mpmath.norm(exact.mean[:2]))
    assert worst(posterior.mean, list(exact.mean)[:2]) <= tolerance
    louder = Exact(posterior.problem.intercept, sigma=SIGMA * 1.0001)
    assert worst(posterior.mean, list(louder.mean)[:2]) > tolerance  # control: sigma counts
    zero = Exact(posterior.problem.intercept, prior_mean=np.zeros(2))
    assert worst(posterior.mean, list(zero.mean)[:2]) > tolerance  # control: the prior mean counts


def test_the_covariance_against_fifty_digits(pair):
    posterior, exact = pair
    expected = [exact.covariance[j, k] for j in range(2) for k in range(2)]
    tolerance = rounding(posterior, PRIOR_ROOT) * float(max(map(abs, expected)))
    assert worst(posterior.covariance, expected) <= tolerance
    assert worst(posterior.sd**2, [expected[0], expected[3]]) <= tolerance
    inverse = np.linalg.inv(posterior.covariance)  # control: precision where covariance is meant
    assert worst(inverse, expected) > tolerance


def test_the_intercept_against_fifty_digits(pair):
    posterior, exact = pair
    if not posterior.problem.intercept:
        assert (posterior.intercept_mean, posterior.intercept_sd) == (0.0, 0.0)
        return
    size = np.abs(Y).max() + np.abs(X).max(axis=0) @ np.abs(posterior.mean)
    tolerance = rounding(posterior, PRIOR_ROOT) * size
    assert worst(posterior.intercept_mean, [exact.mean[2]]) <= tolerance
    assert worst(posterior.intercept_sd, [mpmath.sqrt(exact.covariance[2, 2])]) <= tolerance
    # control: the slopes' share of the intercept's spread left out
    assert worst(SIGMA / np.sqrt(5), [mpmath.sqrt(exact.covariance[2, 2])]) > tolerance


def test_the_predictive_sd_against_fifty_digits(pair):
    posterior, exact = pair
    rows = np.array([[0.0, 0.0], [1.0, -1.0], [30.0, 10.0]])
    expected = [exact.predictive_sd(row) for row in rows]
    tolerance = rounding(posterior, PRIOR_ROOT) * float(max(expected))
    assert worst(posterior.predictive_sd(rows), expected) <= tolerance
    assert worst(posterior.predictive_sd(rows + 0.01), expected) > tolerance


def test_the_log_evidence_against_fifty_digits(pair):
    posterior, exact = pair
    tolerance = rounding(posterior, PRIOR_ROOT) * exact.size
    assert worst(posterior.log_evidence, [exact.log_evidence]) <= tolerance
    off = Exact(posterior.problem.intercept, sigma=SIGMA * 1.0001)
    assert worst(posterior.log_evidence, [off.log_evidence]) > tolerance


def test_the_log_evidence_is_scipys_normal():
    posterior = solve(intercept=False)
    cov = SIGMA**2 * np.eye(5) + X @ PRIOR_ROOT @ PRIOR_ROOT.T @ X.T
    expected = stats.multivariate_normal.logpdf(Y, mean=X @ PRIOR_MEAN, cov=cov)
    tolerance = gamma(100) * np.linalg.cond(cov) * (abs(expected) + 5)
    assert abs(posterior.log_evidence - expected) <= tolerance
    # control: one noise term too many
    assert abs(posterior.log_evidence - expected - np.log(SIGMA)) > tolerance


def test_the_flat_intercept_is_the_limit_of_a_broad_one():
    # b ~ Normal(0, s): its density near 0 is 1 / (s sqrt(2 pi)), so the flat one has log(s sqrt(2 pi)) more
    posterior = solve()
    with mpmath.workdps(50):
        s = mpmath.mpf(10) ** 12
        M = mpmath.matrix(X) * mpmath.matrix(PRIOR_ROOT)
        C = M * M.T + mpmath.mpf(SIGMA) ** 2 * mpmath.eye(5) + s**2 * mpmath.ones(5)
        d = mpmath.matrix(Y) - mpmath.matrix(X) * mpmath.matrix(PRIOR_MEAN)
        normal = -(d.T * C**-1 * d)[0] / 2 - mpmath.log(mpmath.det(C)) / 2 - mpmath.log(2 * mpmath.pi) * 5 / 2
        expected = normal + mpmath.log(s * mpmath.sqrt(2 * mpmath.pi))
        left_out = (float(np.abs(Y).sum()) / float(s)) ** 2  # what a finite s still pulls: (b / s)^2
        tolerance = rounding(posterior, PRIOR_ROOT) * (abs(float(normal)) + 5) + left_out
        assert worst(posterior.log_evidence, [expected]) <= tolerance
        assert worst(posterior.log_evidence, [normal]) > tolerance


def test_the_log_evidence_by_quadrature():
    x, y = np.array([[1.0], [2.0], [-1.5]]), np.array([0.5, 2.0, -1.0])
    posterior = solve(x, y, mean=np.array([0.3]), root=np.array([[0.8]]), intercept=False)
    with mpmath.workdps(25):

        def joint(w):
            terms = [mpmath.npdf(float(v), w * float(u), SIGMA) for u, v in zip(x[:, 0], y, strict=True)]
            return mpmath.fprod(terms) * mpmath.npdf(w, 0.3, 0.8)

        total = mpmath.quad(joint, [-mpmath.inf, 0, 0.5, 1, 1.5, mpmath.inf])
    tolerance = rounding(posterior, np.array([[0.8]])) * (abs(posterior.log_evidence) + 3)
    assert worst(posterior.log_evidence, [mpmath.log(total)]) <= tolerance
    assert worst(posterior.log_evidence, [mpmath.log(total * 1.0001)]) > tolerance


def surplus(posterior, prior_mean, root):
    """log likelihood + prior - evidence - posterior at the mode (zero), over what rounding allows."""
    w, problem = posterior.mean, posterior.problem
    likelihood = problem.log_likelihood(w, posterior.intercept_mean)
    prior = stats.multivariate_normal.logpdf(w, prior_mean, root @ root.T)
    density = posterior.log_density_at_mode()
    spread = problem.statistics.R @ root / problem.noise_sd
    # the evidence solves with I + S S', which errs by its condition number times the squares of the parts
    amplified = 1 + np.linalg.norm(spread, 2) ** 2
    reach = (np.linalg.norm(problem.statistics.z) + problem.statistics.residual_sum_of_squares**0.5) / problem.noise_sd
    raw = (np.linalg.norm(problem.statistics.R) * np.linalg.norm(w)) / problem.noise_sd
    terms = np.array([likelihood, prior, posterior.log_evidence, density])
    size = np.abs(terms).sum() + problem.n + reach**2 + raw**2
    tolerance = gamma(4 * (problem.n + problem.p) * (problem.p + 1)) * amplified * size
    return (likelihood + prior - posterior.log_evidence - density) / tolerance


@both
@pytest.mark.parametrize("scale", [0.5, 20.0])
def test_bayes_identity_at_the_mode(ordinary_table, intercept, scale):
    X, y = ordinary_table
    mean, root = np.linspace(-1, 1, X.shape[1]), scale * np.eye(X.shape[1])
    posterior = solve(X, y, mean=mean, root=root, intercept=intercept)
    assert abs(surplus(posterior, mean, root)) <= 1
    nudged = dataclasses.replace(posterior, evidence=lambda: posterior.log_evidence + 1e-3)
    assert abs(surplus(nudged, mean, root)) > 1
    assert abs(surplus(dataclasses.replace(posterior, root=2 * posterior.root), mean, root)) > 1
    assert abs(surplus(posterior, mean + 0.1, root)) > 1


@both
def test_bayes_identity_with_a_correlated_prior(tables, intercept, rng):
    X, y = tables["tall"]
    root = np.tril(rng.uniform(0.2, 1.0, (4, 4))) + np.eye(4)
    mean = rng.standard_normal(4)
    posterior = solve(X, y, mean=mean, root=root, intercept=intercept)
    assert abs(surplus(posterior, mean, root)) <= 1
    assert abs(surplus(posterior, mean, root.T)) > 1


@both
def test_a_vague_prior_gives_ordinary_least_squares(tables, intercept):
    X, y = tables["tall"]
    A = np.column_stack([X, np.ones(len(y))]) if intercept else X
    ols = np.linalg.lstsq(A, y)[0][:4]
    least = np.linalg.svd(X - X.mean(axis=0) if intercept else X, compute_uv=False)[-1] ** 2 / SIGMA**2
    for scale in (1e2, 1e3):
        posterior = solve(X, y, mean=np.zeros(4), root=scale * np.eye(4), intercept=intercept)
        # the prior pulls by |ols| / scale^2 against a curvature of at least `least`; the rest is rounding
        pull = np.linalg.norm(ols) / scale**2 / least
        noise = gamma(4 * A.size) * np.linalg.cond(A) ** 2 * np.linalg.norm(ols)
        assert np.linalg.norm(posterior.mean - ols) <= pull + noise
        tighter = solve(X, y, mean=np.zeros(4), root=scale / 100 * np.eye(4), intercept=intercept)
        assert np.linalg.norm(tighter.mean - ols) > pull + noise  # control


@both
def test_a_tight_prior_gives_its_own_mean(table, intercept):
    X, y = table
    p = X.shape[1]
    mean = np.linspace(1, 2, p) / np.abs(X).max(axis=0)
    A, c = (X - X.mean(axis=0), y - y.mean()) if intercept else (X, y)
    force = np.linalg.norm(A.T @ (c - A @ mean)) / SIGMA**2
    scale = 1e-6 / np.abs(X).max()
    posterior = solve(X, y, mean=mean, root=scale * np.eye(p), intercept=intercept)
    # the data pull by `force` against a curvature of at least 1 / scale^2
    noise = gamma(4 * X.size * p) * np.linalg.norm(mean)
    moved = np.linalg.norm(posterior.mean - mean)
    assert moved <= (1 + gamma(4 * X.size * p)) * force * scale**2 + noise
    assert np.linalg.norm(posterior.mean) > force * scale**2 + noise  # control: it is not zero it shrinks to


def test_draws_are_the_posterior(rng):
    posterior = solve()
    size = 20_000
    slopes, intercepts = posterior.draws(size, rng)
    assert (slopes.shape, intercepts.shape) == ((size, 2), (size,))
    both = np.column_stack([slopes, intercepts])
    exact = Exact(True)
    mean = np.array([float(v) for v in exact.mean])
    cov = np.array([[float(exact.covariance[j, k]) for k in range(3)] for j in range(3)])
    # i.i.d. draws: mean ~ N(mean, cov / size); a covariance has variance (c_jj c_kk + c_jk^2) / size.
    # Five standard errors: twelve numbers exceed them with a probability of 7e-6, and the seed is fixed.
    errors = 5 * np.sqrt(np.diag(cov) / size)
    assert (np.abs(both.mean(axis=0) - mean) <= errors).all()
    variances = (np.outer(np.diag(cov), np.diag(cov)) + cov**2) / size
    assert (np.abs(np.cov(both.T) - cov) <= 5 * np.sqrt(variances)).all()
    # controls: an intercept drawn apart from the slopes, and draws twice as wide
    apart = np.column_stack([slopes, rng.permutation(intercepts)])
    assert (np.abs(np.cov(apart.T) - cov) > 5 * np.sqrt(variances)).any()
    assert (np.abs(np.cov(2 * both.T) - cov) > 5 * np.sqrt(variances)).any()


def test_draws_have_the_normal_shape(rng):
    posterior = solve()
    slopes, _ = posterior.draws(5_000, rng)
    u = (slopes - posterior.mean) @ posterior.root.T  # independent standard normals
    distances = (u**2).sum(axis=1)
    assert stats.kstest(distances, stats.chi2(2).cdf).pvalue > 1e-4  # the seed is fixed
    assert stats.kstest(1.1 * distances, stats.chi2(2).cdf).pvalue < 1e-4  # control


def test_draws_without_an_intercept_have_none(rng):
    posterior = solve(intercept=False)
    assert (posterior.draws(10, rng)[1] == 0.0).all()


def test_draws_are_repeated_by_the_seed():
    posterior = solve()
    first, again, other = (posterior.draws(5, np.random.default_rng(seed))[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("intercept", [True, False])
def test_the_log_density_is_scipys_of_the_joint_normal(tables, rng, intercept):
    X, y = tables["tall"]
    asked = Problem.from_rows(X, y, noise_sd=0.7, intercept=intercept)
    posterior = gaussian_posterior(asked, np.zeros(asked.p), np.eye(asked.p))
    x_mean, cov = asked.statistics.x_mean, posterior.covariance
    mean = np.append(posterior.mean, posterior.intercept_mean)[: asked.p + intercept]
    joint = np.block([[cov, -cov @ x_mean[:, None]], [-x_mean @ cov, np.array([[posterior.intercept_sd**2]])]])
    oracle = stats.multivariate_normal(mean, joint[: len(mean), : len(mean)])
    for _ in range(5):
        at = mean + 0.1 * rng.standard_normal(len(mean))
        w, b = at[: asked.p], float(at[-1]) * intercept
        assert posterior.log_density(w, b) == pytest.approx(oracle.logpdf(at), rel=1e-10)
        assert abs(posterior.log_density(w * 1.001, b) - oracle.logpdf(at)) > 1e-6  # control
