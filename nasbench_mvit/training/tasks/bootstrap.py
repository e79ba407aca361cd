"""Intervals of a score over images: what other images like these would have given.

Axes: N images, R resamples, K classes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasbench_mvit.training.images.arrays import Int64Array

RESAMPLES = 200
COVERAGE = 0.95

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScoreWithInterval:
    """A score, 0 to 1, with its interval and its standard error; NaN where nothing could be scored.

    The interval is nominally of 95 %; it holds the true score in 91 to 93 % (``with_interval``).
    """

    value: float
    low: float
    high: float
    standard_error: float


def resampled_images(count: int, *, resamples: int, seed: int) -> Int64Array:
    """Return the images (R, N) of each resample, drawn with replacement; none of a single image."""
    resamples = resamples if count > 1 else 0
    return np.random.default_rng(seed).integers(count, size=(resamples, count))


def with_interval(value: float, resampled_R: Floats) -> ScoreWithInterval:
    """Return a score with its basic bootstrap interval, within 0 to 1, which holds the score.

    The ends of the resamples are mirrored at the score (Davison & Hinkley 1997, §5.2.1), since an
    average precision of resamples, as of few images, is too high. The interval is too narrow all
    the same: of 150 simulated sets of 20 and of 60 images, it held the true score in 91 % and 93 %
    where 95 % are meant, and that of the percentiles in 89 %. The standard error is the deviation
    of the resamples.
    Resamples without any image that counts are NaN, and left out.
    """
    usable = resampled_R[~np.isnan(resampled_R)]
    if np.isnan(value) or not len(usable):
        return ScoreWithInterval(value, *[float("nan")] * 3)
    tail = (1 - COVERAGE) / 2
    low, high = 2 * value - np.quantile(usable, (1 - tail, tail))
    return ScoreWithInterval(
        value,
        max(0.0, min(float(low), value)),
        min(1.0, max(float(high), value)),
        float(usable.std()),
    )


def mean_over_classes(scores_RK: Floats) -> Floats:
    """Return the (R,) means over classes that have a score; NaN where none has."""
    counted_RK = ~np.isnan(scores_RK)
    sums_R = np.where(counted_RK, scores_RK, 0).sum(-1)
    counts_R = counted_RK.sum(-1)
    means_R: Floats = np.where(counts_R > 0, sums_R / np.maximum(counts_R, 1), np.nan)
    return means_R
