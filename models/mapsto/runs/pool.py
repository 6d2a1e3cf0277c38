"""A process for each core, side by side: none outlives its parent, and one that is killed is told, not waited for."""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Self

from mapsto.errors import BadInput, told


class Pool:
    """Up to ``most`` processes, no more than there are cores, which import what takes long while nobody waits."""

    def __init__(self, most: int, begin: Callable[[], None]) -> None:
        # Not forked: PyTensor's and nutpie's threads do not survive a fork.
        # Ctrl-C is the parent's from their first moment: a process takes over that it is ignored.
        usual, options = signal.signal(signal.SIGINT, signal.SIG_IGN), list(sys.warnoptions)
        others, size = set(multiprocessing.active_children()), min(most, os.cpu_count() or 1)
        try:
            if not options:  # processes inherit these: what libraries warn of is not for the user's terminal
                sys.warnoptions.append("ignore")
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(size, context, _begin, (begin,))
            for _ in range(size):  # each call starts one, as long as none is idle
                self._pool.submit(os.getpid)
        finally:
            signal.signal(signal.SIGINT, usual)
            sys.warnoptions[:] = options
        self.processes = [one for one in multiprocessing.active_children() if one not in others]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes, whatever they are doing."""
        for process in self.processes:
            process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def run[Job, Answer](self, call: Callable[[Job], Answer], jobs: Sequence[Job]) -> Iterator[tuple[int, Answer]]:
        """Call a function with each of the jobs; each job's place with its answer, as it is done.

        Raises:
            BadInput: a process was killed, by the system for want of memory or by someone.
        """
        futures: dict[Future[Answer], int] = {self._pool.submit(_called, call, job): j for j, job in enumerate(jobs)}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            raise BadInput(
                "a process that worked for this one was killed, perhaps because memory was short; run it again, with "
                "fewer experiments at once if that was why"
            ) from None


def _called[Job, Answer](call: Callable[[Job], Answer], job: Job) -> Answer:
    try:
        return call(job)
    except Exception:
        raise
    except BaseException as error:  # SystemExit and its like would end the process with its other jobs
        raise RuntimeError(told(error)) from None


def _begin(begin: Callable[[], None]) -> None:
    """What a process does first: import what takes long."""
    gc.set_threshold(100_000, 20, 100)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    begin()


def _end_with_parent() -> None:
    """End this process at once when the one that started it has ended, however it ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
