"""Backgrounds that are drawn: plains, gradients, clouds, stripes, checks and spots, with noise.

Only operations that every machine rounds alike, and Pillow's, which are of whole numbers. Axes: H
rows, W columns, C channels.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[np.float64]

MAX_COLOURS = 4  # along a side of a field
MAX_SPREAD = 32  # of these around one colour, of 255
PERIODS = (0.12, 0.5)  # of a texture, as a share of the side
MAX_NOISE = 12  # of 255


def background(rng: np.random.Generator, side: int) -> Array:
    """Return an image (H, W, 3) in [0, 255]: two fields of like colours, a texture, and noise."""
    colour_C = rng.integers(256, size=3)
    first_HWC, second_HWC = (_field(rng, colour_C, side) for _ in range(2))
    image_HWC = np.where(_texture(rng, side)[..., None], first_HWC, second_HWC)
    noise = int(rng.integers(MAX_NOISE + 1))
    noise_HW1 = rng.integers(-noise, noise + 1, size=(side, side, 1))
    return (image_HWC + noise_HW1).clip(0, 255)


def _field(rng: np.random.Generator, colour_C: npt.NDArray[np.int64], side: int) -> Array:
    """Return (H, W, 3): one colour, a gradient, or colours that blend into one another."""
    num, spread = int(rng.integers(1, MAX_COLOURS + 1)), int(rng.integers(MAX_SPREAD + 1))
    colours = colour_C + rng.integers(-spread, spread + 1, size=(num, num, 3))
    small = Image.fromarray(colours.clip(0, 255).astype(np.uint8))
    return np.asarray(small.resize((side, side), Image.Resampling.BICUBIC)).astype(np.float64)


def _texture(rng: np.random.Generator, side: int) -> npt.NDArray[np.bool_]:
    """Return the pixels (H, W) of the first field: all, or stripes, checks or spots, turned."""
    kind = rng.choice(("plain", "stripes", "checks", "spots"))
    across, along = rng.uniform(-1, 1, size=2)
    period = rng.uniform(*PERIODS) * side * max(abs(across), abs(along))
    y_HW, x_HW = np.mgrid[:side, :side]
    u_HW = (across * x_HW + along * y_HW) / period % 1
    v_HW = (across * y_HW - along * x_HW) / period % 1
    if kind == "plain":
        return np.ones((side, side), bool)
    if kind == "stripes":
        return np.asarray(u_HW < 0.5)
    if kind == "checks":
        return np.asarray((u_HW < 0.5) ^ (v_HW < 0.5))
    return np.asarray((u_HW - 0.5) ** 2 + (v_HW - 0.5) ** 2 < 0.1)
