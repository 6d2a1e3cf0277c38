"""From what a prior and a likelihood are to what NumPyro calls it: the lines that a user would type."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mapsto.engines.expression_text import Symbol, TextNamespace, source
from mapsto.engines.languages.lines import Lines
from mapsto.family import Family
from mapsto.likelihoods.base import Likelihood
from mapsto.likelihoods.noise_priors.base import NoisePrior
from mapsto.outcome import Unsupported
from mapsto.priors.base import SPECIAL, Prior
from mapsto.priors.base_scale_mixture import ScaleMixture

Call = Callable[[Mapping[str, str]], str]

STANDARD: dict[str, Call] = {
    "cauchy": lambda of: f"dist.Cauchy({of['location']}, {of['scale']})",
    "half_cauchy": lambda of: f"dist.HalfCauchy({of['scale']})",
    "half_normal": lambda of: f"dist.HalfNormal({of['scale']})",
    "half_student_t": lambda of: f"dist.FoldedDistribution(dist.StudentT({of['df']}, 0.0, {of['scale']}))",
    "inverse_gamma": lambda of: f"dist.InverseGamma({of['shape']}, {of['scale']})",
    "laplace": lambda of: f"dist.Laplace({of['location']}, {of['scale']})",
    "logistic": lambda of: f"dist.Logistic({of['location']}, {of['scale']})",
    "multivariate_normal": lambda of: f"dist.MultivariateNormal({of['mean']}, covariance_matrix={of['covariance']})",
    "normal": lambda of: f"dist.Normal({of['mean']}, {of['sd']})",
    "student_t": lambda of: f"dist.StudentT({of['df']}, {of['location']}, {of['scale']})",
}
"""Family -> NumPyro's call, from the source of its parameters."""

JAX = TextNamespace("jnp", dict.fromkeys(SPECIAL, "jax.scipy.special"))
FLAT = "dist.ImproperUniform(dist.constraints.{over}, (), {shape})"


def _call(family: Family) -> str | None:
    if family.name not in STANDARD:
        return None
    return STANDARD[family.name]({name: source(value) for name, value in family.params.items()})


def slopes(prior: Prior, p: int) -> Lines | Unsupported:
    """The lines that make ``w``; ``sigma`` is defined before."""
    family = prior.family(p)
    if isinstance(prior, ScaleMixture):
        if family is None or family.name != "hierarchical_normal":
            return Unsupported(f"NumPyro's engine has no lines for the learned scales of the {prior.label} prior.")
        sd = f'w_sd = numpyro.sample("w_sd", dist.HalfNormal({source(family.params["scale"])}))'
        standard = f'numpyro.sample("w_standard", dist.Normal(0.0, 1.0).expand([{p}]).to_event(1))'
        return Lines(model=(sd, f'w = numpyro.deterministic("w", w_sd * {standard})'))
    name = "w_per_sigma" if prior.in_units_of_sigma else "w"
    lines = _vector(prior, family, p, name)
    if isinstance(lines, Unsupported) or not prior.in_units_of_sigma:
        return lines
    return lines + Lines(model=('w = numpyro.deterministic("w", sigma * w_per_sigma)',))


def _vector(prior: Prior, family: Family | None, p: int, name: str) -> Lines | Unsupported:
    flat = FLAT.format(over="real", shape=f"({p},)")
    if family is not None and family.name == "flat":
        return Lines(model=(f'{name} = numpyro.sample("{name}", {flat})',))
    if family is not None and (call := _call(family)) is not None:
        several = "" if family.name == "multivariate_normal" else f".expand([{p}]).to_event(1)"
        return Lines(model=(f'{name} = numpyro.sample("{name}", {call}{several})',))
    text = prior.expression(Symbol(name), JAX, p)
    if text is None:
        return Unsupported(f"NumPyro has no distribution for the {prior.label} prior, and that gives no expression.")
    factor = f'numpyro.factor("log_prior", {source(text)})'
    return Lines(model=(f'{name} = numpyro.sample("{name}", {flat})', factor))


def noise(prior: NoisePrior) -> Lines | Unsupported:
    """The lines that make ``sigma``."""
    family = prior.family()
    if family is not None and family.name == "log_flat":
        flat = FLAT.format(over="real", shape="()")
        return Lines(
            model=(
                f'log_sigma = numpyro.sample("log_sigma", {flat})',
                'sigma = numpyro.deterministic("sigma", jnp.exp(log_sigma))',
            )
        )
    flat = f'sigma = numpyro.sample("sigma", {FLAT.format(over="positive", shape="()")})'
    if family is not None and family.name == "half_flat":
        return Lines(model=(flat,))
    if family is not None and (call := _call(family)) is not None:
        if family.power == 1:
            return Lines(model=(f'sigma = numpyro.sample("sigma", {call})',))
        if family.power == 2:
            root = 'sigma = numpyro.deterministic("sigma", jnp.sqrt(sigma2))'
            return Lines(model=(f'sigma2 = numpyro.sample("sigma2", {call})', root))
    text = prior.expression(Symbol("sigma"), JAX)
    if text is None:
        return Unsupported(f"NumPyro has no distribution for the {prior.label} prior on sigma, nor an expression.")
    return Lines(model=(flat, f'numpyro.factor("prior_of_sigma", {source(text)})'))


def observed(likelihood: Likelihood, eta: str, *, weighted: bool) -> Lines | Unsupported:
    """The lines that observe ``y``, given the text of the predictor; ``weights`` and ``sigma`` are known."""
    family = likelihood.family()
    of = {name: source(value) for name, value in family.params.items()}
    each = "sigma / np.sqrt(weights)" if weighted else "sigma"
    mean = f"weights * jnp.exp({eta})" if weighted else f"jnp.exp({eta})"
    counts = (f"counts = np.rint({'weights * y' if weighted else 'y'}).astype(int)",)
    if family.name == "huber":
        return Lines(
            model=(
                f"size = jnp.abs((y - ({eta})) / ({each}))",
                f"inside = jnp.minimum(size, {of['threshold']})",
                f"loss = inside * size - 0.5 * inside**2 + jnp.log({each}) + {of['log_normaliser']}",
                'numpyro.factor("y", -jnp.sum(loss))',
            )
        )
    if family.name == "binomial":
        trials = "np.rint(weights).astype(int)" if weighted else "1"
        return _seen(f"dist.Binomial({trials}, logits={eta})", counts)
    if family.name == "gamma":
        shape = f"{of['shape']} * weights" if weighted else of["shape"]
        return _seen(f"dist.Gamma({shape}, {shape} / jnp.exp({eta}))")
    calls = {
        "bernoulli": (f"dist.Bernoulli(logits={eta})", counts),
        "poisson": (f"dist.Poisson({mean})", counts),
        "negative_binomial": (f"dist.NegativeBinomial2({mean}, {of.get('size')})", counts),
        "normal": (f"dist.Normal({eta}, {each})", ()),
        "student_t": (f"dist.StudentT({of.get('df')}, {eta}, {each})", ()),
        "laplace": (f"dist.Laplace({eta}, {each})", ()),
        "logistic": (f"dist.Logistic({eta}, {each})", ()),
    }
    if family.name not in calls:
        return Unsupported(f"NumPyro's engine has no distribution for the {likelihood.label} likelihood.")
    return _seen(*calls[family.name])


def _seen(call: str, before: tuple[str, ...] = ()) -> Lines:
    return Lines(before=before, model=(f'numpyro.sample("y", {call}, obs={"counts" if before else "y"})',))
