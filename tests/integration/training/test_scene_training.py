"""Trainings by a proxy that detect or segment: scored by their metric, resumed and repeated."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tiny_training import tiny_data, tiny_spec

from nasbench_mvit.models.weights.split_record import ImageKey
from nasbench_mvit.search.trials.record import Evaluation
from nasbench_mvit.training.images.annotated.annotated_image import (
    AnnotatedData,
    AnnotatedImage,
    AnnotatedImages,
    AnnotatedTask,
    ChosenImages,
)
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated
from nasbench_mvit.training.images.keys import content_key
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport, TaskResult, TrainingResult

TASKS: tuple[AnnotatedTask, ...] = ("detection", "segmentation")
METRIC = {"detection": "mAP50", "segmentation": "mIoU"}


class StoppedError(Exception):
    """Stands for whatever ends a training from outside."""


class Files(AnnotatedImages):
    """A few images as of files, which are shown in random views and can be exhausted."""

    def __init__(self, images: AnnotatedImages) -> None:
        self._images = [images[index] for index in range(3)]

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> AnnotatedImage:
        return self._images[index]

    def key(self, index: int) -> ImageKey:
        return content_key(self._images[index].image.tobytes())


def few_scenes(task: AnnotatedTask) -> AnnotatedData:
    data = open_annotated("embedded", task=task, size=32)
    return dataclasses.replace(data, val=ChosenImages(data.val, np.arange(len(data.val)) < 5))


def trained(
    data: AnnotatedData, path: Path | None = None, *, seed: int = 0, stop_at: int | None = None
) -> TrainingResult:
    def report(done: FractionReport) -> None:
        if done.step == stop_at:
            raise StoppedError

    proxy = ProxyConfig(task=data.task, input_size=32, steps=8, batch_size=2, interim_images=2)
    spec = tiny_spec().for_task(data.task)
    return train_proxy(spec, proxy, data, seed, report=report, checkpoint_path=path, device="cpu")


def losses(result: TrainingResult) -> list[float]:
    return [report.train_loss for report in result.curve]


@pytest.mark.parametrize("task", TASKS)
def test_a_training_has_its_metric_goes_on_where_it_was_and_repeats(
    task: AnnotatedTask, tmp_path: Path
) -> None:
    data, path = few_scenes(task), tmp_path / "state.pt"
    whole = trained(data)
    assert isinstance(whole, TaskResult)
    assert whole.metric == METRIC[task]
    assert whole.top1_standard_error == whole.standard_error >= 0
    assert [report.num_images for report in whole.curve] == [2] * 7 + [5]
    for stop_at in (4, 8):  # and when all but the result was there
        with pytest.raises(StoppedError):
            trained(data, path, stop_at=stop_at)
    again = trained(data, path)
    assert losses(again) == losses(whole)
    assert (again.top1, again.top1_standard_error) == (whole.top1, whole.standard_error)
    assert losses(trained(data, seed=1)) != losses(whole)
    assert len({found.image for found in whole.found}) == len(whole.found) == 4
    assert all(bool(found.mask) == (task == "segmentation") for found in whole.found)
    stored = Evaluation(seed=0, result=whole)
    assert Evaluation.model_validate_json(stored.model_dump_json()) == stored


@pytest.mark.parametrize("task", TASKS)
def test_images_of_files_are_shown_in_views(task: AnnotatedTask) -> None:
    data = few_scenes(task)
    result = trained(dataclasses.replace(data, train=Files(data.train)))
    assert np.isfinite(losses(result)).all()


def test_network_images_and_recipe_are_of_one_task() -> None:
    detects, canvases = few_scenes("detection"), tiny_data()
    proxy = ProxyConfig(task="segmentation", input_size=32)
    for spec, data in (
        (tiny_spec().for_task("segmentation"), detects),
        (tiny_spec().for_task("segmentation"), canvases),
        (tiny_spec(), few_scenes("segmentation")),
    ):
        with pytest.raises(ValueError, match="are not trained for segmentation"):
            train_proxy(spec, proxy, data, 0, report=lambda _: None, device="cpu")
