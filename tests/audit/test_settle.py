import math

import numpy as np
import pytest

from mapsto import (
    BadInput,
    Cauchy,
    Flat,
    HalfNormalNoise,
    HierarchicalNormal,
    JeffreysNoise,
    Laplace,
    Normal,
    Problem,
    exact_posterior,
)
from mapsto.data.encoding import Columns
from mapsto.marks import plain
from mapsto.posteriors.gaussian import gaussian_posterior
from mapsto.rounding import gamma
from mapsto.runs.audit.specification import Asked, settle


def numbers(X, y):
    return Columns(tuple(f"c{j}" for j in range(X.shape[1])), np.array(X), np.array(y), "y", ())


@pytest.fixture
def tall(tables):
    return numbers(*tables["tall"])


@pytest.fixture
def wide(tables):
    return numbers(*tables["wide"])


def test_alpha_and_sigma_give_the_scale(tall):
    settled = settle(tall, Asked(alpha=4.0, noise_sd=0.5), intercept=True)
    assert settled.prior == Normal(scale=0.25)
    assert settled.problem.noise_sd == 0.5
    assert settled.problem.sigma.kind == "known"
    assert settled.choice is None


def test_alpha_zero_is_least_squares(tall):
    assert settle(tall, Asked(alpha=0.0), intercept=True).prior == Flat()


def test_alpha_and_a_scale_give_sigma_and_three_that_contradict_are_refused(tall):
    settled = settle(tall, Asked(alpha=4.0, prior_scale=0.25), intercept=True)
    assert settled.problem.noise_sd == 0.5
    assert settle(tall, Asked(alpha=4.0, prior_scale=0.25, noise_sd=0.5), intercept=True).problem.noise_sd == 0.5
    with pytest.raises(BadInput, match="contradicts"):
        settle(tall, Asked(alpha=4.0, prior_scale=0.25, noise_sd=0.6), intercept=True)
    with pytest.raises(BadInput, match="where sigma is learned"):
        settle(tall, Asked(alpha=4.0, prior_scale=0.25, noise_sd="learn"), intercept=True)


@pytest.mark.parametrize("intercept", [True, False])
def test_sigma_is_the_residual_sd_of_least_squares_where_there_are_residuals(tall, intercept):
    settled = settle(tall, Asked(alpha=4.0), intercept=intercept)
    plugged = Problem.from_rows(tall.X, tall.y, noise_sd="auto", intercept=intercept)
    assert settled.problem.noise_sd == pytest.approx(plugged.noise_sd, rel=gamma(tall.X.size))
    assert settled.problem.sigma.kind == "plugged"
    assert any("residual standard deviation of least squares" in note for note in settled.notes)


def test_with_more_columns_than_rows_sigma_is_where_the_evidence_is_highest(wide):
    for asked, prior_at in (
        (Asked(alpha=4.0), lambda sigma: Normal(scale=sigma / 2)),
        (Asked(prior_scale=0.3), lambda _: Normal(scale=0.3)),
    ):
        settled = settle(wide, asked, intercept=True)
        best = settled.problem.noise_sd
        evidence = {
            factor: exact_posterior(
                Problem.from_rows(wide.X, wide.y, noise_sd=best * factor), prior_at(best * factor)
            ).log_evidence
            for factor in (0.5, 0.99, 1.0, 1.01, 2.0)
        }
        assert max(evidence, key=evidence.get) == 1.0
        assert settled.problem.sigma.kind == "plugged"
        assert "most probable" in settled.problem.sigma.how
        assert any("makes the data most probable" in note for note in settled.notes)


def test_a_prior_of_another_kind_asks_for_sigma_where_it_cannot_be_had(wide):
    for prior in (Laplace(1.0), Cauchy(1.0)):
        with pytest.raises(BadInput, match="--noise-sd"):
            settle(wide, Asked(prior=prior), intercept=True)
        assert settle(wide, Asked(prior=prior, noise_sd=0.5), intercept=True).prior == prior
    with pytest.raises(BadInput, match="--noise-sd"):
        settle(wide, Asked(alpha=0.0), intercept=True)


@pytest.mark.parametrize("noise", ["auto", "learn"])
@pytest.mark.parametrize("scale", [0.3, 1.0, 10.0, 1e3])
def test_a_prior_scale_under_which_no_noise_is_most_probable_asks_for_sigma(scale, noise):
    """The columns are so many that such slopes reach farther than any response."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((10, 200))
    table = numbers(X, X[:, 0] + rng.standard_normal(10))
    with pytest.raises(BadInput, match=r"the less noise there is.*--noise-sd"):
        settle(table, Asked(prior_scale=scale, noise_sd=noise), intercept=True)
    assert settle(table, Asked(prior_scale=scale, noise_sd=1.0), intercept=True).problem.noise_sd == 1.0


def test_a_normal_prior_by_name_is_a_prior_scale(wide):
    by_name = settle(wide, Asked(prior=Normal(0.3)), intercept=True)
    by_scale = settle(wide, Asked(prior_scale=0.3), intercept=True)
    assert by_name.prior == by_scale.prior
    assert by_name.problem.noise_sd == by_scale.problem.noise_sd


def test_sigma_learned_leaves_alpha_fixed_and_the_prior_in_units_of_sigma(tall):
    settled = settle(tall, Asked(alpha=4.0, noise_sd="learn"), intercept=True)
    assert settled.prior == Normal(scale=0.5, per_sigma=True)
    assert settled.problem.noise_prior == HalfNormalNoise(scale=float(np.std(tall.y)))
    assert any("noise sd is learned" in note for note in settled.notes)
    own = settle(tall, Asked(prior_scale=2.0, noise_sd=JeffreysNoise()), intercept=True)
    assert (own.prior, own.problem.noise_prior) == (Normal(scale=2.0), JeffreysNoise())


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("name", ["tall", "wide", "collinear", "huge"])
def test_standardising_the_columns_by_hand_gives_the_same_fit(tables, name, intercept):
    X, y = tables[name]
    sd = X.std(axis=0)
    settled = settle(numbers(X, y), Asked(alpha=3.0, noise_sd=0.5, standardize=True), intercept=intercept)
    raw = exact_posterior(settled.problem, settled.prior)
    by_hand = Problem.from_rows(X / sd, y, noise_sd=0.5, intercept=intercept)
    p = X.shape[1]
    other = gaussian_posterior(by_hand, np.zeros(p), np.eye(p) * 0.5 / math.sqrt(3.0))
    fitted = X @ raw.mean + raw.intercept_mean
    # the columns are standardised in both, and the prior bounds what is left
    condition = float(np.linalg.cond(np.vstack([by_hand.statistics.R, np.eye(p) * math.sqrt(3.0)]))) ** 2
    tolerance = gamma(X.size) * condition * np.abs(y).max() * max(1.0, float((np.abs(X.mean(axis=0)) / sd).max()))
    assert np.abs(fitted - (X / sd @ other.mean + other.intercept_mean)).max() <= tolerance
    assert abs(raw.log_evidence - other.log_evidence) <= tolerance * len(y)
    unscaled = exact_posterior(settled.problem, Normal(scale=0.5 / math.sqrt(3.0)))
    assert np.abs(fitted - (X @ unscaled.mean + unscaled.intercept_mean)).max() > tolerance  # it did something


def test_a_constant_column_keeps_its_units_when_standardised(tables):
    X, y = tables["constant"]
    settled = settle(numbers(X, y), Asked(prior_scale=2.0, noise_sd=0.5, standardize=True), intercept=True)
    assert settled.prior.scale[1] == 2.0
    assert any("Constant columns keep their units: 'c1'" in note for note in settled.notes)


def test_other_priors_are_standardised_where_they_have_a_scale_for_each_column(tall):
    sd = tall.X.std(axis=0)
    given = Normal(scale=2.0, mean=(1.0, 0.0, 2.0, 0.0))
    settled = settle(tall, Asked(prior=given, noise_sd=0.5, standardize=True), intercept=True)
    np.testing.assert_allclose(settled.prior.scale, 2.0 / sd, rtol=gamma(len(tall.y)))
    np.testing.assert_allclose(settled.prior.mean, np.array(given.mean) / sd, rtol=gamma(len(tall.y)))
    laplace = settle(tall, Asked(prior=Laplace(3.0), noise_sd=0.5, standardize=True), intercept=True).prior
    np.testing.assert_allclose(laplace.scale, 3.0 / sd, rtol=gamma(len(tall.y)))
    with pytest.raises(BadInput, match="hierarchical_normal prior has no scale for each column"):
        settle(tall, Asked(prior=HierarchicalNormal(1.0), standardize=True), intercept=True)


def test_without_alpha_the_evidence_decides_and_all_three_are_told(tall):
    settled = settle(tall, Asked(), intercept=True)
    assert settled.choice is not None
    assert settled.prior == Normal(scale=settled.choice.scale)
    told = plain(" ".join(settled.notes))
    assert "The evidence is highest at α" in told
    assert "Leave-one-out error is lowest at α" in told
    assert "posterior mean of the prior scale" in told
    assert "This run uses the α with the highest evidence." in told


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"alpha": -1.0}, "alpha is -1"),
        ({"alpha": math.nan}, "alpha is nan"),
        ({"alpha": math.inf}, "alpha is inf"),
        ({"alpha": True}, "alpha is True"),
        ({"prior_scale": 0.0}, "the prior scale is 0"),
        ({"alpha": 0.0, "prior_scale": 1.0}, "alpha is 0, which is no prior"),
        ({"prior": "normal"}, "the prior is 'normal'"),
        ({"prior": Normal(1.0), "alpha": 1.0}, "together with alpha or a prior scale"),
        ({"prior": Normal(1.0), "prior_scale": 1.0}, "together with alpha or a prior scale"),
        ({"noise_sd": 0.0}, "noise_sd is 0"),
        ({"noise_sd": "guess"}, "'auto' or 'learn'"),
    ],
    ids=str,
)
def test_scales_that_make_no_sense_are_told_in_one_line(asked, words):
    with pytest.raises(BadInput) as raised:
        Asked(**asked)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [(1, "one row"), (0, "the table is empty")],
)
def test_a_table_with_too_few_rows(tall, rows, words):
    with pytest.raises(BadInput, match=words):
        settle(numbers(tall.X[:rows], tall.y[:rows]), Asked(), intercept=True)


def test_a_constant_target(tall):
    with pytest.raises(BadInput, match="the target is constant"):
        settle(numbers(tall.X, np.ones(len(tall.y))), Asked(), intercept=True)
