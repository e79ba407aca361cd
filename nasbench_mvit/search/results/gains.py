"""Gains: what a front offers over each of the published networks, with intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.trials.record import Role

PERCENT = 100.0
GAINS_NOTE = (
    "surely no more latency: the upper end of its interval is at most the lower end of the paper's "
    "network; at least: the pessimistic end of an interval, below zero where it holds 0; of an "
    "accuracy the lower end of what noise leaves with 95 %, of a latency the published network at "
    "its fastest beside the other at its slowest"
)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The advantage of one network over another, with its interval.

    Attributes:
        value: positive where it is better.
        low, high: its interval, NaN where the noise is not known.
    """

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, kw_only=True)
class Gain:
    """The improvements that a front offers over one network; None where it offers none.

    Attributes:
        over: the network.
        accurate: the most accurate one of the front that is surely no slower: its upper end is at
            most the lower end of the network's interval.
        fast: the one of the front with the lowest upper end that is no less accurate.
    """

    over: Row
    accurate: Row | None
    fast: Row | None


def gains(summary: Summary, front: Sequence[Row]) -> list[Gain]:
    """Return the gains of the searched networks of a front over each baseline."""
    searched = [row for row in front if row.role == Role.SEARCH]
    return [
        Gain(
            over=row,
            accurate=max(
                (each for each in searched if each.latency_high_ms <= row.latency_low_ms),
                key=lambda each: each.top1,
                default=None,
            ),
            fast=min(
                (each for each in searched if each.top1 >= row.top1),
                key=lambda each: each.latency_high_ms,
                default=None,
            ),
        )
        for row in summary.baselines
    ]


def accuracy_gain(summary: Summary, row: Row, over: Row) -> Difference:
    """Return how much more accurate a network is than another, a fraction."""
    value, chance = row.top1 - over.top1, summary.chance_difference(row, over)
    return Difference(value=value, low=value - chance, high=value + chance)


def latency_gain(row: Row, over: Row) -> Difference:
    """Return how much faster a network is than another, in milliseconds."""
    return Difference(
        value=over.latency_ms - row.latency_ms,
        low=over.latency_low_ms - row.latency_high_ms,
        high=over.latency_high_ms - row.latency_low_ms,
    )


def gains_frame(summary: Summary, front: Sequence[Row]) -> pd.DataFrame:
    """Return the gains as a table of numbers, in points and milliseconds."""
    rows = []
    for gain in gains(summary, front):
        top1 = gain.accurate and accuracy_gain(summary, gain.accurate, gain.over)
        latency = gain.fast and latency_gain(gain.fast, gain.over)
        rows.append(
            {
                "over": gain.over.name,
                "gained at surely no more latency, points": top1 and top1.value * PERCENT,
                "at least, points": top1 and top1.low * PERCENT,
                "gained with": gain.accurate and gain.accurate.name,
                f"saved at no less proxy {summary.metric}, ms": latency and latency.value,
                "at least, ms": latency and latency.low,
                "saved with": gain.fast and gain.fast.name,
            }
        )
    frame = pd.DataFrame(rows)
    numbers = [name for name in frame if str(name).endswith(("points", "ms"))]
    return frame.astype(dict.fromkeys(numbers, float)).round(2)


def difference_text(difference: Difference, unit: str, *, better: str, worse: str) -> str:
    """Return a difference in words, with its interval.

    Args:
        difference: in ``unit``.
        unit: such as "ms".
        better: what the network is where the difference is positive.
        worse: what it is where that is negative.
    """
    value = difference.value
    said = f"{abs(value):.1f} {unit} {better if value >= 0 else worse}"
    if math.isnan(difference.low):
        return f"{said} (how much of it is noise is not known)"
    verdict = "excludes" if difference.excludes_zero else "holds"
    interval = f"from {difference.low:+.1f} to {difference.high:+.1f}".replace("-", "−")
    return f"{said} ({interval}: its interval {verdict} 0)"
