"""An archive takes additions in parts, and a kill at any point loses and repeats nothing."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from nasbench_mvit.errors import StoreError
from nasbench_mvit.io import frames
from nasbench_mvit.io.frames import ParquetArchive

COLUMNS = ["name", "value"]


class Killed(BaseException):
    """Stands for a process that ends at once."""


def opened(folder: Path) -> ParquetArchive:
    return ParquetArchive(folder / "a.parquet", COLUMNS, remedy="Move it away.")


def rows(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"name": [f"n{value}" for value in values], "value": values})


def test_an_addition_writes_a_part_whose_size_does_not_grow(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    archive.replace(rows(*map(float, range(1000))))
    before = (tmp_path / "a.parquet").stat()
    for value in (1.5, 2.5, 3.5):
        archive.append(rows(value))
    after = (tmp_path / "a.parquet").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    sizes = [part.stat().st_size for part in (tmp_path / "a.parquet.parts").iterdir()]
    assert len(sizes) == 3
    assert max(sizes) < before.st_size / 2
    read = opened(tmp_path)
    assert list(read.rows["value"])[-3:] == [1.5, 2.5, 3.5]
    assert len(read.rows) == 1003


def test_compacted_it_is_one_file_of_the_same_rows(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    for value in (1.0, float("nan"), 3.0):
        archive.append(rows(value))
    archive.compact()
    archive.compact()
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), archive.rows)
    pd.testing.assert_frame_equal(opened(tmp_path).rows, archive.rows)


def test_an_archive_without_rows_makes_no_file(tmp_path: Path) -> None:
    opened(tmp_path).compact()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("step", ["before the file", "after the file", "among the parts"])
def test_a_kill_during_a_compaction_loses_and_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    archive = opened(tmp_path)
    archive.replace(rows(0.0))
    for value in (1.0, 2.0):
        archive.append(rows(value))

    def killed(folder: Path, **_options: object) -> None:
        if step == "among the parts":
            next(iter(sorted(folder.iterdir()))).unlink()
        raise Killed

    with monkeypatch.context() as patch:
        if step == "before the file":
            patch.setattr(frames, "atomic_write", killed)
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(Killed):
            archive.compact()
    found = opened(tmp_path)
    assert list(found.rows["value"]) == [0.0, 1.0, 2.0]
    found.append(rows(3.0))
    assert list(opened(tmp_path).rows["value"]) == [0.0, 1.0, 2.0, 3.0]
    found.compact()
    assert list(opened(tmp_path).rows["value"]) == [0.0, 1.0, 2.0, 3.0]


def test_rows_replaced_do_not_come_back(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    archive.append(rows(1.0))
    archive.append(rows(2.0))
    archive.replace(rows(2.0, 5.0))
    assert list(opened(tmp_path).rows["value"]) == [2.0, 5.0]


def test_a_damaged_part_is_named_with_the_remedy(tmp_path: Path) -> None:
    archive = opened(tmp_path)
    archive.append(rows(1.0))
    (part,) = (tmp_path / "a.parquet.parts").iterdir()
    part.write_bytes(b"PAR1 cut")
    with pytest.raises(StoreError, match=rf"{part.name} cannot be read.*Move it away"):
        opened(tmp_path)


def test_a_reader_sees_every_row_while_a_writer_compacts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened(tmp_path)
    archive.append(rows(1.0))
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.parent.name.endswith(".parts"):
            archive.compact()  # between the listing of the parts and their reading
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert list(opened(tmp_path).rows["value"]) == [1.0]
