"""Scenes composed of garments: many on one image, at random scale, place and overlap.

What a scene shows depends on its seed and index alone, so a stream of them never ends, any process
can make any of them, and an interrupted training goes on where it was. Boxes and masks are those of
the pixels that were painted. Axes: H rows, W columns, s side of a garment on the scene,
P pixels of it that show.
"""

import hashlib
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from nasbench_mvit.models.weights.split_record import ImageKey
from nasbench_mvit.training.images.annotated.annotated_image import (
    AnnotatedImage,
    AnnotatedImages,
    AnnotatedTask,
    Float32Array,
    Objects,
)
from nasbench_mvit.training.images.annotated.placing import spread_centres
from nasbench_mvit.training.images.arrays import BoolArray, Int64Array, UInt8Array
from nasbench_mvit.training.images.keys import content_key

MOST = 6  # garments on a scene
SIDES = (0.15, 0.6)  # of a garment, as a share of the scene's; its logarithm is uniform
DRAWS = 2  # places tried for a garment: few, so that some overlap
MIN_VISIBLE = 0.4  # share of a garment that those above it leave; one that shows less is not there
MIN_PIXELS = 16  # likewise
HALF = 128  # cover of a pixel from which on it is the garment's
DARKEST = 16  # grey value at which a garment begins: what is darker outside of it is not of it
SHADES = (0.35, 1.0)  # brightness of each colour channel of a garment
BACKDROP_CELLS = 4  # colours that the background blends, per side


class _Garment(NamedTuple):
    """A garment as it lies on a scene: left and top, grey values, silhouette, and its colour.

    Values and silhouette are (s, s) and blended with black at the edges; the colour is (3,).
    """

    left: int
    top: int
    grey_ss: UInt8Array
    cover_ss: UInt8Array
    shades_3: Float32Array


class Scenes(AnnotatedImages):
    """Composed scenes, as many as one likes.

    An index beyond the length is a further scene: a training that asks for
    ``epoch * len(scenes) + position`` never sees one twice.
    """

    def __init__(
        self,
        garments_NHW: UInt8Array,
        labels_N: Int64Array,
        *,
        task: AnnotatedTask,
        size: int,
        seed: tuple[int, ...],
        length: int,
    ) -> None:
        """Compose of grey garments on black.

        Args:
            garments_NHW: the garments.
            labels_N: their classes.
            task: what the scenes are annotated with.
            size: side of a scene in pixels.
            seed: draws everything.
            length: their number, for what walks through them.
        """
        cover_NHW = _silhouettes(garments_NHW)
        self._layers_N2HW = np.stack([garments_NHW & cover_NHW, cover_NHW], axis=1)
        self._labels_N = labels_N
        self._task: AnnotatedTask = task
        self._size, self._seed, self._length = size, seed, length
        self._origin = repr((seed, hashlib.sha256(garments_NHW.tobytes()).hexdigest()))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> AnnotatedImage:
        """Return a scene."""
        rng = np.random.default_rng((*self._seed, index))
        scene_HW3 = _backdrop(rng, self._size)
        count = int(rng.integers(1, MOST + 1))
        chosen = rng.integers(len(self._labels_N), size=count)
        half_1G = np.exp(rng.uniform(math.log(SIDES[0]), math.log(SIDES[1]), size=(1, count)))
        centre_G2 = spread_centres(rng, half_1G, draws=DRAWS)[0]
        owner_HW = np.zeros((self._size, self._size), np.uint8)  # 0, or the garment's number
        boxes: list[tuple[int, int, int, int]] = []
        labels: list[int] = []
        for row, half, centre in zip(chosen, half_1G[0], centre_G2, strict=True):
            garment = self._garment(rng, self._layers_N2HW[row], half, centre)
            box = _paint(garment, scene_HW3, owner_HW, len(labels) + 1)
            if box is not None:
                boxes.append(box)
                labels.append(int(self._labels_N[row]))
        labels_N = np.array(labels, np.int64)
        if self._task == "segmentation":
            values = np.concatenate([[0], labels_N + 1]).astype(np.uint8)
            return AnnotatedImage(image=scene_HW3, mask=values[owner_HW])
        boxes_N4 = np.array(boxes, np.float32).reshape(-1, 4)  # of no garment too
        ignored_N = np.zeros(len(labels_N), np.bool_)
        objects = Objects(boxes=boxes_N4, labels=labels_N, ignored=ignored_N)
        return AnnotatedImage(image=scene_HW3, objects=objects)

    def key(self, index: int) -> ImageKey:
        """Return the key of what a scene follows from; it is the same at any size."""
        return content_key(f"{self._origin} {index}".encode())

    def _garment(
        self,
        rng: np.random.Generator,
        layers_2HW: UInt8Array,
        half: float,
        centre: npt.NDArray[np.float64],
    ) -> _Garment:
        """Scale, mirror and colour a garment.

        Args:
            rng: what draws.
            layers_2HW: its grey values and its silhouette.
            half: half its side, where the scene spans 2.
            centre: its centre x, y, where the scene spans -1 to 1.
        """
        side = max(1, round(half * self._size))
        left, top = np.rint((centre + 1) / 2 * self._size - side / 2).astype(int).tolist()
        left, top = (min(max(place, 0), self._size - side) for place in (left, top))
        mirror = rng.choice((1, -1))
        grey_ss, cover_ss = (
            np.asarray(
                Image.fromarray(layer_HW[:, ::mirror]).resize(
                    (side, side), Image.Resampling.BILINEAR
                )
            )
            for layer_HW in layers_2HW
        )
        shades_3 = rng.uniform(*SHADES, size=3).astype(np.float32)
        return _Garment(left, top, grey_ss, cover_ss, shades_3)


def _silhouettes(grey_NHW: UInt8Array) -> UInt8Array:
    """Return 255 on garments and what they enclose on all four sides, 0 elsewhere."""
    bright_NHW = grey_NHW >= DARKEST
    solid_NHW = np.ones_like(bright_NHW)
    for axis in (1, 2):
        for way in (1, -1):
            along = bright_NHW[:, ::way, ::way]
            solid_NHW &= np.logical_or.accumulate(along, axis)[:, ::way, ::way]
    return solid_NHW.astype(np.uint8) * 255


def _backdrop(rng: np.random.Generator, size: int) -> UInt8Array:
    """Return a background (H, W, 3) of colours that blend into each other."""
    cells = rng.integers(256, size=(BACKDROP_CELLS, BACKDROP_CELLS, 3), dtype=np.uint8)
    blended = Image.fromarray(cells).resize((size, size), Image.Resampling.BILINEAR)
    return np.array(blended)


def _paint(
    garment: _Garment, scene_HW3: UInt8Array, owner_HW: UInt8Array, number: int
) -> tuple[int, int, int, int] | None:
    """Paint a garment where no other lies yet, so that the first lies on top.

    Returns:
        The box (x1, y1, x2, y2) of its pixels, or None where too few would show and it is left out.
    """
    side = len(garment.cover_ss)
    solid_ss = garment.cover_ss >= HALF
    rows, columns = (slice(start, start + side) for start in (garment.top, garment.left))
    shown_ss = solid_ss & (owner_HW[rows, columns] == 0)
    num_shown = np.count_nonzero(shown_ss)
    if num_shown < max(MIN_PIXELS, MIN_VISIBLE * np.count_nonzero(solid_ss)):
        return None
    grey_P, cover_P = garment.grey_ss[shown_ss], garment.cover_ss[shown_ss]
    value_P = (grey_P * np.float32(255) / cover_P).clip(0, 255)
    scene_HW3[rows, columns][shown_ss] = value_P[:, None] * garment.shades_3
    owner_HW[rows, columns][shown_ss] = number
    left, right = _extent(shown_ss.any(0))
    top, bottom = _extent(shown_ss.any(1))
    return garment.left + left, garment.top + top, garment.left + right, garment.top + bottom


def _extent(filled: BoolArray) -> tuple[int, int]:
    """Return the first filled place and the one after the last."""
    places = np.flatnonzero(filled)
    return int(places[0]), int(places[-1]) + 1
