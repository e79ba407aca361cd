"""This machine through ExecuTorch, whose operators XNNPACK runs."""

from importlib import metadata
from pathlib import Path

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io import catalogue
from nasbench_mvit.latency.collectors.host import device_name, system_name
from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.collectors.this_machine import ThisMachineCollector, check_libraries
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.target import Target

WORKER = "nasbench_mvit.latency.collectors.executorch.worker"
EXPORT_WORKER = "nasbench_mvit.latency.collectors.executorch.export"
EXTRA = "executorch"


class ExecuTorchModels(ModelFiles):
    """Programs of float32 networks; lowering one takes up to a minute."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which is made when the first file is.

        Raises:
            MeasurementError: ExecuTorch is not installed.
        """
        check_libraries("executorch", (EXTRA,), EXTRA)
        super().__init__(folder, suffix=".pte", worker=EXPORT_WORKER, title="ExecuTorch")


class ExecuTorchCollector(ThisMachineCollector):
    """Times programs by ExecuTorch's runtime for Python."""

    def __init__(
        self, folder: Path, *, threads: int, plan: TimingPlan, device: str | None = None
    ) -> None:
        """Keep the networks' files in ``folder``; ``device`` is looked up where it is None.

        Raises:
            MeasurementError: the library is missing, or the device is not known.
        """
        models = ExecuTorchModels(folder)
        fields = {
            "device": device or device_name(),
            "os": system_name(),
            "runtime": "ExecuTorch",
            "runtime_version": metadata.version(EXTRA),
            "engine": "XNNPACK",
            "threads": threads,
            "precision": "fp32",
            "batch": 1,
        }
        target = catalogue.validate(fields, Target, MeasurementError, where="the target")
        super().__init__(models, target, worker=WORKER, plan=plan)
