"""The rules of boxes, whatever file they come from, and the boxes of many images in few arrays.

Axes: N objects of an image, M objects of all images, I images.
"""

import math
from collections.abc import Sequence

import numpy as np

from nasbench_mvit.training.images.annotated.annotated_image import Objects
from nasbench_mvit.training.images.annotated.problems import Problems
from nasbench_mvit.training.images.arrays import BoolArray, Int64Array

Box = tuple[float, float, float, float]

TOLERANCE_PX = 1.0  # COCO's boxes are rounded, and some tools count pixels from 0 in VOC's files
MAX_EMPTY_SHARE = 1e-3  # COCO's own training set has 2 boxes without area among 860,001


def numbers(values: object, count: int) -> tuple[float, ...] | None:
    """Return ``count`` finite numbers of a list, or None where it is none."""
    if not isinstance(values, list | tuple | np.ndarray) or len(values) != count:
        return None
    plain = [
        float(value)
        for value in values
        if isinstance(value, int | float | np.number) and not isinstance(value, bool)
    ]
    return tuple(plain) if len(plain) == count and all(map(math.isfinite, plain)) else None


class BoxChecker:
    """Checks and collects the boxes of one source.

    Attributes:
        problems: takes the boxes that break a rule.
        num_empty: boxes without area, which are left out.
    """

    def __init__(self, problems: Problems) -> None:
        """Start with no box."""
        self.problems = problems
        self.num_empty = 0
        self._num_boxes = 0
        self._largest = 0.0
        self._first_empty: tuple[str, str] | None = None

    def check(self, box: Box, size: tuple[int, int], record: str) -> Box | None:
        """Return (x1, y1, x2, y2) clipped to its image, or None where it cannot be used.

        Args:
            box: the corners in pixels.
            size: width and height of the image.
            record: its place in its file, for a message.
        """
        width, height = size
        x1, y1, x2, y2 = box
        self._num_boxes += 1
        self._largest = max(self._largest, *box)
        shown = f"({x1:g}, {y1:g}) to ({x2:g}, {y2:g})"
        if x2 < x1 or y2 < y1:
            self.problems.add(record, f"is a box of negative size, {shown}")
        elif min(x1, y1) < -TOLERANCE_PX or x2 > width + TOLERANCE_PX or y2 > height + TOLERANCE_PX:
            self.problems.add(record, f"is a box, {shown}, outside its image of {width}×{height}")
        else:
            x1, x2 = (min(max(x, 0.0), width) for x in (x1, x2))
            y1, y2 = (min(max(y, 0.0), height) for y in (y1, y2))
            if x1 < x2 and y1 < y2:
                return x1, y1, x2, y2
            self.num_empty += 1
            self._first_empty = self._first_empty or (record, f"is a box without area, {shown}")
        return None

    def finish(self) -> tuple[str, ...]:
        """Return the notes on boxes left out, after the last one was checked.

        Boxes without area are a problem, but for a few in a large set.
        """
        if self._num_boxes and self._largest <= 1:
            self.problems.add("every box", "lies within 1 px: boxes are in pixels, not in shares")
        if self._first_empty is None:
            return ()
        record, rule = self._first_empty
        if self.num_empty > MAX_EMPTY_SHARE * self._num_boxes:
            more = f" ({self.num_empty:,} such boxes)" if self.num_empty > 1 else ""
            self.problems.add(record, f"{rule}{more}")
            return ()
        return (f"left out: boxes without area ({self.num_empty:,}); the first: {record} {rule}",)


class PackedObjects:
    """The objects of I images, in arrays that processes share."""

    def __init__(self, per_image: Sequence[Sequence[tuple[Box, int, bool]]]) -> None:
        """Take the box, the label and whether it is ignored, of each object of each image."""
        flat = [entry for entries in per_image for entry in entries]
        self._ends_I = np.cumsum([len(entries) for entries in per_image], dtype=np.int64)
        self._all = Objects(
            boxes=np.array([box for box, _, _ in flat], np.float32).reshape(-1, 4),
            labels=np.array([label for _, label, _ in flat], np.int64),
            ignored=np.array([ignored for _, _, ignored in flat], np.bool_),
        )

    def __len__(self) -> int:
        return len(self._ends_I)

    def __getitem__(self, index: int) -> Objects:
        """Return the objects of an image."""
        start = int(self._ends_I[index - 1]) if index else 0
        rows = slice(start, int(self._ends_I[index]))
        whole = self._all
        return Objects(
            boxes=whole.boxes[rows],
            labels=whole.labels[rows],
            ignored=whole.ignored[rows],
        )

    def counts(self, num_classes: int) -> Int64Array:
        """Return the number of objects of each class that are not ignored."""
        usable_M: BoolArray = ~self._all.ignored
        return np.bincount(self._all.labels[usable_M], minlength=num_classes)

    def content(self) -> bytes:
        """Return bytes that change with any box or label."""
        whole = self._all
        arrays = (self._ends_I, whole.boxes, whole.labels, whole.ignored)
        return b"".join(array.tobytes() for array in arrays)
