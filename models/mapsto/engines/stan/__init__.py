"""Stan: the printed program by PyStan, its density with the constants that ``~`` drops named, and its own NUTS."""

from mapsto.engines.stan.engine import Stan

__all__ = ["Stan"]
