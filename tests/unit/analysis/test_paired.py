"""Effects from paired seeds: what they are, how sure, and how often wrong.

Axes: A arms, S seeds, E effects.
"""

import numpy as np
import pytest
from scipy import stats

from nasbench_mvit.analysis.paired import paired_effects
from nasbench_mvit.analysis.significance import residual_sd

SMALL = 499


def against_the_first(num_arms: int) -> np.ndarray:
    weights_EA = np.zeros((num_arms - 1, num_arms))
    weights_EA[:, 0] = -1
    weights_EA[np.arange(num_arms - 1), np.arange(1, num_arms)] = 1
    return weights_EA


def test_an_effect_is_the_mean_paired_difference_and_a_seeds_luck_cancels() -> None:
    rng = np.random.default_rng(0)
    scores_AS = rng.normal(size=(3, 5))
    luck_S = 100 * rng.normal(size=5)
    plain, lucky = (
        paired_effects(scores_AS + extra, against_the_first(3), ["f", "f"])
        for extra in (0.0, luck_S)
    )
    for place, effect in enumerate(plain.effects, start=1):
        differences_S = scores_AS[place] - scores_AS[0]
        assert effect.differences == pytest.approx(differences_S)
        assert effect.estimate == pytest.approx(differences_S.mean())
        assert effect.low < effect.estimate < effect.high
    assert [e.low for e in lucky.effects] == pytest.approx([e.low for e in plain.effects])
    assert plain.noise == pytest.approx(residual_sd(scores_AS))


def test_an_interval_is_never_narrower_than_students() -> None:
    scores_AS = np.random.default_rng(1).normal(size=(2, 5))
    found = paired_effects(scores_AS, against_the_first(2), ["f"])
    (effect,) = found.effects
    student = stats.ttest_rel(scores_AS[1], scores_AS[0]).confidence_interval(0.95)
    assert effect.low <= student.low + 1e-9
    assert effect.high >= student.high - 1e-9
    assert effect.p >= stats.ttest_rel(scores_AS[1], scores_AS[0]).pvalue - 1e-9


def test_each_family_is_corrected_by_itself() -> None:
    scores_AS = np.random.default_rng(2).normal(size=(3, 6))
    weights_EA = against_the_first(3)
    apart = paired_effects(scores_AS, weights_EA, ["one", "other"]).effects
    together = paired_effects(scores_AS, weights_EA, ["one", "one"]).effects
    smaller, larger = sorted(effect.p for effect in apart)
    assert sorted(e.p for e in together) == pytest.approx(
        [min(1, 2 * smaller), max(min(1, 2 * smaller), larger)]
    )


def test_equal_scores_are_no_effect_and_unequal_ones_without_noise_are_certain() -> None:
    scores_AS = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [2.0, 3.0, 4.0]])
    same, other = paired_effects(scores_AS, against_the_first(3), ["f", "f"]).effects
    assert (same.estimate, same.low, same.high, same.p) == (0, 0, 0, 1)
    assert (other.estimate, other.low, other.high, other.p) == (1, 1, 1, 0)


@pytest.mark.parametrize(("num_arms", "num_seeds"), [(2, 2), (4, 5)])
def test_between_equal_arms_intervals_hold_nothing_as_often_as_they_say(
    num_arms: int, num_seeds: int
) -> None:
    rng = np.random.default_rng(3)
    runs = 300
    weights_EA = against_the_first(num_arms)
    held = found = 0
    for _ in range(runs):
        scores_AS = rng.normal(size=(num_arms, num_seeds)) + rng.normal(size=num_seeds)
        families = ["f"] * len(weights_EA)
        effects = paired_effects(scores_AS, weights_EA, families, resamples=SMALL).effects
        held += effects[0].low <= 0 <= effects[0].high
        found += any(effect.exceeds_noise for effect in effects)
    error = (0.05 * 0.95 / runs) ** 0.5
    assert held / runs > 0.95 - 3 * error
    assert found / runs < 0.05 + 3 * error


def test_the_smallest_effect_is_found_as_often_as_said() -> None:
    rng = np.random.default_rng(4)
    runs, num_arms, num_seeds = 200, 4, 5
    noise = rng.normal(size=(num_arms, num_seeds))
    found = paired_effects(noise, against_the_first(num_arms), ["f"] * 3)
    per_noise = found.smallest_effect(num_tests=3) / found.noise
    hits = 0
    for _ in range(runs):
        scores_AS = rng.normal(size=(num_arms, num_seeds))
        scores_AS[1] += per_noise
        effects = paired_effects(
            scores_AS, against_the_first(num_arms), ["f"] * 3, resamples=SMALL
        ).effects
        hits += effects[0].exceeds_noise
    assert hits / runs == pytest.approx(0.8, abs=0.12)
    assert found.smallest_effect(3, 2 * num_seeds) < found.smallest_effect(3)
    assert found.smallest_effect(1) < found.smallest_effect(3)


@pytest.mark.parametrize("shape", [(1, 5), (3, 1)])
def test_too_little_to_compare_is_a_programming_error(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        paired_effects(np.zeros(shape), np.zeros((1, shape[0])), ["f"])
