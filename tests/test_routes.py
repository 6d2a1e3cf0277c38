import math

import numpy as np
import pytest
from scipy import stats

from helpers.runs import logp_of_rows, three_routes
from mapsto import Normal, Problem, Settings, SufficientStatistics, run
from mapsto.certificate import Conditioning
from mapsto.engines import closed_form as via_closed_form
from mapsto.engines import sklearn as via_sklearn
from mapsto.engines.pymc import mode as via_pymc
from mapsto.engines.pymc import nuts
from mapsto.engines.pymc.compiled import compiled
from mapsto.engines.pymc.densities.log_density import LogDensity
from mapsto.engines.pymc.model import rows_model, statistics_model
from mapsto.outcome import Estimate, Unsupported
from mapsto.rounding import UNIT_ROUNDOFF, digits, gamma

PRIOR = Normal(1.5)
SIGMA = 0.7


def problem_of(name, tables):
    """A table's problem; "from statistics" and "merged halves" are the tall table without its rows."""
    if name == "no intercept":
        return Problem.from_rows(*tables["tall"], noise_sd=SIGMA, intercept=False)
    if name == "from statistics":
        return Problem.from_statistics(SufficientStatistics.from_rows(*tables["tall"], centred=True), noise_sd=SIGMA)
    if name == "merged halves":
        X, y = tables["tall"]
        halves = [SufficientStatistics.from_rows(X[rows], y[rows], centred=True) for rows in (slice(17), slice(17, 40))]
        return Problem.from_statistics(halves[0] + halves[1], noise_sd=SIGMA)
    return Problem.from_rows(*tables[name], noise_sd=SIGMA)


def density_of(problem):
    return LogDensity(statistics_model(problem, PRIOR), problem.statistics.x_mean)


SHAPES = ["tall", "wide", "collinear", "single", "constant", "huge", "no intercept", "from statistics", "merged halves"]


@pytest.fixture(scope="module", params=SHAPES)
def answer(request, tables):
    return run(problem_of(request.param, tables), PRIOR, Settings(seed=3, draws=1000, chains=2), name=request.param)


@pytest.fixture(scope="module")
def tall(tables):
    return problem_of("tall", tables)


@pytest.fixture(scope="module")
def density(tall):
    return density_of(tall)


def formula(problem, prior, X, y, w, b):
    """log p(y | w, b) + log p(w) from the rows, and the size of what was added up."""
    likelihood = stats.norm.logpdf(y, b + X @ w, problem.noise_sd)
    density = stats.norm.logpdf(w, 0, prior.scale)
    root = np.linalg.norm(y) + np.linalg.norm(X) * np.linalg.norm(w) + math.sqrt(len(y)) * abs(b)
    return likelihood.sum() + density.sum(), (root / problem.noise_sd) ** 2 + np.abs(density).sum() + len(y)


def rounding(problem, size):
    """A QR of the rows and a sum over them, relative to the size of what is added."""
    return gamma(4 * problem.n * (problem.p + 1) ** 2) * size


def random_points(p, intercept, count=12):
    rng = np.random.default_rng(19)
    scales = 10.0 ** rng.uniform(-2, 2, count)
    return [(s * rng.standard_normal(p), float(s * rng.standard_normal()) * intercept) for s in scales]


# --- every awkward shape


def test_every_shape_is_certified_by_three_routes(answer):
    assert {name: type(outcome) for name, outcome in answer.modes.items()} == dict.fromkeys(
        ("closed_form", "sklearn", "pymc"), Estimate
    )
    assert [check for check in answer.certificate.checks if not check.passed] == []


def test_every_shape_has_the_mode_of_the_stacked_rows(answer, tables):
    """Ridge as plain least squares on rows with the prior's own rows below: [X; sqrt(alpha) I]."""
    problem, alpha = answer.problem, (SIGMA / PRIOR.scale) ** 2
    X, y = tables[answer.name if answer.name in tables else "tall"]
    means = (X.mean(axis=0), y.mean()) if problem.intercept else (np.zeros(problem.p), 0.0)
    stacked = np.vstack([X - means[0], math.sqrt(alpha) * np.eye(problem.p)])
    unit = np.linalg.norm(stacked, axis=0)
    w = np.linalg.lstsq(stacked / unit, np.append(y - means[1], np.zeros(problem.p)))[0] / unit
    allowed = Conditioning.of(problem, PRIOR, answer.exact)
    for outcome in answer.modes.values():
        apart = np.abs((outcome.coef - w) * unit).max() / np.abs(w * unit).max()
        assert apart <= allowed.backward * allowed.condition
        b = means[1] - means[0] @ outcome.coef
        size = abs(means[1]) + np.abs(means[0]) @ np.abs(outcome.coef)
        assert abs(outcome.intercept - b) <= allowed.backward * size


def test_a_duplicated_column_shares_its_slope_and_a_constant_one_has_none(tables):
    twin = via_closed_form.solve(problem_of("collinear", tables), PRIOR)
    error = Conditioning.of(problem_of("collinear", tables), PRIOR, twin.posterior)
    assert abs(twin.mode.coef[1] - twin.mode.coef[2]) <= error.backward * error.condition * abs(twin.mode.coef[1])
    still = via_closed_form.solve(problem_of("constant", tables), PRIOR)
    assert still.posterior.sd[1] == pytest.approx(PRIOR.scale, rel=gamma(100))
    assert abs(still.mode.coef[1]) <= gamma(100) * PRIOR.scale


# --- one posterior, two PyMC models, one formula


@pytest.mark.parametrize("name", ["tall", "wide", "no intercept"])
def test_rows_model_statistics_model_and_formula_are_one_density(tables, name):
    problem = problem_of(name, tables)
    X, y = tables["tall" if name == "no intercept" else name]
    by_rows = rows_model(problem, PRIOR).compile_logp(mode="FAST_COMPILE")
    by_statistics = density_of(problem)
    for w, b in random_points(problem.p, problem.intercept):
        values = {"w": w, "b": np.float64(b)} if problem.intercept else {"w": w}
        direct, size = formula(problem, PRIOR, X, y, w, b)
        assert abs(by_rows(values) - direct) <= rounding(problem, size)
        assert abs(by_statistics(by_statistics.join(Estimate(w, b)))[0] - direct) <= rounding(problem, size)


def test_a_model_with_another_sigma_is_another_density(tall, tables):
    """The control of the test above."""
    w, b = random_points(tall.p, True)[0]
    direct, size = formula(tall, PRIOR, *tables["tall"], w, b)
    wrong = tall.with_noise_sd(SIGMA * (1 + 1e-6))
    density = density_of(wrong)
    for value in (
        logp_of_rows(wrong, PRIOR, Estimate(w, b)),
        density(density.join(Estimate(w, b)))[0],
    ):
        assert abs(value - direct) > rounding(tall, size)


def test_without_rows_there_is_no_rows_model(tables):
    with pytest.raises(ValueError, match="rows are gone"):
        rows_model(problem_of("from statistics", tables), PRIOR)


# --- the log density as a function


def test_gradient_is_that_of_the_rows_and_of_finite_differences(tall, density):
    """In the density's own coordinates, w and a = b + mean(x) . w, the columns are those of X less their means."""
    mean = tall.X.mean(axis=0)
    lengths = np.empty(tall.p + 1)
    lengths[density.slices["w"]], lengths[density.slices["a"]] = np.linalg.norm(tall.X, axis=0), math.sqrt(tall.n)
    for w, b in random_points(tall.p, True):
        x = density.join(Estimate(w, b))
        value, gradient = density(x)
        residual = tall.y - b - tall.X @ w
        exact = np.empty(tall.p + 1)
        exact[density.slices["w"]] = (tall.X - mean).T @ residual / SIGMA**2 - w / PRIOR.scale**2
        exact[density.slices["a"]] = residual.sum() / SIGMA**2
        _, size = formula(tall, PRIOR, tall.X, tall.y, w, b)
        assert (np.abs(gradient - exact) <= rounding(tall, lengths * math.sqrt(size) / SIGMA + np.abs(x))).all()
        for j in range(len(x)):
            h = np.cbrt(UNIT_ROUNDOFF) * max(1.0, abs(x[j]))
            step = np.where(np.arange(len(x)) == j, h, 0.0)
            ahead, behind = density(x + step)[0], density(x - step)[0]
            # a quadratic has no truncation error, only the rounding of two values over the step
            assert abs((ahead - behind) / (2 * h) - gradient[j]) <= rounding(tall, size + abs(value)) / h


def test_curvature_is_that_of_the_formula(tall, density):
    centred = tall.X - tall.X.mean(axis=0)
    exact = np.zeros((tall.p + 1, tall.p + 1))
    w, a = density.slices["w"], density.slices["a"]
    exact[w, w] = centred.T @ centred / SIGMA**2 + np.eye(tall.p) / PRIOR.scale**2
    exact[a, a] = tall.n / SIGMA**2
    mode = density.join(via_closed_form.solve(tall, PRIOR).mode)
    found = density.curvature(mode)
    width = 1 / np.sqrt(np.diag(exact))
    # each entry: the error of two gradients, of the size of their parts in the units of the width, over 1e-3 widths
    parts = np.linalg.norm(tall.y) / SIGMA + (np.abs(mode) / width).sum()
    allowed = rounding(tall, parts) / 1e-3
    assert (np.abs(found.matrix - exact * np.outer(found.unit, found.unit)) <= allowed).all()
    assert (np.abs(found.matrix - 1.001 * exact * np.outer(found.unit, found.unit)).max()) > allowed
    assert (found.matrix == found.matrix.T).all()
    off = rounding(tall, parts) * width.max() / 1e-4  # the first, cruder step
    assert (np.abs(found.unit / width - 1) <= off).all()


def test_join_and_split_undo_each_other(tall, density):
    estimate = Estimate(np.arange(1.0, tall.p + 1), -7.0)
    w, b = density.split(density.join(estimate))
    assert w.tolist() == estimate.coef.tolist()
    size = abs(estimate.intercept) + 2 * np.abs(tall.statistics.x_mean) @ estimate.coef
    assert abs(b - estimate.intercept) <= gamma(tall.p + 1) * size


# --- the mode


def test_pymcs_mode_reaches_the_closed_form_to_twelve_digits():
    result = three_routes()
    exact = result.modes["closed_form"].coef
    for name in ("sklearn", "pymc"):
        assert digits(np.abs(result.modes[name].coef - exact).max() / np.abs(exact).max()) >= 12


def test_the_mode_of_diabetes_is_that_of_the_normal_equations(diabetes):
    """An oracle of its own: X'X + alpha I solved directly, from the conftest's own standardising."""
    X, y = diabetes
    result = three_routes()
    alpha = (54.0 / 20.0) ** 2
    A = X.T @ X + alpha * np.eye(X.shape[1])
    w = np.linalg.solve(A, X.T @ (y - y.mean()))
    allowed = np.linalg.cond(A) * gamma(X.size) * np.abs(w).max() * X.shape[1]
    assert np.abs(result.mode.coef - w).max() <= allowed
    assert np.abs(np.linalg.solve(A + alpha * np.eye(len(A)), X.T @ (y - y.mean())) - w).max() > allowed


def test_where_the_search_starts_does_not_move_its_end(tall, density):
    """From the default start and from a thousand prior widths away."""
    modes = []
    default = density.start
    try:
        for start in (default, default + 1500.0):
            density.start = start
            modes.append(via_pymc.find_mode(tall, PRIOR, density))
    finally:
        density.start = default
    allowed = Conditioning.of(tall, PRIOR, via_closed_form.solve(tall, PRIOR).posterior)
    apart = np.abs((modes[0].coef - modes[1].coef) * allowed.unit).max()
    assert apart <= allowed.backward * allowed.condition * np.abs(modes[0].coef * allowed.unit).max()


def test_sklearn_without_rows_gives_what_it_gives_with_them(tables, tall):
    with_rows = via_sklearn.fit(tall, PRIOR)
    allowed = Conditioning.of(tall, PRIOR, via_closed_form.solve(tall, PRIOR).posterior)
    for name in ("from statistics", "merged halves"):
        without = via_sklearn.fit(problem_of(name, tables), PRIOR)
        assert not isinstance(without, Unsupported)
        apart = np.abs((without.coef - with_rows.coef) * allowed.unit).max()
        assert apart <= allowed.backward * allowed.condition * np.abs(with_rows.coef * allowed.unit).max()


# --- NUTS


def sample(density, problem, seed):
    where = nuts.geometry(density, problem, PRIOR, via_closed_form.solve(problem, PRIOR).mode)
    return nuts.sample(density, where, draws=100, chains=2, seed=seed)[:2]


def test_same_seed_same_draws_bit_for_bit_whatever_ran_between(tall, density, tables):
    draws, statistics = sample(density, tall, 5)
    other = problem_of("single", tables)
    sample(density_of(other), other, 9)
    again, again_statistics = sample(density, tall, 5)
    assert (draws == again).all()
    assert all((values == again_statistics[name]).all() for name, values in statistics.items())
    fresh, _ = sample(density_of(tall), tall, 5)
    assert (draws == fresh).all()


def test_a_graph_that_is_called_once_gives_what_the_compiled_one_gives():
    import pytensor.tensor as pt

    x = pt.vector("x")
    at = np.linspace(0.1, 3.0, 7)
    for constant in (2.0, 5.0):  # one structure, two numbers: each keeps its own
        graph = pt.log1p(pt.exp(constant * x)).sum()
        once, often = compiled([x], [graph], once=True)(at)[0], compiled([x], [graph])(at)[0]
        exact = np.logaddexp(0, constant * at).sum()
        assert max(abs(once - exact), abs(often - exact)) <= gamma(20) * exact
        assert abs(once - np.logaddexp(0, 1.01 * constant * at).sum()) > gamma(20) * exact


def test_another_seed_gives_other_draws_and_no_two_chains_are_one(tall, density):
    draws, another = sample(density, tall, 5)[0], sample(density, tall, 6)[0]
    assert (draws != another).all()
    assert (draws[0] != draws[1]).all()
    assert draws.shape == (2, 100, tall.p + 1)


def test_a_draw_of_diabetes_is_worth_more_than_one():
    summary = three_routes().summary
    assert summary.ess_bulk.min() >= 4 * 1000


def test_the_samplers_logp_is_the_density_of_its_draws():
    result = three_routes()
    posterior, logp = result.posterior["posterior"], result.posterior["sample_stats"]["logp"].to_numpy()
    w, b = posterior["w"].to_numpy()[2, 31], float(posterior["b"].to_numpy()[2, 31])
    direct, size = formula(result.problem, result.prior, result.problem.X, result.problem.y, w, b)
    assert abs(logp[2, 31] - direct) <= rounding(result.problem, size)


def test_an_interrupted_sampler_is_cancelled(tall, density, monkeypatch):
    told = []

    class Interrupted:
        def wait(self):
            raise KeyboardInterrupt

        def cancel(self):
            told.append("cancel")

    monkeypatch.setattr(nuts.nutpie, "sample", lambda *_args, **_options: Interrupted())
    with pytest.raises(KeyboardInterrupt):
        sample(density, tall, 5)
    assert told == ["cancel"]
