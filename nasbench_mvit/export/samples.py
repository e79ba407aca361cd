"""Real images to calibrate and to check a file with.

Axes: N canvases, G cells of a canvas, C channels, s side of a canvas as made, R side of the input.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Canvases with the labels of their cells, at the size they were made.

    Attributes:
        canvases: (N, 3, s, s), values from 0 to 1.
        labels: (N, G), indices of classes; None where the classes are not the network's.
    """

    canvases: FloatArray
    labels: npt.NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.canvases)

    def first(self, count: int) -> Self:
        """Return the first ``count`` canvases, or all where there are fewer."""
        labels = None if self.labels is None else self.labels[:count]
        return type(self)(canvases=self.canvases[:count], labels=labels)

    def at(self, resolution: int) -> Iterator[FloatArray]:
        """Yield the canvases one by one, (1, 3, R, R), scaled bilinearly."""
        for canvas_CSS in self.canvases:
            image_1CRR = functional.interpolate(
                torch.from_numpy(canvas_CSS)[None],
                size=(resolution, resolution),
                mode="bilinear",
                align_corners=False,
                antialias=True,
            )
            values: npt.NDArray[Any] = image_1CRR.clamp(0, 1).numpy()
            yield values
