"""What this process may use of the machine, and how processes it started have ended."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

#: Environment variables that numeric libraries read as they load.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def usable_cores() -> int:
    """Return the cores this process may use, which in a container are not all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def usable_home(file: str) -> Iterator[None]:
    """Put an empty folder in place of a home directory that is missing or closed to this user.

    Containers often have one or the other. A library that reads its settings from a home, and
    accepts that there are none, may still fail where it may not even look.

    Args:
        file: that is looked for, relative to the home directory.
    """
    if _may_look_for(file):
        yield
        return
    with TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        yield


def _may_look_for(file: str) -> bool:
    try:
        (Path.home() / file).stat()
    except FileNotFoundError:
        return True
    except (OSError, RuntimeError):
        return False
    return True


def exit_cause(exitcode: int | None) -> str:
    """Say in words how a process ended; a negative code is the signal that ended it."""
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    hint = ", often the system being out of memory" if name == "SIGKILL" else ""
    return f"{name}{hint}"
