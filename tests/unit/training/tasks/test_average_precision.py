"""COCO's average precision: by hand, ignored boxes, absent classes, and intervals over images."""

from collections.abc import Sequence

import numpy as np
import pytest

from nasbench_mvit.training.images.annotated.annotated_image import Float32Array, Objects
from nasbench_mvit.training.images.arrays import Int64Array
from nasbench_mvit.training.tasks.average_precision import AveragePrecision

NAMES = ("cat", "dog")
BOX = (10.0, 10.0, 50.0, 50.0)
Boxes = Sequence[Sequence[float]]
Found = tuple[Float32Array, Int64Array, Float32Array]


def there(boxes: Boxes, labels: Sequence[int] = (), ignored: Sequence[bool] = ()) -> Objects:
    return Objects(
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        labels=np.array(labels or [0] * len(boxes), np.int64),
        ignored=np.array(ignored or [False] * len(boxes), np.bool_),
    )


def found(boxes: Boxes, scores: Sequence[float], labels: Sequence[int] = ()) -> Found:
    return (
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(labels or [0] * len(boxes), np.int64),
        np.array(scores, np.float32),
    )


NOTHING = found([], [])


def moved(share: float) -> tuple[float, float, float, float]:
    """Return BOX moved so that the intersection over union is ``share``."""
    shift = 40 * (1 - share) / (1 + share)
    return (10 + shift, 10, 50 + shift, 50)


@pytest.mark.parametrize(
    ("detections", "ap", "ap50", "ap75"),
    [
        (found([BOX], [0.5]), 1, 1, 1),
        (found([moved(0.78)], [0.5]), 0.6, 1, 1),  # 0.50, 0.55, … 0.75
        (found([moved(0.52)], [0.5]), 0.1, 1, 0),
        (found([moved(0.4)], [0.5]), 0, 0, 0),
        (found([BOX, BOX], [0.9, 0.8]), 1, 1, 1),  # the second is wrong, after all are found
        (found([(60, 60, 90, 90), BOX], [0.9, 0.8]), 0.5, 0.5, 0.5),
        (found([BOX], [0.5], [1]), 0, 0, 0),
        (NOTHING, 0, 0, 0),
    ],
)
def test_one_box_by_hand(detections: Found, ap: float, ap50: float, ap75: float) -> None:
    metric = AveragePrecision(NAMES)
    metric.add(there([BOX]), *detections)
    scores = metric.scores(resamples=0)
    assert scores.ap.value == pytest.approx(ap)
    assert scores.ap50.value == pytest.approx(ap50)
    assert scores.ap75.value == pytest.approx(ap75)
    assert scores.class_ap["cat"].value == pytest.approx(ap)
    assert np.isnan(scores.class_ap["dog"].value)


def test_half_of_the_boxes_found_is_half_the_recalls() -> None:
    metric = AveragePrecision(NAMES)
    metric.add(there([BOX, (60, 60, 90, 90)]), *found([BOX], [0.5]))
    assert metric.scores(resamples=0).ap.value == pytest.approx(51 / 101)


def test_ignored_boxes_count_neither_for_nor_against() -> None:
    crowd = (60.0, 60.0, 95.0, 95.0)
    for boxes in ([BOX], [BOX, crowd], [BOX, (60, 60, 70, 70), (80, 80, 90, 90)]):
        metric = AveragePrecision(NAMES)
        metric.add(
            there([BOX, crowd], ignored=[False, True]),
            *found(boxes, [0.5, 0.9, 0.8][: len(boxes)]),
        )
        assert metric.scores(resamples=0).ap.value == pytest.approx(1)


def test_no_box_at_all_is_no_score() -> None:
    metric = AveragePrecision(NAMES)
    metric.add(there([]), *NOTHING)
    scores = metric.scores(resamples=3)
    assert np.isnan([scores.ap.value, scores.ap.low, scores.ap50.value]).all()


def test_the_interval_is_that_of_images_and_holds_the_score() -> None:
    rng = np.random.default_rng(0)
    few, many, sure = (AveragePrecision(NAMES) for _ in range(3))
    for index in range(320):
        label, seen = int(rng.integers(2)), rng.random() < 0.6
        truth = there([BOX], [label])
        detections = found([BOX], [0.5], [label]) if seen else NOTHING
        many.add(truth, *detections)
        sure.add(truth, *found([BOX], [0.5], [label]))
        if index < 20:
            few.add(truth, *detections)
    ends = [metric.scores(resamples=100) for metric in (few, many, sure)]
    for scores in ends:
        for score in (scores.ap, scores.ap50, *scores.class_ap.values()):
            assert score.low <= score.value <= score.high
    widths = [scores.ap.high - scores.ap.low for scores in ends]
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.5)  # the root of 320 over 20
    assert widths[2] == pytest.approx(0)
    # Of n images in all, a share p of a class is found: p has the standard error of a share.
    assert widths[1] == pytest.approx(2 * 1.96 * np.sqrt(0.6 * 0.4 / 320), rel=0.4)


def test_refused_without_images() -> None:
    with pytest.raises(ValueError, match="no image"):
        AveragePrecision(NAMES).scores()
