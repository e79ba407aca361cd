"""Summary: what a study has found so far, as rows; files, figures and tables are made from it."""

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from nasbench_mvit.analysis.pareto import FrontRule, hypervolume, pareto_front
from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.architecture.fields import Value, spelled_out
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.calibration.calibration import ImagenetCalibration
from nasbench_mvit.cost.memory import peaks_mb
from nasbench_mvit.errors import counted
from nasbench_mvit.search.results.claims import ClaimCheck, check_claims
from nasbench_mvit.search.results.imagenet import COLUMNS as IMAGENET
from nasbench_mvit.search.results.imagenet import with_estimates
from nasbench_mvit.search.results.reference import ReferencePoint, reference_point
from nasbench_mvit.search.results.row import (
    ESTIMATED,
    SHARED,
    TRAINED,
    UNTRAINED,
    Row,
    front_costs_of,
    row_of,
    score_name,
    trial_title,
)
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.search.trials.record import UNFINISHED, Role, State, StoredTrial
from nasbench_mvit.table.seed_noise import shipped_noise

PERCENT = 100.0
CONFIDENCE = 0.95
MEMORY_KIND = "estimated"  # by closed formulas


_ESTIMATED_NOTE = (
    "all accuracies are estimated by a surrogate and nothing was trained: ± is its root mean "
    "square error on networks held out of its data ({points:.1f} points over all here), every seed "
    "has the same estimate, and the best of many look better than they are, for a search finds the "
    "estimates that err upwards; train the winners (evaluator: training). † marks networks "
    "unlike those it has learnt from, for which its error does not hold"
)
_SHARED_NOTE = (
    "no network was trained alone: each was scored with weights that all share in a supernet, so "
    "scores rank networks and are no proxy top-1. ± is the standard error from the number of "
    "held-out images ({points:.1f} points over all here); how far the ranks are those of trainings "
    "is another matter (docs/supernet.md): train the winners (evaluator: training, or finalists)"
)
_NOTES = {ESTIMATED: _ESTIMATED_NOTE, SHARED: _SHARED_NOTE}
_SOURCES = {ESTIMATED: "networks held out of the surrogate", SHARED: "the held-out images"}


@dataclass(frozen=True)
class Summary:
    """The state of a study.

    Attributes:
        rows: one per trial.
        noise: standard deviation of top-1 (a fraction) between seeds, pooled over the networks
            trained more than once: those of the shipped table where it is of the study's proxy and
            images, otherwise those of the study; NaN if there are none. Of estimates, which do not
            depend on seeds, the root mean square error of the surrogate; of shared weights the
            standard error.
        noise_source: those networks and how often, or what stands for them; empty if there are
            none.
        noise_freedom: degrees of freedom of the noise between seeds; zero where there is none.
        calibration: the calibration behind the rows' estimates of ImageNet top-1; None without.
        rule: what decides which network costs less, and whether that is latency or memory.
        metric: name of the proxy's score, which ``top1`` of the rows is: "top-1", or "mAP50" or
            "mIoU" of networks that detect or segment.
        reference: the point from which the hypervolume is measured.
        hypervolume: of the front, in fraction × ms (or MB); 0 while the point is not known.
        claims: what the study says of the paper's claims over its rivals; None without rivals.
    """

    rows: tuple[Row, ...]
    noise: float
    noise_source: str
    reference: ReferencePoint
    hypervolume: float
    claims: ClaimCheck | None = None
    noise_freedom: int = 0
    calibration: ImagenetCalibration | None = None
    rule: FrontRule = FrontRule.POINT
    metric: str = "top-1"

    def is_cheaper(self, row: Row, other: Row) -> bool:
        """Return whether a network costs less than another by the rule of the front."""
        dominating, dominated = front_costs_of([row, other], self.rule)
        return bool(dominating[0] < dominated[1])

    @property
    def noise_note(self) -> str:
        """Return the noise and its meaning for a difference, in words."""
        if self.kind in UNTRAINED:
            return _NOTES[self.kind].format(points=self.noise * PERCENT)
        if not self.noise_source:
            return "the noise is not known: no network was trained with more than one seed"
        points = self.noise * PERCENT
        by_chance = math.sqrt(2) * self._quantile * points
        return (
            "± is one standard deviation of a mean over seeds, their number in brackets; between "
            f"single seeds it is {points:.1f} points (pooled over {self.noise_source}: "
            f"{counted(self.noise_freedom, 'degree of freedom', 'degrees of freedom')}), so two "
            "networks of one seed each differ by "
            f"up to {by_chance:.1f} points by chance alone (95 %, Student's t), "
            "and the best of many looks better than it is"
        )

    def chance_difference(self, one: Row, other: Row) -> float:
        """Return by how much two networks differ by chance alone, at most, with 95 %: a fraction.

        This is the half width of the interval of their difference, NaN where the noise is unknown.
        """
        return self._quantile * math.hypot(self.noise_of(one), self.noise_of(other))

    @property
    def _quantile(self) -> float:
        """How many standard deviations hold 95 %; the deviation itself comes from a few seeds."""
        share = (1 + CONFIDENCE) / 2
        if self.kind in UNTRAINED:
            return float(stats.norm.ppf(share))
        return float(stats.t.ppf(share, self.noise_freedom))

    @property
    def counts(self) -> dict[str, int]:
        """The trials by state, in alphabetical order; a repeated network counts as "repeated"."""
        states = ("repeated" if row.duplicate_of is not None else row.state for row in self.rows)
        return dict(sorted(Counter(states).items()))

    @property
    def kind(self) -> str:
        """What the accuracies are, as rows say it; those of a study are all of one kind."""
        return next((row.top1_kind for row in self.rows if row.top1_kind), TRAINED)

    @property
    def score(self) -> str:
        """The name of the accuracies, which says their kind: "proxy top-1" where trained."""
        return score_name(self.kind, self.metric)

    @property
    def front(self) -> list[Row]:
        """The networks on the Pareto front, the one of the lowest cost first."""
        return sorted((row for row in self.rows if row.on_front), key=self._cost)

    @property
    def baselines(self) -> list[Row]:
        """The published networks of the study, trained by its proxy, the costliest first."""
        rows = (row for row in self.rows if row.role == Role.BASELINE)
        return sorted(rows, key=self._cost, reverse=True)

    @property
    def rivals(self) -> list[Row]:
        """The rivals trained by the same proxy, the slowest first."""
        rows = (row for row in self.rows if row.role == Role.RIVAL)
        return sorted(rows, key=lambda row: -row.latency_ms)

    def _cost(self, row: Row) -> float:
        return row.cost(self.rule)

    @property
    def num_searched(self) -> int:
        """Return how many networks of the search are trained to their end or stopped."""
        ended = {State.COMPLETE, State.STOPPED}
        return sum(row.role == Role.SEARCH and row.state in ended for row in self._originals())

    def is_done(self, budget: int) -> bool:
        """Return whether a budget of networks is spent, and nothing runs or is to be continued."""
        is_left = any(row.state in UNFINISHED for row in self._originals())
        return self.num_searched >= budget and not is_left

    def _originals(self) -> list[Row]:
        """Return the rows without those of repeated networks."""
        return [row for row in self.rows if row.duplicate_of is None]

    def noise_of(self, row: Row) -> float:
        """Return the standard deviation of a network's top-1, a mean over its seeds.

        The noise is that of MobileViTs; how rivals vary is told where they are compared. That of
        what was not trained is its error, which further seeds do not reduce.
        """
        if row.top1_kind in UNTRAINED:
            return row.top1_error
        if row.role == Role.RIVAL:
            return math.nan
        return self.noise / math.sqrt(len(row.seeds)) if row.seeds else math.nan

    def frame(self) -> pd.DataFrame:
        """Return the rows as a table, one column per field of ``Row`` and of a MobileViT.

        Pairs and tuples come as numbers too: the number of seeds, height and width of a patch.
        Estimates of ImageNet top-1 are left out without a calibration.
        """
        left_out = {"network", *(() if self.calibration else IMAGENET)}
        columns = [f.name for f in dataclasses.fields(Row) if f.name not in left_out]
        table = pd.DataFrame(
            [[getattr(row, column) for column in columns] for row in self.rows], columns=columns
        ).astype({"on_front": bool, "within_limits": bool})  # of no rows too
        if self.rule is not FrontRule.MEMORY:
            dominating_ms, _ = front_costs_of(self.rows, self.rule)
            after = columns.index("latency_high_ms") + 1
            table.insert(after, self.rule.front_column, dominating_ms)
        peaks = peaks_mb([row.network for row in self.rows])
        after = list(table.columns).index("macs")
        table.insert(after + 1, FrontRule.MEMORY.column, peaks)
        table.insert(after + 2, "peak_activation_kind", np.where(np.isnan(peaks), "", MEMORY_KIND))
        after = columns.index("seeds") + 1
        table.insert(after, "num_seeds", [len(row.seeds) for row in self.rows])
        networks = pd.DataFrame([_fields(row.network) for row in self.rows])
        return pd.concat([table, networks], axis="columns")


def _fields(network: Network) -> dict[str, Value]:
    """Return a network's fields, of which a rival has none that a table could compare."""
    fields: dict[str, Value] = {}
    for name, value in spelled_out(network).items() if isinstance(network, MobileViTSpec) else ():
        fields[name] = value
        if isinstance(value, tuple):
            fields |= zip((f"{name}_height", f"{name}_width"), value, strict=True)
    return fields


def summarise(
    trials: Sequence[StoredTrial],
    config: StudyConfig,
    limits: LimitCheck,
    calibration: ImagenetCalibration | None = None,
) -> Summary:
    """Build the summary of a study's trials, with the estimates of a calibration of its proxy."""
    return summary_of([row_of(trial, limits) for trial in trials], trials, config, calibration)


def summary_of(
    rows: Sequence[Row],
    trials: Sequence[StoredTrial],
    config: StudyConfig,
    calibration: ImagenetCalibration | None = None,
) -> Summary:
    """Build the summary from rows made by ``row_of``, one for each trial."""
    if calibration is not None:
        rows = with_estimates(rows, calibration)
    dominating, dominated = front_costs_of(rows, config.rule)
    mask = pareto_front(
        [row.top1 if _is_eligible(row) else math.nan for row in rows], dominating, dominated
    )
    rows = [
        dataclasses.replace(row, on_front=True) if is_on else row
        for row, is_on in zip(rows, mask, strict=True)
    ]
    front = [row for row in rows if row.on_front]
    noise, source, freedom = _noise(trials, rows, config)
    reference = reference_point(rows, config)
    return Summary(
        rows=tuple(rows),
        noise=noise,
        noise_source=source,
        reference=reference,
        hypervolume=hypervolume(
            [row.top1 for row in front],
            dominating[mask],
            worst_top1=reference.top1,
            worst_latency_ms=reference.cost,
        ),
        claims=check_claims(trials, config.proxy.task),
        noise_freedom=freedom,
        calibration=calibration,
        rule=config.rule,
        metric=config.proxy.metric,
    )


def _is_eligible(row: Row) -> bool:
    is_answer = row.state == State.COMPLETE and row.duplicate_of is None
    return is_answer and row.within_limits and row.role != Role.RIVAL


def _noise(
    trials: Sequence[StoredTrial], rows: Sequence[Row], config: StudyConfig
) -> tuple[float, str, int]:
    """Return the noise of one training or estimate, its source and its degrees of freedom."""
    untrained = [row for row in rows if row.top1_kind in UNTRAINED]
    if untrained:
        squares = np.square([row.top1_error for row in untrained])
        return math.sqrt(float(np.mean(squares))), _SOURCES[untrained[0].top1_kind], 0
    if shipped := shipped_noise(config.proxy.id, config.data):
        return shipped.sd, shipped.source, shipped.freedom
    repeated = [
        trial
        for trial in trials
        if len(trial.record.evaluations) > 1 and trial.record.role is not Role.RIVAL
    ]
    scores = [[e.result.top1 for e in t.record.evaluations] for t in repeated]
    parts = [f"{trial_title(trial)} × {len(trial.record.evaluations)}" for trial in repeated]
    return pooled_sd(scores), ", ".join(parts), sum(len(of_one) - 1 for of_one in scores)
