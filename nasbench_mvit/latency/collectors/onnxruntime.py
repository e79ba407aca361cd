"""This machine through ONNX Runtime on its CPU: x86 or Arm, a Raspberry Pi or Termux alike."""

import dataclasses
import json
import subprocess
from collections.abc import Sequence
from importlib import metadata, util
from pathlib import Path

from nasbench_mvit import catalogue
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.host import device_name, system_name
from nasbench_mvit.latency.collectors.onnx_models import OnnxModels
from nasbench_mvit.latency.collectors.processes import command, environment, last_line
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.job import Job
from nasbench_mvit.latency.record import Target, Timing
from nasbench_mvit.machine import exit_cause

WORKER = "nasbench_mvit.latency.collectors.onnxruntime_worker"
LIBRARIES = ("onnx", "onnxruntime")
EXTRA = "onnx"
START_S = 120.0  # to load the library and the network, and for runs slower than the plan


def check_libraries() -> None:
    """Check, without loading them, that the libraries are there.

    Raises:
        MeasurementError: one is missing; the message says how to install it.
    """
    missing = [name for name in LIBRARIES if util.find_spec(name) is None]
    if missing:
        raise MeasurementError(
            f"the target onnxruntime needs {' and '.join(missing)}. From a clone: "
            f"pip install --constraint constraints.txt '.[{EXTRA}]'; else: "
            f"pip install 'nasbench-mvit[{EXTRA}]'."
        )


class OnnxRuntimeCollector:
    """Times every network in a process of its own."""

    def __init__(
        self, folder: Path, *, threads: int, plan: TimingPlan, device: str | None = None
    ) -> None:
        """Keep the networks' files in ``folder``; ``device`` is looked up where it is None.

        Raises:
            MeasurementError: a library is missing, or the device is not known.
        """
        check_libraries()
        self._models = OnnxModels(folder)
        self._plan = plan
        fields = {
            "device": device or device_name(),
            "os": system_name(),
            "runtime": "onnxruntime",
            "runtime_version": metadata.version("onnxruntime"),
            "engine": "CPUExecutionProvider",
            "threads": threads,
            "precision": "fp32",
            "batch": 1,
        }
        self._target = catalogue.validate(fields, Target, MeasurementError, where="the target")

    @property
    def target(self) -> Target:
        """What is measured on."""
        return self._target

    def prepare(self, networks: Sequence[MobileViTSpec]) -> None:
        """Export what is missing."""
        self._models.prepare(networks)

    def measure(self, job: Job) -> Timing:
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
        return catalogue.validate_json(
            json.dumps(answer | {"model_sha256": model.sha256}),
            Timing,
            NetworkFailedError,
            where="its timing",
        )

    def _answer(self, request: str) -> str:
        timeout_s = START_S + 20 * self._plan.seconds
        try:
            done = subprocess.run(  # noqa: S603 - a module of this package
                command(WORKER),
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

    def release(self, networks: Sequence[MobileViTSpec]) -> None:
        """Remove the networks' files."""
        self._models.release(networks)

    def close(self) -> None:
        """End the exporting process."""
        self._models.close()
