"""Does a written file compute what the torch network does? Numbers, on real images.

Axes: N canvases, G cells of a canvas, K classes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nasbench_mvit.export.interface import Classes, Precision
from nasbench_mvit.export.network import Network
from nasbench_mvit.export.samples import FloatArray, Samples

Run = Callable[[Samples, int], FloatArray]

# Reordered sums of float32 differ by some 1e-6 of the largest logit; a wrong operator by far more.
TOLERANCE = 1e-4
# A difference shows on a few images; how often the answer changes needs hundreds.
NUM_CANVASES: dict[Precision, int] = {"fp32": 32, "fp16": 256, "int8": 256}


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What runs a file here.

    Attributes:
        name: library, version and engine.
        run: from N canvases and the side R of the input to the file's logits, (N, G·K).
    """

    name: str
    run: Run


@dataclass(frozen=True, kw_only=True)
class Check:
    """A file against the network it was written from.

    Attributes:
        runtime: what ran the file.
        num_canvases: images shown.
        max_difference: largest absolute difference of a logit; not finite where a logit is not.
        max_logit: largest absolute logit of torch's.
        agreement: share of cells named alike.
        top1_torch, top1_file: share of cells named right; None where nobody knows what is right.
    """

    runtime: str
    num_canvases: int
    max_difference: float
    max_logit: float
    agreement: float
    top1_torch: float | None
    top1_file: float | None

    @property
    def relative_difference(self) -> float:
        """Largest absolute difference as a share of the largest absolute logit."""
        return self.max_difference / self.max_logit if self.max_logit else math.inf

    def failure(self, precision: Precision) -> str | None:
        """Say why the file may not be used, None if nothing speaks against it."""
        if not math.isfinite(self.max_difference):
            return "it answers with numbers that are not finite"
        if precision == "fp32" and self.relative_difference > TOLERANCE:
            return (
                f"its logits differ by {self.relative_difference:.1e} of the largest, more than "
                f"the {TOLERANCE:.0e} that reordered sums explain"
            )
        return None


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
    return logits.reshape(len(logits), classes.cells, -1).argmax(axis=2)


def _top1(named: npt.NDArray[np.intp], samples: Samples) -> float | None:
    return None if samples.labels is None else float((named == samples.labels).mean())
