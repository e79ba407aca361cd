"""The loss of DeepLabv3 and the classes of pixels."""

import math

import pytest
import torch

from nasbench_mvit.training.images.annotated.annotated_image import IGNORED
from nasbench_mvit.training.tasks.segmentation import segment, segmentation_loss


def test_ignored_pixels_do_not_count() -> None:
    logits = torch.zeros(1, 3, 2, 2)
    logits[0, 1, 0, 0] = 100.0
    labels = torch.tensor([[[0, 2], [IGNORED, IGNORED]]], dtype=torch.uint8)
    assert segmentation_loss(logits, labels).item() == pytest.approx((100 + math.log(3)) / 2)
    everything = torch.full_like(labels, IGNORED)
    assert segmentation_loss(logits, everything).item() == 0


def test_logits_are_resized_to_the_labels() -> None:
    logits = torch.zeros(1, 2, 1, 2)
    logits[0, 1, 0, 1] = 4.0
    # Bilinear with pixel centres: columns at 0, ¼, ¾ and 1 of the way between the two.
    expected = sum(math.log1p(math.exp(x)) for x in (0.0, 1.0, 3.0, 4.0)) / 4
    loss = segmentation_loss(logits, torch.zeros(1, 1, 4, dtype=torch.long))
    assert loss.item() == pytest.approx(expected)
    assert segment(logits - torch.tensor([0.0, 2.0]).view(2, 1, 1), (1, 4)).tolist() == [
        [[0, 0, 1, 1]]
    ]
