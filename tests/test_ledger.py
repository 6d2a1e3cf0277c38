import mpmath
import numpy as np
import pytest

from mapsto import Normal, Problem, Unsupported
from mapsto.certificate.ledger import ledger
from mapsto.posteriors.closed_form import closed_form
from mapsto.rounding import gamma

X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0], [0.0, 1.0], [2.0, -2.0]])
Y = np.array([1.0, 2.0, 4.0, 3.0, 0.5])
SIGMA, SCALE = 0.75, 1.5
NAMES = ["data misfit", "noise constant", "prior exponent", "prior constant", "evidence"]


class Exact:
    """Each term at 50 digits, from the rows; the evidence as y's own Normal density, its flat mean integrated out."""

    def __init__(self, w, b, intercept):
        with mpmath.workdps(50):
            n, p = X.shape
            A, y, s2, t2 = mpmath.matrix(X), mpmath.matrix(Y), mpmath.mpf(SIGMA) ** 2, mpmath.mpf(SCALE) ** 2
            w, b = mpmath.matrix([mpmath.mpf(float(v)) for v in w]), mpmath.mpf(float(b))
            ones = mpmath.ones(n, 1)
            r = y - A * w - b * ones
            inverse = (s2 * mpmath.eye(n) + t2 * A * A.T) ** -1
            fit = (y.T * inverse * y)[0]
            rank = n - intercept
            log_det = -mpmath.log(mpmath.det(inverse))
            if intercept:
                weight = (ones.T * inverse * ones)[0]
                fit -= (ones.T * inverse * y)[0] ** 2 / weight
                log_det += mpmath.log(weight)
            self.terms = [
                -(r.T * r)[0] / (2 * s2),
                -mpmath.mpf(n) / 2 * mpmath.log(2 * mpmath.pi * s2),
                -(w.T * w)[0] / (2 * t2),
                -mpmath.mpf(p) / 2 * mpmath.log(2 * mpmath.pi * t2),
                (rank * mpmath.log(2 * mpmath.pi) + log_det + fit) / 2,
            ]


@pytest.fixture(params=[True, False], ids=["intercept", "no intercept"])
def problem(request):
    return Problem.from_rows(X, Y, noise_sd=SIGMA, intercept=request.param)


PRIOR = Normal(SCALE)


def terms_at(problem, w, b):
    return ledger(problem, PRIOR, w, b, closed_form(problem, PRIOR).posterior)


def tolerance(problem, w, b):
    """Rounding of a QR of the rows, relative to the size of what cancels in the misfit, in nats; for the evidence,
    times the condition number of y's covariance, beside which it is solved."""
    root = np.linalg.norm(Y) + np.linalg.norm(X) * np.linalg.norm(w) + np.sqrt(len(Y)) * abs(b)
    size = (root / SIGMA) ** 2 + problem.n + problem.p
    condition = 1 + (SCALE * np.linalg.norm(X) / SIGMA) ** 2
    plain = gamma(4 * problem.n * (problem.p + 1) ** 2) * size
    return np.array([plain] * 4 + [plain * condition])


def where(problem):
    """The mode, and a point that is not one."""
    mode = closed_form(problem, PRIOR).mode
    return [(mode.coef, mode.intercept), (np.array([0.25, -1.5]), 2.0 * problem.intercept)]


def test_five_terms_in_order_and_what_the_loss_keeps(problem):
    terms = terms_at(problem, *where(problem)[0])
    assert [term.term for term in terms] == NAMES
    assert [term.kept for term in terms] == [True, False, True, False, False]
    assert all(term.formula and term.reason for term in terms)


def test_each_value_is_that_of_50_digits(problem):
    for w, b in where(problem):
        exact = Exact(w, b, problem.intercept).terms
        off = [abs(float(mpmath.mpf(t.value) - e)) for t, e in zip(terms_at(problem, w, b), exact, strict=True)]
        assert (np.array(off) <= tolerance(problem, w, b)).all(), dict(zip(NAMES, off, strict=True))


def test_a_wrong_sigma_is_seen_in_all_but_the_prior_terms(problem):
    """The control of the test above: it can tell."""
    w, b = where(problem)[1]
    wrong = Problem.from_rows(X, Y, noise_sd=SIGMA * (1 + 1e-6), intercept=problem.intercept)
    exact = Exact(w, b, problem.intercept).terms
    off = [abs(float(mpmath.mpf(t.value) - e)) for t, e in zip(terms_at(wrong, w, b), exact, strict=True)]
    assert (np.array(off) > tolerance(problem, w, b)).tolist() == [True, True, False, False, True]


def test_the_kept_terms_are_the_loss(problem):
    for w, b in where(problem):
        kept = sum(term.value for term in terms_at(problem, w, b) if term.kept)
        direct = float(np.sum((Y - b - X @ w) ** 2) + (SIGMA / SCALE) ** 2 * (w @ w))
        error = 2 * SIGMA**2 * tolerance(problem, w, b)[0]
        assert abs(-2 * SIGMA**2 * kept - direct) <= error
        assert abs(problem.objective(w, b, PRIOR.penalty(w)) - direct) <= error


def test_likelihood_prior_and_posterior_are_sums_of_terms(problem):
    (w, b), _ = where(problem)
    values = [term.value for term in terms_at(problem, w, b)]
    posterior = closed_form(problem, PRIOR).posterior
    plain, hard = tolerance(problem, w, b)[[0, -1]]
    assert abs(values[0] + values[1] - problem.log_likelihood(w, b)) <= plain
    assert abs(values[2] + values[3] - PRIOR.log_density(w)) <= plain
    assert abs(sum(values) - posterior.log_density_at_mode()) <= hard


def test_what_is_dropped_does_not_move_with_w_and_what_is_kept_does(problem):
    here, there = (terms_at(problem, w, b) for w, b in where(problem))
    allowed = sum(tolerance(problem, w, b) for w, b in where(problem))
    moved = [abs(one.value - other.value) for one, other in zip(here, there, strict=True)]
    assert [bool(m > a) for m, a in zip(moved, allowed, strict=True)] == [term.kept for term in here]


def test_without_an_exact_posterior_there_is_no_evidence(problem):
    (w, b), _ = where(problem)
    terms = ledger(problem, PRIOR, w, b, Unsupported("not conjugate"))
    assert [term.term for term in terms] == NAMES[:-1]
    assert terms == terms_at(problem, w, b)[:-1]
