"""The multi-scale sampler: its batch rule, its plans, and the updates of the paper's 300 epochs."""

from fractions import Fraction

import numpy as np
import pytest

from nasbench_mvit.training.common.multiscale import BASE_SIZE, PAPER_SIZES, MultiScaleSampler

IMAGENET, GPUS, EPOCHS, BATCH = 1_281_167, 8, 300, 128
PER_GPU = -(-IMAGENET // GPUS)
PAPER = MultiScaleSampler(base_batch=BATCH)


def test_batch_rule_keeps_the_pixels_and_gives_the_batches_worked_by_hand() -> None:
    # 256² · 128 = 8,388,608 pixels; over 25,600, 36,864, 65,536, 82,944 and 102,400.
    by_hand = {160: 327, 192: 227, 256: 128, 288: 101, 320: 81}
    assert {size: PAPER.batch_size(size) for size in PAPER_SIZES} == by_hand
    for size in PAPER_SIZES:
        exact = Fraction(BASE_SIZE**2 * BATCH, size**2)
        assert 0 <= exact - PAPER.batch_size(size) < 1


def test_batch_is_never_empty() -> None:
    assert MultiScaleSampler(base_batch=1).batch_size(320) == 1


def test_first_release_of_the_authors_keeps_the_base_batch_above_the_base_size() -> None:
    kept = MultiScaleSampler(base_batch=BATCH, keeps_base_batch=True)
    assert [kept.batch_size(size) for size in PAPER_SIZES] == [327, 227, 128, 128, 128]


@pytest.mark.parametrize(
    ("sampler", "thousands"),
    [
        # ⌈160,146 / 128⌉ = 1,252 an epoch.
        (MultiScaleSampler.standard(base_batch=BATCH), 375.6),
        # (327 + 227 + 128 + 101 + 81) / 5 = 172.8 images an update: 926.8 an epoch, and a filled
        # last batch.
        (PAPER, 278.0),
        # (327 + 227 + 3 · 128) / 5 = 187.6: 853.7 an epoch. The authors' 257 k rounds to
        # multiples of eight.
        (MultiScaleSampler(base_batch=BATCH, keeps_base_batch=True), 256.1),
        # The batch at the largest size, as §3.2 has it: (512 + 355 + 200 + 158 + 128) / 5 = 270.6.
        (MultiScaleSampler(base_batch=BATCH, base_size=max(PAPER_SIZES)), 177.7),
        # Listing 1: 0.5 to 1.5 times the base; (512 + 227 + 128 + 81 + 56) / 5 = 200.8.
        (MultiScaleSampler(base_batch=BATCH, sizes=(128, 192, 256, 320, 384)), 239.5),
    ],
)
def test_updates_of_the_papers_300_epochs_on_8_gpus(
    sampler: MultiScaleSampler, thousands: float
) -> None:
    assert EPOCHS * sampler.expected_updates(PER_GPU) == pytest.approx(1000 * thousands, rel=0.001)


@pytest.mark.parametrize("num_images", [1, 500, 20_000])
def test_expected_updates_are_the_mean_of_plans(num_images: int) -> None:
    lengths = [len(PAPER.plan(num_images, seed=3, epoch=epoch)) for epoch in range(400)]
    if num_images < BATCH:
        assert set(lengths) == {1}
        return
    standard_error = np.std(lengths) / np.sqrt(len(lengths))
    # The renewal theorem's vanishing term is below a fifth of an update from 500 images on.
    allowed = 4 * standard_error + 0.2
    assert np.mean(lengths) == pytest.approx(PAPER.expected_updates(num_images), abs=allowed)


def test_plan_shows_every_image_and_overlaps_by_less_than_its_last_batch() -> None:
    plan = PAPER.plan(5000, seed=1)
    firsts = [batch.first for batch in plan]
    ends = [batch.first + batch.count for batch in plan]
    assert firsts == [0, *ends[:-1]]
    assert ends[-2] < 5000 <= ends[-1]


def test_plan_depends_on_seed_and_epoch_and_on_nothing_else() -> None:
    plans = [PAPER.plan(5000, seed=seed, epoch=epoch) for seed in (0, 1) for epoch in (0, 1)]
    assert len(set(plans)) == len(plans)
    assert MultiScaleSampler(base_batch=BATCH).plan(5000, seed=0) == plans[0]


def test_longer_plan_goes_on_where_a_shorter_one_ends() -> None:
    short, long = PAPER.plan(5000, seed=1), PAPER.plan(9000, seed=1)
    assert long[: len(short)] == short


def test_sizes_are_drawn_alike_often() -> None:
    sizes = [batch.size for batch in PAPER.plan(1_000_000, seed=0)]
    counts = [sizes.count(size) for size in PAPER_SIZES]
    share = len(sizes) / len(PAPER_SIZES)
    assert max(abs(count - share) for count in counts) < 4 * np.sqrt(share)


@pytest.mark.parametrize("wrong", [{"base_batch": 0}, {"base_batch": 1, "sizes": ()}])
def test_sampler_without_images_or_sizes_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        MultiScaleSampler(**wrong)  # type: ignore[arg-type]


def test_plan_without_images_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        PAPER.plan(0, seed=0)
