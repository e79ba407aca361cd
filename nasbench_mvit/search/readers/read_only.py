"""Opens a SQLite store read-only, and explains why a store cannot be read.

A search may be writing the file, a copy of it may be incomplete, or it may be on a read-only disk.
Nothing here creates, changes or deletes a file, and a lock is held only while rows are read.
"""

import enum
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.readers.locks import may_be_at_work
from nasbench_mvit.search.readers.missing_study import not_the_one

MAGIC = b"SQLite format 3\x00"
HEADER_BYTES = 100
WAL_VERSION = 2
LOCK_TIMEOUT_S = 0.5  # a writer holds its lock for milliseconds; a page should not wait longer


class Trouble(enum.StrEnum):
    """A reason why a store cannot be read now; the value is a heading for the user."""

    MISSING = "no store here"
    EMPTY = "the study is just beginning"
    PARTIAL = "the store is not complete"
    INTERRUPTED = "the last write was cut off"
    LOCKED = "the store is locked"
    DAMAGED = "the store is damaged"
    FOREIGN = "not a store of nasbench_mvit"
    OTHER_SCHEMA = "written by another version"
    SERVER = "the server cannot be read"


class ReadError(StoreError):
    """A store cannot be read now; ``trouble`` is the kind of reason."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        self.trouble = trouble
        super().__init__(message)


@dataclass(frozen=True)
class FileState:
    """The state of a store's file: equal states hold equal trials.

    Attributes:
        inode, size, modified_ns: attributes of the file.
        change_counter: SQLite's counter, raised by every transaction.
        wal: size and time of the write-ahead log, zeros where there is none.
        may_be_at_work: whether a search may be at work on it.
    """

    inode: int
    size: int
    modified_ns: int
    change_counter: int
    wal: tuple[int, int]
    may_be_at_work: bool

    @property
    def last_write(self) -> datetime:
        """When the store was last written, be it to its log."""
        return datetime.fromtimestamp(max(self.modified_ns, self.wal[1]) / 1e9, tz=UTC)


def file_state(path: Path) -> FileState:
    """Return the state of a store without opening it as a database.

    Raises:
        ReadError: there is no such file, it cannot be read, or it is not a SQLite file.
    """
    header, about = _header(path)
    return FileState(
        inode=about.st_ino,
        size=about.st_size,
        modified_ns=about.st_mtime_ns,
        change_counter=int.from_bytes(header[24:28], "big"),
        wal=_wal_state(path),
        may_be_at_work=may_be_at_work(path),
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
        raise ReadError(
            Trouble.FOREIGN, f"{path} is not a SQLite file. Open the folder of a search."
        )
    if len(header) < HEADER_BYTES:
        raise _partial(path)
    return header, about


def _wal_state(path: Path) -> tuple[int, int]:
    try:
        about = _beside(path, "-wal").stat()
    except OSError:
        return (0, 0)
    return (about.st_size, about.st_mtime_ns)


def _beside(path: Path, suffix: str) -> Path:
    """Return a file of SQLite's beside a store, which is where a link to the store leads."""
    real = path.resolve()
    return real.with_name(f"{real.name}{suffix}")


@contextmanager
def open_readonly(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a store in one read transaction.

    Raises:
        ReadError: the store is locked, incomplete, damaged or was interrupted during a write.
    """
    header, about = _header(path)
    _check_complete(path, header, about.st_size)
    try:
        with _uri(path, header) as uri, closing(_connect(uri)) as connection:
            connection.execute("PRAGMA query_only = 1")
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        raise _explained(path, error) from None


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=LOCK_TIMEOUT_S, isolation_level=None)


def _check_complete(path: Path, header: bytes, size: int) -> None:
    """Raise an error for a file shorter than its header states, such as an unfinished copy."""
    page_size = int.from_bytes(header[16:18], "big")
    page_size = 65536 if page_size == 1 else page_size
    expected = page_size * int.from_bytes(header[28:32], "big")
    if size < expected and not _beside(path, "-wal").exists():
        raise _partial(path)


@contextmanager
def _uri(path: Path, header: bytes) -> Iterator[str]:
    """Yield the URI by which SQLite opens a store without a change to its folder.

    To open a store in write-ahead mode, SQLite would create files beside it, unless a writer has
    created them already. It is opened as immutable where there is no log to read, and a copy of it
    is opened where the log was left in a folder that cannot be written.
    """
    wal, shared_memory = _beside(path, "-wal"), _beside(path, "-shm")
    real = path.resolve()
    is_shared = shared_memory.exists() or os.access(real.parent, os.W_OK)
    if WAL_VERSION not in header[18:20] or (wal.exists() and is_shared):
        yield f"{real.as_uri()}?mode=ro"
    elif _wal_state(path)[0] == 0:
        yield f"{real.as_uri()}?immutable=1"
    else:
        with TemporaryDirectory() as folder:
            for file in (real, wal):
                shutil.copyfile(file, Path(folder, file.name))
            yield f"{Path(folder, real.name).as_uri()}?mode=ro"


def chosen(names: Sequence[str], wanted: str | None, place: object) -> str:
    """Return the study to read of those that ``place`` holds: ``wanted``, or the only one.

    Raises:
        ReadError: there is none of that name, or there are several and none is named.
    """
    if wanted in names or (wanted is None and len(names) == 1):
        return wanted or names[0]
    raise ReadError(Trouble.FOREIGN, not_the_one(names, wanted, place))


def _partial(path: Path) -> ReadError:
    return ReadError(
        Trouble.PARTIAL,
        f"{path} is shorter than its header states. If it is being copied, it opens by itself when "
        "the copy is complete; otherwise copy it again.",
    )


def _explained(path: Path, error: sqlite3.Error) -> ReadError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ReadError(
            Trouble.LOCKED,
            f"{path} is locked by another program. It opens by itself once the lock is released.",
        )
    is_cut = _beside(path, "-journal").exists()
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")) and is_cut:
        return ReadError(
            Trouble.INTERRUPTED,
            f"{path} was interrupted during a write. Run the same search command again to repair "
            "it; a reader must not change it.",
        )
    cause = " ".join(str(error).split())
    if "no such table" in cause or "no such column" in cause:
        return ReadError(
            Trouble.FOREIGN,
            f"{path} is not an Optuna storage that this version reads ({cause}). Open the folder "
            "of a search.",
        )
    return ReadError(
        Trouble.DAMAGED,
        f"{path} cannot be read: {cause}. Put a copy from before the damage in its place, or "
        "start anew with `fresh=`.",
    )
