"""What every exported network takes and gives, whatever the format; no torch.

The input is one batch of RGB images, float32 (B, 3, R, R), channels first, values from 0 to 1
without further normalisation, R the spec's resolution; the output is logits, float32 (B, G·K) for
``Classes`` of G cells and K names. A network that segments gives logits (B, K, r, r) at the stride
of its last map; one that detects gives ``boxes`` (B, N, 4), corners of each anchor in shares of the
image, and ``scores`` (B, N, K), probabilities without background. Shapes are static. Core ML, which
knows images and classes, takes an image with values from 0 to 255 instead and gives probabilities.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.architecture.spec import MobileViTSpec

INPUT: Final = "image"
OUTPUT: Final = "logits"
OUTPUTS: Final[Mapping[Task, tuple[str, ...]]] = {
    "classification": (OUTPUT,),
    "detection": ("boxes", "scores"),
    "segmentation": (OUTPUT,),
}
#: What the outputs are called in a sentence.
OUTPUT_WORDS: Final[Mapping[Task, str]] = {
    "classification": "logits",
    "detection": "boxes and scores",
    "segmentation": "logits",
}
CHANNELS: Final = 3
METADATA_KEY: Final = "nasbench_mvit"
FORMAT_VERSION: Final = 1

Precision = Literal["fp32", "fp16", "int8"]
PRECISIONS: Final[tuple[Precision, ...]] = get_args(Precision)


@dataclass(frozen=True)
class Classes:
    """The meaning of a network's logits.

    Attributes:
        names: names of the K classes.
        cells: images G on one canvas, row by row, of which each is named; 1 for a classifier.
        named: whether the names say something, or only count.
    """

    names: tuple[str, ...]
    cells: int = 1
    named: bool = True

    @property
    def num_logits(self) -> int:
        """Outputs of the network."""
        return self.cells * len(self.names)

    @classmethod
    def unnamed(cls, count: int) -> "Classes":
        """Return ``count`` classes without names."""
        return cls(tuple(f"class {index}" for index in range(count)), named=False)


def input_shape(spec: MobileViTSpec, batch_size: int) -> tuple[int, int, int, int]:
    """Return (B, 3, R, R)."""
    return (batch_size, CHANNELS, spec.resolution, spec.resolution)


def describe(spec: MobileViTSpec, classes: Classes | None = None) -> str:
    """Return the description of a file's network, stored under ``METADATA_KEY``."""
    content: dict[str, Any] = {"version": FORMAT_VERSION, "spec": spec.to_dict()}
    if classes is not None and classes.named:
        content |= {"classes": classes.names, "cells": classes.cells}
    return json.dumps(content, sort_keys=True)
