"""A device that Qualcomm's AI Hub hosts as a target."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from nasbench_mvit.errors import MeasurementError, unknown
from nasbench_mvit.io.paths import slug
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget

if TYPE_CHECKING:
    from nasbench_mvit.latency.collectors.contract import Collector, Screen


@dataclass(frozen=True, kw_only=True)
class AIHubTarget(MeasurementTarget):
    """A phone, or another device, of Qualcomm's AI Hub.

    Attributes:
        device: its name there, like "Samsung Galaxy S24".
        runtime: what runs the networks on it, one of ``RUNTIMES``.
        compute_units: where their layers are to run, one of ``COMPUTE_UNITS``.
    """

    measures = "phones that Qualcomm's AI Hub hosts, on their NPU, GPU or CPU"
    needs = (
        "the extras 'aihub' and 'onnx', an account there (`qai-hub configure`), and the names of "
        "devices (`device=`)"
    )
    form = "onnx"
    #: By the service's names.
    RUNTIMES: ClassVar[tuple[str, ...]] = ("tflite", "onnx", "qnn_dlc")
    COMPUTE_UNITS: ClassVar[tuple[str, ...]] = ("npu", "gpu", "cpu")

    device: str = field()  # must be given, unlike the contract's
    runtime: str = "tflite"
    compute_units: str = "npu"

    def __post_init__(self) -> None:
        """Check the names, and that no time is asked for, which the service decides."""
        if self.runtime not in self.RUNTIMES:
            raise MeasurementError(unknown("runtime of AI Hub", self.runtime, self.RUNTIMES))
        if self.compute_units not in self.COMPUTE_UNITS:
            raise MeasurementError(
                unknown("compute unit of AI Hub", self.compute_units, self.COMPUTE_UNITS)
            )
        if self.seconds != MeasurementTarget.seconds:
            raise MeasurementError(
                "`seconds=` is not for AI Hub, which times a hundred runs. Leave it out."
            )

    @property
    def folder(self) -> str:
        """The name of a folder for the device's records among those of others."""
        return slug(self.device)

    def collector(self, run_dir: Path, screen: "Screen") -> "Collector":
        """Return the collector of the device, which goes on with the jobs in ``run_dir``."""
        from nasbench_mvit.latency.collectors.aihub.collector import AIHubCollector  # noqa: PLC0415
        from nasbench_mvit.latency.collectors.aihub.hub import HubOptions  # noqa: PLC0415
        from nasbench_mvit.latency.records.record_file import known_records  # noqa: PLC0415

        return AIHubCollector(
            run_dir,
            self.models(run_dir),
            HubOptions(device=self.device, runtime=self.runtime, compute_unit=self.compute_units),
            known=known_records(run_dir),
            screen=screen,
        )
