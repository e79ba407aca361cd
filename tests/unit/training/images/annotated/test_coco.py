"""COCO's format: every layout, boxes, crowds, and masks of polygons and run-length codes."""

import json
from pathlib import Path

import numpy as np
import pytest
from annotating import HEIGHT, SQUARE, WIDTH, annotation, coco, picture, write_coco
from faster_coco_eval import mask as coco_mask

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedData
from nasbench_mvit.training.images.annotated.annotated_sources import (
    open_annotated,
    open_annotated_test,
)


def detection(root: Path, seed: int = 0) -> AnnotatedData:
    return open_annotated(f"coco:{root}", task="detection", size=32, seed=seed)


def test_boxes_labels_and_classes_in_the_order_of_their_ids(tmp_path: Path) -> None:
    data = detection(write_coco(tmp_path))
    assert data.class_names == ("cat", "dog")
    assert (len(data.train), len(data.val), data.val_is_drawn) == (2, 2, False)
    first = data.train[0]
    assert first.image.shape == (HEIGHT, WIDTH, 3)
    assert first.objects.boxes.tolist() == [[8, 8, 24, 24], [40.5, 0, 60.5, 48]]
    assert first.objects.labels.tolist() == [0, 1]
    assert first.mask is None
    assert data.train[1].objects.boxes.tolist() == [[0, 0, 64, 48]]


@pytest.mark.parametrize(
    ("annotations", "images"),
    [
        ("annotations/instances_train2017.json", "train2017"),
        ("annotations/train.json", "images/train"),
        ("train/_annotations.coco.json", "train"),
        ("train.json", "images"),
        ("labels.json", "data"),
        ("result.json", "."),
    ],
)
def test_layouts(tmp_path: Path, annotations: str, images: str) -> None:
    path = tmp_path / "photos" / annotations
    path.parent.mkdir(parents=True)
    path.write_text("\ufeff" + json.dumps(coco()), encoding="utf-8")
    for name in ("a.png", "b.png"):
        picture(tmp_path / "photos" / images / name)
    data = detection(tmp_path / "photos")
    assert (len(data.train), len(data.val), data.val_is_drawn) == (1, 1, True)
    assert len(detection(path.parent if path.parent.name == "annotations" else path).train) == 1


def test_the_drawn_split_follows_the_seed_and_shares_no_image(tmp_path: Path) -> None:
    images = [
        {"id": number, "file_name": f"{number}.png", "width": WIDTH, "height": HEIGHT}
        for number in range(10)
    ]
    boxes = [annotation(n, n, 17, [n, 0, 10, 10]) for n in range(10)]
    for image in images:
        picture(tmp_path / str(image["file_name"]))
    (tmp_path / "all.json").write_text(json.dumps(coco(images=images, annotations=boxes)))

    def rows(seed: int) -> tuple[set[float], set[float]]:
        data = detection(tmp_path, seed)
        train, val = (
            {float(example.objects.boxes[0, 0]) for example in part}
            for part in (data.train, data.val)
        )
        return train, val

    train, val = rows(0)
    assert (len(train), len(val), train & val) == (8, 2, set())
    assert rows(0) == (train, val)
    assert any(rows(seed) != (train, val) for seed in range(1, 4))


def test_crowds_are_ignored_boxes(tmp_path: Path) -> None:
    crowd = annotation(4, 9, 17, [1, 1, 30, 30], iscrowd=1, segmentation=None)
    content = coco(annotations=[*coco()["annotations"], crowd])
    objects = detection(write_coco(tmp_path, {"train": content, "val": coco()})).train[1].objects
    assert objects.ignored.tolist() == [False, True]


def test_rounded_boxes_are_clipped_and_few_without_area_left_out(tmp_path: Path) -> None:
    many = [annotation(n, 7, 17, [2, 2, 20, 20]) for n in range(10, 2010)]
    odd = [annotation(5, 9, 18, [-0.4, 0, 65, 48]), annotation(6, 9, 18, [5, 5, 0, 9])]
    data = detection(
        write_coco(tmp_path, {"train": coco(annotations=[*many, *odd]), "val": coco()})
    )
    assert data.train[1].objects.boxes.tolist() == [[0, 0, 64, 48]]
    assert any("without area (1)" in note and "(id 6)" in note for note in data.notes)


def test_masks_of_polygons_and_run_lengths(tmp_path: Path) -> None:
    inside = np.zeros((HEIGHT, WIDTH), np.uint8, order="F")
    inside[20:40, 20:40] = 1
    compressed = coco_mask.encode(inside)
    counts = [20 * HEIGHT + 20] + [20, HEIGHT - 20] * 19 + [20]
    codes = [
        {"size": [HEIGHT, WIDTH], "counts": compressed["counts"].decode()},
        {"size": [HEIGHT, WIDTH], "counts": [*counts, HEIGHT * WIDTH - sum(counts)]},
    ]
    for number, code in enumerate(codes):
        records = [
            annotation(1, 7, 17, [8, 8, 16, 16], segmentation=[SQUARE]),
            annotation(2, 7, 18, [20, 20, 20, 20], segmentation=code, iscrowd=1),
        ]
        content = coco(annotations=records)
        root = write_coco(tmp_path / str(number), {"train": content, "val": coco()})
        data = open_annotated(f"coco:{root}", task="segmentation", size=32)
        assert data.class_names == ("background", "cat", "dog")
        expected = np.zeros((HEIGHT, WIDTH), np.uint8)
        expected[8:24, 8:24] = 1
        expected[20:40, 20:40] = 2
        expected[20:24, 20:24] = 255
        first, second = (example.mask for example in data.train)
        assert first is not None
        np.testing.assert_array_equal(first, expected)
        assert second is not None
        assert not second.any()


def test_test_images_are_those_of_their_split(tmp_path: Path) -> None:
    root = write_coco(tmp_path, {"train": coco(), "val": coco(), "test": coco()})
    assert len(open_annotated_test(f"coco:{root}", task="detection", size=32)) == 2
    (root / "annotations" / "instances_test.json").unlink()
    with pytest.raises(DataError, match="has no test images: its splits are train, val"):
        open_annotated_test(f"coco:{root}", task="detection", size=32)


def test_a_broken_image_is_named_when_it_is_read(tmp_path: Path) -> None:
    root = write_coco(tmp_path)
    whole = (root / "train" / "a.png").read_bytes()
    (root / "train" / "a.png").write_bytes(whole[:60])
    with pytest.raises(DataError, match=r"train/a\.png cannot be read"):
        _ = detection(root).train[0]


def test_the_fingerprint_changes_with_a_box(tmp_path: Path) -> None:
    moved = coco(annotations=[annotation(1, 7, 17, [8, 8, 16, 17])])
    before = detection(write_coco(tmp_path / "a")).fingerprint
    assert detection(write_coco(tmp_path / "b")).fingerprint == before
    after = write_coco(tmp_path / "c", {"train": moved, "val": coco()})
    assert detection(after).fingerprint != before
