"""PyMC's log density of the model: its mode, and its draws by nutpie."""

import os

from mapsto.engines.pymc.engine import PyMC

__all__ = ["PyMC"]

# PyTensor reads the keys of all functions in its folder at every start, so ours are kept apart from those of other
# programs. Whoever chose a folder keeps it.
_flags = os.environ.get("PYTENSOR_FLAGS", "")
if "compiledir" not in _flags:
    _folder = "compiledir_format=mapsto_%(short_platform)s-%(processor)s-%(python_version)s-%(python_bitwidth)s"
    os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, [_flags, _folder]))
