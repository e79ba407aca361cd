"""The networks that the paper compares MobileViT with, by name, with their published figures.

A rival is not a ``MobileViTSpec``: only the size of its input varies. Its costs, latency and proxy
accuracy are computed in the same way; it is compared with a front and never part of one.
"""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from nasbench_mvit.architecture.heads import (
    Task,
    TaskHead,
    check_head,
    head_from_dict,
    head_of,
    head_to_dict,
)
from nasbench_mvit.architecture.published_figures import PublishedFigures
from nasbench_mvit.architecture.rival_tables import TABLES, MobileNetTable, VisionTransformerTable
from nasbench_mvit.architecture.strides import FULL_STRIDE
from nasbench_mvit.errors import SpecError, listed, unknown

RIVALS = tuple(TABLES)
RESOLUTION = 224  # of all three in their papers, and of their latencies in MobileViT's
MIN_RESOLUTION, MAX_RESOLUTION = 32, 2048


@dataclass(frozen=True)
class RivalSpec:
    """A rival network.

    Attributes:
        rival: its name, one of ``RIVALS``.
        resolution: side in pixels of the square input at deployment. A vision transformer has a
            position embedding for the patches of that size.
        task_head: what detects or segments on its maps; None for its classifier, the only head of a
            vision transformer.
    """

    rival: str
    resolution: int = RESOLUTION
    task_head: TaskHead | None = None

    def __post_init__(self) -> None:
        if self.rival not in RIVALS:
            raise SpecError(unknown("rival", self.rival, RIVALS))
        size = self.resolution
        is_whole = isinstance(size, int) and not isinstance(size, bool)
        if not is_whole or not MIN_RESOLUTION <= size <= MAX_RESOLUTION:
            raise SpecError(
                f"the resolution of {self.rival} must be a whole number from {MIN_RESOLUTION} to "
                f"{MAX_RESOLUTION}, got {size!r}. Its usual one is {RESOLUTION}."
            )
        check_head(self.task_head)
        if self.task_head is not None and not isinstance(self.table, MobileNetTable):
            with_maps = [
                name for name, table in TABLES.items() if isinstance(table, MobileNetTable)
            ]
            raise SpecError(
                f"{self.rival} has one map, of stride {self.table.patch}: it takes no head for "
                f"{self.task_head.task}. Rivals that do: {listed(with_maps)}."
            )

    @property
    def table(self) -> MobileNetTable | VisionTransformerTable:
        """The architecture of the rival."""
        return TABLES[self.rival]

    @property
    def task(self) -> Task:
        """What the network does."""
        return "classification" if self.task_head is None else self.task_head.task

    @property
    def output_stride(self) -> int:
        """Stride of the last map."""
        return FULL_STRIDE if self.task_head is None else self.task_head.output_stride

    def for_task(self, task: str) -> Self:
        """Return the rival with the usual head of a task, or its own if it is of that task.

        Raises:
            SpecError: there is no such task, or the rival is a vision transformer.
        """
        head = head_of(task)
        return self if task == self.task else replace(self, task_head=head)

    @functools.cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits, which no ``MobileViTSpec`` has."""
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data; ``from_dict`` is its inverse."""
        data: dict[str, Any] = {"rival": self.rival, "resolution": self.resolution}
        return (
            data if self.task_head is None else data | {"task_head": head_to_dict(self.task_head)}
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build a rival from ``to_dict`` data (or the JSON of it).

        Raises:
            SpecError: a key is unknown or missing, or a value breaks a rule.
        """
        fields = ("rival", "resolution")
        if sorted(data.keys() - {"task_head"}) != sorted(fields):
            raise SpecError(f"a rival is given by {listed(fields)}, got {listed(data)}.")
        return cls(**{**data, "task_head": head_from_dict(data.get("task_head"))})

    def to_json(self) -> str:
        """Return ``to_dict`` as one line of JSON."""
        return json.dumps(self.to_dict(), sort_keys=True)


# Top-1 is at 224 px, of deit_tiny and mobilenet_v2 as MobileViT's authors compare with it.
RIVAL_FIGURES = {
    "mobilenet_v2": PublishedFigures(
        title="MobileNetV2",
        params=3_504_872,
        top1=73.3,
        top1_source="arXiv 2110.02178v2 Tables 3 and 5, with the multi-scale sampler",
        latency_ms=0.92,
        latency_source="arXiv 2110.02178v2 Table 3",
    ),
    "mobilenet_v3_large": PublishedFigures(
        title="MobileNetV3-Large",
        params=5_483_032,
        top1=75.2,
        top1_source="arXiv 1905.02244 Table 3",
    ),
    "deit_tiny": PublishedFigures(
        title="DeiT-Tiny",
        params=5_717_416,
        top1=72.2,
        top1_source="arXiv 2110.02178v2 Table 3",
        latency_ms=10.99,
        latency_source="arXiv 2110.02178v2 Table 3",
    ),
}
