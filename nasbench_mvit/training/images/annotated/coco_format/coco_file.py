"""The records of a COCO annotation file, checked one by one."""

import json
from collections import defaultdict
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nasbench_mvit.errors import DataError
from nasbench_mvit.io.text_files import normalised, read_text
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedTask
from nasbench_mvit.training.images.annotated.boxes import Box, numbers
from nasbench_mvit.training.images.annotated.problems import Problems

FORMAT = "https://cocodataset.org/#format-data"
LISTS = ("images", "annotations", "categories")
MIN_POLYGON = 6  # numbers: three corners


Record = dict[str, Any]


class ImageRecord(NamedTuple):
    """An image: its place in the file, id, file name, and width and height in pixels."""

    place: str
    id: Hashable
    file: str
    size: tuple[int, int]


class Annotation(NamedTuple):
    """An object: its place in the file, class, and box or region.

    Attributes:
        corners: (x1, y1, x2, y2) in pixels.
        segmentation: polygons, or a run-length code; None where the task is detection.
    """

    name: str
    category: int
    is_crowd: bool
    corners: Box
    segmentation: Any


class CocoFile(NamedTuple):
    """The records that break no rule.

    Attributes:
        categories: names by id, sorted by id.
        annotations: those of each image, by its id.
    """

    images: list[ImageRecord]
    categories: dict[int, str]
    annotations: Mapping[Hashable, list[Annotation]]


def read_coco(path: Path, task: AnnotatedTask, problems: Problems) -> CocoFile:
    """Return the records of a file; those that break a rule are left out and noted.

    Raises:
        DataError: it is no file of that format.
    """
    try:
        content = json.loads(read_text(path))
    except OSError as problem:
        raise DataError(f"{path} cannot be read: {problem.strerror}. Give one that can.") from None
    except (ValueError, RecursionError) as problem:
        raise DataError(f"{path} is not valid JSON: {problem}. Export it again.") from None
    lacking = [
        field
        for field in LISTS
        if not isinstance(content, dict)
        or not isinstance(content.get(field), list)
        or not all(isinstance(record, dict) for record in content[field])
    ]
    if lacking:
        raise DataError(
            f"{path} is no annotation file of COCO's format ({FORMAT}): it needs lists of objects "
            f"called {', '.join(LISTS)}; {', '.join(lacking)} is missing or something else."
        )
    categories = _categories(content["categories"], problems)
    images = _images(content["images"], problems)
    annotations = _Annotations(task, categories, {image.id for image in images}, problems)
    for index, record in enumerate(content["annotations"]):
        annotations.take(index, record)
    return CocoFile(images, categories, annotations.by_image)


def _categories(records: list[Record], problems: Problems) -> dict[int, str]:
    found: dict[int, str] = {}
    for index, record in enumerate(records):
        number, name = _fields(record, "id", "name")
        place = f"categories[{index}]"
        if not _is_int(number):
            problems.add(f"{place} id", f"must be a whole number, got {number!r}")
        elif not isinstance(name, str) or not name.strip():
            problems.add(f"{place} name", f"must be text, got {name!r}")
        elif number in found:
            problems.add(f"{place} id", f"{number} is repeated")
        elif normalised(name) in found.values():
            problems.add(f"{place} name", f"'{name}' is repeated")
        else:
            found[number] = normalised(name)
    if not records:
        problems.add("categories", "is empty")
    return dict(sorted(found.items()))


def _images(records: list[Record], problems: Problems) -> list[ImageRecord]:
    found: list[ImageRecord] = []
    ids: set[Hashable] = set()
    files: set[str] = set()
    for index, record in enumerate(records):
        number, file, width, height = _fields(record, "id", "file_name", "width", "height")
        place = f"images[{index}]"
        if not _is_int(number) and not isinstance(number, str):
            problems.add(f"{place} id", f"must be a whole number, got {number!r}")
        elif number in ids:
            problems.add(f"{place} id", f"{number} is repeated")
        elif not isinstance(file, str) or not file:
            problems.add(f"{place} file_name", f"must be text, got {file!r}")
        elif file in files:
            problems.add(f"{place} file_name", f"'{file}' is repeated")
        elif not all(_is_int(side) and side > 0 for side in (width, height)):
            rule = f"must be whole numbers above 0, got {width!r}, {height!r}"
            problems.add(f"{place} width, height", rule)
        else:
            found.append(ImageRecord(place, number, file, (width, height)))
            ids.add(number)
            files.add(file)
    if not records:
        problems.add("images", "is empty")
    return found


class _Annotations:
    """Takes the annotations of a file one by one."""

    def __init__(
        self,
        task: AnnotatedTask,
        categories: Mapping[int, str],
        images: set[Hashable],
        problems: Problems,
    ) -> None:
        self.by_image: dict[Hashable, list[Annotation]] = defaultdict(list)
        self._task = task
        self._categories = categories
        self._images = images
        self._problems = problems
        self._ids: set[Hashable] = set()

    def take(self, index: int, record: Record) -> None:
        """Keep an annotation, or note what is wrong with it."""
        number, image, category = _fields(record, "id", "image_id", "category_id")
        name = f"annotations[{index}]" + (f" (id {number})" if number is not None else "")
        if fault := self._fault(number, image, category, record.get("iscrowd", 0)):
            self._problems.add(name, fault)
            return
        if number is not None:
            self._ids.add(number)
        box, region = (0.0, 0.0, 0.0, 0.0), None
        if self._task == "detection":
            plain = numbers(record.get("bbox"), 4)
            if plain is None:
                rule = "must be 4 numbers (x, y, width, height)"
                self._problems.add(f"{name} bbox", f"{rule}, got {record.get('bbox')!r:.80}")
                return
            x, y, width, height = plain
            box = (x, y, x + width, y + height)
        else:
            region = record.get("segmentation")
            if rule := _region_fault(region):
                self._problems.add(f"{name} segmentation", rule)
                return
        crowd = bool(record.get("iscrowd", 0))
        self.by_image[image].append(Annotation(name, category, crowd, box, region))

    def _fault(self, number: Any, image: Any, category: Any, crowd: Any) -> str:
        """Return the rule that the ids of an annotation break, "" if none."""
        if number is not None and not isinstance(number, int | str):
            return f"has the id {number!r:.80}, which is no whole number"
        if number in self._ids:
            return "has an id that is repeated"
        if not isinstance(image, int | str) or image not in self._images:
            return f"has the image_id {image!r:.80}, which no usable image has"
        if not _is_int(category) or category not in self._categories:
            return f"has the category_id {category!r:.80}, which no category has"
        return "" if crowd in (0, 1) else f"has iscrowd {crowd!r:.80}, which is neither 0 nor 1"


def _region_fault(region: Any) -> str:
    """Return the rule that a segmentation breaks, "" if none that is known without its image."""
    if isinstance(region, dict):
        return "" if {"size", "counts"} <= region.keys() else "needs size and counts"
    if not isinstance(region, list) or not region:
        return f"must be polygons or a run-length code, got {region!r:.80}"
    for polygon in region:
        if not isinstance(polygon, list) or len(polygon) < MIN_POLYGON or len(polygon) % 2:
            return "needs polygons of 3 corners or more, each as x1, y1, x2, y2, x3, y3, …"
        if numbers(polygon, len(polygon)) is None:
            return "has a corner that is no number"
    return ""


def _fields(record: Record, *keys: str) -> list[Any]:
    """Return fields of a record, None for each that it lacks."""
    return [record.get(key) for key in keys]


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
