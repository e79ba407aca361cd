"""Image files of any common kind, decoded to RGB squares.

Axes: N images, C channels, H rows, W columns.
"""

import io
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from nasbench_mvit.errors import DataError
from nasbench_mvit.io.system.machine import usable_cores
from nasbench_mvit.training.images.arrays import UInt8Array, check_memory, stored_size

RGB = 3
SIXTEEN_TO_EIGHT_BIT = 257  # 65535 / 255
WHITE = (255, 255, 255, 255)
IN_FLIGHT = 256  # encoded images held in memory at once
# What Pillow raises for damaged files differs by format.
UNREADABLE = (
    ArithmeticError,
    EOFError,
    Image.DecompressionBombError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
UPRIGHT = {  # how to undo each orientation of the EXIF standard; 1 is upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

SIDEWAYS = (5, 6, 7, 8)  # those that swap width and height


@dataclass(frozen=True)
class Encoded:
    """An encoded image and what to call it in a message."""

    name: str
    content: Path | bytes


def decode_all(images: Iterable[Encoded], count: int, *, origin: str, cell_size: int) -> UInt8Array:
    """Return ``count`` images as (N, 3, H, W) for cells of ``cell_size``, each read once.

    Raises:
        DataError: an image is broken, or all together take too much memory.
    """
    side = stored_size(cell_size)
    shape = (count, RGB, side, side)
    check_memory(shape, origin=origin)
    images_NCHW = np.empty(shape, np.uint8)
    waiting, index = iter(images), 0
    with ThreadPoolExecutor(usable_cores()) as threads:
        while batch := list(islice(waiting, IN_FLIGHT)):
            for image_CHW in threads.map(partial(decode, side=side), batch):
                images_NCHW[index] = image_CHW
                index += 1
    return images_NCHW


def decode(image: Encoded, side: int) -> UInt8Array:
    """Return an image as (3, side, side): upright, short side scaled to ``side``, centre kept.

    Grey, palette and CMYK become RGB, 16 bits become 8, and what is transparent shows white.

    Raises:
        DataError: it is no image, or a broken one.
    """
    with _named(image):
        rgb = _read(image, draft=side)
        fitted = ImageOps.fit(rgb, (side, side), Image.Resampling.BILINEAR)
    return np.asarray(fitted).transpose(2, 0, 1)


def decode_whole(image: Encoded) -> Image.Image:
    """Return an image whole, likewise upright and RGB.

    Raises:
        DataError: it is no image, or a broken one.
    """
    with _named(image):
        return _read(image)


def picture_size(image: Encoded) -> tuple[int, int]:
    """Return the width and height that an image has upright, from its header.

    Raises:
        DataError: it is no image.
    """
    with _named(image):
        content = image.content
        with Image.open(io.BytesIO(content) if isinstance(content, bytes) else content) as opened:
            width, height = opened.size
            try:
                orientation = opened.getexif().get(ExifTags.Base.Orientation)
            except UNREADABLE:
                orientation = None
            is_turned = orientation in SIDEWAYS and opened.format != "TIFF"  # its size is upright
    return (height, width) if is_turned else (width, height)


@contextmanager
def _named(image: Encoded) -> Iterator[None]:
    """Turn what Pillow raises into a message that names the image."""
    try:
        yield
    except UNREADABLE as problem:
        unidentified = isinstance(problem, UnidentifiedImageError)
        reason = "its format is unknown" if unidentified else problem
        raise DataError(
            f"{image.name} cannot be read as an image: {reason}. Replace or remove it."
        ) from None


def _read(image: Encoded, draft: int | None = None) -> Image.Image:
    content = image.content
    with Image.open(io.BytesIO(content) if isinstance(content, bytes) else content) as opened:
        if draft is not None:
            opened.draft("RGB", (draft, draft))  # JPEG decodes straight to a smaller size
        return _on_white(_to_eight_bit(_upright(opened)))


def _upright(image: Image.Image) -> Image.Image:
    """Turn a photograph the way its EXIF data say, unless these are damaged.

    ``ImageOps.exif_transpose`` also writes all EXIF data anew, which fails on damaged ones.
    """
    image.load()  # a PNG may have them after the pixels
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except UNREADABLE:
        orientation = None
    method = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return image if method is None else image.transpose(method)


def _to_eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey, which Pillow would otherwise clip to white."""
    if image.mode == "F":
        raise ValueError("floating-point pixels do not say what is white; save it as 8-bit")
    if not image.mode.startswith("I"):
        return image
    values = np.asarray(image, np.float32) / SIXTEEN_TO_EIGHT_BIT
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    """Return the image in RGB; transparent pixels may hide any colour, so they are filled."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, WHITE), rgba).convert("RGB")
