"""``audit``: the whole examination, for a table or a fitted estimator of one's own."""

from mapsto.runs.audit.entry import audit
from mapsto.runs.audit.specification import Asked
from mapsto.runs.audit.table import table_experiment

__all__ = ["Asked", "audit", "table_experiment"]
