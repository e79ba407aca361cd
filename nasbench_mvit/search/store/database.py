"""What a database says when it fails, as one message: the cause and what to do about it."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import Dialect, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.trials.schema import DAMAGED

LOCK_TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 10
OPENING = 0x6E61736D  # names the lock below among those of other programs at the same server
RETRY_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # a server that restarts is back by then
MAX_BREAKS = 5  # of the connection in one transaction
OTHERWISE = (
    "Check the path, its permissions and that it is an Optuna storage, or name another with "
    "--storage or --run-dir."
)
OTHERWISE_SERVER = (
    "Check that the server runs and that host, port, user, password and database of --storage are "
    "right; what is stored there is safe, and the same command goes on."
)
_REMEDIES = {
    "SQLITE_FULL": "Make room on its disk: what is stored is safe, and the same command goes on.",
    "SQLITE_IOERR": "Make room on its disk, or check it: what is stored is safe, and the "
    "same command goes on.",
    "SQLITE_BUSY": "Another program holds it: close that or wait, then run the same command again.",
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
}


T = TypeVar("T")


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
    of_server = isinstance(location, Location) and location.file is None
    otherwise = OTHERWISE_SERVER if of_server else OTHERWISE
    remedy = next((text for kind, text in _REMEDIES.items() if name.startswith(kind)), otherwise)
    return f"the storage {location} cannot be used: {cause}. {remedy}"


def open_storage(location: Location) -> RDBStorage:
    """Return the storage at a location, made where there is none.

    Raises:
        StoreError: it cannot be opened, or is no Optuna storage of this version.
    """
    try:
        if location.file is not None:
            check_sqlite_file(location.file, location)
        return RDBStorage(location.engine_url, engine_kwargs=_engine_options(location))
    except (sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        raise StoreError(_no_driver(location, error)) from None
    except (sqlalchemy.exc.SQLAlchemyError, TypeError) as error:
        raise StoreError(failure(location, error)) from None
    except RuntimeError as error:
        raise StoreError(
            f"the storage {location} belongs to another version of Optuna: {error} "
            "Upgrade it with `optuna storage upgrade`, or name another with --storage."
        ) from None


@contextmanager
def opened(location: Location) -> Iterator[RDBStorage]:
    """Open a storage; on PostgreSQL no other driver makes its tables or studies meanwhile.

    Raises:
        StoreError: it cannot be opened, or is no Optuna storage of this version.
    """
    if not location.engine_url.startswith("postgresql"):
        yield open_storage(location)
        return
    try:
        engine = sqlalchemy.create_engine(location.engine_url, **_engine_options(location))
    except ImportError as error:
        raise StoreError(_no_driver(location, error)) from None
    try:
        with one_at_a_time(engine):
            yield open_storage(location)
    finally:
        engine.dispose()


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """On PostgreSQL, keep others out who would make the same tables at the same moment."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.begin() as connection:
        connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(OPENING)))
        yield


def _engine_options(location: Location) -> dict[str, Any]:
    if location.file is not None:
        return {"connect_args": {"timeout": LOCK_TIMEOUT_S}}
    options: dict[str, Any] = {"pool_pre_ping": True}  # a server may have restarted meanwhile
    if location.engine_url.startswith("postgresql+psycopg:"):
        options["connect_args"] = {"connect_timeout": CONNECT_TIMEOUT_S}
    return options


def _no_driver(location: Location, error: Exception) -> str:
    cause = " ".join(str(error).split())
    remedy = "Install the driver of that database"
    if location.engine_url.startswith("postgresql+psycopg:"):
        remedy = (
            "PostgreSQL is an extra: in a clone "
            "`pip install --constraint constraints.txt '.[postgresql]'`, else "
            "`pip install 'nasbench-mvit[postgresql]'`"
        )
    return f"the storage {location} cannot be opened: {cause}. {remedy}, or name another storage."


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


@contextmanager
def quick_commits(engine: Engine) -> Iterator[None]:
    """Let SQLite append what is committed inside to a log beside the file; servers do so anyway.

    A commit then waits for the disk once instead of four times, and readers never wait for the
    writer. Afterwards all is in the one file again. Where the file system has no room for the log
    or cannot share it, or where a reader keeps it at the end, the file stays as it is: what is
    committed is safe in both forms, and the next to open it goes on.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    _try_journal(engine, "WAL")
    try:
        yield
    finally:
        _try_journal(engine, "DELETE")


def _try_journal(engine: Engine, mode: str) -> None:
    engine.dispose()  # the mode changes only where there is a single connection
    with suppress(SQLAlchemyError), engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA journal_mode = {mode}")


@contextmanager
def reconnecting(engine: Engine) -> Iterator[None]:
    """Inside, wait for a server that cannot be reached, as one that restarts, before giving up.

    So does whatever reads or writes once it finds its connection broken.
    """
    if engine.dialect.name == "sqlite":
        yield
        return
    sqlalchemy.event.listen(engine, "do_connect", _connect_patiently)
    try:
        yield
    finally:
        sqlalchemy.event.remove(engine, "do_connect", _connect_patiently)


def _connect_patiently(
    dialect: Dialect, _record: object, args: list[Any], parameters: dict[str, Any]
) -> Any:
    for pause_s in RETRY_AFTER_S:
        try:
            return dialect.connect(*args, **parameters)
        except dialect.loaded_dbapi.OperationalError:
            time.sleep(pause_s)
    return dialect.connect(*args, **parameters)


def retried(step: Callable[[], T], done: Callable[[], T | None] = lambda: None) -> T:
    """Return what a transaction returns, tried again where the connection to the server broke.

    Args:
        step: the transaction.
        done: returns its outcome where it turns out to have been committed as the connection
            broke, None where it was not.
    """
    for _ in range(MAX_BREAKS):
        try:
            return step()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        if (outcome := done()) is not None:
            return outcome
    return step()
