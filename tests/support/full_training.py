"""A full training of a second: a very small network, few images of noise, a few updates."""

from pathlib import Path

import numpy as np
import pytest
import torch
from bad_input import exit_code, images
from PIL import Image
from tiny_training import noise_split, tiny_spec

from nasbench_mvit.cli.train import command as train
from nasbench_mvit.training.common.device import place
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.initial import InitialWeights
from nasbench_mvit.training.full.job import FullJob
from nasbench_mvit.training.full.loop import FullTraining
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.full.tasks.labelled import LabelledTask
from nasbench_mvit.training.full.watcher import UpdateReport, Watcher
from nasbench_mvit.training.images.opening import TrainingPictures
from nasbench_mvit.training.images.pictures import ArrayPictures

SIZE = 32
NUM_TRAIN, NUM_VAL = 30, 11
RECIPE = FullRecipe(
    epochs=2,
    batch_size=8,
    device_batch=4,
    sizes=(SIZE, 40),
    base_size=SIZE,
    warmup_updates=2,
    ema_decay=0.5,
    eval_resize=36,
    eval_size=SIZE,
)
# The same as options of the command.
OPTIONS = (
    "--epochs 2 --batch-size 8 --device-batch 4 --sizes 32,40 --base-size 32 --warmup-updates 2 "
    "--ema-decay 0.5 --eval-resize 36 --eval-size 32 --device cpu --workers 0"
)


class StoppedError(Exception):
    """Stands for a kill."""


class StopsAfter(Watcher):
    """A watcher that ends a training in its middle."""

    def __init__(self, update: int) -> None:
        self._update = update

    def progress(self, report: UpdateReport) -> None:
        if report.update >= self._update:
            raise StoppedError


def _states(training: FullTraining) -> dict[str, torch.Tensor]:
    own = {f"own.{key}": value for key, value in training._model.state_dict().items()}
    return own | {f"average.{key}": value for key, value in training.average.state_dict().items()}


def assert_same_bits(first: FullTraining, second: FullTraining) -> None:
    states = _states(second)
    for key, value in _states(first).items():
        assert torch.equal(value, states[key]), key


def scores_of(training: FullTraining) -> list[tuple[float, ...]]:
    return [(r.update, r.train_loss, *r.metrics.values(), r.val_loss) for r in training.curve]


def noise_photos(folder: Path) -> str:
    """Dark and light noise: 8 images of each to train on, 3 to validate; returns their source."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 8), ("val", 3)):
        for name, floor in (("dark", 0), ("light", 150)):
            place = folder / "photos" / split / name
            place.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(floor, floor + 100, (40, 44, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{number}.png")
    return f"imagefolder:{folder / 'photos'}"


PER_CLASS = 15  # photos of ``train_on_photos``, of which a fifth validate


def train_on_photos(folder: Path) -> None:
    """Leave in ``folder`` photos of two classes without ``val/``, and a training on them, out/."""
    images(PER_CLASS, PER_CLASS)(folder)
    (folder / "spec.json").write_text(tiny_spec().to_json())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        line = f"--network spec.json --data imagefolder:photos --seed 5 --out out {OPTIONS}"
        assert exit_code(line.split(), train.main) == 0


def tiny_pictures() -> TrainingPictures:
    train, val = noise_split(NUM_TRAIN, SIZE, 0), noise_split(NUM_VAL, SIZE, 1)
    return TrainingPictures(
        train=ArrayPictures(train),
        val=ArrayPictures(val),
        class_names=("dark", "bright"),
        fingerprint="noise",
    )


def tiny_full_training(
    recipe: FullRecipe = RECIPE,
    *,
    seed: int = 0,
    workers: int = 0,
    world: World | None = None,
    initial: InitialWeights | None = None,
) -> FullTraining:
    pictures = tiny_pictures()
    return FullTraining(
        tiny_spec(),
        FullPlan(recipe, len(pictures.train), seed),
        LabelledTask(pictures),
        placement=place("cpu"),
        world=world or World(),
        workers=workers,
        initial=initial,
    )


def tiny_job(folder: Path, source: str, recipe: FullRecipe = RECIPE) -> FullJob:
    return FullJob(
        spec=tiny_spec(),
        recipe=recipe,
        source=source,
        seed=0,
        folder=folder,
        device="cpu",
        workers=0,
        every=2,
    )
