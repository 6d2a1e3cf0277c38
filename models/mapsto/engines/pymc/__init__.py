"""PyMC's log density of the model: its mode, and its draws by nutpie."""

from mapsto.engines.pymc.engine import PyMC

__all__ = ["PyMC"]
