"""A Mac or an iPhone as a target."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from nasbench_mvit.errors import MeasurementError, unknown
from nasbench_mvit.latency.collectors.coreml.compute_units import COMPUTE_UNITS
from nasbench_mvit.workbench.measurements.targets.contract import MODELS, MeasurementTarget

if TYPE_CHECKING:
    from nasbench_mvit.latency.collectors.browser.screen import Screen
    from nasbench_mvit.latency.collectors.contract import Collector
    from nasbench_mvit.latency.collectors.model_files import ModelFiles


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
    COMPUTE_UNITS: ClassVar[tuple[str, ...]] = COMPUTE_UNITS

    compute_units: str = COMPUTE_UNITS[0]
    iphone: bool = False
    serial: str | None = None
    team: str | None = None

    def __post_init__(self) -> None:
        """Check the compute units, and that options of an iPhone are given with one."""
        if self.compute_units not in COMPUTE_UNITS:
            raise MeasurementError(
                unknown("set of compute units", self.compute_units, COMPUTE_UNITS)
            )
        for name, value in (("serial", self.serial), ("team", self.team)):
            if value is not None and not self.iphone:
                raise MeasurementError(f"`{name}=` is for an iPhone alone. Add `iphone=`.")

    def models(self, folder: Path) -> "ModelFiles":
        """Return Core ML packages."""
        from nasbench_mvit.latency.collectors.coreml.models import CoreMLModels  # noqa: PLC0415

        return CoreMLModels(folder)

    def collector(self, run_dir: Path, screen: "Screen") -> "Collector":
        """Return the collector of the Mac or the iPhone."""
        from nasbench_mvit.latency.collectors.coreml.collector import CoreMLCollector, Phone  # noqa: PLC0415
        from nasbench_mvit.latency.collectors.coreml.models import CoreMLModels  # noqa: PLC0415

        del screen
        return CoreMLCollector(
            CoreMLModels(run_dir / MODELS),
            compute_units=self.compute_units,
            phone=Phone(team=self.team, serial=self.serial) if self.iphone else None,
            plan=self._plan(),
            device=self.device,
        )
