"""Sets with boxes or masks that ``datasets``, the library of Hugging Face, opens.

Axes: N rows, H rows and W columns of an image.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.io.text_files import normalised, read_text
from nasbench_mvit.models.weights.split_record import ImageKey
from nasbench_mvit.training.images.annotated.annotated_image import (
    IGNORED,
    AnnotatedImage,
    AnnotatedImages,
)
from nasbench_mvit.training.images.annotated.boxes import Box, BoxChecker, PackedObjects, numbers
from nasbench_mvit.training.images.annotated.hub_format.hub_columns import (
    IMAGE_ID,
    RawObject,
    box_columns,
    mask_columns,
)
from nasbench_mvit.training.images.annotated.masks import MaskSurvey, read_mask
from nasbench_mvit.training.images.annotated.problems import Problems
from nasbench_mvit.training.images.arrays import Int64Array
from nasbench_mvit.training.images.decode import Encoded, decode_whole, picture_size
from nasbench_mvit.training.images.keys import content_key, file_key

if TYPE_CHECKING:
    from datasets import Dataset

CORNERS = "x1, y1, x2, y2"
SIZES = "x, y, width, height"


VALUE_NAMES = "id2label.json"  # as sets of masks on the Hub have it


def named_values(folder: Path) -> tuple[str, ...] | None:
    """Return the class of each value of a mask that ``id2label.json`` names; None without it.

    Raises:
        DataError: the file does not name the values from 0 on.
    """
    path = folder / VALUE_NAMES
    if not path.is_file():
        return None
    try:
        found = {int(value): str(name) for value, name in json.loads(read_text(path)).items()}
        return tuple(normalised(found[value]) for value in range(len(found)))
    except (OSError, ValueError, AttributeError, LookupError) as problem:
        raise DataError(
            f"{path} cannot be used: {problem}. Make it an object of the names of the values 0, 1 "
            "and so on."
        ) from None


class HubBoxes(AnnotatedImages):
    """Rows with an image and its objects.

    Attributes:
        name: the set and split, for messages.
        class_names: one for each label.
        objects: those of each row.
        notes: lines for a person, on what was left out and how boxes are written.
        fingerprint: changes with the boxes and the size of the images.
    """

    def __init__(self, name: str, dataset: "Dataset", class_names: tuple[str, ...] | None) -> None:
        """Read and check every row.

        Args:
            name: the set and split, for messages.
            dataset: the rows.
            class_names: those of the training images; None takes any.

        Raises:
            DataError: it has no such columns or other classes, or rows break a rule.
        """
        self.name = name
        columns = box_columns(name, dataset)
        self._images = _Images(name, dataset, columns.image)
        problems = Problems(name)
        sizes = self._images.sizes(problems)
        rows = columns.rows(dataset)
        self.class_names = columns.class_names(rows)
        if class_names is not None and columns.names is None:  # some may be on no image here
            self.class_names = class_names
        if class_names not in (None, self.class_names):
            raise DataError(
                f"{name} must have the classes of the training images in the same order: "
                f"{listed(class_names)}; it has {listed(self.class_names)}. Cast '"
                f"{columns.objects}.{columns.kind}' of both splits to one ClassLabel (cast), "
                "save_to_disk and give that folder."
            )
        _check_ids(dataset, problems)
        boxes = BoxChecker(problems)
        as_corners = _are_corners(rows, sizes)
        per_row: list[list[tuple[Box, int, bool]]] = [[] for _ in rows]
        for row, (found, size) in enumerate(zip(rows, sizes, strict=True)):
            ids: set[Any] = set()
            for place, raw in enumerate(found):
                record = f"row {row}, {columns.objects}[{place}]"
                label = columns.label(raw.kind, self.class_names)
                box = _corners(raw.box, as_corners=as_corners)
                if raw.id is not None and raw.id in ids:
                    problems.add(f"{record} {columns.id}", f"is {raw.id!r:.80} a second time")
                ids.add(raw.id)
                if label is None:
                    known = listed(self.class_names)
                    wrong = f"is {raw.kind!r:.80}, none of {known}"
                    problems.add(f"{record} {columns.kind}", wrong)
                elif box is None:
                    wrong = f"must be 4 numbers, got {raw.box!r:.80}"
                    problems.add(f"{record} {columns.box}", wrong)
                elif size != (0, 0):
                    box = boxes.check(box, size, f"{record} {columns.box}")
                    per_row[row] += [(box, label, bool(raw.crowd))] if box is not None else []
        self.objects = PackedObjects(per_row)
        written = CORNERS if as_corners else SIZES
        self.notes = (f"boxes of {name} are taken as {written}", *boxes.finish())
        problems.check()
        digest = hashlib.sha256(repr((self.class_names, sizes)).encode())
        digest.update(self.objects.content())
        self.fingerprint = digest.hexdigest()[:16]

    def class_counts(self) -> Int64Array:
        """Return the number of usable objects of each class."""
        return self.objects.counts(len(self.class_names))

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return a row.

        Raises:
            DataError: its image cannot be read.
        """
        image_HWC = np.asarray(decode_whole(self._images.encoded(index)))
        return AnnotatedImage(image=image_HWC, objects=self.objects[index])

    def key(self, index: int) -> ImageKey:
        """Return the key of a row's image."""
        return self._images.key(index)


class HubMasks(AnnotatedImages):
    """Rows with an image and the mask of its classes.

    Attributes:
        name: the set and split, for messages.
        class_names: one for each value of a mask.
        objects: none.
        notes: lines for a person, on how the classes are called.
        fingerprint: changes with the classes, the sizes of the images and the masks.
    """

    def __init__(self, name: str, dataset: "Dataset", class_names: tuple[str, ...] | None) -> None:
        """Read and check every row.

        Args:
            name: the set and split, for messages.
            dataset: the rows.
            class_names: the known classes; None numbers those that are found.

        Raises:
            DataError: it has no such columns, or rows break a rule.
        """
        self.name = name
        columns = mask_columns(name, dataset)
        self._images = _Images(name, dataset, columns.image)
        self._masks = _Images(name, dataset, columns.mask)
        problems = Problems(name)
        sizes = self._images.sizes(problems)
        survey = MaskSurvey(problems, len(class_names) if class_names is not None else None)
        survey.check_all(
            [
                (f"row {row}, {columns.mask}", mask, size)
                for row, size in enumerate(sizes)
                if (mask := self._masks.present(row, problems)) is not None
            ]
        )
        survey.finish(has_background=False)
        problems.check()
        found = max(survey.values - {IGNORED}) + 1
        self.class_names = class_names or tuple(f"class {value}" for value in range(found))
        named = class_names is not None
        self.notes = () if named else (f"{name} does not name its {found} classes",)
        digest = hashlib.sha256(repr((self.class_names, sizes)).encode())
        for key in map(self._masks.key, range(len(self._masks))):
            digest.update(key.content)
        self.fingerprint = digest.hexdigest()[:16]

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return a row.

        Raises:
            DataError: its image or mask cannot be read.
        """
        return AnnotatedImage(
            image=np.asarray(decode_whole(self._images.encoded(index))),
            mask=read_mask(self._masks.encoded(index)),
        )

    def key(self, index: int) -> ImageKey:
        """Return the key of a row's image."""
        return self._images.key(index)


class _Images:
    """A column of images, encoded."""

    def __init__(self, name: str, dataset: "Dataset", column: str) -> None:
        from datasets import Image  # noqa: PLC0415 - an extra

        self._name, self._column = name, column
        only = dataset.select_columns([column])
        self._dataset = only.cast_column(column, Image(decode=False))

    def __len__(self) -> int:
        return len(self._dataset)

    def encoded(self, row: int) -> Encoded:
        """Return the image of a row.

        Raises:
            DataError: it has none.
        """
        image = self._dataset[row][self._column]
        name = f"{self._name}, row {row}, {self._column}"
        if image is None:
            raise DataError(f"{name} is missing. Remove the row.")
        if image["bytes"] is not None:
            return Encoded(name, image["bytes"])
        return Encoded(f"{name} ({image['path']})", Path(image["path"]))

    def key(self, row: int) -> ImageKey:
        """Return the key of the image of a row.

        Raises:
            DataError: it has none.
        """
        content = self.encoded(row).content
        return file_key(content) if isinstance(content, Path) else content_key(content)

    def present(self, row: int, problems: Problems) -> Encoded | None:
        """Return the image of a row, or note that it has none."""
        try:
            return self.encoded(row)
        except DataError:
            problems.add(f"row {row}, {self._column}", "is missing")
            return None

    def sizes(self, problems: Problems) -> list[tuple[int, int]]:
        """Return the width and height of each image; (0, 0), and a note, where there is none."""
        found = []
        for row in range(len(self)):
            image = self.present(row, problems)
            try:
                found.append(picture_size(image) if image is not None else (0, 0))
            except DataError as problem:
                reason = str(problem).partition(" cannot be read")[2].partition(". Replace")[0]
                problems.add(f"row {row}, {self._column}", f"cannot be read{reason}")
                found.append((0, 0))
        return found


def _check_ids(dataset: "Dataset", problems: Problems) -> None:
    """Note rows with the id of an image that an earlier row has: it would count twice."""
    if IMAGE_ID not in dataset.column_names:
        return
    first: dict[Any, int] = {}
    for row, found in enumerate(dataset.select_columns([IMAGE_ID])[:][IMAGE_ID]):
        if found is not None and first.setdefault(found, row) != row:
            problems.add(f"row {row}, {IMAGE_ID}", f"is {found!r:.80} as in row {first[found]}")


def _are_corners(rows: Sequence[Sequence[RawObject]], sizes: Sequence[tuple[int, int]]) -> bool:
    """Return whether boxes are written as corners, rather than as a corner and a size as COCO's.

    Some sets do one, some the other, and nothing says so. What fits more boxes is taken, COCO's
    where both fit as many.
    """
    fitting = [0, 0]
    for found, (width, height) in zip(rows, sizes, strict=True):
        for raw in found:
            for as_corners in (False, True):
                box = _corners(raw.box, as_corners=as_corners)
                if (
                    box is not None
                    and box[0] < box[2] <= width + 1
                    and box[1] < box[3] <= height + 1
                ):
                    fitting[as_corners] += 1
    return fitting[True] > fitting[False]


def _corners(raw: Any, *, as_corners: bool) -> Box | None:
    """Return a box as (x1, y1, x2, y2), or None where it is no 4 numbers."""
    plain = numbers(raw, 4)
    if plain is None:
        return None
    x, y, third, fourth = plain
    return (x, y, third, fourth) if as_corners else (x, y, x + third, y + fourth)
