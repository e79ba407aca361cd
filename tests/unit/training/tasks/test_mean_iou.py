"""Mean intersection over union: by hand, with ignored pixels, absent classes and intervals."""

import numpy as np
import pytest

from nasbench_mvit.training.tasks.mean_iou import MeanIoU

NAMES = ("background", "cat", "dog")


def masks(*rows: str) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.array([[255 if c == "x" else int(c) for c in row] for row in rows], np.uint8)


def test_by_hand() -> None:
    metric = MeanIoU(NAMES)
    metric.add(masks("0011", "00x1"), masks("0010", "0121"))
    scores = metric.scores(resamples=0)
    # Background: 3 of 5; cat: 2 of 4; dog is in neither but for an ignored pixel.
    assert scores.class_iou["background"].value == pytest.approx(3 / 5)
    assert scores.class_iou["cat"].value == pytest.approx(2 / 4)
    assert np.isnan(scores.class_iou["dog"].value)
    assert scores.mean_iou.value == pytest.approx((3 / 5 + 2 / 4) / 2)
    assert scores.pixel_accuracy.value == pytest.approx(5 / 7)
    assert np.isnan(scores.mean_iou.low)


def test_pixels_of_all_images_count_alike() -> None:
    metric = MeanIoU(NAMES)
    metric.add(masks("1111"), masks("1111"))
    metric.add(masks("1"), masks("0"))
    assert metric.scores(resamples=0).class_iou["cat"].value == pytest.approx(4 / 5)


def test_a_class_predicted_and_absent_counts_as_zero() -> None:
    metric = MeanIoU(NAMES)
    metric.add(masks("00"), masks("02"))
    assert metric.scores(resamples=0).mean_iou.value == pytest.approx((1 / 2 + 0) / 2)


def test_the_interval_is_that_of_images_and_holds_the_score() -> None:
    rng = np.random.default_rng(0)
    few, many, sure = MeanIoU(NAMES), MeanIoU(NAMES), MeanIoU(NAMES)
    for index in range(400):
        truth = rng.integers(3, size=(4, 4)).astype(np.uint8)
        wrong = np.where(rng.random((4, 4)) < rng.random(), truth, (truth + 1) % 3)
        many.add(truth, wrong)
        sure.add(truth, truth)
        if index < 25:
            few.add(truth, wrong)
    ends = [metric.scores().mean_iou for metric in (few, many, sure)]
    assert all(score.low <= score.value <= score.high for score in ends)
    widths = [score.high - score.low for score in ends]
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.4)  # the root of 400 over 25
    assert widths[2] == 0
    pixels = few.scores().pixel_accuracy
    assert pixels.low < pixels.value < pixels.high
    assert many.scores() == many.scores(seed=0) != many.scores(seed=1)


def test_a_single_image_has_no_interval() -> None:
    metric = MeanIoU(NAMES)
    metric.add(masks("0011"), masks("0010"))
    assert np.isnan(metric.scores().mean_iou.low)
    assert np.isnan(metric.scores().pixel_accuracy.low)


def test_refused() -> None:
    metric = MeanIoU(NAMES)
    with pytest.raises(ValueError, match="no image"):
        metric.scores()
    with pytest.raises(ValueError, match="a prediction of"):
        metric.add(masks("00"), masks("0"))
