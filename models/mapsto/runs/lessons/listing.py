"""What ``mapsto list`` shows, read from the scripts' text where that says it all, so that nothing has to be imported.

A script imports NumPy before it names its experiment. Where its statement ``experiment = ...`` gives name and question
as plain strings they are read from the text; where any script's does not, or anything is wrong in the folder, the
scripts are loaded as they are for a run, which says what is wrong.

``os.path`` and built-in ``open`` stand here for ``pathlib``, which takes as long to import as all else that is done.
"""

from __future__ import annotations

import os.path

from mapsto.runs.lessons.reading_order import in_order
from mapsto.runs.lessons.script_text import Row, stated

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def names_and_questions(folder: str) -> list[Row]:
    """Name and question of every experiment in ``folder``, in reading order.

    Raises:
        BadInput: as :func:`mapsto.runs.lessons.discovery.find`.
    """
    rows = from_text(folder)
    if rows is not None:
        return rows
    from pathlib import Path

    from mapsto.runs.lessons.discovery import find

    return [(experiment.name, experiment.question) for experiment in find(Path(folder))]


def from_text(folder: str) -> list[Row] | None:
    """The same from the text of the scripts alone, or None where that does not say it all.

    Raises:
        BadInput: the folder's reading order cannot be used.
    """
    try:
        scripts = [name for name in os.listdir(folder) if name.endswith(".py") and not name.startswith("_")]  # noqa: PTH208
        found = [stated(os.path.join(folder, script)) for script in scripts]  # noqa: PTH118
    except (OSError, ValueError, SyntaxError):
        return None  # loading the scripts says what is wrong
    rows = dict(one for one in found if one is not None)
    if not rows or len(rows) < len(scripts) or not all(map(is_plain, rows)):
        return None
    return [(name, rows[name]) for name in in_order(rows, folder)]


def is_plain(name: str) -> bool:
    """Whether a name is surely one that an experiment may have: small letters, digits and single hyphens."""
    return all(part and LETTERS.issuperset(part) for part in name.split("-")) and name not in ("index", "conventions")
