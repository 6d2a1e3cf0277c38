"""NumPyro: the printed program's model, its density by JAX, and its own NUTS."""

from mapsto.engines.numpyro.engine import NumPyro

__all__ = ["NumPyro"]
