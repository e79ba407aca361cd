"""The annotated images of every source, opened alike; no torch."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.errors import DataError, check_count, counted, listed, unknown
from nasbench_mvit.io.text_files import escaped
from nasbench_mvit.training.images.annotated.annotated_image import (
    BACKGROUND,
    AnnotatedData,
    AnnotatedImages,
    AnnotatedTask,
    ChosenImages,
)
from nasbench_mvit.training.images.annotated.coco_format import coco_layout
from nasbench_mvit.training.images.annotated.coco_format.coco_images import CocoImages
from nasbench_mvit.training.images.annotated.hub_format.hub_images import (
    HubBoxes,
    HubMasks,
    named_values,
)
from nasbench_mvit.training.images.annotated.scenes import Scenes
from nasbench_mvit.training.images.annotated.voc_format import voc_layout
from nasbench_mvit.training.images.annotated.voc_format.voc_images import (
    VocBoxes,
    VocMasks,
    named_classes,
)
from nasbench_mvit.training.images.arrays import BoolArray, DatasetDescription, Split
from nasbench_mvit.training.images.embedded import open_embedded, open_embedded_test
from nasbench_mvit.training.images.folders.drawn_split import VAL_SHARE
from nasbench_mvit.training.images.folders.split_folders import TEST, TRAIN, VAL, split_named
from nasbench_mvit.training.images.huggingface_library import load_sets
from nasbench_mvit.training.images.sources import SOURCES as OF_LABELS
from nasbench_mvit.training.images.sources import absolute_source, parse_source

SOURCES = (
    "embedded",
    "coco:PATH",
    "huggingface:NAME_OR_PATH[:CONFIG]",
    "voc:PATH",
)
EXAMPLE = "coco:photos"
SCENES = 10_000  # of a pass through the embedded ones, which never repeat
HELD_OUT_SCENES = 1_000
HELD_OUT, TRAINING = 0, 1  # begin the seeds of scenes; those held out are the same for all networks
MIN_SCENE = 32  # px; on a smaller one a garment has hardly a pixel
SCENES_VERSION = 1  # goes up when scenes look different
GARMENT_CELL = 32  # px, at which the embedded garments are as they were taken, 28 px
GARMENT_EDGE = 4

FileImages = CocoImages | VocBoxes | VocMasks | HubBoxes | HubMasks
OpenSplit = Callable[[tuple[str, ...] | None], FileImages]  # by the classes of the training images


class _Source(NamedTuple):
    """The splits that a source has, and where they come from."""

    splits: Mapping[str, OpenSplit]
    description: DatasetDescription
    notes: tuple[str, ...] = ()


def open_annotated(source: str, *, task: AnnotatedTask, size: int, seed: int = 0) -> AnnotatedData:
    """Return the training and validation images of a source, with boxes or masks.

    All annotations are read and checked; images are read one by one when they are asked for.

    Args:
        source: one of
            "embedded", scenes composed of the Fashion-MNIST subset of this package;
            "coco:PATH", a folder with annotation files of COCO's format, or one such file;
            "voc:PATH", a folder with XML files or palette PNG masks of VOC's format;
            "huggingface:NAME_OR_PATH" or "huggingface:NAME_OR_PATH:CONFIG", what the library
            ``datasets`` (an extra) finds on the Hugging Face Hub or in a folder.
        task: "detection" for boxes, "segmentation" for masks.
        size: side in pixels of an embedded scene; images of files are as large as they are.
        seed: draws the scenes to train on, and the validation images where a source does not set
            them apart itself.

    Raises:
        DataError: the source or task is unknown, or the source is missing, or some of its records
            break a rule; the message names the file and the first of them.
    """
    kind, location = _parse(source, task)
    if kind == "embedded":
        return _embedded(task, size, seed)
    opened = _open(kind, location, task)
    train = opened.splits[TRAIN](None)
    notes = (*opened.notes, *train.notes, *_unlearnable(train))
    if VAL in opened.splits:
        val = opened.splits[VAL](train.class_names)
        images: tuple[AnnotatedImages, AnnotatedImages] = (train, val)
        notes += val.notes
        fingerprint = f"{train.fingerprint}-{val.fingerprint}"
    else:
        validates_N = _drawn(len(train), source, seed)
        images = (ChosenImages(train, ~validates_N), ChosenImages(train, validates_N))
        fingerprint = f"{train.fingerprint}-{seed}"
    return AnnotatedData(
        task=task,
        train=images[0],
        val=images[1],
        class_names=train.class_names,
        description=opened.description,
        fingerprint=fingerprint,
        notes=notes,
        val_is_drawn=VAL not in opened.splits,
    )


def absolute_source_of(source: str, task: Task) -> str:
    """Return a source of a task's images as it means the same in any working directory.

    Raises:
        DataError: the source is unknown.
    """
    return absolute_source(source, OF_LABELS if task == "classification" else SOURCES)


def open_annotated_test(source: str, *, task: AnnotatedTask, size: int) -> AnnotatedImages:
    """Return the test images, which no search may look at: a chosen network is scored on them once.

    Args:
        source: as for ``open_annotated``.
        task: likewise.
        size: likewise.

    Raises:
        DataError: as for ``open_annotated``, or there are no annotated test images.
    """
    kind, location = _parse(source, task)
    if kind == "embedded":
        return _held_out_scenes(open_embedded_test(cell_size=GARMENT_CELL), task, size)
    splits = _open(kind, location, task).splits
    if TEST not in splits:
        raise DataError(
            f"{source} has no test images: its splits are {listed(splits)}. Add a split called "
            f"'{TEST}' beside '{TRAIN}', with annotations."
        )
    return splits[TEST](splits[TRAIN](None).class_names)


def _parse(source: str, task: AnnotatedTask) -> tuple[str, str]:
    if task not in get_args(AnnotatedTask):
        raise DataError(unknown("`task=` of annotated images", task, get_args(AnnotatedTask)))
    return parse_source(source, SOURCES, EXAMPLE)


def _open(kind: str, location: str, task: AnnotatedTask) -> _Source:
    if kind == "huggingface":
        return _hub(location, task)
    return (_coco if kind == "coco" else _voc)(Path(location), task)


def _coco(root: Path, task: AnnotatedTask) -> _Source:
    parts, notes = coco_layout.find_parts(root)
    splits = {split: partial(CocoImages, part, task) for split, part in parts.items()}
    return _Source(splits, _own_images(root), notes)


def _voc(root: Path, task: AnnotatedTask) -> _Source:
    names = named_classes(root, task)
    parts = voc_layout.find_parts(root, task)
    opener = VocBoxes if task == "detection" else VocMasks
    return _Source(
        {split: _voc_split(opener, part, names) for split, part in parts.items()},
        _own_images(root),
    )


def _voc_split(
    opener: type[VocBoxes] | type[VocMasks],
    part: voc_layout.VocPart,
    names: tuple[str, ...] | None,
) -> OpenSplit:
    return lambda class_names: opener(part, names or class_names)


def _hub(location: str, task: AnnotatedTask) -> _Source:
    sets = load_sets(location)
    named = {split_named(name): name for name in sets}
    if TRAIN not in named:
        raise DataError(
            f"huggingface:{location} has no images to train on: its splits are {listed(sets)}. "
            f"Call one '{TRAIN}' (DatasetDict of the library datasets), save_to_disk and give "
            "that folder."
        )
    splits: dict[str, OpenSplit] = {}
    for split, name in named.items():
        if split is not None:
            splits[split] = _hub_split(
                f"huggingface:{location}, {name}", sets[name], task, location
            )
    licence = sets[named[TRAIN]].info.license or "see the card of the data set"
    origin = f"opened by the library datasets from {location}"
    return _Source(splits, DatasetDescription(name=location, licence=licence, origin=origin))


def _hub_split(name: str, dataset: Any, task: AnnotatedTask, location: str) -> OpenSplit:
    if task == "detection":
        return partial(HubBoxes, name, dataset)
    names = named_values(Path(location))
    return lambda class_names: HubMasks(name, dataset, names or class_names)


def _own_images(root: Path) -> DatasetDescription:
    return DatasetDescription(
        name=escaped(root.resolve().name),
        licence="the user's own images",
        origin=escaped(root.resolve()),
    )


def _unlearnable(train: FileImages) -> tuple[str, ...]:
    """Return a note on classes without objects; masks in files were surveyed as they were read.

    Raises:
        DataError: there is no object at all.
    """
    if isinstance(train, VocMasks | HubMasks):
        return ()
    counts = train.class_counts()
    if not counts.any():
        raise DataError(f"{train.name}: no image has an object to learn from. Annotate some.")
    names = train.class_names[-len(counts) :]
    missing = [name for name, count in zip(names, counts, strict=True) if not count]
    return (f"classes without an object to learn from: {listed(missing)}",) if missing else ()


def _drawn(count: int, source: str, seed: int) -> BoolArray:
    """Return the mask of validation images, at least one."""
    if count < 2:
        raise DataError(
            f"{source} has {counted(count, 'image')}, which cannot both train and validate. Add "
            "images."
        )
    validates_N = np.zeros(count, np.bool_)
    order_N = np.random.default_rng(seed).permutation(count)
    validates_N[order_N[: max(1, round(VAL_SHARE * count))]] = True
    return validates_N


def _embedded(task: AnnotatedTask, size: int, seed: int) -> AnnotatedData:
    check_count(size, "`size=` of embedded scenes", DataError, least=MIN_SCENE)
    data = open_embedded(cell_size=GARMENT_CELL)
    objects = data.class_names
    return AnnotatedData(
        task=task,
        train=_scenes(data.train, task, size, seed=(TRAINING, seed), length=SCENES),
        val=_held_out_scenes(data.val, task, size),
        class_names=objects if task == "detection" else (BACKGROUND, *objects),
        description=replace(data.description, name=f"scenes of {data.description.name}"),
        fingerprint=f"scenes{SCENES_VERSION}-{task}-{size}-{data.fingerprint}",
    )


def _held_out_scenes(split: Split, task: AnnotatedTask, size: int) -> Scenes:
    check_count(size, "`size=` of embedded scenes", DataError, least=MIN_SCENE)
    return _scenes(split, task, size, seed=(HELD_OUT, 0), length=HELD_OUT_SCENES)


def _scenes(
    split: Split, task: AnnotatedTask, size: int, *, seed: tuple[int, int], length: int
) -> Scenes:
    edge = slice(GARMENT_EDGE, -GARMENT_EDGE)
    garments_NHW = split.images[:, 0, edge, edge]
    return Scenes(garments_NHW, split.labels, task=task, size=size, seed=seed, length=length)
