"""This machine's CPU as a target."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_mvit.workbench.measurements.targets.contract import MODELS, MeasurementTarget

if TYPE_CHECKING:
    from nasbench_mvit.latency.collectors.browser.screen import Screen
    from nasbench_mvit.latency.collectors.contract import Collector
    from nasbench_mvit.latency.collectors.model_files import ModelFiles


@dataclass(frozen=True, kw_only=True)
class OnnxRuntimeTarget(MeasurementTarget):
    """This machine's CPU through ONNX Runtime, with ``threads`` of it."""

    measures = "this machine's CPU (x86 or Arm; a Raspberry Pi, or Termux on a phone)"
    needs = "the extra 'onnx'"

    threads: int = 1

    def models(self, folder: Path) -> "ModelFiles":
        """Return ONNX files."""
        from nasbench_mvit.latency.collectors.onnxruntime.models import OnnxModels  # noqa: PLC0415

        return OnnxModels(folder)

    def collector(self, run_dir: Path, screen: "Screen") -> "Collector":
        """Return the collector of this machine."""
        from nasbench_mvit.latency.collectors.onnxruntime.collector import OnnxRuntimeCollector  # noqa: PLC0415

        del screen
        return OnnxRuntimeCollector(
            run_dir / MODELS, threads=self.threads, plan=self._plan(), device=self.device
        )


@dataclass(frozen=True, kw_only=True)
class ExecuTorchTarget(MeasurementTarget):
    """This machine's CPU through ExecuTorch, with ``threads`` of it."""

    measures = "this machine's CPU through ExecuTorch and XNNPACK"
    needs = "the extra 'executorch', and up to a minute to lower each network"

    threads: int = 1

    def models(self, folder: Path) -> "ModelFiles":
        """Return ExecuTorch programs."""
        from nasbench_mvit.latency.collectors.executorch.collector import ExecuTorchModels  # noqa: PLC0415

        return ExecuTorchModels(folder)

    def collector(self, run_dir: Path, screen: "Screen") -> "Collector":
        """Return the collector of this machine."""
        from nasbench_mvit.latency.collectors.executorch.collector import ExecuTorchCollector  # noqa: PLC0415

        del screen
        return ExecuTorchCollector(
            run_dir / MODELS, threads=self.threads, plan=self._plan(), device=self.device
        )
