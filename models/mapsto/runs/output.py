"""Writing a result to disk: all of its files or none, and never half of one."""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from threadpoolctl import threadpool_limits

from mapsto.conventions import conventions_rows
from mapsto.errors import BadInput
from mapsto.posteriors.datatree import write_tree
from mapsto.runs.record import Record, decode, encode
from mapsto.runs.result import Result

WRITING = ".writing-"  # folders that files are made in before they are published; machine and process follow


@dataclass(frozen=True)
class Pages:
    """What makes the pages; whoever writes brings it, since a run knows nothing of pages.

    Attributes:
        render: the page of one record.
        render_index: the list of all pages, from their records and the names of the pages that stand in the folder.
        render_conventions: the table of what each library minimises, from its rows.
    """

    render: Callable[[Record], str]
    render_index: Callable[[Sequence[Record], Sequence[str]], str]
    render_conventions: Callable[[Sequence[Mapping[str, str]]], str]


def check_folder(out: Path) -> None:
    """Make sure files can be written into ``out``, before hours are spent on them.

    Raises:
        BadInput: it cannot be made, is not a folder, or cannot be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except (OSError, ValueError) as error:  # a path with NUL is a ValueError
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"the output folder {str(out)!r} cannot be written ({why}); give another with --out") from None
    clear_up(out)


def write(result: Result, out: Path, pages: Pages) -> Record:
    """Write NAME.html, NAME.json and NAME.nc into ``out``; what stood there is replaced only when all are ready.

    Returns:
        The record that was written.

    Raises:
        BadInput: the disk is full, or the folder can no longer be written.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", result.name):
        raise BadInput(
            f"the result is named {result.name!r}; expected letters, digits, dots, hyphens and underscores, for it "
            "names the files written"
        )
    with threadpool_limits(1):  # as in a run: a second BLAS thread would only spin
        record = result.record()
    with _staging(out) as ready:
        (ready / f"{result.name}.html").write_text(pages.render(record), encoding="utf-8")
        (ready / f"{result.name}.json").write_bytes(msgspec.json.format(encode(record), indent=1) + b"\n")
        write_tree(result.posterior, ready / f"{result.name}.nc", result.problem.n, result.settings.seed)
        for file in sorted(ready.iterdir()):
            _publish(file, out)
    return record


def write_index(records: Sequence[Record], out: Path, pages: Pages) -> Path:
    """Write index.html: these results in their order, then those of earlier runs that stand in ``out``.

    The table of conventions that it links to is written to the same folder.

    Raises:
        BadInput: as :func:`write`.
    """
    now = {record.name for record in records}
    earlier = [record for record in _standing(out) if record.name not in now]
    with _staging(out) as ready:
        page = ready / "index.html"
        files = [file.name for file in out.glob("*.html")]
        page.write_text(pages.render_index([*records, *earlier], files), encoding="utf-8")
        table = ready / "conventions.html"
        table.write_text(pages.render_conventions(conventions_rows()), encoding="utf-8")
        _publish(table, out)
        return _publish(page, out)


def publish(out: Path, files: Mapping[str, bytes]) -> None:
    """Write files of these names into ``out``; what stood there is replaced only when all are ready.

    Raises:
        BadInput: as :func:`write`.
    """
    with _staging(out) as ready:
        for name, content in files.items():
            (ready / name).write_bytes(content)
        for name in files:
            _publish(ready / name, out)


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """A folder inside ``out`` to make files in, gone when done; the operating system's refusal is told in a line."""
    try:
        with _uninterrupted(), tempfile.TemporaryDirectory(dir=out, prefix=_prefix(os.getpid())) as folder:
            yield Path(folder)
    except OSError as error:
        raise BadInput(
            f"the reports could not be written into {str(out)!r} ({error.strerror}); what stood there is as it was: "
            "make room, or give another folder with --out"
        ) from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until this is done: it would leave the folder, or the page of one run with the record of another."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is None:  # None: a handler that is not Python's to put back
        yield
        return
    came: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if came:
            signal.raise_signal(signal.SIGINT)


def clear_up(out: Path) -> None:
    """Remove what processes that have ended were still writing in ``out``: none of it was published.

    What another process is writing there now is left alone, and so is what another machine wrote, which only that
    machine can know to have ended.
    """
    for folder in out.glob(f"{WRITING}*"):
        pid = folder.name.removeprefix(_prefix("")).partition("-")[0]
        if folder.name.startswith(_prefix("")) and pid.isdecimal() and not _lives(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _prefix(pid: int | str) -> str:
    machine = re.sub(r"[^A-Za-z0-9.]", "_", platform.node())
    return f"{WRITING}{machine}-{pid}" + ("-" if pid else "")


def _lives(pid: int) -> bool:
    if pid == os.getpid() or os.name == "nt":  # where signal 0 is no question but Ctrl-C
        return True
    try:
        os.kill(pid, 0)  # asks, and sends nothing
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # another user's
        return True
    return True


def _standing(out: Path) -> list[Record]:
    """The records that stand in ``out``; other people's JSON files may stand there too, and are not ours to judge."""
    records = (standing(path) for path in sorted(out.glob("*.json")))
    return [record for record in records if record is not None]


def standing(path: Path) -> Record | None:
    """The record in a JSON file, or None if there is no such file, or it is none of ours or of another schema."""
    if not path.is_file():  # a pipe would be waited for
        return None
    try:
        record = decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return record if record.name == path.stem else None


def _publish(file: Path, out: Path) -> Path:
    target = out / file.name
    os.replace(file, target)  # noqa: PTH105 - atomic on one file system, which a sibling folder is on
    return target
