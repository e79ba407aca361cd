"""Detections against cases worked by hand, and against a second implementation in plain Python."""

import numpy as np
import pytest
import torch
from torch import Tensor

from nasbench_mvit.models.heads.anchors import anchors, encode
from nasbench_mvit.models.heads.ssdlite import BoxPredictions
from nasbench_mvit.models.heads.suppression import detect, suppress

SIZE = (64, 64)


def overlap(one: list[float], other: list[float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(0.0, width) * max(0.0, height)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return common / (sum(areas) - common)


def greedily(boxes: list[list[float]], max_iou: float) -> list[int]:
    kept: list[int] = []
    for index, box in enumerate(boxes):
        if all(overlap(box, boxes[other]) <= max_iou for other in kept):
            kept.append(index)
    return kept


@pytest.mark.parametrize("seed", range(5))
def test_suppression_is_the_greedy_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corner, size = rng.uniform(0, 0.7, (3, 40, 2)), rng.uniform(0.1, 0.4, (3, 40, 2))
    boxes = torch.tensor(np.concatenate([corner, corner + size], -1))
    kept = suppress(boxes, torch.ones(3, 40, dtype=torch.bool), 0.3)
    assert [row.nonzero()[:, 0].tolist() for row in kept] == [
        greedily(image, 0.3) for image in boxes.tolist()
    ]


def test_what_is_suppressed_suppresses_nothing() -> None:
    # The second overlaps the first by 3/5, and the third by as much; the third not the first.
    boxes = torch.tensor([[[0.0, 0, 4, 1], [1.0, 0, 5, 1], [2.0, 0, 6, 1]]]) / 8
    present = torch.ones(1, 3, dtype=torch.bool)
    assert suppress(boxes, present).tolist() == [[True, False, True]]
    present[0, 0] = False
    assert suppress(boxes, present).tolist() == [[False, True, False]]


def predictions(
    found: list[tuple[int, int, float]], size: tuple[int, int] = SIZE
) -> BoxPredictions:
    """Return predictions that give anchors, by index, a class and its logit; else background."""
    count = len(anchors(*size))
    logits = torch.zeros(1, count, 4)
    logits[..., 0] = 20.0
    for anchor, label, logit in found:
        logits[0, anchor, label + 1] = logit
    return BoxPredictions(torch.zeros(1, count, 4), logits)


def scored(logit: float) -> float:
    return float(torch.tensor([20.0, logit, 0, 0]).softmax(0)[1])


def test_the_surer_of_two_boxes_of_a_class_stays_and_other_classes_do_not_matter() -> None:
    square, wide = 30, 32  # of one cell: 0.1 × 0.1, and 0.141 × 0.071 that overlaps it by 0.55
    (found,) = detect(predictions([(square, 1, 22.0), (wide, 1, 21.0), (wide, 0, 21.0)]), SIZE)
    assert found.labels.tolist() == [1, 0]
    assert found.scores[0] > found.scores[1]
    larger = 31  # 0.161 × 0.161 overlaps the wide one by 0.39
    (both,) = detect(predictions([(larger, 1, 22.0), (wide, 1, 21.0)]), SIZE)
    assert both.labels.tolist() == [1, 1]


def test_an_image_without_objects_has_no_detections() -> None:
    (found,) = detect(predictions([(3, 0, 15.0)]), SIZE)  # a probability of 0.7 %
    assert scored(15.0) < 0.01
    assert found.boxes.shape == (0, 4)
    assert len(found.scores) == len(found.labels) == 0


def test_boxes_are_cut_at_the_border() -> None:
    sure = predictions([(anchor, 0, 25.0) for anchor in range(len(anchors(*SIZE)))])
    (found,) = detect(BoxPredictions(sure.offsets + 30.0, sure.logits), SIZE)
    assert found.boxes.min() >= 0
    assert found.boxes.max() == 1


def test_an_image_has_at_most_two_hundred_detections() -> None:
    size = (320, 320)
    squares = range(0, 6 * 400, 6)  # of neighbouring cells, which overlap by a third
    sure = predictions([(anchor, 0, 25.0) for anchor in squares], size=size)
    assert len(detect(sure, size)[0].scores) == 200


@pytest.mark.parametrize("seed", range(3))
def test_detections_are_those_of_a_plain_implementation(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    known = anchors(*SIZE)
    offsets = torch.randn(2, len(known), 4, generator=generator)
    logits = 3 * torch.randn(2, len(known), 5, generator=generator)
    for image, found in enumerate(detect(BoxPredictions(offsets, logits), SIZE)):
        expected = plainly(offsets[image], logits[image], known)
        assert len(found.scores) == min(200, len(expected))
        for place, (score, label, box) in enumerate(expected[:200]):
            assert found.scores[place].item() == pytest.approx(score, rel=1e-5)
            assert found.labels[place].item() == label
            assert found.boxes[place].tolist() == pytest.approx(box, abs=1e-5)


def plainly(offsets: Tensor, logits: Tensor, known: Tensor) -> list[tuple[float, int, list[float]]]:
    boxes = []
    for (dx, dy, dw, dh), (cx, cy, w, h) in zip(
        offsets.double().tolist(), known.double().tolist(), strict=True
    ):
        x, y = cx + 0.1 * dx * w, cy + 0.1 * dy * h
        width, height = w * np.exp(0.2 * dw), h * np.exp(0.2 * dh)
        boxes.append([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
    scores = logits.double().softmax(-1)
    found = []
    for label in range(scores.shape[1] - 1):
        of_class = [(float(scores[i, label + 1]), box) for i, box in enumerate(boxes)]
        candidates = sorted((c for c in of_class if c[0] > 0.01), key=lambda c: -c[0])[:400]
        for index in greedily([box for _, box in candidates], 0.5):
            score, box = candidates[index]
            found.append((score, label, [min(max(side, 0.0), 1.0) for side in box]))
    return sorted(found, key=lambda entry: -entry[0])


def test_a_box_that_is_predicted_exactly_is_found_exactly() -> None:
    box = torch.tensor([0.2, 0.3, 0.5, 0.9])
    known = anchors(*SIZE)
    sure = predictions([(40, 2, 30.0)])
    offsets = encode(box.expand_as(known), known)[None]
    (found,) = detect(BoxPredictions(offsets, sure.logits), SIZE)
    assert torch.allclose(found.boxes, box[None], atol=1e-6)
    assert found.labels.tolist() == [2]
