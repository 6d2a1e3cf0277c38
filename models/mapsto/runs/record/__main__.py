"""``make schema``: write the JSON schemas of the records to where the package keeps them."""

from pathlib import Path

from mapsto.runs.record import json_schema
from mapsto.runs.record.comparison import comparison_schema

(Path(__file__).parents[1] / "schema.json").write_text(json_schema(), encoding="utf-8")
(Path(__file__).parents[1] / "comparison.json").write_text(comparison_schema(), encoding="utf-8")
