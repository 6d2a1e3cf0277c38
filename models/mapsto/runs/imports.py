"""In which order what takes long is imported."""

from __future__ import annotations

import importlib
import threading


def import_arviz_base() -> None:
    """Import ``arviz_base`` before the other libraries, and from a thread, whose stack is short.

    For each package that it does without, it looks for every caller on the stack among all that has been imported:
    after the others, and from deep within them, that takes a twentieth of a run.
    """
    thread = threading.Thread(target=importlib.import_module, args=["arviz_base"])
    thread.start()
    thread.join()
