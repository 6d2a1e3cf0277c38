"""The printed program, run up to its sampling, and what its log density should be."""

import numpy as np
import pandas as pd
import pytensor
from pymc.pytensorf import join_nonshared_inputs
from pytensor.compile.mode import Mode

from mapsto.engines.pymc.code import FILE, columns

AS_IT_STANDS = Mode("py", None)  # a function that is called a few times is hardly worth compiling


def write_table(folder, problem):
    """The table that the program reads."""
    target, weights = columns(problem)
    table = pd.DataFrame(problem.X, columns=list(problem.features)).assign(**{target: problem.y})
    if problem.weights is not None:
        table[weights] = problem.weights
    table.to_csv(folder / FILE, index=False)


def run(source, folder, monkeypatch):
    """Run a whole program in a folder, with the search and the sampler replaced by nothing; its names afterwards."""
    import arviz
    import pymc

    monkeypatch.chdir(folder)
    called = []
    for module, name in ((pymc, "find_MAP"), (pymc, "sample"), (arviz, "summary")):
        monkeypatch.setattr(module, name, lambda *given, name=name, **options: called.append((name, given, options)))
    space = {"__name__": "__main__"}
    # PyTensor as a user finds it
    with pytensor.config.change_flags(cast_policy="custom"):
        exec(compile(source, "program.py", "exec"), space)
        logp = space["model"].compile_logp(mode=AS_IT_STANDS)
    assert "sample" in [name for name, _, _ in called]
    shown = next(options["var_names"] for name, _, options in called if name == "summary")
    assert set(shown) <= set(space["model"].named_vars)
    space["logp"], space["called"] = logp, [name for name, _, _ in called]
    return space


def points(model, seed=5, count=4):
    """Values of a model's free variables at random, in their unbounded coordinates, by the value's name."""
    rng = np.random.default_rng(seed)
    start = model.initial_point()
    return [
        {name: np.asarray(value + rng.uniform(-1.5, 1.5, np.shape(value))) for name, value in start.items()}
        for _ in range(count)
    ]


def values(model):
    """A function of a point: the variables w, b and sigma of a model, and the log of its transforms' Jacobians."""
    names = [name for name in ("w", "b", "sigma") if name in model.named_vars]
    outputs = model.replace_rvs_by_values([model[name] for name in names])
    volume = model.logp(jacobian=True, sum=True) - model.logp(jacobian=False, sum=True)
    graphs, joined = join_nonshared_inputs(model.initial_point(), [*outputs, volume], model.value_vars)
    function = pytensor.function([joined], graphs, mode=AS_IT_STANDS)

    def at(point):
        found = function(np.concatenate([np.ravel(point[v.name]) for v in model.value_vars]))
        return dict(zip(names, found[:-1], strict=True)), float(found[-1])

    return at


def log_joint(problem, prior, at, point):
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
