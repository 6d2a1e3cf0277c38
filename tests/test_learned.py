"""Parameters of a likelihood that are learned: against integrals, as engines have them, and what is refused."""

from functools import cache

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.special import logsumexp

from mapsto import (
    BadInput,
    Gamma,
    GammaNoise,
    HalfCauchyNoise,
    HalfNormalNoise,
    InverseGammaNoise,
    JeffreysNoise,
    Known,
    Learned,
    NegativeBinomial,
    Normal,
    Poisson,
    Problem,
    Settings,
    StudentTNoise,
    run,
)
from mapsto.certificate.gate_points import gate_points
from mapsto.certificate.score import score_checks
from mapsto.engines.question import Question
from mapsto.engines.registry import engines
from mapsto.likelihoods.noise_priors.registry import parse_learned
from mapsto.outcome import Unsupported
from mapsto.posteriors.joint.density import joint_at
from mapsto.report.page import render
from mapsto.runs.record import decode, encode

CASES = {
    "negative_binomial": (NegativeBinomial(size=2.0), "size", HalfCauchyNoise(scale=5.0)),
    "gamma": (Gamma(shape=2.0), "shape", InverseGammaNoise(shape=2.0, scale=4.0)),
    "student_t": (StudentTNoise(df=4.0, sigma=Known(1.5)), "df", GammaNoise(shape=2.0, rate=0.1)),
}
HELD = Normal(scale=1e-6)  # a slope that is nothing, so that one integral is the truth


def problem_of(case, n=60, intercept=False):
    likelihood, name, prior = CASES[case]
    rng = np.random.default_rng(6)
    X = rng.standard_normal((n, 1))
    y = likelihood.simulate(0.3 * X[:, 0] + 0.5 * intercept, rng)
    return Problem.from_rows(X, y, intercept=intercept, likelihood=likelihood).with_learned(**{name: prior})


@cache
def held(case):
    return run(problem_of(case), HELD, Settings(seed=2, draws=500), engines=["direct", "pymc"])


@pytest.mark.parametrize("case", CASES)
def test_the_posterior_of_the_parameter_is_that_of_an_integral(case):
    result, (likelihood, name, prior) = held(case), CASES[case]
    assert [c.name for c in result.certificate.checks if not c.passed] == []
    logs = np.linspace(-4.0, 9.0, 4_001)  # of the parameter: at both ends its density is below rounding
    y = result.problem.y
    heights = np.array(
        [
            likelihood.given(**{name: v}).log_density(y, np.zeros_like(y)).sum() + prior.log_density(v) + np.log(v)
            for v in np.exp(logs)
        ]
    )
    weights = np.exp(heights - logsumexp(heights))
    assert result.summary.scalars == (name,)
    drawn = np.log(result.posterior["posterior"][name].to_numpy())
    middle = weights @ logs
    for truth, values in ((middle, drawn), (weights @ (logs - middle) ** 2, (drawn - middle) ** 2)):
        size = array_stats.ess(values, chain_axis=0, draw_axis=1, method="mean")
        assert size > 400
        assert abs(values.mean() - truth) <= 5 * values.std() / np.sqrt(size)


@pytest.mark.parametrize("case", CASES)
def test_a_planted_fault_in_its_draws_is_told_by_the_score(case):
    result, name = held(case), CASES[case][1]
    drawn = {v: result.posterior["posterior"][v].to_numpy() for v in ("w", name)}
    (right,) = score_checks(result.problem, HELD, drawn, "nuts")
    assert right.passed
    (shifted,) = score_checks(result.problem, HELD, drawn | {name: 1.5 * drawn[name]}, "nuts")
    assert not shifted.passed
    assert r"\log" in shifted.reason
    middle = np.median(np.log(drawn[name]))
    (wide,) = score_checks(
        result.problem, HELD, drawn | {name: np.exp(middle + 1.5 * (np.log(drawn[name]) - middle))}, "nuts"
    )
    assert not wide.passed


@pytest.mark.parametrize("case", CASES)
def test_pymc_has_our_density_and_gradient(case):
    """To the rounding that the gate allows, near the middle and in the tails."""
    problem, prior = problem_of(case, 12, intercept=True), Normal(0.7)
    engine = engines()["pymc"](Question(problem, prior))
    for point in gate_points(problem, prior)[::5]:
        ours, theirs = joint_at(problem, prior, point), engine.density_at(point)
        assert point.names[-1] == f"log_{CASES[case][1]}"
        assert abs(theirs.value - ours.value) <= 1e-13 * ours.size
        assert (np.abs(theirs.gradient - ours.gradient) <= 1e-13 * ours.gradient_size).all()


@pytest.mark.parametrize("case", CASES)
def test_draws_of_the_parameter_broadcast(case):
    likelihood, name, _ = CASES[case]
    y, eta = problem_of(case).y, np.linspace(-1, 1, 60)
    values = np.array([0.7, 3.0, 40.0])
    together = likelihood.given(**{name: values[:, np.newaxis]}).log_density(y, eta)
    apart = [type(likelihood)(**{**vars(likelihood), name: v}).log_density(y, eta) for v in values]
    np.testing.assert_array_equal(together, apart)
    drawn = likelihood.given(**{name: np.tile(values[:, np.newaxis], (1, 60))}).simulate(
        np.tile(eta, (3, 1)), np.random.default_rng(1)
    )
    assert drawn.shape == (3, 60)


def test_the_record_the_page_and_the_program_have_it():
    result = held("negative_binomial")
    record = decode(encode(result.record()))
    learned = record.problem.learned["size"]
    assert learned.value == 2.0
    assert learned.prior.formula == r"r\sim\mathrm{HalfCauchy}(s)"
    assert learned.posterior.mean == pytest.approx(result.summary.mean[-1])
    assert "is learned" in record.laplace.reason
    page = render(record)
    assert "of the negative binomial likelihood was learned too" in page
    assert 'size = pm.HalfCauchy("size", beta=5.0)' in result.programs["pymc"]
    assert "alpha=size" in result.programs["pymc"]


def test_degrees_of_freedom_and_scale_are_learned_together():
    likelihood = StudentTNoise(df=4.0, sigma=Learned(HalfNormalNoise(scale=3.0), Known(1.5)))
    rows = problem_of("student_t", 80)
    problem = Problem.from_rows(rows.X, rows.y, likelihood=likelihood).with_learned(df=GammaNoise(2.0, 0.1))
    result = run(problem, Normal(1.0), Settings(seed=1, draws=500), engines=["direct", "pymc"])
    assert [c.name for c in result.certificate.checks if not c.passed] == []
    assert result.summary.scalars == ("df", "sigma")


# --- what is refused


def test_other_languages_refuse_it_with_the_reason():
    question = Question(problem_of("gamma"), Normal(1.0))
    (point, *_) = gate_points(question.problem, question.prior)
    for name in ("stan", "numpyro", "bambi"):
        found = engines()[name](question).density_at(point)
        assert isinstance(found, Unsupported)
        assert "shape is learned" in found.reason


@pytest.mark.parametrize(
    ("learned", "said"),
    [
        ({"size": HalfCauchyNoise(1.0)}, "does not learn 'size' and learns none"),
        ({"sigma": HalfCauchyNoise(1.0)}, "for sigma pass noise_prior"),
    ],
)
def test_what_the_likelihood_does_not_learn_is_refused(learned, said):
    problem = problem_of("negative_binomial").with_likelihood(Poisson())
    with pytest.raises(BadInput, match=said):
        problem.with_learned(**learned)


def test_an_improper_prior_is_refused():
    with pytest.raises(BadInput, match="give a prior with an integral"):
        problem_of("negative_binomial").with_learned(size=JeffreysNoise())


@pytest.mark.parametrize("text", ["size", "=half_cauchy:scale=1", "size:half_cauchy", "a b=half_cauchy:scale=1"])
def test_the_command_line_says_how_it_is_written(text):
    with pytest.raises(BadInput, match="--learn is"):
        parse_learned([text])
    with pytest.raises(BadInput, match="once"):
        parse_learned(["size=half_cauchy:scale=1"] * 2)
    assert parse_learned(["size=gamma:shape=2,rate=0.1"]) == {"size": GammaNoise(2.0, 0.1)}
