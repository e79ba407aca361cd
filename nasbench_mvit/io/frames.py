"""Reads and writes DataFrames in Parquet files with required columns."""

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nasbench_mvit.errors import StoreError, WorkbenchError, listed
from nasbench_mvit.io.atomic import atomic_write


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


def read_archive(path: Path, columns: list[str], *, remedy: str) -> pd.DataFrame:
    """Read these columns of a run's file; return no rows if there is no file yet.

    Raises:
        StoreError: the file is damaged or of another kind; the message ends with ``remedy``.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return pd.DataFrame(columns=columns)
    except OSError as problem:
        raise StoreError(f"{path} cannot be read: {problem.strerror}. {remedy}") from None
    return parse_frame(path, content, columns, error=StoreError, remedy=remedy)[columns]


def grow_archive(path: Path, rows: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Replace the file of a run atomically by ``rows`` and ``new``, and return both together."""
    grown = new if rows.empty else pd.concat([rows, new], ignore_index=True)
    with atomic_write(path) as file:
        grown.to_parquet(file, index=False)
    return grown
