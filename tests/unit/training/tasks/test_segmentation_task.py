"""The loss of DeepLabv3 and the classes of pixels."""

import math

import pytest
import torch
from tiny_training import tiny_spec

from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.training.tasks.segmentation import IGNORED, segment, segmentation_loss


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


def test_a_few_steps_on_one_scene_find_its_pixels() -> None:
    torch.manual_seed(0)
    labels = torch.zeros(1, 64, 64, dtype=torch.long)
    labels[0, 16:48, 0:32], labels[0, 32:64, 32:64] = 1, 2
    labels[0, 14:16] = IGNORED
    image = torch.nn.functional.one_hot(labels.clamp(max=2), 3).permute(0, 3, 1, 2).float()
    images = torch.cat((image, image + 0.02 * torch.randn(3, 3, 64, 64)))
    model = build_model(tiny_spec(), 3, task="segmentation")
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = segmentation_loss(model(images), labels.expand(4, -1, -1))
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    found = segment(model.eval()(image), (64, 64))
    counted = labels != IGNORED
    assert losses[-1] < losses[0] / 4
    assert (found == labels)[counted].float().mean() > 0.9
