"""PyTensor functions that are compiled once for each structure, whatever numbers are in it.

The doubles of a graph (data, scales, constants) become variables of the compiled function; another graph of the same
structure then takes the function over with its own numbers, and nothing is compiled anew. Compiling is where the time
of a short run goes.
"""

from __future__ import annotations

import platform
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pytensor
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.graph.replace import clone_replace
from pytensor.graph.traversal import ancestors, io_toposort

# PyTensor asks for a BLAS at link time; these products are a few columns wide and need none.
pytensor.config.blas__ldflags = ""
if platform.machine() == "x86_64" and "march" not in pytensor.config.gcc__cxxflags:
    # What PyTensor would find by compiling three test programs, each time it starts.
    pytensor.config.gcc__cxxflags = f"{pytensor.config.gcc__cxxflags} -march=native".strip()


class _Slot:
    """One compiled function, the variables that hold its numbers, and whose numbers they are now."""

    def __init__(self, function: Any, shared: list[Any]) -> None:
        self.function = function
        self.shared = shared
        self.owner: Compiled | None = None


_AS_IT_STANDS = Mode("py", None)  # 3 ms where FAST_COMPILE takes 20
_SLOTS: dict[Hashable, _Slot] = {}


class Compiled:
    """A function of arrays of doubles; call it with them, and it returns a list of arrays."""

    def __init__(self, slot: _Slot, numbers: list[Any]) -> None:
        self._slot = slot
        self._numbers = numbers

    def __call__(self, *arrays: Any) -> Any:
        """Evaluate; if another owner used the function last, its numbers are put back first."""
        if self._slot.owner is not self:
            for variable, number in zip(self._slot.shared, self._numbers, strict=True):
                variable.set_value(number, borrow=True)
            self._slot.owner = self
        return self._slot.function(*arrays)


def compiled(inputs: Sequence[Any], outputs: Sequence[Any], *, once: bool = False) -> Compiled:
    """The outputs as a function of the inputs.

    Args:
        inputs: PyTensor variables of doubles.
        outputs: graphs of them.
        once: for a function that is called once: the graph is evaluated as it stands, and hardly takes time to make.
    """
    mode = _AS_IT_STANDS if once else compile_mode()
    order = [v for v in ancestors(outputs) if isinstance(v, Constant) and _is_number(v)]
    numbers = list(dict.fromkeys(order))  # in the order of the graph, each once
    key = (mode, _signature(inputs, outputs, numbers))
    if key not in _SLOTS:
        shared = [pytensor.shared(np.asarray(v.data), shape=v.type.shape) for v in numbers]
        graphs = clone_replace(list(outputs), dict(zip(numbers, shared, strict=True))) if numbers else list(outputs)
        function = _made(list(inputs), graphs, mode)
        function.trust_input = True
        _SLOTS[key] = _Slot(function, shared)
    return Compiled(_SLOTS[key], [np.asarray(v.data) for v in numbers])


def _made(inputs: list[Any], graphs: list[Any], mode: Any) -> Any:
    """The compiled function; a library that cannot be loaded is told with the folder that it is in."""
    try:
        return pytensor.function(inputs, graphs, mode=mode, on_unused_input="ignore")
    except ImportError as error:
        raise ImportError(
            f"{error}. Delete the folder {pytensor.config.compiledir}: what PyTensor keeps there is then compiled anew."
        ) from error


def _is_number(constant: Constant) -> bool:
    """Whether a constant may become a variable: not a one, which PyTensor's rewrites for stability look for.

    With ``1 - sigmoid(x)`` unrewritten the gradient of a Bernoulli model is NaN from x = 37 on.
    """
    if getattr(constant, "dtype", "") != "float64":
        return False
    data = np.asarray(constant.data)
    return data.size != 1 or abs(float(data.item())) != 1.0


def _signature(inputs: Sequence[Any], outputs: Sequence[Any], numbers: Sequence[Any]) -> Hashable:
    """What two graphs have in common when they differ only in the values of their doubles."""
    index: dict[Any, Hashable] = {v: ("input", j, v.type) for j, v in enumerate(inputs)}
    index |= {v: ("number", j, v.type) for j, v in enumerate(numbers)}
    nodes = []
    for n, node in enumerate(io_toposort(list(inputs), list(outputs))):
        parts = [index[v] if v in index else _leaf(v) for v in node.inputs]
        nodes.append((node.op, tuple(parts)))
        index |= {v: (n, j) for j, v in enumerate(node.outputs)}
    return tuple(nodes), tuple(index[v] if v in index else _leaf(v) for v in outputs)


def _leaf(v: Any) -> Hashable:
    if isinstance(v, Constant):
        data = getattr(v, "data", None)
        return "constant", v.type, data.tobytes() if isinstance(data, np.ndarray) else repr(data)
    if isinstance(v, SharedVariable):  # the length of a dimension, which PyMC keeps so
        return "shared", v.type, np.asarray(v.get_value()).tobytes()
    return "other", id(v)


def compile_mode() -> str:
    """Generated C where there is a compiler (30 us a call), plain Python where there is none (250 us).

    numba, PyTensor's default, needs 50 s to compile what these take 14 s and 1 s for.
    """
    return "CVM" if pytensor.config.cxx else "FAST_COMPILE"
