"""This machine's CPU as a target."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_mvit.workbench.measurements.targets.contract import MODELS, MeasurementTarget

if TYPE_CHECKING:
    from nasbench_mvit.latency.collectors.contract import Collector, Screen


@dataclass(frozen=True, kw_only=True)
class ThisMachineTarget(MeasurementTarget):
    """This machine's CPU, with ``threads`` of it."""

    threads: int = 1

    def collector(self, run_dir: Path, screen: "Screen") -> "Collector":
        """Return the collector of this machine."""
        from nasbench_mvit.latency.collectors.this_machine.collector import COLLECTORS  # noqa: PLC0415

        del screen
        return COLLECTORS[self.form](
            run_dir / MODELS, threads=self.threads, plan=self._plan(), device=self.device
        )


@dataclass(frozen=True, kw_only=True)
class OnnxRuntimeTarget(ThisMachineTarget):
    """This machine's CPU through ONNX Runtime, with ``threads`` of it."""

    measures = "this machine's CPU (x86 or Arm; a Raspberry Pi, or Termux on a phone)"
    needs = "the extra 'onnx'"
    form = "onnx"


@dataclass(frozen=True, kw_only=True)
class ExecuTorchTarget(ThisMachineTarget):
    """This machine's CPU through ExecuTorch, with ``threads`` of it."""

    measures = "this machine's CPU through ExecuTorch and XNNPACK"
    needs = "the extra 'executorch', and up to a minute to lower each network"
    form = "executorch"


@dataclass(frozen=True, kw_only=True)
class LiteRTTarget(ThisMachineTarget):
    """This machine's CPU through LiteRT, with ``threads`` of it."""

    measures = "this machine's CPU through LiteRT (TensorFlow Lite) and XNNPACK"
    needs = "the extra 'litert', litert-torch in an environment of its own, and 20 s a network"
    form = "litert"
