"""Work on a Dask cluster: pieces of a table are squeezed where there is room, and only what is left of them travels.

Each piece is one task with a name of its own. A task whose worker died is computed again, and one that was computed
twice has one result, so nothing is lost or counted twice. What is left of the pieces is merged in a tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from mapsto.data.sources.base import Piece, Source, identity_of
from mapsto.data.sources.checkpoint import Checkpoint
from mapsto.data.sources.dask_frames import DaskSource
from mapsto.data.sources.plan import Plan
from mapsto.data.sources.reduce import Reduction, reduce_pieces
from mapsto.errors import BadInput
from mapsto.runs.output import clear_up
from mapsto.runs.record import Record
from mapsto.runs.workers import Job

SECONDS = 15  # to wait for a scheduler
GROUP = 16  # pieces that are merged on the cluster before they travel
RETRIES = 3  # of a task that failed, as by a file system that did not answer


@contextmanager
def cluster(scheduler: str) -> Iterator[Any]:
    """A Dask client: of a cluster on this machine ("local", a process a core), or of a scheduler at an address.

    Raises:
        BadInput: Dask is not installed; no such scheduler answers.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise BadInput("--scheduler needs Dask, which is not installed; pip install 'mapsto[dask]'") from None
    if scheduler == "local":
        with LocalCluster(threads_per_worker=1, dashboard_address=None) as here, Client(here) as client:
            yield client
        return
    if "://" not in scheduler:
        raise BadInput(f"the scheduler is {scheduler!r}; expected local, or an address as in tcp://host:8786")
    try:
        client = Client(scheduler, timeout=SECONDS)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"no scheduler answers at {scheduler} ({' '.join(str(error).split())[:100]}); start one with dask "
            "scheduler, or give its address"
        ) from None
    with client:
        yield client


def reduce_on(
    client: Any,
    source: Source,
    plan: Plan,
    *,
    centred: bool,
    seed: int = 1,
    rows: Callable[[int], None] = lambda _n: None,
    checkpoint: Checkpoint | None = None,
) -> Reduction:
    """Squeeze a source on a cluster: :func:`.reduce_source`, up to rounding; arguments as there.

    Raises:
        BadInput: as there; the scheduler is lost, or a worker dies each time it works on one piece.
    """
    asked: dict[str, Any] = dict(centred=centred, seed=seed, of=source.rows)

    def what(pieces: int) -> str:  # a piece that is still to come may be mended
        return f"on a cluster {identity_of(source.pieces[:pieces])} {len(source.pieces)} {plan} {asked}"

    done, before = 0, None
    found = None if checkpoint is None else checkpoint.read(what)
    if found is not None:
        done, before = found[0], Reduction.from_arrays(found[1])
        rows(before.facts.read)
    groups = [source.pieces[i : i + GROUP] for i in range(done, len(source.pieces), GROUP)]
    futures = _submitted(client, source, groups, plan, asked, what(len(source.pieces)))
    parts: dict[int, Reduction | None] = {}
    ready, total = 0, source.rows
    passed = [0 if before is None else before.facts.read]
    for at, part in _as_done(futures, lambda: f"{sum(passed)} of {total} rows", checkpoint):
        parts[at] = part
        passed.append(sum(piece.rows for piece in groups[at]))
        rows(passed[-1])
        while checkpoint is not None and ready in parts:  # the groups from the first on, without a gap
            before = _merged([before, parts.pop(ready)])
            done += len(groups[ready])
            ready += 1
            if before is not None and ready < len(groups):
                checkpoint.write(what(done), done, before.facts.read, before.arrays)
    whole = _merged([before, *(parts[at] for at in sorted(parts))])
    if whole is None:
        raise BadInput(f"each row of {source.name} has a missing value; leave out columns with many (--drop)")
    if checkpoint is not None:
        checkpoint.remove()
    return whole


def _submitted(
    client: Any, source: Source, groups: Sequence[Sequence[Piece]], plan: Plan, asked: dict[str, Any], what: str
) -> list[Any]:
    """A task for each group of pieces, which merges those of its pieces."""
    frame = source if isinstance(source, DaskSource) else None
    light = replace(source, pieces=()) if frame is None else replace(frame, pieces=(), parts=())
    name = f"mapsto-{hashlib.sha256(what.encode()).hexdigest()[:32]}"  # a file that has changed is another table
    futures = []
    for at, group in enumerate(groups):
        tasks = []
        for piece in group:
            key = f"{name}-{piece.first}"
            if frame is not None:
                part = client.compute(frame.parts[piece.number])
                tasks.append(client.submit(_partition, part, light, piece, plan, asked, key=key, retries=RETRIES))
            else:
                tasks.append(client.submit(_piece, light, piece, plan, asked, key=key, retries=RETRIES))
        futures.append(client.submit(_merged, tasks, key=f"{name}-from-{group[0].first}-{at}"))
    return futures


def run_on[T](client: Any, function: Callable[..., T], jobs: Sequence[Any]) -> Iterator[tuple[int, T]]:
    """``function`` of each job, with its number, as they are done.

    Raises:
        BadInput: as a job does; the scheduler is lost.
    """
    yield from _as_done([client.submit(function, job, pure=False) for job in jobs], lambda: "some of the work", None)


class ClusterWorkers:
    """Runs experiments on a cluster whose workers see the same files at the same places; see :class:`.Workers`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def results(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Record]]:
        """Each job with its record as it is done."""
        everywhere = [replace(job, out=job.out.resolve(), folder=job.folder.resolve()) for job in jobs]
        try:
            for at, record in run_on(self._client, Job.run, everywhere):
                yield jobs[at], record
        except BaseException:
            clear_up(jobs[0].out)
            raise


def _as_done(
    futures: Sequence[Any], done: Callable[[], str], checkpoint: Checkpoint | None
) -> Iterator[tuple[int, Any]]:
    """What each task gave, with its number, as they are done.

    Raises:
        BadInput: a task's own refusal; a lost scheduler; a worker that died each time.
    """
    from distributed import KilledWorker, as_completed
    from distributed.utils import CancelledError

    saved = "nothing was written"
    if checkpoint is not None:
        saved = f"what the checkpoint {str(checkpoint.path)!r} holds, if it is there, is not computed again"
    numbers = {future.key: at for at, future in enumerate(futures)}
    for future in as_completed(futures):
        try:
            found = future.result()
        except KilledWorker as error:
            raise BadInput(
                f"workers died {error.allowed_failures + 1} times on one task, perhaps for want of memory, after "
                f"{done()}; {saved}: give them more memory, or smaller pieces of data"
            ) from None
        except (CancelledError, OSError):
            raise BadInput(
                f"the scheduler was lost after {done()}; {saved}: start it, and give the command again"
            ) from None
        yield numbers[future.key], found


def _piece(source: Source, piece: Piece, plan: Plan, asked: dict[str, Any]) -> Reduction | None:
    return reduce_pieces(source, [piece], plan, **asked)


def _partition(part: Any, source: DaskSource, piece: Piece, plan: Plan, asked: dict[str, Any]) -> Reduction | None:
    from dask import delayed

    return reduce_pieces(replace(source, parts=(delayed(part),)), [replace(piece, number=0)], plan, **asked)


def _merged(parts: Sequence[Reduction | None]) -> Reduction | None:
    """All parts together, in a tree, so that rounding grows with the logarithm of their number."""
    there = [one for one in parts if one is not None]
    while len(there) > 1:
        pairs = [there[i : i + 2] for i in range(0, len(there), 2)]
        there = [pair[0] if len(pair) == 1 else pair[0] + pair[1] for pair in pairs]
    return there[0] if there else None
