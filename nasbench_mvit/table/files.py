"""A table on the disk: found by name or path, written whole, checked as it is read."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nasbench_mvit import catalogue
from nasbench_mvit.errors import TableError, listed, unknown
from nasbench_mvit.files import atomic_write
from nasbench_mvit.table.schema import ABOUT, COLUMNS, SCHEMA_VERSION, About

PACKAGED = Path(__file__).parent / "data"
OWN = Path("tables")
REMEDY = "Install the package anew, or make the table with `python -m nasbench_mvit.table build`."


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
    return TableFiles(about, {name: _read_frame(folder / name, about) for name in COLUMNS})


def _read_about(path: Path) -> About:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise TableError(f"{path} cannot be read: {problem}. {REMEDY}") from None
    return catalogue.validate_json(text, About, TableError, where=str(path))


def _read_frame(path: Path, about: About) -> pd.DataFrame:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise TableError(f"{path} cannot be read: {problem.strerror}. {REMEDY}") from None
    digest = hashlib.sha256(content).hexdigest()
    wanted = about.sha256.get(path.name)
    if digest != wanted:
        raise TableError(
            f"{path} is damaged or not the table's: its SHA-256 is {digest}, {ABOUT} beside it "
            f"says {wanted}. {REMEDY}"
        )
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except (OSError, pa.ArrowException) as problem:
        raise TableError(f"{path} cannot be read as Parquet: {problem}. {REMEDY}") from None
    if missing := [column for column in COLUMNS[path.name] if column not in frame.columns]:
        raise TableError(f"{path} lacks the columns {listed(missing)}. {REMEDY}")
    return frame


def write(folder: Path, about: Mapping[str, object], frames: Mapping[str, pd.DataFrame]) -> About:
    """Write a table; readers see ``table.json`` last, and it vouches for the rest.

    Args:
        folder: where.
        about: the fields of ``About`` but the version and the checksums.
        frames: by the names of ``schema.COLUMNS``.

    Raises:
        OSError: a file, which the error names, cannot be written.
    """
    digests = {}
    for name, frame in frames.items():
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False, compression="zstd")
        digests[name] = hashlib.sha256(buffer.getvalue()).hexdigest()
        with atomic_write(folder / name) as file:
            file.write(buffer.getvalue())
    complete = About.model_validate({**about, "schema_version": SCHEMA_VERSION, "sha256": digests})
    with atomic_write(folder / ABOUT) as file:
        file.write((complete.model_dump_json(indent=2) + "\n").encode())
    return complete
