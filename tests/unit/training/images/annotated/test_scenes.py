"""Composed scenes: exact by construction, endless, seeded; those held out are always the same."""

import numpy as np
import pytest

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.images.annotated import scenes
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedTask
from nasbench_mvit.training.images.annotated.annotated_sources import (
    open_annotated,
    open_annotated_test,
)
from nasbench_mvit.training.images.arrays import UInt8Array

SIZE = 96
GREEN = (0, 255, 0)  # no garment is, for each of its channels has a share of its grey


def on_green(_: np.random.Generator, size: int) -> UInt8Array:
    return np.full((size, size, 3), GREEN, np.uint8)


@pytest.fixture
def green(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "_backdrop", on_green)


@pytest.mark.usefixtures("green")
def test_masks_are_the_painted_pixels_and_boxes_just_hold_them() -> None:
    boxes, masks = (
        open_annotated("embedded", task=task, size=SIZE).train
        for task in ("detection", "segmentation")
    )
    for index in range(40):
        boxed, masked = boxes[index], masks[index]
        mask = masked.mask
        assert mask is not None
        np.testing.assert_array_equal(boxed.image, masked.image)
        np.testing.assert_array_equal(mask > 0, (boxed.image != GREEN).any(2))
        assert {*boxed.objects.labels + 1} == {*np.unique(mask)} - {0}
        covered = np.zeros_like(mask, bool)
        for box, label in zip(boxed.objects.boxes.astype(int), boxed.objects.labels, strict=True):
            left, top, right, bottom = box
            part = mask[top:bottom, left:right] == label + 1
            assert part[0].any()
            assert part[-1].any()
            assert part[:, 0].any()
            assert part[:, -1].any()
            covered[top:bottom, left:right] = True
        assert covered[mask > 0].all()


def test_scenes_overlap_and_differ_in_number_and_scale() -> None:
    train = open_annotated("embedded", task="detection", size=SIZE).train
    examples = [train[index].objects for index in range(200)]
    counts = [len(objects) for objects in examples]
    sides = np.concatenate([(o.boxes[:, 2:] - o.boxes[:, :2]).max(1) for o in examples])
    assert (min(counts), max(counts)) == (1, scenes.MOST)
    assert sides.max() > 4 * sides.min()
    low = [np.maximum(o.boxes[:, None, :2], o.boxes[None, :, :2]) for o in examples]
    high = [np.minimum(o.boxes[:, None, 2:], o.boxes[None, :, 2:]) for o in examples]
    meets = [((h - l) > 0).all(2).sum() - len(l) for l, h in zip(low, high, strict=True)]  # noqa: E741
    assert 0.1 < np.mean(np.array(meets) > 0) < 0.8
    labels = np.concatenate([objects.labels for objects in examples])
    assert {*labels.tolist()} == set(range(10))


def test_a_seed_and_an_index_make_a_scene_and_none_is_the_last() -> None:
    def pixels(seed: int, index: int, *, held_out: bool = False) -> bytes:
        data = open_annotated("embedded", task="detection", size=SIZE, seed=seed)
        return (data.val if held_out else data.train)[index].image.tobytes()

    train = open_annotated("embedded", task="detection", size=SIZE).train
    assert len({pixels(0, index) for index in (0, 1, len(train), 10 * len(train))}) == 4
    assert pixels(3, 5) == pixels(3, 5) != pixels(4, 5)
    assert pixels(3, 5, held_out=True) == pixels(4, 5, held_out=True)
    assert pixels(0, 5, held_out=True) != pixels(0, 5)


def test_scenes_are_those_of_their_version() -> None:
    """Scores on other scenes are not comparable: change SCENES_VERSION, then these."""
    data = open_annotated("embedded", task="detection", size=SIZE, seed=1)
    held_out, third = data.val[0], data.train[2]
    assert data.fingerprint.startswith("scenes1-detection-96-")
    assert held_out.objects.boxes.tolist() == [
        [14, 31, 39, 84], [27, 1, 62, 44], [55, 50, 65, 64], [61, 34, 80, 81],
    ]  # fmt: skip
    assert held_out.objects.labels.tolist() == [4, 0, 4, 1]
    assert held_out.image[50, 60].tolist() == [114, 160, 165]
    assert third.objects.boxes.tolist() == [[62, 70, 88, 93], [14, 53, 37, 82]]


def test_test_scenes_show_other_garments() -> None:
    test = open_annotated_test("embedded", task="segmentation", size=SIZE)
    val = open_annotated("embedded", task="segmentation", size=SIZE).val
    assert len(test) == len(val) == 1_000
    assert test[0].image.tobytes() != val[0].image.tobytes()


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_classes(task: AnnotatedTask) -> None:
    names = open_annotated("embedded", task=task, size=SIZE).class_names
    assert len(names) == (10 if task == "detection" else 11)
    assert (names[0] == "background") == (task == "segmentation")


@pytest.mark.parametrize("size", [31, 0, 64.0, True])
def test_a_size_of_scenes_is_a_whole_number_of_32_or_more(size: int) -> None:
    with pytest.raises(DataError, match="must be a whole number of 32 or more"):
        open_annotated("embedded", task="detection", size=size)


def test_what_a_garment_encloses_is_of_it() -> None:
    ring = np.zeros((1, 7, 7), np.uint8)
    ring[0, 1:6, 1:6] = 200
    ring[0, 3, 3] = 0
    ring[0, 1, 3] = ring[0, 2, 3] = 0  # open above
    ring[0, 4, 4] = 0
    solid = scenes._silhouettes(ring)[0] == 255
    assert not solid[[0, 6]].any()
    assert solid[4, 4]
    assert not solid[1, 3]
    assert not solid[3, 3]


def test_a_scene_without_a_garment_has_boxes_of_four_corners() -> None:
    train = open_annotated("embedded", task="detection", size=32).train
    for index in (66, 134, 135):
        assert train[index].objects.boxes.shape == (0, 4)
