"""FinalSummary: the results of the finalists' trainings, as data.

Axes: N networks, S seeds, M images.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.analysis.significance import (
    AccuracyDifference,
    Comparison,
    compare,
    image_variance,
)
from nasbench_mvit.analysis.statistics import mean
from nasbench_mvit.latency.predictor.files import predictor_names
from nasbench_mvit.latency.predictor.predictor import LatencyPredictor, load_predictor
from nasbench_mvit.search.finalists.record import Final, FinalRecord, FineTuning
from nasbench_mvit.search.results.row import SHARED, Row
from nasbench_mvit.search.results.summary import Summary
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.training.proxy.result import FinalResult, QuantisedResult


@dataclass(frozen=True, kw_only=True)
class Finalist:
    """One network and its trainings with fresh seeds; accuracies are fractions.

    Attributes:
        row: the row of the search; ``row.top1`` is its score there.
        records: its trainings, by seed.
        int8_ms: estimated latency in 8 bits on the same phone, NaN where no predictor knows it.
    """

    row: Row
    records: tuple[FinalRecord, ...]
    int8_ms: float = math.nan

    @property
    def is_baseline(self) -> bool:
        """Whether it is one of the published networks."""
        return self.row.role == Role.BASELINE

    @property
    def results(self) -> list[FinalResult]:
        """The results of the finished trainings."""
        return [record.result for record in self.records if record.result is not None]

    @property
    def failure(self) -> str:
        """The failure that excludes it, with the seed; empty if it did not fail."""
        failed = [record for record in self.records if record.failure is not None]
        return f"seed {failed[0].seed}: {failed[0].failure}" if failed else ""

    @property
    def test_top1(self) -> float:
        """Mean score on the test images, NaN before the first."""
        return mean([result.test_top1 for result in self.results])

    @property
    def validation_top1(self) -> float:
        """Mean score of the same trainings on the validation images, NaN before the first."""
        return mean([result.top1 for result in self.results])

    @property
    def int8_top1(self) -> float:
        """Mean score on the test images in 8 bits, NaN unless all seeds were scored so."""
        scored = [each for each in self.results if isinstance(each, QuantisedResult)]
        is_whole = bool(scored) and len(scored) == len(self.results)
        return mean([each.int8_top1 for each in scored]) if is_whole else math.nan

    @property
    def seed_sd(self) -> float:
        """Standard deviation of the test score between its seeds, NaN below two."""
        scores = [result.test_top1 for result in self.results]
        return float(np.std(scores, ddof=1)) if len(scores) > 1 else math.nan

    @property
    def sampling_error(self) -> float:
        """Standard error of the mean test score from the choice of test images."""
        if not self.results:
            return math.nan
        rates_M = np.mean([result.unpacked() for result in self.results], axis=0)
        return math.sqrt(image_variance(rates_M))


@dataclass(frozen=True, kw_only=True)
class FinalSummary:
    """The final evaluation of a search.

    Attributes:
        finalists: networks of the front and the published ones, the best on test images first,
            those that failed last.
        seeds: the fresh seeds.
        num_missing: number of trainings still to do before the comparison.
        num_searched: number of networks that the front was selected from.
        comparison: the comparison of ``compared``, in that order; None while trainings are missing,
            or if failures leave fewer than two networks.
        finetuning: where the trainings begin with shared weights; None where with random ones.
    """

    finalists: tuple[Finalist, ...]
    seeds: tuple[int, ...]
    num_missing: int
    num_searched: int
    comparison: Comparison | None
    finetuning: FineTuning | None = None

    @property
    def compared(self) -> list[Finalist]:
        """The finalists that did not fail."""
        return [finalist for finalist in self.finalists if not finalist.failure]

    @property
    def int8_by(self) -> str:
        """The runtimes that scored in 8 bits; empty where none did."""
        results = [result for finalist in self.finalists for result in finalist.results]
        names = [each.int8_by for each in results if isinstance(each, QuantisedResult)]
        return " and ".join(dict.fromkeys(names))

    @property
    def searched_by_shares(self) -> bool:
        """Whether the search scored networks with shared weights, not by trainings."""
        return any(finalist.row.top1_kind == SHARED for finalist in self.finalists)

    @property
    def num_test_images(self) -> int:
        """Number of test images, 0 before the first training is done."""
        results = [result for finalist in self.finalists for result in finalist.results]
        return results[0].num_test_images if results else 0

    @property
    def differences(self) -> list[tuple[Finalist, Finalist, AccuracyDifference]]:
        """All pairs with their difference, the better network first, the clearest pair first."""
        if self.comparison is None:
            return []
        compared = self.compared
        found = sorted(self.comparison.differences, key=lambda d: (d.p, -d.estimate))
        return [(compared[d.first], compared[d.second], d) for d in found]

    def standing(self, finalist: Finalist) -> tuple[list[str], list[str], list[str]]:
        """Return the names of the networks that it is better than, equal to, and worse than.

        Equal means that the difference does not exceed the noise.
        """
        better: list[str] = []
        equal: list[str] = []
        worse: list[str] = []
        for first, second, difference in self.differences:
            if finalist is first:
                (better if difference.exceeds_noise else equal).append(second.row.name)
            elif finalist is second:
                (worse if difference.exceeds_noise else equal).append(first.row.name)
        return better, equal, worse

    def optimism(self, *, of_baselines: bool) -> tuple[float, float]:
        """Return the optimism of the search's scores: their excess over those of fresh seeds.

        Args:
            of_baselines: whether of the published networks, which were not selected by score, or of
                the finalists.

        Returns:
            The mean excess over the validation scores and over the test scores, as fractions.
        """
        chosen = [f for f in self.compared if f.is_baseline is of_baselines]
        return (
            mean([finalist.row.top1 - finalist.validation_top1 for finalist in chosen]),
            mean([finalist.row.top1 - finalist.test_top1 for finalist in chosen]),
        )


def summarise_final(
    final: Final, summary: Summary, predictor: LatencyPredictor | None = None
) -> FinalSummary:
    """Summarise the stored finalists, with the summary of the search.

    Args:
        final: the stored finalists.
        summary: the summary of the search.
        predictor: the study's; one of the same phone in 8 bits is found by its name.
    """
    rows = {row.trial: row for row in summary.rows}
    finalists = [
        Finalist(
            row=rows[n],
            records=tuple(r for r in final.records if r.trial == n),
            int8_ms=_int8_ms(rows[n], predictor),
        )
        for n in final.plan.trials
    ]
    finalists.sort(key=_best_first)
    num_missing = len(final.missing())
    searched = [row for row in summary.rows if row.role == Role.SEARCH and row.duplicate_of is None]
    return FinalSummary(
        finalists=tuple(finalists),
        seeds=final.plan.seeds,
        num_missing=num_missing,
        num_searched=sum(row.state == State.COMPLETE for row in searched),
        comparison=None if num_missing else _compare([f for f in finalists if not f.failure]),
        finetuning=final.plan.finetuning,
    )


def _int8_ms(row: Row, predictor: LatencyPredictor | None) -> float:
    name = "" if predictor is None else f"{predictor.document.name}_int8"
    if name not in predictor_names():
        return math.nan
    return load_predictor(name).predict(row.network).ms


def _best_first(finalist: Finalist) -> tuple[bool, float]:
    top1 = finalist.test_top1
    return bool(finalist.failure), math.inf if math.isnan(top1) else -top1


def _compare(compared: Sequence[Finalist]) -> Comparison | None:
    """Compare the finalists with each other and with the published networks."""
    pairs = [
        (first, second)
        for second in range(len(compared))
        for first in range(second)
        if not (compared[first].is_baseline and compared[second].is_baseline)
    ]
    if not pairs:
        return None
    hits_NSM = np.array([[result.unpacked() for result in f.results] for f in compared])
    return compare(hits_NSM, pairs)
