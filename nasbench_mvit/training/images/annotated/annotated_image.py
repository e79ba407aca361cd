"""AnnotatedImage: pixels with boxes or a mask of classes, and sets of them; numpy, no torch.

Axes: N objects of an image, C channels, H rows, W columns. Boxes are (x1, y1, x2, y2) in pixels of
their image, which spans x from 0 to its width.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from nasbench_mvit.models.weights.split_record import ImageKey
from nasbench_mvit.training.images.arrays import (
    BoolArray,
    DatasetDescription,
    Int64Array,
    UInt8Array,
)
from nasbench_mvit.training.images.keys import Keyed

Float32Array = npt.NDArray[np.float32]
AnnotatedTask = Literal["detection", "segmentation"]

IGNORED = 255  # in a mask: a pixel that is neither trained on nor scored, as borders are in VOC
BACKGROUND = "background"


def _no_boxes() -> Float32Array:
    return np.zeros((0, 4), np.float32)


def _no_labels() -> Int64Array:
    return np.zeros(0, np.int64)


def _none_ignored() -> BoolArray:
    return np.zeros(0, np.bool_)


@dataclass(frozen=True, kw_only=True, eq=False)
class Objects:
    """The objects of an image, none by default.

    Attributes:
        boxes: (N, 4), float32: x1, y1, x2, y2 in pixels.
        labels: (N,), int64, indices into the names of the classes, which have no background.
        ignored: (N,); boxes that are neither trained on nor count as missed: COCO's crowds, VOC's
            difficult objects.
    """

    boxes: Float32Array = field(default_factory=_no_boxes)
    labels: Int64Array = field(default_factory=_no_labels)
    ignored: BoolArray = field(default_factory=_none_ignored)

    def __len__(self) -> int:
        return len(self.labels)

    def chosen(self, chosen_N: BoolArray) -> "Objects":
        """Return some of the objects."""
        return Objects(
            boxes=self.boxes[chosen_N],
            labels=self.labels[chosen_N],
            ignored=self.ignored[chosen_N],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class AnnotatedImage:
    """An image and what is on it.

    Attributes:
        image: (H, W, 3), RGB, uint8.
        objects: the boxes, where the task is detection.
        mask: (H, W), uint8, the class of each pixel, 255 where it is ignored; None where the task
            is detection. Class 0 is the background, unless the source has none.
    """

    image: UInt8Array
    objects: Objects = field(default_factory=Objects)
    mask: UInt8Array | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width, _ = self.image.shape
        return width, height

    @property
    def picture(self) -> Image.Image:
        """The image, for Pillow."""
        return Image.fromarray(self.image)


class AnnotatedImages(Keyed):
    """Annotated images, made or read one by one; processes that decode may each hold them."""

    @abstractmethod
    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return one, upright and RGB.

        Raises:
            DataError: it cannot be read.
        """

    def __iter__(self) -> Iterator[AnnotatedImage]:
        """Yield each once."""
        return (self[index] for index in range(len(self)))


class ChosenImages(AnnotatedImages):
    """Some of other images."""

    def __init__(self, whole: AnnotatedImages, chosen_N: BoolArray) -> None:
        """Choose from ``whole``, in its order."""
        self._whole = whole
        self._rows = np.flatnonzero(chosen_N)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return a chosen image."""
        return self._whole[int(self._rows[index])]

    def key(self, index: int) -> ImageKey:
        """Return its key."""
        return self._whole.key(int(self._rows[index]))


class JoinedImages(AnnotatedImages):
    """The images of two sets, one after the other."""

    def __init__(self, first: AnnotatedImages, second: AnnotatedImages) -> None:
        """Join them."""
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return an image of either set."""
        images, place = self._found(index)
        return images[place]

    def key(self, index: int) -> ImageKey:
        """Return its key there."""
        images, place = self._found(index)
        return images.key(place)

    def _found(self, index: int) -> tuple[AnnotatedImages, int]:
        count = len(self._first)
        return (self._first, index) if index < count else (self._second, index - count)


class RelabelledImages(AnnotatedImages):
    """Images whose classes have other numbers."""

    def __init__(self, whole: AnnotatedImages, number_of: Int64Array) -> None:
        """Give class k of ``whole`` the number ``number_of[k]``, in masks below 255."""
        self._whole, self._number_of = whole, number_of

    def __len__(self) -> int:
        return len(self._whole)

    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return an image with its new classes."""
        found, mask = self._whole[index], None
        if found.mask is not None:
            value_of = np.full(IGNORED + 1, IGNORED, np.uint8)
            value_of[: len(self._number_of)] = self._number_of
            mask = value_of[found.mask]
        objects = replace(found.objects, labels=self._number_of[found.objects.labels])
        return replace(found, objects=objects, mask=mask)

    def key(self, index: int) -> ImageKey:
        """Return its key."""
        return self._whole.key(index)


@dataclass(frozen=True, kw_only=True, eq=False)
class AnnotatedData:
    """Training and validation images of one source.

    Attributes:
        class_names: of detection, one for each label; of segmentation, one for each value of a
            mask, so that ``len(class_names)`` is the ``num_classes`` of a network in both.
        fingerprint: changes with the annotations and the names of the files.
        notes: lines for a person, on what was taken and what was left out.
        val_is_drawn: whether the seed drew the validation images.
        seen: contents of images, here or not, that the initial weights were trained on.
        num_val_seen: validation images among them.
    """

    task: AnnotatedTask
    train: AnnotatedImages
    val: AnnotatedImages
    class_names: tuple[str, ...]
    description: DatasetDescription
    fingerprint: str
    notes: tuple[str, ...] = ()
    val_is_drawn: bool = False
    seen: frozenset[bytes] = frozenset()
    num_val_seen: int = 0
