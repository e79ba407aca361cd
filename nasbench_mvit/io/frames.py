"""DataFrames in Parquet files that must have certain columns."""

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
    """Return the content of a Parquet file, with further columns that it may have.

    Args:
        path: of the file, for messages.
        content: what was read there.
        columns: that it must have.
        error: to be raised.
        remedy: what to do then, a sentence.

    Raises:
        WorkbenchError: ``error``; it is no Parquet file or lacks a column.
    """
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except (OSError, pa.ArrowException) as problem:
        raise error(f"{path} cannot be read as Parquet: {problem}. {remedy}") from None
    if missing := [column for column in columns if column not in frame.columns]:
        raise error(f"{path} lacks the columns {listed(missing)}. {remedy}")
    return frame


def read_archive(path: Path, columns: list[str], *, remedy: str) -> pd.DataFrame:
    """Return these columns of the file of a run, no rows where there is no file yet.

    Raises:
        StoreError: the file is damaged or something else; ``remedy`` says what to do.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return pd.DataFrame(columns=columns)
    except OSError as problem:
        raise StoreError(f"{path} cannot be read: {problem.strerror}. {remedy}") from None
    return parse_frame(path, content, columns, error=StoreError, remedy=remedy)[columns]


def grow_archive(path: Path, rows: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` and then ``new``, when the file of a run has been replaced by them whole."""
    grown = new if rows.empty else pd.concat([rows, new], ignore_index=True)
    with atomic_write(path) as file:
        grown.to_parquet(file, index=False)
    return grown
