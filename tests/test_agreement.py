import dataclasses
import math
from dataclasses import replace

import arviz as az
import numpy as np
import pytest

from helpers.runs import logp_of_rows, three_routes
from mapsto import Certificate, Check, Estimate, Failed, HierarchicalNormal, Normal, Problem, Unsupported, run
from mapsto.certificate import (
    Conditioning,
    agreed_digits,
    draws_checks,
    ledger_checks,
    mode_checks,
    mode_is_highest,
    rows_check,
)
from mapsto.engines import sklearn as via_sklearn
from mapsto.posteriors.closed_form import closed_form
from mapsto.posteriors.draws import summarise

ROUTES = ("closed_form", "sklearn", "pymc")
LEDGER = ["ledger-sums-to-pymc-logp", "ledger-sums-to-posterior-density"]
FACTS = [
    "penalty-is-minus-log-density",
    "prior-integrates-to-one",
    "family-is-log-density",
    "mean-and-root-are-log-density",
    "marginals-are-log-density",
    "shape-is-the-penalty",
    "slope-is-that-of-the-penalty",
    "stationarity-holds-kinks",
    "curvature-is-that-of-the-slope",
    "lengths-are-lengths",
    "prior-is-its-formula",
    "prior-is-what-it-says",
    "loss-is-minus-log-likelihood",
    "gradient-is-that-of-the-log-likelihood",
    "family-is-log-likelihood",
    "ledger-sums-to-log-likelihood",
    "likelihood-integrates-to-one",
    "likelihood-is-simulated",
    "likelihood-is-its-formula",
    "likelihood-is-what-it-says",
]
ROWS = "rows-equal-statistics"
DRAWS = ["penalty-is-minus-log-density-at-draws-of-pymc", "no-draw-beats-the-mode"]
NUTS = [
    "nuts-effective-sample-size",
    "nuts-r-hat",
    "nuts-divergences",
    "nuts-e-bfmi",
    "nuts-mean-is-exact-mean",
    "nuts-sd-is-exact-sd",
    "nuts-draws-have-our-score",
]


@pytest.fixture(scope="module")
def result():
    return three_routes()


@pytest.fixture(scope="module")
def conditioning(result):
    return Conditioning.of(result.problem, result.prior, result.exact)


def failing(checks):
    return {check.name for check in checks if not check.passed}


def touched(route):
    """The checks that have to fail when this route's slopes are wrong, and no others but same-objective."""
    pairs = {"closed_form-sklearn", "closed_form-pymc", "sklearn-pymc"}
    return {f"stationarity-{route}"} | {f"same-mode-{pair}" for pair in pairs if route in pair}


# --- the untouched run


def test_the_untouched_run_passes_every_check_by_name(result):
    names = [check.name for check in result.certificate.checks]
    modes = [f"stationarity-{route}" for route in ROUTES]
    modes += ["same-mode-closed_form-sklearn", "same-mode-closed_form-pymc", "same-mode-sklearn-pymc", "same-objective"]
    assert names == [*modes, *LEDGER, *FACTS, ROWS, *NUTS, *DRAWS]
    assert failing(result.certificate.checks) == set()
    assert result.certificate.passed


def test_every_check_gives_its_reason_and_a_finite_bound(result):
    for check in result.certificate.checks:
        assert check.reason
        assert math.isfinite(check.observed)
        assert math.isfinite(check.tolerance)


# --- the modes


def wrong_answer(fault, result):
    problem, right = result.problem, result.modes["sklearn"]
    if fault == "alpha doubled":
        return via_sklearn.fit(problem, Normal(result.prior.scale / math.sqrt(2)))
    if fault == "alpha halved":
        return via_sklearn.fit(problem, Normal(result.prior.scale * math.sqrt(2)))
    if fault == "least squares":
        A = np.column_stack([problem.X, np.ones(problem.n)])
        w = np.linalg.lstsq(A, problem.y)[0]
        return Estimate(w[:-1], float(w[-1]))
    if fault == "sign flipped":
        return replace(right, coef=-right.coef)
    if fault == "one sign flipped":
        return replace(right, coef=right.coef * np.where(np.arange(problem.p) == 2, -1.0, 1.0))
    if fault == "zero vector":
        return replace(right, coef=np.zeros(problem.p))
    return replace(right, coef=right.coef[::-1])


FAULTS = ["alpha doubled", "alpha halved", "least squares", "sign flipped", "one sign flipped", "zero vector", "order"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("route", ROUTES)
def test_a_wrong_answer_fails_on_any_route(result, conditioning, fault, route):
    outcomes = dict(result.modes) | {route: wrong_answer(fault, result)}
    checks = mode_checks(result.problem, result.prior, outcomes, conditioning)
    assert failing(checks) == touched(route) | {"same-objective"}


@pytest.mark.parametrize("route", ROUTES)
def test_any_coefficient_nudged_by_a_millionth_fails(result, conditioning, route):
    for j in range(result.problem.p):
        right = result.modes[route]
        nudge = np.where(np.arange(result.problem.p) == j, 1 + 1e-6, 1.0)
        outcomes = dict(result.modes) | {route: replace(right, coef=right.coef * nudge)}
        checks = mode_checks(result.problem, result.prior, outcomes, conditioning)
        assert failing(checks) - {"same-objective"} == touched(route), j


@pytest.mark.parametrize("off", [1e-6, -1e-6, -1.0])
def test_an_intercept_that_is_off_fails(result, conditioning, off):
    right = result.modes["pymc"]
    outcomes = dict(result.modes) | {"pymc": replace(right, intercept=right.intercept * (1 + off))}
    checks = mode_checks(result.problem, result.prior, outcomes, conditioning)
    assert "stationarity-pymc" in failing(checks)


def test_three_routes_wrong_alike_still_fail(result, conditioning):
    """Agreement is not enough: the gradient has to vanish."""
    wrong = via_sklearn.fit(result.problem, Normal(result.prior.scale / math.sqrt(2)))
    checks = mode_checks(result.problem, result.prior, dict.fromkeys(ROUTES, wrong), conditioning)
    assert failing(checks) == {f"stationarity-{route}" for route in ROUTES}


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("route", ROUTES)
def test_a_slope_that_is_no_number_fails(result, conditioning, route, value):
    right = result.modes[route]
    outcomes = dict(result.modes) | {route: replace(right, coef=np.append(right.coef[:-1], value))}
    with np.errstate(invalid="ignore"):
        checks = mode_checks(result.problem, result.prior, outcomes, conditioning)
    assert failing(checks) >= touched(route)


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("route", ROUTES)
def test_an_intercept_that_is_no_number_fails(result, conditioning, route, value):
    outcomes = dict(result.modes) | {route: replace(result.modes[route], intercept=value)}
    checks = mode_checks(result.problem, result.prior, outcomes, conditioning)
    assert f"stationarity-{route}" in failing(checks)


@pytest.mark.parametrize("route", ROUTES)
def test_a_failed_route_fails_the_run_by_name_and_says_why(result, conditioning, route):
    outcomes = dict(result.modes) | {route: Failed("LinAlgError: it broke")}
    checks = mode_checks(result.problem, result.prior, outcomes, conditioning)
    assert failing(checks) == {f"engine-{route}"}
    assert "LinAlgError: it broke" in next(check.reason for check in checks if check.name == f"engine-{route}")


def test_an_unsupported_route_is_no_failure_but_leaves_its_checks_out(result, conditioning):
    outcomes = dict(result.modes) | {"sklearn": Unsupported("it has no such penalty")}
    checks = mode_checks(result.problem, result.prior, outcomes, conditioning)
    assert failing(checks) == set()
    assert [check.name for check in checks if "sklearn" in check.name] == []


def test_digits_are_relative_to_the_largest_coefficient():
    first, second = Estimate(np.array([100.0, 1.0]), 0.0), Estimate(np.array([100.0, 1.001]), 0.0)
    assert agreed_digits([first, second]) == pytest.approx(5.0, abs=1e-10)  # 0.001 is known to u / 0.001 = 1e-13
    assert agreed_digits([first, first]) > 15
    assert agreed_digits([first, second, Unsupported("none")]) == agreed_digits([second, first])
    assert agreed_digits([first, Failed("none")]) is None


def test_the_tolerances_grow_with_rows_and_with_collinearity(rng):
    X = rng.standard_normal((200, 3))
    y = X.sum(axis=1) + rng.standard_normal(200)

    def of(X, y):
        problem = Problem.from_rows(X, y, noise_sd=1.0)
        return Conditioning.of(problem, Normal(1.0), closed_form(problem, Normal(1.0)).posterior)

    near = np.column_stack([X, X[:, 0] + 1e-3 * X[:, 1]])
    assert of(X[:50], y[:50]).backward < of(X, y).backward < of(X + 1000, y).backward
    assert of(X, y).condition < 100 * of(X, y).condition < of(near, y).condition


# --- the ledger


def judge_ledger(result, conditioning, terms=None, shift=0.0):
    logp = sum(term.value for term in result.ledger[:4])
    return failing(ledger_checks(terms or result.ledger, {"pymc": logp + shift}, result.exact, conditioning))


SUMS = {"ledger-sums-to-pymc-logp", "ledger-sums-to-posterior-density"}


def planted(term):
    return {"ledger-sums-to-posterior-density"} if term == "evidence" else SUMS


TERMS = ["data misfit", "noise constant", "prior exponent", "prior constant", "evidence"]


def test_the_untouched_ledger_passes(result, conditioning):
    assert [term.term for term in result.ledger] == TERMS
    assert judge_ledger(result, conditioning) == set()


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0, 1 + 1e-6])
def test_a_term_dropped_flipped_doubled_or_nudged_fails(result, conditioning, term, factor):
    terms = [replace(t, value=t.value * factor) if t.term == term else t for t in result.ledger]
    assert judge_ledger(result, conditioning, terms) == planted(term)


@pytest.mark.parametrize("term", TERMS)
def test_a_term_left_out_fails(result, conditioning, term):
    assert judge_ledger(result, conditioning, [t for t in result.ledger if t.term != term]) == planted(term)


def test_a_prior_constant_without_its_two_pi_fails(result, conditioning):
    wrong = -result.problem.p * math.log(result.prior.scale)
    terms = [replace(t, value=wrong) if t.term == "prior constant" else t for t in result.ledger]
    assert judge_ledger(result, conditioning, terms) == SUMS


def test_pymc_reporting_another_density_fails(result, conditioning):
    assert judge_ledger(result, conditioning, shift=1e-6) == {"ledger-sums-to-pymc-logp"}
    assert judge_ledger(result, conditioning, shift=math.nan) == {"ledger-sums-to-pymc-logp"}


def test_rows_that_are_not_those_of_the_statistics_fail(result, conditioning):
    problem, mode = result.problem, result.mode
    of_statistics = sum(term.value for term in result.ledger[:4])
    changed = problem.y.copy()
    changed[7] += 0.01
    same, other = (
        logp_of_rows(one, result.prior, mode)
        for one in (problem, replace(problem, table=replace(problem.table, y=changed)))
    )
    checks = [rows_check(of_statistics, of_rows, conditioning) for of_rows in (same, other, math.nan)]
    assert [check.name for check in checks] == [ROWS] * 3
    assert [check.passed for check in checks] == [True, False, False]


def test_without_an_exact_posterior_its_check_is_left_out(result, conditioning):
    logp = sum(term.value for term in result.ledger[:4])
    checks = ledger_checks(result.ledger[:4], {"pymc": logp}, Unsupported("none"), conditioning)
    assert [check.name for check in checks] == LEDGER[:1]
    assert failing(checks) == set()


# --- the draws


def judge_draws(result, w=None, b=None, diverging=None, energy=None):
    """The names of the checks that fail when the draws or the sampler's statistics are replaced."""
    posterior, stats = result.posterior["posterior"], result.posterior["sample_stats"]
    tree = az.from_dict(
        {
            "posterior": {
                "w": posterior["w"].to_numpy() if w is None else w,
                "b": posterior["b"].to_numpy() if b is None else b,
            },
            "sample_stats": {
                "diverging": stats["diverging"].to_numpy() if diverging is None else diverging,
                "energy": stats["energy"].to_numpy() if energy is None else energy,
            },
        }
    )
    return failing(draws_checks(summarise(tree), result.exact))


@pytest.fixture(scope="module")
def draws(result):
    return result.posterior["posterior"]["w"].to_numpy()


def test_the_untouched_draws_pass(result):
    assert judge_draws(result) == set()


def test_draws_with_a_wrong_mean_fail(result, draws):
    shift = np.where(np.arange(result.problem.p) == 3, 0.2 * result.exact.sd, 0.0)
    assert judge_draws(result, w=draws + shift) == {"nuts-mean-is-exact-mean"}


@pytest.mark.parametrize("factor", [1.1, 0.9])
def test_draws_with_a_wrong_sd_fail(result, draws, factor):
    mean = result.exact.mean
    assert judge_draws(result, w=mean + factor * (draws - mean)) == {"nuts-sd-is-exact-sd"}


def test_an_intercept_with_a_wrong_mean_fails(result):
    b = result.posterior["posterior"]["b"].to_numpy()
    assert judge_draws(result, b=b + 0.2 * result.exact.intercept_sd) == {"nuts-mean-is-exact-mean"}


def test_the_draws_of_another_posterior_fail(result):
    """Half the prior's scale moves both: what the whole comparison is for."""
    other = closed_form(result.problem, Normal(result.prior.scale / 2)).posterior
    w, b = other.draws(4000, np.random.default_rng(5))
    found = judge_draws(result, w=w.reshape(4, 1000, -1), b=b.reshape(4, 1000))
    assert found == {"nuts-mean-is-exact-mean", "nuts-sd-is-exact-sd"}


def test_too_few_draws_fail(result, draws):
    b = result.posterior["posterior"]["b"].to_numpy()
    stats = result.posterior["sample_stats"]
    kept = {"diverging": stats["diverging"].to_numpy()[:, :90], "energy": stats["energy"].to_numpy()[:, :90]}
    assert "nuts-effective-sample-size" in judge_draws(result, w=draws[:, :90], b=b[:, :90], **kept)


def test_draws_that_stand_still_fail(result, draws):
    sticky = np.repeat(draws[:, ::40], 40, axis=1)
    assert "nuts-effective-sample-size" in judge_draws(result, w=sticky)


def test_a_chain_that_is_somewhere_else_fails(result, draws):
    apart = draws.copy()
    apart[0] += 0.5 * result.exact.sd
    assert "nuts-r-hat" in judge_draws(result, w=apart)


def test_one_divergence_fails(result, draws):
    diverging = np.zeros(draws.shape[:2], dtype=bool)
    diverging[2, 17] = True
    assert judge_draws(result, diverging=diverging) == {"nuts-divergences"}


def test_energy_that_creeps_fails(result, draws):
    creeping = np.random.default_rng(3).standard_normal(draws.shape[:2]).cumsum(axis=1)
    assert judge_draws(result, energy=creeping) == {"nuts-e-bfmi"}


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("ess_bulk", "nuts-effective-sample-size"),
        ("ess_tail", "nuts-effective-sample-size"),
        ("r_hat", "nuts-r-hat"),
        ("mean", "nuts-mean-is-exact-mean"),
        ("mcse_mean", "nuts-mean-is-exact-mean"),
        ("sd", "nuts-sd-is-exact-sd"),
        ("mcse_sd", "nuts-sd-is-exact-sd"),
    ],
)
@pytest.mark.parametrize("place", [0, -1])
def test_a_summary_that_is_no_number_fails(result, field, name, place):
    spoilt = getattr(result.summary, field).copy()
    spoilt[place] = math.nan
    assert failing(draws_checks(replace(result.summary, **{field: spoilt}), result.exact)) == {name}


def test_an_e_bfmi_that_is_no_number_fails(result):
    spoilt = replace(result.summary, smallest_e_bfmi=math.nan)
    assert failing(draws_checks(spoilt, result.exact)) == {"nuts-e-bfmi"}


def test_without_an_exact_posterior_only_the_sampler_is_judged(result):
    assert [check.name for check in draws_checks(result.summary, Unsupported("none"))] == NUTS[:4]


def test_a_draw_above_the_mode_fails(result, draws):
    problem, prior, mode = result.problem, result.prior, result.mode
    assert mode_is_highest(problem, prior, mode, draws).passed
    with_the_mode = np.concatenate([draws, np.broadcast_to(mode.coef, draws[:1].shape)])
    assert mode_is_highest(problem, prior, mode, with_the_mode).passed  # a draw as high as the mode is no higher
    for wrong in (mode.coef * (1 + 1e-5), -mode.coef, np.zeros(problem.p)):
        assert not mode_is_highest(problem, prior, replace(mode, coef=wrong), with_the_mode).passed
    # one draw among thousands is enough, and the intercept of the draw does not matter
    taken_for_mode = draws.reshape(-1, problem.p)[17]
    assert not mode_is_highest(problem, prior, replace(mode, coef=taken_for_mode), with_the_mode[-1:]).passed


def test_a_loss_that_is_no_number_fails(result, draws):
    spoilt = replace(result.mode, coef=np.append(result.mode.coef[:-1], math.nan))
    assert not mode_is_highest(result.problem, result.prior, spoilt, draws).passed
    for place in (0, 500):
        some = draws[:1].copy()
        some[0, place, 2] = math.nan
        assert not mode_is_highest(result.problem, result.prior, result.mode, some).passed


# --- the verdict


def test_a_check_passes_up_to_its_tolerance_and_never_on_nan():
    assert Check("a", 1.0, 1.0, "r").passed
    assert not Check("a", math.nextafter(1.0, 2.0), 1.0, "r").passed
    assert not Check("a", math.nan, 1.0, "r").passed
    assert not Check("a", 0.0, math.nan, "r").passed


def test_the_verdict_is_derived(result):
    certificate = result.certificate
    assert {field.name for field in dataclasses.fields(Certificate)} == {"checks", "digits"}
    assert "passed" not in {field.name for field in dataclasses.fields(Check)}
    with pytest.raises(dataclasses.FrozenInstanceError):
        certificate.checks = ()
    for k, check in enumerate(certificate.checks):
        spoilt = replace(check, observed=math.nan)
        checks = (*certificate.checks[:k], spoilt, *certificate.checks[k + 1 :])
        assert not Certificate(checks, certificate.digits).passed


def test_no_check_is_no_pass():
    assert not Certificate((), None).passed
    X = np.column_stack([np.arange(6.0), np.arange(6.0) ** 2])
    problem = Problem.from_rows(X, np.arange(6.0) % 3, noise_sd=1.0)
    result = run(problem, HierarchicalNormal(1.0), engines=["sklearn"])
    assert isinstance(result.modes["sklearn"], Unsupported)
    assert not result.certificate.passed
