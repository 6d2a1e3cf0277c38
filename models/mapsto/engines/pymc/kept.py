"""The folders in which PyTensor keeps compiled functions: what a kill or a full disk left in them is removed.

Python loads a library by mapping it into memory, and one that is cut short ends the process where the missing part is
first read, by a signal that nothing can catch. So libraries are looked at before PyTensor is imported; what is removed
is compiled anew.
"""

import os
import shutil
import struct
import time
from functools import cache
from pathlib import Path

from mapsto.errors import BadInput

ELF = b"\x7fELF"
HEADER = 64  # bytes of a 64-bit ELF header
STOP = b"."  # what a pickle ends with; none is read here
BEING_WRITTEN = 10.0  # seconds: a file that changed so lately may be another process's, which is not finished


@cache
def look_after_folders() -> None:
    """See to the folders once, before PyTensor is imported.

    Raises:
        BadInput: as :func:`check_access`.
    """
    for folder in folders():
        check_access(folder)
        remove_broken(folder)


def check_access(folder: Path) -> None:
    """Refuse a folder that PyTensor would not start with.

    Raises:
        BadInput: ``folder`` is there, and may not be read and written.
    """
    if folder.exists() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise BadInput(
            f"PyTensor keeps compiled functions in {folder}, which cannot be read and written; change its permissions, "
            "delete it, or choose another by PYTENSOR_FLAGS=compiledir=FOLDER"
        )


def remove_broken(folder: Path) -> None:
    """Remove each folder within ``folder`` that holds a library, or a key of one, which is not whole."""
    for name, whole in (("*/*.so", is_whole), ("*/key.pkl", _ends)):
        for path in folder.glob(name):
            try:
                fresh = 0 <= time.time() - path.stat().st_mtime < BEING_WRITTEN
                if not fresh and not whole(path):
                    shutil.rmtree(path.parent)
            except OSError:  # another process removed it first, or we may not write here
                continue


def _ends(key: Path) -> bool:
    with key.open("rb") as file:
        return file.read()[-1:] == STOP


def is_whole(library: Path) -> bool:
    """Whether a shared library has a header and all the bytes that its tables tell of; other formats are not read.

    Source: the System V ABI, "ELF header" and "Program header": offset and length of each part in the file.
    """
    size = library.stat().st_size
    with library.open("rb") as file:
        header = file.read(HEADER)
        if not header.strip(b"\0"):
            return False
        if header[:4] != ELF or header[4:6] != b"\x02\x01":  # macOS's own, 32 bits, or big-endian
            return True
        if len(header) < HEADER:
            return False
        segments, sections = struct.unpack_from("<QQ", header, 32)
        segment, how_many, section, number = struct.unpack_from("<HHHH", header, 54)
        file.seek(segments)
        table = file.read(segment * how_many)
    if len(table) < segment * how_many or sections + section * number > size:
        return False
    parts = (struct.unpack_from("<Q16xQ", table, at * segment + 8) for at in range(how_many))
    return all(begin + length <= size for begin, length in parts)


def folders() -> list[Path]:
    """The folders that PyTensor will read, as its flags have it: the one that was chosen, or all of our own."""
    flags = dict(one.strip().partition("=")[::2] for one in os.environ.get("PYTENSOR_FLAGS", "").split(","))
    if "compiledir" in flags:
        return [Path(flags["compiledir"]).expanduser()]
    base = Path(flags.get("base_compiledir") or "~/.pytensor")
    kind = "compiledir_*" if "base_compiledir" in flags else "mapsto_*"
    try:
        return sorted(base.expanduser().glob(kind))
    except (OSError, RuntimeError):  # no home
        return []
