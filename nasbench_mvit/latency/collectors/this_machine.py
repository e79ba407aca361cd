"""Timing on this machine: every network in a process of its own."""

import dataclasses
import json
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import util

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io import catalogue
from nasbench_mvit.io.machine import exit_cause
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.file_collector import FileCollector
from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.collectors.processes import command, environment, last_line
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.records.job import Job
from nasbench_mvit.latency.records.record import Measurement, Timing
from nasbench_mvit.latency.target import Target

START_S = 120.0  # to load the library and the network, and for runs slower than the plan


def check_libraries(target: str, libraries: Sequence[str], extra: str) -> None:
    """Check, without loading them, that the libraries are there.

    Raises:
        MeasurementError: one is missing; the message says how to install it.
    """
    missing = [name for name in libraries if util.find_spec(name) is None]
    if missing:
        raise MeasurementError(
            f"the target {target} needs {' and '.join(missing)}. From a clone: "
            f"pip install --constraint constraints.txt '.[{extra}]'; else: "
            f"pip install 'nasbench-mvit[{extra}]'."
        )


class ThisMachineCollector(FileCollector):
    """Times networks by a worker that is given a file and answers with ``TimedRuns``."""

    def __init__(
        self, models: ModelFiles, target: Target, *, worker: str, plan: TimingPlan
    ) -> None:
        """Time files of ``models`` by the module ``worker``."""
        super().__init__(models)
        self._target = target
        self._worker = worker
        self._plan = plan

    def measure(self, job: Job) -> Measurement:
        """Time one network.

        Raises:
            NetworkFailedError: it cannot be exported, its process ended without an answer, or the
                answer is no valid timing.
        """
        model = self._models.get(job.spec)
        request = {
            "model": str(model.path),
            "threads": self._target.threads,
            "plan": dataclasses.asdict(self._plan),
        }
        try:
            answer = json.loads(self._answer(json.dumps(request)))
        except ValueError:
            raise NetworkFailedError("its process ended with no answer") from None
        timing = checked_timing(answer, model.sha256)
        return job.record(timing, self._target, datetime.now(UTC))

    def _answer(self, request: str) -> str:
        timeout_s = START_S + 20 * self._plan.seconds
        try:
            done = subprocess.run(  # noqa: S603 - a module of this package
                command(self._worker),
                env=environment(self._target.threads),
                input=request,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NetworkFailedError(f"it was not timed within {timeout_s:.0f} s") from None
        if done.returncode:
            raise NetworkFailedError(
                f"its process failed ({exit_cause(done.returncode)}): {last_line(done.stderr)}"
            )
        return done.stdout


def checked_timing(timed: dict[str, object], model_sha256: str) -> Timing:
    """Return a worker's answer as a timing of a file.

    Args:
        timed: the fields of ``TimedRuns``, from outside.
        model_sha256: of the file that was run.

    Raises:
        NetworkFailedError: they are no valid timing.
    """
    return catalogue.validate_json(
        json.dumps(timed | {"model_sha256": model_sha256}),
        Timing,
        NetworkFailedError,
        where="its timing",
    )
