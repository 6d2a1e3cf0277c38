"""Stan by PyStan: the printed program's density with the constants that it leaves out, and Stan's own NUTS."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from mapsto.data.statistics import Vector
from mapsto.engines.base import Engine
from mapsto.engines.languages.coordinates import Coordinates, OwnPoint
from mapsto.engines.settings import Settings
from mapsto.outcome import Estimate, Unsupported
from mapsto.posteriors.draws import Cost, Draws
from mapsto.posteriors.joint.point import DensityAt, Point

if TYPE_CHECKING:
    from mapsto.engines.stan.program import Program

WARM_UP = 1000  # as in the printed program
BROKEN = {(3, 13, 0)}
"""Versions of Python on which the wheel of httpstan does not load."""
SCALES = {"sigma": ("sigma", 1), "sigma2": ("sigma", 2), "w_sd": ("w_sd", 1)}
STDERR = 2
ELAPSED = re.compile(r"([0-9.e+-]+) seconds \((Warm-up|Sampling)\)")


class Stan(Engine):
    """Stan with its own NUTS, by PyStan."""

    name: ClassVar[str] = "stan"
    label: ClassVar[str] = "Stan"
    summary: ClassVar[str] = "the printed Stan program by PyStan, and Stan's own NUTS on it"
    by_default: ClassVar[bool] = False
    language: ClassVar[str] = "Stan"

    @classmethod
    def missing(cls) -> str:
        """See :class:`Engine`; nothing is imported to find out."""
        if sys.version_info[:3] in BROKEN:
            version = ".".join(map(str, sys.version_info[:3]))
            return f"httpstan's wheel does not load on Python {version} (an undefined symbol); it does on Python 3.12"
        if not all(find_spec(name) for name in ("stan", "httpstan")):
            return "not installed; pip install 'mapsto[stan]' (it works on Python 3.12, and not on 3.13.0)"
        if not any(map(shutil.which, ("c++", "g++", "clang++"))):
            return "no C++ compiler: install g++ or clang++, with which Stan compiles each program"
        return ""

    @cached_property
    def printed(self) -> Program | Unsupported:
        """The program, or why there is none."""
        from mapsto.engines.stan.program import program_of

        if (reason := self.question.not_printed) is not None:
            return reason
        return program_of(self.question)

    def _build(self, seed: int) -> Any:
        """The compiled program with the data of the question; Stan keeps what it compiled for the next time."""
        import stan

        assert not isinstance(self.printed, Unsupported)
        with quiet() as said:
            try:
                return stan.build(self.printed.code, data=dict(self.printed.data), random_seed=seed)
            except ValueError as error:  # PyStan's message says what was printed
                raise ValueError(f"{error} {said.getvalue()}".strip()) from error

    @cached_property
    def _model(self) -> Any:
        return self._build(1)

    def density_at(self, point: Point) -> DensityAt | Unsupported:
        """See :class:`Engine`."""
        if isinstance(self.printed, Unsupported):
            return self.printed
        names = self.printed.parameters
        scales = {name: SCALES[name] for name in names if name in SCALES}
        family = self.question.prior.family(self.question.problem.p)
        positive = family is not None and family.name.startswith("half_")
        over = "w_sd" if "w_standard" in names else ""
        coordinates = Coordinates(over, logarithms=positive, powers=dict(scales.values()))
        own = coordinates.own(point)
        held: dict[str, Any] = {name: own.logs[of] for name, (of, _) in scales.items()}
        held |= {"w": own.slopes, "w_standard": own.slopes, "b": own.b}
        x = np.concatenate([np.atleast_1d(held[name]) for name in names]).tolist()
        value, gradient = self._model.log_prob(x), np.asarray(self._model.grad_log_prob(x))
        by = dict(zip(names, self._split(gradient, names), strict=True))
        slopes = by["w_standard" if over else "w"]
        logs = {of: float(by[name][0]) for name, (of, _) in scales.items()}
        b = None if point.b is None else float(by["b"][0])
        return coordinates.stated(point, value, OwnPoint(slopes, b, logs), self.printed.constants)

    def _split(self, gradient: Vector, names: tuple[str, ...]) -> list[Vector]:
        sizes = [self.question.problem.p if name in ("w", "w_standard") else 1 for name in names]
        return np.split(gradient, np.cumsum(sizes)[:-1])

    def draws(self, how: Settings, mode: Estimate | None) -> Draws | Unsupported:
        """See :class:`Engine`; it starts where Stan starts, whatever the mode is."""
        del mode
        if isinstance(self.printed, Unsupported):
            return self.printed
        import httpstan.cache
        import httpstan.models

        start = time.perf_counter()
        before = httpstan.models.calculate_model_name(self.printed.code) in httpstan.cache.list_model_names()
        model = self._build(int(np.random.SeedSequence(how.seed).generate_state(1)[0]) % 2**31)
        built = time.perf_counter()
        warm_up = WARM_UP if how.warm_up is None else how.warm_up
        fits = httpstan.cache.model_directory(model.model_name) / "fits"
        shutil.rmtree(fits, ignore_errors=True)  # a fit that was kept would be timed as one that takes no time
        with quiet():
            fit = model.sample(num_chains=how.chains, num_warmup=warm_up, num_samples=how.draws, save_warmup=True)
        shutil.rmtree(fits, ignore_errors=True)
        if fit is None:  # PyStan's own answer to Ctrl-C
            raise KeyboardInterrupt
        spent = _elapsed(fit.stan_outputs)
        steps = self._by_chain(fit, "n_leapfrog__")
        cost = Cost(
            compile_seconds=None if before else built - start,
            warm_up_seconds=spent.get("Warm-up"),
            draw_seconds=spent.get("Sampling"),
            warm_up_gradients=int(steps[:, :warm_up].sum()),
            draw_gradients=int(steps[:, warm_up:].sum()),
            warm_up=warm_up,
            chain_method="a process for each chain; seconds are summed over the chains"
            + ("; compiled before and kept by PyStan" if before else ""),
        )
        kept = {name: self._by_chain(fit, name)[:, warm_up:] for name in ("w", "b", "sigma", "w_sd") if name in fit}
        statistics = {
            "diverging": self._by_chain(fit, "divergent__")[:, warm_up:].astype(bool),
            "energy": self._by_chain(fit, "energy__")[:, warm_up:],
        }
        return Draws(kept, statistics, None, time.perf_counter() - start, cost)

    @staticmethod
    def _by_chain(fit: Any, name: str) -> Any:
        """A parameter as (chains, iterations, ...): PyStan has (..., iterations times chains), chains fastest."""
        values = np.asarray(fit[name])
        values = values[0] if values.ndim == 2 and values.shape[0] == 1 and name != "w" else values
        return np.moveaxis(values.reshape(*values.shape[:-1], -1, fit.num_chains), (-1, -2), (0, 1))

    def program(self) -> str | None:
        """See :class:`Engine`."""
        return None if isinstance(self.printed, Unsupported) else self.printed.whole


def _elapsed(outputs: tuple[bytes, ...]) -> dict[str, float]:
    """Stan's own account of its time, summed over the chains: seconds of "Warm-up" and of "Sampling"."""
    spent: dict[str, float] = {}
    for output in outputs:
        for line in output.splitlines():
            if b"seconds (" not in line:
                continue
            for seconds, phase in ELAPSED.findall(" ".join(map(str, json.loads(line)["values"]))):
                spent[phase] = spent.get(phase, 0.0) + float(seconds)
    return spent


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """PyStan reports each step, and the compiler it calls warns of Stan's own sources: what they say is caught."""
    said = io.StringIO()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        kept = os.dup(STDERR)
        os.dup2(aside.fileno(), STDERR)
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                yield said
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
