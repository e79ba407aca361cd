"""A study in trackers: a run for itself, and one for each network that it evaluates."""

from collections.abc import Mapping

from nasbench_mvit.search.engines.contract import Progressed
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.workbench.studies.observer import (
    Candidates,
    Event,
    Final,
    Findings,
    Row,
    State,
    StoredTrial,
    StudyObserver,
)
from nasbench_mvit.workbench.trackers.contract import Value, trial_part
from nasbench_mvit.workbench.trackers.params import flat
from nasbench_mvit.workbench.trackers.tracking import WHOLE, Tracking


class StudyTracking(StudyObserver):
    """Writes the curves of each network to a run of its own, and what it came to to the study's."""

    def __init__(self, tracking: Tracking) -> None:
        """Write to ``tracking``."""
        self._tracking = tracking

    def search_began(self, config: StudyConfig, candidates: Candidates) -> None:
        """Open the run of the study, with its configuration."""
        del candidates
        self._tracking.begin(WHOLE, flat(config.model_dump(mode="json")))

    def resumed(self, trials: list[StoredTrial]) -> None:
        """Open the runs of unfinished trials again; add outcomes that a stop kept from the study's.

        The trackers leave out those that they have.
        """
        for trial in trials:
            if trial.state is State.RUNNING:
                self.trial(trial)
            elif trial.state is State.COMPLETE and trial.record.duplicate_of is None:
                self._add_outcome(trial)

    def trial(self, trial: StoredTrial) -> None:
        """Open or close the run of a trial; one that repeats a network has none."""
        record, part = trial.record, trial_part(trial.number)
        if record.duplicate_of is not None or trial.state is State.REJECTED:
            return
        if trial.state is State.RUNNING:
            self._tracking.begin(part, _params(trial))
            return
        if trial.state is State.COMPLETE:
            self._tracking.metrics(part, {"top1": record.top1()}, trial.number)
            self._add_outcome(trial)
        self._tracking.end(part, failed=trial.state is State.FAILED)

    def _add_outcome(self, trial: StoredTrial) -> None:
        record = trial.record
        values = {
            "trial/top1": record.top1(),
            "trial/latency_ms": record.latency.ms,
            "trial/params": record.params,
            "trial/macs": record.macs,
        }
        self._tracking.metrics(WHOLE, values, trial.number)

    def event(self, event: Event) -> None:
        """Add a point to the curves of a training."""
        if isinstance(event, Progressed):
            report, seed = event.report, f"seed_{event.job.seed}"
            values = {f"{seed}/top1": report.top1, f"{seed}/train_loss": report.train_loss}
            self._tracking.metrics(trial_part(event.job.trial), values, report.step)

    def reported(self, findings: Findings) -> None:
        """Add the size of the front and its hypervolume to the run of the study."""
        summary = findings.summary
        values = {"front/hypervolume": summary.hypervolume, "front/networks": len(summary.front)}
        self._tracking.metrics(WHOLE, values, len(summary.rows))

    def finalists_began(self, final: Final, rows: Mapping[int, Row]) -> None:
        """Open the runs of the finalists again."""
        del final
        for number in rows:
            self._tracking.begin(trial_part(number), {})

    def finalist_trained(self, row: Row, seed: int, test_top1: float) -> None:
        """Add the top-1 of a finalist on the test images, with the seed as the step."""
        self._tracking.metrics(trial_part(row.trial), {"test_top1": test_top1}, seed)


def _params(trial: StoredTrial) -> dict[str, Value]:
    record = trial.record
    known = {
        "trial": trial.number,
        "role": record.role.value,
        "network": record.name or "",
        "spec_id": record.spec_id,
        "params": record.params,
        "macs": record.macs,
        "latency": record.latency.model_dump(mode="json"),
        "spec": record.spec,
    }
    return flat(known)
