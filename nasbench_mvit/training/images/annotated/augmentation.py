"""What a training makes of an annotated image: random crops, flips, colours, and its size.

Detection takes SSD's crops (arXiv 1512.02325, §2.2), segmentation a random scale and a random
window, as the authors of MobileViT did; Pillow resamples. Axes: N objects, H rows, W columns.
"""

import numpy as np
from PIL import Image, ImageEnhance

from nasbench_mvit.training.images.annotated.annotated_image import (
    IGNORED,
    AnnotatedImage,
    Float32Array,
    Objects,
)
from nasbench_mvit.training.images.arrays import BoolArray, UInt8Array

Window = tuple[int, int, int, int]  # left, top, right, bottom

OVERLAPS = (None, 0.1, 0.3, 0.5, 0.7, 0.9)  # that a crop has with a box at least; None: no crop
CROP_SIDES = (0.3, 1.0)  # of the image's
CROP_RATIOS = (0.5, 2.0)  # width over height, of the shares of the image's sides
TRIES = 40
SCALES = (0.5, 1.5)  # short side of an image to segment, over the side of its window
PADDING = 128  # grey around an image that does not fill its window
ENHANCERS = (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color)
STRENGTHS = (0.5, 1.5)


def resized(example: AnnotatedImage, size: int) -> AnnotatedImage:
    """Return an image scaled to a square of side ``size``, whatever its shape, as for scoring."""
    return _cropped(example, (0, 0, *example.size), size)


def random_view(example: AnnotatedImage, size: int, rng: np.random.Generator) -> AnnotatedImage:
    """Return a random view of side ``size`` to train on: coloured, cropped and maybe mirrored."""
    recoloured = AnnotatedImage(
        image=_recoloured(example.picture, rng), objects=example.objects, mask=example.mask
    )
    if example.mask is None:
        view = _cropped(recoloured, _window_by_overlap(recoloured, rng), size)
    else:
        view = _scaled_window(recoloured, size, rng)
    return _mirrored(view) if rng.random() < 0.5 else view


def _recoloured(picture: Image.Image, rng: np.random.Generator) -> UInt8Array:
    """Return an image whose brightness, contrast and saturation are each changed in half of all."""
    for enhancer in ENHANCERS:
        if rng.random() < 0.5:
            picture = enhancer(picture).enhance(float(rng.uniform(*STRENGTHS)))
    return np.asarray(picture)


def _window_by_overlap(example: AnnotatedImage, rng: np.random.Generator) -> Window:
    """Return a window that some box overlaps as much as is drawn; the whole where none is found."""
    width, height = example.size
    whole = (0, 0, width, height)
    boxes_N4 = example.objects.boxes
    least = OVERLAPS[int(rng.integers(len(OVERLAPS)))]
    if least is None or not len(boxes_N4):
        return whole
    for _ in range(TRIES):
        across, down = rng.uniform(*CROP_SIDES, size=2)
        if not CROP_RATIOS[0] <= across / down <= CROP_RATIOS[1]:
            continue
        wide, high = max(1, int(across * width)), max(1, int(down * height))
        left, top = int(rng.integers(width - wide + 1)), int(rng.integers(height - high + 1))
        window = (left, top, left + wide, top + high)
        if _iou(boxes_N4, window).max() >= least and _inside(boxes_N4, window).any():
            return window
    return whole


def _iou(boxes_N4: Float32Array, window: Window) -> Float32Array:
    """Return the (N,) intersections over unions of boxes and a window."""
    low_N2 = np.maximum(boxes_N4[:, :2], window[:2])
    high_N2 = np.minimum(boxes_N4[:, 2:], window[2:])
    common_N = (high_N2 - low_N2).clip(min=0).prod(1)
    area_N = (boxes_N4[:, 2:] - boxes_N4[:, :2]).prod(1)
    area = (window[2] - window[0]) * (window[3] - window[1])
    iou_N: Float32Array = common_N / (area_N + area - common_N)
    return iou_N


def _inside(boxes_N4: Float32Array, window: Window) -> BoolArray:
    """Return the (N,) boxes whose centres lie in a window."""
    centres_N2 = (boxes_N4[:, :2] + boxes_N4[:, 2:]) / 2
    inside_N2 = (centres_N2 >= window[:2]) & (centres_N2 < window[2:])
    return inside_N2[:, 0] & inside_N2[:, 1]


def _cropped(example: AnnotatedImage, window: Window, size: int) -> AnnotatedImage:
    """Return a window scaled to a square, with the objects whose centres lie in it, clipped."""
    square = (size, size)
    image = example.picture.resize(square, Image.Resampling.BILINEAR, box=window)
    mask = None
    if example.mask is not None:
        crop = Image.fromarray(example.mask).resize(square, Image.Resampling.NEAREST, box=window)
        mask = np.asarray(crop)
    objects = example.objects.chosen(_inside(example.objects.boxes, window))
    left, top, right, bottom = window
    scale = np.array([size / (right - left), size / (bottom - top)] * 2, np.float32)
    boxes_N4 = ((objects.boxes - np.array([left, top] * 2, np.float32)) * scale).clip(0, size)
    return AnnotatedImage(
        image=np.asarray(image),
        objects=Objects(boxes=boxes_N4, labels=objects.labels, ignored=objects.ignored),
        mask=mask,
    )


def _scaled_window(example: AnnotatedImage, size: int, rng: np.random.Generator) -> AnnotatedImage:
    """Return a window of an image scaled at random; beyond the image it is grey and ignored."""
    scale = size * rng.uniform(*SCALES) / min(example.size)
    width, height = (max(1, round(side * scale)) for side in example.size)
    left, top = (int(rng.integers(max(side - size, 0) + 1)) for side in (width, height))
    image = Image.new("RGB", (size, size), (PADDING,) * 3)
    mask = Image.new("L", (size, size), IGNORED)
    window = (left, top, min(left + size, width), min(top + size, height))
    scaled = example.picture.resize((width, height), Image.Resampling.BILINEAR).crop(window)
    image.paste(scaled)
    classes = Image.fromarray(example.mask) if example.mask is not None else mask
    mask.paste(classes.resize((width, height), Image.Resampling.NEAREST).crop(window))
    return AnnotatedImage(image=np.asarray(image), mask=np.asarray(mask))


def _mirrored(example: AnnotatedImage) -> AnnotatedImage:
    """Return an image with left and right exchanged."""
    width, _ = example.size
    boxes_N4 = example.objects.boxes.copy()
    boxes_N4[:, [0, 2]] = width - boxes_N4[:, [2, 0]]
    objects = example.objects
    return AnnotatedImage(
        image=np.ascontiguousarray(example.image[:, ::-1]),
        objects=Objects(boxes=boxes_N4, labels=objects.labels, ignored=objects.ignored),
        mask=None if example.mask is None else np.ascontiguousarray(example.mask[:, ::-1]),
    )
