"""Views to train on: boxes and masks move with their pixels, and nothing else is drawn."""

import numpy as np
import pytest

from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedImage, Objects
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated
from nasbench_mvit.training.images.annotated.augmentation import random_view, resized
from nasbench_mvit.training.images.annotated.batches import collated

SIZE = 64
DARK, BRIGHT = 20, 230


def example(*, masked: bool) -> AnnotatedImage:
    """Return 120 x 80 px, dark but for the annotated object, which is bright."""
    image = np.full((80, 120, 3), DARK, np.uint8)
    image[20:60, 70:110] = BRIGHT
    if masked:
        return AnnotatedImage(image=image, mask=(image[..., 0] == BRIGHT).astype(np.uint8) * 4)
    boxes = np.array([[70, 20, 110, 60]], np.float32)
    objects = Objects(boxes=boxes, labels=np.array([4]), ignored=np.array([True]))
    return AnnotatedImage(image=image, objects=objects)


def bright(image: AnnotatedImage) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    grey = image.image.mean(2)
    return np.asarray(grey > (grey.min() + grey.max()) / 2)


def test_a_resized_box_lies_where_its_pixels_do() -> None:
    view = resized(example(masked=False), 60)
    assert view.size == (60, 60)
    assert view.objects.boxes.tolist() == [[35, 15, 55, 45]]
    assert bright(view)[15:45, 35:55].all()
    assert bright(view).sum() == 30 * 20
    assert (view.objects.labels.tolist(), view.objects.ignored.tolist()) == ([4], [True])


def test_a_resized_mask_has_the_same_classes() -> None:
    view = resized(example(masked=True), 60)
    assert view.mask is not None
    np.testing.assert_array_equal(view.mask == 4, bright(view))
    assert {*np.unique(view.mask)} == {0, 4}


def test_boxes_move_with_their_pixels() -> None:
    seen = set()
    for seed in range(150):
        view = random_view(example(masked=False), SIZE, np.random.default_rng(seed))
        assert view.size == (SIZE, SIZE)
        seen.add(len(view.objects))
        for left, top, right, bottom in view.objects.boxes:
            assert 0 <= left < right <= SIZE
            assert 0 <= top < bottom <= SIZE
            rows, columns = (np.flatnonzero(bright(view).any(axis)) for axis in (1, 0))
            if bright(view).all() or view.image.max() - view.image.min() < 40:
                continue  # the crop lies within the object
            ends = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
            np.testing.assert_allclose(ends, [left, top, right, bottom], atol=2)
    assert seen == {1}, "a crop keeps at least one box"


def test_masks_move_with_their_pixels_and_what_is_added_is_ignored() -> None:
    padded = 0
    for seed in range(80):
        view = random_view(example(masked=True), SIZE, np.random.default_rng(seed))
        mask = view.mask
        assert mask is not None
        assert mask.shape == (SIZE, SIZE)
        assert {*np.unique(mask)} <= {0, 4, 255}
        padded += bool((mask == 255).any())
        inside = mask != 255
        if {0, 4} <= {*np.unique(mask)} and view.image[inside].std() > 20:
            grey = view.image.mean(2)
            middle = (grey[mask == 4].mean() + grey[mask == 0].mean()) / 2
            assert ((grey > middle) == (mask == 4))[inside].mean() > 0.95
    assert 10 < padded < 70


@pytest.mark.parametrize("masked", [False, True])
def test_a_seed_makes_a_view(*, masked: bool) -> None:
    def view(seed: int) -> bytes:
        return random_view(
            example(masked=masked), SIZE, np.random.default_rng(seed)
        ).image.tobytes()

    assert view(1) == view(1)
    assert len({view(seed) for seed in range(8)}) > 6


def test_an_image_without_boxes_stays_whole() -> None:
    bare = AnnotatedImage(image=example(masked=False).image)
    for seed in range(20):
        view = random_view(bare, SIZE, np.random.default_rng(seed))
        assert len(view.objects) == 0
        assert bright(view).mean() == pytest.approx(40 * 40 / (120 * 80), abs=0.02)


def test_a_batch_leaves_ignored_boxes_out() -> None:
    scene = open_annotated("embedded", task="detection", size=SIZE).train[0]
    batch = collated([scene, resized(example(masked=False), SIZE)])
    assert batch.images.shape == (2, 3, SIZE, SIZE)
    assert batch.images[0, :, 3, 5].tolist() == scene.image[3, 5].tolist()
    assert [len(boxes) for boxes in batch.boxes] == [len(scene.objects), 0]
    assert batch.boxes[1].shape == (0, 4)
    assert batch.masks is None


def test_a_batch_of_masks() -> None:
    scenes = open_annotated("embedded", task="segmentation", size=SIZE).val
    batch = collated([scenes[0], resized(example(masked=True), SIZE)])
    assert batch.masks is not None
    assert batch.masks.shape == (2, SIZE, SIZE)
    assert str(batch.masks.dtype) == "torch.int64"
