"""The paper's recipe at a short training's scale."""

import math

import pytest

from nasbench_mvit.ablation.design.scaling import (
    MAX_SHRINKAGE,
    PAPER_RATE_SUM,
    Scaling,
    comparison,
    rate_sum,
)
from nasbench_mvit.ablation.design.terms import PAPER_UPDATES, PaperTerms
from nasbench_mvit.errors import AblationError
from nasbench_mvit.training.proxy.recipe import ProxyConfig

BUDGET = ProxyConfig(mosaic_grid=4, input_size=128, steps=600)
STRONGEST = 0.1


def scaling(proxy: ProxyConfig = BUDGET, strongest: float = STRONGEST) -> Scaling:
    return Scaling.to(proxy, strongest_decay=strongest)


def test_the_papers_sum_of_rates_is_that_of_its_schedule() -> None:
    updates, warmup, low, peak = 375_000, 3_000, 2e-4, 2e-3
    rising = sum(low + (peak - low) * i / warmup for i in range(warmup))
    falling = sum(
        low + (peak - low) * 0.5 * (1 + math.cos(math.pi * i / (updates - warmup)))
        for i in range(updates - warmup)
    )
    assert pytest.approx(rising + falling, rel=1e-4) == PAPER_RATE_SUM


def test_warm_up_and_average_keep_their_share_of_the_training() -> None:
    recipe = scaling().apply(PaperTerms())
    assert recipe.warmup_fraction == pytest.approx(3_000 / 375_000)
    assert recipe.ema_decay is not None
    half_life = math.log(0.5) / math.log(recipe.ema_decay) / recipe.steps
    assert half_life == pytest.approx(math.log(0.5) / math.log(0.9995) / PAPER_UPDATES, rel=1e-4)
    assert recipe.final_rate_fraction == pytest.approx(2e-4 / 2e-3)
    assert scaling().apply(PaperTerms(ema_decay=None)).ema_decay is None


@pytest.mark.parametrize("decay", [0.1, 0.01, 0.001, 0.0001])
def test_decays_move_by_one_factor_that_spares_the_strongest(decay: float) -> None:
    found = scaling()
    recipe = found.apply(PaperTerms(weight_decay=decay))
    assert found.is_capped
    assert recipe.weight_decay == pytest.approx(decay * found.decay_factor)
    assert recipe.weight_decay * recipe.learning_rate <= MAX_SHRINKAGE * (1 + 1e-9)
    strongest = found.apply(PaperTerms(weight_decay=STRONGEST))
    assert strongest.weight_decay * strongest.learning_rate == pytest.approx(MAX_SHRINKAGE)


def test_a_long_training_has_the_papers_whole_decay() -> None:
    long = ProxyConfig(steps=37_500, learning_rate=2e-3)
    found = scaling(long)
    assert not found.is_capped
    recipe = found.apply(PaperTerms())
    assert recipe.weight_decay * rate_sum(recipe) == pytest.approx(0.01 * PAPER_RATE_SUM, rel=1e-4)
    assert recipe.weight_decay == pytest.approx(0.01 * 10, rel=1e-2)
    assert recipe.ema_decay == pytest.approx(0.9995**10)


def test_multi_scale_sees_as_many_images_in_fewer_updates() -> None:
    standard = scaling().apply(PaperTerms())
    multi = scaling().apply(PaperTerms(sampler="multi_scale"))
    assert multi.input_sizes == (80, 96, 128, 144, 160)
    assert all(size % BUDGET.mosaic_grid == 0 for size in multi.input_sizes)
    sizes = [32 * (128 / size) ** 2 for size in multi.input_sizes]
    mean = sum(math.floor(batch) for batch in sizes) / len(sizes)
    assert multi.steps == pytest.approx(standard.steps * 32 / mean, abs=2)
    assert multi.model_dump().keys() - standard.model_dump().keys() == {"input_sizes"}


def test_what_cannot_be_scaled_is_one_message() -> None:
    small = ProxyConfig(input_size=32, steps=16)
    with pytest.raises(AblationError, match=r"input_sizes.*32 or more, got 20"):
        scaling(small).apply(PaperTerms(sampler="multi_scale"))


def test_raw_scaled_and_equivalent_values_stand_side_by_side() -> None:
    terms = PaperTerms(weight_decay=0.1)
    recipe = scaling().apply(terms)
    rows = {row.quantity: row for row in comparison(terms, recipe)}
    decay = rows["weight decay λ"]
    assert (decay.paper, decay.here) == ("0.1", f"{recipe.weight_decay:g}")
    equivalent = recipe.weight_decay * rate_sum(recipe) / PAPER_RATE_SUM
    assert float(decay.equivalent) == pytest.approx(equivalent, rel=0.05)
    (average,) = (row for name, row in rows.items() if "moving average" in name)
    assert average.paper.startswith("0.9995 (2,000)")
    assert float(average.equivalent) == pytest.approx(0.9995, abs=1e-5)
    assert rows["updates"].paper == f"{PAPER_UPDATES:,}"
