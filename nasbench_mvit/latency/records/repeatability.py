"""The repeatability of latencies on a target, and the choice of the estimator.

Statistic and normalisation are chosen by the noise between passes, since the noise depends on the
machine: removing drift by a reference helps on a phone that heats up and hurts on a shared
computer. The combination of passes cannot be evaluated on the passes it combines, so it is chosen
on the reference, which every pass visits many times.
"""

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from nasbench_mvit.latency.fields import Count, NotNegative, Share, Strict
from nasbench_mvit.latency.records.blocks import Block, blocks_of, relative_gap
from nasbench_mvit.latency.records.estimator import (
    COMBINE,
    Estimator,
    Normalisation,
    OverPasses,
    Statistic,
    Visits,
    bracket_figures,
    visits_of,
)
from nasbench_mvit.latency.records.record import Measurement

STATISTICS: tuple[Statistic, ...] = ("p10", "median")
NORMALISATIONS: tuple[Normalisation, ...] = ("none", "brackets")
CLOSE = 0.10
MIN_REPEATS = 10  # networks, or visits of the reference, that a choice requires


class Noise(Strict):
    """The relative difference between two figures of one network.

    Attributes:
        pairs: number of pairs.
        share_close: share of them within 10 %.
        median_difference, mean_difference: median and mean of the differences, as fractions.
    """

    pairs: Count
    share_close: Share
    median_difference: NotNegative
    mean_difference: NotNegative

    @property
    def is_high(self) -> bool:
        """Whether half of the figures or more do not repeat within 10 %."""
        return self.median_difference > CLOSE

    @classmethod
    def of(cls, pairs: Sequence[tuple[float, float]]) -> "Noise":
        """Return the noise between the two figures of each pair."""
        gaps = np.array([relative_gap(one, other) for one, other in pairs])
        return cls(
            pairs=len(gaps),
            share_close=float((gaps <= CLOSE).mean()),
            median_difference=float(np.median(gaps)),
            mean_difference=float(gaps.mean()),
        )


class VisitNoise(Strict):
    """The noise between a network's first two passes under a statistic and normalisation."""

    statistic: Statistic
    normalisation: Normalisation
    noise: Noise


class Repeatability(Strict):
    """The noise of a target and the estimator chosen by it.

    Attributes:
        estimator: the chosen estimator.
        chosen_by: description of the reason.
        visits: the noise between single visits under every statistic and normalisation; empty if
            no network was visited twice.
        over_passes: the noise of the reference, not normalised, between figures that each combine
            one visit of every pass; empty if there is one pass or it was visited too rarely.
    """

    estimator: Estimator
    chosen_by: str
    visits: tuple[VisitNoise, ...]
    over_passes: dict[OverPasses, Noise]

    @property
    def noise(self) -> Noise | None:
        """The noise between single visits under the estimator; None if it is unknown."""
        chosen = (self.estimator.statistic, self.estimator.normalisation)
        return next(
            (row.noise for row in self.visits if (row.statistic, row.normalisation) == chosen),
            None,
        )


def assess(records: Iterable[Measurement]) -> Repeatability:
    """Choose the estimator for the records of one target by the noise between their passes."""
    blocks = [block for block in blocks_of(records) if block.is_accepted]
    table = tuple(
        VisitNoise(statistic=statistic, normalisation=normalisation, noise=Noise.of(pairs))
        for statistic, normalisation in itertools.product(STATISTICS, NORMALISATIONS)
        if (pairs := _repeats(visits_of(blocks, statistic, normalisation)))
    )
    repeated = table[0].noise.pairs if table else 0
    if repeated < MIN_REPEATS:
        return Repeatability(
            estimator=Estimator(),
            chosen_by=f"default, for a choice needs {MIN_REPEATS} networks measured twice and "
            f"there are {repeated}",
            visits=table,
            over_passes={},
        )
    best = min(table, key=lambda row: row.noise.mean_difference)
    combined = _noise_over_passes(blocks, best.statistic)
    over: OverPasses = "mean"
    if best.normalisation == "none" and (
        not combined or combined["lowest"].mean_difference <= combined["mean"].mean_difference
    ):
        over = "lowest"
    return Repeatability(
        estimator=Estimator(
            statistic=best.statistic, normalisation=best.normalisation, over_passes=over
        ),
        chosen_by="the lowest mean difference between passes",
        visits=table,
        over_passes=combined,
    )


def _repeats(visits: Visits) -> list[tuple[float, float]]:
    """Return the figures of the first two passes of every network that has two."""
    figures = [[ms for _, ms in sorted(passes.items())] for passes in visits.values()]
    return [(ms[0], ms[1]) for ms in figures if len(ms) > 1]


def _noise_over_passes(blocks: Sequence[Block], statistic: Statistic) -> dict[OverPasses, Noise]:
    """Return the noise of each combination of passes, for the reference network."""
    of_pass: dict[int, list[float]] = {}
    for block in blocks:
        of_pass.setdefault(block.pass_number, []).extend(bracket_figures(block, statistic))
    visits = min(map(len, of_pass.values()), default=0)
    if len(of_pass) < 2 or visits < MIN_REPEATS:
        return {}
    table = np.array([figures[:visits] for figures in of_pass.values()])
    half = visits // 2  # pairs of visits far apart in time, as those of a network are
    noise: dict[OverPasses, Noise] = {}
    for name, combine in COMBINE.items():
        combined = combine(table)
        noise[name] = Noise.of(list(zip(combined[:half], combined[half : 2 * half], strict=True)))
    return noise
