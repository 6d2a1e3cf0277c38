"""``audit``: the whole examination, for a table or a fitted estimator of one's own."""

from mapsto.audit.entry import audit
from mapsto.audit.settle import Asked
from mapsto.audit.table import table_experiment

__all__ = ["Asked", "audit", "table_experiment"]
