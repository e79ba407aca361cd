"""From samples to the latency of a network: which statistic, normalised or not, over passes how.

The *statistic* sums up the samples of one visit. *Normalisation* by the brackets of its block
removes drift of the device, and adds the noise of the brackets. The visits of all passes become
one figure: their lowest, for others can only slow a network down, or their mean.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.records.blocks import Block, blocks_of
from nasbench_mvit.latency.records.record import Measurement

Statistic = Literal["median", "p10"]
Normalisation = Literal["none", "brackets"]
OverPasses = Literal["lowest", "mean"]

Visits = dict[str, dict[int, float]]  # network id -> pass -> milliseconds

#: Combines the visits along the first axis.
COMBINE: dict[OverPasses, Callable[[Any], Any]] = {
    "lowest": lambda figures: np.min(figures, axis=0),
    "mean": lambda figures: np.mean(figures, axis=0),
}


class Estimator(BaseModel):
    """How a network's samples become its latency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statistic: Statistic = "p10"
    normalisation: Normalisation = "none"
    over_passes: OverPasses = "lowest"

    @model_validator(mode="after")
    def _lowest_is_not_normalised(self) -> Self:
        if self.normalisation == "brackets" and self.over_passes == "lowest":
            raise ValueError(
                "the lowest of normalised figures is the one whose brackets were too slow; "
                "over_passes must be mean"
            )
        return self

    def __str__(self) -> str:
        """Say it in words."""
        statistic = {"median": "median", "p10": "10th percentile"}[self.statistic]
        scaled = ", relative to the reference" if self.normalisation == "brackets" else ""
        return f"{self.over_passes} of the passes' {statistic}s{scaled}"


@dataclass(frozen=True)
class NetworkLatency:
    """The latency of one network, and what each pass said of it, in milliseconds."""

    spec: MobileViTSpec
    ms: float
    passes_ms: tuple[float, ...]


def latencies(records: Iterable[Measurement], estimator: Estimator) -> list[NetworkLatency]:
    """Return the latency of every network that as many passes have visited as most networks.

    A network that such a pass still lacks is left out, and visits beyond them do not count yet: the
    lowest of one visit lies above the lowest of two.
    """
    blocks = blocks_of(records)
    specs = {record.spec_id: record.spec for block in blocks for record in block.candidates}
    visits = visits_of(blocks, estimator.statistic, estimator.normalisation)
    counts = sorted(len(passes) for passes in visits.values())
    num_passes = counts[len(counts) // 2] if counts else 0
    return [
        NetworkLatency(specs[spec_id], float(COMBINE[estimator.over_passes](figures)), figures)
        for spec_id, passes in visits.items()
        if len(figures := tuple(ms for _, ms in sorted(passes.items()))[:num_passes]) == num_passes
    ]


def visits_of(
    blocks: Iterable[Block], statistic: Statistic, normalisation: Normalisation
) -> Visits:
    """Return what the accepted of ``blocks`` say of every candidate.

    Normalised figures are milliseconds too: at the reference's median over all brackets.
    """
    accepted = [block for block in blocks if block.is_accepted]
    levels = [np.mean(bracket_figures(block, statistic)) for block in accepted]
    usual = np.median(levels) if levels else 1.0
    visits: Visits = {}
    for block, level in zip(accepted, levels, strict=True):
        scale = usual / level if normalisation == "brackets" else 1.0
        for record in block.candidates:
            ms = float(scale * figure(record, statistic))
            visits.setdefault(record.spec_id, {})[block.pass_number] = ms
    return visits


def bracket_figures(block: Block, statistic: Statistic) -> list[float]:
    """Return the statistic of the block's brackets, as far as there are any."""
    brackets = (block.opening, block.closing)
    return [figure(record, statistic) for record in brackets if record is not None]


def figure(record: Measurement, statistic: Statistic) -> float:
    """Return the statistic of one measurement, in milliseconds."""
    return record.p10_ms if statistic == "p10" else record.median_ms
