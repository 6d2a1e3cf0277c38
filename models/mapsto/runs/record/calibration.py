"""The record of a calibration, schema 1: the ranks of true values for each prior, likelihood and method."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from mapsto.runs.record.whole import Count, Sentence, Share


class QuantityRecord(Struct, frozen=True, kw_only=True):
    """The ranks of one quantity.

    Attributes:
        name: what was ranked.
        counts: how many ranks lie up to each of the record's ``places``.
        p_value: the probability of counts as far from uniform anywhere, if the ranks are uniform.
        coverage: the share of equal-tailed intervals of each of the record's ``probs`` that hold the truth.
        within: whether the counts stay within the simultaneous band.
    """

    name: str
    counts: list[Count]
    p_value: Share
    coverage: list[Share]
    within: bool


class BandRecord(Struct, frozen=True, kw_only=True):
    """The simultaneous band for one number of replicates: least and largest counts at each of the ``places``.

    ``outside`` is the probability that the counts of uniform ranks leave it.
    """

    replicates: Count
    lower: list[Count]
    upper: list[Count]
    outside: Share


class CellRecord(Struct, frozen=True, kw_only=True):
    """One prior, likelihood and method.

    Attributes:
        key: what it is called: its parts with slashes between them.
        prior, likelihood, noise: as the command line names them; noise is None where sigma is known.
        method: by its name; ``label`` is the name as a page has it.
        promises: whether the method claims to give the posterior itself, so that uniform ranks are due.
        replicates: how many were ranked.
        failures: how many had no answer; ``failure`` is the first reason.
        quantities: what was ranked.
        calibrated: whether every quantity stays within its band and no replicate failed.
    """

    key: str
    prior: str
    likelihood: str
    noise: str | None
    method: str
    label: str
    promises: bool
    replicates: Count
    failures: Count
    failure: str | None
    quantities: list[QuantityRecord]
    calibrated: bool


class LeftOutRecord(Struct, frozen=True, kw_only=True):
    """A prior, likelihood and method that has no answer, and why."""

    key: str
    reason: Sentence


class CalibrationProvenance(Struct, frozen=True, kw_only=True):
    """How to make it again: what to type, the settings, when, with which libraries, and how many seconds it took."""

    command: str
    seed: Count
    replicates: Count
    made: str
    versions: dict[str, str]
    seconds: float


class CalibrationRecord(Struct, frozen=True, kw_only=True):
    """Who is calibrated, and who is not.

    Attributes:
        schema: the number of this schema.
        kind: tells this record from that of a run.
        draws: how many draws each true value was ranked among.
        places: fractions of the possible ranks at which counts are compared.
        probs: the intervals whose coverage is told.
        level: the probability that any calibrated method of the page is called uncalibrated, at most.
        false_alarms: the bound on it that the bands in fact have: the sum of their probabilities.
        bands: by number of replicates.
        cells: what was examined.
        left_out: what has no answer.
        provenance: how to make it again.
    """

    schema: Literal[1]
    kind: Literal["calibration"]
    draws: Count
    places: list[Share]
    probs: list[Share]
    level: Share
    false_alarms: Share
    bands: list[BandRecord]
    cells: list[CellRecord]
    left_out: list[LeftOutRecord]
    provenance: CalibrationProvenance


_DECODER = msgspec.json.Decoder(CalibrationRecord)


def encode_calibration(record: CalibrationRecord) -> bytes:
    """The record as compact JSON."""
    return msgspec.json.encode(record)


def decode_calibration(text: bytes | str) -> CalibrationRecord:
    """A record from its JSON.

    Raises:
        msgspec.DecodeError: it is not JSON, or not of the record's shape.
    """
    return _DECODER.decode(text)
