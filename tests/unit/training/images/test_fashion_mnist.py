"""All of Fashion-MNIST from IDX files: small made-up ones, and the real ones where they are."""

import gzip
import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images import arrays, fashion_mnist
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.images.embedded import CLASS_NAMES, FOLDER
from nasbench_mvit.training.images.sources import open_images, open_test

CELL = 32
SIDE = 28
REAL = Path("/usr/share/datasets/fashion-mnist")  # where the Debian package puts it
PER_CLASS = {"train": 12, "t10k": 3}
needs_real_files = pytest.mark.skipif(
    not REAL.is_dir(), reason="needs the Debian package dataset-fashion-mnist"
)


def _idx(items: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    header = struct.pack(f">HBB{items.ndim}I", 0, 8, items.ndim, *items.shape)
    return header + items.tobytes()


def _files() -> dict[str, bytes]:
    """Image n shows the number n everywhere, its class is n modulo 10."""
    files = {}
    for prefix, per_class in PER_CLASS.items():
        numbers = np.arange(len(CLASS_NAMES) * per_class, dtype=np.uint8)
        pixels = np.broadcast_to(numbers[:, None, None], (len(numbers), SIDE, SIDE))
        files[f"{prefix}-images-idx3-ubyte"] = _idx(pixels)
        files[f"{prefix}-labels-idx1-ubyte"] = _idx(numbers % 10)
    return files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = _files()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        monkeypatch.setitem(fashion_mnist.SHA256, name, hashlib.sha256(content).hexdigest())
    return tmp_path


def _open(folder: Path, seed: int = 0, cell_size: int = CELL) -> ImageData:
    return open_images(f"fashion_mnist:{folder}", cell_size=cell_size, seed=seed)


def _numbers(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> list[int]:
    return sorted(pixels.max(axis=(1, 2, 3)).tolist())


def test_a_sixth_of_each_class_validates_and_the_official_test_set_tests(folder: Path) -> None:
    data = _open(folder)
    assert data.class_names == CLASS_NAMES
    assert np.bincount(data.train.labels).tolist() == [10] * 10
    assert np.bincount(data.val.labels).tolist() == [2] * 10
    both = _numbers(np.concatenate([data.train.images, data.val.images]))
    assert both == list(range(120))
    test = open_test(f"fashion_mnist:{folder}", cell_size=CELL)
    assert _numbers(test.images) == list(range(30))
    for split in (data.train, data.val, test):
        np.testing.assert_array_equal(split.images.max(axis=(1, 2, 3)) % 10, split.labels)


def test_split_depends_on_the_seed_alone(folder: Path) -> None:
    first, again, other = _open(folder, 1), _open(folder, 1), _open(folder, 2)
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_compressed_files_are_the_same_images(folder: Path) -> None:
    before = _open(folder).fingerprint
    for path in list(folder.iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert _open(folder).fingerprint == before


def _cut(content: bytes) -> bytes:
    return content[:-1]


def _longer(content: bytes) -> bytes:
    return content + b"\0"


def _one_pixel_changed(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def _one_image_fewer(_: bytes) -> bytes:
    return _idx(np.zeros((119, SIDE, SIDE), np.uint8))


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "truncated: it has 0 bytes"),
    "inside the header": (lambda content: content[:10], "truncated: it has 10 bytes"),
    "last byte missing": (_cut, r"truncated .* 94080 bytes must follow the header, 94079 do"),
    "a byte too many": (_longer, "94081 do"),
    "not IDX": (lambda content: b"junk" + content[4:], "no IDX file of N×28×28 bytes"),
    "other size": (lambda _: _idx(np.zeros((120, 32, 32), np.uint8)), "no IDX file of N×28×28"),
    "labels for images": (lambda _: _idx(np.zeros(5, np.uint8)), "truncated|no IDX file"),
    "absurd size": (lambda content: content[:4] + b"\xff" * 4 + content[8:], "must follow"),
    "another set": (_one_pixel_changed, "not the file of Fashion-MNIST: .* MNIST and others"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_file_that_is_not_whole_or_not_the_published_one(folder: Path, damage: str) -> None:
    change, message = DAMAGE[damage]
    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match=rf"{path.name} (is|holds) .*({message}).*four files"):
        _open(folder)


def test_images_and_labels_of_different_number(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _one_image_fewer(b"")
    name = "train-images-idx3-ubyte"
    (folder / name).write_bytes(content)
    monkeypatch.setitem(fashion_mnist.SHA256, name, hashlib.sha256(content).hexdigest())
    with pytest.raises(DataError, match="119 train images do not go with 120 labels"):
        _open(folder)


@pytest.mark.parametrize(
    "damage", [lambda packed: packed[:-9], lambda _: b"junk", lambda packed: packed[:20] + b"xyz"]
)
def test_damaged_compression(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    path = folder / "t10k-labels-idx1-ubyte"
    packed = gzip.compress(path.read_bytes())
    path.unlink()
    path.with_name(f"{path.name}.gz").write_bytes(damage(packed))
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\.gz cannot be read"):
        open_test(f"fashion_mnist:{folder}", cell_size=CELL)


def test_file_that_unpacks_without_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fashion_mnist, "MAX_FILE_BYTES", 1000)
    with pytest.raises(DataError, match="holds more than"):
        _open(folder)


def test_missing_file_names_both_its_names(folder: Path) -> None:
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(
        DataError, match=r"neither train-labels-idx1-ubyte nor train-labels-idx1-ubyte\.gz"
    ):
        _open(folder)


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no folder .*nowhere.*zalandoresearch/fashion-mnist"):
        _open(tmp_path / "nowhere")


def test_more_than_memory_holds_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "MAX_DECODED_BYTES", 1000)
    with pytest.raises(DataError, match="120 images of 36 px take"):
        _open(folder)


@needs_real_files
def test_real_files_hold_the_embedded_images_in_the_same_place() -> None:
    data = _open(REAL)
    test = open_test(f"fashion_mnist:{REAL}", cell_size=CELL)
    assert np.bincount(data.train.labels).tolist() == [5000] * 10
    assert np.bincount(data.val.labels).tolist() == [1000] * 10
    assert np.bincount(test.labels).tolist() == [1000] * 10
    official = {image.tobytes() for split in (data.train, data.val) for image in split.images}
    embedded = open_images("embedded", cell_size=CELL)
    for split in (embedded.train, embedded.val):
        assert {image.tobytes() for image in split.images} <= official
    assert data.min_crop == embedded.min_crop


@needs_real_files
def test_real_files_are_those_the_embedded_ones_came_from() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in REAL.glob("*.gz"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in readme
