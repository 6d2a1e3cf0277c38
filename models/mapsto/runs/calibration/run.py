"""A calibration: its parts side by side, gathered, judged and written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from mapsto.certificate.calibration.bands import Band, band, places
from mapsto.certificate.calibration.ranks import DRAWS, PROBS, Uniformity
from mapsto.runs.calibration.cells import CHUNK, Cell, Job, Part, part
from mapsto.runs.calibration.resume import Unfinished
from mapsto.runs.output import publish
from mapsto.runs.pool import Pool
from mapsto.runs.record import (
    BandRecord,
    CalibrationProvenance,
    CalibrationRecord,
    CellRecord,
    LeftOutRecord,
    QuantityRecord,
    encode_calibration,
)
from mapsto.runs.recording.provenance import versions

LEVEL = 0.01  # the probability of any false alarm on a page of calibrated methods, at most
NAME = "calibration"
REPLICATES = 500


def calibrate(
    cells: Sequence[Cell],
    out: Path,
    *,
    seed: int = 1,
    replicates: int = REPLICATES,
    command: str = "",
    one_more: Callable[[int, int], None] = lambda done, all_: None,
) -> CalibrationRecord:
    """Rank true values for every cell, and judge the ranks; what an interrupted call has done is not done again.

    Args:
        cells: what to examine.
        out: the folder for what is done so far.
        seed: same seed, same record, apart from times.
        replicates: how many true values are ranked in each cell.
        command: what to type to make it again.
        one_more: called with how many parts are done, and of how many.

    Raises:
        BadInput: the folder cannot be written, or a process was killed; what is done stays.
    """
    start, made = time.perf_counter(), datetime.now(UTC)
    sizes = [min(CHUNK, replicates - first) for first in range(0, replicates, CHUNK)]
    jobs = [(cell, chunk, size, seed) for cell in cells for chunk, size in enumerate(sizes)]
    unfinished = Unfinished(out, seed)
    parts = {job: there for job in jobs if (there := unfinished.get(*job[:3])) is not None}
    left = [job for job in jobs if job not in parts]
    one_more(len(parts), len(jobs))
    if left:
        with Pool(len(left), _nothing) as pool:
            # the first part of each cell says whether there is an answer at all
            for some in ([job for job in left if job[1] == 0], [job for job in left if job[1] > 0]):
                wanted = [job for job in some if not _without_answer(parts, job[0])]
                for j, found in pool.run(part, wanted):
                    parts[wanted[j]] = found
                    unfinished.add(*wanted[j][:3], found)
                    one_more(len(parts), len(jobs))
    by_cell = {cell: [one for job, one in sorted(parts.items(), key=_chunk) if job[0] == cell] for cell in cells}
    provenance = CalibrationProvenance(
        command=command,
        seed=seed,
        replicates=replicates,
        made=made.isoformat(timespec="seconds"),
        versions=versions(),
        seconds=time.perf_counter() - start,
    )
    return record(by_cell, provenance)


def _nothing() -> None:
    """A process has imported all that it needs by having found this."""


def _chunk(done: tuple[Job, Part]) -> int:
    return done[0][1]


def _without_answer(parts: Mapping[Job, Part], cell: Cell) -> bool:
    return any(job[0] == cell and one.unsupported is not None for job, one in parts.items())


def record(parts: Mapping[Cell, Iterable[Part]], provenance: CalibrationProvenance) -> CalibrationRecord:
    """The record of all parts: each quantity's ranks are held to a band, and all bands together to one level."""
    whole = {cell: joined(some) for cell, some in parts.items()}
    answered = {cell: one for cell, one in whole.items() if one.ranks or one.failures}
    number = sum(len(one.ranks) for one in answered.values())
    bands: dict[int, Band] = {}
    records = []
    alarms = 0.0
    for cell, one in answered.items():
        quantities = []
        for name, ranked in one.ranks.items():
            limits = bands.setdefault(len(ranked), band(len(ranked), LEVEL / number))
            alarms += limits.outside
            quantities.append(_quantity(name, Uniformity.of(np.array(ranked)), limits))
        records.append(_cell(cell, one, quantities))
    return CalibrationRecord(
        schema=1,
        kind="calibration",
        draws=DRAWS,
        places=[float(z) for z in places()],
        probs=list(PROBS),
        level=LEVEL,
        false_alarms=alarms,
        bands=[
            BandRecord(replicates=n, lower=list(map(int, b.lower)), upper=list(map(int, b.upper)), outside=b.outside)
            for n, b in sorted(bands.items())
        ],
        cells=records,
        left_out=[
            LeftOutRecord(key=cell.key, reason=one.unsupported or "It has no answer.")
            for cell, one in whole.items()
            if cell not in answered
        ],
        provenance=provenance,
    )


def _cell(cell: Cell, one: Part, quantities: list[QuantityRecord]) -> CellRecord:
    return CellRecord(
        key=cell.key,
        prior=cell.prior,
        likelihood=cell.likelihood,
        noise=cell.noise,
        method=cell.method,
        label=cell.label,
        promises=cell.promises,
        replicates=max((len(ranked) for ranked in one.ranks.values()), default=0),
        failures=one.failures,
        failure=one.failure,
        quantities=quantities,
        calibrated=all(quantity.within for quantity in quantities) and one.failures == 0,
    )


def _quantity(name: str, found: Uniformity, limits: Band) -> QuantityRecord:
    return QuantityRecord(
        name=name,
        counts=list(found.counts),
        p_value=found.p_value,
        coverage=list(found.coverage),
        within=limits.holds(np.array(found.counts)),
    )


def joined(parts: Iterable[Part]) -> Part:
    """All parts of a cell as one."""
    ranks: dict[str, list[int]] = {}
    failures, failure, unsupported = 0, None, None
    for one in parts:
        for name, ranked in one.ranks.items():
            ranks.setdefault(name, []).extend(ranked)
        failures, failure, unsupported = failures + one.failures, failure or one.failure, unsupported or one.unsupported
    return Part(ranks, failures, failure, unsupported)


def write(found: CalibrationRecord, page: str, out: Path) -> Path:
    """Write calibration.html and calibration.json, whole or not at all; where the page is.

    Raises:
        BadInput: the disk is full, or the folder can no longer be written.
    """
    text = msgspec.json.format(encode_calibration(found), indent=1) + b"\n"
    publish(out, {f"{NAME}.html": page.encode(), f"{NAME}.json": text})
    Unfinished(out, found.provenance.seed).remove()
    return out / f"{NAME}.html"
