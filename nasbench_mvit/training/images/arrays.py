"""Images as arrays, whatever their source; numpy, no torch.

Axes: N images, C channels, H rows, W columns.

Every image is stored a little larger than the ``cell_size`` it will fill: ``margin`` pixels more
on each side, so that a training can shift its window while a validation takes the centre. At
256 px that is the paper's evaluation, a centre crop of 256 from 288 (§4.1).
"""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasbench_mvit.errors import DataError

UInt8Array = npt.NDArray[np.uint8]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MAX_DECODED_BYTES = 4 * 2**30
SHIFTS_ONLY = 1.0
# The usual 0.08 of the area suits the 375,000 updates of MobileViT's authors. In a proxy's 112,
# on Fashion-MNIST at 64 px, it cost XXS 5 points (three seeds) and S 11 (one) against 0.35.
RANDOM_CROPS = 0.35


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
class DatasetDescription:
    """The name, licence and origin of images, for reports and model cards."""

    name: str
    licence: str
    origin: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageData:
    """Training and validation images of one source at one size.

    Attributes:
        class_names: one name for each label.
        cell_size: side in pixels of the square an image fills in a canvas.
        notes: lines for a person, on what was taken as images and classes and what was left out.
        val_is_drawn: whether the seed drew the validation images, rather than the source setting
            them apart.
        min_crop: smallest share of a training image's area that a random resized crop keeps; 1
            only shifts the window within the margin.
    """

    train: Split
    val: Split
    class_names: tuple[str, ...]
    cell_size: int
    min_crop: float
    description: DatasetDescription
    fingerprint: str
    notes: tuple[str, ...] = ()
    val_is_drawn: bool = False

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)


def count_repeated(train: Split, val: Split) -> int:
    """Return the number of ``val``'s images that are, pixel by pixel, also in ``train``.

    Such an image can be memorised, so the score on it says nothing of new images.
    """
    seen = {_digest(image) for image in train.images}
    return sum(_digest(image) in seen for image in val.images)


def _digest(image: UInt8Array) -> bytes:
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()


def margin(cell_size: int) -> int:
    """Return the spare pixels on each side of a stored image: a sixteenth of the cell."""
    return max(1, cell_size // 16)


def stored_size(cell_size: int) -> int:
    """Return the side in pixels at which an image for a cell is stored."""
    return cell_size + 2 * margin(cell_size)


def held_out(labels_N: Int64Array, *, share: float, seed: int) -> BoolArray:
    """Return the mask of validation images: ``share`` of each class, at least one, by ``seed``."""
    rng = np.random.default_rng(seed)
    validates_N = np.zeros(len(labels_N), bool)
    for label in np.unique(labels_N):
        members = np.flatnonzero(labels_N == label)
        num_val = max(1, round(share * len(members)))
        validates_N[members[rng.permutation(len(members))[:num_val]]] = True
    return validates_N


def check_memory(shape: tuple[int, int, int, int], *, origin: str) -> None:
    """Refuse images of ``shape`` (N, C, H, W) that take more memory than a process may hold.

    Raises:
        DataError: they do.
    """
    num_images, _, side, _ = shape
    needed = math.prod(shape)
    if needed > MAX_DECODED_BYTES:
        raise DataError(
            f"{origin}: {num_images} images of {side} px take {needed / 2**30:.1f} GiB "
            f"decoded, at most {MAX_DECODED_BYTES / 2**30:.0f} GiB are held. Search on fewer "
            "images or a smaller input_size."
        )


def fingerprint(class_names: tuple[str, ...], *splits: Split) -> str:
    """Return sixteen hexadecimal digits that depend on every pixel, label and class name."""
    digest = hashlib.sha256("\n".join(class_names).encode())
    for split in splits:
        digest.update(str(split.images.shape).encode())
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(np.ascontiguousarray(split.labels).data)
    return digest.hexdigest()[:16]
