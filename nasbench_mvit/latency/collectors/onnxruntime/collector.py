"""This machine through ONNX Runtime on its CPU: x86 or Arm, a Raspberry Pi or Termux alike."""

from importlib import metadata
from pathlib import Path

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io import catalogue
from nasbench_mvit.latency.collectors.host import device_name, system_name
from nasbench_mvit.latency.collectors.onnxruntime.models import OnnxModels
from nasbench_mvit.latency.collectors.this_machine import ThisMachineCollector, check_libraries
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.target import Target

WORKER = "nasbench_mvit.latency.collectors.onnxruntime.worker"
LIBRARIES = ("onnx", "onnxruntime")
EXTRA = "onnx"


class OnnxRuntimeCollector(ThisMachineCollector):
    """Times ONNX files by onnxruntime."""

    def __init__(
        self, folder: Path, *, threads: int, plan: TimingPlan, device: str | None = None
    ) -> None:
        """Keep the networks' files in ``folder``; ``device`` is looked up where it is None.

        Raises:
            MeasurementError: a library is missing, or the device is not known.
        """
        check_libraries("onnxruntime", LIBRARIES, EXTRA)
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
        target = catalogue.validate(fields, Target, MeasurementError, where="the target")
        super().__init__(OnnxModels(folder), target, worker=WORKER, plan=plan)
