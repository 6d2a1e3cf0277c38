"""What an experiment's script calls to run by itself."""

from __future__ import annotations

import sys
from pathlib import Path

from mapsto.cli import main


def run_script(path: str) -> None:
    """Run the experiment in the script ``path`` (its own ``__file__``) as ``mapsto run`` would, options included."""
    sys.argv[:] = ["mapsto", "run", str(Path(path)), *sys.argv[1:]]
    main()
