"""Between annotated images, in pixels, and networks, whose boxes are in shares of the image."""

from typing import Any

import numpy as np
import pytest
import torch

from nasbench_mvit.models.heads.ssdlite import BoxPredictions
from nasbench_mvit.training.images.annotated.annotated_image import (
    IGNORED,
    AnnotatedImage,
    Objects,
)
from nasbench_mvit.training.images.annotated.batches import collated
from nasbench_mvit.training.tasks.annotated import TaskScore, in_shares, is_finite, loss_of
from nasbench_mvit.training.tasks.detection import BoxTargets, box_targets

HEIGHT, WIDTH = 64, 128
BOXES = np.array([[32, 8, 96, 48], [0, 0, 16, 64]], np.float32)
SHARES = [[0.25, 0.125, 0.75, 0.75], [0, 0, 0.125, 1]]


def wide_image(**annotation: Any) -> AnnotatedImage:
    return AnnotatedImage(image=np.zeros((HEIGHT, WIDTH, 3), np.uint8), **annotation)


def with_objects(*, ignored: list[bool]) -> AnnotatedImage:
    labels = np.array([1, 0], np.int64)
    return wide_image(objects=Objects(boxes=BOXES, labels=labels, ignored=np.array(ignored)))


def perfect(targets: BoxTargets) -> BoxPredictions:
    """Predictions that say the targets, surely."""
    return BoxPredictions(targets.offsets, torch.nn.functional.one_hot(targets.labels, 3) * 30.0)


def test_boxes_become_shares_of_width_and_height_without_those_ignored() -> None:
    (both,) = in_shares(collated([with_objects(ignored=[False, False])]))
    assert both.boxes.tolist() == SHARES
    assert both.labels.tolist() == [1, 0]
    (one,) = in_shares(collated([with_objects(ignored=[True, False])]))
    assert one.boxes.tolist() == SHARES[1:]


def test_predictions_that_say_the_targets_have_no_loss_and_a_full_score() -> None:
    example = with_objects(ignored=[False, False])
    batch = collated([example])
    predictions = perfect(box_targets(in_shares(batch), (HEIGHT, WIDTH)))
    assert loss_of(predictions, batch).item() == pytest.approx(0, abs=1e-4)
    score = TaskScore("detection", ("a", "b"))
    score.add(predictions, [example])
    assert score.result(resamples=0).value == pytest.approx(1)


def test_an_image_without_a_box_has_a_loss_and_no_score() -> None:
    batch = collated([wide_image()])
    nothing = box_targets(in_shares(batch), (HEIGHT, WIDTH))
    assert nothing.labels.sum() == 0
    assert loss_of(perfect(nothing), batch).item() == 0
    score = TaskScore("detection", ("a", "b"))
    score.add(perfect(nothing), [wide_image()])
    assert np.isnan(score.result(resamples=0).value)


def test_masks_are_scored_at_their_size_but_for_what_is_ignored() -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, 64:] = 1
    mask[:, :8] = IGNORED
    logits = torch.zeros(1, 2, 4, 8)
    logits[:, 1, :, 4:] = 40.0
    logits[:, 0, :, 1:4] = 40.0
    logits[:, 1, :, 0] = 40.0  # wrong, but hardly counted
    example = wide_image(mask=mask)
    score = TaskScore("segmentation", ("background", "a"))
    score.add(logits, [example])
    assert 0.85 < score.result(resamples=0).value < 1
    assert loss_of(logits, collated([example])).item() > 0


def test_predictions_of_another_task_are_refused() -> None:
    masks, boxes = (
        torch.zeros(1, 2, 2, 2),
        BoxPredictions(torch.zeros(1, 1, 4), torch.ones(1, 1, 2)),
    )
    with pytest.raises(ValueError, match="masks"):
        loss_of(masks, collated([wide_image()]))
    with pytest.raises(TypeError):
        TaskScore("detection", ("a", "b")).add(masks, [wide_image()])
    with pytest.raises(TypeError):
        TaskScore("segmentation", ("a", "b")).add(boxes, [wide_image()])


def test_what_is_no_number_is_found_in_either() -> None:
    bad = torch.tensor([float("nan")])
    assert is_finite(torch.zeros(1))
    assert not is_finite(bad)
    assert not is_finite(BoxPredictions(torch.zeros(1), bad))
