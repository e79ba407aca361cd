"""Timing on this machine: every network in a process of its own."""

import dataclasses
import json
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

from nasbench_mvit.export.extras import require_extra
from nasbench_mvit.io.system.machine import exit_cause
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.file_collector import FileCollector, checked_target
from nasbench_mvit.latency.collectors.model_files import ModelFile, ModelFiles
from nasbench_mvit.latency.collectors.processes import command, environment, last_line
from nasbench_mvit.latency.collectors.this_machine.host import device_name, system_name
from nasbench_mvit.latency.collectors.timing import TimingPlan


class ThisMachineCollector(FileCollector):
    """Times networks by a worker that is given a file and answers with ``TimedRuns``."""

    form: ClassVar[str]
    library: ClassVar[str]
    runtime: ClassVar[str]
    engine: ClassVar[str]
    worker: ClassVar[str]

    def __init__(
        self, folder: Path, *, threads: int, plan: TimingPlan, device: str | None = None
    ) -> None:
        """Keep the networks' files in ``folder``; ``device`` is looked up where it is None.

        Raises:
            ExportError: a library is missing.
            MeasurementError: the device is not known.
        """
        super().__init__(ModelFiles(folder, self.form), plan)
        require_extra(self.library, self.form)
        self._threads = threads
        self.target = checked_target(
            device=device or device_name(),
            os=system_name(),
            runtime=self.runtime,
            runtime_version=metadata.version(self.library),
            engine=self.engine,
            threads=threads,
        )

    def _timed(self, model: ModelFile) -> dict[str, Any]:
        request = {
            "model": str(model.path),
            "threads": self._threads,
            "plan": dataclasses.asdict(self._plan),
        }
        try:
            timed: dict[str, Any] = json.loads(self._answer(json.dumps(request)))
        except ValueError:
            raise NetworkFailedError("its process ended with no answer") from None
        return timed

    def _answer(self, request: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - a module of this package
                command(self.worker),
                env=environment(self._threads),
                input=request,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=self._timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NetworkFailedError(f"it was not timed within {self._timeout_s:.0f} s") from None
        if done.returncode:
            raise NetworkFailedError(
                f"its process failed ({exit_cause(done.returncode)}): {last_line(done.stderr)}"
            )
        return done.stdout


class OnnxRuntimeCollector(ThisMachineCollector):
    """ONNX Runtime on the CPU: x86 or Arm, a Raspberry Pi or Termux alike."""

    form, library = "onnx", "onnxruntime"
    runtime, engine = "onnxruntime", "CPUExecutionProvider"
    worker = f"{__package__}.onnxruntime_worker"


class ExecuTorchCollector(ThisMachineCollector):
    """ExecuTorch's runtime for Python, whose operators XNNPACK runs."""

    form, library = "executorch", "executorch"
    runtime, engine = "ExecuTorch", "XNNPACK"
    worker = f"{__package__}.executorch_worker"


class LiteRTCollector(ThisMachineCollector):
    """LiteRT, formerly TensorFlow Lite, whose operators XNNPACK runs."""

    form, library = "litert", "ai_edge_litert"
    runtime, engine = "LiteRT", "XNNPACK"
    worker = f"{__package__}.litert_worker"


COLLECTORS: dict[str, type[ThisMachineCollector]] = {
    kind.form: kind for kind in (OnnxRuntimeCollector, ExecuTorchCollector, LiteRTCollector)
}
