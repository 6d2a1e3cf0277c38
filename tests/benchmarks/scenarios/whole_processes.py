"""Whole processes: what a user waits for, next to the script that one would write without mapsto."""

import os
import subprocess
import tempfile
from pathlib import Path

from compare import NAIVE, OURS, empty_caches
from scenario import Pair, scenario


def processes(*, cold):
    """`mapsto run three-routes` and naive.py, from caches of compiled code that are warm, or empty each time."""

    def made(command, *, out):
        def call():
            with tempfile.TemporaryDirectory() as folder:
                where = os.environ | (empty_caches(Path(folder)) if cold else {})
                subprocess.run([*command, *([folder] if out else [])], env=where, check=True, capture_output=True)

        return call

    return Pair(made(OURS, out=True), made(NAIVE, out=False))


@scenario("mapsto run three-routes, warm caches", peer="naive.py", goal=0.5, large=True)
def whole_run_warm():
    return processes(cold=False)


@scenario("mapsto run three-routes, empty caches", peer="naive.py", goal=0.5, large=True)
def whole_run_cold():
    return processes(cold=True)
