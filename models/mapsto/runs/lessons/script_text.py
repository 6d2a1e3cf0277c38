"""What a script's text says of its experiment, without importing anything; see ``listing``."""

from __future__ import annotations

import importlib.util
import os.path

Row = tuple[str, str]

AST_ONLY = 0x0400  # ast.PyCF_ONLY_AST; importing ast would double the time


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
