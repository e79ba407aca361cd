"""The labels of a figure of a front, and how its networks look."""

from collections.abc import Mapping
from dataclasses import dataclass

from nasbench_mvit.analysis.pareto import FrontRule


@dataclass(frozen=True)
class ParetoLabels:
    """The labels of a figure.

    Attributes:
        cost: title of the axis of the cost: latency with its device and kind, or memory.
        accuracy: title of the accuracy axis.
        paper: title of the panel of ImageNet top-1, published and estimated.
        noise: for each study the half height of one seed's error bars as a fraction, NaN for none.
        limit: the studies' limit of that cost, None if they have none or none in common.
        score: name of the score.
        paper_metric: name of the published score.
        rule: the rule of the front, which names the cost.
    """

    cost: str
    accuracy: str
    paper: str
    noise: Mapping[str, float]
    limit: float | None
    score: str = "proxy top-1"
    paper_metric: str = "ImageNet top-1"
    rule: FrontRule = FrontRule.POINT


@dataclass(frozen=True)
class ParetoLook:
    """The colours, sizes and marks of the networks.

    Attributes:
        color_by: the column shown by colour; None for membership of the front. With several
            studies the colour shows the study.
        size_by: the numeric column shown by size.
        budget_ms: a latency at which to draw a line.
        best_trial: study and trial of the best network within the budget, marked by a ring.
        picked: studies and trials marked by a ring.
        intervals: whether to draw intervals.
    """

    color_by: str | None = None
    size_by: str | None = None
    budget_ms: float | None = None
    best_trial: tuple[str, int] | None = None
    picked: frozenset[tuple[str, int]] = frozenset()
    intervals: bool = True
