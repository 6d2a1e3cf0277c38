"""A checkpoint: what was squeezed so far, in one file that is written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from mapsto.errors import BadInput

SECONDS = 5.0  # between two checkpoints, so that they cost nothing that matters


class Checkpoint:
    """A file to stop at and go on from.

    Args:
        path: of the file; one that is there is gone on from.
        seconds: at least so long between writes.
    """

    def __init__(self, path: Path, seconds: float = SECONDS) -> None:
        self.path, self._seconds = path, seconds
        self._last = time.monotonic()

    def read(self, what: Callable[[int], str]) -> tuple[int, dict[str, Any]] | None:
        """How many pieces are done, and the state after them; None if there is no file.

        Raises:
            BadInput: the file is no checkpoint, or one of another table or of other options than ``what`` tells,
                given how many pieces are done.
        """
        try:
            with np.load(self.path, allow_pickle=False) as file:
                arrays = dict(file)
            of, done = str(arrays.pop("of")), int(arrays.pop("done"))
            arrays.pop("rows")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise BadInput(f"{str(self.path)!r} is no checkpoint of mapsto's ({error}); give another file") from None
        if of != _digest(what(done)):
            raise BadInput(
                f"the checkpoint {str(self.path)!r} is of another table, of one that has changed since, or of other "
                "options; remove it to begin anew, or give another file"
            )
        return done, arrays

    def write(self, what: str, done: int, rows: int, arrays: Callable[[], dict[str, Any]]) -> None:
        """Keep the state after ``done`` pieces of ``rows`` rows, unless it was kept a moment ago.

        Raises:
            BadInput: it cannot be written; the one before it is intact.
        """
        if time.monotonic() - self._last < self._seconds:
            return
        beside = self.path.with_name(f"{self.path.name}.new")
        try:
            with beside.open("wb") as file:
                np.savez(file, of=np.asarray(_digest(what)), done=np.asarray(done), rows=np.asarray(rows), **arrays())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            kept = "the one before it is intact" if self.path.exists() else "there is none before it"
            raise BadInput(
                f"the checkpoint {str(self.path)!r} cannot be written after {rows} rows ({error.strerror or error}); "
                f"{kept}: make room, and give the command again"
            ) from None
        self._last = time.monotonic()

    def remove(self) -> None:
        """All is done."""
        self.path.unlink(missing_ok=True)


def _digest(what: str) -> str:
    return hashlib.sha256(what.encode()).hexdigest()
