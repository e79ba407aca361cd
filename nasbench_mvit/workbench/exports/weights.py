"""The weights of an export, random or from a file; ``proxy_weights`` has those that are trained.

What is known of them before any training is a plan, so that a folder can be refused in time.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from nasbench_mvit.architecture.fields import flatten
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError, WeightsError, listed
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.export.network import random_model
from nasbench_mvit.models.checkpoint import CLASSIFIER, load_model, read_notes
from nasbench_mvit.models.weights import empty_state
from nasbench_mvit.workbench.exports.choices import RANDOM
from nasbench_mvit.workbench.exports.images import Views

PERCENT = 100.0
NOTHING_KNOWN = "Nothing is known of the accuracy beyond the checks of the files"
# What a spec says beyond its tensors: where it is deployed and how it was regularised.
NOT_IN_WEIGHTS = ("resolution", "dropout", "classifier_dropout")

Say = Callable[[str], None]
Get = Callable[[Path, Say], tuple[nn.Module, str]]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights that are yet to be had.

    Attributes:
        identity: what they follow from.
        description: where they come from and what they are good for.
        classes: what the logits mean.
        views: images to show the network.
        labelled: whether the images' classes are the network's.
        trained_px: size the weights were trained at, None where that is not known.
        get: from a file for the state of a training, and where to say how it goes, to the network
            in evaluation mode on the CPU and what is known of its accuracy.
    """

    identity: str
    description: str
    classes: Classes
    views: Views
    labelled: bool
    trained_px: int | None
    get: Get


def plan_weights(
    weights: str | Path,
    spec: MobileViTSpec,
    views: Views,
    *,
    seed: int,
    class_names: Sequence[str] | None,
) -> Weights:
    """Return the plan for "random" or the path of a file.

    Args:
        weights: "random" or the file.
        spec: the network.
        views: images to show it.
        seed: of random weights.
        class_names: of the logits; None for those of the file or the images.

    Raises:
        WorkbenchError: there is no such file, or it holds another network's weights.
    """
    names = None if class_names is None else tuple(class_names)
    if weights == RANDOM:
        return _random(spec, views, seed, names)
    notes = read_notes(weights)
    if notes.images is not None:  # the images held out of this training, not of the study's
        views = replace(views, seed=notes.images.seed)
    return _of_file(Path(weights), spec, views, names or notes.classes)


def _random(spec: MobileViTSpec, views: Views, seed: int, names: tuple[str, ...] | None) -> Weights:
    classes = Classes.unnamed(1000) if names is None else Classes(names)

    def get(_state: Path, _say: Say) -> tuple[nn.Module, str]:
        return random_model(spec, seed=seed, num_classes=classes.num_logits), NOTHING_KNOWN

    return Weights(
        identity=f"random, seed {seed}",
        description=f"The weights are random (seed {seed}): good for measuring latency, memory and "
        "the difference between formats, not for classifying anything",
        classes=classes,
        views=views.single(),
        labelled=False,
        trained_px=None,
        get=get,
    )


def _of_file(
    path: Path, spec: MobileViTSpec, views: Views, names: tuple[str, ...] | None
) -> Weights:
    model, found = load_model(path)
    _check_same_network(path, found, spec)
    num_logits = len(model.state_dict()[CLASSIFIER])
    classes, views, labelled = _classes_of(num_logits, views, names, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    resized = found.resolution != spec.resolution
    size = f"; it names {found.resolution} px as the network's size" if resized else ""

    def get(_state: Path, _say: Say) -> tuple[nn.Module, str]:
        return model, NOTHING_KNOWN

    return Weights(
        identity=f"sha256 {digest}",
        description=f"The weights are those of the file {path.name} (SHA-256 {digest}){size}",
        classes=classes,
        views=views,
        labelled=labelled,
        trained_px=None,
        get=get,
    )


def _classes_of(
    num_logits: int, views: Views, names: tuple[str, ...] | None, path: Path
) -> tuple[Classes, Views, bool]:
    """Return the classes of a file's logits, images to show them, and whether these match."""
    if names is not None:
        if num_logits != len(names):
            raise ExportError(
                f"--labels names {len(names)} classes, but {path} has {num_logits} logits. Name "
                "each of them in a line of its own."
            )
        return Classes(names), views.single(), names == views.images.class_names
    known, cells = views.images.class_names, views.proxy.images_per_canvas
    if num_logits == cells * len(known):
        return Classes(known, cells), views, True
    if num_logits == len(known):
        return Classes(known), views.single(), True
    return Classes.unnamed(num_logits), views.single(), False


def _check_same_network(path: Path, found: MobileViTSpec, wanted: MobileViTSpec) -> None:
    there, here = (
        {key: value for key, value in flatten(spec).items() if key not in NOT_IN_WEIGHTS}
        for spec in (found, wanted)
    )
    if there == here:
        return
    fields = [
        f"{key} ({there.get(key, 'absent')}, wanted {here.get(key, 'absent')})"
        for key in sorted({*there, *here})
        if there.get(key) != here.get(key)
    ]
    raise WeightsError(
        f"{path} holds the weights of the network {found.id}, not of {wanted.id}. Fields that "
        f"differ: {listed(fields)}. {_differing_tensors(found, wanted)} Give the weights of this "
        "network, or leave out --study and --spec to export the file's own."
    )


def _differing_tensors(found: MobileViTSpec, wanted: MobileViTSpec) -> str:
    there, here = (
        {key: tuple(value.shape) for key, value in empty_state(spec, 1).items()}
        for spec in (found, wanted)
    )
    differing = [
        f"{key} ({there.get(key, 'absent')}, wanted {here.get(key, 'absent')})"
        for key in [*here, *(key for key in there if key not in here)]
        if there.get(key) != here.get(key)
    ]
    return f"Tensors that differ: {listed(differing)}." if differing else "All shapes agree."
