"""The printed program of a prior, run up to its sampling: it stands by itself, and its density is the prior's own."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from mapsto.certificate.facts.prior import OPERATIONS
from mapsto.certificate.facts.seen import Comparisons, Seen, holds
from mapsto.likelihoods.problem import Problem
from mapsto.priors.base import Prior
from mapsto.rounding import gamma

Point = dict[str, Any]


def write_table(folder: Path, problem: Problem) -> None:
    """The table that the program reads."""
    import pandas as pd

    from mapsto.engines.languages.table import FILE, columns

    target, weights = columns(problem)
    table = pd.DataFrame(problem.X, columns=list(problem.features)).assign(**{target: problem.y})
    if problem.weights is not None:
        table[weights] = problem.weights
    table.to_csv(folder / FILE, index=False)


def as_it_stands() -> Any:
    """Plain Python: a function that is called a few times is hardly worth compiling."""
    from pytensor.compile.mode import Mode

    return Mode("py", None)


def run(source: str, folder: Path) -> dict[str, Any]:
    """Run a whole program in a folder, with the search and the sampler replaced by nothing; its names afterwards.

    Among them are ``logp``, its log density, ``called``, what was called, and ``shown``, the variables summarised.
    """
    import arviz
    import pymc
    import pytensor

    called: list[tuple[str, dict[str, Any]]] = []
    space: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(folder))
        for module, name in ((pymc, "find_MAP"), (pymc, "sample"), (arviz, "summary")):
            stack.enter_context(
                patch.object(module, name, lambda *_given, name=name, **options: called.append((name, options)))
            )
        # PyTensor as a user finds it
        stack.enter_context(pytensor.config.change_flags(cast_policy="custom"))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        exec(compile(source, "program.py", "exec"), space)  # noqa: S102 - mapsto's own text, of a checked prior
        space["logp"] = space["model"].compile_logp(mode=as_it_stands())
    space["called"] = [name for name, _ in called]
    space["shown"] = next((options["var_names"] for name, options in called if name == "summary"), [])
    return space


def points(model: Any, seed: int = 5, count: int = 4) -> list[Point]:
    """Values of a model's free variables at random, in their unbounded coordinates, by the value's name."""
    rng = np.random.default_rng(seed)
    start = model.initial_point()
    return [
        {name: np.asarray(value + rng.uniform(-1.5, 1.5, np.shape(value))) for name, value in start.items()}
        for _ in range(count)
    ]


def values(model: Any) -> Callable[[Point], tuple[dict[str, Any], float]]:
    """A function of a point: the variables w, b and sigma of a model, and the log of its transforms' Jacobians."""
    import pytensor
    from pymc.pytensorf import join_nonshared_inputs

    names = [name for name in ("w", "b", "sigma") if name in model.named_vars]
    outputs = model.replace_rvs_by_values([model[name] for name in names])
    volume = model.logp(jacobian=True, sum=True) - model.logp(jacobian=False, sum=True)
    graphs, joined = join_nonshared_inputs(model.initial_point(), [*outputs, volume], model.value_vars)
    function = pytensor.function([joined], graphs, mode=as_it_stands())

    def at(point: Point) -> tuple[dict[str, Any], float]:
        found = function(np.concatenate([np.ravel(point[v.name]) for v in model.value_vars]))
        return dict(zip(names, found[:-1], strict=True)), float(found[-1])

    return at


def log_joint(problem: Problem, prior: Prior, at: dict[str, Any], point: Point) -> float:
    """log p(y, w, b, sigma) by the facts of prior and likelihood, in nats, at a model's variables.

    The density is of w and sigma; a model that draws w / sigma, or the logarithm or square of sigma, has another
    by the volume of that, which is put in here: both are stated by the names of its variables.
    """
    sigma = float(at.get("sigma", problem.noise_sd))
    w, b = at["w"], float(at.get("b", 0.0))
    given = problem if problem.sigma is None else problem.with_noise_sd(sigma)
    total = prior.at(sigma).log_density(w) + given.log_likelihood(w, b)
    if prior.in_units_of_sigma:
        total += problem.p * np.log(sigma)
    if problem.noise_prior is not None:
        total += problem.noise_prior.log_density(sigma)
        total += {"sigma2": -np.log(2 * sigma), "log_sigma": np.log(sigma)}.get(
            next((name for name in ("sigma2", "log_sigma") if any(key.startswith(name) for key in point)), ""), 0.0
        )
    return float(total)


def program_is_the_model(problem: Problem, prior: Prior) -> Comparisons:
    """The program that pages print runs as it stands, samples, and has the density of likelihood and prior."""
    from mapsto.engines.pymc.code import code

    if prior.no_mode:
        return
    with tempfile.TemporaryDirectory() as folder:
        write_table(Path(folder), problem)
        space = run(code(problem, prior), Path(folder))
    yield holds("sample" in space["called"], "the program does not sample")
    variables = values(space["model"])
    for point in points(space["model"]):
        printed = float(space["logp"](point))
        at, volume = variables(point)
        expected = log_joint(problem, prior, at, point)
        if not np.isfinite(expected):
            continue  # past an edge, which the program's own coordinates do not reach
        misfit = problem.statistics.misfit(np.asarray(at["w"]), 0.0) / problem.noise_sd**2
        size = abs(printed) + abs(volume) + abs(misfit) + problem.n + problem.p
        allowed = gamma(OPERATIONS * (problem.n + problem.p)) * size
        yield Seen(
            abs(printed - volume - expected), allowed, f"its log density is {printed - volume:.6g}, not {expected:.6g}"
        )


__all__ = ["log_joint", "points", "program_is_the_model", "run", "values", "write_table"]
