"""The ledger of every likelihood, term by term, against the densities of scipy.stats and sums at 50 digits."""

import mpmath
import numpy as np
import pytest
from scipy import stats

import mapsto as mt
from mapsto.likelihoods.registry import shipped
from mapsto.rounding import gamma

N = 25
WEIGHTED = {"gaussian", "binomial", "poisson", "gamma", "negative_binomial", "student_t", "huber", "asymmetric_laplace"}
ALL = [(kind, one) for kind in shipped().values() for one in kind.examples()]
PLACES = ((np.array([0.3, -0.2]), 0.4), (np.array([-0.5, 0.1]), -0.3))


def density(one, y, eta, q):
    """log p(y | eta) of each row, by scipy.stats; Huber's by its definition and quadrature."""
    sigma = one.scale.value if one.scale is not None else None
    match one.name:
        case "gaussian":
            return stats.norm.logpdf(y, eta, sigma / np.sqrt(q))
        case "bernoulli":
            return stats.bernoulli.logpmf(y, 1 / (1 + np.exp(-eta)))
        case "probit":
            return np.log(stats.norm.cdf(np.where(y == 1, eta, -eta)))
        case "binomial":
            return stats.binom.logpmf(np.rint(q * y), q, 1 / (1 + np.exp(-eta)))
        case "poisson":
            return stats.poisson.logpmf(np.rint(q * y), q * np.exp(eta))
        case "gamma":
            return stats.gamma.logpdf(y, one.shape * q, scale=np.exp(eta) / (one.shape * q))
        case "negative_binomial":
            mean = q * np.exp(eta)
            return stats.nbinom.logpmf(np.rint(q * y), one.size, one.size / (one.size + mean))
        case "student_t":
            return stats.t.logpdf(y, one.df, eta, sigma / np.sqrt(q))
        case "asymmetric_laplace":
            scale, t = sigma / q, one.quantile
            return np.log(t * (1 - t) / scale) - np.where(y > eta, t, t - 1) * (y - eta) / scale
        case "huber":
            c, u = one.threshold, np.abs(y - eta) * np.sqrt(q) / sigma
            height = np.where(u <= c, u**2 / 2, c * u - c**2 / 2)
            inside = mpmath.quad(lambda z: mpmath.exp(-z * z / 2), [-c, c])
            volume = float(inside + 2 * mpmath.exp(-c * c / 2) / c)
            return -height - np.log(volume * sigma / np.sqrt(q))
    raise AssertionError(f"a likelihood without a density here: {one.name}")


def problem_of(one, *, weights):
    rng = np.random.default_rng(11)
    X = rng.standard_normal((N, 2))
    q = rng.integers(1, 6, N).astype(float) if weights else np.ones(N)
    y = one.simulate(X @ [0.4, -0.3] + 0.2, rng, q)
    return mt.Problem.from_rows(X, y, likelihood=one, weights=q if weights else None, noise_sd=one.scale)


def cases():
    for kind, one in ALL:
        for weights in (False, True) if kind.name in WEIGHTED else (False,):
            yield pytest.param(one, weights, id=f"{one.name}-{'weights' if weights else 'plain'}-{one.params}")


@pytest.mark.parametrize(("one", "weights"), list(cases()))
def test_the_terms_sum_to_an_independent_log_likelihood(one, weights):
    problem = problem_of(one, weights=weights)
    table = problem.table
    for w, b in PLACES:
        terms = problem.likelihood.ledger_terms(table, w, b)
        rows = density(problem.likelihood, problem.y, table.predictor(w, b), table.q)
        size = sum(abs(term.value) for term in terms) + np.abs(rows).sum()
        # scipy's own series for its densities are good to about a thousand roundings
        assert abs(sum(term.value for term in terms) - rows.sum()) <= gamma(1_000) * size


@pytest.mark.parametrize(("one", "weights"), list(cases()))
def test_a_loss_drops_what_no_slope_moves_and_keeps_the_rest(one, weights):
    problem = problem_of(one, weights=weights)
    here, there = (problem.likelihood.ledger_terms(problem.table, w, b) for w, b in PLACES)
    assert [term.term for term in here] == [term.term for term in there]
    for before, after in zip(here, there, strict=True):
        assert (before.value != after.value) == before.kept
        assert before.formula
    kept = [term for term in here if term.kept]
    assert [term.value for term in kept] == [
        pytest.approx(-problem.likelihood.total_loss(problem.table, *PLACES[0]) / problem.likelihood.factor, rel=1e-15)
    ]


@pytest.mark.parametrize(("kind", "one"), ALL, ids=lambda one: getattr(one, "name", ""))
def test_each_dropped_term_says_when_it_has_to_stay(kind, one):
    terms = problem_of(one, weights=kind.name in WEIGHTED).likelihood.ledger_terms(
        problem_of(one, weights=kind.name in WEIGHTED).table, *PLACES[0]
    )
    for term in terms:
        if not term.kept:
            assert "has to stay" in term.reason
            assert "It is the same for every $w$" in term.reason
    # and how a library's constant is read: by alpha, by C or by lambda
    assert any(sign in terms[0].reason for sign in (r"\alpha", r"\lambda", "$C$"))


@pytest.mark.parametrize("weights", [False, True])
def test_the_terms_of_poisson_are_those_of_50_digits(weights):
    problem = problem_of(mt.Poisson(), weights=weights)
    w, b = PLACES[0]
    with mpmath.workdps(50):
        dropped, misfit = mpmath.mpf(0), mpmath.mpf(0)
        for y, eta, q in zip(
            problem.y, problem.table.predictor(w, b), np.broadcast_to(problem.table.q, N), strict=True
        ):
            k, m = mpmath.mpf(round(q * y)), q * mpmath.exp(mpmath.mpf(eta))
            own = k * mpmath.log(k) if k else mpmath.mpf(0)
            dropped += own - k - mpmath.log(mpmath.factorial(k))
            misfit -= own - k * mpmath.log(m) - k + m
    terms = problem.likelihood.ledger_terms(problem.table, w, b)
    sizes = problem.y.sum() * 10 + N
    assert abs(terms[0].value - float(misfit)) <= gamma(20 * N) * sizes
    assert abs(terms[1].value - float(dropped)) <= gamma(20 * N) * sizes * 5
