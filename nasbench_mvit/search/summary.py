"""Summary: what a study has found so far, as tables; the report and the files are drawn from it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nasbench_mvit.analysis.pareto import hypervolume, pareto_front
from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.architecture.fields import flatten
from nasbench_mvit.architecture.published import FIGURES
from nasbench_mvit.search.candidates import Candidates
from nasbench_mvit.search.record import Role, State, StoredTrial, TrialRecord
from nasbench_mvit.search.study import StudyConfig


@dataclass(frozen=True)
class Summary:
    """The state of a study.

    Attributes:
        trials: one row per trial, columns as ``trial_row`` gives them and ``within_limits`` and
            ``on_front``.
        noise: standard deviation of top-1 (a fraction) between seeds, pooled over the networks
            trained more than once; NaN if there are none.
        noise_source: in words, where that comes from.
        hypervolume: of the front, in fraction × ms, from the study's reference point.
    """

    trials: pd.DataFrame
    noise: float
    noise_source: str
    hypervolume: float

    @property
    def front(self) -> pd.DataFrame:
        """The networks on the Pareto front, the fastest first."""
        return self.trials[self.trials.on_front].sort_values("latency_ms")

    @property
    def baselines(self) -> pd.DataFrame:
        """MobileViT-S, XS and XXS trained by the same proxy, the slowest first."""
        rows = self.trials[(self.trials.role == Role.BASELINE) & ~self.trials.duplicate]
        return rows.sort_values("latency_ms", ascending=False)

    def noise_of(self, num_seeds: int) -> float:
        """Return the standard deviation of a mean over ``num_seeds`` seeds."""
        return self.noise / math.sqrt(num_seeds) if num_seeds else math.nan


def summarise(
    trials: Sequence[StoredTrial], config: StudyConfig, candidates: Candidates
) -> Summary:
    """Build the summary of a study's trials."""
    table = pd.DataFrame([trial_row(trial) for trial in trials], columns=list(_COLUMNS))
    parameters = pd.DataFrame([flatten(trial.record.network()) for trial in trials])
    within = [candidates.rejection(trial.record) is None for trial in trials]
    table["within_limits"] = np.array(within, dtype=bool)
    eligible = (table.state == State.COMPLETE) & ~table.duplicate & table.within_limits
    table["on_front"] = pareto_front(table.top1.where(eligible), table.latency_ms)
    front = table[table.on_front]
    noise, source = _noise([trial.record for trial in trials])
    return Summary(
        trials=pd.concat([table, parameters], axis="columns"),
        noise=noise,
        noise_source=source,
        hypervolume=hypervolume(
            front.top1,
            front.latency_ms,
            worst_top1=config.reference.top1,
            worst_latency_ms=config.reference.latency_ms,
        ),
    )


_COLUMNS = (
    "trial",
    "state",
    "role",
    "name",
    "spec_id",
    "top1",
    "num_seeds",
    "sampling_error",
    "latency_ms",
    "latency_low_ms",
    "latency_high_ms",
    "latency_kind",
    "latency_calibrated_on",
    "latency_extrapolating",
    "params",
    "macs",
    "seconds",
    "duplicate",
    "duplicate_of",
    "reason",
)


def trial_row(trial: StoredTrial) -> dict[str, Any]:
    """Return a trial as one flat row; accuracies are fractions, times seconds or milliseconds."""
    record = trial.record
    errors = [e.result.top1_standard_error for e in record.evaluations]
    return {
        "trial": trial.number,
        "state": trial.state.value,
        "role": record.role.value,
        "name": FIGURES[record.name].title if record.name else f"trial {trial.number}",
        "spec_id": record.spec_id,
        "top1": record.top1(),
        "num_seeds": len(record.evaluations),
        "sampling_error": float(np.mean(errors)) if errors else math.nan,
        "latency_ms": record.latency.ms,
        "latency_low_ms": record.latency.low,
        "latency_high_ms": record.latency.high,
        "latency_kind": record.latency.kind,
        "latency_calibrated_on": record.latency.calibrated_on,
        "latency_extrapolating": record.latency.extrapolating,
        "params": record.params,
        "macs": record.macs,
        "seconds": record.seconds(),
        "duplicate": record.duplicate_of is not None,
        "duplicate_of": record.duplicate_of,
        "reason": record.rejection or record.failure or "",
    }


def _noise(records: Sequence[TrialRecord]) -> tuple[float, str]:
    repeated = [record for record in records if len(record.evaluations) > 1]
    noise = pooled_sd([[e.result.top1 for e in record.evaluations] for record in repeated])
    if not repeated:
        return noise, "not known: no network was trained with more than one seed"
    parts = [
        f"{FIGURES[r.name].title if r.name else r.spec_id} × {len(r.evaluations)}" for r in repeated
    ]
    return noise, f"standard deviation between seeds, pooled over {', '.join(parts)}"
