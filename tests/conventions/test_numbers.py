"""Libraries that are not here: their documented algorithm acted out, and the prior read from their numbers."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet

from conventions.fits import N, X, Y
from conventions.stationarity import Fit, heavier, lipschitz, proximal_gradient, rounding, within
from mapsto import BadInput
from mapsto.conventions import ImpliedPrior, NotAPrior, prior_of
from mapsto.rounding import gamma

P = X.shape[1]
SD_X, SD_Y = X.std(axis=0), float(Y.std())


def act_out_glmnet(lambda_, alpha, factors=None, standardize=True, ddof=0):
    """Divide y by its sd and each column by its own, minimise the documented objective there, and go back.

    Friedman, Hastie & Tibshirani (2010), Journal of Statistical Software 33(1): section 2 for the objective, and the
    package's vignette for the scaling of y. A penalty factor is a column divided by it where all is L1.
    """
    s = X.std(axis=0, ddof=ddof) if standardize else np.ones(P)
    sd_y = Y.std(ddof=ddof)
    f = np.ones(P) if factors is None else np.asarray(factors) * P / np.sum(factors)
    Z, z = (X - X.mean(axis=0)) / s / f, (Y - Y.mean()) / sd_y
    inner = ElasticNet(lambda_ / sd_y, l1_ratio=alpha, tol=1e-12, max_iter=100_000).fit(Z, z)
    w = inner.coef_ / f / s * sd_y
    return tuple(w), float(Y.mean() - X.mean(axis=0) @ w)


def at(implied, w, b):
    return replace(implied, mode=tuple(w), mode_intercept=float(b))


def is_stationary(implied, tol=1e-12):
    """Whether a coordinate descent that stopped at a gap of `tol` may have stopped here."""
    gap = 2 * tol * np.sum((Y - Y.mean()) ** 2) + rounding(implied, X, Y) * np.linalg.norm(implied.mode)
    bound = within(gap, lipschitz(implied, X, Y))
    return Fit(implied, X, Y, bound).off <= bound


@pytest.mark.parametrize("alpha", [0.01, 0.4, 1.0])
@pytest.mark.parametrize("standardize", [True, False])
def test_glmnets_scaling_is_that_of_its_algorithm(alpha, standardize):
    w, b = act_out_glmnet(0.3, alpha, standardize=standardize)
    made = {"lambda_": 0.3, "alpha": alpha, "n": N, "standardize": standardize, "sd_x": SD_X if standardize else None}
    implied = at(prior_of.glmnet(**made, sd_y=SD_Y, p=P), w, b)
    assert is_stationary(implied)
    assert not is_stationary(heavier(implied, 2.0))
    assert not is_stationary(at(prior_of.glmnet(**made | {"n": 1}, sd_y=SD_Y, p=P), w, b))
    if alpha < 1:  # as its documentation has it, without sd_y
        assert not is_stationary(at(prior_of.glmnet(**made, sd_y=1.0, p=P), w, b))


def test_glmnets_penalty_factors_are_rescaled_to_sum_to_p():
    factors = [1.0, 2.0, 0.5, 3.0]
    w, b = act_out_glmnet(0.1, 1.0, factors)
    implied = prior_of.glmnet(lambda_=0.1, n=N, sd_x=SD_X, penalty_factor=factors)
    assert is_stationary(at(implied, w, b))
    doubled = prior_of.glmnet(lambda_=0.1, n=N, sd_x=SD_X, penalty_factor=[2 * f for f in factors])
    assert doubled.l1 == pytest.approx(implied.l1, rel=gamma(P))


def test_glmnet_without_sd_y_is_no_prior_unless_it_is_a_lasso():
    read = prior_of.glmnet(lambda_=0.3, alpha=0.5, n=N, standardize=False, p=P)
    assert isinstance(read, NotAPrior)
    assert "sd_y" in read.reason
    lasso = prior_of.glmnet(lambda_=0.3, n=N, standardize=False, p=P)
    assert lasso.data_dependent is None
    assert "sd_y" in prior_of.glmnet(lambda_=0.3, alpha=0.5, n=N, standardize=False, p=P, sd_y=2.0).data_dependent
    assert "spread" in prior_of.glmnet(lambda_=0.3, n=N, sd_x=SD_X).data_dependent


@pytest.mark.parametrize("ddof", [0, 1], ids=["normal", "l-bfgs"])
def test_mllib_is_glmnet_with_the_divisor_of_its_solver(ddof):
    w, b = act_out_glmnet(0.3, 0.4, ddof=ddof)
    made = {"reg_param": 0.3, "elastic_net_param": 0.4, "n": N}
    spark = prior_of.mllib(**made, sd_y=Y.std(ddof=ddof), sd_x=X.std(axis=0, ddof=ddof))
    assert spark.source == "Spark MLlib"
    assert is_stationary(at(spark, w, b))
    other = prior_of.mllib(**made, sd_y=Y.std(ddof=1 - ddof), sd_x=X.std(axis=0, ddof=1 - ddof))
    assert not is_stationary(at(other, w, b))  # the divisor shows


def test_lm_ridge_is_ridge_on_columns_divided_by_their_sd():
    # its algorithm: centre, divide by the sd with divisor n, shrink each singular direction by d / (d^2 + lambda)
    Z = (X - X.mean(axis=0)) / SD_X
    U, d, Vt = np.linalg.svd(Z, full_matrices=False)
    w = Vt.T @ (d / (d**2 + 7.0) * (U.T @ (Y - Y.mean()))) / SD_X
    implied = at(prior_of.lm_ridge(lambda_=7.0, sd_x=SD_X), w, Y.mean() - X.mean(axis=0) @ w)
    slack = rounding(implied, X, Y) * SD_X.max() / SD_X.min()
    assert np.linalg.norm(proximal_gradient(implied, X, Y)) <= slack
    assert np.linalg.norm(proximal_gradient(replace(implied, l2=(7.0,) * P), X, Y)) > 1e3 * slack


def descend(weight_decay, reduction, adam=False, steps=20_000):
    """PyTorch's documented updates on MSELoss, on all rows: g <- g + weight_decay theta, then a step along it."""
    A = np.column_stack([X, np.ones(N)])
    scale = {"mean": 1 / N, "sum": 1.0}[reduction]
    theta, m, v = np.zeros(P + 1), np.zeros(P + 1), np.zeros(P + 1)
    rate = 0.5 / (np.linalg.norm(A, 2) ** 2 * scale + weight_decay)

    def slope(theta):
        return 2 * scale * A.T @ (A @ theta - Y) + weight_decay * theta

    for t in range(1, steps + 1):
        g = slope(theta)
        if not adam:
            theta = theta - rate * g
        else:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            theta = theta - 0.02 / (1 + t / 50) * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return theta[:P], theta[P], np.linalg.norm(slope(theta)) / scale


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("adam", [False, True], ids=["SGD", "Adam"])
def test_pytorchs_documented_updates_end_at_the_translated_mode(reduction, adam):
    decay = 0.2 if reduction == "mean" else 0.2 * N
    w, b, left = descend(decay, reduction, adam)
    implied = prior_of.torch_weight_decay(weight_decay=decay, n=N, reduction=reduction, p=P)
    assert implied.intercept == "penalised"
    found = at(implied, w, b)
    # what is left of the slope that the updates follow, which is that of J over a scale
    slack = 1.01 * left + rounding(found, X, Y)
    assert slack < 1e-2 * np.linalg.norm(proximal_gradient(heavier(found, 2.0), X, Y))
    assert np.linalg.norm(proximal_gradient(found, X, Y)) <= slack
    free = at(prior_of.torch_weight_decay(weight_decay=decay, n=N, reduction=reduction, bias_decays=False, p=P), w, b)
    assert np.linalg.norm(proximal_gradient(free, X, Y)) > 10 * slack


def test_keras_has_no_half_where_pytorch_has_one():
    keras = prior_of.keras_l2(l2=0.1, n=N, p=P)
    torch = prior_of.torch_weight_decay(weight_decay=0.2, n=N, p=P, bias_decays=False)
    assert keras.l2 == pytest.approx(torch.l2, rel=gamma(3))
    assert keras.intercept == "free"
    assert prior_of.keras_l2(l2=0.1, n=N, p=P, bias_regularised=True).intercept_l2 == keras.l2[0]
    # by its definition: the slope of RSS/n + l2 sum(w^2) + l1 sum(|w|) at the mode, by its own optimality condition
    both = prior_of.keras_l2(l2=0.1, l1=0.3, n=N, p=P)
    inner = ElasticNet(0.1 + 0.15, l1_ratio=0.15 / 0.25, tol=1e-12).fit(X, Y)  # RSS/(2n) + 0.05 * 2/2 |w|^2 + 0.15 |w|
    assert is_stationary(at(both, inner.coef_, inner.intercept_))
    assert not is_stationary(at(heavier(both, 2.0), inner.coef_, inner.intercept_))


def test_what_is_no_prior_says_why():
    assert "decoupled" in str(prior_of.adamw(weight_decay=0.01))
    assert "not a prior" in str(prior_of.adamw())
    assert "normalised" in str(prior_of.huber(scale=2.0, alpha=0.5))
    assert "= 2)" in str(prior_of.huber(scale=2.0, alpha=0.5))


def test_numbers_carry_sigma_and_names():
    implied = prior_of.gblinear(reg_lambda=0.5, n=100, features=["a", "b"], noise_sd=3.0)
    assert isinstance(implied, ImpliedPrior)
    assert implied.features == ("a", "b")
    assert implied.scale() == pytest.approx([3.0 / 50**0.5] * 2, rel=gamma(5))
    assert implied.noise_from == "given"


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: prior_of.glmnet(lambda_=0.1, n=N, p=P), "sd_x"),
        (lambda: prior_of.glmnet(lambda_=0.1, n=N, standardize=False), "number of columns"),
        (lambda: prior_of.glmnet(lambda_=0.1, n=N, sd_x=SD_X, features=["a"]), "1 and 4"),
        (lambda: prior_of.glmnet(lambda_=0.1, n=N, sd_x=[1, 0, 1, 1]), "sd_x of x1"),
        (lambda: prior_of.glmnet(lambda_=0.1, n=N, sd_x=SD_X, penalty_factor=[0] * 4), "nothing but zeros"),
        (lambda: prior_of.glmnet(lambda_=-1, n=N, p=P), "lambda_ is -1"),
        (lambda: prior_of.glmnet(lambda_=1, alpha=2, n=N, p=P), "alpha is 2"),
        (lambda: prior_of.keras_l2(l2=float("nan"), n=N, p=P), "l2"),
        (lambda: prior_of.gblinear(reg_lambda=1, n=0, p=P), "n is 0"),
        (lambda: prior_of.torch_weight_decay(weight_decay=1, n=N, reduction="none", p=P), "reduction is 'none'"),
    ],
)
def test_numbers_that_make_no_sense_are_one_clear_line(ask, says):
    with pytest.raises(BadInput) as error:
        ask()
    assert says in str(error.value)
    assert "\n" not in str(error.value)
