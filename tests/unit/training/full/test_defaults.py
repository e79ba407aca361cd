"""What a recipe does not set: the paper's values, adapted to few images and to fine-tuning."""

import math

import pytest

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.errors import TrainingError
from nasbench_mvit.training.full.defaults import changes, complete, of_task
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.recipe import FullRecipe

IMAGENET = 1_281_167
PAPER = FullRecipe()


@pytest.mark.parametrize("epochs", [100, 300])
def test_imagenet_is_trained_on_as_in_the_paper(epochs: int) -> None:
    asked = FullRecipe(epochs=epochs)
    used = complete(asked, IMAGENET, seed=0, processes=8)
    assert used == asked
    assert used.id == asked.id
    assert changes(asked, used) == ()


@pytest.mark.parametrize(
    ("num_images", "batch_size", "device_batch"),
    [  # an epoch of 50 updates, 16 to 1,024 images in a power of two
        (5, 4, 4),
        (16, 16, 16),
        (240, 16, 16),
        (1_599, 16, 16),
        (1_600, 32, 32),
        (10_000, 128, 128),
        (50_000, 512, 128),
        (51_200, 1024, 128),
    ],
)
def test_an_update_has_as_many_images_as_give_an_epoch_fifty_of_them(
    num_images: int, batch_size: int, device_batch: int
) -> None:
    used = complete(PAPER, num_images, seed=0)
    assert (used.batch_size, used.device_batch) == (batch_size, device_batch)
    rate = 2e-3 * math.sqrt(batch_size / 1024)
    assert used.peak_rate == pytest.approx(rate)
    assert used.initial_rate == used.final_rate == pytest.approx(rate / 10)


@pytest.mark.parametrize("num_images", [5, 240, 10_000])
@pytest.mark.parametrize("epochs", [1, 6, 300])
def test_warm_up_and_average_keep_their_share_of_the_updates(num_images: int, epochs: int) -> None:
    used = complete(FullRecipe(epochs=epochs), num_images, seed=0)
    updates = FullPlan(used, num_images, 0).updates
    assert used.warmup_updates == min(3000, updates // 20)
    assert used.ema_decay == pytest.approx(max(0, 1 - max(1 / 2000, 40 / updates)))
    assert used.batchnorm_momentum == pytest.approx(min(0.3, max(0.1, 100 / updates)))


@pytest.mark.parametrize(
    "values",
    [
        {"batch_size": 64},
        {"batch_size": 60, "peak_rate": 1e-3},
        {"device_batch": 8},
        {"initial_rate": 1e-3},
        {"warmup_updates": 7, "ema_decay": 0.9995},
        {"epochs": 3, "final_rate": 1e-5, "min_crop": 0.5},
    ],
)
@pytest.mark.parametrize("fine_tunes", [False, True])
def test_what_is_set_is_kept(values: dict[str, float], fine_tunes: bool) -> None:
    asked = FullRecipe.model_validate(values)
    used = complete(asked, 240, seed=0, fine_tunes=fine_tunes)
    assert {name: getattr(used, name) for name in values} == values
    assert not {change.field for change in changes(asked, used)} & values.keys()
    assert used.batch_size % used.device_batch == 0
    assert max(used.initial_rate, used.final_rate) <= used.peak_rate


@pytest.mark.parametrize("processes", [1, 2, 4, 8])
def test_an_update_can_be_shared_by_the_processes(processes: int) -> None:
    used = complete(PAPER, 10_000, seed=0, processes=processes)
    assert used.batch_size == 128
    assert used.shards == processes


def test_fine_tuning_is_shorter_and_gentler() -> None:
    scratch, tuned = (complete(PAPER, 240, seed=0, fine_tunes=tunes) for tunes in (False, True))
    assert (tuned.epochs, tuned.min_crop) == (30, 0.25)
    assert tuned.peak_rate == pytest.approx(scratch.peak_rate / 2)
    assert {change.field: change.paper for change in changes(PAPER, tuned)}["epochs"] == 300


@pytest.mark.parametrize("num_images", [1, 100])
def test_a_device_batch_that_is_set_and_larger_than_the_set_is_refused(num_images: int) -> None:
    with pytest.raises(TrainingError, match="needs as many to train on"):
        complete(FullRecipe(device_batch=128), num_images, seed=0)


def test_recipes_written_down_before_fine_tuning_keep_their_ids() -> None:
    assert FullRecipe().id == "6be4322c783e0575"
    assert FullRecipe(freeze=2).id != FullRecipe().id != FullRecipe(backbone_rate=0.1).id  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("task", "epochs", "size", "num_images"),
    [("detection", 200, 320, 118_287), ("segmentation", 50, 512, 100_000)],
)
def test_a_task_has_the_papers_recipe_on_its_own_images(
    task: Task, epochs: int, size: int, num_images: int
) -> None:
    asked = of_task(FullRecipe(), task)
    used = complete(asked, num_images, seed=0, task=task, processes=4, fine_tunes=True)
    assert (used.epochs, used.sizes, used.eval_size) == (epochs, (size,), size)
    assert (used.batch_size, used.device_batch, used.warmup_updates) == (128, 32, 500)
    assert (used.initial_rate, used.peak_rate, used.final_rate) == (9e-5, 9e-4, 1e-6)
    assert changes(asked, used, task) == ()


def test_values_that_are_set_for_a_task_are_kept_and_still_as_set() -> None:
    asked = of_task(FullRecipe(eval_size=512, peak_rate=1e-3), "detection")
    assert asked.model_fields_set == {"eval_size", "peak_rate"}
    assert (asked.eval_size, asked.eval_resize, asked.base_size) == (512, 512, 320)
    assert complete(asked, 1_000, seed=0, task="detection").peak_rate == 1e-3


def test_a_crop_beyond_the_image_is_refused_once_the_task_is_known() -> None:
    with pytest.raises(TrainingError, match="Raise eval_resize or lower eval_size"):
        of_task(FullRecipe(eval_size=512), "classification")
