"""One trial as a row: what a study has found of a network, flat."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.analysis.pareto import FrontRule, front_costs, is_unknown
from nasbench_mvit.analysis.statistics import mean
from nasbench_mvit.architecture.network import Network, title_of
from nasbench_mvit.cost.memory import peak_mb, peaks_mb
from nasbench_mvit.search.trials.candidates import LimitCheck
from nasbench_mvit.search.trials.record import State, StoredTrial, TrialRecord
from nasbench_mvit.training.proxy.result import EstimatedResult, SharedResult

TRAINED, ESTIMATED, SHARED = "trained", "estimated", "shared"
UNTRAINED = (ESTIMATED, SHARED)
_SCORES = {ESTIMATED: "estimated proxy {metric}", SHARED: "{metric} of shared weights"}
QUANTILE = 1.645  # of 90 % of a normal distribution, both sides


def score_name(kind: str, metric: str) -> str:
    """Return the name of a score in reports, by its kind: "proxy top-1" where trained."""
    return _SCORES.get(kind, "proxy {metric}").format(metric=metric)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One trial, flat; accuracies are fractions.

    Attributes:
        trial: its number.
        top1: mean over the trainings of ``seeds``, NaN unless the trial is complete.
        top1_kind: whether it was "trained", "estimated" by a surrogate, or is that of weights
            "shared" in a supernet; "" of no top1.
        top1_low, top1_high: the interval of what was not trained, else NaN.
        top1_error: root mean square error of such estimates, of shared weights the standard error
            from the number of held-out images; NaN of what was trained.
        top1_extrapolating: the surrogate knows no such networks.
        sampling_error: standard error from the number of held-out images, mean over seeds.
        latency_low_ms, latency_high_ms: the interval of ``latency_ms``.
        seconds: clock time of the trainings.
        duplicate_of: the trial whose answer was repeated.
        reason: why it was rejected, stopped or failed.
        rung: share of the training at which it was stopped, NaN where it was not.
        estimated_imagenet_top1: what a calibration makes of ``top1``, NaN without one.
        estimated_imagenet_top1_low, estimated_imagenet_top1_high: its interval.
        estimated_imagenet_top1_in_domain: whether the calibration rests on networks like this one.
        within_limits: whether the network keeps the study's limits.
        on_front: whether no other network within the limits dominates it.
    """

    trial: int
    state: str
    role: str
    name: str
    spec_id: str
    top1: float
    seeds: tuple[int, ...]
    sampling_error: float
    latency_ms: float
    latency_low_ms: float
    latency_high_ms: float
    latency_kind: str
    latency_calibrated_on: str
    latency_extrapolating: bool
    params: int
    macs: int
    seconds: float
    duplicate_of: int | None
    reason: str
    rung: float = math.nan
    top1_kind: str = ""
    top1_low: float = math.nan
    top1_high: float = math.nan
    top1_error: float = math.nan
    top1_extrapolating: bool = False
    estimated_imagenet_top1: float = math.nan
    estimated_imagenet_top1_low: float = math.nan
    estimated_imagenet_top1_high: float = math.nan
    estimated_imagenet_top1_in_domain: bool = False
    within_limits: bool
    on_front: bool = False
    network: Network = dataclasses.field(repr=False)

    @property
    def latency_is_unknown(self) -> bool:
        """Whether the interval of its latency is too wide to say anything."""
        return bool(is_unknown(self.latency_low_ms, self.latency_high_ms))

    @property
    def latency_text(self) -> str:
        """Its milliseconds, or that they are unknown."""
        return "unknown" if self.latency_is_unknown else f"{self.latency_ms:.2f}"

    def cost(self, rule: FrontRule) -> float:
        """Return its predicted latency in milliseconds, or its peak memory in megabytes."""
        return self.ends(rule)[1]

    def ends(self, rule: FrontRule) -> tuple[float, float, float]:
        """Return the lower end, the value and the upper end of its latency or its peak memory."""
        if rule is FrontRule.MEMORY:
            peak = peak_mb(self.network)
            return peak, peak, peak
        return self.latency_low_ms, self.latency_ms, self.latency_high_ms


def front_costs_of(
    rows: Sequence[Row], rule: FrontRule
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the costs with which each row dominates and is dominated, two of (N,)."""
    return front_costs(
        rule,
        [row.latency_ms for row in rows],
        [row.latency_low_ms for row in rows],
        [row.latency_high_ms for row in rows],
        peaks_mb([row.network for row in rows]) if rule is FrontRule.MEMORY else (),
    )


def row_of(trial: StoredTrial, limits: LimitCheck) -> Row:
    """Return a trial as a row; whether it is on the front is not known from it alone."""
    record, latency = trial.record, trial.record.latency
    errors = [e.result.top1_standard_error for e in record.evaluations]
    return Row(
        trial=trial.number,
        state=trial.state.value,
        role=record.role.value,
        name=trial_title(trial),
        spec_id=record.spec_id,
        top1=record.top1() if trial.state is State.COMPLETE else math.nan,
        seeds=tuple(evaluation.seed for evaluation in record.evaluations),
        sampling_error=mean(errors),
        latency_ms=latency.ms,
        latency_low_ms=latency.low,
        latency_high_ms=latency.high,
        latency_kind=latency.kind,
        latency_calibrated_on=latency.calibrated_on,
        latency_extrapolating=latency.extrapolating,
        params=record.params,
        macs=record.macs,
        seconds=record.seconds(),
        duplicate_of=record.duplicate_of,
        reason=record.reason(),
        rung=record.judged.rung if record.judged and record.is_stopped else math.nan,
        within_limits=not limits.rejection(record),
        network=record.network(),
        **_origin(record),
    )


def _origin(record: TrialRecord) -> dict[str, Any]:
    """Return the source of a top-1, and the interval of one that was estimated."""
    if not record.evaluations:
        return {}
    result = record.evaluations[0].result
    if isinstance(result, SharedResult):
        error = result.top1_standard_error
        return {
            "top1_kind": SHARED,
            "top1_low": result.top1 - QUANTILE * error,
            "top1_high": result.top1 + QUANTILE * error,
            "top1_error": error,
        }
    if not isinstance(result, EstimatedResult):
        return {"top1_kind": TRAINED}
    return {
        "top1_kind": ESTIMATED,
        "top1_low": result.low,
        "top1_high": result.high,
        "top1_error": result.error,
        "top1_extrapolating": result.extrapolating,
    }


def trial_title(trial: StoredTrial) -> str:
    """Return the title of a trial: the name of a published network or rival, or its number."""
    name = trial.record.name
    return title_of(name) if name else f"trial {trial.number}"
