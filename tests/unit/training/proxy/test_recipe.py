"""The proxy recipe: bounds, rules across fields, identity and schedule."""

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from nasbench_mvit.training.proxy.recipe import ProxyConfig

ON_RECORD = Path(__file__).parents[4] / "docs/proxy/trainings.parquet"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mosaic_grid", 0),
        ("mosaic_grid", True),
        ("input_size", 31),
        ("steps", "120"),
        ("batch_size", 1),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("warmup_fraction", 1.0),
        ("weight_decay", -0.1),
        ("label_smoothing", 1.0),
        ("clip_norm", -1.0),
        ("fractions", 7),
        ("interim_images", 0),
        ("final_rate_fraction", 1.1),
        ("ema_decay", 1.0),
        ("input_sizes", []),
    ],
)
def test_value_outside_its_bounds_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        ProxyConfig.model_validate({field: value})
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]


def test_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="epochs"):
        ProxyConfig.model_validate({"epochs": 3})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mosaic_grid": 3, "input_size": 64}, "The nearest are 63 and 66"),
        ({"mosaic_grid": 8, "input_size": 32}, "Raise input_size to 64"),
        ({"steps": 10, "fractions": 12}, "10 steps cannot be cut into 12 parts"),
        ({"input_sizes": [64, 65]}, "input_sizes must be a multiple of mosaic_grid: 65"),
        (
            {"mosaic_grid": 8, "input_size": 64, "input_sizes": [32]},
            "Raise input_sizes to 64",
        ),
    ],
)
def test_fields_that_do_not_fit_together_say_what_would(
    values: dict[str, int], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        ProxyConfig.model_validate(values)


def test_id_tells_recipes_apart_and_survives_json() -> None:
    recipe = ProxyConfig(steps=100)
    assert ProxyConfig.model_validate_json(recipe.model_dump_json()).id == recipe.id
    changed = [
        ProxyConfig(steps=101),
        ProxyConfig(steps=100, clip_norm=2.0),
        ProxyConfig(steps=100, interim_images=recipe.interim_images + 1),
    ]
    assert len({recipe.id, *(other.id for other in changed)}) == 1 + len(changed)


FIRST = (  # as the first version wrote a recipe
    '{"mosaic_grid":2,"input_size":64,"steps":168,"batch_size":32,"learning_rate":0.004,'
    '"warmup_fraction":0.1,"weight_decay":0.01,"label_smoothing":0.1,"clip_norm":1.0,'
    '"batchnorm_momentum":0.3,"fractions":8,"interim_images":384}'
)


def test_a_recipe_of_the_first_version_stays_what_it_was() -> None:
    recipe = ProxyConfig.model_validate_json(FIRST)
    assert (recipe.id, recipe.model_dump_json()) == ("0ac01796da33ad4f", FIRST)
    assert (recipe.optimizer, recipe.layout, recipe.dropout) == ("adamw", "grid", None)
    assert recipe == ProxyConfig(optimizer="adamw", layout="grid", dropout=None)


def test_a_recipe_with_a_part_of_the_fields_has_the_defaults_of_today() -> None:
    recipe = ProxyConfig(steps=168)
    assert (recipe.optimizer, recipe.layout, recipe.dropout) == ("muon", "scattered", 0.0)
    written = recipe.model_dump_json()
    assert (ProxyConfig.model_validate_json(written), recipe) == (recipe, ProxyConfig())


@pytest.mark.parametrize("given", [{"optimizer": "adamw"}, {"dropout": None}, {"layout": "grid"}])
def test_what_a_file_says_survives_though_it_is_what_the_first_version_did(
    given: dict[str, Any],
) -> None:
    again = ProxyConfig.model_validate(ProxyConfig(**given).model_dump(exclude_unset=True))
    assert again == ProxyConfig(**given) != ProxyConfig()


def test_one_image_alone_fills_its_canvas_unless_it_is_scattered() -> None:
    assert ProxyConfig(mosaic_grid=1).layout == "grid"
    assert ProxyConfig(mosaic_grid=1, layout="scattered").layout == "scattered"


@pytest.mark.parametrize(
    "later", [{"final_rate_fraction": 0.1}, {"ema_decay": 0.5}, {"input_sizes": [32, 64]}]
)
def test_a_later_field_changes_the_id_and_survives_json(later: dict[str, object]) -> None:
    recipe = ProxyConfig.model_validate(later)
    assert recipe.id != ProxyConfig().id
    again = ProxyConfig.model_validate_json(recipe.model_dump_json())
    assert (again, again.id, hash(again)) == (recipe, recipe.id, hash(recipe))


@pytest.mark.parametrize(("steps", "fractions"), [(8, 8), (100, 8), (121, 13)])
def test_parts_cover_all_steps_and_are_equal_to_within_one(steps: int, fractions: int) -> None:
    recipe = ProxyConfig(steps=steps, fractions=fractions)
    ends = [recipe.step_after(part) for part in range(fractions + 1)]
    lengths = [end - start for start, end in itertools.pairwise(ends)]
    assert (ends[0], ends[-1]) == (0, steps)
    assert max(lengths) - min(lengths) <= 1
    assert min(lengths) >= 1


def test_rate_rises_linearly_to_the_peak_then_falls_by_a_half_cosine() -> None:
    recipe = ProxyConfig(steps=100, warmup_fraction=0.2, learning_rate=0.01)
    rates = [recipe.learning_rate_at(step) for step in range(recipe.steps)]
    warmup = 20
    assert rates[:warmup] == pytest.approx([0.01 * (i + 1) / (warmup + 1) for i in range(warmup)])
    assert rates[warmup] == max(rates) == 0.01
    middle = warmup + (recipe.steps - warmup) // 2
    assert rates[middle] == pytest.approx(0.01 / 2)
    assert rates[warmup:] == sorted(rates[warmup:], reverse=True)
    assert 0 < rates[-1] < 0.01 / 1000


def test_the_rate_ends_at_its_share_of_the_peak() -> None:
    recipe = ProxyConfig(steps=1000, learning_rate=0.01, final_rate_fraction=0.1)
    rates = [recipe.learning_rate_at(step) for step in range(recipe.steps)]
    assert max(rates) == 0.01
    assert rates[-1] == pytest.approx(0.1 * 0.01, rel=1e-3)
    assert min(rates[100:]) >= 0.1 * 0.01


def test_without_warmup_the_first_rate_is_the_peak() -> None:
    recipe = ProxyConfig(warmup_fraction=0.0)
    assert recipe.learning_rate_at(0) == recipe.learning_rate


def test_what_a_study_file_needs_loads_no_torch() -> None:
    program = (
        "import sys, nasbench_mvit.training.proxy.recipe, nasbench_mvit.training.proxy.result, "
        "nasbench_mvit.training.images.sources; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_changed_copy_has_an_id_of_its_own() -> None:
    recipe = ProxyConfig()
    before = recipe.id
    changed = recipe.model_copy(update={"steps": recipe.steps + 1})
    assert changed.id != before
    assert changed.model_copy(update={"steps": recipe.steps}).id == before


@pytest.mark.parametrize(("task", "metric"), [("detection", "mAP50"), ("segmentation", "mIoU")])
def test_a_recipe_of_another_task_has_no_canvases(task: str, metric: str) -> None:
    recipe = ProxyConfig.model_validate({"task": task})
    assert (recipe.mosaic_grid, recipe.layout, recipe.label_smoothing) == (1, "grid", 0)
    assert (recipe.metric, recipe.shown) == (metric, "scenes")
    assert ProxyConfig.model_validate(recipe.model_dump(mode="json")) == recipe
    assert recipe.id != ProxyConfig(mosaic_grid=1, label_smoothing=0.0).id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mosaic_grid", 2),
        ("layout", "scattered"),
        ("label_smoothing", 0.1),
        ("input_sizes", [64, 96]),
    ],
)
def test_what_is_of_canvases_is_refused_with_another_task(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=f"{field} is of canvases.*Leave {field} out"):
        ProxyConfig.model_validate({"task": "detection", field: value})
