"""The directory of a run: one command in it at a time, and a stop that leaves it whole."""

import contextlib
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import filelock

from nasbench_mvit.errors import StoreError

INTERRUPTED = 130


def set_aside(run_dir: Path) -> Path | None:
    """Rename an earlier run's directory; return its new name, None where there was no run.

    Raises:
        StoreError: a command is running there, or the directory cannot be renamed.
    """
    if not run_dir.exists():
        return None
    if Path.cwd().is_relative_to(run_dir.resolve()):
        raise StoreError(
            f"--fresh cannot rename {run_dir}, for the command runs inside it. Run it from another "
            "folder, or choose another --run-dir."
        )
    with locked(run_dir):
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        aside = run_dir.with_name(f"{run_dir.name}.{stamp}")
    try:
        return run_dir.rename(aside)
    except OSError as error:
        raise StoreError(f"{run_dir} cannot be renamed to {aside}: {error.strerror}.") from None


@contextlib.contextmanager
def locked(run_dir: Path) -> Iterator[None]:
    """Keep a second command out of the directory, which is made if need be.

    Raises:
        StoreError: another one is running there, or the directory cannot be written.
    """
    lock = filelock.FileLock(run_dir / "lock")
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise StoreError(
            f"another command is running in {run_dir}. Wait for it, or choose another --run-dir."
        ) from None
    except OSError as error:
        raise StoreError(
            f"the directory {run_dir} cannot be written: {error.strerror}. "
            "Choose another --run-dir or correct its permissions."
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM stop a command as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
