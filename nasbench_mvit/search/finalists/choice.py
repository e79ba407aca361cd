"""The choice of the finalists and of their seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.errors import StoreError, StudyError, check_count, unknown
from nasbench_mvit.search.finalists.record import (
    INT8_RUNTIMES,
    Final,
    FinalPlan,
    FineTuning,
)
from nasbench_mvit.search.results.row import Row
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import Role, State

NUM_SEEDS = 3
MIN_SEEDS = 2


@dataclass(frozen=True)
class FinalRequest:
    """The number of finalists and of their seeds.

    Attributes:
        count: number of networks of the front, in addition to the published ones.
        num_seeds: number of trainings of each network, two or more.
        int8_by: format, "onnx" or "litert", by which each is also scored in 8 bits; None for no
            such score.

        finetune: updates of each training from the weights of the study's supernet; None for
            trainings by the study's proxy from random weights.

    Raises:
        StudyError: one is too small.
    """

    count: int
    num_seeds: int = NUM_SEEDS
    int8_by: str | None = None
    finetune: int | None = None

    def __post_init__(self) -> None:
        check_count(self.count, "FinalRequest: `count=`", StudyError)
        check_count(self.num_seeds, "FinalRequest: `num_seeds=`", StudyError, least=MIN_SEEDS)
        if self.finetune is not None:
            check_count(self.finetune, "FinalRequest: `finetune=`", StudyError)
        if self.int8_by is not None and self.int8_by not in INT8_RUNTIMES:
            raise StudyError(unknown("format of 8 bits", self.int8_by, INT8_RUNTIMES))


def choose(front: Sequence[Row], count: int, rule: FrontRule = FrontRule.POINT) -> list[Row]:
    """Return up to ``count`` networks spread over a front by latency, or memory by the rule.

    The first is the most accurate; each further one is the farthest in its cost from those
    chosen: the fastest, then the middle of the widest gap. A larger ``count`` keeps the choice of a
    smaller one.
    """
    left = sorted(front, key=lambda row: row.cost(rule))
    chosen = [left.pop(max(range(len(left)), key=lambda place: (left[place].top1, place)))]
    while left and len(chosen) < count:
        gaps = [min(abs(row.cost(rule) - other.cost(rule)) for other in chosen) for row in left]
        chosen.append(left.pop(gaps.index(max(gaps))))
    return chosen


def fresh_seeds(config: StudyConfig, count: int) -> tuple[int, ...]:
    """Return the first ``count`` seeds after those that the study's own trainings use."""
    counts = (config.seeds, *config.baselines.values(), *config.rivals.values())
    first = config.data_seed + max(counts)
    return tuple(range(first, first + count))


def make_final_plan(
    request: FinalRequest,
    summary: Summary,
    config: StudyConfig,
    before: Final | None,
    finetuning: FineTuning | None = None,
) -> FinalPlan:
    """Plan the final evaluation of a search.

    Networks with a test score stay in the plan, and all are trained with the same seeds: dropping a
    network or a seed once its test score is known would be a selection on test images. So seeds
    stay that were fresh until the study got a rival with more seeds.

    Args:
        request: the requested numbers.
        summary: the summary of the search.
        config: the configuration of the study.
        before: the finalists of earlier commands, None if there are none.
        finetuning: how the trainings begin with shared weights; None for random ones.

    Raises:
        StudyError: no network of the search is on the front.
    """
    searched = [row for row in summary.front if row.role == Role.SEARCH]
    if not searched:
        found = ", ".join(row.name for row in summary.front) or "nothing"
        raise StudyError(
            f"`finalists=`: the front holds {found}, but no network of the search, so there is "
            "nothing to re-evaluate. Search on with a larger `trials=`."
        )
    records = () if before is None else before.records
    trials = {row.trial for row in choose(searched, request.count, summary.rule)} | {
        r.trial for r in records
    }
    trials |= {row.trial for row in summary.baselines if row.state == State.COMPLETE}
    by_cost = sorted(summary.rows, key=lambda row: row.cost(summary.rule))
    kept = sorted({record.seed for record in records})
    unused = [
        seed for seed in fresh_seeds(config, len(kept) + request.num_seeds) if seed not in kept
    ]
    return FinalPlan(
        trials=tuple(row.trial for row in by_cost if row.trial in trials),
        seeds=(*kept, *unused)[: max(request.num_seeds, len(kept))],
        finetuning=finetuning,
    )


def check_same_start(before: Final | None, finetuning: FineTuning | None) -> None:
    """Check that the finalists of earlier commands were trained as those asked for.

    Raises:
        StudyError: they began with other weights, or had other updates.
    """
    if before is None or not before.records or before.plan.finetuning == finetuning:
        return
    raise StudyError(
        f"this study's finalists were trained {_how(before.plan.finetuning)}, and trainings "
        f"{_how(finetuning)} cannot be compared with them. Ask for the same, or repeat the search "
        "in another `run_dir=`."
    )


def _how(finetuning: FineTuning | None) -> str:
    if finetuning is None:
        return "from random weights (without `finetune=`)"
    return f"from shared weights (`finetune=` {finetuning.updates})"


def check_test_images(before: Final | None, fingerprint: str, source: str) -> None:
    """Check that the finalists of earlier commands were scored on the present test images.

    Raises:
        StoreError: the fingerprints differ.
    """
    found = {record.test_images for record in before.records} if before else set()
    if found - {fingerprint}:
        raise StoreError(
            f"the test images of {source} are not those that this study's finalists were scored "
            "on, and the two cannot be compared. "
            "Restore those images, or start anew with `fresh=` or another `run_dir=`."
        )
