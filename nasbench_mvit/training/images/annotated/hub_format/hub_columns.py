"""Which columns of a Hugging Face set hold images, and boxes or masks of them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.io.text_files import normalised

if TYPE_CHECKING:
    from datasets import Dataset

BOXES = ("bbox", "bboxes", "box", "boxes")
KINDS = ("category", "categories", "category_id", "label", "labels", "class", "classes")
CROWDS = ("iscrowd", "is_crowd", "crowd", "difficult", "ignore")
ID, IMAGE_ID = "id", "image_id"
MASKS = ("annotation", "label", "labels", "mask", "masks", "segmentation", "semantic_mask")


class RawObject(NamedTuple):
    """An object of a row as the set has it."""

    box: Any
    kind: Any
    crowd: Any
    id: Any


Objects = list[list[RawObject]]  # those of each row


@dataclass(frozen=True, kw_only=True)
class BoxColumns:
    """Where a set has its images and objects.

    Attributes:
        image: the column of images.
        objects: the column of objects, whose fields ``box`` and ``kind`` hold boxes and classes.
        crowd: the field that marks crowds; None without one.
        id: the field with an object's id; None without one.
        names: of the classes; None where a class is its name.
    """

    image: str
    objects: str
    box: str
    kind: str
    crowd: str | None
    id: str | None
    names: tuple[str, ...] | None

    def rows(self, dataset: "Dataset") -> Objects:
        """Return the objects of each row."""
        rows = dataset.select_columns([self.objects])[:][self.objects]
        return [self._objects(row) for row in rows]

    def _objects(self, row: Any) -> list[RawObject]:
        """Return the objects of a row, which is a list of objects or an object of lists."""
        fields = (self.box, self.kind, self.crowd, self.id)
        if not isinstance(row, dict):
            return [
                RawObject(*(None if field is None else found[field] for field in fields))
                for found in row or []
            ]
        columns = [[] if field is None else row[field] or [] for field in fields]
        return [RawObject(*values) for values in itertools.zip_longest(*columns)]

    def class_names(self, rows: Objects) -> tuple[str, ...]:
        """Return the names of the classes, sorted where they are not numbered."""
        if self.names is not None:
            return self.names
        kinds = {found.kind for row in rows for found in row if isinstance(found.kind, str)}
        return tuple(sorted(normalised(kind) for kind in kinds))

    def label(self, kind: object, class_names: Sequence[str]) -> int | None:
        """Return the label of a class, or None where there is none."""
        if isinstance(kind, str):
            name = normalised(kind)
            return class_names.index(name) if name in class_names else None
        return kind if isinstance(kind, int) and 0 <= kind < len(class_names) else None


@dataclass(frozen=True, kw_only=True)
class MaskColumns:
    """Where a set has its images, and images of masks."""

    image: str
    mask: str


def box_columns(name: str, dataset: "Dataset") -> BoxColumns:
    """Return the columns of a set with boxes.

    Raises:
        DataError: it has none, or several, or does not name its classes.
    """
    found = []
    for column, feature in dataset.features.items():
        fields = _plain(feature)
        if isinstance(fields, dict):
            box = next((key for key in BOXES if key in fields), None)
            kind = next((key for key in KINDS if key in fields), None)
            crowd = next((key for key in CROWDS if key in fields), None)
            if box and kind:
                found.append((column, box, kind, crowd, fields))
    images = _image_columns(dataset)
    if len(found) != 1 or len(images) != 1:
        raise DataError(
            f"{name} must have one column of images and one of objects with fields such as "
            f"{BOXES[0]} and {KINDS[0]}; it has {_columns(dataset)}. Rename or remove columns, "
            "save_to_disk and give that folder."
        )
    column, box, kind, crowd, fields = found[0]
    feature, identity = _plain(fields[kind]), ID if ID in fields else None
    names = getattr(feature, "names", None)
    if names is None and getattr(feature, "dtype", "") not in ("string", "large_string"):
        raise DataError(
            f"{name} does not name the classes of '{column}.{kind}'. Cast that field to ClassLabel "
            "(cast), save_to_disk and give that folder."
        )
    named = None if names is None else tuple(map(normalised, names))
    return BoxColumns(
        image=images[0], objects=column, box=box, kind=kind, crowd=crowd, id=identity, names=named
    )


def mask_columns(name: str, dataset: "Dataset") -> MaskColumns:
    """Return the columns of a set with masks.

    Raises:
        DataError: it has none, or several.
    """
    images = _image_columns(dataset)
    masks = [column for column in images if column.lower() in MASKS]
    others = [column for column in images if column not in masks]
    if len(masks) != 1 or len(others) != 1:
        raise DataError(
            f"{name} must have one column of images and one of masks, called {listed(MASKS)}; it "
            f"has {_columns(dataset)}. Rename or remove columns, save_to_disk and give that folder."
        )
    return MaskColumns(image=others[0], mask=masks[0])


def _image_columns(dataset: "Dataset") -> list[str]:
    from datasets import Image  # noqa: PLC0415 - an extra

    return [column for column, kind in dataset.features.items() if isinstance(kind, Image)]


def _plain(feature: Any) -> Any:
    """Return a feature, or for a list the feature of what it holds."""
    while hasattr(feature, "feature"):
        feature = feature.feature
    return feature[0] if isinstance(feature, list) and feature else feature


def _columns(dataset: "Dataset") -> str:
    return listed(f"{column} ({type(kind).__name__})" for column, kind in dataset.features.items())
