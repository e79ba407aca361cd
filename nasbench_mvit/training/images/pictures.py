"""Images one by one, at full size, for trainings on more of them than fit into memory; no torch."""

import os
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from nasbench_mvit.models.weights.split_record import ImageKey
from nasbench_mvit.training.images.arrays import BoolArray, Int64Array, Split
from nasbench_mvit.training.images.decode import Encoded, decode_whole
from nasbench_mvit.training.images.keys import Keyed, content_key, file_key


class Pictures(Keyed):
    """Labelled images.

    Attributes:
        labels: (N,), int64, indices into the class names.
    """

    labels: Int64Array

    @abstractmethod
    def picture(self, index: int) -> Image.Image:
        """Return an image, upright and RGB.

        Raises:
            DataError: it cannot be read.
        """

    def __len__(self) -> int:
        return len(self.labels)


class FilePictures(Pictures):
    """Images in files."""

    def __init__(self, root: Path, files: Sequence[tuple[str, int]]) -> None:
        """Take files relative to ``root``, with their labels."""
        self._root = root
        # One array, so that the processes that read images share its memory.
        self._files: npt.NDArray[np.bytes_] = np.array([os.fsencode(file) for file, _ in files])
        self.labels = np.array([label for _, label in files], np.int64)

    def picture(self, index: int) -> Image.Image:
        """Return the image in a file."""
        path = self._path(index)
        return decode_whole(Encoded(str(path), path))

    def key(self, index: int) -> ImageKey:
        """Return the key of a file's content and its place in its class."""
        return file_key(self._path(index))

    def _path(self, index: int) -> Path:
        return self._root / os.fsdecode(bytes(self._files[index]))


class ArrayPictures(Pictures):
    """Images in memory."""

    def __init__(self, split: Split) -> None:
        """Take a split, grey or RGB."""
        self._images_NCHW = split.images
        self.labels = split.labels

    def picture(self, index: int) -> Image.Image:
        """Return the image of a row."""
        image_HWC = self._images_NCHW[index].transpose(1, 2, 0)
        return Image.fromarray(image_HWC.squeeze()).convert("RGB")

    def key(self, index: int) -> ImageKey:
        """Return the key of a row's pixels, which have no name."""
        return content_key(self._images_NCHW[index].tobytes())


class JoinedPictures(Pictures):
    """The images of two splits, one after the other."""

    def __init__(self, first: Pictures, second: Pictures) -> None:
        """Join them."""
        self._first, self._second = first, second
        self.labels = np.concatenate([first.labels, second.labels])

    def picture(self, index: int) -> Image.Image:
        """Return the image of the split that has it."""
        return self._part(index).picture(self._within(index))

    def key(self, index: int) -> ImageKey:
        """Return its key there."""
        return self._part(index).key(self._within(index))

    def _part(self, index: int) -> Pictures:
        return self._first if index < len(self._first) else self._second

    def _within(self, index: int) -> int:
        return index if index < len(self._first) else index - len(self._first)


class ChosenPictures(Pictures):
    """Some of other images."""

    def __init__(self, whole: Pictures, chosen_N: BoolArray) -> None:
        """Choose from ``whole``, in its order."""
        self._whole = whole
        self._rows = np.flatnonzero(chosen_N)
        self.labels = whole.labels[self._rows]

    def picture(self, index: int) -> Image.Image:
        """Return a chosen image."""
        return self._whole.picture(int(self._rows[index]))

    def key(self, index: int) -> ImageKey:
        """Return its key."""
        return self._whole.key(int(self._rows[index]))
