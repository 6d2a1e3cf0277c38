"""The command line in a process of its own, with a fault put into it; and what has to hold of its folder after."""

import json
import os
import subprocess
import sys
from pathlib import Path

import mapsto
from helpers.runs import script
from mapsto.runs.record import decode

SECONDS = 300  # far more than any takes: one that hangs fails
HERE = os.environ | {"PYTHONPATH": str(Path(mapsto.__file__).parents[1])}
SMALL = ("run", "small", "--draws", "50", "--chains", "2")
TWO = ("run", "small", "other", "--draws", "50", "--chains", "2")
FILES = ("small.html", "small.json", "small.nc", "index.html", "conventions.html")
NO_COMPILER = {"PYTENSOR_FLAGS": "cxx="}

FAULTY = """
import os, signal, sys
{fault}
sys.argv[:] = ["mapsto", *{arguments!r}]
from mapsto.cli import main
main()
"""

AT_EVENT = """
at = {at}

def watch(event, given):
    global at
    where = str(given[0]) if given else ""
    if event == {event!r} and {part!r} in where:
        at -= 1
        if at == 0:
            {what}

sys.addaudithook(watch)
"""
"""At the ``at``-th event of a kind whose first argument holds a text, something happens."""


def experiments(folder, *names):
    for name in names or ("small",):
        script(folder / "experiments", name)


def mapsto_run(folder, *arguments, fault="", env=None, check=False, **more):
    """Run the command line with a fault; what it printed and its status."""
    source = FAULTY.format(fault=fault, arguments=arguments)
    return subprocess.run(
        [sys.executable, "-c", source],
        cwd=folder,
        env=HERE | (env or {}),
        capture_output=True,
        text=True,
        check=check,
        timeout=SECONDS,
        **more,
    )


def told_in_a_line(ran):
    """Whether what came was told by one printable line, and no traceback."""
    lines = ran.stderr.splitlines()
    return (
        len(lines) == 1 and lines[0].startswith("mapsto: ") and lines[0].isprintable() and "Traceback" not in ran.stdout
    )


def is_whole(path):
    """Whether a file that is written is whole, by its kind."""
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    if path.suffix == ".json":
        return decode(path.read_bytes()).name == path.stem and bool(json.loads(path.read_text(encoding="utf-8")))
    import xarray as xr

    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return tree["posterior"].sizes["draw"] == 50


def all_whole(out):
    """Whether all that stands in a folder is whole, but for what was still being written."""
    return all(is_whole(path) for path in out.iterdir() if not path.name.startswith(".writing-"))


def left_behind(out):
    return [path.name for path in out.iterdir() if path.name.startswith(".")]
