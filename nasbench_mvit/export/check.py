"""Does a written file compute what the torch network does? Numbers, on real images.

Axes: N canvases, G cells of a canvas, L classes right for a cell, C channels, s side of a canvas
as made, R side of the input.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.export.answers import (
    FloatArray,
    agreement,
    joined,
    largest_difference,
    named,
)
from nasbench_mvit.export.interface import Classes, Precision
from nasbench_mvit.export.manifest import Check
from nasbench_mvit.export.network import Network, deployed

# A difference shows on a few images; how often the answer changes needs hundreds.
NUM_CANVASES: dict[Precision, int] = {"fp32": 32, "fp16": 256, "int8": 256}
NUM_SCENES = 32  # of a network that detects or segments, which answers with many boxes or pixels


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
        run: maps N canvases and the side R of the input to the file's answers (``answers``).
    """

    name: str
    run: Run


def torch_logits(network: Network, samples: Samples) -> FloatArray:
    """Return torch's answers in float32, the reference of every check."""
    model = deployed(network.model, network.spec)

    def run(image: FloatArray) -> FloatArray:
        return joined([part.numpy() for part in outputs_of(model(torch.from_numpy(image)))])

    with torch.no_grad():
        return one_by_one(run)(samples, network.spec.resolution)


def outputs_of(answer: Tensor | Sequence[Tensor]) -> Sequence[Tensor]:
    """Return the outputs of a module that may have one."""
    return [answer] if isinstance(answer, Tensor) else answer


def one_by_one(run: Callable[[FloatArray], FloatArray]) -> Run:
    """Return a ``Runtime.run`` from what turns one image (1, 3, R, R) into its answer."""

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
    task: Task = "classification",
) -> Check:
    """Compare the answers of torch and of a file on the same samples."""
    difference, largest = largest_difference(expected, found, task)
    return Check(
        runtime=runtime,
        task=task,
        num_canvases=len(samples),
        max_difference=difference,
        max_logit=largest,
        agreement=agreement(expected, found, classes, task),
        top1_torch=_top1(expected, classes, samples),
        top1_file=_top1(found, classes, samples),
    )


def _top1(logits: FloatArray, classes: Classes, samples: Samples) -> float | None:
    if samples.labels is None:
        return None
    return float((named(logits, classes)[..., None] == samples.labels).any(axis=2).mean())
