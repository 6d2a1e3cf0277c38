"""Libraries that are not here, from their numbers: each function is one library's convention.

All give an ``ImpliedPrior`` over raw columns. Which columns: ``features`` (names), or ``p`` (how many), or the
length of whatever is given for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from mapsto.conventions.implied import ImpliedPrior, Intercept, NotAPrior
from mapsto.conventions.readers import Reading
from mapsto.conventions.sklearn_linear import huber_reason
from mapsto.errors import BadInput
from mapsto.scales import finite, positive

STANDARD_Y = "the l2 part is divided by sd_y, so the same lambda is another prior for another y"
STANDARD_X = "with standardisation its scale follows the spread of the columns it was fitted to"


def glmnet(
    *,
    lambda_: float,
    n: float,
    alpha: float = 1.0,
    sd_y: float | None = None,
    sd_x: Sequence[float] | None = None,
    standardize: bool = True,
    penalty_factor: Sequence[float] | None = None,
    features: Sequence[str] | None = None,
    p: int | None = None,
    noise_sd: float | None = None,
) -> Reading:
    """R's glmnet, gaussian: RSS/(2n) + lambda sum_j f_j [(1 - alpha)/2 s_j^2 w_j^2 / sd_y + alpha s_j |w_j|].

    Its documentation leaves out sd_y: glmnet standardises y first and hands its slopes back.

    Args:
        lambda_: as passed.
        n: rows; of a fit with weights their sum as they were passed, whatever glmnet scales them to.
        alpha: as passed: 1 is the lasso, 0 ridge.
        sd_y: sd of y with divisor n; without it the l2 part is no prior.
        sd_x: sd of each column with divisor n, where ``standardize`` is on.
        standardize: as passed (glmnet's default is on).
        penalty_factor: as passed; glmnet rescales them to sum to p.
        features: names of the columns.
        p: how many columns, where nothing else says it.
        noise_sd: sigma in units of y.
    """
    lam, share, rows = _not_negative(lambda_, "lambda_"), _share(alpha, "alpha"), positive(n, "n")
    if share < 1 and lam > 0 and sd_y is None:
        return NotAPrior(STANDARD_Y + "; pass sd_y (with divisor n) for the prior it was this time", "glmnet")
    names = _names(features, p, sd_x, penalty_factor)
    s = _spread(sd_x, standardize, names, "standardize")
    f = (
        np.ones(len(names))
        if penalty_factor is None
        else np.array([_not_negative(v, "factor") for v in penalty_factor])
    )
    if not f.any():
        raise BadInput("penalty_factor holds nothing but zeros; pass at least one that is positive")
    f = f * len(f) / f.sum()
    by_y = positive(sd_y, "sd_y") if sd_y is not None else 1.0
    why = [note for note, holds in ((STANDARD_Y, share < 1), (STANDARD_X, standardize)) if holds and lam > 0]
    return _implied(
        "glmnet",
        names,
        l2=rows * lam * (1 - share) * f * s**2 / by_y,
        l1=2 * rows * lam * share * f * s,
        n=rows,
        noise_sd=noise_sd,
        data_dependent="; ".join(why) or None,
    )


def lm_ridge(
    *,
    lambda_: float,
    sd_x: Sequence[float],
    features: Sequence[str] | None = None,
    noise_sd: float | None = None,
) -> Reading:
    """R's MASS::lm.ridge: RSS + lambda sum_j s_j^2 w_j^2, s_j the sd of column j with divisor n."""
    names = _names(features, None, sd_x)
    s = _spread(sd_x, True, names, "lm.ridge")
    return _implied(
        "MASS lm.ridge",
        names,
        l2=_not_negative(lambda_, "lambda_") * s**2,
        noise_sd=noise_sd,
        data_dependent=STANDARD_X,
    )


def torch_weight_decay(
    *,
    weight_decay: float,
    n: float,
    reduction: Literal["mean", "sum"] = "mean",
    bias_decays: bool = True,
    features: Sequence[str] | None = None,
    p: int | None = None,
    noise_sd: float | None = None,
) -> Reading:
    """PyTorch's SGD or Adam beside MSELoss: loss + weight_decay/2 ||w||^2.

    Args:
        weight_decay: as passed to the optimiser.
        n: rows of the whole table (a batch's gradient stands for the mean over all).
        reduction: as passed to the loss.
        bias_decays: whether the bias sits in the same parameter group, as it does by default.
        features: names of the columns.
        p: how many, where there are no names.
        noise_sd: sigma in units of y.
    """
    if reduction not in ("mean", "sum"):
        raise BadInput(f"reduction is {reduction!r}; expected 'mean' or 'sum'")
    rows = positive(n, "n") if reduction == "mean" else 1.0
    R = rows * _not_negative(weight_decay, "weight_decay") / 2
    names = _names(features, p)
    return _decayed("PyTorch weight_decay", names, R, bias_decays, n=positive(n, "n"), noise_sd=noise_sd)


def adamw(**numbers: Any) -> NotAPrior:
    """PyTorch's or Keras's AdamW: not a prior."""
    del numbers
    return NotAPrior(
        "decoupled decay shrinks the weights beside the adaptive step, not through the gradient, so where it ends "
        "depends on the step's scaling by the data; use Adam or SGD with weight_decay for a Normal prior",
        "AdamW",
    )


def keras_l2(
    *,
    l2: float,
    n: float,
    l1: float = 0.0,
    bias_regularised: bool = False,
    features: Sequence[str] | None = None,
    p: int | None = None,
    noise_sd: float | None = None,
) -> Reading:
    """Keras's kernel_regularizer beside the mean squared error: RSS/n + l2 sum(w^2) + l1 sum(|w|), no 1/2."""
    rows, names = positive(n, "n"), _names(features, p)
    R, L = rows * _not_negative(l2, "l2"), rows * _not_negative(l1, "l1")
    return _decayed("Keras l2", names, R, bias_regularised, n=rows, noise_sd=noise_sd, L=L)


def mllib(
    *,
    reg_param: float,
    n: float,
    sd_y: float,
    elastic_net_param: float = 0.0,
    sd_x: Sequence[float] | None = None,
    standardization: bool = True,
    features: Sequence[str] | None = None,
    p: int | None = None,
    noise_sd: float | None = None,
) -> Reading:
    """Spark MLlib's LinearRegression: glmnet's convention, with the sds of its solver.

    The solver "normal", which "auto" takes up to 4096 columns, divides by n, and "l-bfgs" by n - 1: pass ``sd_y`` and
    ``sd_x`` accordingly.
    """
    read = glmnet(
        lambda_=reg_param,
        n=n,
        alpha=elastic_net_param,
        sd_y=sd_y,
        sd_x=sd_x,
        standardize=standardization,
        features=features,
        p=p,
        noise_sd=noise_sd,
    )
    assert isinstance(read, ImpliedPrior)  # sd_y is there
    return replace(read, source="Spark MLlib")


def gblinear(
    *,
    reg_lambda: float,
    n: float,
    reg_alpha: float = 0.0,
    features: Sequence[str] | None = None,
    p: int | None = None,
    noise_sd: float | None = None,
) -> Reading:
    """XGBoost's booster gblinear: RSS/2 + n (lambda/2 ||w||^2 + alpha ||w||_1), the bias free."""
    rows, names = positive(n, "n"), _names(features, p)
    R, L = rows * _not_negative(reg_lambda, "reg_lambda"), 2 * rows * _not_negative(reg_alpha, "reg_alpha")
    return _implied("XGBoost gblinear", names, l2=R, l1=L, n=rows, noise_sd=noise_sd)


def huber(*, scale: float | None = None, alpha: float | None = None) -> NotAPrior:
    """A Huber regression whose scale is estimated beside the slopes: not a prior."""
    return huber_reason(scale, alpha, "Huber with a concomitant scale")


def _decayed(
    source: str, names: tuple[str, ...], R: float, bias: bool, *, L: float = 0.0, n: float, noise_sd: float | None
) -> ImpliedPrior:
    """One penalty for all slopes, and the l2 part of it for the bias where ``bias`` says so."""
    held = bias and R > 0
    return _implied(
        source,
        names,
        l2=R,
        l1=L,
        n=n,
        noise_sd=noise_sd,
        intercept="penalised" if held else "free",
        intercept_l2=R if held else 0.0,
    )


def _implied(
    source: str,
    names: tuple[str, ...],
    *,
    l2: Any = 0.0,
    l1: Any = 0.0,
    intercept: Intercept = "free",
    noise_sd: float | None = None,
    **more: Any,
) -> ImpliedPrior:
    R, L = (tuple(float(v) for v in np.broadcast_to(np.asarray(part, float), (len(names),))) for part in (l2, l1))
    made = ImpliedPrior(names, R, L, intercept, source, **more)
    return made if noise_sd is None else made.with_noise(noise_sd, "given")


def _names(features: Sequence[str] | None, p: int | None, *each: Sequence[float] | None) -> tuple[str, ...]:
    lengths = {len(part) for part in (features, *each) if part is not None} | ({p} if p is not None else set())
    if len(lengths) != 1:
        came = "nothing says" if not lengths else f"{' and '.join(map(str, sorted(lengths)))} are said to be"
        raise BadInput(f"{came} the number of columns; pass features= (names) or p= (how many), and lengths that agree")
    return tuple(map(str, features)) if features is not None else tuple(f"x{j}" for j in range(lengths.pop()))


def _spread(sd_x: Sequence[float] | None, standardise: bool, names: tuple[str, ...], option: str) -> Any:
    if not standardise:
        return np.ones(len(names))
    if sd_x is None:
        raise BadInput(f"{option} is on, so the penalty is on columns divided by their sd; pass sd_x=, or turn it off")
    return np.array([positive(float(s), f"sd_x of {name}") for name, s in zip(names, sd_x, strict=True)])


def _not_negative(value: Any, name: str) -> float:
    number = finite(value, name)
    if number < 0:
        raise BadInput(f"{name} is {number:g}; expected a number >= 0")
    return number


def _share(value: Any, name: str) -> float:
    number = _not_negative(value, name)
    if number > 1:
        raise BadInput(f"{name} is {number:g}; expected a share from 0 to 1")
    return number
