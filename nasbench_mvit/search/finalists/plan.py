"""Who becomes a finalist, and with which seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.search.finalists.record import Final, FinalPlan
from nasbench_mvit.search.results.summary import Row, Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import Role, State

NUM_SEEDS = 3


@dataclass(frozen=True)
class FinalRequest:
    """What a command asks for.

    Attributes:
        count: networks of the front; the published ones come on top.
        num_seeds: trainings of each, two or more.
    """

    count: int
    num_seeds: int = NUM_SEEDS


def choose(front: Sequence[Row], count: int) -> list[Row]:
    """Return up to ``count`` networks spread over a front by latency.

    First the slowest, which is the most accurate, then always the one farthest in milliseconds from
    those chosen: the fastest, and from there into the widest gap. A larger ``count`` keeps whom a
    smaller one chose.
    """
    left = sorted(front, key=lambda row: row.latency_ms)
    chosen = [left.pop()]
    while left and len(chosen) < count:
        gaps = [min(abs(row.latency_ms - other.latency_ms) for other in chosen) for row in left]
        chosen.append(left.pop(gaps.index(max(gaps))))
    return chosen


def fresh_seeds(config: StudyConfig, count: int) -> tuple[int, ...]:
    """Return the first ``count`` seeds after those that the study's own trainings use."""
    first = config.data_seed + max(config.seeds, *config.baselines.values())
    return tuple(range(first, first + count))


def make_final_plan(
    request: FinalRequest, summary: Summary, config: StudyConfig, before: Final | None
) -> FinalPlan:
    """Plan the last word on a search.

    Whoever has a test score stays, and all are trained with as many seeds as any: dropping a
    network or a seed once its test score is known would be a choice made on test images.

    Args:
        request: what is asked for now.
        summary: of the search.
        config: of the study.
        before: finalists of earlier commands.

    Raises:
        StudyError: no network of the search is on the front.
    """
    searched = [row for row in summary.front if row.role == Role.SEARCH]
    if not searched:
        found = ", ".join(row.name for row in summary.front) or "nothing"
        raise StudyError(
            f"--finalists: the front holds {found}, but no network of the search, so there is "
            "nothing to re-evaluate. Search on with a larger --trials."
        )
    records = () if before is None else before.records
    trials = {row.trial for row in choose(searched, request.count)} | {r.trial for r in records}
    trials |= {row.trial for row in summary.baselines if row.state == State.COMPLETE}
    by_latency = sorted(summary.rows, key=lambda row: row.latency_ms)
    seeds_before = len({record.seed for record in records})
    return FinalPlan(
        trials=tuple(row.trial for row in by_latency if row.trial in trials),
        seeds=fresh_seeds(config, max(request.num_seeds, seeds_before)),
    )


def check_test_images(before: Final | None, fingerprint: str, source: str) -> None:
    """Check that finalists of earlier commands were scored on the test images of today.

    Raises:
        StoreError: they were not.
    """
    found = {record.test_images for record in before.records} if before else set()
    if found - {fingerprint}:
        raise StoreError(
            f"the test images of {source} are not those that this study's finalists were scored "
            f"on ({fingerprint} now, {', '.join(found)} then), and the two cannot be compared. "
            "Put those back, or start anew with --fresh or another --run-dir."
        )
