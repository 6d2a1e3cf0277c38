"""One call in a process of its own: its memory, its threads and its crashes are its own."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mapsto.errors import BadInput, one_line, told
from mapsto.marks import literal
from mapsto.outcome import Failed

PINNED = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
) | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
"""What the libraries' thread pools read when they are first used."""


def alone(function: Callable[..., Any], *arguments: Any, cores: int = 1) -> tuple[Any, int | None]:
    """Call a function in a fresh process that may use so many cores, and wait for it.

    Args:
        function: of a module; it and its arguments are pickled.
        arguments: of it.
        cores: that the process and whatever it starts may use, where the system can hold them to that.

    Returns:
        What it returned, or Failed with what it raised or how its process ended; and the most memory that the process
        held at once, in bytes, where that can be told.

    Raises:
        BadInput: the function raised it.
        KeyboardInterrupt: the user interrupted this; the process has been ended.
    """
    context = multiprocessing.get_context("spawn")  # what a fork inherits of threads and compilers does not survive it
    mine, its = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        process = context.Process(target=_answer, args=(its, function, arguments, cores, str(said)))
        with _pinned():
            process.start()
        its.close()
        try:
            answer, memory = mine.recv()
        except EOFError:
            process.join()
            return Failed(literal(_ended(process.exitcode, said))), None
        except BaseException:
            _end(process.pid)  # first of all: a second interrupt may end the rest of this
            process.kill()
            raise
        finally:
            mine.close()
            process.join(5)
            _end(process.pid)  # with whatever it started
            process.kill()
            process.join()
    if isinstance(answer, BadInput):
        raise answer
    return answer, memory


@contextlib.contextmanager
def _pinned() -> Iterator[None]:
    """What a process inherits: one thread for each pool, silence about warnings, and that Ctrl-C is its parent's."""
    before = {name: os.environ.get(name) for name in PINNED}
    usual, options = signal.getsignal(signal.SIGINT), list(sys.warnoptions)
    main = threading.current_thread() is threading.main_thread()
    os.environ.update(PINNED)
    if main:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not options:
        sys.warnoptions.append("ignore")
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGINT, usual)
        sys.warnoptions[:] = options
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _answer(back: Connection, function: Callable[..., Any], arguments: tuple[Any, ...], cores: int, said: str) -> None:
    """What the process does: everything it prints goes into a file, which is told if it ends without an answer."""
    if hasattr(os, "setsid"):
        os.setsid()  # so that whatever it starts can be ended with it
    with open(said, "wb") as file:  # noqa: PTH123 - a descriptor is wanted, and nothing else is imported for it
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if not sys.warnoptions or sys.warnoptions == ["ignore"]:
        warnings.simplefilter("ignore")
    try:
        answer = function(*arguments)
    except BadInput as error:
        answer = error
    except BaseException as error:  # an engine or its library may raise anything: told, never lost
        answer = Failed(literal(one_line(told(error))))
    memory = most_memory()
    try:
        back.send((answer, memory))
    except Exception as error:  # what cannot be pickled
        back.send((Failed(literal(one_line(told(error)))), memory))
    back.close()
    os._exit(0)  # threads of a library that still wait have no say in it


def most_memory() -> int | None:
    """The most memory that this process held at once, in bytes; None where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):  # not ru_maxrss, which counts what the parent held when it was started
                return 1024 * int(line.split()[1])
    with contextlib.suppress(ImportError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else 1024 * most
    return None


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        _end(os.getpid())


def _end(pid: int | None) -> None:
    """End a process and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if pid is not None and hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        elif pid is not None:
            os.kill(pid, signal.SIGTERM)


def _ended(code: int | None, said: Path) -> str:
    """How a process ended that gave no answer, with the last line that it wrote."""
    how = f"by signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"with status {code}"
    lines = said.read_text(encoding="utf-8", errors="replace").split("\n") if said.is_file() else []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return one_line(f"Its process ended {how}" + (f"; the last that it wrote: {last}" if last else ""))
