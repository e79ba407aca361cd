"""Does a written file compute what the torch network does? Numbers, on real images.

Axes: N canvases, G cells of a canvas, L classes right for a cell, C channels, s side of a canvas
as made, R side of the input, K classes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from nasbench_mvit.export.interface import Classes, Precision
from nasbench_mvit.export.manifest import Check
from nasbench_mvit.export.network import Network

FloatArray = npt.NDArray[np.float32]

# A difference shows on a few images; how often the answer changes needs hundreds.
NUM_CANVASES: dict[Precision, int] = {"fp32": 32, "fp16": 256, "int8": 256}


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Canvases with the labels of their images, at the size they were made.

    Attributes:
        canvases: (N, 3, s, s), values from 0 to 1.
        labels: (N, G, L), indices of the classes right for a cell; None where the classes are not
            the network's.
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


Run = Callable[[Samples, int], FloatArray]


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """A runtime that can run an exported file on this machine.

    Attributes:
        name: library, version and engine.
        run: maps N canvases and the side R of the input to the file's logits, (N, G·K).
    """

    name: str
    run: Run


def torch_logits(network: Network, samples: Samples) -> FloatArray:
    """Return torch's logits (N, G·K) in float32, the reference of every check."""

    def run(image: FloatArray) -> FloatArray:
        logits: npt.NDArray[Any] = network.model(torch.from_numpy(image)).numpy()
        return logits

    with torch.no_grad():
        return one_by_one(run)(samples, network.spec.resolution)


def one_by_one(run: Callable[[FloatArray], FloatArray]) -> Run:
    """Return a ``Runtime.run`` from what turns one image (1, 3, R, R) into logits (1, G·K)."""

    def run_all(samples: Samples, resolution: int) -> FloatArray:
        return np.concatenate([run(image) for image in samples.at(resolution)])

    return run_all


def compare(
    expected: FloatArray,
    found: FloatArray,
    samples: Samples,
    classes: Classes,
    *,
    runtime: str,
) -> Check:
    """Compare the logits of torch and of a file, (N, G·K) each, on the same samples."""
    names_torch, names_file = (_named(logits, classes) for logits in (expected, found))
    with np.errstate(invalid="ignore"):  # of infinities
        difference = float(np.abs(found - expected).max())
    return Check(
        runtime=runtime,
        num_canvases=len(samples),
        max_difference=difference,
        max_logit=float(np.abs(expected).max()),
        agreement=float((names_torch == names_file).mean()),
        top1_torch=_top1(names_torch, samples),
        top1_file=_top1(names_file, samples),
    )


def _named(logits: FloatArray, classes: Classes) -> npt.NDArray[np.intp]:
    """Return the class with the largest logit in every cell, (N, G)."""
    named: npt.NDArray[np.intp] = logits.reshape(len(logits), classes.cells, -1).argmax(axis=2)
    return named


def _top1(named: npt.NDArray[np.intp], samples: Samples) -> float | None:
    if samples.labels is None:
        return None
    return float((named[..., None] == samples.labels).any(axis=2).mean())
