"""evaluate_weights: score the weights of a file on images."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nasbench_mvit.errors import DataError, check_count
from nasbench_mvit.io.system.machine import usable_cores
from nasbench_mvit.io.text_files import normalised
from nasbench_mvit.models.weights.preprocessing import Channels
from nasbench_mvit.training.common.device import place, reproducible
from nasbench_mvit.workbench.evaluations.choices import check_choices
from nasbench_mvit.workbench.evaluations.network import load_network
from nasbench_mvit.workbench.evaluations.record import keep_scores
from nasbench_mvit.workbench.evaluations.result import EvaluationObserver, EvaluationResult
from nasbench_mvit.workbench.evaluations.scoring import HowToScore, score_network

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
    """Score weights on images, by default on those that they were not trained on.

    A network that classifies is scored by top-1 and top-5, one that detects by COCO's mAP, and one
    that segments by mIoU; the latter two for each class too.

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
        data: "imagefolder:PATH", "huggingface:NAME", "fashion_mnist:PATH" or "embedded"; for a
            network that detects or segments "coco:PATH", "voc:PATH", "huggingface:NAME" or
            "embedded".
        source: origin of the weights: "nasbench_mvit", "transformers", "timm" or "ml-cvnets";
            None to recognise it by their names.
        part: which of several sets of weights in the file, like "state_dict"; None for the only
            one, or the moving average.
        split: "val" or "test".
        include_trained: also score images that the weights were trained on.
        classes: the name of each logit's class; None for the names in the file.
        channels: order of the channels that the weights expect; None for that of their source.
        resize: short side of an image in pixels; None for that of the file or its source.
        crop: side of the centre crop in pixels, likewise; images are scaled to squares of this side
            for a network that detects or segments.
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
    how = HowToScore(
        placement=placement,
        batch_size=batch_size,
        workers=min(MAX_WORKERS, usable_cores()) if workers is None else workers,
    )
    with reproducible(placement.device):
        result = score_network(network, data, split, how, observer, include_trained=include_trained)
    _keep(weights, network.loaded.digest, data, split, result, observer)
    return result


def _keep(
    weights: str | Path,
    digest: str,
    data: str,
    split: str,
    result: EvaluationResult,
    observer: EvaluationObserver,
) -> None:
    """Keep the scores for the model card of an export, where that is possible."""
    try:
        keep_scores(
            weights,
            digest=digest,
            data=data,
            split=split,
            num_images=result.scored.num_images,
            role=result.scored.split,
            preprocessing=result.scored.preprocessing,
            scores=result.scores,
        )
    except OSError as problem:
        observer.note(f"the scores are not kept for the model card of an export: {problem}")
