"""The mode from our own formulas, by methods that share nothing with the other engines."""

from mapsto.engines.direct.engine import Direct

__all__ = ["Direct"]
