"""What pages show on the scale of the response, against statsmodels and scikit-learn, and with faults that show."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from mapsto import Bernoulli, Binomial, Gamma, Gaussian, NegativeBinomial, Normal, Poisson, Probit, Problem
from mapsto.engines.direct.solve import solve
from mapsto.engines.pymc.densities.log_density import LogDensity
from mapsto.engines.pymc.model import sampled_model
from mapsto.posteriors.approximate.laplace import laplace_approximation
from mapsto.posteriors.response.calibration import calibration
from mapsto.posteriors.response.draws import response_draws
from mapsto.posteriors.response.ratios import ratios
from mapsto.posteriors.response.rootogram import rootogram
from mapsto.posteriors.response.separation import separation
from mapsto.rounding import gamma
from mapsto.runs.recording.response import response_record

ROWS, SLOPES = 600, np.array([0.9, -0.5])
LIKELIHOODS = [Bernoulli(), Binomial(), Poisson(), NegativeBinomial(2.0), Gamma(3.0)]


class Group(dict):
    """A group of a DataTree as far as it is asked: its variables, each with ``to_numpy``."""

    def __getitem__(self, name):
        return SimpleNamespace(to_numpy=lambda: super(Group, self).__getitem__(name))


class Tree(dict):
    children = ("posterior",)


def made(likelihood, seed=5, true=None):
    """A problem, and draws of Laplace's approximation in the shape of a sampler's; ``true`` makes the data."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((ROWS, 2)) * [1.0, 3.0]
    q = rng.integers(1, 9, ROWS).astype(float) if likelihood.name in ("binomial", "poisson") else None
    eta = 0.3 + X @ (SLOPES / [1.0, 3.0])
    y = (true or likelihood).simulate(eta, rng, 1.0 if q is None else q)
    problem = Problem.from_rows(X, y, weights=q, likelihood=likelihood, features=["a", "b"])
    prior = Normal(2.0)
    drawn = laplace_approximation(problem, prior, solve(problem, prior)).draws(800, rng).reshape(4, 200, 3)
    return problem, Tree(posterior=Group(w=drawn[..., :2], b=drawn[..., 2]))


@pytest.mark.parametrize("likelihood", LIKELIHOODS, ids=lambda one: one.name)
def test_a_record_of_each_response_is_whole(likelihood):
    problem, tree = made(likelihood)
    record = response_record(problem, tree, 1)
    assert record.ratio == {"share": "odds ratio", "count": "rate ratio", "positive": "ratio of means"}[record.kind]
    assert [one.feature for one in record.ratios] == ["a", "b"]
    titles = {one.title for one in record.figures}
    assert {"share": "Calibration", "count": "Counts, observed and expected", "positive": "Expected and observed"}[
        record.kind
    ] in titles
    assert ("Separation" in titles) == (likelihood.name == "bernoulli")
    means = [one.mean for one in record.rows]
    assert means == sorted(means)
    assert all(low < one.mean < high for one in record.rows for low, high in [one.eti89])


def test_a_probit_slope_has_no_ratio_and_its_responses_are_shown_as_shares():
    problem, tree = made(Probit())
    w, b = (tree["posterior"][name].to_numpy()[:, :25] for name in ("w", "b"))  # so few that all of them are used
    record = response_record(problem, Tree(posterior=Group(w=w, b=b)), 1)
    assert record.ratios == []
    assert {one.title for one in record.figures} == {"Calibration", "Separation"}
    means = stats.norm.cdf(problem.X @ w.reshape(-1, 2).T + b.ravel()).mean(axis=1)
    for one in record.rows:
        assert abs(one.mean - means[one.row]) <= gamma(b.size + 64)


def test_ratios_are_the_exponentials_of_the_quantiles_of_the_slopes():
    problem, tree = made(Bernoulli())
    found = ratios(problem, tree)
    w = tree["posterior"]["w"].to_numpy().reshape(-1, 2)
    assert np.log(found.median) == pytest.approx(np.median(w, axis=0), rel=1e-12)
    assert found.per_step == pytest.approx(found.median ** problem.X.std(axis=0), rel=1e-9)
    assert found.above == pytest.approx((w > 0).mean(axis=0))
    assert (found.above[0] > 0.99, found.above[1] < 0.01) == (True, True)


def test_odds_ratios_are_those_of_statsmodels_under_a_wide_prior():
    import statsmodels.api as sm

    problem, tree = made(Bernoulli())
    theirs = sm.Logit(problem.y, sm.add_constant(problem.X)).fit(disp=0)
    low, high = np.exp(np.quantile(tree["posterior"]["w"].to_numpy().reshape(-1, 2), [0.055, 0.945], axis=0))
    ends = np.exp(theirs.conf_int(alpha=0.11))[1:]
    found = ratios(problem, tree)
    assert found.eti89 == pytest.approx(np.column_stack([low, high]), rel=1e-12)
    # the ends of 800 independent draws err by sqrt(p (1 - p) / 800) / density, 0.075 sds; the prior pulls a hundredth
    sd = theirs.bse[1:]
    assert (np.abs(np.log(found.eti89) - np.log(ends)) < 5 * 0.075 * sd[:, np.newaxis] + 0.03).all()


def test_the_calibration_curve_is_scikit_learns_and_a_wrong_model_leaves_its_band():
    from sklearn.calibration import calibration_curve

    problem, tree = made(Bernoulli())
    drawn = response_draws(problem, tree)
    found = calibration(drawn)
    observed, predicted = calibration_curve(drawn.y, drawn.middle, n_bins=10, strategy="quantile")
    assert found.observed == pytest.approx(observed, abs=2 / 60)  # a row on an edge may be on either side
    assert found.predicted == pytest.approx(predicted, abs=0.02)
    assert found.inside >= 7  # of 10, each in with probability 0.89: fewer in one of 300 data sets
    tree["posterior"] = Group(w=3 * tree["posterior"]["w"].to_numpy(), b=tree["posterior"]["b"].to_numpy())
    assert calibration(response_draws(problem, tree)).inside <= 4


def test_the_area_is_scikit_learns_and_a_shuffled_response_has_none():
    from sklearn.metrics import roc_auc_score

    problem, tree = made(Bernoulli())
    drawn = response_draws(problem, tree)
    assert separation(drawn).auc == pytest.approx(roc_auc_score(drawn.y, drawn.middle), rel=1e-12)
    assert (np.diff(separation(drawn).predicted) >= 0).all()
    y = np.random.default_rng(0).permutation(problem.y)
    shuffled = response_draws(Problem.from_rows(problem.X, y, likelihood=Bernoulli()), tree)
    assert abs(separation(shuffled).auc - 0.5) < 0.15  # its sd is a fortieth


def test_the_rootogram_counts_every_row_and_shows_scatter_that_the_model_lacks():
    problem, tree = made(Poisson())
    found = rootogram(response_draws(problem, tree))
    counts = np.rint(problem.y * problem.weights)
    assert found.observed.sum() == ROWS
    assert found.expected.sum() == pytest.approx(ROWS)
    assert found.observed[0] == (counts < found.width).sum()
    assert found.inside >= 0.7 * len(found.starts)
    wild, its = made(Poisson(), true=NegativeBinomial(0.5))
    shown = rootogram(response_draws(wild, its))
    low, high = shown.band[:3].T  # the most frequent counts
    assert ((shown.observed[:3] < low) | (shown.observed[:3] > high)).all()


def test_gaussian_noise_has_no_such_page():
    rng = np.random.default_rng(1)
    problem = Problem.from_rows(
        rng.standard_normal((9, 1)), rng.standard_normal(9), noise_sd=1.0, likelihood=Gaussian()
    )
    assert response_record(problem, Tree(posterior=Group(w=np.zeros((4, 9, 1)), b=np.zeros((4, 9)))), 1) is None


def test_the_gradient_of_a_certain_class_is_a_number():
    """PyMC's own gradient of log(1 - p) is 0/0 once p rounds to 1, at log-odds of 37: each was a divergence."""
    X = np.array([[1.0], [-1.0], [1.0]])
    problem = Problem.from_rows(X, [1.0, 1.0, 0.0], likelihood=Bernoulli(), intercept=False)
    prior = Normal(10.0)
    density = LogDensity(sampled_model(problem, prior), problem.statistics.x_mean)
    for w in (5.0, 37.0, 800.0, -800.0):
        value, gradient = density(np.array([w]))
        eta = X[:, 0] * w
        expected = problem.likelihood.log_density(problem.y, eta).sum() + prior.log_density(np.array([w]))
        slope = -X[:, 0] @ problem.likelihood.gradient(problem.y, eta) - w / 100
        assert value == pytest.approx(expected, rel=1e-12)
        assert gradient == pytest.approx([slope], rel=1e-12)
