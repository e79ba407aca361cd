"""The weights of an export, random or trained already; ``proxy_weights`` trains them.

What is known of them before any training is a plan, so that a folder can be refused in time.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from nasbench_mvit.architecture.heads import USUAL_CLASSES
from nasbench_mvit.errors import DataError, ExportError, listed
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.export.network import random_model
from nasbench_mvit.io.text_files import restored
from nasbench_mvit.models.weights.by_name import is_name
from nasbench_mvit.models.weights.checkpoint import Notes, num_classes_of
from nasbench_mvit.models.weights.loading import LoadedWeights, other_network, taking_rgb
from nasbench_mvit.models.weights.preprocessing import OWN, PREPROCESSING, Preprocessing
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedTask
from nasbench_mvit.workbench.evaluations.record import AnyRecord, read_scores
from nasbench_mvit.workbench.exports.images import (
    CheckImages,
    ImageSource,
    ProxyCanvases,
    WholeImages,
)
from nasbench_mvit.workbench.exports.scene_images import SceneImages
from nasbench_mvit.workbench.shared.described_network import DescribedNetwork

NOTHING_KNOWN = "Nothing is known of the accuracy beyond the checks of the files"
LOST = (
    "the images that the weights were evaluated on cannot be opened: {problem} The files are "
    "checked on {others}; `data=` takes other images."
)

Say = Callable[[str], None]
Get = Callable[[Path, Say], tuple[nn.Module, str]]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights that are loaded or made on request.

    Attributes:
        identity: what they follow from.
        description: where they come from and what they are good for.
        classes: what the logits mean.
        images: images to calibrate and to check the files with.
        notes: what a file of these weights says of them.
        trained_px: size the weights were trained at, None where that is not known.
        get: maps a file for the state of a training, and a function that shows its progress, to the
            network in evaluation mode on the CPU and what is known of its accuracy.
        scores: evaluations of the weights.
    """

    identity: str
    description: str
    classes: Classes
    images: CheckImages
    notes: Notes
    trained_px: int | None
    get: Get
    scores: tuple[AnyRecord, ...] = ()


def random_weights(
    network: DescribedNetwork, *, data: str | None, seed: int, names: Sequence[str] | None
) -> Weights:
    """Return the plan for random weights.

    Args:
        network: at the size of the files.
        data: images to check the files with; None for those of the study, else the embedded ones.
        seed: seed of the weights.
        names: names of the classes; None for as many without names as are usual for the task.
    """
    spec = network.spec
    usual = Classes.unnamed(USUAL_CLASSES[spec.task])
    classes = usual if names is None else Classes(tuple(names))
    source = ImageSource() if network.study is None else ImageSource.of(network.study)
    source = source if data is None else dataclasses.replace(source, name=data)
    images: CheckImages
    if spec.task == "classification":
        images = WholeImages(
            source=source, shown=PREPROCESSING[OWN], resolution=spec.resolution, classes=None
        )
    else:
        images = SceneImages(source=source, task=spec.task, resolution=spec.resolution)

    def get(_state: Path, _say: Say) -> tuple[nn.Module, str]:
        return random_model(spec, seed=seed, num_classes=classes.num_logits), NOTHING_KNOWN

    return Weights(
        identity=f"random, seed {seed}",
        description=f"The weights are random (seed {seed}): good for measuring latency, memory and "
        f"the difference between formats, not for {spec.task}",
        classes=classes,
        images=images,
        notes=Notes(),
        trained_px=None,
        get=get,
    )


def trained_weights(
    weights: str | Path,
    loaded: LoadedWeights,
    network: DescribedNetwork,
    *,
    data: str | None,
    names: Sequence[str] | None,
    say: Say,
) -> Weights:
    """Return the plan for weights that are trained already.

    Args:
        weights: their file or name.
        loaded: what it holds.
        network: at the size of the files.
        data: images to check the files with; None for those of the study, else those that the
            weights were last evaluated on, else the embedded ones.
        names: names of the classes; None for those of the weights' file, or the images.
        say: called with the reason why other than the expected images are taken.

    Raises:
        WorkbenchError: the file holds another network's weights, or other classes; or images that
            are asked for cannot be opened.
    """
    if problem := other_network(weights, loaded.spec, network.spec):
        raise problem
    scores = read_scores(weights, loaded.digest)
    notes, shown = loaded.notes, _shown(loaded)
    num_logits = num_classes_of(loaded.model.state_dict(), loaded.spec)
    names = names or notes.classes
    if names is not None and len(names) != num_logits:
        raise ExportError(
            f"`classes=` names {len(names)} classes, but {weights} has {num_logits} logits. Name "
            "each of them once."
        )
    if names is not None and notes.classes is not None and _is_reordered(names, notes.classes):
        raise ExportError(
            f"`classes=` gives the classes of {weights} in another order ({listed(names)}) than "
            f"its logits have ({listed(notes.classes)}), which would exchange them. Leave it out, "
            "or give new names in the order of the logits."
        )
    mosaics = _mosaics(network, data, num_logits) if names is None else None
    images: CheckImages
    if network.spec.task != "classification":
        images = _scenes(loaded, network, network.spec.task, data, scores, say)
        classes = Classes.unnamed(num_logits) if names is None else Classes(tuple(names))
    elif mosaics is not None:
        images, classes = mosaics, Classes(mosaics.images.class_names, mosaics.cells)
    else:
        images, classes = _whole_images(loaded, network, data, scores, names, say)
    side = network.spec.resolution
    accuracy = "; ".join(
        f"{score}{'' if score.crop == side else f', while these files take {side} px'}"
        for score in sorted(scores, key=lambda score: score.doubt)
    )
    model = taking_rgb(loaded.model, shown.channels)
    taken = "" if loaded.source == OWN else f", under the names of {loaded.source}"
    called = weights if is_name(weights) else f"the file {Path(weights).name}"
    return Weights(
        identity=f"sha256 {loaded.digest}",
        description=f"The weights are those of {called} (SHA-256 {loaded.digest}){taken}",
        classes=classes,
        images=images,
        notes=dataclasses.replace(notes, classes=None if names is None else tuple(names)),
        trained_px=notes.crop,
        get=lambda _state, _say: (model, accuracy or NOTHING_KNOWN),
        scores=tuple(scores),
    )


def _is_reordered(names: Sequence[str], classes: Sequence[str]) -> bool:
    return sorted(names) == sorted(classes) and tuple(names) != tuple(classes)


def _shown(loaded: LoadedWeights) -> Preprocessing:
    shown, notes = PREPROCESSING[loaded.source], loaded.notes
    return dataclasses.replace(
        shown, resize=notes.resize or shown.resize, crop=notes.crop or shown.crop
    )


def _mosaics(network: DescribedNetwork, data: str | None, num_logits: int) -> ProxyCanvases | None:
    """Return the canvases of the study's proxy where the logits are those of all their cells."""
    if network.study is None or network.study.config.proxy.outputs_per_canvas == 1:
        return None
    source = ImageSource.of(network.study)
    canvases = ProxyCanvases(
        source=source if data is None else dataclasses.replace(source, name=data),
        proxy=network.study.config.proxy,
        resolution=network.spec.resolution,
    )
    fits = num_logits == canvases.cells * len(canvases.images.class_names)
    return canvases if fits else None


def _scenes(
    loaded: LoadedWeights,
    network: DescribedNetwork,
    task: AnnotatedTask,
    data: str | None,
    scores: Sequence[AnyRecord],
    say: Say,
) -> SceneImages:
    """Return annotated images to check with."""
    source = ImageSource() if network.study is None else ImageSource.of(network.study)
    if data is not None:
        source = dataclasses.replace(source, name=data)
    elif network.study is None and scores:
        source = dataclasses.replace(source, name=restored(scores[0].data))
    trained = loaded.notes.images
    seed = source.seed if trained is None else trained.seed
    images = SceneImages(
        source=dataclasses.replace(source, seed=seed),
        task=task,
        resolution=network.spec.resolution,
        trained=trained,
    )
    try:
        images.record()
    except DataError as problem:
        if data is not None or network.study is not None:
            raise
        say(LOST.format(problem=problem, others="embedded scenes"))
        images = dataclasses.replace(images, source=ImageSource(), trained=None)
    return images


def _whole_images(
    loaded: LoadedWeights,
    network: DescribedNetwork,
    data: str | None,
    scores: Sequence[AnyRecord],
    names: Sequence[str] | None,
    say: Say,
) -> tuple[WholeImages, Classes]:
    """Return single images to check with, and what the logits mean."""
    record = loaded.notes.images
    source = ImageSource() if network.study is None else ImageSource.of(network.study)
    seed = source.seed if record is None else record.seed
    is_known = data is not None or network.study is not None or bool(scores)
    name = data or (restored(scores[0].data) if network.study is None and scores else source.name)
    images = WholeImages(
        source=dataclasses.replace(source, name=name, seed=seed),
        shown=_shown(loaded),
        resolution=network.spec.resolution,
        classes=loaded.notes.classes or names,  # as the folders were called
        trained=record if is_known else None,
    )
    try:
        known = images.class_names if is_known else ()
    except DataError as problem:
        if data is not None or network.study is not None:
            raise
        say(LOST.format(problem=problem, others="the embedded garments"))
        images, known = dataclasses.replace(images, source=ImageSource(), trained=None), ()
    num_logits = num_classes_of(loaded.model.state_dict(), loaded.spec)
    if names is not None:
        return images, Classes(tuple(names))
    if len(known) != num_logits:
        return images, Classes.unnamed(num_logits)
    return dataclasses.replace(images, classes=known), Classes(known)
