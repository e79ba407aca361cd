"""COCO's format: one JSON file of images, categories and annotations beside a folder of images.

Axes: H rows, W columns.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from faster_coco_eval import mask as coco_mask

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.models.weights.split_record import ImageKey
from nasbench_mvit.training.images.annotated.annotated_image import (
    BACKGROUND,
    IGNORED,
    AnnotatedImage,
    AnnotatedImages,
    AnnotatedTask,
)
from nasbench_mvit.training.images.annotated.boxes import BoxChecker, PackedObjects
from nasbench_mvit.training.images.annotated.coco_format.coco_file import (
    Annotation,
    CocoFile,
    ImageRecord,
    read_coco,
)
from nasbench_mvit.training.images.annotated.coco_format.coco_layout import CocoPart, image_folder
from nasbench_mvit.training.images.annotated.problems import Problems
from nasbench_mvit.training.images.annotated.sizes import check_sizes
from nasbench_mvit.training.images.arrays import Int64Array, UInt8Array
from nasbench_mvit.training.images.decode import Encoded, decode_whole
from nasbench_mvit.training.images.keys import file_key

Region = tuple[Mapping[str, Any], int]  # a run-length code and the class of its pixels


class CocoImages(AnnotatedImages):
    """The images of an annotation file.

    Attributes:
        name: the annotation file, for messages.
        class_names: one for each label, or for each value of a mask.
        objects: those of each image, where the task is detection.
        notes: lines for a person, on what was left out.
        fingerprint: changes with what the file says.
    """

    def __init__(
        self, part: CocoPart, task: AnnotatedTask, class_names: tuple[str, ...] | None = None
    ) -> None:
        """Read and check a file.

        Args:
            part: the file and where its images may lie.
            task: what is taken of an annotation, its box or its region.
            class_names: those of the training images; None takes any.

        Raises:
            DataError: the file is no such file or has other classes, or some of its records break a
                rule.
        """
        path = part.path
        self.name = str(path)
        self._task = task
        problems = Problems(path)
        coco = read_coco(path, task, problems)
        labels = {category: label for label, category in enumerate(coco.categories)}
        names = tuple(coco.categories.values())
        self._folder = image_folder(part, [image.file for image in coco.images])
        self._files = np.array([os.fsencode(image.file) for image in coco.images])
        _check_files(coco, self._folder, problems)
        self._sizes = [image.size for image in coco.images]
        boxes = BoxChecker(problems)
        self.objects = PackedObjects([])
        self._regions: list[list[Region]] = []
        if task == "detection":
            self.class_names = names
            self.objects = _objects(coco, labels, boxes)
        else:
            self.class_names = (BACKGROUND, *names)
            if len(self.class_names) > IGNORED:
                problems.add("categories", f"are {len(names)}, masks hold {IGNORED - 1} at most")
            self._regions = _regions(coco, labels, problems)
        self.notes = boxes.finish()
        problems.check()
        if class_names is not None and self.class_names != class_names:
            raise DataError(
                f"{path} must hold the categories of the training images in the same order of ids: "
                f"{listed(class_names)}; it holds {listed(self.class_names)}."
            )
        digest = hashlib.sha256(repr((names, coco.images)).encode())
        digest.update(self.objects.content())
        for code, label in (region for regions in self._regions for region in regions):
            digest.update(b"%d %s\n" % (label, code["counts"]))
        self.fingerprint = digest.hexdigest()[:16]

    def class_counts(self) -> Int64Array:
        """Return the number of usable objects of each class, the background left out."""
        if self._task == "detection":
            return self.objects.counts(len(self.class_names))
        labels = [label - 1 for regions in self._regions for _, label in regions]
        return np.bincount(np.array(labels, np.int64), minlength=len(self.class_names) - 1)

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return an image.

        Raises:
            DataError: it cannot be read.
        """
        path = self._path(index)
        image_HWC = np.asarray(decode_whole(Encoded(str(path), path)))
        if self._task == "detection":
            return AnnotatedImage(image=image_HWC, objects=self.objects[index])
        width, height = self._sizes[index]
        return AnnotatedImage(image=image_HWC, mask=_mask(self._regions[index], (height, width)))

    def key(self, index: int) -> ImageKey:
        """Return the key of an image's file."""
        return file_key(self._path(index))

    def _path(self, index: int) -> Path:
        return self._folder / os.fsdecode(bytes(self._files[index]))


def _check_files(coco: CocoFile, folder: Path, problems: Problems) -> None:
    """Note each image whose file is missing or not of the size that its record says."""
    check_sizes(
        [
            (f"{image.place} (id {image.id})", folder / image.file, image.size)
            for image in coco.images
        ],
        problems,
    )


def _objects(coco: CocoFile, labels: Mapping[int, int], boxes: BoxChecker) -> PackedObjects:
    per_image: list[list[tuple[Any, int, bool]]] = []
    for image in coco.images:
        entries = []
        for annotation in coco.annotations[image.id]:
            box = boxes.check(annotation.corners, image.size, f"{annotation.name} bbox")
            if box is not None:
                entries.append((box, labels[annotation.category], annotation.is_crowd))
        per_image.append(entries)
    return PackedObjects(per_image)


def _regions(coco: CocoFile, labels: Mapping[int, int], problems: Problems) -> list[list[Region]]:
    """Return the regions of each image, as run-length codes; label k becomes class k + 1."""
    per_image: list[list[Region]] = []
    for image in coco.images:
        regions = []
        for annotation in coco.annotations[image.id]:
            code = _run_lengths(annotation, image, problems)
            if code is not None:
                regions.append((code, labels[annotation.category] + 1))
        per_image.append(regions)
    return per_image


def _run_lengths(
    annotation: Annotation, image: ImageRecord, problems: Problems
) -> Mapping[str, Any] | None:
    """Return the run-length code of an annotation's polygons or of its own code."""
    width, height = image.size
    record = f"{annotation.name} segmentation"
    if isinstance(annotation.segmentation, dict):
        stated = annotation.segmentation.get("size")
        if stated != [height, width]:
            problems.add(
                record, f"has size {stated}, its image [{height}, {width}] (rows, columns)"
            )
            return None
    try:
        code: Mapping[str, Any] = coco_mask.segmToRle(annotation.segmentation, width, height)
        if isinstance(annotation.segmentation, dict):
            coco_mask.decode(code)  # which alone notices runs that end early
        area = int(coco_mask.area(code))
    except (ValueError, RuntimeError, TypeError, KeyError) as problem:
        reason = str(problem).partition("\n")[0].rstrip(".")
        problems.add(record, f"is no run-length code of its image: {reason}")
        return None
    if not area:
        problems.add(record, "covers no pixel of its image")
        return None
    return code


def _mask(regions: list[Region], shape: tuple[int, int]) -> UInt8Array:
    """Return the classes (H, W); where regions of several classes overlap, pixels are ignored."""
    mask_HW: UInt8Array = np.zeros(shape, np.uint8)
    for code, label in regions:
        inside_HW = np.asarray(coco_mask.decode(code), bool)
        taken_HW = inside_HW & (mask_HW != 0) & (mask_HW != label)
        mask_HW[inside_HW] = label
        mask_HW[taken_HW] = IGNORED
    return mask_HW
