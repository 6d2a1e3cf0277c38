"""An audit of fits with other losses than squares: each is the mode of what was read, and a twentieth off is not."""

import re
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from mapsto import (
    AsymmetricLaplaceNoise,
    BadInput,
    Binomial,
    Gamma,
    HuberNoise,
    Known,
    Laplace,
    Normal,
    Poisson,
    Settings,
    audit,
    prior_of,
)
from mapsto.marks import plain
from mapsto.rounding import gamma
from mapsto.runs.audit.fitted import fitted_experiment

ROWS = 200
ROUNDING = gamma(10 * ROWS)
RNG = np.random.default_rng(11)
X = RNG.standard_normal((ROWS, 4)) * [1.0, 0.5, 2.0, 30.0] + [0.5, -1.0, 0.0, 200.0]
ETA = 0.4 + (X - [0.5, -1.0, 0.0, 200.0]) @ [0.8, -0.6, 0.0, 0.03]
CLASS = np.where(RNG.random(ROWS) < 1 / (1 + np.exp(-ETA)), "yes", "no")
COUNT = RNG.poisson(np.exp(0.3 * ETA)).astype(float)
POSITIVE = np.exp(0.3 * ETA) * RNG.gamma(3.0, 1 / 3, ROWS)
ROBUST = ETA + RNG.standard_t(3, ROWS)
TRIALS = RNG.integers(1, 4, ROWS).astype(float)
EXPOSURE = RNG.uniform(0.5, 4.0, ROWS)


def fits():
    from sklearn import linear_model as m
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def scaled(last):
        return make_pipeline(StandardScaler(), last)

    for solver in ("lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"):
        yield solver, scaled(m.LogisticRegression(C=0.5, solver=solver, random_state=0)), CLASS, {}
    yield "raw columns", m.LogisticRegression(C=0.5, max_iter=10_000), CLASS, {}
    yield "lasso", scaled(m.LogisticRegression(C=0.05, solver="saga", l1_ratio=1.0, random_state=0)), CLASS, {}
    yield "elastic net", scaled(m.LogisticRegression(C=0.05, solver="saga", l1_ratio=0.5, random_state=0)), CLASS, {}
    yield "no penalty", scaled(m.LogisticRegression(C=np.inf)), CLASS, {}
    by_class = m.LogisticRegression(C=0.5, class_weight={"no": 1, "yes": 3})
    yield "class weights", scaled(by_class), CLASS, {}
    yield "numbers of trials", m.LogisticRegression(solver="newton-cholesky"), CLASS, {"sample_weight": TRIALS}
    yield "counts", scaled(m.PoissonRegressor(alpha=0.1)), COUNT, {}
    yield "counts, raw", m.PoissonRegressor(alpha=0.1, max_iter=10_000), COUNT, {}
    rate = {"sample_weight": EXPOSURE}
    yield "rates", m.PoissonRegressor(alpha=0.1, max_iter=10_000), COUNT / EXPOSURE, rate
    yield "positive", scaled(m.GammaRegressor(alpha=0.1)), POSITIVE, {}
    yield "median", scaled(m.QuantileRegressor(quantile=0.5, alpha=0.02)), ROBUST, {}
    yield "quantile, raw", m.QuantileRegressor(quantile=0.1, alpha=0.001), ROBUST, {}
    yield "quantile, weights", m.QuantileRegressor(quantile=0.8, alpha=0.02), ROBUST, {"sample_weight": TRIALS}
    yield "quantile, no penalty", m.QuantileRegressor(quantile=0.8, alpha=0.0), ROBUST, {}
    yield "Huber", scaled(m.HuberRegressor(alpha=0.1)), ROBUST, {}
    yield "Huber, raw", m.HuberRegressor(alpha=0.1, max_iter=10_000), ROBUST, {}


def claim(experiment):
    (check,) = experiment.lesson(SimpleNamespace(summary=None, problem=experiment.problem())).claims
    assert check.name == "fit-is-the-mode"
    return check


@pytest.mark.parametrize(
    ("name", "made", "y", "facts"), list(fits()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_fit_is_the_mode_and_a_twentieth_off_is_not(name, made, y, facts):
    fitted = made.fit(X, y, **facts)
    experiment = fitted_experiment(fitted, X, y, **facts)
    good = claim(experiment)
    assert good.passed, (good.observed, good.tolerance)
    last = fitted[-1] if hasattr(fitted, "steps") else fitted
    last.coef_ = last.coef_ * 1.05
    bad = claim(fitted_experiment(fitted, X, y, **facts))
    assert not bad.passed, (bad.observed, bad.tolerance)
    assert "NOT the mode" in fitted_experiment(fitted, X, y, **facts).answer


def shared(experiment):
    """Digits that the fit shares with the mode, and those of the fit with the setting that is told."""
    text = plain(experiment.answer)
    kept = re.search(r"share ([\d.]+) digits", text)
    again = re.search(r"they share ([\d.]+)\.", text)
    return float(kept[1]), again and float(again[1]), text


@pytest.mark.parametrize("kind", ["LogisticRegression", "PoissonRegressor", "GammaRegressor"])
def test_the_digits_that_lbfgs_lost_and_the_setting_that_has_them(kind):
    from sklearn import linear_model
    from sklearn.preprocessing import StandardScaler

    Z, y = StandardScaler().fit_transform(X), {"L": CLASS, "P": COUNT, "G": POSITIVE}[kind[0]]
    kept, again, text = shared(fitted_experiment(getattr(linear_model, kind)().fit(Z, y), Z, y))
    assert kept < 7
    assert again > 13
    assert "solver='newton-cholesky', tol=1e-15" in text
    typed = {"solver": "newton-cholesky", "tol": 1e-15, "max_iter": 100}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is asked for more than it promises
        strict = getattr(linear_model, kind)(**typed).fit(Z, y)
    kept, again, _ = shared(fitted_experiment(strict, Z, y))
    assert kept > 13
    assert again is None  # there is nothing to get back


def test_classes_are_told_and_their_order_is_the_fits():
    from sklearn.linear_model import LogisticRegression

    experiment = fitted_experiment(LogisticRegression(solver="newton-cholesky").fit(X, CLASS), X, CLASS)
    assert "Class 'yes' counts as 1 and 'no' as 0" in plain(experiment.answer)
    assert experiment.problem().y.tolist() == (CLASS == "yes").astype(float).tolist()
    assert experiment.prior == Normal(1.0)  # C is the variance of the prior


def test_what_the_likelihood_is_and_where_its_dispersion_is_from():
    from sklearn.linear_model import GammaRegressor, HuberRegressor, LogisticRegression, PoissonRegressor

    counted = fitted_experiment(PoissonRegressor(alpha=0.1).fit(X, COUNT), X, COUNT)
    assert counted.problem().likelihood == Poisson()
    assert counted.prior.scale == pytest.approx((ROWS * 0.1) ** -0.5, rel=ROUNDING)
    fitted = GammaRegressor(alpha=0.1, solver="newton-cholesky").fit(X, POSITIVE)
    mean = fitted.predict(X)
    pearson = float(np.sum((POSITIVE / mean - 1) ** 2)) / (ROWS - 5)
    experiment = fitted_experiment(fitted, X, POSITIVE)
    assert experiment.problem().likelihood.shape == pytest.approx(1 / pearson, rel=ROUNDING)
    assert experiment.prior.scale == pytest.approx((pearson / (ROWS * 0.1)) ** 0.5, rel=ROUNDING)
    given = fitted_experiment(fitted, X, POSITIVE, noise_sd=0.5)
    assert given.problem().likelihood == Gamma(4.0)
    assert given.prior.scale == pytest.approx(0.5 / (ROWS * 0.1) ** 0.5, rel=ROUNDING)
    huber = HuberRegressor(epsilon=1.5, alpha=0.1, max_iter=10_000).fit(X, ROBUST)
    experiment = fitted_experiment(huber, X, ROBUST)
    assert isinstance(experiment.problem().likelihood, HuberNoise)
    assert experiment.problem().likelihood.threshold == 1.5
    assert experiment.problem().noise_sd == huber.scale_
    assert "not minus the logarithm of any normalised joint likelihood" in experiment.answer
    weighted = LogisticRegression(solver="newton-cholesky", class_weight={"no": 2, "yes": 1}).fit(X, CLASS)
    assert fitted_experiment(weighted, X, CLASS).problem().likelihood == Binomial()


def test_the_scale_of_a_quantile_regression_is_the_mean_pinball_loss_and_sets_the_prior():
    from sklearn.linear_model import QuantileRegressor
    from sklearn.metrics import mean_pinball_loss

    fitted = QuantileRegressor(quantile=0.8, alpha=0.02).fit(X, ROBUST)
    experiment = fitted_experiment(fitted, X, ROBUST)
    scale = mean_pinball_loss(ROBUST, fitted.predict(X), alpha=0.8)
    assert experiment.problem().likelihood.quantile == 0.8
    assert experiment.problem().noise_sd == pytest.approx(scale, rel=ROUNDING)
    assert experiment.prior.scale == pytest.approx(scale / (ROWS * 0.02), rel=ROUNDING)
    assert "the mean pinball loss of the fit" in experiment.answer
    assert shared(experiment)[0] > 12
    given = fitted_experiment(fitted, X, ROBUST, noise_sd=0.5)
    assert given.problem().likelihood == AsymmetricLaplaceNoise(0.8, Known(0.5))
    assert given.prior == Laplace(0.5 / (ROWS * 0.02))
    exact = QuantileRegressor(alpha=0.0).fit(X, X[:, 0])
    with pytest.raises(BadInput, match="fits every row exactly"):
        fitted_experiment(exact, X, X[:, 0])


def test_one_of_many_medians_is_a_mode_and_its_digits_are_not_compared():
    from sklearn.linear_model import QuantileRegressor

    group = np.repeat([0.0, 1.0], 4)[:, np.newaxis]
    y = np.array([0.0, 1.0, 3.0, 4.0, 10.0, 11.0, 13.0, 14.0])  # any value between 1 and 3, and 11 and 13, is a median
    fitted = QuantileRegressor(alpha=0.0).fit(group, y)
    for low, high in ((1.0, 11.0), (3.0, 11.0), (1.5, 12.5)):
        fitted.coef_, fitted.intercept_ = np.array([high - low]), low
        experiment = fitted_experiment(fitted, group, y)
        assert claim(experiment).passed
        assert "not compared" in plain(experiment.answer)
    fitted.coef_, fitted.intercept_ = np.array([11.0 - 3.5]), 3.5
    assert not claim(fitted_experiment(fitted, group, y)).passed


def refused():
    from sklearn.linear_model import HuberRegressor, LogisticRegression, PoissonRegressor

    many = np.where(X[:, 0] > 1, "third", CLASS)
    labels = np.where(CLASS == "yes", "on", "off")
    yield "three classes", LogisticRegression(), many, many, {}, "tells 3 classes apart"
    yield "another label", LogisticRegression(), CLASS, labels, {}, "no class of the fit"
    yield "balanced", LogisticRegression(class_weight="balanced"), CLASS, CLASS, {}, "whole number of trials"
    yield "liblinear", LogisticRegression(solver="liblinear"), CLASS, CLASS, {}, "penalises its intercept"
    yield "Huber weights", HuberRegressor(max_iter=999), ROBUST, ROBUST, {"sample_weight": TRIALS}, "no Huber density"
    yield "learned", PoissonRegressor(), COUNT, COUNT, {"noise_sd": "learn"}, "learns no dispersion"
    yield "sigma", PoissonRegressor(), COUNT, COUNT, {"noise_sd": 2.0}, "has no sigma"
    yield "no counts", PoissonRegressor(), POSITIVE, POSITIVE, {}, "whole counts"


@pytest.mark.parametrize(
    ("name", "made", "own", "y", "facts", "words"), list(refused()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_what_cannot_be_audited_is_told_in_one_line(name, made, own, y, facts, words):
    weights = {key: value for key, value in facts.items() if key == "sample_weight"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some stop before they converged
        fitted = made.fit(X, own, **weights)
    with pytest.raises(BadInput, match=words) as raised:
        audit(fitted, X, y, **facts)
    assert "\n" not in str(raised.value)


def models():
    import statsmodels.api as sm

    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    E, yes = sm.add_constant(Z), (CLASS == "yes").astype(float)
    vector = np.array([0, 0.05, 0.05, 0.05, 0.05])
    for share in (0.0, 0.5, 1.0):
        made = {"alpha": vector, "L1_wt": share}
        yield f"binomial {share}", sm.GLM(yes, E, family=sm.families.Binomial()), E, yes, made
        counts = sm.GLM(COUNT, E, family=sm.families.Poisson(), exposure=EXPOSURE)
        yield f"counts with exposure {share}", counts, E, COUNT, made
    yield "Logit", sm.Logit(yes, E), E, yes, {"alpha": 100 * vector}
    yield "Poisson with exposure", sm.Poisson(COUNT, E, exposure=EXPOSURE), E, COUNT, {"alpha": 100 * vector}


@pytest.mark.parametrize(
    ("name", "model", "E", "y", "made"), list(models()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_statsmodels_results_are_audited_with_their_exposures(name, model, E, y, made):
    kept = "L1_wt" not in made  # by the result itself
    fitted = model.fit_regularized(**made, **({"disp": 0} if kept else {}))
    facts = {} if kept else made
    experiment = fitted_experiment(fitted, E, y, **facts)
    good = claim(experiment)
    assert good.passed, (good.observed, good.tolerance)
    if "exposure" in name:
        assert experiment.problem().weights == pytest.approx(EXPOSURE)
    params = getattr(fitted, "_results", fitted).params
    params *= 1.05
    bad = claim(fitted_experiment(fitted, E, y, **facts))
    assert not bad.passed, (bad.observed, bad.tolerance)


def test_a_model_of_statsmodels_keeps_its_own_response():
    import statsmodels.api as sm

    E, yes = sm.add_constant((X - X.mean(axis=0)) / X.std(axis=0)), (CLASS == "yes").astype(float)
    fitted = sm.Logit(yes, E).fit_regularized(alpha=np.array([0, 1, 1, 1, 1]), disp=0)
    with pytest.raises(BadInput, match="not the response"):
        audit(fitted, E, 1 - yes)
    with pytest.raises(BadInput, match="rows and the model"):
        audit(fitted, E, yes[:5])
    offset = sm.GLM(yes, E, family=sm.families.Binomial(), offset=X[:, 0]).fit_regularized(alpha=0.1, L1_wt=0.0)
    with pytest.raises(BadInput, match="offset"):
        audit(offset, E, yes, alpha=0.1, L1_wt=0.0)


@pytest.mark.slow
def test_an_audit_of_a_logistic_fit_is_a_whole_run():
    from sklearn.linear_model import LogisticRegression

    result = audit(LogisticRegression(max_iter=10_000).fit(X, CLASS), X, CLASS, settings=Settings(draws=500, chains=2))
    assert [check.name for check in result.certificate.checks if not check.passed] == []
    assert result.problem.likelihood.name == "bernoulli"


def test_a_c_that_was_chosen_by_cross_validation_is_refused_by_name():
    from sklearn.linear_model import LogisticRegressionCV

    rng = np.random.default_rng(2)
    X = rng.standard_normal((60, 2))
    y = (X[:, 0] + rng.standard_normal(60) > 0).astype(int)
    chosen = LogisticRegressionCV(Cs=[0.1, 1.0], l1_ratios=(0.0,), use_legacy_attributes=False, scoring="accuracy").fit(
        X, y
    )
    with pytest.raises(BadInput, match=r"chose C = .* by cross-validation"):
        prior_of(chosen)
