"""What this process may use of the machine, and how processes it started have ended."""

import os
import signal

#: Environment variables that numeric libraries read as they load.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def usable_cores() -> int:
    """Return the cores this process may use, which in a container are not all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def exit_cause(exitcode: int | None) -> str:
    """Say in words how a process ended; a negative code is the signal that ended it."""
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    hint = ", often the system being out of memory" if name == "SIGKILL" else ""
    return f"{name}{hint}"
