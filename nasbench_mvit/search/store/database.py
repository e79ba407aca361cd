"""Opens the database of a storage and converts its errors to messages with cause and remedy."""

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
from nasbench_mvit.io.system import extras
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.trials.schema import DAMAGED

LOCK_TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 10
SETUP_LOCK_ID = 0x6E61736D  # of the advisory lock below, among other programs on the server
RETRY_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # long enough for a server to restart
MAX_BREAKS = 5  # broken connections in one transaction
REMEDY = (
    "Check the path, its permissions and that it is an Optuna storage, or name another with "
    "`storage=` or `run_dir=`."
)
SERVER_REMEDY = (
    "Check that the server runs and that host, port, user, password and database of `storage=` are "
    "correct; what is stored there is safe, and the same command resumes."
)
_REMEDIES = {
    "SQLITE_FULL": "Make room on its disk: what is stored is safe, and the same command resumes.",
    "SQLITE_IOERR": "Make room on its disk, or check it: what is stored is safe, and the "
    "same command resumes.",
    "SQLITE_BUSY": "Another program locks it: close that or wait, then run the same command again.",
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
}


T = TypeVar("T")


@contextmanager
def storage_errors(location: object) -> Iterator[None]:
    """Convert database errors inside to a ``StoreError`` about ``location``."""
    try:
        yield
    except (SQLAlchemyError, StorageInternalError) as error:
        raise StoreError(failure(location, error)) from None
    except json.JSONDecodeError as error:
        raise StoreError(f"the storage {location} is damaged: {error}. {DAMAGED}") from None


def failure(location: object, error: BaseException) -> str:
    """Return the message for an error of the storage at ``location``."""
    while error.__cause__ is not None:  # from Optuna's error over SQLAlchemy's to the driver's
        error = error.__cause__
    error = getattr(error, "orig", None) or error
    cause = _cause(location, error)
    name = getattr(error, "sqlite_errorname", "")
    is_server = isinstance(location, Location) and location.file is None
    default = SERVER_REMEDY if is_server else REMEDY
    remedy = next((text for kind, text in _REMEDIES.items() if name.startswith(kind)), default)
    return f"the storage {location} cannot be used: {cause}. {remedy}"


def _cause(location: object, error: BaseException) -> str:
    """Return the text of an error in one line, without the passwords of its storage."""
    cause = str(error)
    if isinstance(location, Location):
        cause = location.without_secrets(cause)
    return " ".join(cause.split())


def open_storage(location: Location, *, read_only: bool = False) -> RDBStorage:
    """Open the storage at a location, or create it.

    Args:
        location: the place.
        read_only: whether PostgreSQL is to refuse every write.

    Raises:
        StoreError: it cannot be opened, or is not an Optuna storage of this version.
    """
    try:
        if location.file is not None:
            check_sqlite_file(location.file, location)
        with extras.only_installed():
            options = _engine_options(location, read_only=read_only)
            return RDBStorage(location.engine_url, engine_kwargs=options)
    except (sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        raise StoreError(_no_driver(location, error)) from None
    except (sqlalchemy.exc.SQLAlchemyError, TypeError) as error:
        raise StoreError(failure(location, error)) from None
    except RuntimeError as error:
        raise StoreError(
            f"the storage {location} belongs to another version of Optuna: "
            f"{_cause(location, error)} Upgrade it with `optuna storage upgrade`, or name another "
            "with `storage=`."
        ) from None


def has_tables(location: Location) -> bool:
    """Return whether the database at a location has Optuna's tables; none are created.

    Raises:
        StoreError: it cannot be opened.
    """
    try:
        with extras.only_installed():
            options = _engine_options(location, read_only=True)
            engine = sqlalchemy.create_engine(location.engine_url, **options)
    except (sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        raise StoreError(_no_driver(location, error)) from None
    with storage_errors(location), closing_connections(engine):
        return sqlalchemy.inspect(engine).has_table("studies")


@contextmanager
def closing_connections(engine: Engine) -> Iterator[None]:
    """Close the connections of an engine afterwards; its next use opens new ones."""
    try:
        yield
    finally:
        engine.dispose()


@contextmanager
def opened(location: Location) -> Iterator[RDBStorage]:
    """Open a storage; on PostgreSQL no other driver creates tables or studies meanwhile.

    Raises:
        StoreError: it cannot be opened, or is not an Optuna storage of this version.
    """
    if not location.engine_url.startswith("postgresql"):
        yield open_storage(location)
        return
    try:
        with extras.only_installed():
            engine = sqlalchemy.create_engine(location.engine_url, **_engine_options(location))
    except ImportError as error:
        raise StoreError(_no_driver(location, error)) from None
    with closing_connections(engine), one_at_a_time(engine):
        yield open_storage(location)


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """Hold an advisory lock on PostgreSQL, so that no two drivers create the same tables."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.begin() as connection:
        connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(SETUP_LOCK_ID)))
        yield


def _engine_options(location: Location, *, read_only: bool = False) -> dict[str, Any]:
    if location.file is not None:
        return {"connect_args": {"timeout": LOCK_TIMEOUT_S}}
    options: dict[str, Any] = {"pool_pre_ping": True}  # a server may have restarted meanwhile
    if location.engine_url.startswith("postgresql+psycopg:"):
        options["connect_args"] = {"connect_timeout": CONNECT_TIMEOUT_S}
        options["execution_options"] = {"postgresql_readonly": read_only}
    return options


def _no_driver(location: Location, error: Exception) -> str:
    cause = _cause(location, error)
    remedy = "Install the driver of that database"
    if location.engine_url.startswith("postgresql+psycopg:"):
        remedy = (
            "PostgreSQL is an extra: in a clone "
            "`pip install --constraint constraints.txt '.[postgresql]'`, else "
            "`pip install 'nasbench-mvit[postgresql]'`"
        )
    return f"the storage {location} cannot be opened: {cause}. {remedy}, or name another storage."


def check_sqlite_file(path: Path, location: object) -> None:
    """Check that a SQLite file is complete and not damaged, before anything is written to it.

    Raises:
        StoreError: SQLite finds it damaged, or cannot read it.
    """
    if not path.is_file() or not path.stat().st_size:
        return  # SQLite creates a new one
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S)) as connection:
            ((verdict,), *_) = connection.execute("PRAGMA quick_check(1)").fetchall()
            ((page_size,),) = connection.execute("PRAGMA page_size").fetchall()
    except sqlite3.Error as error:
        raise StoreError(failure(location, error)) from None
    if path.stat().st_size % page_size:
        verdict = "its last page is incomplete"
    if verdict != "ok":
        raise StoreError(f"the storage {location} is damaged: {verdict}. {DAMAGED}")


@contextmanager
def write_ahead_log(engine: Engine) -> Iterator[None]:
    """Use SQLite's write-ahead log inside; servers have their own.

    A commit then waits for the disk once instead of four times, and readers never wait for the
    writer. Afterwards everything is in one file again. If the file system has no space for the log
    or cannot share it, or a reader holds it at the end, the mode stays as it is: commits are safe
    in both modes, and the next driver continues.
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
    """Retry connections inside for a while, as when the server restarts.

    This also holds for a read or write that finds its connection broken.
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
    """Run a transaction, again if the connection to the server breaks, and return its result.

    Args:
        step: the transaction.
        done: a function that returns the result if the transaction was committed when the
            connection broke, otherwise None.
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
