"""What ``mapsto list`` shows, read from the scripts' text where that says it all, so that nothing has to be imported.

A script imports NumPy before it names its experiment. Where its statement ``experiment = ...`` gives name and question
as plain strings they are read from the text; where any script's does not, or anything is wrong in the folder, the
scripts are loaded as they are for a run, which says what is wrong.

``os.path`` and built-in ``open`` stand here for ``pathlib``, which takes as long to import as all else that is done.
"""

from __future__ import annotations

import importlib.util
import os.path

from mapsto.runs.lessons.reading_order import in_order

Row = tuple[str, str]

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
AST_ONLY = 0x0400  # ast.PyCF_ONLY_AST; importing ast would double the time


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


def stated(path: str) -> Row | None:
    """Name and question as the one statement ``experiment = Experiment(...)`` of a script gives them.

    None where there is not one such statement, or where it computes them.

    Raises:
        OSError, ValueError: the script cannot be read, or is not UTF-8 text.
        SyntaxError: it is not Python.
    """
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        lines = file.readlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("experiment = ")]
    if len(starts) != 1:
        return None
    if not compiled_before(path):
        compile("".join(lines), path, "exec", dont_inherit=True)
    ends = (number for number in range(starts[0], len(lines)) if lines[number].rstrip() == ")")
    statement = "".join(lines[starts[0] : next(ends, starts[0]) + 1])
    call = compile(statement, path, "exec", AST_ONLY, dont_inherit=True).body[0].value
    function = getattr(call, "func", None)
    if getattr(function, "attr", getattr(function, "id", None)) != "Experiment":
        return None
    given = {one.arg: getattr(one.value, "value", None) for one in call.keywords}
    name, question = given.get("name"), given.get("question")
    return (name, question) if isinstance(name, str) and isinstance(question, str) else None


def compiled_before(path: str) -> bool:
    """Whether Python has compiled the script as it stands: its cache holds the script's time and size (PEP 552)."""
    status = os.stat(path)  # noqa: PTH116
    stamp = (int(value) & 0xFFFFFFFF for value in (status.st_mtime, status.st_size))
    header = importlib.util.MAGIC_NUMBER + bytes(4) + b"".join(value.to_bytes(4, "little") for value in stamp)
    try:
        with open(importlib.util.cache_from_source(path), "rb") as file:  # noqa: PTH123
            return file.read(len(header)) == header
    except OSError:
        return False


def is_plain(name: str) -> bool:
    """Whether a name is surely one that an experiment may have: small letters, digits and single hyphens."""
    return all(part and LETTERS.issuperset(part) for part in name.split("-")) and name not in ("index", "conventions")
