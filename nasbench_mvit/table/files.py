"""The folder of a table on the disk, and its content."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasbench_mvit.errors import TableError
from nasbench_mvit.io.checksummed_folder import DataFolders
from nasbench_mvit.table.schema import ABOUT, COLUMNS, SCHEMA_VERSION, About

TABLES = DataFolders(
    noun="table",
    about=ABOUT,
    model=About,
    version=SCHEMA_VERSION,
    own=Path("tables"),
    packaged=Path(__file__).parent / "data",
    error=TableError,
    remedy="Install the package anew, or make the table with `python -m nasbench_mvit table "
    "build`.",
)


@dataclass(frozen=True)
class TableFiles:
    """The content of a table's folder; ``frames`` by the names of ``schema.COLUMNS``."""

    about: About
    frames: Mapping[str, pd.DataFrame]


def read(folder: Path) -> TableFiles:
    """Return the content of a table's folder.

    Raises:
        TableError: a file is missing, damaged, changed, or of another schema version.
    """
    return TableFiles(*TABLES.read(folder, COLUMNS))
