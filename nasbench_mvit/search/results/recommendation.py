"""The network to take from a study, in words that say how sure that is."""

import math
from collections.abc import Sequence

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.finalists.text import verdict
from nasbench_mvit.search.results.gains import (
    Difference,
    accuracy_gain,
    cost_gains,
    difference_text,
)
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import MEMORY_KIND, Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import Role

PERCENT = 100.0


def recommended(summary: Summary, config: StudyConfig) -> Row | None:
    """Return the most accurate network of the front that surely keeps the latency limit.

    The upper end of its latency counts. Of the published networks only those that keep the study's
    limits are on the front; None while nothing is.
    """
    limit = config.limits.latency_ms
    kept = [row for row in summary.front if limit is None or row.latency_high_ms <= limit]
    return max(kept, key=lambda row: (row.top1, -row.latency_high_ms), default=None)


def recommendation(
    summary: Summary,
    config: StudyConfig,
    final: FinalSummary | None = None,
    predictor: LatencyPredictor | None = None,
) -> list[str]:
    """Return a recommended network and its uncertainty, a sentence each.

    Args:
        summary: summary of the study.
        config: configuration of the study.
        final: the results of its finalists, which then decide; None without any.
        predictor: predictor of the latencies; None where it is not found.
    """
    if final is not None and final.comparison is not None:
        return _from_test_images(final, summary)
    best = recommended(summary, config)
    if best is None:
        return ["No network can be recommended yet: none within the limits is trained to its end"]
    spread = summary.noise_of(best) * PERCENT
    noise = f" ± {spread:.1f}" if math.isfinite(spread) else ""
    first = (
        f"{_take(best)}: the most accurate of the front within the limits, whose "
        f"{summary.score} is {best.top1 * PERCENT:.1f}{noise} % ({best.top1_kind}), at "
        f"{_cost(best, summary.rule)}"
    )
    sentences = [first]
    if best.role == Role.SEARCH:
        sentences += _beside_the_papers(summary, best, predictor)
    if alike := _not_told_apart(summary, best):
        sentences.append(
            f"The noise does not tell it apart from {_listed(alike, summary.rule)}, "
            f"{'which is' if len(alike) == 1 else 'which are'} {summary.rule.cheaper}"
        )
    return sentences


def _take(row: Row) -> str:
    if row.role == Role.SEARCH:
        return f"Take {row.name}"
    return f"Take {row.name} itself, which no network of the search within the limits surpasses"


def _from_test_images(final: FinalSummary, summary: Summary) -> list[str]:
    best = final.finalists[0]
    tuned = "" if final.finetuning is None else " after fine-tuning from shared weights"
    first = (
        f"Take {best.row.name}: with fresh seeds it is the best on test images, with a proxy "
        f"{summary.metric} of {best.test_top1 * PERCENT:.1f} %{tuned}, at "
        f"{_cost(best.row, summary.rule)}"
    )
    return [first, f"There it is {verdict(best, final)}"]


def _cost(row: Row, rule: FrontRule) -> str:
    if rule is FrontRule.MEMORY:
        return f"a peak of {row.cost(rule):.2f} MB of activations ({MEMORY_KIND}), {_latency(row)}"
    return _latency(row)


def _latency(row: Row) -> str:
    unknown = "a latency that is unknown, " if row.latency_is_unknown else ""
    return (
        f"{unknown}{row.latency_ms:.2f} ms ({row.latency_kind}, at most {row.latency_high_ms:.2f})"
    )


def _beside_the_papers(
    summary: Summary, best: Row, predictor: LatencyPredictor | None
) -> list[str]:
    """Return how it stands to the published network nearest in cost, if one is trained."""
    trained = [row for row in summary.baselines if math.isfinite(row.top1)]
    if not trained:
        return []
    rule = summary.rule
    near = min(trained, key=lambda row: abs(row.cost(rule) - best.cost(rule)))
    points = accuracy_gain(summary, best, near)
    in_points = Difference(**{name: PERCENT * end for name, end in vars(points).items()})
    accuracy = difference_text(in_points, "points", better="more accurate", worse="less accurate")
    (saved,) = cost_gains(summary, [best], near, predictor)
    better, worse = rule.less_and_more
    cost = difference_text(saved, rule.unit, better=better, worse=worse)
    return [f"Beside {near.name} it is {accuracy} and {cost}"]


def _not_told_apart(summary: Summary, best: Row) -> list[Row]:
    return [
        row
        for row in summary.front
        if summary.is_cheaper(row, best)
        and best.top1 - row.top1 <= summary.chance_difference(best, row)
    ]


def _listed(rows: Sequence[Row], rule: FrontRule) -> str:
    shown = [f"{row.name} ({row.cost(rule):.2f} {rule.unit})" for row in rows[-3:]]
    more = f" and {len(rows) - len(shown)} more" if len(rows) > len(shown) else ""
    return ", ".join(shown) + more
