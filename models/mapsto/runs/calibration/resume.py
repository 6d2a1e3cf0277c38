"""What is done already: a line for each part, appended as it is done, so that an interrupted calibration goes on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from mapsto.errors import BadInput
from mapsto.runs.calibration.cells import Cell, Part
from mapsto.runs.recording.provenance import versions

UNFINISHED = ".calibration-unfinished.jsonl"


class _Line(msgspec.Struct, frozen=True):
    key: str
    part: Part


class Unfinished:
    """The parts that stand in a folder.

    Args:
        out: the folder.
        seed: the seed of the calibration.
    """

    def __init__(self, out: Path, seed: int) -> None:
        self._path, self._seed, self._code = out / UNFINISHED, seed, _code()
        self._there: dict[str, Part] = {}
        if not self._path.is_file():
            return
        for line in self._path.read_bytes().split(b"\n"):
            try:
                read = msgspec.json.decode(line, type=_Line)
            except (msgspec.DecodeError, UnicodeDecodeError):  # the last one may be half written
                continue
            self._there[read.key] = read.part

    def get(self, cell: Cell, chunk: int, size: int) -> Part | None:
        """The part, if it was made with the same seed, code and libraries."""
        return self._there.get(self._key(cell, chunk, size))

    def add(self, cell: Cell, chunk: int, size: int, part: Part) -> None:
        """Append a part.

        Raises:
            BadInput: the disk is full, or the folder can no longer be written.
        """
        line = msgspec.json.encode(_Line(self._key(cell, chunk, size), part))
        try:
            with self._path.open("ab") as file:
                file.write(b"\n" + line + b"\n")  # a line of its own, whatever a killed process left before it
        except OSError as error:
            raise BadInput(
                f"{str(self._path)!r} could not be written ({error.strerror}); what is done stays: make "
                "room, and run it again"
            ) from error

    def remove(self) -> None:
        """Forget the parts: what they were for is written."""
        self._path.unlink(missing_ok=True)

    def _key(self, cell: Cell, chunk: int, size: int) -> str:
        files = [
            text.partition(".py:")[0] + ".py"
            for text in (cell.prior, cell.likelihood, cell.noise or "")
            if ".py:" in text
        ]
        own = "".join(hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in files)
        whole = f"{self._code} {own} {self._seed} {chunk} {size} {cell.key}"
        return hashlib.sha256(whole.encode()).hexdigest()


def _code() -> str:
    """A fingerprint of what the numbers depend on."""
    digest = hashlib.sha256(repr(versions()).encode())
    for path in sorted(Path(__file__).parents[2].glob("**/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
