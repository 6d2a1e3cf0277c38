"""What the contract promises of every convention: numbers by name, and back again; the strictest search as stated."""

import inspect

import numpy as np
import pytest
from sklearn import linear_model

from conventions.fits import D, N, X, Y
from mapsto import BadInput, Unsupported
from mapsto.conventions import Rates, convention, conventions, prior_of, reader
from mapsto.conventions.libraries.sklearn.choice import estimator_for
from mapsto.conventions.registry import targets
from mapsto.priors import PiecewiseQuadratic
from mapsto.rounding import gamma
from mapsto.runs.conformance.conventions import objective_is_j

UNITS = {"n": N, "sd_y": 1.7, "sd_x": [0.5, 1.0, 2.0, 4.0], "reduction": "mean"}


def rates_for(target):
    """Rates that a target can express: lm.ridge and glmnet take one number for columns divided by sd_x."""
    sd_x = np.array(UNITS["sd_x"]) if target.name in ("lm.ridge", "glmnet") else np.ones(4)
    return Rates(target.l2 * 7.0 * sd_x**2, target.l1 * 24.0 * sd_x, target.intercepts[-1])


@pytest.mark.parametrize("name", targets())
def test_its_own_numbers_are_linear_in_the_rates(name):
    target = targets()[name]
    units = target.units(**UNITS)
    one = rates_for(target)
    own, doubled = target.from_rates(one, **units), target.from_rates(one.times((2.0, 2.0)), **units)
    strength = {key for key in own if key in ("alpha", "lambda", "weight_decay", "l2", "l1", "regParam", "reg_lambda")}
    assert strength or name in ("sklearn.LinearRegression", "sklearn.LogisticRegression")
    for key in strength - ({"alpha"} if name == "glmnet" else set()):
        assert np.asarray(doubled[key]) == pytest.approx(2 * np.asarray(own[key]), rel=gamma(4))
    if name == "sklearn.LogisticRegression":
        assert doubled["C"] == pytest.approx(own["C"] / 2, rel=gamma(4))


def test_numbers_are_read_by_the_name_of_the_convention():
    assert prior_of("sklearn.Lasso", alpha=0.1, n=50, p=2).l1 == (2 * 50 * 0.1,) * 2
    assert prior_of("sklearn.Ridge", alpha=3.0, features=["a", "b"], noise_sd=2.0).features == ("a", "b")
    assert prior_of("sklearn.LogisticRegression", C=0.5, p=1).scale() == pytest.approx([0.5**0.5], rel=gamma(3))
    assert prior_of("cvxpy", l2=2.0, l1=3.0, p=1).l2 == (2.0,)
    asked = {"lambda_": 0.1, "n": N, "standardize": False, "p": 4}
    assert prior_of("glmnet", **asked) == prior_of.glmnet(**asked)
    assert "glmnet" in dir(prior_of)
    assert "AdamW" in str(prior_of("torch.AdamW", weight_decay=0.1))


def test_cyclops_gives_its_prior_by_its_variance():
    b = prior_of("Cyclops", variance=8.0, p=1).scale()[0]
    assert 2 * b**2 == pytest.approx(8.0, rel=gamma(5))
    assert prior_of("Cyclops", variance=4.0, prior="normal", p=1).scale()[0] == 2.0


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: prior_of("sklearn.Rigde", alpha=1.0, p=1), "there is no convention 'sklearn.Rigde'"),
        (lambda: prior_of("sklearn.Ridge", alpha=1.0), "the number of columns"),
        (lambda: prior_of("sklearn.Ridge", p=1), "depends on alpha"),
        (lambda: prior_of("sklearn.Ridge", alpha=1.0, n=5, p=1), "takes no n; it takes alpha"),
        (lambda: prior_of("sklearn.Ridge(positive=True)", alpha=1.0, p=1), "cuts its prior off at zero"),
        (lambda: prior_of("Cyclops", variance=1.0, prior="cauchy", p=1), "prior is 'cauchy'"),
        (lambda: convention("sklearn.Ridge").from_rates(Rates(1.0, 1.0)), "penalises squares alone"),
        (lambda: convention("sklearn.Ridge").from_rates(Rates(1.0, nonnegative=True)), "does not keep its slopes"),
        (lambda: convention("sklearn.Ridge(positive=True)").from_rates(Rates(1.0)), "keeps its slopes at or above"),
        (lambda: convention("sklearn.HuberRegressor").from_rates(Rates()), "not a prior"),
    ],
)
def test_what_a_convention_cannot_say_is_one_clear_line(ask, says):
    with pytest.raises(BadInput) as error:
        ask()
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_an_argument_that_a_fit_does_not_take_is_an_error():
    with pytest.raises(TypeError, match="takes no lambda_"):
        prior_of(linear_model.Ridge().fit(X, Y), lambda_=1.0)
    with pytest.raises(AttributeError, match="glmnut"):
        prior_of.glmnut  # noqa: B018


def test_a_reader_is_for_classes_that_no_convention_states(monkeypatch):
    monkeypatch.setattr("mapsto.conventions.registry.READERS", {})
    kind = type("Mine", (), {"__module__": "linmod.linear"})
    reader("linmod", "Mine")(lambda fitted, facts: prior_of("cvxpy", l2=1.0, p=1))
    assert prior_of(kind()).l2 == (1.0,)


SIGMA, WEIGHT = 0.7, float(D["weights"].sum())
SEARCHES = {
    "sklearn.Lasso": PiecewiseQuadratic(np.full(4, 20.0), np.zeros(4)),
    "sklearn.ElasticNet": PiecewiseQuadratic(np.full(4, 10.0), np.full(4, 9.0)),
    "sklearn.Ridge": PiecewiseQuadratic(np.zeros(4), np.full(4, 9.0)),
    "sklearn.LinearRegression": PiecewiseQuadratic(np.zeros(4), np.zeros(4)),
    "sklearn.Ridge(positive=True)": PiecewiseQuadratic(np.zeros(4), np.full(4, 9.0), True),
}


def violation(penalty, w, b, factor=1.0):
    """How far -gradient is from the subdifferential of factor times a penalty in nats, over the size of its parts.

    Written out from the log posterior of weighted rows, without any convention.
    """
    q = D["weights"]
    gradient = -X.T @ (q * (Y - b - X @ w)) / SIGMA**2 + factor * penalty.l2 * w
    size = np.abs(X).T @ (q * (np.abs(Y) + abs(b) + np.abs(X) @ np.abs(w))) / SIGMA**2
    steep = factor * penalty.l1
    apart = np.where(w == 0, np.maximum(np.abs(gradient) - steep, 0.0), np.abs(gradient + np.sign(w) * steep))
    if penalty.nonnegative:
        assert (w >= 0).all()
        apart = np.where(w == 0, np.maximum(-gradient, 0.0), apart)
    return float((apart / size).max())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # it stopped at rounding, not below it
@pytest.mark.parametrize("name", SEARCHES)
def test_the_strictest_search_ends_at_the_mode_as_near_as_it_says(name):
    penalty = SEARCHES[name]
    rates = Rates.of(penalty, SIGMA**2)
    kind, stated = estimator_for(rates)
    assert stated.name == name
    made = getattr(linear_model, kind)
    params = stated.from_rates(rates, **stated.units(n=WEIGHT))
    assert params["fit_intercept"]
    fitted = made(**params, **stated.strictest).fit(X, Y, sample_weight=D["weights"])
    bound = stated.backward + gamma(X.size) * 10
    assert violation(penalty, fitted.coef_, fitted.intercept_) <= bound
    if penalty.l1.any() or penalty.l2.any():
        for factor in (2.0, 0.5, 1 / N, N):  # a convention that is off by so much
            assert violation(penalty, fitted.coef_, fitted.intercept_, factor) > 10 * bound
    if stated.strictest and "tol" in stated.strictest:
        loose = made(**params, tol=1e-2).fit(X, Y, sample_weight=D["weights"])
        assert violation(penalty, loose.coef_, loose.intercept_) > bound


def test_a_bound_with_absolute_values_has_no_estimator_here():
    both = PiecewiseQuadratic(np.ones(2), np.ones(2), nonnegative=True)
    assert isinstance(estimator_for(Rates.of(both, 1.0)), Unsupported)


def test_every_text_of_a_row_marks_its_mathematics():
    for one in conventions():
        parts = one.intercept.split("$")
        assert len(parts) % 2 == 1, one.intercept  # each mark is closed
        assert not set("".join(parts[::2])) & set("\\^{}ρσλτ"), one.intercept
        assert "$" not in one.objective + one.prior  # these are mathematics as a whole


STATED = [one for one in conventions() if one.minimises is not None]


def test_every_convention_of_gaussian_noise_that_is_not_run_states_its_objective():
    assert {one.name for one in STATED} == {"glmnet", "keras", "lm.ridge", "mllib", "torch"}


@pytest.mark.parametrize("one", STATED, ids=lambda one: one.name)
def test_the_stated_objective_is_j_and_tells_a_factor_that_is_off(one):
    assert all(seen.fine for seen in objective_is_j(one))

    def halved(**units):
        return tuple(np.asarray(factor) / 2 for factor in one.factors(**units))

    halved.__signature__ = inspect.signature(one.factors)
    wrong = type(one)()
    wrong.factors = halved
    assert not all(seen.fine for seen in objective_is_j(wrong))
