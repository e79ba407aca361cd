"""Images as arrays, whatever their source; numpy, no torch.

Axes: N images, C channels, H rows, W columns.

Every image is stored a little larger than the ``cell_size`` it will fill: ``margin`` pixels more
on each side, so that a training can shift its window while a validation takes the centre. At
256 px that is the paper's evaluation, a centre crop of 256 from 288 (§4.1).
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Labelled images.

    Attributes:
        images: (N, C, H, W), uint8; C is 1 for grey, 3 for RGB; H = W = ``stored_size``.
        labels: (N,), int64, indices into the class names.
    """

    images: UInt8Array
    labels: Int64Array

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, kw_only=True)
class Description:
    """Where images come from, for reports and model cards."""

    name: str
    licence: str
    origin: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageData:
    """Training and validation images of one source at one size.

    Attributes:
        class_names: one name for each label.
        cell_size: side in pixels of the square an image fills in a canvas.
        min_crop: side of the smallest random crop divided by ``cell_size``; 1 shifts only.
    """

    train: Split
    val: Split
    class_names: tuple[str, ...]
    cell_size: int
    min_crop: float
    description: Description
    fingerprint: str

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)


def margin(cell_size: int) -> int:
    """Return the spare pixels on each side of a stored image: a sixteenth of the cell."""
    return max(1, cell_size // 16)


def stored_size(cell_size: int) -> int:
    """Return the side in pixels at which an image for a cell is stored."""
    return cell_size + 2 * margin(cell_size)


def fingerprint(class_names: tuple[str, ...], *splits: Split) -> str:
    """Return sixteen hexadecimal digits that depend on every pixel, label and class name."""
    digest = hashlib.sha256("\n".join(class_names).encode())
    for split in splits:
        digest.update(str(split.images.shape).encode())
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(np.ascontiguousarray(split.labels).data)
    return digest.hexdigest()[:16]
