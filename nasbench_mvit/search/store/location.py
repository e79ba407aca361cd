"""Location: the place of a study's storage."""

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import sqlalchemy

from nasbench_mvit.errors import StoreError

STORE_FILE = "study.db"
LOCK_FILE = "lock"  # in a run directory; held by the command that is at work there
MIN_SECRET = 4  # characters: a shorter one would be found in any text


def store_in(path: Path) -> Path:
    """Return the path of the store in a run directory; a file is returned as it is."""
    return path if path.is_file() else path / STORE_FILE


def storage_lock(file: Path) -> Path:
    """Return the lock of a storage that is a file, which a search holds wherever its reports go."""
    real = file.resolve()
    return real.with_name(f"{real.name}.lock")


@dataclass(frozen=True)
class Location:
    """The place of a storage.

    Attributes:
        url: SQLAlchemy URL.
        exclusive: whether the storage is a file for this study alone.
    """

    url: str
    exclusive: bool

    @classmethod
    def of(cls, run_dir: Path, storage: str | None) -> "Location":
        """Return the storage of the URL ``storage``, that in ``run_dir`` without one.

        Raises:
            StoreError: no URL can express the path of the run directory.
        """
        return cls.in_folder(run_dir) if storage is None else cls(url=storage, exclusive=False)

    @classmethod
    def in_folder(cls, run_dir: Path) -> "Location":
        """Return the default storage of a run.

        Raises:
            StoreError: no URL can express the path.
        """
        path = run_dir / STORE_FILE
        url = f"sqlite:///{path}"
        if sqlalchemy.make_url(url).database != str(path):
            raise StoreError(
                f"the run directory {run_dir} cannot hold a database: its path must be free of "
                "'?' and '%'. Name another with `run_dir=`."
            )
        return cls(url=url, exclusive=True)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite storage, None for a server.

        Raises:
            StoreError: the URL is invalid, or of a storage in memory, which cannot be resumed.
        """
        url = self._parsed()
        if not url.drivername.startswith("sqlite"):
            return None
        if url.database in {None, "", ":memory:"}:
            raise StoreError(
                "`storage=` in memory would be lost with the process: name a file, such as "
                "sqlite:///study.db."
            )
        return Path(str(url.database))

    def _parsed(self) -> sqlalchemy.URL:
        url = None
        with contextlib.suppress(sqlalchemy.exc.ArgumentError, ValueError):
            url = sqlalchemy.make_url(self.url)
        if self.url.count("@") > 1 and (url is None or url.password is not None):
            raise StoreError(
                "the user or the password of `storage=` holds an '@', which must be written %40 "
                "(and '%' %25, '/' %2F, ':' %3A), as in postgresql://user:p%40ss@host/database."
            )
        if url is None:
            raise StoreError(
                "`storage=` must be a SQLAlchemy URL such as sqlite:///study.db or "
                "postgresql://user@host/database."
            )
        return url

    @property
    def database(self) -> str:
        """The name of its database; of a file, that of its folder."""
        if self.file is not None:
            return self.file.resolve().parent.name
        url = self._parsed()
        return url.database or url.host or url.drivername

    def without_secrets(self, text: str) -> str:
        """Return a text, such as the message of a driver, without the passwords of the URL."""
        url = self._parsed()
        values = [str(value) for key, value in url.query.items() if "pass" in key.lower()]
        values.append(str(url.password or ""))
        secrets = {secret for value in values for secret in (value, quote(value, safe=""))}
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, "***") if len(secret) >= MIN_SECRET else text
        return text

    @property
    def engine_url(self) -> str:
        """The URL for Optuna: with the driver psycopg for PostgreSQL, and with braces escaped."""
        url = re.sub("^postgresql:", "postgresql+psycopg:", self.url)
        return url.replace("{", "{{").replace("}", "}}")

    def __str__(self) -> str:
        """Return the URL without user and password."""
        if self.file is not None and self._parsed().password is None:
            return self.url
        url = self._parsed()  # its options may hold a password too
        shown = sqlalchemy.URL.create(
            url.drivername, host=url.host, port=url.port, database=url.database
        )
        user = "***@" if url.username or url.password else ""
        return str(shown).replace("://", f"://{user}", 1)
