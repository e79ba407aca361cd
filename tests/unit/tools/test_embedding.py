"""The tool that makes the embedded subset, on made-up IDX files."""

import gzip
import sys
from pathlib import Path
from types import ModuleType

import make_embedded_fashion_mnist
import numpy as np
import pytest

NUM_CLASSES = 10


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(make_embedded_fashion_mnist, "PER_CLASS", {"train": 4, "val": 2, "test": 3})
    return make_embedded_fashion_mnist


def _write_idx(folder: Path, prefix: str, per_class: int) -> None:
    """Image n holds the number n in its first two pixels, and its class is n modulo 10."""
    numbers = np.arange(NUM_CLASSES * per_class)
    images = np.zeros((len(numbers), 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(numbers, 256)
    labels = (numbers % NUM_CLASSES).astype(np.uint8)
    for kind, header, content in (("images-idx3", 16, images), ("labels-idx1", 8, labels)):
        path = folder / f"{prefix}-{kind}-ubyte.gz"
        path.write_bytes(gzip.compress(bytes(header) + content.tobytes()))


def _make(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, source: Path, out: Path) -> None:
    out.mkdir()
    monkeypatch.setattr(sys, "argv", ["make_embedded", str(source), str(out)])
    tool.main()


def test_splits_are_balanced_disjoint_and_repeat_bit_for_bit(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_idx(tmp_path, "train", per_class=40)
    _write_idx(tmp_path, "t10k", per_class=20)
    for name in ("first", "second"):
        _make(tool, monkeypatch, tmp_path, tmp_path / name)
    numbers = {}
    for split, per_class in tool.PER_CLASS.items():
        path = tmp_path / "first" / f"fashion_mnist_{split}.npz"
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()
        with np.load(path, allow_pickle=False) as arrays:
            images, labels = arrays["images"].astype(int), arrays["labels"]
        numbers[split] = images[:, 0, 0] * 256 + images[:, 0, 1]
        assert np.bincount(labels).tolist() == [per_class] * NUM_CLASSES
        np.testing.assert_array_equal(numbers[split] % NUM_CLASSES, labels)
        assert len(set(numbers[split])) == len(labels)
    assert not set(numbers["train"]) & set(numbers["val"])


def test_checksums_name_every_file(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_idx(tmp_path, "train", per_class=10)
    _write_idx(tmp_path, "t10k", per_class=10)
    _make(tool, monkeypatch, tmp_path, tmp_path / "out")
    lines = (tmp_path / "out" / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        f"fashion_mnist_{split}.npz" for split in tool.PER_CLASS
    ]
