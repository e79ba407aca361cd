"""Weights of an export that are trained once more by the study's proxy.

A training depends on the network, the proxy, the images, the seed and the number of threads alone.
With those of the search's workers, on the same machine and with the same versions, it ends with the
bits that the search scored.
"""

import math
from pathlib import Path

from torch import nn

from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.models.weights.checkpoint import Notes
from nasbench_mvit.search.engines.worker_threads import THREADS
from nasbench_mvit.search.reports.text import accuracy_label
from nasbench_mvit.search.trials.record import Evaluation, answered
from nasbench_mvit.training.common.device import threads_set
from nasbench_mvit.training.images.arrays import ImageData, stored_size
from nasbench_mvit.training.proxy.loop import train_proxy_network
from nasbench_mvit.training.proxy.result import (
    EstimatedResult,
    FractionReport,
    NonFiniteLossError,
    SharedResult,
    TrainingResult,
)
from nasbench_mvit.workbench.exports.images import ImageSource, ProxyCanvases
from nasbench_mvit.workbench.exports.repeated_training import RepeatedTraining, training_to_repeat
from nasbench_mvit.workbench.exports.weights import Say, Weights
from nasbench_mvit.workbench.shared.described_network import StudySource

PERCENT = 100.0
SAME = 1e-12


def proxy_weights(spec: MobileViTSpec, study: StudySource) -> Weights:
    """Return the plan to train a network once more as its study did.

    Raises:
        DataError: the study's images cannot be read.
    """
    training = training_to_repeat(study)
    proxy = training.proxy
    canvases = ProxyCanvases(source=ImageSource.of(study), proxy=proxy, resolution=spec.resolution)
    images = canvases.images
    cells = canvases.cells
    scattered = "" if proxy.layout == "grid" else f", {proxy.images_per_canvas} images on a canvas"

    def get(state: Path, say: Say) -> tuple[nn.Module, str]:
        return _train(spec, study, training, images, state, say)

    ranked = _ranked(study.trial.record.evaluations[0].result)
    if cells > 1:
        what = f"the {cells} images of a mosaic, {len(images.class_names)} classes each"
        use = (
            "it shows how the network bears a format or a precision, and is no training for an app"
        )
    else:
        what = f"{len(images.class_names)} classes" + scattered
        use = (
            f"it is a short training on small images, fast at {proxy.input_size} px, and its score "
            "on the validation images, which chose the network, flatters it a little"
        )
    return Weights(
        identity=f"proxy {proxy.id}, images {images.fingerprint}, seed {training.seed}"
        + ("" if training.tuning is None else f", supernet {training.tuning.supernet}"),
        description=f"The weights were trained by the study's proxy{training.start} with seed "
        f"{training.seed}: {proxy.steps} updates at {proxy.input_size} px on "
        f"{images.description.name}, to classify {what}. {ranked}; {use}",
        classes=Classes(images.class_names, cells),
        images=canvases,
        notes=Notes(
            classes=images.class_names if cells == 1 else None,
            resize=stored_size(proxy.input_size),
            crop=proxy.input_size,
            images=canvases.split() if cells == 1 else None,
        ),
        trained_px=proxy.input_size,
        get=get,
    )


def _ranked(result: TrainingResult) -> str:
    match result:
        case EstimatedResult():
            return "In the search a surrogate stood for it"
        case SharedResult():
            return "In the search the weights of a supernet stood for it"
    return "It ranked the network"


def _train(
    spec: MobileViTSpec,
    study: StudySource,
    training: RepeatedTraining,
    images: ImageData,
    state: Path,
    say: Say,
) -> tuple[nn.Module, str]:
    """Return the network trained as before, and how its score compares with that one."""
    before = study.trial.record.evaluations[0]

    def report(done: FractionReport) -> None:
        say(f"training by the proxy: {done.fraction:.0%}, top-1 {done.top1:.1%}")

    try:
        with threads_set(THREADS):
            result, model = train_proxy_network(
                spec,
                training.proxy,
                images,
                training.seed,
                report=report,
                checkpoint_path=state,
                start=training.network(spec, images),
            )
    except KeyboardInterrupt:
        where = "goes on from here" if state.is_file() else "begins anew: nothing was saved"
        say(f"stopped; the same command again {where}")
        raise
    except NonFiniteLossError as problem:
        raise ExportError(
            f"the training by the proxy diverged: {problem} In the search it did not, on another "
            "machine or version of PyTorch. Export there, or choose another trial."
        ) from None
    state.unlink(missing_ok=True)
    return model, f"{_score(study, before)}; {_comparison(result.top1, training, study, images)}"


def _comparison(
    top1: float, training: RepeatedTraining, study: StudySource, images: ImageData
) -> str:
    """Return the comparison of this training's score with the search's, in words."""
    if training.top1 is None:
        return f"this training, the first of the network, scores {top1:.1%}"
    if math.isclose(top1, training.top1, abs_tol=SAME):
        if training.tuning is not None:
            return f"this fine-tuning scores {top1:.1%} and repeats that of the finalist exactly"
        return "this training repeats it exactly"
    if images.fingerprint != study.stored.images:
        return f"this training scores {top1:.1%}, on images that have changed since"
    return (
        f"this training scores {top1:.1%}, with another machine, device, version "
        "or number of threads"
    )


def _score(study: StudySource, evaluation: Evaluation) -> str:
    """Return the proxy's score in the search, with seed and noise."""
    if isinstance(result := evaluation.result, EstimatedResult):
        interval = f"[{result.low:.1%}, {result.high:.1%}]"
        return f"{accuracy_label(study.config)}: {result.top1:.1%} {interval}"
    if isinstance(result, SharedResult):
        error = result.top1_standard_error
        return f"{accuracy_label(study.config)}: {result.top1:.1%} ± {error:.1%}"
    score = f"{accuracy_label(study.config)}: {result.top1:.1%} with this seed"
    others = study.trial.record.evaluations[1:]
    if others:
        values = ", ".join(f"{e.result.top1:.1%} ({e.seed})" for e in others)
        score += f", with others {values}"
    repeated = [t.record.evaluations for t in answered(study.stored.trials)]
    noise = pooled_sd([[e.result.top1 for e in group] for group in repeated if len(group) > 1])
    if math.isnan(noise):
        return f"{score}; the noise between seeds is not known"
    return f"{score}; between seeds the standard deviation is {noise * PERCENT:.1f} points"
