"""Sets that Hugging Face's library opens, made here on disk; nothing is downloaded."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from PIL import ExifTags, Image

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images import huggingface
from nasbench_mvit.training.images.arrays import ImageData, stored_size
from nasbench_mvit.training.images.sources import open_images, open_test

CELL = 32
SIDE = stored_size(CELL)
NAMES = ("apple", "pear")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hugging-face")
    datasets.disable_progress_bars()


def _png(value: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (8, 6), value).save(buffer, "PNG")
    return buffer.getvalue()


def _dataset(
    values: Sequence[int],
    labels: Sequence[int | None] | None = None,
    names: Sequence[str] = NAMES,
    **more: tuple[Any, Sequence[Any]],
) -> Dataset:
    """Image n is of one grey value throughout; its class is the value modulo 2 unless given."""
    labels = [value % 2 for value in values] if labels is None else labels
    columns: dict[str, Any] = {
        "picture": [{"bytes": _png(value), "path": None} for value in values],
        "kind": labels,
    }
    features = {"picture": datasets.Image(), "kind": ClassLabel(names=list(names))}
    for name, (feature, content) in more.items():
        features[name], columns[name] = feature, content
    return Dataset.from_dict(columns, features=Features(features))


def _saved(folder: Path, **splits: Dataset) -> str:
    DatasetDict(splits).save_to_disk(str(folder))
    return f"huggingface:{folder}"


def _open(source: str, cache_dir: Path | None = None, seed: int = 0) -> ImageData:
    return open_images(source, cell_size=CELL, cache_dir=cache_dir, seed=seed)


def _values(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> list[int]:
    assert pixels.shape[1:] == (3, SIDE, SIDE)
    assert (pixels == pixels[:, :1, :1, :1]).all()
    return sorted(pixels[:, 0, 0, 0].tolist())


@pytest.mark.parametrize(
    "names",
    [("train", "validation", "test"), ("training", "valid", "testing"), ("Train", "eval", "Test")],
)
def test_own_splits_are_taken_as_they_are(tmp_path: Path, names: tuple[str, str, str]) -> None:
    datasets = _dataset(range(10)), _dataset(range(10, 14)), _dataset(range(14, 20))
    source = _saved(tmp_path / "set", **dict(zip(names, datasets, strict=True)))
    data, test = _open(source), open_test(source, cell_size=CELL)
    assert data.class_names == NAMES
    parts = ((data.train, range(10)), (data.val, range(10, 14)), (test, range(14, 20)))
    for split, values in parts:
        assert _values(split.images) == list(values)
        np.testing.assert_array_equal(split.images[:, 0, 0, 0] % 2, split.labels)


@pytest.mark.parametrize("with_test", [False, True])
def test_without_validation_a_fifth_of_each_class_of_train_is_held_out(
    tmp_path: Path, *, with_test: bool
) -> None:
    values = [*range(0, 40, 2), *range(1, 21, 2)]  # 20 apples, 10 pears
    more = {"test": _dataset(range(50, 60))} if with_test else {}
    data = _open(_saved(tmp_path / "set", train=_dataset(values), **more))
    assert np.bincount(data.train.labels).tolist() == [16, 8]
    assert np.bincount(data.val.labels).tolist() == [4, 2]
    both = _values(np.concatenate([data.train.images, data.val.images]))
    assert both == sorted(values)


def test_that_split_depends_on_the_seed_alone(tmp_path: Path) -> None:
    source = _saved(tmp_path / "set", train=_dataset(range(40)))
    first, again, other = _open(source, seed=1), _open(source, seed=1), _open(source, seed=2)
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_a_single_saved_table_trains(tmp_path: Path) -> None:
    _dataset(range(10)).save_to_disk(str(tmp_path / "set"))
    data = _open(f"huggingface:{tmp_path / 'set'}")
    assert (len(data.train), len(data.val)) == (8, 2)


def test_folder_of_parquet_files(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    _dataset(range(10)).to_parquet(str(tmp_path / "set" / "train-00000-of-00001.parquet"))
    _dataset(range(10, 14)).to_parquet(str(tmp_path / "set" / "test-00000-of-00001.parquet"))
    source = f"huggingface:{tmp_path / 'set'}"
    data = _open(source)
    assert data.class_names == NAMES
    assert _values(np.concatenate([data.train.images, data.val.images])) == list(range(10))
    assert _values(open_test(source, cell_size=CELL).images) == [10, 11, 12, 13]


def test_folder_of_images_as_the_library_reads_it_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    upside_down = Image.new("L", (SIDE, SIDE), 0)
    upside_down.paste(255, (0, 0, SIDE, SIDE // 2))
    for name in NAMES:
        (tmp_path / "set" / "train" / name).mkdir(parents=True)
        for index in range(4):
            path = tmp_path / "set" / "train" / name / f"{index}.png"
            upside_down.save(path, exif=exif)
    data = _open(f"huggingface:{tmp_path / 'set'}")
    assert data.class_names == NAMES
    assert (data.train.images[:, :, 0] == 0).all()
    assert (data.train.images[:, :, -1] == 255).all()


def test_configuration_after_a_colon(tmp_path: Path) -> None:
    root = tmp_path / "set"
    for config, values in (("small", range(4)), ("large", range(20))):
        (root / config).mkdir(parents=True)
        _dataset(values).to_parquet(str(root / config / "train.parquet"))
    configs = "\n".join(
        f"- config_name: {name}\n  data_files: {name}/*.parquet" for name in ("small", "large")
    )
    (root / "README.md").write_text(f"---\nconfigs:\n{configs}\n---\n", encoding="utf-8")
    data = _open(f"huggingface:{root}:large")
    assert len(data.train) + len(data.val) == 20
    with pytest.raises(DataError, match=r"Available: .*small.*large.*after a colon"):
        _open(f"huggingface:{root}:medium")


def test_folder_whose_name_holds_a_colon(tmp_path: Path) -> None:
    assert len(_open(_saved(tmp_path / "a:b", train=_dataset(range(10)))).train) == 8


def test_coarser_classes_are_passed_over(tmp_path: Path) -> None:
    coarse = (ClassLabel(names=["fruit"]), [0] * 10)
    data = _open(_saved(tmp_path / "set", train=_dataset(range(10), coarse=coarse)))
    assert data.class_names == NAMES


def test_decoded_once_then_read_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, cache = _saved(tmp_path / "set", train=_dataset(range(10))), tmp_path / "cache"
    first = _open(source, cache)

    def no_second_decoding(*_: object) -> None:
        pytest.fail("decoded again")

    with monkeypatch.context() as patch:
        patch.setattr(huggingface, "_decode", no_second_decoding)
        assert _open(source, cache).fingerprint == first.fingerprint
    other = _open(_saved(tmp_path / "other", train=_dataset(range(1, 11))), cache)
    assert other.fingerprint != first.fingerprint


def test_missing_library_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r"python -m pip install 'datasets>=4\.0'$"):
        _open("huggingface:cifar10")


def test_no_network_names_the_next_step() -> None:
    code = (
        "from nasbench_mvit.errors import DataError\n"
        "from nasbench_mvit.training.images.sources import open_images\n"
        "try:\n    open_images('huggingface:uoft-cs/cifar10', cell_size=32)\n"
        "except DataError as error:\n    print(error)\n"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert "the Hub is out of reach" in done.stdout
    assert "load_dataset('uoft-cs/cifar10').save_to_disk('FOLDER')" in done.stdout


def test_importing_the_sources_loads_neither_the_library_nor_torch() -> None:
    code = (
        "import sys, nasbench_mvit.training.images.sources\n"
        "print({'datasets', 'pyarrow', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_opening_makes_no_semaphore_that_a_stopped_worker_would_leak(tmp_path: Path) -> None:
    source = _saved(tmp_path / "set", train=_dataset(range(10)))
    code = (
        "import sys, multiprocessing.synchronize as made\n"
        "from nasbench_mvit.training.images.sources import open_images\n"
        "def refuse(*_, **__): sys.exit('a semaphore')\n"
        "made.SemLock.__init__ = refuse\n"
        f"open_images({source!r}, cell_size=32)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere cannot be opened.*Give the name of a set"):
        _open(f"huggingface:{tmp_path / 'nowhere'}")


@pytest.mark.parametrize("name", ["train.parquet", "train.csv", "x.py"])
def test_folder_of_something_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / name).write_bytes(b"PAR1 junk \xff\xfe")
    with pytest.raises(DataError, match=r"set cannot be opened"):
        _open(f"huggingface:{tmp_path / 'set'}")


@pytest.mark.parametrize("name", ["state.json", "dataset_info.json", "data-00000-of-00001.arrow"])
def test_damaged_saved_set(tmp_path: Path, name: str) -> None:
    source = _saved(tmp_path / "set", train=_dataset(range(10)))
    (tmp_path / "set" / "train" / name).write_bytes(b"{")
    with pytest.raises(DataError, match=r"set cannot be opened"):
        _open(source)


def test_broken_image_is_named_by_its_row(tmp_path: Path) -> None:
    table = _dataset(range(4)).to_dict()
    table["picture"][2] = {"bytes": b"junk", "path": None}
    features = Features({"picture": datasets.Image(), "kind": ClassLabel(names=list(NAMES))})
    source = _saved(
        tmp_path / "set",
        train=Dataset.from_dict(table, features=features),
        validation=_dataset(range(4)),
    )
    with pytest.raises(DataError, match=r"train, image 2 cannot be read as an image"):
        _open(source)


def test_missing_image_is_named_by_its_row(tmp_path: Path) -> None:
    table = _dataset(range(4)).to_dict()
    table["picture"][1] = None
    features = Features({"picture": datasets.Image(), "kind": ClassLabel(names=list(NAMES))})
    source = _saved(tmp_path / "set", train=Dataset.from_dict(table, features=features))
    with pytest.raises(DataError, match=r"train, image 1 is missing\. Remove the row"):
        _open(source)


def test_broken_image_file_is_named_by_its_path(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / "set" / "train" / name).mkdir(parents=True)
        for index in range(3):
            (tmp_path / "set" / "train" / name / f"{index}.png").write_bytes(_png(7))
    (tmp_path / "set" / "train" / "pear" / "1.png").write_bytes(b"junk")
    with pytest.raises(DataError, match=r"train, image 4 \(.*1\.png\) cannot be read"):
        _open(f"huggingface:{tmp_path / 'set'}")


def _two_images() -> Dataset:
    values = range(4)
    second = [{"bytes": _png(value), "path": None} for value in values]
    return _dataset(values, mask=(datasets.Image(), second))


WRONG_TABLES: dict[str, tuple[Callable[[], Dataset], str]] = {
    "no column of images": (
        lambda: _dataset(range(4)).remove_columns("picture"),
        r"one column of images, it has none among kind \(ClassLabel\)",
    ),
    "two columns of images": (_two_images, r"one column of images, it has picture, mask"),
    "no class labels": (
        lambda: _dataset(range(4)).cast_column("kind", Value("int64")),
        r"one column of class labels, it has none .*class_encode_column",
    ),
    "two columns of classes": (
        lambda: _dataset(range(4), other=(ClassLabel(names=["x", "y"]), [0] * 4)),
        r"one column of class labels, it has kind, other",
    ),
    "withheld labels": (
        lambda: _dataset(range(4), labels=[0, 1, -1, None]),
        r"2 of 4 rows have no label in 'kind'",
    ),
    "one class": (lambda: _dataset(range(0, 8, 2)), r"4 images of 1 class: a classifier"),
    "class of one image": (
        lambda: _dataset([0, 1, 3, 5]),
        r"cannot both train and validate a class: apple",
    ),
}


@pytest.mark.parametrize("wrong", WRONG_TABLES)
def test_table_that_no_classifier_learns_from(tmp_path: Path, wrong: str) -> None:
    make, message = WRONG_TABLES[wrong]
    with pytest.raises(DataError, match=message):
        _open(_saved(tmp_path / "set", train=make()))


def test_empty_split_is_refused(tmp_path: Path) -> None:
    source = _saved(tmp_path / "set", train=_dataset([]), test=_dataset(range(4)))
    with pytest.raises(DataError, match=r"set cannot be opened"):
        _open(source)


def test_no_training_split_lists_those_there_are(tmp_path: Path) -> None:
    source = _saved(tmp_path / "set", all=_dataset(range(4)), test=_dataset(range(4)))
    with pytest.raises(
        DataError, match=r"no images to train on: its splits are all \(4 images\), test \(4"
    ):
        _open(source)


def test_no_test_split(tmp_path: Path) -> None:
    source = _saved(tmp_path / "set", train=_dataset(range(4)))
    with pytest.raises(DataError, match=r"no test images: its splits are train \(4 images\)"):
        open_test(source, cell_size=CELL)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_classes_that_differ_between_splits(tmp_path: Path, part: str) -> None:
    other = _dataset(range(4), names=("pear", "apple"))
    DatasetDict({"train": _dataset(range(8)), part: other}).save_to_disk(str(tmp_path / "two"))
    source = f"huggingface:{tmp_path / 'two'}"
    with pytest.raises(DataError, match=r"the same classes in the same order: apple, pear; pear"):
        _open(source) if part == "validation" else open_test(source, cell_size=CELL)
