"""Ridge from one decomposition, against fits that know nothing of it: refits, scikit-learn, the exact posterior."""

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import BayesianRidge, Ridge, RidgeCV
from sklearn.model_selection import LeaveOneGroupOut

from mapsto import (
    BadInput,
    InverseGammaNoise,
    JeffreysNoise,
    Normal,
    Problem,
    Spectrum,
    exact_posterior,
    gamma,
    longley,
)

N, P = 30, 4
ALPHAS = (0.3, 5.0, 80.0)
TIMES = np.array([1, 2, 3] * (N // 3))  # integer weights: how often each row was measured


def table():
    rng = np.random.default_rng(11)
    X = rng.standard_normal((N, P)) * [1.0, 3.0, 0.2, 1.0] + [0.0, 5.0, 0.0, -2.0]
    return X, 1.0 + X @ [1.0, -0.5, 2.0, 0.0] + rng.standard_normal(N)


WEIGHTS = {"equal": None, "integer": TIMES, "any": np.random.default_rng(12).uniform(0.2, 4.0, N)}


def problem(weights=None, *, intercept=True):
    return Problem.from_rows(*table(), noise_sd=1.0, weights=weights, intercept=intercept)


def rounding(of, alpha):
    """Backward error of the normal equations times their condition number."""
    d2 = Spectrum.of(of).d2
    raw = float(d2.max()) * (1 + N * float((of.statistics.x_mean**2).max()) / float(d2.max()))  # centring's share
    return of.rounding * (raw + alpha) / (float(d2.min()) + alpha)


def hat(of, alpha):
    """The hat matrix of weighted ridge, (n, n), formed as it is defined."""
    q = np.ones(N) if of.weights is None else of.weights
    rows = np.column_stack([np.ones(N), of.X]) if of.intercept else of.X
    penalty = alpha * np.eye(rows.shape[1])
    if of.intercept:
        penalty[0, 0] = 0.0
    return rows @ np.linalg.solve(rows.T @ (q[:, np.newaxis] * rows) + penalty, rows.T * q)


def refits(of, alpha):
    """Weighted squared leave-one-out errors from n fits of scikit-learn's ridge, each without one row."""
    q = np.ones(N) if of.weights is None else of.weights
    errors = []
    for i in range(N):
        others = np.arange(N) != i
        fit = Ridge(alpha=alpha, fit_intercept=of.intercept).fit(of.X[others], of.y[others], sample_weight=q[others])
        errors.append(q[i] * (of.y[i] - fit.predict(of.X[i : i + 1])[0]) ** 2)
    return np.array(errors)


def is_close(found, truth, tolerance):
    return bool(np.abs(np.asarray(found) - truth).max() <= tolerance * np.abs(truth).max())


CASES = pytest.mark.parametrize(
    ("of", "alpha"),
    [(problem(q, intercept=b), alpha) for q in WEIGHTS.values() for b in (True, False) for alpha in ALPHAS],
)


@CASES
def test_slopes_and_lowest_loss_are_ridges(of, alpha):
    fit = Ridge(alpha=alpha, fit_intercept=of.intercept).fit(of.X, of.y, sample_weight=of.weights)
    q = np.ones(N) if of.weights is None else of.weights
    loss = q @ (of.y - fit.predict(of.X)) ** 2 + alpha * fit.coef_ @ fit.coef_
    spectrum = Spectrum.of(of)
    assert is_close(spectrum.slopes(alpha), fit.coef_, rounding(of, alpha))
    assert is_close(spectrum.lowest_loss(alpha), loss, rounding(of, alpha))
    assert is_close(
        spectrum.residuals(alpha), np.sqrt(q) * (of.y - fit.predict(of.X)), rounding(of, alpha) * np.linalg.norm(of.y)
    )
    assert not is_close(spectrum.slopes(1.01 * alpha), fit.coef_, rounding(of, alpha))
    assert not is_close(spectrum.lowest_loss(1.01 * alpha), loss, rounding(of, alpha))


@CASES
def test_leverages_are_the_diagonal_of_the_hat_matrix(of, alpha):
    spectrum, diagonal = Spectrum.of(of), np.diag(hat(of, alpha))
    assert is_close(spectrum.leverages(alpha), diagonal, rounding(of, alpha))
    assert is_close(spectrum.degrees_of_freedom(alpha), diagonal.sum(), rounding(of, alpha))
    assert not is_close(spectrum.degrees_of_freedom(1.01 * alpha), diagonal.sum(), rounding(of, alpha))
    assert float(spectrum.kept(alpha).sum()) == pytest.approx(diagonal.sum() - of.intercept, rel=rounding(of, alpha))


@CASES
def test_left_out_is_what_refitting_without_the_row_gives(of, alpha):
    spectrum, by_hand = Spectrum.of(of), refits(of, alpha)
    tolerance = 2 * rounding(of, alpha) / (1 - float(spectrum.leverages(alpha).max()))
    assert is_close(spectrum.left_out(alpha), by_hand, tolerance)
    weight = N if of.weights is None else of.weights.sum()
    assert is_close(spectrum.left_out_error(alpha), math.sqrt(by_hand.sum() / weight), tolerance)
    blocked = spectrum.left_out_errors(np.array([1.7 * alpha, alpha]))
    assert is_close(blocked[1], math.sqrt(by_hand.sum() / weight), tolerance)
    assert not is_close(blocked[0], blocked[1], tolerance)
    assert not is_close(spectrum.residuals(alpha) ** 2, by_hand, tolerance)  # without 1 - leverage


def test_left_out_is_scikit_learns_at_every_alpha():
    of = problem()
    theirs = RidgeCV(alphas=ALPHAS, store_cv_results=True).fit(of.X, of.y)
    ours = np.array([Spectrum.of(of).left_out(alpha) for alpha in ALPHAS]).T
    assert is_close(ours, theirs.cv_results_, rounding(of, ALPHAS[0]) * 10)
    assert ALPHAS[int(np.argmin(ours.mean(axis=0)))] == theirs.alpha_


@pytest.mark.parametrize("alpha", ALPHAS)
def test_an_integer_weight_is_a_row_that_often_and_leaving_it_out_leaves_all_of_it_out(alpha):
    X, y = table()
    spectrum = Spectrum.of(problem(TIMES))
    rows, whose = np.repeat(np.arange(N), TIMES), np.repeat(np.arange(N), TIMES)
    repeated = Spectrum.of(Problem.from_rows(X[rows], y[rows], noise_sd=1.0))
    tolerance = rounding(problem(TIMES), alpha)
    assert is_close(spectrum.slopes(alpha), repeated.slopes(alpha), tolerance)
    assert spectrum.lowest_loss(alpha) == pytest.approx(repeated.lowest_loss(alpha), rel=tolerance)
    assert spectrum.degrees_of_freedom(alpha) == pytest.approx(repeated.degrees_of_freedom(alpha), rel=tolerance)
    groups = np.zeros(len(rows))
    for train, test in LeaveOneGroupOut().split(X[rows], groups=whose):
        groups[test] = (
            y[rows][test] - Ridge(alpha=alpha).fit(X[rows][train], y[rows][train]).predict(X[rows][test])
        ) ** 2
    assert spectrum.left_out(alpha).sum() == pytest.approx(groups.sum(), rel=10 * tolerance)
    one_copy = repeated.left_out(alpha).sum()  # the other copies stay and give the row away
    assert abs(one_copy / groups.sum() - 1) > 10 * tolerance


@CASES
def test_gcv_is_golub_heath_and_wahbas(of, alpha):
    """Both traces from the hat matrix itself."""
    H, q = hat(of, alpha), np.ones(N) if of.weights is None else of.weights
    residual = of.y - H @ of.y
    score = (q @ residual**2 / q.sum()) / (np.trace(np.eye(N) - H) / N) ** 2
    tolerance = rounding(of, alpha) * float(of.y @ of.y / (residual @ residual))
    assert is_close(Spectrum.of(of).gcv(alpha), score, tolerance)
    assert not is_close(Spectrum.of(of).gcv(alpha), (q @ residual**2 / q.sum()), tolerance)


@CASES
def test_the_evidence_is_the_exact_posteriors(of, alpha):
    spectrum, sigma = Spectrum.of(of), 1.3
    exact = exact_posterior(of.with_noise_sd(sigma), Normal(scale=sigma / math.sqrt(alpha)))
    assert spectrum.log_evidence(alpha, sigma) == pytest.approx(exact.log_evidence, rel=rounding(of, alpha))
    assert spectrum.log_evidence(1.01 * alpha, sigma) != pytest.approx(exact.log_evidence, rel=rounding(of, alpha))


@CASES
def test_with_the_noise_learned_too(of, alpha):
    spectrum, noise, per_sigma = Spectrum.of(of), InverseGammaNoise(2.0, 3.0), Normal(alpha**-0.5, per_sigma=True)
    exact = exact_posterior(of.with_noise_prior(noise), per_sigma)
    assert spectrum.log_evidence_noise_learned(alpha, 2.0, 3.0) == pytest.approx(
        exact.log_evidence, rel=rounding(of, alpha)
    )
    assert spectrum.log_evidence_noise_learned(alpha, 2.0, 3.1) != pytest.approx(
        exact.log_evidence, rel=rounding(of, alpha)
    )
    free = exact_posterior(of.with_noise_prior(JeffreysNoise()), per_sigma)
    assert spectrum.free / 2 == free.shape
    assert spectrum.lowest_loss(alpha) / 2 == pytest.approx(free.scale, rel=rounding(of, alpha))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_without_a_prior_of_sigma_only_differences_count_and_are_those_at_its_best(alpha):
    spectrum = Spectrum.of(problem())

    def best(a):
        return spectrum.log_evidence(a, spectrum.noise_given(a))

    gap = spectrum.log_evidence_noise_learned(alpha) - spectrum.log_evidence_noise_learned(1.0)
    size = abs(best(1.0)) + abs(spectrum.log_evidence_noise_learned(1.0))
    assert gap == pytest.approx(best(alpha) - best(1.0), abs=2 * size * gamma(N + P))
    assert alpha == 1.0 or abs(gap) > 2 * size * gamma(N + P)


@pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
def test_the_best_alpha_is_where_bayesianridge_ends(weights):
    """scikit-learn counts the centred rows as n: so does a spectrum that is told it has no intercept.

    It counts a weight as that many rows, so the weights are given a mean of 1.
    """
    weights = None if weights is None else weights / weights.mean()
    of = problem(weights)
    theirs = BayesianRidge(alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0, tol=1e-12, max_iter=10_000)
    theirs.fit(of.X, of.y, sample_weight=weights)
    spectrum = replace(Spectrum.of(of), centred=False)
    alpha, step = spectrum.best_alpha(), 0.01
    near = [spectrum.log_evidence_noise_learned(alpha * math.exp(t)) for t in (-step, 0.0, step)]
    assert near[1] > max(near[0], near[2])
    # an evidence that is equal to rounding leaves alpha the root of that, over its bend
    bend = (2 * near[1] - near[0] - near[2]) / step**2
    flat = math.sqrt(2 * of.rounding * abs(near[1]) / bend)
    assert abs(math.log(theirs.lambda_ / theirs.alpha_ / alpha)) <= flat
    assert abs(math.log(theirs.lambda_ / theirs.alpha_ / Spectrum.of(of).best_alpha())) > flat  # with n - 1 rows


def test_no_best_alpha_where_the_columns_explain_nothing():
    X = np.repeat([[1.0], [-1.0]], 6, axis=0)
    nothing = Problem.from_rows(X, np.tile([1.0, -1.0], 6), noise_sd=1.0)
    with pytest.raises(BadInput, match=r"the evidence has no peak between alpha = .*: give alpha as a number"):
        Spectrum.of(nothing).best_alpha()


def test_a_scale_for_each_column_is_a_table_in_other_units():
    by = np.array([2.0, 0.5, 1.0, 3.0])
    X, y = table()
    scaled = Spectrum.of(Problem.from_rows(X * by, y, noise_sd=1.0))
    ours = Spectrum.of(problem(), by)
    tolerance = rounding(Problem.from_rows(X * by, y, noise_sd=1.0), 5.0)
    assert is_close(ours.slopes(5.0), by * scaled.slopes(5.0), tolerance)
    assert is_close(ours.left_out(5.0), scaled.left_out(5.0), tolerance * 10)
    assert not is_close(ours.slopes(5.0), scaled.slopes(5.0), tolerance)


# --- alpha from least squares


def longleys():
    """Longley's table with columns divided by their sds, as R's lm.ridge has them."""
    whole = longley()
    return whole, Spectrum.of(whole, 1 / whole.X.std(axis=0))


def test_the_formulas_of_least_squares_give_what_lm_ridge_prints_for_longley():
    """``select(lm.ridge(Employed ~ ., longley, lambda = seq(0, 0.1, 1e-4)))`` in R, MASS 7.3, prints these three."""
    whole, spectrum = longleys()
    assert abs(spectrum.hoerl_kennard_baldwin(whole.p - 2) - 0.004275357) < 5e-10
    assert abs(spectrum.lawless_wang(whole.p - 2) - 0.03229531) < 5e-9
    grid = np.arange(0.0, 0.1, 1e-4)[1:]
    theirs = np.argmin([spectrum.gcv_of_lm_ridge(alpha) for alpha in grid])
    assert abs(grid[theirs] - 0.0028) < 1e-9
    ours = np.argmin([spectrum.gcv(alpha) for alpha in grid])
    assert abs(grid[ours] - 0.0028) > 1e-4  # control: with the intercept counted it is lowest elsewhere


def test_the_formulas_of_least_squares_are_the_published_ones():
    """From the rows: p s^2 / ||u||^2, and p s^2 / ||X u||^2 for columns of length 1."""
    whole, spectrum = longleys()
    centred = whole.X - whole.X.mean(axis=0)
    y = whole.y - whole.y.mean()
    X = centred / centred.std(axis=0)
    u = np.linalg.lstsq(X, y)[0]
    s2 = np.sum((y - X @ u) ** 2) / (16 - 6 - 1)
    assert abs(spectrum.hoerl_kennard_baldwin() / (6 * s2 / (u @ u)) - 1) < 1e-6
    of_length_one = Spectrum.of(whole, 1 / np.linalg.norm(centred, axis=0))
    assert abs(of_length_one.lawless_wang() / (6 * s2 / np.sum((X @ u) ** 2)) - 1) < 1e-6
    assert abs(spectrum.lawless_wang() / of_length_one.lawless_wang() - 16) < 1e-9  # as many times as the lengths'
    kept = spectrum.kept(0.01).sum()
    left = np.sum((y - X @ np.linalg.solve(X.T @ X + 0.01 * np.eye(6), X.T @ y)) ** 2)
    assert abs(spectrum.gcv_of_lm_ridge(0.01) / (left / (16 - kept) ** 2) - 1) < 1e-6
    assert abs(spectrum.gcv(0.01) / (left / 16 / (1 - (1 + kept) / 16) ** 2) - 1) < 1e-6


def test_without_least_squares_the_formulas_are_refused():
    X, y = table()
    twice = Spectrum.of(Problem.from_rows(np.column_stack([X, X]), y, noise_sd=1.0))
    few = Spectrum.of(Problem.from_rows(X[:5], y[:5], noise_sd=1.0))
    for ask in (Spectrum.hoerl_kennard_baldwin, Spectrum.lawless_wang):
        with pytest.raises(BadInput, match="least squares is not unique"):
            ask(twice)
        with pytest.raises(BadInput, match="leaves no residuals"):
            ask(few)
