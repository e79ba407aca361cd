"""Scoring a network: on labelled images, or on images with boxes or masks."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from nasbench_mvit.errors import DataError
from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.images.annotated.annotated_image import (
    AnnotatedTask,
    RelabelledImages,
)
from nasbench_mvit.training.images.annotated.loader import (
    evaluation_batches as annotated_batches,
)
from nasbench_mvit.training.images.arrays import Int64Array
from nasbench_mvit.training.images.loader import evaluation_batches
from nasbench_mvit.training.images.transforms import CentreCrop
from nasbench_mvit.training.tasks.annotated import TaskScore, predict
from nasbench_mvit.training.tasks.classification import score
from nasbench_mvit.workbench.evaluations.images import (
    ScoredImages,
    ScoredScenes,
    open_scored,
    open_scored_scenes,
)
from nasbench_mvit.workbench.evaluations.network import EvaluatedNetwork
from nasbench_mvit.workbench.evaluations.result import (
    Accuracy,
    EvaluationObserver,
    EvaluationResult,
    EvaluationStart,
    MetricScore,
    ScoredSplit,
)


@dataclass(frozen=True, kw_only=True)
class HowToScore:
    """How images are shown to a network.

    Attributes:
        placement: where it computes.
        batch_size: images at once.
        workers: processes that decode images.
    """

    placement: Placement
    batch_size: int
    workers: int


def score_network(
    network: EvaluatedNetwork,
    data: str,
    split: str,
    how: HowToScore,
    observer: EvaluationObserver,
    *,
    include_trained: bool,
) -> EvaluationResult:
    """Return the scores of a network by its task's metrics.

    Args:
        network: the network.
        data: source of the images.
        split: "val" or "test".
        how: where and how many at once.
        observer: receives what is scored.
        include_trained: also score images that it was trained on.

    Raises:
        DataError: the images cannot be used, or do not fit the network.
    """
    notes, size = network.loaded.notes, network.preprocessing.crop
    task = network.loaded.spec.task
    if task == "classification":
        images = open_scored(data, split, size=size, notes=notes, include_trained=include_trained)
        return _labelled(network, data, images, how, observer)
    scenes = open_scored_scenes(
        data, split, task=task, size=size, notes=notes, include_trained=include_trained
    )
    return _annotated(network, data, task, scenes, how, observer)


def _labelled(
    network: EvaluatedNetwork,
    data: str,
    images: ScoredImages,
    how: HowToScore,
    observer: EvaluationObserver,
) -> EvaluationResult:
    """Return top-1 and top-5."""
    logit_of = network.logits_of(images.class_names, data)
    images.pictures.labels = logit_of[_checked_labels(images)]
    start = _start(network, len(images.pictures), images.class_names, images.split)
    observer.started(start)
    shown = network.preprocessing
    batches = evaluation_batches(
        images.pictures,
        CentreCrop(resize=shown.resize, crop=shown.crop, filter=shown.filter),
        World(),
        batch_size=how.batch_size,
        workers=how.workers,
    )
    told = _told(batches, observer)
    found = score(network.model.to(how.placement.device), told, how.placement, World())
    top1, top5 = (Accuracy(hits, found.num_images) for hits in (found.hits1, found.hits5))
    return EvaluationResult(scored=start, scores={"top1": top1, "top5": top5})


@torch.no_grad()
def _annotated(
    network: EvaluatedNetwork,
    data: str,
    task: AnnotatedTask,
    scenes: ScoredScenes,
    how: HowToScore,
    observer: EvaluationObserver,
) -> EvaluationResult:
    """Return mAP, or mIoU, with those of each class that the images may show."""
    class_of = network.logits_of(scenes.class_names, data)
    names = list(network.classes or scenes.class_names)
    start = _start(network, len(scenes.images), scenes.class_names, scenes.split)
    observer.started(start)
    batches = annotated_batches(
        RelabelledImages(scenes.images, class_of),
        network.preprocessing.crop,
        World(),
        batch_size=how.batch_size,
        workers=how.workers,
    )
    model = network.model.to(how.placement.device)
    metric = TaskScore(task, names)
    with contextlib.closing(batches):
        for batch in _told(batches, observer):
            metric.add(predict(model, batch.images, how.placement), batch.examples)
    scores = metric.scores()
    shown: Mapping[str, MetricScore] = {
        names[place]: scores.by_class[names[place]] for place in class_of.tolist()
    }
    return EvaluationResult(scored=start, scores=scores.overall, by_class=shown)


def _start(
    network: EvaluatedNetwork,
    num_images: int,
    class_names: tuple[str, ...],
    split: ScoredSplit | None,
) -> EvaluationStart:
    return EvaluationStart(
        title=network.loaded.title,
        source=network.loaded.source,
        task=network.loaded.spec.task,
        preprocessing=network.preprocessing,
        num_images=num_images,
        num_classes=len(class_names),
        num_logits=network.num_logits,
        split=split,
    )


class _OfImages(Protocol):
    @property
    def images(self) -> Tensor: ...


BatchT = TypeVar("BatchT", bound=_OfImages)


def _told(batches: Iterable[BatchT], observer: EvaluationObserver) -> Iterator[BatchT]:
    """Yield the batches, and tell after each how many images are scored."""
    num_images = 0
    for batch in batches:
        yield batch
        num_images += len(batch.images)
        observer.scored(num_images)


def _checked_labels(images: ScoredImages) -> Int64Array:
    """Return the labels, each of which is the number of a class.

    Raises:
        DataError: one is not.
    """
    labels, count = images.pictures.labels, len(images.class_names)
    outside = (labels < 0) | (labels >= count)
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"image {first} has the label {labels[first]}, there are {count} classes, 0 to "
            f"{count - 1}. Correct its label, or remove it."
        )
    return labels
