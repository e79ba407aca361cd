"""Intervals over images: mirrored at the score, within 0 to 1, over classes that have a score."""

import numpy as np
import pytest

from nasbench_mvit.training.tasks.bootstrap import (
    ScoreWithInterval,
    mean_over_classes,
    resampled_images,
    with_interval,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "resampled", "low", "high"),
    [
        (0.5, np.linspace(0.4, 0.8, 41), 0.21, 0.59),  # resamples that are too high
        (0.5, np.array([0.5, NAN, 0.5]), 0.5, 0.5),
        (0.9, np.full(5, 0.95), 0.85, 0.9),  # the score is within
        (0.99, np.linspace(0.9, 1, 41), 0.9825, 1),  # no score is above 1
        (0.0, np.zeros(4), 0, 0),
    ],
)
def test_the_ends_are_mirrored_at_the_score(
    value: float, resampled: np.ndarray[tuple[int], np.dtype[np.float64]], low: float, high: float
) -> None:
    score = with_interval(value, resampled)
    assert (score.low, score.high) == pytest.approx((low, high))


@pytest.mark.parametrize(("value", "resampled"), [(NAN, [0.5]), (0.5, []), (0.5, [NAN])])
def test_no_interval_without_scores(value: float, resampled: list[float]) -> None:
    score: ScoreWithInterval = with_interval(value, np.array(resampled))
    assert np.isnan([score.low, score.high]).all()


def test_the_mean_leaves_classes_without_a_score_out() -> None:
    means = mean_over_classes(np.array([[0.2, NAN, 0.4], [NAN] * 3]))
    np.testing.assert_allclose(means, [0.3, NAN])


def test_images_are_drawn_with_replacement_by_a_seed() -> None:
    drawn = resampled_images(30, resamples=50, seed=1)
    assert drawn.shape == (50, 30)
    assert {len({*row}) < 30 for row in drawn.tolist()} == {True}
    np.testing.assert_array_equal(drawn, resampled_images(30, resamples=50, seed=1))
