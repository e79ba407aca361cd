"""VOC's format: an XML file of boxes, or a palette PNG of classes, for each image.

Axes: H rows, W columns.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

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
from nasbench_mvit.training.images.annotated.masks import MaskSurvey, read_mask
from nasbench_mvit.training.images.annotated.problems import Problems
from nasbench_mvit.training.images.annotated.sizes import READERS, check_sizes
from nasbench_mvit.training.images.annotated.voc_format.voc_file import VocFile, read_voc
from nasbench_mvit.training.images.annotated.voc_format.voc_layout import VocPart
from nasbench_mvit.training.images.arrays import Int64Array
from nasbench_mvit.training.images.decode import Encoded, decode_whole
from nasbench_mvit.training.images.keys import file_key

#: The classes of VOC 2012, in the order of the values of its masks.
VOC_NAMES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train",
    "tvmonitor",
)  # fmt: skip


class VocBoxes(AnnotatedImages):
    """Images with an XML file each.

    Attributes:
        name: of the part, for messages.
        class_names: one for each label.
        objects: those of each image.
        notes: lines for a person, on what was left out.
        fingerprint: changes with the boxes and the names of the files.
    """

    def __init__(self, part: VocPart, class_names: tuple[str, ...] | None) -> None:
        """Read and check the files of a part.

        Args:
            part: the images and their XML files.
            class_names: the known classes; None takes those of the files, sorted.

        Raises:
            DataError: some break a rule.
        """
        self.name = part.name
        problems = Problems(part.name)
        with ThreadPoolExecutor(READERS) as readers:
            files = list(readers.map(read_voc, part.annotations))
        self._images = part.images
        sizes = check_sizes(
            [
                (str(path), image, file.size)
                for path, image, file in zip(part.annotations, part.images, files, strict=True)
            ],
            problems,
        )
        found = sorted({voc_object.name for file in files for voc_object in file.objects})
        self.class_names = class_names if class_names is not None else tuple(found)
        boxes = BoxChecker(problems)
        self.objects = PackedObjects(
            [
                self._objects(path, file, size, boxes)
                for path, file, size in zip(part.annotations, files, sizes, strict=True)
            ]
        )
        self.notes = boxes.finish()
        problems.check()
        names = repr((self.class_names, [image.name for image in part.images]))
        digest = hashlib.sha256(names.encode(errors="backslashreplace"))
        digest.update(self.objects.content())
        self.fingerprint = digest.hexdigest()[:16]

    def _objects(
        self, path: Path, file: VocFile, size: tuple[int, int], boxes: BoxChecker
    ) -> list[tuple[tuple[float, float, float, float], int, bool]]:
        entries = []
        if file.fault:
            boxes.problems.add(str(path), file.fault)
        for index, voc_object in enumerate(file.objects):
            record = f"{path}, object[{index}] ({voc_object.name})"
            if voc_object.fault:
                boxes.problems.add(record, voc_object.fault)
            elif voc_object.name not in self.class_names:
                known = listed(self.class_names)
                boxes.problems.add(f"{record} name", f"is none of the known classes: {known}")
            elif size != (0, 0):
                box = boxes.check(voc_object.corners, size, f"{record} bndbox")
                if box is not None:
                    label = self.class_names.index(voc_object.name)
                    entries.append((box, label, voc_object.is_difficult))
        return entries

    def class_counts(self) -> Int64Array:
        """Return the number of usable objects of each class."""
        return self.objects.counts(len(self.class_names))

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return an image with its boxes.

        Raises:
            DataError: it cannot be read.
        """
        path = self._images[index]
        image_HWC = np.asarray(decode_whole(Encoded(str(path), path)))
        return AnnotatedImage(image=image_HWC, objects=self.objects[index])

    def key(self, index: int) -> ImageKey:
        """Return the key of an image's file."""
        return file_key(self._images[index])


class VocMasks(AnnotatedImages):
    """Images with a palette PNG each, whose pixels are classes.

    Attributes:
        name: of the part, for messages.
        class_names: one for each value of a mask.
        notes: none; for what reads all sources alike.
        fingerprint: changes with the names and the sizes of the files.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, part: VocPart, class_names: tuple[str, ...] | None) -> None:
        """Read and check the masks of a part.

        Args:
            part: the images and their masks.
            class_names: the known classes, the background first; None takes those of VOC 2012.

        Raises:
            DataError: some break a rule.
        """
        self.name = part.name
        problems = Problems(part.name)
        self.class_names = class_names or (BACKGROUND, *VOC_NAMES)
        self._images, self._masks = part.images, part.annotations
        sizes = check_sizes([(str(image), image, None) for image in part.images], problems)
        survey = MaskSurvey(problems, len(self.class_names))
        survey.check_all(
            [
                (str(path), Encoded(str(path), path), size)
                for path, size in zip(part.annotations, sizes, strict=True)
            ]
        )
        survey.finish(has_background=True)
        problems.check()
        stats = [(path.name, path.stat().st_size) for path in (*self._images, *self._masks)]
        text = repr((self.class_names, stats)).encode(errors="backslashreplace")
        self.fingerprint = hashlib.sha256(text).hexdigest()[:16]

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return an image with its mask.

        Raises:
            DataError: one of them cannot be read.
        """
        image, mask = self._images[index], self._masks[index]
        return AnnotatedImage(
            image=np.asarray(decode_whole(Encoded(str(image), image))),
            mask=read_mask(Encoded(str(mask), mask)),
        )

    def key(self, index: int) -> ImageKey:
        """Return the key of an image's file."""
        return file_key(self._images[index])


def named_classes(root: Path, task: AnnotatedTask) -> tuple[str, ...] | None:
    """Return the classes that ``labelmap.txt`` names, as CVAT writes it; None without that file.

    Each line is a name, and maybe a colon and a colour. The lines are in the order of the values
    of masks, the background first; detection leaves the background out.

    Raises:
        DataError: the file cannot be read, or repeats a name.
    """
    path = root / "labelmap.txt"
    if not path.is_file():
        return None
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"{path} cannot be read: {problem}. Save it as UTF-8.") from None
    names = [line.partition(":")[0].strip() for line in lines if line.strip()[:1] not in ("", "#")]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{path} repeats the names {listed(repeated)}. Name each class once.")
    if not 0 < len(names) <= IGNORED:
        raise DataError(f"{path} must name 1 to {IGNORED} classes, it names {len(names)}.")
    return tuple(name for name in names if task == "segmentation" or name != BACKGROUND)
