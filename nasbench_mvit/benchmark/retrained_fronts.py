"""The fronts of searches whose networks were all trained anew: hypervolume beside what they cost.

A search's own scores flatter it, and those of shared weights are of another kind than those of
trainings. So fronts are compared by their finalists: networks of each front, trained from random
weights with fresh seeds and scored on test images.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from nasbench_mvit.analysis.pareto import hypervolume
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.search.finalists.summary import FinalSummary
from nasbench_mvit.search.results.row import Row, front_costs_of
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import Role, StoredTrial, TrialRecord

LEVEL = 0.9
ABOUT_RUNS = (
    "Hypervolume of the networks that each search chose, all trained from random weights with "
    "fresh seeds and scored on test images; in fraction × the cost's unit from the study's "
    "reference point; ± is the standard deviation between the seeds of the finalists. Core-seconds "
    "are of the search's own evaluations, without the published networks and the finalists, which "
    "all searches have."
)
ABOUT_MEANS = f"In brackets the {LEVEL:.0%} interval over searches (Student's t)."


@dataclass(frozen=True, kw_only=True)
class RetrainedFront:
    """The finalists that a search has chosen.

    Attributes:
        place: where the search is.
        evaluator: where its accuracies come from.
        sampler: name of its sampler.
        num_networks: networks that it evaluated beside the published ones.
        num_finalists: those trained anew.
        core_seconds: processor time of its evaluations.
        supernet_core_seconds: that of training its supernet, NaN without one.
        hypervolumes: of the finalists on the test images with each seed, in fraction × ms (or MB)
            from the study's reference point.
        terms: all that must be equal of searches to be compared.
    """

    place: str
    evaluator: str
    sampler: str
    num_networks: int
    num_finalists: int
    core_seconds: float
    supernet_core_seconds: float
    hypervolumes: tuple[float, ...]
    terms: dict[str, str]

    @property
    def mean(self) -> float:
        """Mean hypervolume over the seeds."""
        return float(np.mean(self.hypervolumes))


def retrained_front(
    place: str,
    config: StudyConfig,
    trials: Sequence[StoredTrial],
    final: FinalSummary | None,
    supernet_core_seconds: float = math.nan,
) -> RetrainedFront:
    """Return the finalists of a search.

    Args:
        place: where the search is.
        config: its study.
        trials: what its store holds.
        final: its finalists.
        supernet_core_seconds: processor time of training its supernet.

    Raises:
        StudyError: it has none, some are missing, they were fine-tuned, or all failed.
    """
    if final is None or final.num_missing or final.finetuning is not None:
        raise StudyError(
            f"{place} has no finalists that were all trained from random weights. Run the search "
            "with `finalists=` and without `finetune=` to its end."
        )
    chosen = [one for one in final.compared if one.row.role == Role.SEARCH]
    if not chosen:
        raise StudyError(f"all finalists of {place} failed, so it has no front to compare.")
    rows: list[Row] = [one.row for one in chosen]
    costs_N, _ = front_costs_of(rows, config.rule)
    top1_NS = np.array([[result.test_top1 for result in one.results] for one in chosen])
    searched = [
        trial.record
        for trial in trials
        if trial.record.role == Role.SEARCH and trial.record.duplicate_of is None
    ]
    reference = config.reference
    return RetrainedFront(
        place=place,
        evaluator=config.evaluator,
        sampler=config.sampler,
        num_networks=len(searched),
        num_finalists=len(chosen),
        core_seconds=sum(map(_core_seconds, searched)),
        supernet_core_seconds=supernet_core_seconds,
        hypervolumes=tuple(
            hypervolume(
                top1_N,
                costs_N,
                worst_top1=reference.top1,
                worst_latency_ms=config.worst_cost,
            )
            for top1_N in top1_NS.T
        ),
        terms={
            "space": config.space,
            "predictor": str(config.predictor),
            "limits": config.limits.model_dump_json(),
            "front": str(config.rule),
            "reference": reference.model_dump_json(),
            "proxy": config.proxy.id,
            "data": config.data,
            "the fingerprint of the test images": chosen[0].records[0].test_images,
        },
    )


@dataclass(frozen=True)
class FrontComparison:
    """Fronts of searches of one task.

    Attributes:
        fronts: one of each search.

    Raises:
        StudyError: their tasks differ; the message names the first difference.
    """

    fronts: tuple[RetrainedFront, ...]

    def __post_init__(self) -> None:
        first, *others = self.fronts
        for other in others:
            for term, value in first.terms.items():
                if other.terms[term] != value:
                    raise StudyError(
                        f"the searches in {first.place} and {other.place} cannot be compared: "
                        f"{term} is {value} and {other.terms[term]}. Name searches of one study."
                    )

    def markdown(self) -> str:
        """Return the fronts, and their mean by evaluator and sampler, as two tables."""
        runs = [
            [
                f"`{front.place}`",
                front.evaluator,
                front.sampler,
                str(front.num_networks),
                f"{front.core_seconds:,.0f}",
                _seconds(front.supernet_core_seconds),
                str(front.num_finalists),
                f"{front.mean:.3f} ± {np.std(front.hypervolumes, ddof=1):.3f}",
            ]
            for front in self.fronts
        ]
        columns = ["search", "accuracies", "sampler", "networks", "core-seconds", "of the supernet",
                   "finalists", "hypervolume"]  # fmt: skip
        groups: dict[tuple[str, str], list[float]] = {}
        for front in self.fronts:
            groups.setdefault((front.evaluator, front.sampler), []).append(front.mean)
        means = [[*names, str(len(found)), _interval(found)] for names, found in groups.items()]
        table = markdown_table(["accuracies", "sampler", "searches", "mean hypervolume"], means)
        return f"{markdown_table(columns, runs)}\n\n{ABOUT_RUNS}\n\n{table}\n\n{ABOUT_MEANS}"


def _core_seconds(record: TrialRecord) -> float:
    """Return the processor time of a network's trainings, a stopped one included."""
    seconds = sum(evaluation.result.cpu_seconds for evaluation in record.evaluations)
    return seconds + (
        record.judged.curve[-1].cpu_seconds if record.judged and record.judged.is_stopped else 0.0
    )


def _seconds(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"


def _interval(values: Sequence[float]) -> str:
    """Return a mean with its interval, without one of a single value."""
    mean, count = float(np.mean(values)), len(values)
    if count == 1:
        return f"{mean:.3f}"
    reach = stats.t.ppf((1 + LEVEL) / 2, count - 1) * np.std(values, ddof=1) / math.sqrt(count)
    return f"{mean:.3f} [{mean - reach:.3f}, {mean + reach:.3f}]"
