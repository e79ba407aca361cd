"""Which columns of a Hugging Face set hold images, and boxes or masks of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.io.text_files import normalised

if TYPE_CHECKING:
    from datasets import Dataset

BOXES = ("bbox", "bboxes", "box", "boxes")
KINDS = ("category", "categories", "category_id", "label", "labels", "class", "classes")
MASKS = ("annotation", "label", "labels", "mask", "masks", "segmentation", "semantic_mask")

Objects = list[list[tuple[Any, Any]]]  # the box and the class of each object of each row


@dataclass(frozen=True, kw_only=True)
class BoxColumns:
    """Where a set has its images and objects.

    Attributes:
        image: the column of images.
        objects: the column of objects, whose fields ``box`` and ``kind`` hold boxes and classes.
        names: of the classes; None where a class is its name.
    """

    image: str
    objects: str
    box: str
    kind: str
    names: tuple[str, ...] | None

    def rows(self, dataset: "Dataset") -> Objects:
        """Return the objects of each row."""
        rows = dataset.select_columns([self.objects])[:][self.objects]
        return [self._pairs(row) for row in rows]

    def _pairs(self, row: Any) -> list[tuple[Any, Any]]:
        """Return the objects of a row, which is a list of objects or an object of lists."""
        if isinstance(row, dict):
            boxes, kinds = row[self.box] or [], row[self.kind] or []
            missing = [None] * abs(len(boxes) - len(kinds))
            return list(zip([*boxes, *missing], [*kinds, *missing], strict=False))
        return [(found[self.box], found[self.kind]) for found in row or []]

    def class_names(self, rows: Objects) -> tuple[str, ...]:
        """Return the names of the classes, sorted where they are not numbered."""
        if self.names is not None:
            return self.names
        kinds = {kind for row in rows for _, kind in row if isinstance(kind, str)}
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
            if box and kind:
                found.append((column, box, kind, _plain(fields[kind])))
    images = _image_columns(dataset)
    if len(found) != 1 or len(images) != 1:
        raise DataError(
            f"{name} must have one column of images and one of objects with fields such as "
            f"{BOXES[0]} and {KINDS[0]}; it has {_columns(dataset)}. Rename or remove columns, "
            "save_to_disk and give that folder."
        )
    column, box, kind, feature = found[0]
    names = getattr(feature, "names", None)
    if names is None and getattr(feature, "dtype", "") not in ("string", "large_string"):
        raise DataError(
            f"{name} does not name the classes of '{column}.{kind}'. Cast that field to ClassLabel "
            "(cast), save_to_disk and give that folder."
        )
    named = None if names is None else tuple(map(normalised, names))
    return BoxColumns(image=images[0], objects=column, box=box, kind=kind, names=named)


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
