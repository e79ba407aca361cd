"""What a database says when it fails, as one message: the cause and what to do about it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import SQLAlchemyError

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.schema import DAMAGED

LOCK_TIMEOUT_S = 60
OTHERWISE = (
    "Check the path, its permissions and that it is an Optuna storage, or name another with "
    "--storage or --run-dir."
)
_REMEDIES = {
    "SQLITE_FULL": "Make room on its disk: what is stored is safe, and the same command goes on.",
    "SQLITE_BUSY": "Another program holds it: close that or wait, then run the same command again.",
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
}


@contextmanager
def storage_errors(location: object) -> Iterator[None]:
    """Raise what a database reports inside as a ``StoreError`` about ``location``."""
    try:
        yield
    except (SQLAlchemyError, StorageInternalError) as error:
        raise StoreError(failure(location, error)) from None
    except json.JSONDecodeError as error:
        raise StoreError(f"the storage {location} is damaged: {error}. {DAMAGED}") from None


def failure(location: object, error: BaseException) -> str:
    """Return the message for an error of the storage at ``location``."""
    while error.__cause__ is not None:  # Optuna's error, SQLAlchemy's, at last the driver's
        error = error.__cause__
    error = getattr(error, "orig", None) or error
    cause = " ".join(str(error).split())
    name = getattr(error, "sqlite_errorname", "")
    remedy = next((text for kind, text in _REMEDIES.items() if name.startswith(kind)), OTHERWISE)
    return f"the storage {location} cannot be used: {cause}. {remedy}"


def check_sqlite_file(path: Path, location: object) -> None:
    """Refuse a SQLite file that was cut short or damaged, before anything is written to it.

    Raises:
        StoreError: SQLite finds it damaged, or cannot read it.
    """
    if not path.is_file() or not path.stat().st_size:
        return  # SQLite makes a new one
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S)) as connection:
            ((verdict,), *_) = connection.execute("PRAGMA quick_check(1)").fetchall()
            ((page_size,),) = connection.execute("PRAGMA page_size").fetchall()
    except sqlite3.Error as error:
        raise StoreError(failure(location, error)) from None
    if path.stat().st_size % page_size:
        verdict = "its last page is cut short"
    if verdict != "ok":
        raise StoreError(f"the storage {location} is damaged: {verdict}. {DAMAGED}")
