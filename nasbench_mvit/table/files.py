"""The folders of tables on the disk."""

from pathlib import Path

from nasbench_mvit.errors import TableError
from nasbench_mvit.io.checksummed_folder import DataFolders
from nasbench_mvit.table.schema import ABOUT, SCHEMA_VERSION, About

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
