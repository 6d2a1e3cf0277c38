"""``audit`` as it is called from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mapsto.data.sources.checkpoint import Checkpoint
from mapsto.engines.settings import Settings
from mapsto.errors import BadInput
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.priors.base import Prior
from mapsto.runs.audit.fitted import fitted_experiment
from mapsto.runs.audit.specification import Asked, Noise
from mapsto.runs.audit.table import table_experiment
from mapsto.runs.result import Result
from mapsto.runs.run import Stage
from mapsto.runs.scheduler import cluster, reduce_on


def audit(
    subject: Any,
    X: Any = None,
    y: Any = None,
    *,
    target: str | None = None,
    features: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    alpha: float | None = None,
    prior_scale: float | None = None,
    prior: Prior | None = None,
    noise_sd: Noise = "auto",
    likelihood: Likelihood | None = None,
    learn: Mapping[str, NoisePrior] | None = None,
    standardize: bool = False,
    intercept: bool = True,
    weights: str | None = None,
    exposure: str | None = None,
    trials: str | None = None,
    missing: str = "refuse",
    decimal: str = ".",
    checkpoint: str | Path | None = None,
    scheduler: str | None = None,
    name: str | None = None,
    settings: Settings | None = None,
    stage: Stage | None = None,
    **facts: Any,
) -> Result:
    """Examine a table, or a fit: all routes to the mode, certificate, posterior and intervals, as of an experiment.

    ``audit(fitted, X, y)`` takes an estimator or pipeline after ``fit``, reads its prior and checks its coefficients;
    ``audit(table, target="y")`` takes the path of a CSV, Parquet or Feather file or of a folder of
    them, or a pandas, polars or Arrow table.

    Args:
        subject: what to audit.
        X: the table a fit was made to, shape (n, p).
        y: its response, shape (n,).
        target: the column of a table to explain.
        features: the columns to explain it by; by default all others.
        drop: the columns to leave out instead.
        alpha: ridge penalty; with none of alpha, prior_scale and prior it is chosen by evidence.
        prior_scale: sigma_w, in units of the target per unit of a column (per sd of it with ``standardize``).
        prior: any prior of mapsto's.
        noise_sd: sigma in units of y, "auto" to estimate it, "learn" or a prior on sigma to learn it.
        likelihood: of a table's response, as in Bernoulli() or Poisson(); by default Bernoulli for a target of two
            values, Poisson with ``exposure``, binomial with ``trials``, else Gaussian noise. Under another than that
            the scale of the prior, where none is given, is chosen by Laplace's approximation of the evidence.
        learn: parameters of the likelihood that are learned, as {"size": HalfCauchyNoise(scale=5)}.
        standardize: whether prior scales are for columns divided by their sd.
        intercept: whether the model has a free intercept.
        weights: a column of row weights q: the noise of a row has variance sigma^2 / q (of a fit: ``sample_weight``).
        exposure: a column that the counts of the target are divided by; it is then the weight of its row.
        trials: a column of numbers of trials that the successes of the target are divided by, likewise.
        missing: "refuse", "drop-rows" or "drop-columns".
        decimal: the decimal mark of a CSV file, "." or ",".
        checkpoint: a file to stop at and go on from, where a table is read a piece at a time: a folder, or one too
            large for memory.
        scheduler: "local" or the address of a Dask scheduler, to read a table there (a Dask data frame among them).
        name: names the files that ``store.write`` makes of the result.
        settings: seed, draws and chains.
        stage: called with a few words as each stage begins.
        facts: what else ``prior_of`` needs of a fit, such as ``sample_weight`` or statsmodels' alpha.

    Returns:
        The Result; what is wrong with the fit is a failed check in its certificate, not an exception.

    Raises:
        BadInput: something is missing, unknown, contradictory or cannot be audited; one line says what to do.
    """
    if (X is None) != (y is None):
        raise BadInput("X and y belong together; pass both with a fit, or a table with target=")
    if X is not None:
        given: dict[str, Any] = {
            "target": target,
            "features": features,
            "drop": drop,
            "prior_scale": prior_scale,
            "prior": prior,
        }
        given |= {
            "weights": weights,
            "exposure": exposure,
            "trials": trials,
            "likelihood": likelihood,
            "learn": learn,
            "checkpoint": checkpoint,
            "scheduler": scheduler,
            "decimal": None if decimal == "." else decimal,
            "standardize": standardize or None,
            "intercept": None if intercept else False,
        }
        odd = [key for key, value in given.items() if value is not None]
        if odd:
            raise BadInput(f"a fit says these itself: leave out {', '.join(odd)}")
        if alpha is not None:
            facts["alpha"] = alpha  # of statsmodels, which does not keep it
        experiment = fitted_experiment(subject, X, y, noise_sd=noise_sd, name=name, **facts)
    else:
        if hasattr(subject, "fit") or hasattr(subject, "predict"):
            raise BadInput(
                f"a {type(subject).__name__} came without data; pass those it was fitted to: audit(fit, X, y)"
            )
        if target is None:
            raise BadInput("no target was named; pass target= with the name of the column to explain")
        if facts:
            raise BadInput(f"audit of a table takes no {', '.join(sorted(facts))}")
        asked = Asked(alpha, prior_scale, prior, noise_sd, standardize, likelihood, learn or {})
        kept = None if checkpoint is None else Path(checkpoint)
        made = partial(
            table_experiment,
            subject,
            target,
            features=features,
            drop=drop,
            asked=asked,
            intercept=intercept,
            weights=weights,
            exposure=exposure,
            trials=trials,
            missing=missing,
            decimal=decimal,
            checkpoint=kept,
            name=name,
        )
        if scheduler is None:
            experiment = made()
        else:
            with cluster(scheduler) as client:
                squeeze = partial(reduce_on, client, centred=intercept)
                experiment = made(reduce=partial(squeeze, checkpoint=None if kept is None else Checkpoint(kept)))
    return experiment.run(settings, stage=stage)
