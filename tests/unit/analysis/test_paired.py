"""Effects from paired seeds: what they are, how sure, and how often wrong.

Axes: A arms, S seeds, E effects.
"""

import numpy as np
import pytest
from scipy import stats

from nasbench_mvit.analysis.paired import paired_effects, smallest_effect


def against_the_first(num_arms: int) -> np.ndarray:
    weights_EA = np.zeros((num_arms - 1, num_arms))
    weights_EA[:, 0] = -1
    weights_EA[np.arange(num_arms - 1), np.arange(1, num_arms)] = 1
    return weights_EA


def test_an_effect_is_the_mean_paired_difference_with_students_interval() -> None:
    scores_AS = np.random.default_rng(0).normal(size=(3, 5))
    for place, effect in enumerate(paired_effects(scores_AS, against_the_first(3), ["a", "b"]), 1):
        expected = stats.ttest_rel(scores_AS[place], scores_AS[0])
        interval = expected.confidence_interval(0.95)
        assert effect.differences == pytest.approx(scores_AS[place] - scores_AS[0])
        assert effect.spread == pytest.approx(np.std(effect.differences, ddof=1))
        assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high))
        assert effect.p == pytest.approx(expected.pvalue)


def test_the_luck_of_a_seed_cancels_and_so_does_the_noise_of_other_arms() -> None:
    rng = np.random.default_rng(1)
    scores_AS = rng.normal(size=(3, 5))
    lucky_AS = scores_AS + 100 * rng.normal(size=5)
    lucky_AS[2] += 50 * rng.normal(size=5)
    plain, lucky = (
        paired_effects(s, against_the_first(3), ["a", "b"]) for s in (scores_AS, lucky_AS)
    )
    assert (lucky[0].low, lucky[0].high) == pytest.approx((plain[0].low, plain[0].high))
    assert lucky[1].spread > 10 * plain[1].spread


def test_two_scores_of_one_training_are_told_apart_where_trainings_are_not() -> None:
    luck_S = np.array([0.0, 4.0, -3.0, 1.0, -2.0])
    scores_AS = np.array([luck_S, luck_S + 0.1 + 0.01 * luck_S, luck_S[::-1] + 0.1])
    within, between = paired_effects(scores_AS, against_the_first(3), ["a", "b"])
    assert (within.exceeds_noise, between.exceeds_noise) == (True, False)


def test_each_family_is_corrected_by_itself() -> None:
    scores_AS = np.random.default_rng(2).normal(size=(3, 6))
    weights_EA = against_the_first(3)
    apart = paired_effects(scores_AS, weights_EA, ["one", "other"])
    together = paired_effects(scores_AS, weights_EA, ["one", "one"])
    smaller, larger = sorted(effect.p for effect in apart)
    assert sorted(e.p for e in together) == pytest.approx(
        [min(1, 2 * smaller), max(min(1, 2 * smaller), larger)]
    )


def test_equal_scores_are_no_effect_and_unequal_ones_without_noise_are_certain() -> None:
    scores_AS = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [2.0, 3.0, 4.0]])
    same, other = paired_effects(scores_AS, against_the_first(3), ["f", "f"])
    assert (same.estimate, same.low, same.high, same.p) == (0, 0, 0, 1)
    assert (other.estimate, other.low, other.high, other.p) == (1, 1, 1, 0)


@pytest.mark.parametrize(("num_arms", "num_seeds"), [(2, 2), (4, 5)])
def test_between_equal_arms_of_unequal_noise_intervals_hold_nothing_as_often_as_they_say(
    num_arms: int, num_seeds: int
) -> None:
    rng = np.random.default_rng(3)
    runs = 2_000
    weights_EA = against_the_first(num_arms)
    noise_A1 = np.logspace(0, 1, num_arms)[:, np.newaxis]
    held = found = 0
    for _ in range(runs):
        scores_AS = noise_A1 * rng.normal(size=(num_arms, num_seeds)) + rng.normal(size=num_seeds)
        effects = paired_effects(scores_AS, weights_EA, ["f"] * len(weights_EA))
        held += effects[0].low <= 0 <= effects[0].high
        found += any(effect.exceeds_noise for effect in effects)
    error = (0.05 * 0.95 / runs) ** 0.5
    assert held / runs == pytest.approx(0.95, abs=3 * error)
    assert found / runs < 0.05 + 3 * error


def test_the_smallest_effect_is_found_as_often_as_said() -> None:
    rng = np.random.default_rng(4)
    runs, num_arms, num_seeds = 1_000, 4, 5
    smallest = smallest_effect(2**0.5, num_seeds=num_seeds, num_tests=num_arms - 1)
    hits = 0
    for _ in range(runs):
        scores_AS = rng.normal(size=(num_arms, num_seeds))
        scores_AS[1] += smallest
        effects = paired_effects(scores_AS, against_the_first(num_arms), ["f"] * 3)
        hits += effects[0].exceeds_noise
    assert hits / runs == pytest.approx(0.8, abs=0.08)
    assert smallest_effect(1, num_seeds=10, num_tests=3) < smallest_effect(
        1, num_seeds=5, num_tests=3
    )
    assert smallest_effect(1, num_seeds=5, num_tests=1) < smallest_effect(
        1, num_seeds=5, num_tests=3
    )


@pytest.mark.parametrize("shape", [(1, 5), (3, 1)])
def test_too_little_to_compare_is_a_programming_error(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        paired_effects(np.zeros(shape), np.zeros((1, shape[0])), ["f"])
