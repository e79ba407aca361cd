"""Matching, mining and the loss of SSDLite: by hand, and against a second implementation."""

import math

import pytest
import torch
from torch import Tensor

from nasbench_mvit.models.heads.anchors import anchors, encode, iou, to_corners
from nasbench_mvit.models.heads.ssdlite import BoxPredictions
from nasbench_mvit.training.tasks.detection import (
    BoxTargets,
    LabelledBoxes,
    box_targets,
    detection_loss,
    hard_negatives,
    match,
)

SIZE = (64, 64)
NO_BOXES = LabelledBoxes(boxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long))


def boxes_of(*corners: tuple[float, ...], labels: list[int] | None = None) -> LabelledBoxes:
    return LabelledBoxes(
        boxes=torch.tensor(corners), labels=torch.tensor(labels or [0] * len(corners))
    )


def test_an_anchor_has_the_box_that_it_overlaps_by_half() -> None:
    cells = torch.tensor([[0.25, 0.5, 0.5, 1.0], [0.75, 0.5, 0.5, 1.0], [0.5, 0.5, 0.3, 0.3]])
    left, most = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.9, 1.0)  # equal to the first; 4/5 of the second
    assert match(torch.tensor([left, most]), cells).tolist() == [0, 1, -1]


def test_the_best_anchor_of_a_box_has_it_however_little_they_overlap() -> None:
    cells = torch.tensor([[0.25, 0.25, 0.5, 0.5], [0.75, 0.75, 0.5, 0.5]])
    speck = (0.7, 0.7, 0.71, 0.71)
    assert match(torch.tensor([speck]), cells).tolist() == [-1, 0]
    rival = (0.5, 0.5, 1.0, 1.0)  # exactly the second anchor, which the speck takes
    assert match(torch.tensor([rival, speck]), cells).tolist() == [-1, 1]
    assert match(torch.zeros(0, 4), cells).tolist() == [-1, -1]


def plainly_matched(boxes: Tensor, known: Tensor) -> list[int]:
    """Match box by box, anchor by anchor."""
    corners = to_corners(known)
    overlaps = [[float(iou(box[None], corner[None])) for corner in corners] for box in boxes]
    found = []
    for anchor in range(len(known)):
        column = [row[anchor] for row in overlaps]
        best = max(range(len(boxes)), key=lambda place: column[place])
        found.append(best if column[best] >= 0.5 else -1)
    for place, row in enumerate(overlaps):
        found[max(range(len(known)), key=lambda anchor: row[anchor])] = place
    return found


@pytest.mark.parametrize("seed", range(3))
def test_matching_is_that_of_a_plain_implementation(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    known = anchors(*SIZE)
    corner = 0.6 * torch.rand(5, 2, generator=generator)
    boxes = torch.cat((corner, corner + 0.1 + 0.3 * torch.rand(5, 2, generator=generator)), 1)
    assert match(boxes, known).tolist() == plainly_matched(boxes, known)


def test_targets_count_classes_from_one_and_an_image_may_be_empty() -> None:
    box = (0.1, 0.1, 0.6, 0.7)
    targets = box_targets([boxes_of(box, labels=[4]), NO_BOXES], SIZE)
    known = anchors(*SIZE)
    positive = targets.labels[0] > 0
    assert set(targets.labels[0].tolist()) == {0, 5}
    assert torch.equal(
        targets.offsets[0][positive], encode(torch.tensor([box]).expand_as(known), known)[positive]
    )
    assert not targets.labels[1].any()
    assert not targets.offsets[1].any()


def test_three_negatives_of_highest_loss_for_each_positive() -> None:
    entropy = torch.tensor([[9.0, 1, 5, 3, 4, 2], [6.0, 1, 2, 3, 4, 5], [1.0, 2, 3, 4, 5, 6]])
    positive = torch.zeros(3, 6, dtype=torch.bool)
    positive[0, 0] = True
    positive[1, :3] = True
    assert hard_negatives(entropy, positive).tolist() == [
        [False, False, True, True, True, False],
        [False, False, False, True, True, True],  # no more than there are
        [False] * 6,  # none without a positive
    ]


def test_the_loss_is_per_positive_anchor() -> None:
    targets = BoxTargets(torch.zeros(1, 5, 4), torch.tensor([[2, 0, 0, 0, 0]]))
    offsets = torch.zeros(1, 5, 4)
    offsets[0, 0] = torch.tensor([0.5, -2.0, 0, 0])  # smooth L1: 0.125 and 1.5
    offsets[0, 1] = 100.0  # of no box
    logits = torch.zeros(1, 5, 3)
    logits[0, 4, 0] = 50.0  # surely background: the negative that does not count
    loss = detection_loss(BoxPredictions(offsets, logits), targets)
    assert loss.item() == pytest.approx(0.125 + 1.5 + 4 * math.log(3))
    twice = detection_loss(
        BoxPredictions(offsets.expand(2, -1, -1), logits.expand(2, -1, -1)),
        BoxTargets(targets.offsets.expand(2, -1, -1), targets.labels.expand(2, -1)),
    )
    assert twice.item() == pytest.approx(loss.item())


def test_a_batch_without_boxes_has_no_loss_but_a_gradient() -> None:
    logits = torch.zeros(1, 5, 3, requires_grad=True)
    targets = BoxTargets(torch.zeros(1, 5, 4), torch.zeros(1, 5, dtype=torch.long))
    loss = detection_loss(BoxPredictions(torch.zeros(1, 5, 4), logits), targets)
    torch.autograd.backward(loss)
    assert loss.item() == 0
    assert logits.grad is not None
