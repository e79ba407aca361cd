"""The full recipe: the paper's values, its schedule, its plan, and what it refuses."""

import itertools
import math

import numpy as np
import pytest
from pydantic import ValidationError

from nasbench_mvit.errors import TrainingError
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.recipe import FullRecipe

IMAGENET = 1_281_167
PAPER = FullRecipe()
SMALL = FullRecipe(
    epochs=3, batch_size=12, device_batch=4, sizes=(32, 64), base_size=32, warmup_updates=4
)


def test_defaults_are_those_of_the_paper() -> None:
    assert (
        FullRecipe(
            epochs=300,
            batch_size=8 * 128,
            device_batch=128,
            sizes=(160, 192, 256, 288, 320),
            base_size=256,
            initial_rate=2e-4,
            peak_rate=2e-3,
            final_rate=2e-4,
            warmup_updates=3000,
            weight_decay=0.01,
            label_smoothing=0.1,
            ema_decay=0.9995,
            min_crop=0.08,
            eval_resize=288,
            eval_size=256,
        )
        == PAPER
    )
    assert PAPER.shards == 8


def test_updates_of_imagenet_are_those_worked_by_hand() -> None:
    # (327 + 227 + 128 + 101 + 81) / 5 = 172.8 images of each of 160,146 an epoch: 278.0 k in 300.
    assert FullPlan(PAPER, IMAGENET, 0).updates == pytest.approx(278_000, rel=0.002)


@pytest.mark.parametrize("batches", [(1024, 128), (1024, 256), (1024, 64)])
def test_device_batch_changes_the_updates_by_rounding_alone(batches: tuple[int, int]) -> None:
    batch_size, device_batch = batches
    recipe = FullRecipe(batch_size=batch_size, device_batch=device_batch)
    assert FullPlan(recipe, IMAGENET, 0).updates == pytest.approx(278_000, rel=0.01)


def test_rate_rises_to_the_peak_and_falls_as_a_half_cosine() -> None:
    plan = FullPlan(PAPER, IMAGENET, 0)
    rates = [plan.rate(update) for update in range(plan.updates + 1)]
    assert rates[0] == 2e-4
    assert rates[1500] == pytest.approx((2e-4 + 2e-3) / 2)
    assert rates[3000] == 2e-3
    middle = (3000 + plan.updates) / 2
    between = (rates[math.floor(middle)] + rates[math.ceil(middle)]) / 2
    assert between == pytest.approx((2e-4 + 2e-3) / 2, rel=1e-4)
    assert rates[-1] == pytest.approx(2e-4)
    assert all(a < b for a, b in itertools.pairwise(rates[:3001]))
    assert all(a > b for a, b in itertools.pairwise(rates[3000:]))


def test_every_image_is_shown_in_every_epoch_by_one_shard() -> None:
    plan = FullPlan(SMALL, 50, 0)
    orders = [plan.order(epoch) for epoch in range(3)]
    for order in orders:
        assert order.shape == (plan.images_per_shard, SMALL.shards) == (17, 3)
        assert set(order.flat) == set(range(50))
        assert np.bincount(order.flat).max() == 2  # 51 places for 50 images
    assert not np.array_equal(orders[0], orders[1])


def test_epochs_end_where_their_plans_do() -> None:
    plan = FullPlan(SMALL, 50, 0)
    lengths = [len(plan.batches(epoch)) for epoch in range(3)]
    assert plan.epoch_ends == tuple(itertools.accumulate(lengths))
    assert plan.updates == sum(lengths)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"batch_size": 1000, "device_batch": 128}, "The nearest are 896 and 1024"),
        ({"eval_size": 320, "eval_resize": 288}, "Raise eval_resize or lower eval_size"),
        ({"peak_rate": 1e-4, "final_rate": 2e-4}, "peak_rate must be the largest"),
        ({"sizes": ()}, "at least 1"),
        ({"sizes": (16,)}, "greater than or equal to 32"),
        ({"ema_decay": 1.0}, "less than 1"),
        ({"epoch": 3}, "Extra inputs"),
    ],
)
def test_wrong_values_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FullRecipe.model_validate(values)


def test_fewer_images_than_an_update_takes_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"needs as many.* Leave `batch_size=` and"):
        FullPlan(PAPER, 300, 0)


def test_warm_up_that_never_ends_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"of [\d,]+\. Leave `warmup_updates=` out"):
        FullPlan(PAPER, 2000, 0)


def test_id_tells_recipes_apart() -> None:
    assert FullRecipe(epochs=10).id == FullRecipe(epochs=10).id != PAPER.id
