"""NumPyro: the model of its printed program, that model's density by JAX, and its own NUTS."""

from __future__ import annotations

import time
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from mapsto.engines.base import Engine
from mapsto.engines.settings import Settings
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.draws import Cost, Draws
from mapsto.posteriors.joint.point import DensityAt, Point

if TYPE_CHECKING:
    from mapsto.engines.numpyro.program import Program

WARM_UP = 1000  # as in the printed program


class NumPyro(Engine):
    """NumPyro with its own NUTS, in doubles."""

    name: ClassVar[str] = "numpyro"
    label: ClassVar[str] = "NumPyro"
    summary: ClassVar[str] = "the printed NumPyro program, in doubles, and NumPyro's own NUTS on it"
    by_default: ClassVar[bool] = False
    language: ClassVar[str] = "NumPyro"

    @classmethod
    def missing(cls) -> str:
        """See :class:`Engine`."""
        there = all(find_spec(name) for name in ("jax", "numpyro"))
        return "" if there else "not installed; pip install 'mapsto[numpyro]'"

    @cached_property
    def printed(self) -> Program | Unsupported:
        """The program, or why there is none."""
        from mapsto.engines.numpyro.program import program_of

        if (reason := self.question.not_printed) is not None:
            return reason
        return program_of(self.question)

    @cached_property
    def model(self) -> Any:
        """The model function of the program, with the data of the question."""
        import jax.numpy as jnp
        import jax.scipy.special
        import numpyro
        import numpyro.distributions as dist

        assert not isinstance(self.printed, Unsupported)
        problem = self.question.problem
        space = {"np": np, "jax": jax, "jnp": jnp, "numpyro": numpyro, "dist": dist}
        data = {"X": problem.X, "y": problem.y, "weights": problem.weights}
        exec(compile(self.printed.model, "<the NumPyro program>", "exec"), space := space | data)  # noqa: S102 (text of our own)
        return space["model"]

    def density_at(self, point: Point) -> DensityAt | Unsupported:
        """See :class:`Engine`."""
        if isinstance(self.printed, Unsupported):
            return self.printed
        import jax

        from mapsto.engines.numpyro.density import density_at

        with jax.enable_x64(True):
            return density_at(
                self._potential, self._sites, point, self.question.problem.noise_sd, positive=self._positive
            )

    @property
    def _positive(self) -> bool:
        """Whether the slopes' distribution ends at zero, so that their logarithms are unbounded."""
        family = self.question.prior.family(self.question.problem.p)
        return family is not None and family.name.startswith("half_")

    @cached_property
    def _sites(self) -> tuple[str, ...]:
        """The names of the model's unobserved variables."""
        from numpyro import handlers
        from numpyro.infer import init_to_uniform

        # an improper distribution cannot be drawn from: where the values are does not matter here
        started = handlers.substitute(handlers.seed(self.model, 0), substitute_fn=init_to_uniform)
        trace = handlers.trace(started).get_trace()
        return tuple(name for name, site in trace.items() if site["type"] == "sample" and not site["is_observed"])

    @cached_property
    def _potential(self) -> Any:
        """Minus the log density over the unbounded values of the sites, and its gradient, compiled."""
        import jax
        from numpyro.infer.util import potential_energy

        return jax.jit(jax.value_and_grad(lambda values: potential_energy(self.model, (), {}, values)))

    def draws(self, how: Settings, mode: Estimate | None) -> Draws | Unsupported:
        """See :class:`Engine`; it starts where NumPyro starts, whatever the mode is."""
        del mode
        if isinstance(self.printed, Unsupported):
            return self.printed
        import numpyro

        numpyro.set_host_device_count(how.chains)  # of use where nothing of JAX has run yet
        import jax

        with jax.enable_x64(True):
            return self._sampled(how)

    def _sampled(self, how: Settings) -> Draws:
        import jax
        from numpyro.infer import MCMC, NUTS

        from mapsto.engines.languages.jax_clock import CompileClock

        warm_up = WARM_UP if how.warm_up is None else how.warm_up
        # What NumPyro recommends on a CPU, and its own fallback where JAX has started with too few devices.
        method = "parallel" if jax.local_device_count() >= how.chains else "sequential"
        start = time.perf_counter()
        told = ("diverging", "energy", "num_steps")
        key = jax.random.PRNGKey(int(np.random.SeedSequence(how.seed).generate_state(1)[0]))
        mcmc = MCMC(
            NUTS(self.model),
            num_warmup=warm_up,
            num_samples=how.draws,
            num_chains=how.chains,
            chain_method=method,
            progress_bar=False,
        )
        with CompileClock() as adapting:
            mcmc.warmup(key, collect_warmup=True, extra_fields=told)
            before = {name: np.asarray(one) for name, one in mcmc.get_extra_fields(group_by_chain=True).items()}
        warm = time.perf_counter()
        with CompileClock() as drawing:
            mcmc.run(mcmc.post_warmup_state.rng_key, extra_fields=told)
            drawn = {name: np.asarray(one) for name, one in mcmc.get_samples(group_by_chain=True).items()}
            after = {name: np.asarray(one) for name, one in mcmc.get_extra_fields(group_by_chain=True).items()}
        end = time.perf_counter()
        cost = Cost(
            compile_seconds=adapting.seconds + drawing.seconds,
            warm_up_seconds=warm - start - adapting.seconds,
            draw_seconds=end - warm - drawing.seconds,
            warm_up_gradients=int(before["num_steps"].sum()),
            draw_gradients=int(after["num_steps"].sum()),
            warm_up=warm_up,
            chain_method=f"{method}, {jax.local_device_count()} devices of the CPU",
        )
        variables = {name: drawn[name] for name in ("w", "b", "sigma", "w_sd") if name in drawn}
        statistics = {name: after[name] for name in ("diverging", "energy")}
        return Draws(variables, statistics, None, end - start, cost)

    def program(self) -> str | None:
        """See :class:`Engine`."""
        return None if isinstance(self.printed, Unsupported) else self.printed.whole
