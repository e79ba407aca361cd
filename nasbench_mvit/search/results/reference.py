"""The reference point of the hypervolume: the study's own, or one that its baselines make."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_mvit.search.results.row import Row, front_costs_of
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import Role

MARGIN = 1.1  # of its cost, over the costliest baseline or the limit
LEAST_DROP = 0.01  # of its score below the least accurate baseline, a fraction


@dataclass(frozen=True)
class ReferencePoint:
    """The worst score and the worst cost that count.

    Attributes:
        top1: a fraction; NaN while no baseline is trained that could make it.
        cost: in milliseconds, or megabytes by the rule of the front.
        is_made: whether the baselines made it, and not the study's file.
    """

    top1: float
    cost: float
    is_made: bool


def reference_point(rows: Sequence[Row], config: StudyConfig) -> ReferencePoint:
    """Return the reference point of a study.

    Where the study gives none, its cost is a tenth more than that of the costliest baseline, or
    than the study's limit where that is more. Its score lies as far below the least accurate
    baseline as that lies below the most accurate, by a point at least, and not below 0: the
    networks differ by that much, so all of them never surpass it by more than they differ.
    Baselines that are not trained yet make no score.

    Args:
        rows: the rows of the study.
        config: the study.
    """
    given, rule = config.reference, config.rule
    if given is not None:
        return ReferencePoint(given.top1, given.worst(rule), is_made=False)
    baselines = [row for row in rows if row.role == Role.BASELINE]
    costs, _ = front_costs_of(baselines, rule)
    limit = getattr(config.limits, rule.column)
    worst = max([*costs, limit or 0.0])
    scores = [row.top1 for row in baselines if math.isfinite(row.top1)]
    least, most = min(scores, default=math.nan), max(scores, default=math.nan)
    top1 = max(least - max(most - least, LEAST_DROP), 0.0) if scores else math.nan
    return ReferencePoint(top1, float(MARGIN * worst), is_made=True)
