"""Tells whether a search is at work on a store that is a file, by the locks that it holds."""

from pathlib import Path

from nasbench_mvit.search.store.location import LOCK_FILE, STORE_FILE, storage_lock


def may_be_at_work(store: Path) -> bool:
    """Return whether a search may be at work on a store.

    False where no process holds a lock of its run. Nothing is created or changed for the answer.
    """
    folders = [path.parent for path in (store, store.resolve()) if path.name == STORE_FILE]
    locks = {storage_lock(store), *(folder / LOCK_FILE for folder in folders)}
    return any(_may_be_held(lock) for lock in locks)


def _may_be_held(lock: Path) -> bool:
    """Return whether a lock is held, or where that cannot be found out."""
    try:
        import fcntl  # noqa: PLC0415 - Unix

        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (ImportError, OSError):
        return True
    return False
