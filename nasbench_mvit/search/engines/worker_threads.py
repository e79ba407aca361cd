"""The number of threads and the heap settings of a training process, for every engine.

More threads than cores cost a factor of ten, and a library reads its variables only when it loads:
they must be in the environment before the process starts.
"""

import contextlib
import functools
import os
from collections.abc import Iterator, Mapping

from nasbench_mvit.io.system.machine import THREAD_VARIABLES

#: Threads of a local worker. More would only share the cores, and sums depend on their number.
THREADS = 1

# glibc returns large blocks to the system immediately, and a training step that allocates the same
# blocks again spends up to half its time on page faults. Other C libraries ignore these variables.
_KEEP_HEAP = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**33),
    "MALLOC_TOP_PAD_": str(2**26),
}


def worker_environment(threads: int) -> dict[str, str]:
    """Return the environment variables of a worker with that many threads."""
    return dict.fromkeys(THREAD_VARIABLES, str(threads)) | _KEEP_HEAP


@contextlib.contextmanager
def started_with(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the processes that are started inside."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def limit_threads(threads: int) -> None:
    """Limit torch, which is loaded here, to that many threads in the calling thread."""
    import torch  # noqa: PLC0415 - only a worker loads it

    torch.set_num_threads(threads)
    _one_operator_at_a_time()


@functools.cache
def _one_operator_at_a_time() -> None:
    import torch  # noqa: PLC0415 - only a worker loads it

    torch.set_num_interop_threads(1)  # torch refuses a second call
