"""Masks of classes in image files: read, and surveyed before a training.

Axes: H rows, W columns.
"""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from nasbench_mvit.errors import DataError, listed
from nasbench_mvit.training.images.annotated.annotated_image import IGNORED
from nasbench_mvit.training.images.annotated.problems import Problems
from nasbench_mvit.training.images.annotated.sizes import READERS
from nasbench_mvit.training.images.arrays import UInt8Array
from nasbench_mvit.training.images.decode import UNREADABLE, Encoded

MODES = ("P", "L", "1")  # what a pixel holds is its class


def read_mask(mask: Encoded) -> UInt8Array:
    """Return the classes (H, W) of a palette or grey image.

    Raises:
        DataError: it is no such image.
    """
    content = mask.content
    try:
        with Image.open(io.BytesIO(content) if isinstance(content, bytes) else content) as opened:
            opened.load()
            if opened.mode in MODES:
                return np.asarray(opened).astype(np.uint8)
            mode = opened.mode
    except UNREADABLE as problem:
        raise DataError(f"{mask.name} cannot be read as a mask: {problem}. Replace it.") from None
    raise DataError(
        f"{mask.name} has pixels of mode {mode}, where a mask has one number of 8 bits, its class. "
        "Save it as a palette or grey PNG."
    )


Surveyed = tuple[str, Encoded, tuple[int, int]]


class MaskSurvey:
    """Looks at every mask once.

    Attributes:
        values: the classes found, 255 among them.
    """

    def __init__(self, problems: Problems, num_classes: int | None) -> None:
        """Take what notes the problems, and the number of classes where it is known."""
        self.values: set[int] = set()
        self._problems = problems
        self._num_classes = num_classes

    def check_all(self, masks: Sequence[Surveyed]) -> None:
        """Check the masks of images.

        Args:
            masks: the name of each record, its mask, and the width and height of its image; (0, 0)
                where that has none.
        """
        with ThreadPoolExecutor(READERS) as readers:
            found = readers.map(_look, (mask for _, mask, _ in masks))
            for (record, _, size), (fault, own_size, values) in zip(masks, found, strict=True):
                self._check(record, size, fault, own_size, values)

    def _check(
        self,
        record: str,
        size: tuple[int, int],
        fault: str,
        own_size: tuple[int, int],
        values: frozenset[int],
    ) -> None:
        unknown = sorted(values - {IGNORED} - set(range(self._num_classes or IGNORED)))
        if fault:
            self._problems.add(record, fault)
        elif size not in ((0, 0), own_size):
            self._problems.add(
                record,
                f"is a mask of {own_size[0]}×{own_size[1]} px, its image has {size[0]}×{size[1]}",
            )
        elif unknown:
            self._problems.add(
                record,
                f"has pixels of {listed(unknown)}, where classes are 0 to "
                f"{(self._num_classes or IGNORED) - 1} and {IGNORED} is ignored",
            )
        self.values |= values

    def finish(self, *, has_background: bool) -> None:
        """Note if no mask has a class, after the last one was checked."""
        if not self.values - {IGNORED} - ({0} if has_background else set()):
            self._problems.add(
                "every mask",
                f"has pixels of {listed(sorted(self.values)) or 'no value'} alone, which are no "
                f"class: {'0 is the background, ' if has_background else ''}{IGNORED} is ignored",
            )


def _look(mask: Encoded) -> tuple[str, tuple[int, int], frozenset[int]]:
    """Return the fault of a mask (empty without one), its width and height, and its values."""
    try:
        mask_HW = read_mask(mask)
    except DataError as problem:
        return str(problem).removeprefix(f"{mask.name} "), (0, 0), frozenset()
    height, width = mask_HW.shape
    counts = np.bincount(mask_HW.ravel(), minlength=256)
    return "", (width, height), frozenset(np.flatnonzero(counts).tolist())
