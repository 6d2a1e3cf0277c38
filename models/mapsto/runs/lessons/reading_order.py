"""In which order the experiments of a folder are read: its file ``reading_order.txt``, one name a line.

``os.path`` and built-in ``open`` stand here for ``pathlib``, as in :mod:`mapsto.runs.lessons.listing`.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable

from mapsto.errors import BadInput

FILE = "reading_order.txt"


def listed(folder: str) -> tuple[str, ...]:
    """The names that the folder's file lists, in its order; none where there is no such file.

    Empty lines and what follows a # are left out.

    Raises:
        BadInput: the file is not UTF-8 text, or it lists a name twice.
    """
    path = os.path.join(folder, FILE)  # noqa: PTH118
    if not os.path.isfile(path):  # noqa: PTH113
        return ()
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            lines = file.read().splitlines()
    except ValueError as error:
        raise BadInput(f"{path!r} is not UTF-8 text ({error}); expected one experiment's name a line") from error
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadInput(f"{path!r} lists {', '.join(map(repr, repeated))} more than once; keep one line of each")
    return tuple(names)


def in_order(names: Iterable[str], folder: str) -> list[str]:
    """The names of a folder's experiments: those that its file lists, then the others by name.

    Raises:
        BadInput: as :func:`listed`, and where the file lists what is not among the names.
    """
    first, known = listed(folder), set(names)
    missing = [name for name in first if name not in known]
    if missing:
        raise BadInput(
            f"{os.path.join(folder, FILE)!r} lists {', '.join(map(repr, missing))}, which no script in the folder "  # noqa: PTH118
            f"defines; there are: {', '.join(sorted(known))}"
        )
    return [*first, *sorted(known.difference(first))]


def place(name: str, folder: str) -> int | None:
    """The experiment's place in the folder's reading order, from 1; None where it has none.

    Raises:
        BadInput: as :func:`listed`.
    """
    names = listed(folder)
    return names.index(name) + 1 if name in names else None
