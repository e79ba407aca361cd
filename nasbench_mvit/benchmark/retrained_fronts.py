"""The fronts of searches whose networks were all trained anew: hypervolume beside what they cost.

A search's own scores flatter it, and those of shared weights are of another kind than those of
trainings. So fronts are compared by their finalists: networks of each front, trained from random
weights with fresh seeds and scored on test images.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nasbench_mvit.analysis.pareto import hypervolume
from nasbench_mvit.analysis.student import half_width
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.search.finalists.summary import Finalist, FinalSummary
from nasbench_mvit.search.results.reference import ReferencePoint, reference_point
from nasbench_mvit.search.results.row import front_costs_of
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import Role, StoredTrial, TrialRecord

LEVEL = 0.9
ABOUT = (
    "Hypervolume of the networks that each search chose, all trained from random weights with "
    "fresh seeds and scored on test images; in fraction × {unit} from the reference point "
    "{top1:.1%} and {cost:.2f} {unit}, the same for all{made}; ± is the standard deviation "
    "between the seeds of the finalists. Core-seconds are of the search's own evaluations, "
    "without the published networks and the finalists, which all searches have."
)
MADE = ", made by the test scores of the published networks"
ABOUT_MEANS = f"In brackets the {LEVEL:.0%} interval over searches (Student's t)."


@dataclass(frozen=True, kw_only=True)
class SearchedFront:
    """A search with its finalists.

    Attributes:
        place: where the search is.
        config: its study.
        trials: what its store holds.
        final: its finalists.
        supernet_core_seconds: processor time of training its supernet, NaN without one.

    Raises:
        StudyError: it has no finalists, some are missing, they were fine-tuned, or all failed.
    """

    place: str
    config: StudyConfig
    trials: Sequence[StoredTrial]
    final: FinalSummary | None
    supernet_core_seconds: float = math.nan

    def __post_init__(self) -> None:
        final = self.final
        if final is None or final.num_missing or final.finetuning is not None:
            raise StudyError(
                f"{self.place} has no finalists that were all trained from random weights. Run the "
                "search with `finalists=` and without `finetune=` to its end."
            )
        if not self.chosen:
            raise StudyError(f"all finalists of {self.place} failed: it has no front to compare.")

    @property
    def chosen(self) -> list[Finalist]:
        """The finalists that the search chose."""
        compared = [] if self.final is None else self.final.compared
        return [finalist for finalist in compared if not finalist.is_baseline]

    @property
    def baselines(self) -> list[Finalist]:
        """The published networks among the finalists."""
        compared = [] if self.final is None else self.final.compared
        return [finalist for finalist in compared if finalist.is_baseline]

    @property
    def searched(self) -> list[TrialRecord]:
        """The networks that it evaluated beside the published ones, each once."""
        return [
            trial.record
            for trial in self.trials
            if trial.record.role == Role.SEARCH and trial.record.duplicate_of is None
        ]

    @property
    def core_seconds(self) -> float:
        """Processor time of its evaluations, trainings that were stopped included."""
        return sum(record.core_seconds for record in self.searched)

    @property
    def terms(self) -> dict[str, str]:
        """All that must be equal of searches to be compared."""
        config = self.config
        return {
            "space": config.space,
            "predictor": str(config.predictor),
            "limits": config.limits.model_dump_json(),
            "front": str(config.rule),
            "reference": str(config.reference),
            "proxy": config.proxy.id,
            "data": config.data,
            "the fingerprint of the test images": self.chosen[0].records[0].test_images,
        }

    def hypervolumes(self, reference: ReferencePoint) -> list[float]:
        """Return that of the chosen networks with each seed, in fraction × ms (or MB)."""
        rows = [finalist.row for finalist in self.chosen]
        costs_N, _ = front_costs_of(rows, self.config.rule)
        top1_NS = np.array([[r.test_top1 for r in finalist.results] for finalist in self.chosen])
        return [
            hypervolume(
                top1_N,
                costs_N,
                worst_top1=reference.top1,
                worst_latency_ms=reference.cost,
            )
            for top1_N in top1_NS.T
        ]


@dataclass(frozen=True)
class SearchedFronts:
    """Searches of one task, to be compared by their finalists.

    Attributes:
        fronts: each search.

    Raises:
        StudyError: their tasks differ; the message names the first difference.
    """

    fronts: tuple[SearchedFront, ...]

    def __post_init__(self) -> None:
        first, *others = self.fronts
        for other in others:
            for term, value in first.terms.items():
                if other.terms[term] != value:
                    raise StudyError(
                        f"the searches in {first.place} and {other.place} cannot be compared: "
                        f"{term} is {value} and {other.terms[term]}. Name searches of one study."
                    )

    @cached_property
    def reference(self) -> ReferencePoint:
        """The study's reference point, or that of the published networks' test scores."""
        rows = [
            dataclasses.replace(finalist.row, top1=finalist.test_top1)
            for front in self.fronts
            for finalist in front.baselines
        ]
        return reference_point(rows, self.fronts[0].config)

    def markdown(self) -> str:
        """Return the searches, and their mean by evaluator and sampler, as two tables."""
        runs, groups = [], dict[tuple[str, str], list[float]]()
        for front in self.fronts:
            found, ways = front.hypervolumes(self.reference), _ways(front)
            groups.setdefault(ways, []).append(float(np.mean(found)))
            runs.append(
                [
                    f"`{front.place}`",
                    *ways,
                    str(len(front.searched)),
                    f"{front.core_seconds:,.0f}",
                    _seconds(front.supernet_core_seconds),
                    str(len(front.chosen)),
                    f"{np.mean(found):.3f} ± {np.std(found, ddof=1):.3f}",
                ]
            )
        columns = ["search", "accuracies", "sampler", "networks", "core-seconds", "of the supernet",
                   "finalists", "hypervolume"]  # fmt: skip
        means = [[*ways, str(len(found)), _interval(found)] for ways, found in groups.items()]
        about = ABOUT.format(
            unit=self.fronts[0].config.rule.unit,
            top1=self.reference.top1,
            cost=self.reference.cost,
            made=MADE if self.reference.is_made else "",
        )
        table = markdown_table(["accuracies", "sampler", "searches", "mean hypervolume"], means)
        return f"{markdown_table(columns, runs)}\n\n{about}\n\n{table}\n\n{ABOUT_MEANS}"


def _ways(front: SearchedFront) -> tuple[str, str]:
    config = front.config
    prior = "" if config.prior is None else f", prior {config.prior}"
    return config.evaluator, f"{config.sampler}{prior}"


def _seconds(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"


def _interval(values: Sequence[float]) -> str:
    """Return a mean with its interval, without one of a single value."""
    mean, reach = float(np.mean(values)), half_width(values, LEVEL)
    if math.isnan(reach):
        return f"{mean:.3f}"
    return f"{mean:.3f} [{mean - reach:.3f}, {mean + reach:.3f}]"
