"""The image files inside the package: what damage does."""

import shutil
from pathlib import Path
from types import ModuleType

import pytest

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images import embedded, emoji
from nasbench_mvit.training.images.packaged import CHECKSUMS
from nasbench_mvit.training.images.sources import open_images

SOURCES = [("embedded", embedded, "fashion_mnist"), ("emoji", emoji, "emoji")]


@pytest.fixture(params=SOURCES, ids=lambda source: source[0])
def copied(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, Path]:
    """Return a source whose files are copies, and the copy of its validation images."""
    room: ModuleType
    source, room, prefix = request.param
    for path in (*room.FOLDER.glob("*.npz"), room.FOLDER / CHECKSUMS):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(room, "FOLDER", tmp_path)
    return source, tmp_path / f"{prefix}_val.npz"


def test_changed_file_is_refused_with_both_checksums(copied: tuple[str, Path]) -> None:
    source, path = copied
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=rf"{path.name} are not the released ones.*must"):
        open_images(source, cell_size=32)


@pytest.mark.parametrize("name", [None, CHECKSUMS])
def test_missing_file_says_to_install_again(copied: tuple[str, Path], name: str | None) -> None:
    source, path = copied
    (path if name is None else path.parent / name).unlink()
    with pytest.raises(DataError, match=r"cannot be read.*Install the package again"):
        open_images(source, cell_size=32)
