"""Which differences are larger than the noise: against hand-worked numbers and by simulation.

Axes: N networks, S seeds, M images.
"""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from nasbench_mvit.analysis.significance import (
    ALPHA,
    POWER,
    compare,
    compare_scores,
    holm,
    image_variance,
    residual_sd,
)

Hits = NDArray[np.bool_]


def hits_with(right_NS: list[list[int]], num_images: int) -> Hits:
    """The first so many images right, so that scores are exact and images lie nested."""
    return np.arange(num_images) < np.array(right_NS)[..., None]


def every_pair(count: int) -> list[tuple[int, int]]:
    return [(first, second) for second in range(count) for first in range(second)]


def test_noise_is_what_network_and_seed_do_not_explain() -> None:
    # Means of networks 0.55 and 0.45, of seeds 0.4 and 0.6, of all 0.5: each rest is ±0.05.
    scores = np.array([[0.5, 0.6], [0.3, 0.6]])
    assert residual_sd(scores) == pytest.approx(math.sqrt(4 * 0.05**2 / ((2 - 1) * (2 - 1))))


def test_with_two_networks_it_is_the_paired_t_test() -> None:
    scores = np.array([[0.51, 0.62, 0.58], [0.48, 0.55, 0.57]])
    gaps = scores[0] - scores[1]
    standard_error = math.sqrt(2 * residual_sd(scores) ** 2 / 3)
    assert standard_error == pytest.approx(stats.sem(gaps))


def test_a_seed_that_is_lucky_for_all_is_no_noise() -> None:
    scores = np.array([[0.5, 0.6, 0.4], [0.3, 0.4, 0.2], [0.7, 0.8, 0.6]])
    assert residual_sd(scores) == pytest.approx(0)


def test_variance_from_images_is_that_of_a_mean() -> None:
    # Values 1, 0, 0, 0: their variance is 1/4, and a fourth of it is the mean's.
    assert image_variance(np.array([1.0, 0.0, 0.0, 0.0])) == pytest.approx(0.25 / 4)


def test_holm_multiplies_the_smallest_most_and_keeps_the_order() -> None:
    corrected = holm([0.01, 0.04, 0.03, 0.005])
    assert corrected.tolist() == pytest.approx([3 * 0.01, 2 * 0.03, 2 * 0.03, 4 * 0.005])
    assert holm([0.5, 0.9]).tolist() == [1.0, 1.0]


def test_both_kinds_of_chance_make_the_error_of_a_difference() -> None:
    num_images, right = 100, [[50, 60], [30, 60]]
    comparison = compare(hits_with(right, num_images), [(0, 1)])
    of_seeds = 2 * 0.1**2 / 2  # residual standard deviation 0.1, two seeds, one degree of freedom
    # Of the two seeds' images 20 differ for one seed: half a hit each, 80 not at all.
    gaps = np.repeat([0.5, 0.0], [20, 80])
    of_images = gaps.var(ddof=1) / num_images
    freedom = (of_seeds + of_images) ** 2 / (of_seeds**2 / 1 + of_images**2 / 99)
    standard_error = math.sqrt(of_seeds + of_images)
    (difference,) = comparison.differences
    assert (difference.first, difference.second) == (0, 1)
    assert difference.estimate == pytest.approx(0.1)
    assert difference.p == pytest.approx(2 * stats.t.sf(0.1 / standard_error, freedom))
    half = stats.t.ppf(1 - ALPHA / 2, freedom) * standard_error
    assert (difference.low, difference.high) == pytest.approx((0.1 - half, 0.1 + half))
    assert not difference.exceeds_noise
    assert comparison.noise == pytest.approx(0.1)
    assert comparison.freedom == 1
    found = half + stats.t.ppf(POWER, freedom) * standard_error
    assert comparison.smallest_difference() == pytest.approx(found)


def test_intervals_are_wider_the_more_is_compared() -> None:
    rng = np.random.default_rng(0)
    hits = rng.random((4, 3, 500)) < 0.5
    alone = compare(hits, [(0, 1)]).differences[0]
    among = compare(hits, every_pair(4)).differences[0]
    assert among.estimate == alone.estimate
    assert among.high - among.low > alone.high - alone.low
    assert among.p >= alone.p


def test_more_seeds_find_less_but_never_less_than_the_images_allow() -> None:
    rng = np.random.default_rng(0)
    comparison = compare(rng.random((4, 3, 500)) < 0.5, every_pair(4))
    found = [comparison.smallest_difference(seeds) for seeds in (3, 6, 12, 100_000)]
    assert found == sorted(found, reverse=True)
    assert found[0] == comparison.smallest_difference()
    images_alone = (stats.norm.ppf(1 - ALPHA / 6 / 2) + stats.norm.ppf(POWER)) * math.sqrt(
        comparison.image_variance
    )
    assert found[-1] == pytest.approx(images_alone, rel=0.02)


def test_scores_without_any_noise_are_told_apart_or_equal() -> None:
    sure = hits_with([[100, 100], [0, 0]], 100)
    (difference,) = compare(sure, [(0, 1)]).differences
    assert (difference.p, difference.low, difference.high) == (0.0, 1.0, 1.0)
    same = hits_with([[100, 100], [100, 100]], 100)
    (difference,) = compare(same, [(0, 1)]).differences
    assert (difference.p, difference.exceeds_noise) == (1.0, False)


def test_the_noise_of_an_unlike_network_is_not_that_of_others() -> None:
    quiet = np.array([[0.50, 0.51, 0.49], [0.40, 0.42, 0.41]])
    alone = compare_scores(quiet, np.zeros(2), 10_000, [(0, 1)])
    beside = compare_scores(np.vstack([quiet, [[0.1, 0.6, 0.3]]]), np.zeros(3), 10_000, [(0, 1)])
    assert beside.differences == alone.differences
    assert alone.freedom == beside.freedom == 2
    assert alone.noise == pytest.approx(residual_sd(quiet))
    lucky = np.array([[0.50, 0.50, 0.50], [0.40, 0.40, 0.40]])  # of no noise, by its three seeds
    (sure,) = compare_scores(lucky, np.full(2, 2e-4), 10_000, [(0, 1)]).differences
    assert sure.p == pytest.approx(2 * stats.t.sf(0.1 / math.sqrt(4e-4), 2))
    hits = hits_with([[500, 510, 490], [400, 420, 410], [100, 600, 300]], 1_000)
    like = compare(hits[:2], [(0, 1)]).differences[0]
    assert compare(hits, [(0, 1)]).differences[0].high > like.high


def drawn(rng: np.random.Generator, lead: float) -> Hits:
    """Networks of one worth, but for the first: noise of seeds, of images, and of both."""
    worth = np.zeros((5, 1, 1))
    worth[0] = lead
    easy = rng.normal(0, 1, (1, 1, 200)) + rng.normal(0, 0.5, (5, 1, 200))
    luck = rng.normal(0, 0.1, (1, 3, 1)) + rng.normal(0, 0.1, (5, 3, 1))
    return rng.random((5, 3, 200)) < 1 / (1 + np.exp(-(worth + easy + luck)))


def test_equal_networks_are_seldom_told_apart_and_a_better_one_mostly() -> None:
    rng = np.random.default_rng(0)
    pairs = every_pair(5)
    false_alarms, found = 0, 0
    for _ in range(100):
        equal = compare(drawn(rng, lead=0.0), pairs)
        false_alarms += any(d.exceeds_noise for d in equal.differences)
        better = compare(drawn(rng, lead=1.5), pairs)
        found += all(d.exceeds_noise for d in better.differences if d.first == 0)
    assert false_alarms <= 100 * ALPHA
    assert found > 80


@pytest.mark.parametrize("shape", [(1, 3, 10), (3, 1, 10), (3, 3, 1)])
def test_too_little_to_compare_is_a_programming_error(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        compare(np.ones(shape, bool), [(0, 1)])


def test_no_pairs_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="0 pairs"):
        compare(np.ones((2, 2, 2), bool), [])
