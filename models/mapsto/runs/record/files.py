"""The record as JSON, and the JSON schema of it."""

from __future__ import annotations

import json

import msgspec

from mapsto.runs.record.whole import SCHEMA, Record

_DECODER = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """The record as compact JSON; a number that is not finite is null."""
    return msgspec.json.encode(record)


def decode(text: bytes | str) -> Record:
    """A record from its JSON.

    Raises:
        msgspec.DecodeError: it is not JSON, of another schema, or not of the record's shape.
    """
    return _DECODER.decode(text)


def json_schema() -> str:
    """The JSON schema (draft 2020-12) of a record, as ``runs/schema.json`` holds it; ``make schema`` writes it."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"mapsto record, schema {SCHEMA}",
        "description": "Coefficients are in the units of the columns as given, and in their order. A number that is "
        "not finite is null. Keys may be added; none is removed or changes its meaning within one schema number.",
    }
    return json.dumps(head | msgspec.json.schema(Record), indent=1, ensure_ascii=False) + "\n"
