"""Reads and writes DataFrames in Parquet files with required columns."""

import hashlib
import io
import shutil
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
    """Rows in a Parquet file, and in parts beside it until ``compact``.

    Each addition writes one part, so it takes equally long in a large and in a small archive, and a
    kill loses only unfinished work. The name of a part contains the digest of the file it extends,
    so a part left over from an interrupted compaction is ignored. Only one process may write.

    Attributes:
        rows: what the file and its parts hold.
    """

    def __init__(self, path: Path, columns: list[str], *, remedy: str) -> None:
        """Read these columns of the file and its parts; without a file there are no rows.

        Raises:
            StoreError: the file is damaged or something else; ``remedy`` says what to do.
        """
        self._path, self._columns, self._remedy = path, columns, remedy
        self._folder = path.with_name(f"{path.name}.parts")
        while (found := self._read()) is None:
            pass  # the file was replaced meanwhile
        self._digest, self._num_parts, self.rows = found

    def append(self, new: pd.DataFrame) -> None:
        """Add rows."""
        with atomic_write(self._folder / f"{self._digest}-{self._num_parts:06}.parquet") as file:
            new.to_parquet(file, index=False)
        self._num_parts += 1
        self.rows = _joined([self.rows, new])

    def replace(self, rows: pd.DataFrame) -> None:
        """Replace all rows."""
        buffer = io.BytesIO()
        rows.to_parquet(buffer, index=False)
        with atomic_write(self._path) as file:
            file.write(buffer.getvalue())
        shutil.rmtree(self._folder, ignore_errors=True)
        self._digest, self._num_parts, self.rows = _digest(buffer.getvalue()), 0, rows

    def compact(self) -> None:
        """Move the rows of the parts into the file."""
        if self._num_parts:
            self.replace(self.rows)

    def _read(self) -> tuple[str, int, pd.DataFrame] | None:
        """Return the digest of the file, the number of parts and the rows, None if it changes."""
        content = self._content()
        digest = _digest(content)
        parts = sorted(self._folder.glob(f"{digest}-*.parquet"))
        try:
            found = [(part, part.read_bytes()) for part in parts]
        except FileNotFoundError:
            return None
        if content != self._content():
            return None
        whole = [] if content is None else [(self._path, content)]
        frames = [self._parsed(path, content) for path, content in [*whole, *found]]
        return digest, len(parts), _joined(frames or [pd.DataFrame(columns=self._columns)])

    def _content(self) -> bytes | None:
        try:
            return read_content(self._path)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise StoreError(
                f"{self._path} cannot be read: {problem.strerror}. {self._remedy}"
            ) from None

    def _parsed(self, path: Path, content: bytes) -> pd.DataFrame:
        columns, remedy = self._columns, self._remedy
        return parse_frame(path, content, columns, error=StoreError, remedy=remedy)[columns]


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all frames in order."""
    frames = [frame for frame in frames if not frame.empty] or list(frames[:1])
    return pd.concat(frames, ignore_index=True)


def _digest(content: bytes | None) -> str:
    return hashlib.sha256(content or b"").hexdigest()[:12]
