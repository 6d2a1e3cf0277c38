"""The NumPyro model as a whole program that a user can paste and run; the engine itself runs its model."""

from __future__ import annotations

from dataclasses import dataclass

from mapsto.engines.languages.lines import Lines
from mapsto.engines.languages.table import data_lines, imports, program
from mapsto.engines.numpyro import families
from mapsto.engines.question import Question
from mapsto.outcome import Unsupported

IMPORTS = (
    "import jax.numpy as jnp",
    "import numpy as np",
    "import numpyro",
    "import numpyro.distributions as dist",
    "import pandas as pd",
    "from jax import random",
    "from numpyro.infer import MCMC, NUTS",
)
SETTINGS = (
    "# doubles, and a device of the CPU for each of four chains: what NumPyro's own documentation recommends there",
    "numpyro.enable_x64()",
    "numpyro.set_host_device_count(4)",
)
SAMPLING = (
    'mcmc = MCMC(NUTS(model), num_warmup=1000, num_samples=1000, num_chains=4, chain_method="parallel")',
    "mcmc.run(random.PRNGKey(1))",
    "mcmc.print_summary()",
)


@dataclass(frozen=True)
class Program:
    """A program: the ``whole`` of it, and the lines that define its ``model`` once the data are there."""

    whole: str
    model: str


def program_of(question: Question) -> Program | Unsupported:
    """The program for a question, or why NumPyro has none."""
    problem, prior = question.problem, question.prior
    parts = Lines()
    if problem.sigma is not None:
        known = Lines(before=(f"sigma = {float(problem.noise_sd)!r}",))
        lines = known if problem.noise_prior is None else families.noise(problem.noise_prior)
        if isinstance(lines, Unsupported):
            return lines
        parts += lines
    slopes = families.slopes(prior, problem.p)
    if isinstance(slopes, Unsupported):
        return slopes
    parts += slopes
    eta = "X @ w"
    if problem.intercept:
        eta = "b + X @ w"
        parts += Lines(model=(f'b = numpyro.sample("b", {families.FLAT.format(over="real", shape="()")})',))
    observed = families.observed(problem.likelihood, eta, weighted=problem.weights is not None)
    if isinstance(observed, Unsupported):
        return observed
    parts += observed
    model = ("def model():", *(f"    {line}" for line in parts.model))
    needs = ("import jax.scipy.special",) if any("jax.scipy.special" in line for line in parts.model) else ()
    whole = program(imports((*IMPORTS, *needs)), SETTINGS, data_lines(problem), parts.before, model, SAMPLING)
    return Program(whole, program(parts.before, model))
