"""``make schema``: write the JSON schema of the record to where the package keeps it."""

from pathlib import Path

from mapsto.runs.record import json_schema

(Path(__file__).parents[1] / "schema.json").write_text(json_schema(), encoding="utf-8")
