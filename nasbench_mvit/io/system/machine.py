"""The resources of this process on the machine, and the exit causes of its child processes."""

import math
import os
import signal

from nasbench_mvit.io.system.control_groups import cpu_quota

#: Environment variables that numeric libraries read as they load.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: Variables that let idle threads of these libraries sleep at once. By default they spin for a
#: while, which takes the cores from the threads that they wait for where others use the cores too.
SLEEPING_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_THREAD_TIMEOUT": "4"}


def let_threads_sleep() -> None:
    """Set these variables, but those that the user has set; it works before the libraries load."""
    for name, value in SLEEPING_THREADS.items():
        os.environ.setdefault(name, value)


def usable_cores() -> int:
    """Return the number of cores this process may use, which a container may limit.

    A limit of processor time counts as that many cores, rounded up.
    """
    has_mask = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_mask else os.cpu_count() or 1
    quota = cpu_quota()
    return cores if quota is None else min(cores, math.ceil(quota))


def exit_cause(exitcode: int | None) -> str:
    """Return a description of an exit code; a negative code is the signal that ended it."""
    if exitcode is None or exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    hint = ", often the system being out of memory" if name == "SIGKILL" else ""
    return f"{name}{hint}"
