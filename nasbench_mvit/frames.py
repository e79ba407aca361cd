"""DataFrames as Parquet files, for whose content a description beside them vouches by checksums."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nasbench_mvit.errors import WorkbenchError, listed
from nasbench_mvit.files import atomic_write


@dataclass(frozen=True)
class Voucher:
    """What is said where a file is not what it should be.

    Attributes:
        error: to be raised.
        whose: what the files belong to, as in "not the table's".
        file: name of the description that holds the checksums.
        remedy: what to do, a sentence.
    """

    error: type[WorkbenchError]
    whose: str
    file: str
    remedy: str


def read_frame(
    path: Path, digest: str | None, columns: Sequence[str], voucher: Voucher
) -> pd.DataFrame:
    """Return the content of a Parquet file.

    Args:
        path: of the file.
        digest: SHA-256 that its description gives; None where it names no such file.
        columns: that it must have; it may have others.
        voucher: what to say otherwise.

    Raises:
        WorkbenchError: of the voucher's kind; the file is missing, changed or lacks a column.
    """
    remedy = voucher.remedy
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise voucher.error(f"{path} cannot be read: {problem.strerror}. {remedy}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise voucher.error(
            f"{path} is damaged or not {voucher.whose}: its SHA-256 is {found}, {voucher.file} "
            f"beside it says {digest}. {remedy}"
        )
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except (OSError, pa.ArrowException) as problem:
        raise voucher.error(f"{path} cannot be read as Parquet: {problem}. {remedy}") from None
    if missing := [column for column in columns if column not in frame.columns]:
        raise voucher.error(f"{path} lacks the columns {listed(missing)}. {remedy}")
    return frame


def write_frame(path: Path, frame: pd.DataFrame) -> str:
    """Write a Parquet file and return its SHA-256.

    Raises:
        OSError: the file, which the error names, cannot be written.
    """
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    with atomic_write(path) as file:
        file.write(buffer.getvalue())
    return hashlib.sha256(buffer.getvalue()).hexdigest()
