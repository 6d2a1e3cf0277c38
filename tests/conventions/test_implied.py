import math
from dataclasses import replace

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapsto import BadInput, Normal, Problem
from mapsto.conventions import ImpliedPrior, NotAPrior, prior_of, reader
from mapsto.conventions.implied import SURPRISE
from mapsto.conventions.registry import READERS
from mapsto.conventions.residuals import effective_df
from mapsto.conventions.surprise import half_width
from mapsto.marks import plain
from mapsto.posteriors.gaussian import gaussian_posterior
from mapsto.priors import ElasticNet, Flat, Laplace
from mapsto.rounding import gamma


def implied(l2=(4.0,), l1=(0.0,), **more):
    names = tuple(f"x{j}" for j in range(len(l2)))
    return ImpliedPrior(names, tuple(l2), tuple(l1), more.pop("intercept", "free"), "test", **more)


@pytest.fixture
def fitted(tables):
    from sklearn.linear_model import Ridge

    X, y = tables["tall"]
    return Ridge(4.0).fit(X, y), X, y


def test_the_family_is_read_off_the_penalties():
    families = {((0.0,), (0.0,)): "flat", ((1.0,), (0.0,)): "normal", ((0.0,), (1.0,)): "laplace"}
    for (l2, l1), family in families.items():
        assert implied(l2, l1).family == family
    assert implied((1.0, 0.0), (0.0, 2.0)).family == "elastic-net"


def test_scales_in_terms_of_sigma_and_as_numbers():
    normal = implied((4.0, 9.0), (0.0, 0.0))
    assert normal.scale_in_sigma == pytest.approx([1 / 2, 1 / 3], rel=gamma(2))
    assert normal.scale(6.0) == pytest.approx([3.0, 2.0], rel=gamma(2))
    assert "sigma / sqrt(R_j)" in normal.scale_formula
    laplace = implied((0.0,), (8.0,))
    assert laplace.scale(6.0) == pytest.approx([9.0], rel=gamma(3))  # 2 * 36 / 8
    assert "sigma^2" in laplace.scale_formula
    l1, l2 = implied((4.0,), (8.0,)).rates(2.0)
    assert (l1[0], l2[0]) == (1.0, 1.0)  # J / (2 sigma^2) = (8 |w| + 4 w^2) / 8
    assert implied((4.0,), likelihood="bernoulli").scale()[0] == 0.5
    assert "sd_j = 1 / sqrt(R_j)" in implied((4.0,), likelihood="bernoulli").scale_formula
    assert implied((0.0,)).scale(1.0)[0] == math.inf


def test_the_equivalent_ridge_alpha_where_one_number_says_it():
    assert implied((4.0, 4.0), (0.0, 0.0)).alpha == 4.0
    assert implied((0.0,)).alpha == 0.0
    for other in (
        implied((4.0, 5.0), (0.0, 0.0)),
        implied((4.0,), (1.0,)),
        implied((4.0,), likelihood="bernoulli"),
        implied((4.0,), intercept="penalised", intercept_l2=4.0),
        implied((math.inf,)),
    ):
        assert other.alpha is None


def test_the_prior_of_mapsto_has_the_same_penalty(rng):
    w, sigma = rng.standard_normal(2), 1.7
    for a in (implied((4.0, 4.0), (0.0, 0.0)), implied((4.0, 9.0), (0.0, 0.0)), implied((0.0, 0.0), (3.0, 5.0))):
        found = a.prior(sigma).penalty(w)
        assert 2 * sigma**2 * found == pytest.approx(np.sum(a.l2 * w**2 + a.l1 * np.abs(w)), rel=gamma(10))
    both = implied((4.0, 4.0), (3.0, 3.0)).prior(sigma)
    assert 2 * sigma**2 * both.penalty(w) == pytest.approx(np.sum(4 * w**2 + 3 * np.abs(w)), rel=gamma(10))
    apart = implied((4.0, 5.0), (3.0, 1.0)).prior(sigma)
    expected = np.sum(np.array([4, 5]) * w**2 + np.array([3, 1]) * np.abs(w))
    assert 2 * sigma**2 * apart.penalty(w) == pytest.approx(expected, rel=gamma(10))
    assert [
        type(p) for p in (implied().prior(1.0), implied((0.0,), (1.0,)).prior(1.0), both, implied((0.0,)).prior())
    ] == [
        Normal,
        Laplace,
        ElasticNet,
        Flat,
    ]
    assert implied((4.0,)).prior() == Normal(0.5, per_sigma=True)  # no sigma is needed: it stays in units of it
    assert implied((4.0,), likelihood="poisson").prior() == Normal(0.5)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: implied((4.0, 0.0), (0.0, 0.0)).prior(1.0), "slopes of x1 are flat or held at zero"),
        (lambda: implied((4.0, math.inf), (0.0, 0.0)).prior(1.0), "slopes of x1 are flat or held at zero"),
        (lambda: implied((4.0, 0.0), (1.0, 1.0)).prior(1.0), "slopes of x1 are held at zero, or have one half"),
        (lambda: implied((4.0, math.inf), (1.0, 1.0)).prior(1.0), "slopes of x1 are held at zero, or have one half"),
        (lambda: implied((0.0,), (1.0,)).prior(), "pass noise_sd="),
        (lambda: implied((1.0,), (1.0,)).scale(1.0), "two rates"),
        (lambda: implied().scale(-1.0), "noise_sd is -1"),
        (lambda: implied().sentence("bmi"), "there is no feature 'bmi'"),
        (lambda: implied().sentence(1), "there is no feature 1"),
        (lambda: implied((-1.0,)), "negative"),
        (lambda: implied((math.nan,)), "not a number"),
        (lambda: implied((1.0, 2.0), (0.0,)), "2 and 1 penalties"),
    ],
)
def test_what_an_implied_prior_cannot_say_is_one_clear_line(ask, says):
    with pytest.raises(BadInput) as error:
        ask()
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@given(st.floats(-6, 6), st.floats(-6, 6))
def test_the_size_of_a_surprise_is_that_of_the_density(log_l1, log_l2):
    l1, l2 = 10.0**log_l1, 10.0**log_l2
    q = half_width(l1, l2, SURPRISE)
    with mpmath.workdps(40):
        root, t = mpmath.sqrt(l2), mpmath.mpf(l1) / mpmath.sqrt(l2)
        # the tail of exp(-l1 w - l2 w^2 / 2) over all of it, by completing the square
        tail = mpmath.erfc((q * root + t) / mpmath.sqrt(2)) / mpmath.erfc(t / mpmath.sqrt(2))
    # the exponent's terms, each rounded, are below 40 in size; an error in it is one in the tail, relatively
    assert float(tail) == pytest.approx(SURPRISE, rel=40 * gamma(10))


def test_the_size_of_a_surprise_at_both_ends():
    assert half_width(0.0, 4.0, SURPRISE) == pytest.approx(1.959963984540054 / 2, rel=gamma(4))  # Normal
    assert half_width(4.0, 0.0, SURPRISE) == pytest.approx(math.log(20) / 4, rel=gamma(4))  # Laplace


def test_sentences_a_person_understands():
    a = implied((4.0,), noise_sd=20.0)
    assert a.sentence("x0") == "a slope of x0 beyond ±20 per unit was thought a one-in-twenty surprise"
    assert a.sentence(0, noise_sd=2.0) == "a slope of x0 beyond ±2 per unit was thought a one-in-twenty surprise"
    assert plain(a.marked_sentence(0)) == a.sentence(0)
    name = replace(a, features=("$x$", *a.features[1:]))
    assert "of $x$ beyond ±20 per" in plain(name.marked_sentence(0))
    assert "beyond ±2 × 10⁻⁶ per" in plain(a.marked_sentence(0, noise_sd=2e-6))
    assert "±0.98 sigma per unit" in implied((4.0,)).sentence(0)
    assert "±0.75 sigma^2 per unit" in implied((0.0,), (8.0,)).sentence(0)  # ln(20) / 4
    assert "±0.98 log-odds per unit" in implied((4.0,), likelihood="bernoulli").sentence(0)
    assert "as likely as any other" in implied((0.0,)).sentence(0)
    assert "held at 0" in implied((math.inf,)).sentence(0)
    assert "pass noise_sd" in implied((4.0,), (8.0,)).sentence(0)
    for a in (implied(), implied((0.0,), (1.0,)), implied((1.0,), (1.0,)), implied((0.0,))):
        assert a.sentence(0) in str(a)
    assert "not strictly a prior: why" in str(implied(data_dependent="why"))
    assert "Ridge(alpha=4)" in str(implied())


def test_sigma_is_estimated_with_the_degrees_of_freedom_the_penalty_left(fitted):
    ridge, X, y = fitted
    found = prior_of(ridge, X=X, y=y)
    A = np.column_stack([np.ones(len(X)), X])
    hat = A @ np.linalg.inv(A.T @ A + np.diag([0.0, 4.0, 4.0, 4.0, 4.0])) @ A.T  # written out
    df, condition = np.trace(hat), np.linalg.cond(A) ** 2
    assert effective_df(found, X, np.ones(len(X))) == pytest.approx(df, rel=gamma(X.size) * condition)
    sigma = math.sqrt(np.sum((y - ridge.predict(X)) ** 2) / (len(X) - df))
    assert found.noise_sd == pytest.approx(sigma, rel=gamma(X.size) * condition)
    assert f"{df:.1f} effective degrees of freedom of {len(X)} rows" in found.noise_from
    assert prior_of(ridge, X=X, y=y, noise_sd=2.0).noise_sd == 2.0
    assert prior_of(ridge).noise_sd is None


def test_degrees_of_freedom_of_least_squares_and_of_a_lasso(tables):
    from sklearn.linear_model import Lasso, LinearRegression

    X, y = tables["collinear"]  # four columns, two of them twins
    ols = prior_of(LinearRegression().fit(X, y), X=X, y=y)
    assert effective_df(ols, X, np.ones(len(X))) == pytest.approx(4.0, rel=gamma(X.size))  # rank 3, and the intercept
    X, y = tables["tall"]
    lasso = Lasso(0.3).fit(X, y)
    kept = np.count_nonzero(lasso.coef_)
    assert 0 < kept < X.shape[1]
    found = prior_of(lasso, X=X, y=y)
    assert effective_df(found, X, np.ones(len(X))) == pytest.approx(1 + kept, rel=gamma(X.size))


def test_the_sigma_of_weighted_rows_is_that_of_repeated_ones_scaled(fitted):
    from sklearn.linear_model import Ridge

    _, X, y = fitted
    w = np.full(len(X), 4.0)
    weighted = prior_of(Ridge(4.0).fit(X, y, sample_weight=w), X=X, y=y, sample_weight=w)
    plain = prior_of(Ridge(1.0).fit(X, y), X=X, y=y)  # 4 RSS + 4 |w|^2
    assert weighted.noise_sd == pytest.approx(2 * plain.noise_sd, rel=gamma(X.size) * np.linalg.cond(X) ** 2)


def test_the_posterior_of_the_read_prior_has_the_fit_as_its_mode(fitted):
    ridge, X, y = fitted
    found = prior_of(ridge, X=X, y=y)
    problem = Problem.from_rows(X, y, noise_sd=found.noise_sd)
    posterior = gaussian_posterior(problem, np.zeros(4), np.diag(found.scale()))
    slack = gamma(X.size) * np.linalg.cond(posterior.root) ** 2
    assert np.linalg.norm(posterior.mean - ridge.coef_) <= slack * np.linalg.norm(ridge.coef_)


def test_names_come_from_the_frame_that_was_fitted(tables):
    from sklearn.linear_model import Ridge

    X, y = tables["single"]
    assert prior_of(Ridge().fit(pd.DataFrame({"bmi": X[:, 0]}), y)).features == ("bmi",)
    assert prior_of(Ridge().fit(X, y)).features == ("x0",)
    assert prior_of(Ridge().fit(X, y[:, np.newaxis])).features == ("x0",)  # one target in two dimensions is one


def test_a_subclass_is_read_as_the_class_above_it_and_a_reader_can_be_added(fitted):
    from sklearn.linear_model import Ridge

    class Mine(Ridge):
        pass

    _, X, y = fitted
    assert prior_of(Mine(3.0).fit(X, y)).alpha == 3.0

    class Odd:
        pass

    Odd.__module__, Odd.__qualname__ = "theirs.linear", "Odd"
    with pytest.raises(BadInput, match="does not know a Odd"):
        prior_of(Odd())
    try:
        reader("theirs", "Odd")(lambda fitted, facts: implied((facts.need_rows("theirs"),)))
        assert prior_of(Odd(), n=5).alpha == 5.0
        assert "theirs.Odd" in prior_of.known
    finally:
        READERS.pop(("theirs", "Odd"), None)


def test_no_library_is_imported_before_one_is_asked_for():
    import subprocess
    import sys

    code = "import sys, mapsto.conventions; print({'sklearn', 'statsmodels', 'pandas', 'pymc'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def refused():
    from sklearn import linear_model as lm
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.kernel_ridge import KernelRidge

    rng = np.random.default_rng(3)
    X = rng.standard_normal((20, 2))
    y = X @ [1.0, -1.0] + 0.1 * rng.standard_normal(20)
    two = np.column_stack([y, -y])
    lasso = lm.Lasso(0.1).fit(X, y)
    yield (lm.Ridge(),), {}, "not fitted"
    yield (lm.LassoCV(),), {"n": 20}, "not fitted"
    yield (lm.BayesianRidge(),), {}, "not fitted"
    yield (KernelRidge(),), {}, "not fitted"
    yield (lm.LogisticRegression(),), {}, "not fitted"
    yield (lm.Ridge,), {}, "the class Ridge itself"
    yield (RandomForestRegressor(),), {}, "prior_of.known lists those that are"
    yield (None,), {}, "expected an estimator after its fit"
    yield (lm.Ridge().fit(X, two),), {}, "2 targets"
    yield (lm.MultiTaskLasso(0.1).fit(X, two),), {"n": 20}, "one target at a time"
    yield (KernelRidge(kernel="linear").fit(X, two),), {}, "2 targets"
    yield (KernelRidge(kernel="rbf").fit(X, y),), {}, "Gaussian process"
    yield (lm.Ridge(positive=True).fit(X, y),), {}, "positive=True"
    yield (lm.SGDRegressor(loss="huber").fit(X, y),), {"n": 20}, "squared_error"
    yield (lm.TweedieRegressor(power=1.5).fit(X, y**2),), {"n": 20}, "power 1.5"
    yield (lm.TweedieRegressor(power=0, link="log").fit(X, y**2),), {"n": 20}, "link 'log'"
    yield (lasso,), {}, "pass n="
    yield (lasso,), {"X": X, "n": 21}, "contradict"
    yield (lasso,), {"X": X[:, 0], "y": y}, "2 dimension"
    yield (lasso,), {"X": X, "y": ["a"] * 20}, "not numbers"
    yield (lasso,), {"n": 20, "noise_sd": 0}, "noise_sd is 0"
    yield (lasso,), {"X": X[:, :1], "y": y}, "pass the X that went into fit"
    yield (lasso,), {"n": 20, "alpha": 0.1}, "keeps its own penalty"
    yield (lm.LinearRegression().fit(X[:3], y[:3]),), {"X": X[:3], "y": y[:3]}, "sigma cannot be estimated"
    yield (lm.LogisticRegression().fit(X, y > 0),), {"noise_sd": 1.0}, "has no sigma"


@pytest.mark.parametrize(("args", "facts", "says"), list(refused()))
def test_what_prior_of_cannot_read_is_one_clear_line(args, facts, says):
    with pytest.raises(BadInput) as error:
        prior_of(*args, **facts)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_what_statsmodels_does_not_keep_or_is_not_read(tables):
    import statsmodels.api as sm

    X, y = tables["tall"]
    A = pd.DataFrame(np.column_stack([np.full(len(X), 2.0), X]), columns=["level", "a", "b", "c", "d"])
    result = sm.OLS(y, A).fit_regularized(alpha=0.1, L1_wt=0.0)
    with pytest.raises(BadInput, match="pass alpha= and L1_wt="):
        prior_of(result)
    with pytest.raises(BadInput, match="expected a number, or one for each"):
        prior_of(result, alpha=[0.1, 0.2], L1_wt=0.0)
    found = prior_of(result, alpha=0.1, L1_wt=0.0)
    assert found.features == ("a", "b", "c", "d")
    assert found.columns == (1, 2, 3, 4)
    # the constant is a column of twos: 2 c is the intercept, and R c^2 = (R / 4) (2 c)^2
    assert found.intercept_l2 == pytest.approx(len(X) * 0.1 / 4, rel=gamma(3))
    assert found.mode_intercept == pytest.approx(2 * result.params[0], rel=gamma(3))
    assert prior_of(sm.OLS(y, A).fit()).family == "flat"
    assert prior_of(sm.OLS(y, A).fit()).intercept == "free"
    refit = prior_of(sm.OLS(y, A).fit_regularized(alpha=0.1, refit=True))
    assert isinstance(refit, NotAPrior)
    assert "refit" in str(refit)
    gls = sm.GLS(y, A, sigma=np.ones(len(y))).fit_regularized(alpha=0.1)
    with pytest.raises(BadInput, match="statsmodels GLS is not read"):
        prior_of(gls, alpha=0.1, L1_wt=1.0)
    gamma_family = sm.GLM(np.exp(y / 10), A, family=sm.families.Gamma(sm.families.links.Log()))
    with pytest.raises(BadInput, match="family Gamma"):
        prior_of(gamma_family.fit_regularized(alpha=0.1, L1_wt=1.0), alpha=0.1, L1_wt=1.0)
    lone = sm.OLS(y, np.ones(len(y))).fit_regularized(alpha=0.1, L1_wt=0.0)
    with pytest.raises(BadInput, match="no slopes"):
        prior_of(lone, alpha=0.1, L1_wt=0.0)
    bare = sm.OLS(y, X).fit_regularized(alpha=0.1, L1_wt=0.0)
    assert prior_of(bare, alpha=0.1, L1_wt=0.0).intercept == "none"
