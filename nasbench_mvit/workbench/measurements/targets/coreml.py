"""A Mac or an iPhone as a target."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from nasbench_mvit.errors import MeasurementError, unknown
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget

if TYPE_CHECKING:
    from nasbench_mvit.latency.collectors.contract import Collector, Screen


@dataclass(frozen=True, kw_only=True)
class CoreMLTarget(MeasurementTarget):
    """Core ML on this Mac or on an iPhone connected to it.

    Attributes:
        compute_units: what Core ML may compute on, one of ``COMPUTE_UNITS``.
        iphone: whether the device is the iPhone.
        serial: which iPhone, where several are connected.
        team: development team that signs the app that times on it.
    """

    measures = "this Mac, or an iPhone connected to it (`iphone=`)"
    needs = "macOS and the extra 'coreml'; for a phone Xcode and a signing team (`team=`)"
    form = "coreml"
    #: By coremltools' names.
    COMPUTE_UNITS: ClassVar[tuple[str, ...]] = ("ALL", "CPU_AND_NE", "CPU_AND_GPU", "CPU_ONLY")

    compute_units: str = "ALL"
    iphone: bool = False
    serial: str | None = None
    team: str | None = None

    def __post_init__(self) -> None:
        """Check the compute units, and that options of an iPhone are given with one."""
        if self.compute_units not in self.COMPUTE_UNITS:
            raise MeasurementError(
                unknown("set of compute units", self.compute_units, self.COMPUTE_UNITS)
            )
        for name, value in (("serial", self.serial), ("team", self.team)):
            if value is not None and not self.iphone:
                raise MeasurementError(f"`{name}=` is for an iPhone alone. Add `iphone=`.")

    def collector(self, run_dir: Path, screen: "Screen") -> "Collector":
        """Return the collector of the Mac or the iPhone."""
        from nasbench_mvit.latency.collectors.coreml.collector import CoreMLCollector, Phone  # noqa: PLC0415

        del screen
        return CoreMLCollector(
            self.models(run_dir),
            compute_units=self.compute_units,
            phone=Phone(team=self.team, serial=self.serial) if self.iphone else None,
            plan=self._plan(),
            device=self.device,
        )
