"""The estimator of a network's latency: statistic, normalisation and combination of passes.

The *statistic* summarises the samples of one visit. *Normalisation* by the brackets of its block
removes drift of the device, and adds the noise of the brackets. The visits of all passes are
combined by their minimum, since other load can only slow a network down, or by their mean.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from pydantic import model_validator

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.fields import Strict
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


class Estimator(Strict):
    """The estimator of a network's latency from its samples."""

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
        """Return a description of the estimator."""
        statistic = {"median": "median", "p10": "10th percentile"}[self.statistic]
        scaled = ", relative to the reference" if self.normalisation == "brackets" else ""
        return f"{self.over_passes} of the passes' {statistic}s{scaled}"


@dataclass(frozen=True)
class NetworkLatency:
    """The latency of one network and its value in each pass that counts, in milliseconds."""

    spec: MobileViTSpec
    ms: float
    passes_ms: dict[int, float]


def latencies(records: Iterable[Measurement], estimator: Estimator) -> list[NetworkLatency]:
    """Return the latency of every network with the visits of all passes that most networks have.

    A network that lacks such a visit is omitted, and further visits do not count yet: the minimum
    of one visit is larger than that of two.
    """
    blocks = blocks_of(records)
    specs = {record.spec_id: record.spec for block in blocks for record in block.candidates}
    visits = visits_of(blocks, estimator.statistic, estimator.normalisation)
    counts = sorted(len(passes) for passes in visits.values())
    num_passes = counts[len(counts) // 2] if counts else 0
    combine = COMBINE[estimator.over_passes]
    return [
        NetworkLatency(specs[spec_id], float(combine([*counted.values()])), counted)
        for spec_id, passes in visits.items()
        if len(counted := dict(sorted(passes.items())[:num_passes])) == num_passes
    ]


def visits_of(
    blocks: Iterable[Block], statistic: Statistic, normalisation: Normalisation
) -> Visits:
    """Return the figures of every candidate in the accepted ones of ``blocks``, by pass.

    Normalised figures are also milliseconds, scaled to the reference's median over all brackets.
    """
    accepted = [block for block in blocks if block.is_accepted]
    usual = reference_level(accepted, statistic)
    visits: Visits = {}
    for block in accepted:
        level = np.mean(bracket_figures(block, statistic))
        scale = usual / level if normalisation == "brackets" else 1.0
        for record in block.candidates:
            ms = float(scale * figure(record, statistic))
            visits.setdefault(record.spec_id, {})[block.pass_number] = ms
    return visits


def reference_level(blocks: Iterable[Block], statistic: Statistic) -> float:
    """Return the median over the accepted blocks of their brackets' figures; NaN without any."""
    levels = [np.mean(bracket_figures(b, statistic)) for b in blocks if b.is_accepted]
    return float(np.median(levels)) if levels else math.nan


def bracket_figures(block: Block, statistic: Statistic) -> list[float]:
    """Return the statistic of the brackets that the block has."""
    brackets = (block.opening, block.closing)
    return [figure(record, statistic) for record in brackets if record is not None]


def figure(record: Measurement, statistic: Statistic) -> float:
    """Return the statistic of one measurement, in milliseconds."""
    return record.p10_ms if statistic == "p10" else record.median_ms
