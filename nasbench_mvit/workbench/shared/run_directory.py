"""The directory of a run: one command in it at a time, and a stop that leaves it whole."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import filelock

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.store.location import LOCK_FILE, STORE_FILE

LOCK_WAIT_S = 0.5  # a reader that looks whether a lock is held has it for microseconds
ELSEWHERE = "`run_dir=`"
IMAGES = "images"
CHECKPOINTS = "checkpoints"
NEW = "new"  # of a run that will take the place of the one that is there


@contextlib.contextmanager
def locked(folder: Path, name: str = LOCK_FILE, *, elsewhere: str = ELSEWHERE) -> Iterator[None]:
    """Keep a second command out of the directory, which is made if need be.

    Args:
        folder: the directory.
        name: name of the file in it that is locked.
        elsewhere: the argument that chooses another directory, for the message.

    Raises:
        StoreError: another one is running there, or the directory cannot be written.
    """
    lock = filelock.FileLock(folder / name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=LOCK_WAIT_S)
    except filelock.Timeout:
        raise StoreError(
            f"another command is running in {folder}. Wait for it, or choose another {elsewhere}."
        ) from None
    except OSError as error:
        raise StoreError(
            f"the directory {folder} cannot be written: {error.strerror}. Correct its permissions, "
            f"or choose another {elsewhere}."
        ) from None
    try:
        yield
    finally:
        lock.release()


def set_aside(run_dir: Path) -> Path | None:
    """Move what an earlier run left in a locked directory to a new one beside it.

    The cache of decoded images stays, since it belongs to the images and not to the run, and the
    run that is to take the place.

    Returns:
        The new directory, None where there was no run.

    Raises:
        StoreError: the directory holds files but no run, or cannot be moved.
    """
    found = [path for path in run_dir.iterdir() if path.name not in {LOCK_FILE, IMAGES, NEW}]
    if not found:
        return None
    if not (run_dir / STORE_FILE).exists():
        raise StoreError(
            f"{run_dir} holds files but no {STORE_FILE}, so it is no run and nothing was moved. "
            "Choose another `run_dir=`."
        )
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    home = run_dir.resolve()
    aside = home.with_name(f"{home.name}.{stamp}")
    try:
        aside.mkdir()
        for path in found:
            path.rename(aside / path.name)
    except OSError as error:
        raise StoreError(f"{run_dir} cannot be moved to {aside}: {error.strerror}.") from None
    return aside
