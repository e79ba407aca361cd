"""A table on the disk: found by name or path, written whole, checked as it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasbench_mvit import catalogue
from nasbench_mvit.errors import TableError, unknown
from nasbench_mvit.files import atomic_write
from nasbench_mvit.frames import Voucher, read_frame, write_frame
from nasbench_mvit.table.schema import ABOUT, COLUMNS, SCHEMA_VERSION, About

PACKAGED = Path(__file__).parent / "data"
OWN = Path("tables")
REMEDY = "Install the package anew, or make the table with `python -m nasbench_mvit.table build`."
VOUCHER = Voucher(error=TableError, whose="the table's", file=ABOUT, remedy=REMEDY)


@dataclass(frozen=True)
class TableFiles:
    """The content of a table's folder; ``frames`` by the names of ``schema.COLUMNS``."""

    about: About
    frames: Mapping[str, pd.DataFrame]


def table_names() -> list[str]:
    """Return the names that ``find`` accepts in this working directory."""
    found = (path.parent.name for place in (OWN, PACKAGED) for path in place.glob(f"*/{ABOUT}"))
    return sorted(set(found))


def find(name_or_path: str) -> Path:
    """Return the folder of a table; one in ``tables/`` of the working directory comes first.

    Raises:
        TableError: there is none of that name or path.
    """
    for folder in (Path(name_or_path), OWN / name_or_path, PACKAGED / name_or_path):
        if (folder / ABOUT).is_file():
            return folder
    raise TableError(
        f"{unknown('table', name_or_path, table_names())} One of your own is given by the path of "
        f"the folder that holds its {ABOUT}."
    )


def read(folder: Path) -> TableFiles:
    """Return the content of a table's folder.

    Raises:
        TableError: a file is missing, damaged, changed, or of another schema version.
    """
    about = _read_about(folder / ABOUT)
    frames = {
        name: read_frame(folder / name, about.sha256.get(name), columns, VOUCHER)
        for name, columns in COLUMNS.items()
    }
    return TableFiles(about, frames)


def _read_about(path: Path) -> About:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise TableError(f"{path} cannot be read: {problem}. {REMEDY}") from None
    return catalogue.validate_json(text, About, TableError, where=str(path))


def write(folder: Path, about: Mapping[str, object], frames: Mapping[str, pd.DataFrame]) -> About:
    """Write a table; readers see ``table.json`` last, and it vouches for the rest.

    Args:
        folder: where.
        about: the fields of ``About`` but the version and the checksums.
        frames: by the names of ``schema.COLUMNS``.

    Raises:
        OSError: a file, which the error names, cannot be written.
    """
    digests = {name: write_frame(folder / name, frame) for name, frame in frames.items()}
    complete = About.model_validate({**about, "schema_version": SCHEMA_VERSION, "sha256": digests})
    with atomic_write(folder / ABOUT) as file:
        file.write((complete.model_dump_json(indent=2) + "\n").encode())
    return complete
