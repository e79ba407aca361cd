"""Reads and writes DataFrames in Parquet files with required columns."""

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nasbench_mvit.errors import StoreError, WorkbenchError, listed
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.text_files import read_content


def parse_frame(
    path: Path,
    content: bytes,
    columns: Sequence[str],
    *,
    error: type[WorkbenchError],
    remedy: str,
) -> pd.DataFrame:
    """Parse the content of a Parquet file, including further columns.

    Args:
        path: path of the file, for messages.
        content: its content.
        columns: the required columns.
        error: class of the errors.
        remedy: a sentence with the remedy.

    Raises:
        WorkbenchError: it is not a Parquet file or lacks a column; the class is ``error``.
    """
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except (OSError, pa.ArrowException) as problem:
        raise error(f"{path} cannot be read as Parquet: {problem}. {remedy}") from None
    if missing := [column for column in columns if column not in frame.columns]:
        raise error(f"{path} lacks the columns {listed(missing)}. {remedy}")
    return frame


class ParquetArchive:
    """Rows in one Parquet file.

    The file is replaced whole with each addition, so that a kill loses only what was running.

    Attributes:
        rows: what the file holds.
    """

    def __init__(self, path: Path, columns: list[str], *, remedy: str) -> None:
        """Read these columns of the file; none is an archive without rows.

        Raises:
            StoreError: the file is damaged or something else; ``remedy`` says what to do.
        """
        self._path = path
        try:
            content = read_content(path)
        except FileNotFoundError:
            self.rows = pd.DataFrame(columns=columns)
        except OSError as problem:
            raise StoreError(f"{path} cannot be read: {problem.strerror}. {remedy}") from None
        else:
            found = parse_frame(path, content, columns, error=StoreError, remedy=remedy)
            self.rows = found[columns]

    def write(self, kept: pd.DataFrame, new: pd.DataFrame) -> None:
        """Replace the rows by those ``kept`` of them, and then ``new``."""
        rows = new if kept.empty else pd.concat([kept, new], ignore_index=True)
        with atomic_write(self._path) as file:
            rows.to_parquet(file, index=False)
        self.rows = rows
