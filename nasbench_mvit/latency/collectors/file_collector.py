"""What collectors that time files, and have no screen of their own, share."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io.validation import validate, validate_json
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.model_files import ModelFile, ModelFiles
from nasbench_mvit.latency.collectors.timing import TimingPlan, after_warm_up, runs_to_fill
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record import Measurement, Timing
from nasbench_mvit.latency.target import Target

START_S = 120.0  # to load the library and the network, and for runs slower than the plan
PROBE_RUNS = 5


class FileCollector(ABC):
    """A ``Collector`` that times model files; subclasses set ``target``."""

    target: Target

    def __init__(self, models: ModelFiles, plan: TimingPlan) -> None:
        """Time the networks' files as long as ``plan`` says."""
        self._models = models
        self._plan = plan
        self._timeout_s = START_S + 20 * plan.seconds

    def prepare(self, networks: Sequence[MobileViTSpec]) -> None:
        """Export the model files that are missing."""
        self._models.prepare(networks)

    def show(self, progress: MeasurementProgress) -> None:
        """Show nothing: this machine's terminal does."""
        del progress

    def measure(self, job: TimingJob) -> Measurement:
        """Time one network.

        Raises:
            NetworkFailedError: it cannot be exported, loaded, run or timed.
            MeasurementError: the device is gone.
        """
        model = self._models.get(job.spec)
        timed = self._timed(model) | {"model_sha256": model.sha256}
        timing = validate_json(json.dumps(timed), Timing, NetworkFailedError, where="its timing")
        return job.record(timing, self.target, datetime.now(UTC))

    @abstractmethod
    def _timed(self, model: ModelFile) -> dict[str, Any]:
        """Return the fields of ``TimedRuns`` for a file; they are checked."""

    def _probed(
        self, times_ms: Callable[[int], list[float]], tick_ms: Callable[[list[float]], float]
    ) -> dict[str, Any]:
        """Return the same from a program that times so many single runs, warm-up included."""
        times = times_ms(runs_to_fill(self._plan, times_ms(PROBE_RUNS)))
        return asdict(after_warm_up(times, tick_ms=tick_ms(times)))

    def release(self, networks: Sequence[MobileViTSpec]) -> None:
        """Remove the networks' files; elsewhere none is left."""
        self._models.release(networks)

    def close(self) -> None:
        """End the exporting process."""
        self._models.close()


def checked_target(**fields: object) -> Target:
    """Return a target of single images, in float32 unless it says otherwise.

    Raises:
        MeasurementError: a field is not valid.
    """
    fields = {"precision": "fp32", "batch": 1} | fields
    return validate(fields, Target, MeasurementError, where="the target")
