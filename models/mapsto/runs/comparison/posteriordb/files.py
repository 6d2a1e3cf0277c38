"""posteriordb's files: data and reference draws as JSON, mostly in a zip, in a checkout or named one by one."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from mapsto.errors import BadInput, told


def data_of(name: str, data: Path) -> dict[str, Any]:
    """The data of a posterior by the names of its model.

    Raises:
        BadInput: no such file, or one that cannot be read.
    """
    if not os.path.isdir(data):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        return _table(data) if data.suffix.lower() == ".csv" else _object(data)
    root = _root(data)
    asked = _object(_first(root / "posteriors", name, name))
    called = str(asked.get("data_name", name.rpartition("-")[0]))
    return _object(_first(root / "data" / "data", called, name))


def reference_of(name: str, data: Path | None, draws: Path | None) -> Any:
    """The reference draws, or the means that a checkout has instead, as their file has them; None where there are none.

    Raises:
        BadInput: a file that is not there or cannot be read.
    """
    if draws is not None:
        return _json(draws)
    if data is None or not data.is_dir():
        return None
    root = _root(data) / "reference_posteriors"
    asked = _object(_first(_root(data) / "posteriors", name, name))
    called = str(asked.get("reference_posterior_name") or name)
    for folder in ("draws/draws", "summary_statistics/mean_value/mean_value"):
        for ending in (".json.zip", ".json"):
            path = root / folder / f"{called}{ending}"
            if path.is_file():
                return _json(path)
    return None


def _root(data: Path) -> Path:
    inner = data / "posterior_database"
    root = inner if inner.is_dir() else data
    if not (root / "posteriors").is_dir():
        raise BadInput(f"{str(data)!r} is no checkout of posteriordb: it has no folder posterior_database/posteriors")
    return root


def _first(folder: Path, called: str, name: str) -> Path:
    for ending in (".json", ".json.zip"):
        if (folder / f"{called}{ending}").is_file():
            return folder / f"{called}{ending}"
    raise BadInput(f"{str(folder)!r} has no {called}.json or {called}.json.zip, which posteriordb's {name} needs")


def _object(path: Path) -> dict[str, Any]:
    found = _json(path)
    if not isinstance(found, dict):
        raise BadInput(
            f"{str(path)!r} holds a {type(found).__name__}; expected an object with the model's data by name"
        )
    return found


def _json(path: Path) -> Any:
    """The JSON in a file, or in the one file of a zip."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                inner = [one for one in archive.namelist() if one.endswith(".json") and not one.startswith("__MACOSX")]
                if len(inner) != 1:
                    raise BadInput(f"{str(path)!r} holds {len(inner)} JSON files; expected one")
                return json.loads(archive.read(inner[0]))
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{str(path)!r} cannot be read: {told(error)}; expected JSON, or JSON in a zip") from None


def _table(path: Path) -> dict[str, Any]:
    """A CSV as data by name: each column a vector, and X1, X2, ... together the matrix X."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        names, numbers = rows[0], np.array(rows[1:], dtype=np.float64)
    except (OSError, ValueError, IndexError) as error:
        raise BadInput(f"{str(path)!r} cannot be read: {told(error)}; expected numbers under a row of names") from None
    found: dict[str, Any] = {name: numbers[:, j] for j, name in enumerate(names)}
    parts = [found[f"X{j}"] for j in range(1, len(names) + 1) if f"X{j}" in found]
    return found | ({"X": np.column_stack(parts)} if parts else {})
