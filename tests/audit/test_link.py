"""An audit under another likelihood than the Gaussian: its problem and prior, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from mapsto import (
    BadInput,
    Bernoulli,
    Binomial,
    Flat,
    Gamma,
    GammaNoise,
    Laplace,
    Normal,
    Poisson,
    Settings,
    StudentTNoise,
    audit,
)
from mapsto.data.encoding import Columns
from mapsto.engines.direct.solve import solve
from mapsto.posteriors.approximate.laplace import laplace_approximation
from mapsto.runs.audit.scale import scale_by_laplace
from mapsto.runs.audit.specification import Asked, settle


def columns(likelihood, n=60, weights=False):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((n, 2)) * [1.0, 20.0]
    q = rng.integers(1, 9, n).astype(float) if weights else None
    y = likelihood.simulate(X @ [0.8, 0.02], rng, 1.0 if q is None else q)
    return Columns(("a", "b"), X, y, "y", (), q)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("likelihood", [Bernoulli(), Poisson(), Gamma(2.0)], ids=lambda one: one.name)
def test_the_scale_is_the_most_probable_one(likelihood, standardize):
    """No other scale has a larger evidence by Laplace's approximation, to the digits that are kept."""
    table = columns(likelihood)
    settled = settle(table, Asked(likelihood=likelihood, standardize=standardize), intercept=True)
    assert settled.problem.likelihood == likelihood
    assert any("Laplace" in note for note in settled.notes)

    def evidence(times):
        scale = settled.prior.scale
        prior = Normal(tuple(times * np.array(scale)) if standardize else times * scale)
        return laplace_approximation(settled.problem, prior, solve(settled.problem, prior)).log_evidence

    assert evidence(1.0) >= max(evidence(0.9), evidence(1.1), evidence(0.5), evidence(2.0))
    by = 1 / table.X.std(axis=0) if standardize else np.ones(2)
    assert scale_by_laplace(settled.problem, by) * by == pytest.approx(np.broadcast_to(settled.prior.scale, 2))


def test_alpha_is_the_librarys():
    """1 / C for logistic regression, and through the dispersion for the Gamma: alpha = dispersion / sd^2."""
    for likelihood, sd in ((Bernoulli(), 0.5), (Gamma(4.0), 0.25)):
        settled = settle(columns(likelihood), Asked(alpha=4.0, likelihood=likelihood), intercept=True)
        assert settled.prior == Normal(sd)
    assert settle(columns(Poisson()), Asked(alpha=0, likelihood=Poisson()), intercept=True).prior == Flat()
    asked = Asked(prior=Laplace(0.3), likelihood=Binomial())
    settled = settle(columns(Binomial(), weights=True), asked, intercept=True)
    assert settled.prior == Laplace(0.3)
    assert settled.problem.sigma is None


def test_a_likelihood_with_a_scale_has_it_plugged_in_or_given():
    table = columns(StudentTNoise(4.0))
    assert settle(table, Asked(likelihood=StudentTNoise(4.0)), intercept=True).problem.sigma.kind == "plugged"
    asked = Asked(noise_sd=0.7, prior_scale=1.0, likelihood=StudentTNoise(4.0))
    assert settle(table, asked, intercept=True).problem.noise_sd == 0.7


def test_scale_and_degrees_of_freedom_of_a_table_are_learned():
    asked = Asked(noise_sd="learn", learn={"df": GammaNoise(2.0, 0.1)}, likelihood=StudentTNoise(4.0))
    problem = settle(columns(StudentTNoise(4.0)), asked, intercept=True).problem
    assert problem.sigma.kind == "learned"
    assert problem.learns == {"df": GammaNoise(2.0, 0.1)}
    assert problem.at_point.sigma.kind == "plugged"
    assert problem.at_point.learns == {}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(noise_sd=2.0, likelihood=Poisson()), "no sigma"),
        (Asked(noise_sd="learn", likelihood=Poisson()), "no sigma"),
        (Asked(learn={"df": GammaNoise(2.0, 0.1)}, likelihood=Poisson()), "does not learn 'df'"),
        (Asked(alpha=1.0, prior_scale=1.0, likelihood=Poisson()), "one of them"),
        (Asked(likelihood=Bernoulli()), "0 or 1"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(asked, said):
    with pytest.raises(BadInput, match=said) as refusal:
        settle(columns(Poisson()), asked, intercept=True)
    assert "\n" not in str(refusal.value)


@pytest.mark.slow
def test_a_page_of_counts_speaks_of_no_noise(tmp_path):
    table = columns(Poisson(), weights=True)
    frame = pd.DataFrame(table.X, columns=["a", "b"]).assign(y=table.y, exposure=table.weights)
    result = audit(frame, target="y", weights="exposure", likelihood=Poisson(), settings=Settings(draws=1_000))
    assert [check.name for check in result.certificate.checks if not check.passed] == []
    page = result.to_html(tmp_path / "counts.html").read_text()
    assert "how much exposure" in page
    assert "Poisson noise" not in page
    assert "holds <var>σ</var> inside" not in page
