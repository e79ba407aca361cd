"""Gains: what a front offers over each of the published networks, with intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.trials.record import Role

PERCENT = 100.0
GAINS_NOTE = (
    "surely no more latency, or memory: the interval of what is saved is not below 0; at least: "
    "the pessimistic end of an interval, below zero where it holds 0; of an accuracy the lower end "
    "of what noise leaves with 95 %, of a latency the published network at its fastest beside the "
    "other at its slowest, or where the predictor is an ensemble of models the one that saves least"
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
        accurate: the most accurate one of the front that surely costs no more.
        cheap: the one of the front that is no less accurate and saves most at the pessimistic end.
    """

    over: Row
    accurate: Row | None
    cheap: Row | None


def gains(
    summary: Summary, front: Sequence[Row], predictor: LatencyPredictor | None = None
) -> list[Gain]:
    """Return the gains of the searched networks of a front over each baseline."""
    searched = [row for row in front if row.role == Role.SEARCH]
    found = []
    for over in summary.baselines:
        saved = cost_gains(summary, searched, over, predictor)
        pairs = list(zip(searched, saved, strict=True))
        accurate = [row for row, each in pairs if each.low >= 0]
        cheap = [pair for pair in pairs if pair[0].top1 >= over.top1]
        best = max(cheap, key=lambda pair: pair[1].low, default=None)
        found.append(
            Gain(
                over=over,
                accurate=max(accurate, key=lambda row: row.top1, default=None),
                cheap=best and best[0],
            )
        )
    return found


def accuracy_gain(summary: Summary, row: Row, over: Row) -> Difference:
    """Return how much more accurate a network is than another, a fraction."""
    value, chance = row.top1 - over.top1, summary.chance_difference(row, over)
    return Difference(value=value, low=value - chance, high=value + chance)


def cost_gains(
    summary: Summary, rows: Sequence[Row], over: Row, predictor: LatencyPredictor | None = None
) -> list[Difference]:
    """Return how much faster networks are than another, in ms, or by the rule how many MB smaller.

    Where the predictor is an ensemble, an interval is the range of the difference over its models.

    Args:
        summary: the study.
        rows: the networks.
        over: the other one.
        predictor: predictor of the latencies; None where it is not found.
    """
    found = []
    low, value, high = over.ends(summary.rule)
    joint = None if summary.rule is FrontRule.MEMORY else _joint(rows, over, predictor)
    for place, row in enumerate(rows):
        own_low, own, own_high = row.ends(summary.rule)
        ends = low - own_high, high - own_low
        if joint is not None:
            ends = max(ends[0], joint[0][place]), min(ends[1], joint[1][place])
        found.append(Difference(value=value - own, low=float(ends[0]), high=float(ends[1])))
    return found


def _joint(
    rows: Sequence[Row], over: Row, predictor: LatencyPredictor | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the intervals over an ensemble, None where the latencies are not one ensemble's."""
    if predictor is None or not rows:
        return None
    specs = [row.network for row in (*rows, over) if isinstance(row.network, MobileViTSpec)]
    if len(specs) != len(rows) + 1:  # a rival
        return None
    stored = [row.latency_ms for row in (*rows, over)]
    if not np.allclose(predictor.predict_many(specs).ms, stored, rtol=1e-6, atol=0):
        return None  # of another predictor than the one that has this name now
    return predictor.differences(specs[:-1], specs[-1:] * len(rows))


def gains_frame(
    summary: Summary, front: Sequence[Row], predictor: LatencyPredictor | None = None
) -> pd.DataFrame:
    """Return the gains as a table of numbers, in points and milliseconds, or MB by the rule."""
    rows = []
    unit, noun = summary.rule.unit, summary.rule.noun
    for gain in gains(summary, front, predictor):
        top1 = gain.accurate and accuracy_gain(summary, gain.accurate, gain.over)
        cost = gain.cheap and cost_gains(summary, [gain.cheap], gain.over, predictor)[0]
        rows.append(
            {
                "over": gain.over.name,
                f"gained at surely no more {noun}, points": top1 and top1.value * PERCENT,
                "at least, points": top1 and top1.low * PERCENT,
                "gained with": gain.accurate and gain.accurate.name,
                f"saved at no less {summary.score}, {unit}": cost and cost.value,
                f"at least, {unit}": cost and cost.low,
                "saved with": gain.cheap and gain.cheap.name,
            }
        )
    frame = pd.DataFrame(rows)
    numbers = [name for name in frame if str(name).endswith(("points", unit))]
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
