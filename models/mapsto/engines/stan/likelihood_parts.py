"""The likelihoods in Stan: the statement that observes y, given the text of the linear predictor."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from mapsto.engines.stan.parts import Parts, left_out, log_of, unit_constant
from mapsto.likelihoods.problem import Problem
from mapsto.outcome import Unsupported

WHAT = "the likelihood"


def observed(problem: Problem, eta: str) -> Parts | Unsupported:
    """The data ``y`` or ``counts``, and their statement; ``sigma`` is known or a parameter."""
    family, (_, y), q = problem.likelihood.family(), problem.table.rows, problem.table.q
    weighted, learned = problem.weights is not None, problem.noise_prior is not None
    weights = Parts(data=("vector<lower=0>[n] weights;",), values={"weights": q}) if weighted else Parts()
    real = Parts(data=("vector[n] y;",), values={"y": y})
    whole = np.rint(q * y).astype(int)
    counts = Parts(data=("array[n] int<lower=0> counts;",), values={"counts": whole})

    def said(given: Parts, statement: str, constant: float) -> Parts:
        return given + Parts(model=(statement,), constants=left_out(WHAT, constant))

    if family.name in ("normal", "student_t", "laplace", "logistic"):
        name = {"laplace": "double_exponential"}.get(family.name, family.name)
        each = "sigma ./ sqrt(weights)" if weighted else "sigma"
        own = Parts()
        before = ""
        if family.name == "student_t":
            own, before = Parts(data=("real<lower=0> df;",), values={"df": float(family.params["df"])}), "df, "
        constant = problem.n * unit_constant(family.name, family.params)
        if not learned:
            constant -= log_of(problem.noise_sd / np.sqrt(q), problem.n)
        return said(real + weights + own, f"y ~ {name}({before}{eta}, {each});", constant)
    shifted = f"{eta} + log(weights)" if weighted else eta
    if family.name == "bernoulli":
        return said(counts, f"counts ~ bernoulli_logit({eta});", 0.0)
    if family.name == "binomial":
        trials = np.rint(q).astype(int)
        given = counts + Parts(data=("array[n] int<lower=0> trials;",), values={"trials": trials})
        constant = float((gammaln(trials + 1) - gammaln(whole + 1) - gammaln(trials - whole + 1)).sum())
        return said(given, f"counts ~ binomial_logit(trials, {eta});", constant)
    if family.name == "poisson":
        return said(counts + weights, f"counts ~ poisson_log({shifted});", -float(gammaln(whole + 1).sum()))
    if family.name == "negative_binomial":
        size = float(family.params["size"])
        given = counts + weights + Parts(data=("real<lower=0> size;",), values={"size": size})
        constant = float((gammaln(whole + size) - gammaln(size) - gammaln(whole + 1)).sum())
        return said(given, f"counts ~ neg_binomial_2_log({shifted}, size);", constant)
    if family.name == "gamma":
        shape = float(family.params["shape"])
        given = real + weights + Parts(data=("real<lower=0> shape;",), values={"shape": shape})
        each = "shape * weights" if weighted else "shape"
        rate = f"{each} ./ exp({eta})" if weighted else f"shape / exp({eta})"
        constant = float((-gammaln(shape * q) + (shape * q - 1) * np.log(y)).sum())
        return said(given, f"y ~ gamma({each}, {rate});", constant)
    return Unsupported(f"Stan's engine has no distribution for the {problem.likelihood.label} likelihood.")
