"""An evaluation from its parts: what the command runs once its options are plausible."""

import argparse
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from torch import nn

from nasbench_mvit.analysis.statistics import wilson_interval
from nasbench_mvit.architecture.published import FIGURES, published
from nasbench_mvit.cli.evaluate.images import open_scored
from nasbench_mvit.cli.shared.labels import read_labels
from nasbench_mvit.errors import DataError, WeightsError, listed
from nasbench_mvit.io.machine import usable_cores
from nasbench_mvit.models.checkpoint import CLASSIFIER, Notes, load_model, read_foreign, read_notes
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.preprocessing import OWN, PREPROCESSING, Preprocessing
from nasbench_mvit.models.weights import channels_flipped, convert, identify
from nasbench_mvit.training.common.device import place, reproducible
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.images.arrays import Int64Array
from nasbench_mvit.training.images.loader import evaluation_batches
from nasbench_mvit.training.images.pictures import Pictures
from nasbench_mvit.training.images.transforms import Evaluation
from nasbench_mvit.training.tasks.classification import Scores, score

PERCENT = 100.0
MAX_WORKERS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """A network to evaluate.

    Attributes:
        title: what it is called.
        model: takes RGB images; in evaluation mode.
        classes: name of each logit, None where nobody says.
        preprocessing: what its images become; the order of channels is part of ``model``.
        notes: what else its file says.
    """

    title: str
    model: nn.Module
    classes: tuple[str, ...] | None
    preprocessing: Preprocessing
    notes: Notes = field(default_factory=Notes)

    @property
    def num_logits(self) -> int:
        """Outputs of the network."""
        return len(self.model.state_dict()[CLASSIFIER])


def evaluate(options: argparse.Namespace, console: Console) -> int:
    """Score what the options name and print the result; return the exit code.

    Raises:
        WorkbenchError: an option cannot be fulfilled.
    """
    placement = place(options.device)
    judged = load(options)
    if options.labels is not None:
        judged = replace(judged, classes=read_labels(options.labels, WeightsError))
    shown = judged.preprocessing
    opened = open_scored(
        options.data,
        options.split,
        size=shown.crop,
        notes=judged.notes,
        include_trained=options.include_trained,
    )
    pictures, folders = opened.pictures, opened.class_names
    logit_of = logits_of_classes(folders, judged, options.data)
    pictures.labels = logit_of[_checked_labels(pictures, folders)]
    console.print(
        f"{judged.title}: {len(pictures):,} images of {len(folders):,} classes, short side "
        f"{shown.resize} px ({shown.filter}), centre {shown.crop} px, {shown.channels.upper()}"
    )
    if options.source == OWN:
        console.print(opened.account)
    workers = min(MAX_WORKERS, usable_cores()) if options.workers is None else options.workers
    batches = evaluation_batches(
        pictures,
        Evaluation(resize=shown.resize, crop=shown.crop, filter=shown.filter),
        World(),
        batch_size=options.batch_size,
        workers=workers,
    )
    with reproducible(placement.device):
        scores = score(judged.model.to(placement.device), batches, placement, World())
    for name, hits in (("top-1", scores.hits1), ("top-5", scores.hits5)):
        console.print(_line(name, hits, scores))
    return 0


def load(options: argparse.Namespace) -> Judged:
    """Return the network of the weights' file.

    Raises:
        WeightsError: the file is missing, damaged, or does not fit its source.
    """
    path, notes = Path(options.weights), Notes()
    shown = PREPROCESSING[options.source]
    if options.source == OWN:
        model, spec = load_model(path)
        notes = read_notes(path)
        shown = replace(shown, resize=notes.resize or shown.resize, crop=notes.crop or shown.crop)
        title, classes = f"MobileViT {spec.id}", notes.classes
    else:
        foreign = read_foreign(path)
        name, num_classes = identify(foreign, options.source)
        state = convert(foreign, options.source)
        title, classes = f"{FIGURES[name].title} of {options.source}", None
        model = build_model(published(name), num_classes).eval()
        model.load_state_dict(state)
    shown = replace(
        shown,
        resize=options.resize or shown.resize,
        crop=options.crop or shown.crop,
        channels=options.channels or shown.channels,
    )
    if shown.crop > shown.resize:
        raise WeightsError(
            f"a centre crop of {shown.crop} px does not fit an image of {shown.resize}. Raise "
            "--resize or lower --crop."
        )
    if shown.channels == "bgr":
        model.load_state_dict(channels_flipped(model.state_dict()))
    return Judged(title=title, model=model, classes=classes, preprocessing=shown, notes=notes)


def logits_of_classes(folders: tuple[str, ...], judged: Judged, data: str) -> Int64Array:
    """Return the logit that stands for each class of the images.

    Known names decide. Where a file names none, as published ones do, classes and logits must be
    equally many, and both are taken in alphabetical order: that of ImageNet's folders.

    Raises:
        WeightsError: the names do not fit the network.
        DataError: the images are of other classes.
    """
    names = judged.classes
    if names is None:
        if len(folders) != judged.num_logits:
            raise DataError(
                f"{data} has {len(folders)} classes, the network {judged.num_logits} logits. Give "
                f"images of all {judged.num_logits} classes, or name each logit's class, as its "
                "folder is called, with --labels FILE."
            )
        return np.arange(len(folders))
    if len(names) != judged.num_logits:
        raise WeightsError(
            f"{len(names)} classes are named, but the network has {judged.num_logits} logits. Name "
            "each of them in a line of its own with --labels FILE."
        )
    strange = [folder for folder in folders if folder not in names]
    if strange:
        raise DataError(
            f"{data} has classes the network does not know: {listed(strange)}. It knows "
            f"{listed(names)}. Remove or rename these, or give --labels FILE."
        )
    return np.array([names.index(folder) for folder in folders])


def _checked_labels(pictures: Pictures, folders: tuple[str, ...]) -> Int64Array:
    outside = (pictures.labels < 0) | (pictures.labels >= len(folders))
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"image {first} has the label {pictures.labels[first]}, there are {len(folders)} "
            f"classes, 0 to {len(folders) - 1}. Correct its label, or remove it."
        )
    return pictures.labels


def _line(name: str, hits: int, scores: Scores) -> str:
    low, high = wilson_interval(hits, scores.num_images)
    return (
        f"{name}: {hits / scores.num_images * PERCENT:.2f} % "
        f"(95 % interval {low * PERCENT:.2f} to {high * PERCENT:.2f})"
    )
