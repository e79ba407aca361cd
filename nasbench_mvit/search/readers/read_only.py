"""A SQLite store opened to look at, which cannot be changed by looking, and what may be wrong.

A search may be writing the file, a copy of it may still be under way, it may lie on a read-only
disk. Nothing here creates, changes or deletes a file, and a lock is held only while rows are read.
"""

import enum
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.errors import StoreError

MAGIC = b"SQLite format 3\x00"
HEADER_BYTES = 100
WAL_VERSION = 2
PATIENCE_S = 0.5  # a writer holds its lock for milliseconds; a page should not wait longer


class Trouble(enum.StrEnum):
    """Why a store cannot be read now; the value is a heading for a person."""

    MISSING = "no store here"
    EMPTY = "the study is just beginning"
    PARTIAL = "the store is not complete"
    INTERRUPTED = "the last write was cut off"
    LOCKED = "the store is locked"
    DAMAGED = "the store is damaged"
    FOREIGN = "not a store of nasbench_mvit"
    OTHER_SCHEMA = "written by another version"


class ReadError(StoreError):
    """A store cannot be read now; ``trouble`` says of which kind the reason is."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        self.trouble = trouble
        super().__init__(message)


@dataclass(frozen=True)
class FileState:
    """What changes when a store is written: equal states hold equal rows.

    Attributes:
        inode, size, modified_ns: of the file.
        change_counter: SQLite's own, raised by every transaction.
        wal: size and time of the write-ahead log beside it, zeros where there is none.
    """

    inode: int
    size: int
    modified_ns: int
    change_counter: int
    wal: tuple[int, int]


def file_state(path: Path) -> FileState:
    """Return the state of a store without opening it as a database.

    Raises:
        ReadError: there is no such file, it cannot be read, or it is no SQLite file.
    """
    header, about = _header(path)
    return FileState(
        inode=about.st_ino,
        size=about.st_size,
        modified_ns=about.st_mtime_ns,
        change_counter=int.from_bytes(header[24:28], "big"),
        wal=_wal_state(path),
    )


def _header(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        with path.open("rb") as file:
            header, about = file.read(HEADER_BYTES), os.fstat(file.fileno())
    except (FileNotFoundError, NotADirectoryError):
        raise ReadError(
            Trouble.MISSING,
            f"there is no {path}. Start a search in that folder, or open another one.",
        ) from None
    except OSError as error:
        raise ReadError(
            Trouble.MISSING,
            f"{path} cannot be read: {error.strerror}. Correct its permissions.",
        ) from None
    if not header:
        raise ReadError(
            Trouble.EMPTY,
            f"{path} is empty yet. A search that has just begun fills it in a moment.",
        )
    if header[: len(MAGIC)] != MAGIC[: len(header)]:
        raise ReadError(Trouble.FOREIGN, f"{path} is no SQLite file. Open the folder of a search.")
    if len(header) < HEADER_BYTES:
        raise _partial(path)
    return header, about


def _wal_state(path: Path) -> tuple[int, int]:
    try:
        about = _wal(path).stat()
    except OSError:
        return (0, 0)
    return (about.st_size, about.st_mtime_ns)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


@contextmanager
def open_readonly(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a store in one read transaction.

    Raises:
        ReadError: the store is locked, incomplete, damaged or was left in the midst of a write.
    """
    header, about = _header(path)
    _check_complete(path, header, about.st_size)
    mode = "immutable=1" if _is_immutable(path, header) else "mode=ro"
    try:
        uri = f"{path.resolve().as_uri()}?{mode}"
        connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE_S, isolation_level=None)
        with closing(connection):
            connection.execute("PRAGMA query_only = 1")
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        raise _explained(path, error) from None


def _check_complete(path: Path, header: bytes, size: int) -> None:
    """Refuse a file shorter than its own header says, as a copy is while it is being made."""
    page_size = int.from_bytes(header[16:18], "big")
    page_size = 65536 if page_size == 1 else page_size
    expected = page_size * int.from_bytes(header[28:32], "big")
    if size < expected and not _wal(path).exists():
        raise _partial(path)


def _is_immutable(path: Path, header: bytes) -> bool:
    """Say whether the store must be read as a file that nobody writes.

    To open a store with a write-ahead log SQLite would create files beside it, unless they are
    there already, as they are while anybody writes.
    """
    if hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY:
        return True
    return WAL_VERSION in header[18:20] and not _wal(path).exists()


def _partial(path: Path) -> ReadError:
    return ReadError(
        Trouble.PARTIAL,
        f"{path} is shorter than it says itself. If it is being copied, it opens by itself once "
        "that is done; else copy it again.",
    )


def _explained(path: Path, error: sqlite3.Error) -> ReadError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ReadError(
            Trouble.LOCKED,
            f"{path} is locked by another program. It opens by itself once that lets go.",
        )
    journal = path.with_name(f"{path.name}-journal")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")) and journal.exists():
        return ReadError(
            Trouble.INTERRUPTED,
            f"{path} was left in the midst of a write. The same search command again puts that "
            "right; looking at it must not change it.",
        )
    cause = " ".join(str(error).split())
    if "no such table" in cause or "no such column" in cause:
        return ReadError(
            Trouble.FOREIGN,
            f"{path} is no Optuna storage that this version reads ({cause}). Open the folder of a "
            "search.",
        )
    return ReadError(
        Trouble.DAMAGED,
        f"{path} cannot be read: {cause}. Put a copy from before the damage in its place, or "
        "start anew with --fresh.",
    )
