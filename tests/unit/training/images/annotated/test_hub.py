"""Hugging Face sets with boxes or masks, made here on disk; nothing is downloaded."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from PIL import Image

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedData, AnnotatedTask
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated

NAMES = ["cat", "dog"]
SIZES = [[1.0, 2.0, 30.0, 20.0], [40.0, 0.0, 24.0, 48.0]]  # x, y, width, height
CORNERS = [[1.0, 2.0, 31.0, 22.0], [40.0, 0.0, 64.0, 48.0]]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hugging-face")
    datasets.disable_progress_bars()


def png(array: Any) -> dict[str, Any]:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return {"bytes": buffer.getvalue(), "path": None}


PICTURE = png(np.full((48, 64, 3), 99, np.uint8))


def boxed(
    boxes: Sequence[Any] = SIZES,
    kinds: Sequence[Any] = (1, 0),
    images: Sequence[Any] = (PICTURE, PICTURE),
    **changes: Any,
) -> Dataset:
    fields = {
        "bbox": datasets.List(datasets.List(Value("float32"))),
        "category": datasets.List(ClassLabel(names=NAMES)),
    } | changes
    objects = {"bbox": list(boxes), "category": list(kinds)}
    return Dataset.from_dict(
        {"image": list(images), "objects": [objects, objects]},
        features=Features({"image": datasets.Image(), "objects": fields}),
    )


def with_ids(ids: list[int]) -> Dataset:
    """Return rows whose objects have ids."""
    fields = {
        "bbox": datasets.List(datasets.List(Value("float32"))),
        "category": datasets.List(ClassLabel(names=NAMES)),
        "id": datasets.List(Value("int64")),
    }
    return Dataset.from_dict(
        {"image": [PICTURE], "objects": [{"bbox": SIZES, "category": [1, 0], "id": ids}]},
        features=Features({"image": datasets.Image(), "objects": fields}),
    )


def masked(*masks: Any) -> Dataset:
    found = [None if mask is None else png(mask) for mask in masks]
    return Dataset.from_dict(
        {"image": [PICTURE] * len(masks), "label": found},
        features=Features({"image": datasets.Image(), "label": datasets.Image()}),
    )


def opened(folder: Path, task: AnnotatedTask = "detection", **splits: Dataset) -> AnnotatedData:
    DatasetDict(splits).save_to_disk(str(folder / "set"))
    return open_annotated(f"huggingface:{folder / 'set'}", task=task, size=32)


@pytest.mark.parametrize(("boxes", "written"), [(SIZES, "width"), (CORNERS, "x2")])
def test_boxes_as_sizes_or_corners(tmp_path: Path, boxes: Sequence[Any], written: str) -> None:
    data = opened(tmp_path, train=boxed(boxes), validation=boxed(boxes))
    first = data.train[0]
    assert first.objects.boxes.tolist() == CORNERS
    assert first.objects.labels.tolist() == [1, 0]
    assert first.image.shape == (48, 64, 3)
    assert (data.class_names, data.val_is_drawn) == (("cat", "dog"), False)
    assert written in data.notes[0]


def test_objects_as_a_list_with_names_as_classes(tmp_path: Path) -> None:
    kind = {"box": datasets.List(Value("float32")), "label": Value("string")}
    objects = [{"box": SIZES[0], "label": "dog"}, {"box": SIZES[1], "label": "cat"}]
    rows = Dataset.from_dict(
        {"image": [PICTURE] * 2, "things": [objects, []]},
        features=Features({"image": datasets.Image(), "things": datasets.List(kind)}),
    )
    data = opened(tmp_path, train=rows)
    assert data.class_names == ("cat", "dog")
    assert sorted(len(part[0].objects) for part in (data.train, data.val)) == [0, 2]


def test_crowds_are_neither_trained_on_nor_missed(tmp_path: Path) -> None:
    fields = {
        "bbox": datasets.List(datasets.List(Value("float32"))),
        "category": datasets.List(ClassLabel(names=NAMES)),
        "iscrowd": datasets.List(Value("int64")),
    }
    rows = Dataset.from_dict(
        {"image": [PICTURE], "objects": [{"bbox": SIZES, "category": [1, 0], "iscrowd": [0, 1]}]},
        features=Features({"image": datasets.Image(), "objects": fields}),
    )
    data = opened(tmp_path, train=rows, validation=rows)
    assert data.train[0].objects.ignored.tolist() == [False, True]


def test_a_class_that_is_on_no_validation_image_is_known_all_the_same(tmp_path: Path) -> None:
    names = datasets.List(Value("string"))
    train = boxed(kinds=("dog", "cat"), category=names)
    data = opened(tmp_path, train=train, validation=boxed(kinds=("dog", "dog"), category=names))
    assert data.class_names == ("cat", "dog")
    assert data.val[0].objects.labels.tolist() == [1, 1]


def test_other_masks_have_another_fingerprint(tmp_path: Path) -> None:
    one, other = np.zeros((2, 48, 64), np.uint8)
    one[:10], other[10:20] = 1, 1
    found = [
        opened(tmp_path / str(number), "segmentation", train=masked(mask, mask))
        for number, mask in enumerate((one, other, one))
    ]
    prints = [data.fingerprint for data in found]
    assert prints[0] == prints[2] != prints[1]


def test_masks_and_the_names_of_their_values(tmp_path: Path) -> None:
    mask = np.zeros((48, 64), np.uint8)
    mask[:10] = 2
    mask[10] = 255
    data = opened(tmp_path, "segmentation", train=masked(mask, mask), test=masked(mask))
    assert data.class_names == ("class 0", "class 1", "class 2")
    assert "does not name its 3 classes" in data.notes[0]
    found = data.train[0].mask
    assert found is not None
    np.testing.assert_array_equal(found, mask)
    names = {"0": "wall", "1": "floor", "2": "ceiling", "3": "door"}
    (tmp_path / "set" / "id2label.json").write_text(json.dumps(names))
    again = open_annotated(f"huggingface:{tmp_path / 'set'}", task="segmentation", size=32)
    assert again.class_names == ("wall", "floor", "ceiling", "door")


EMPTY = np.zeros((48, 64), np.uint8)
BAD: dict[str, tuple[AnnotatedTask, dict[str, Any], tuple[str, ...]]] = {
    "a box outside": (
        "detection",
        {"train": boxed([SIZES[0], [50.0, 0.0, 24.0, 48.0]])},
        ("train: 2 records", "row 0, objects[1] bbox", "outside its image of 64×48"),
    ),
    "a box of three numbers": (
        "detection",
        {"train": boxed([SIZES[0], [50.0, 0.0, 24.0]])},
        ("row 0, objects[1] bbox must be 4 numbers",),
    ),
    "fewer classes than boxes": (
        "detection",
        {"train": boxed(kinds=(1,))},
        ("row 0, objects[1] category is None, none of cat, dog",),
    ),
    "a box without area": (
        "detection",
        {"train": boxed([SIZES[0], [50.0, 0.0, 0.0, 9.0]])},
        ("objects[1] bbox is a box without area", "(2 such boxes)"),
    ),
    "an image twice": (
        "detection",
        {"train": boxed().add_column("image_id", [7, 7])},
        ("row 1, image_id is 7 as in row 0",),
    ),
    "an object twice": (
        "detection",
        {"train": with_ids([3, 3])},
        ("row 0, objects[1] id is 3 a second time",),
    ),
    "a class of the validation images alone": (
        "detection",
        {
            "train": boxed(kinds=("cat", "cat"), category=datasets.List(Value("string"))),
            "validation": boxed(kinds=("cat", "dog"), category=datasets.List(Value("string"))),
        },
        ("row 0, objects[1] category is 'dog', none of cat",),
    ),
    "classes without names": (
        "detection",
        {"train": boxed(category=datasets.List(Value("int64")))},
        ("does not name the classes of 'objects.category'", "ClassLabel"),
    ),
    "other classes to validate": (
        "detection",
        {
            "train": boxed(),
            "validation": boxed(category=datasets.List(ClassLabel(names=["dog", "cat"]))),
        },
        ("validation must have the classes of the training images", "cat, dog"),
    ),
    "masks, but no boxes": (
        "detection",
        {"train": masked(EMPTY + 1)},
        ("one column of images and one of objects", "label (Image)"),
    ),
    "boxes, but no masks": (
        "segmentation",
        {"train": boxed()},
        ("one of masks, called annotation, label",),
    ),
    "a mask of another size": (
        "segmentation",
        {"train": masked(EMPTY + 1, EMPTY[:40] + 1)},
        ("row 1, label is a mask of 64×40 px, its image has 64×48",),
    ),
    "a missing image": (
        "detection",
        {"train": boxed(images=(PICTURE, None))},
        ("row 1, image is missing",),
    ),
    "a missing mask": (
        "segmentation",
        {"train": masked(EMPTY + 1, None)},
        ("row 1, label is missing",),
    ),
    "a mask in colours": (
        "segmentation",
        {"train": masked(EMPTY + 1, np.zeros((48, 64, 3), np.uint8))},
        ("row 1, label", "mode RGB", "palette or grey PNG"),
    ),
    "masks that are ignored alone": (
        "segmentation",
        {"train": masked(EMPTY + 255)},
        ("every mask has pixels of 255 alone",),
    ),
    "no training split": (
        "detection",
        {"validation": boxed()},
        ("no images to train on: its splits are validation",),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(tmp_path: Path, name: str) -> None:
    task, splits, needles = BAD[name]
    with pytest.raises(DataError) as caught:
        opened(tmp_path, task, **splits)
    message = str(caught.value)
    assert "\n" not in message
    for needle in needles:
        assert needle in message


def test_values_without_names_are_refused(tmp_path: Path) -> None:
    opened(tmp_path, "segmentation", train=masked(EMPTY + 1, EMPTY))
    (tmp_path / "set" / "id2label.json").write_text('{"1": "wall"}')
    with pytest.raises(DataError, match=r"id2label\.json cannot be used"):
        open_annotated(f"huggingface:{tmp_path / 'set'}", task="segmentation", size=32)
