"""Location: the place of a study's storage."""

import re
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy

from nasbench_mvit.errors import StoreError

STORE_FILE = "study.db"


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
                "'?' and '%'. Name another with --run-dir."
            )
        return cls(url=url, exclusive=True)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite storage, None for a server.

        Raises:
            StoreError: the URL is invalid, or of a storage in memory, which cannot be resumed.
        """
        try:
            url = sqlalchemy.make_url(self.url)
        except (sqlalchemy.exc.ArgumentError, ValueError):
            raise StoreError(
                "--storage must be a SQLAlchemy URL such as sqlite:///study.db or "
                "postgresql://user@host/database."
            ) from None
        if not url.drivername.startswith("sqlite"):
            return None
        if url.database in {None, "", ":memory:"}:
            raise StoreError(
                "--storage in memory would be lost with the process: name a file, such as "
                "sqlite:///study.db."
            )
        return Path(str(url.database))

    @property
    def engine_url(self) -> str:
        """The URL for Optuna: with the driver psycopg for PostgreSQL, and with braces escaped."""
        url = re.sub("^postgresql:", "postgresql+psycopg:", self.url)
        return url.replace("{", "{{").replace("}", "}}")

    def __str__(self) -> str:
        """Return the URL without user and password."""
        without_user = re.sub("://.*@", "://***@", self.url)
        # Options of a server may hold a password too.
        return without_user if self.file is not None else without_user.partition("?")[0]
