"""Compiled templates, kept where Python keeps what it compiles: in the ``__pycache__`` of their folder.

Compiling them took a twentieth of a run. Jinja's own cache on disk reads pickles, which nothing here does.
"""

from __future__ import annotations

import importlib.util
import marshal
import os
import sys
from contextlib import suppress
from pathlib import Path

from jinja2.bccache import Bucket, BytecodeCache, bc_magic


class TemplateCache(BytecodeCache):
    """The code of each template in a file of its own, behind Python's and Jinja's versions and the source's checksum.

    Nothing is written where Python is told to write no bytecode, or where it cannot be.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where the code of the template with this key is kept."""
        return Path(importlib.util.cache_from_source(str(self.folder / f"{key}.py")))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket its code, if what is kept was compiled from the same source."""
        with suppress(OSError, EOFError, ValueError, TypeError):  # absent or cut short: it is compiled again
            kept, head = self.path(bucket.key).read_bytes(), _head(bucket)
            if kept.startswith(head):
                bucket.code = marshal.loads(kept[len(head) :])  # noqa: S302 - where Python's own code is kept, and as it is

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the bucket's code, whole or not at all."""
        if sys.dont_write_bytecode or bucket.code is None:
            return
        path = self.path(bucket.key)
        unfinished = path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):  # a folder that cannot be written keeps nothing
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(_head(bucket) + marshal.dumps(bucket.code))
            unfinished.replace(path)


def _head(bucket: Bucket) -> bytes:
    return bc_magic + bucket.checksum.encode()
