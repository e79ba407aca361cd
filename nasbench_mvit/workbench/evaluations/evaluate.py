"""evaluate_weights: score the weights of a file on labelled images."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from nasbench_mvit.errors import DataError, check_count
from nasbench_mvit.io.system.machine import usable_cores
from nasbench_mvit.io.text_files import normalised
from nasbench_mvit.models.weights.preprocessing import Channels
from nasbench_mvit.training.common.device import place, reproducible
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.images.arrays import Int64Array
from nasbench_mvit.training.images.loader import Labelled, evaluation_batches
from nasbench_mvit.training.images.transforms import CentreCrop
from nasbench_mvit.training.tasks.classification import score
from nasbench_mvit.workbench.evaluations.choices import check_choices
from nasbench_mvit.workbench.evaluations.images import ScoredImages, open_scored
from nasbench_mvit.workbench.evaluations.network import load_network
from nasbench_mvit.workbench.evaluations.record import keep_scores
from nasbench_mvit.workbench.evaluations.result import (
    Accuracy,
    EvaluationObserver,
    EvaluationResult,
    EvaluationStart,
)

MAX_WORKERS = 8


def evaluate_weights(  # noqa: PLR0913 - all but two are optional
    weights: Path | str,
    data: str,
    *,
    source: str | None = None,
    part: str | None = None,
    split: str = "val",
    include_trained: bool = False,
    classes: Sequence[str] | None = None,
    channels: Channels | None = None,
    resize: int | None = None,
    crop: int | None = None,
    batch_size: int = 64,
    device: str = "auto",
    workers: int | None = None,
    observer: EvaluationObserver | None = None,
) -> EvaluationResult:
    """Score weights on labelled images, by default on those that they were not trained on.

    Weights that ``train_network`` wrote know which images they were trained on and which were held
    out, wherever the images are by now; the result counts them. The scores are kept in a file
    beside the weights, ``*.scores.json``, from which ``export_network`` takes them.

    >>> from nasbench_mvit.architecture.published import published
    >>> from nasbench_mvit.models.weights.checkpoint import save_model
    >>> from nasbench_mvit.models.mobilevit import build_model
    >>> spec = published("mobilevit_xxs")
    >>> save_model("mine.safetensors", build_model(spec, num_classes=2), spec)
    >>> result = evaluate_weights("mine.safetensors", "imagefolder:photos")
    >>> 0 <= result.top1.value <= result.top5.value <= 1
    True

    Args:
        weights: as ``load_weights`` takes them: a file of this package or another source,
            "hf:OWNER/NAME" or "timm:NAME".
        data: "imagefolder:PATH", "huggingface:NAME", "fashion_mnist:PATH" or "embedded".
        source: origin of the weights: "nasbench_mvit", "transformers", "timm" or "ml-cvnets";
            None to recognise it by their names.
        part: which of several sets of weights in the file, like "state_dict"; None for the only
            one, or the moving average.
        split: "val" or "test".
        include_trained: also score images that the weights were trained on.
        classes: the name of each logit's class; None for the names in the file.
        channels: order of the channels that the weights expect; None for that of their source.
        resize: short side of an image in pixels; None for that of the file or its source.
        crop: side of the centre crop in pixels, likewise.
        batch_size: images at once.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        workers: processes that decode images, 0 for none; None for one per core, 8 at most.
        observer: receives what is about to be scored.

    Raises:
        WeightsError: the weights are missing, damaged, or not what is said of them.
        DataError: the images cannot be used, or do not fit the weights.
        StudyError: there is no such device.
    """
    observer = observer or EvaluationObserver()
    check_count(batch_size, "`batch_size=`", DataError)
    for name, size in (("resize", resize), ("crop", crop)):
        if size is not None:
            check_count(size, f"`{name}=`", DataError)
    check_choices(source=source, split=split, channels=channels)
    placement = place(device)
    network = load_network(
        weights, source=source, part=part, channels=channels, resize=resize, crop=crop
    )
    for remark in network.loaded.remarks:
        observer.note(remark)
    if classes is not None:
        network = replace(network, classes=[normalised(name) for name in classes])
    if network.loaded.is_checkpoint and not include_trained:
        raise DataError(
            f"{weights} is the state of a training, which does not say which images it was trained "
            "on, so that these may be among them. Give the weights that a training leaves at its "
            "end, model.safetensors, or `include_trained=` to score these all the same."
        )
    shown = network.preprocessing
    images = open_scored(
        data, split, size=shown.crop, notes=network.loaded.notes, include_trained=include_trained
    )
    logit_of = network.logits_of(images.class_names, data)
    images.pictures.labels = logit_of[_checked_labels(images)]
    start = EvaluationStart(
        title=network.loaded.title,
        source=network.loaded.source,
        preprocessing=shown,
        num_images=len(images.pictures),
        num_classes=len(images.class_names),
        num_logits=network.num_logits,
        split=images.split,
    )
    observer.started(start)
    batches = evaluation_batches(
        images.pictures,
        CentreCrop(resize=shown.resize, crop=shown.crop, filter=shown.filter),
        World(),
        batch_size=batch_size,
        workers=min(MAX_WORKERS, usable_cores()) if workers is None else workers,
    )
    with reproducible(placement.device):
        told = _told(batches, observer)
        scores = score(network.model.to(placement.device), told, placement, World())
    result = EvaluationResult(
        scored=start,
        top1=Accuracy(scores.hits1, scores.num_images),
        top5=Accuracy(scores.hits5, scores.num_images),
    )
    _keep(weights, network.loaded.digest, data, split, result, observer)
    return result


def _told(batches: Iterable[Labelled], observer: EvaluationObserver) -> Iterator[Labelled]:
    """Yield the batches, and tell after each how many images are scored."""
    num_images = 0
    for batch in batches:
        yield batch
        num_images += len(batch.labels)
        observer.scored(num_images)


def _keep(
    weights: str | Path,
    digest: str,
    data: str,
    split: str,
    result: EvaluationResult,
    observer: EvaluationObserver,
) -> None:
    """Keep the scores for the model card of an export, where that is possible."""
    shown = result.scored.preprocessing
    try:
        keep_scores(
            weights,
            digest=digest,
            data=data,
            split=split,
            role=result.scored.split,
            resize=shown.resize,
            crop=shown.crop,
            top1=result.top1,
            top5=result.top5,
        )
    except OSError as problem:
        observer.note(f"the scores are not kept for the model card of an export: {problem}")


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
