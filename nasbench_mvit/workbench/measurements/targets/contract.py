"""The contract of what can be measured on: a frozen class of options for each target.

What makes its collector is imported when that is made, so that options cost no time.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from nasbench_mvit.latency.collectors.contract import Collector, Screen
    from nasbench_mvit.latency.collectors.model_files import ModelFiles
    from nasbench_mvit.latency.collectors.timing import TimingPlan

MODELS: Final = "models"


@dataclass(frozen=True, kw_only=True)
class MeasurementTarget(ABC):
    """One way to measure, and its options.

    Attributes:
        measures: the device, in words.
        needs: what must be there first.
        form: format of the networks' files.
        device: name of the device in records; None for what it tells of itself.
        seconds: spent on the samples of a network, about.
    """

    measures: ClassVar[str]
    needs: ClassVar[str]
    form: ClassVar[str]

    device: str | None = None
    seconds: float = 0.5

    def models(self, run_dir: Path) -> "ModelFiles":
        """Return the exporter of networks to ``models`` in a run directory; it needs no device.

        Raises:
            WorkbenchError: a library or a program is missing.
        """
        from nasbench_mvit.latency.collectors.model_files import ModelFiles  # noqa: PLC0415

        return ModelFiles(run_dir / MODELS, self.form)

    @abstractmethod
    def collector(self, run_dir: Path, screen: "Screen") -> "Collector":
        """Return the collector, connected to the device.

        Args:
            run_dir: directory of the run; the networks' files go to ``models`` in it.
            screen: takes what a person has to do, such as the address to open.

        Raises:
            WorkbenchError: a library, a program or the device is missing.
        """

    def _plan(self) -> "TimingPlan":
        from nasbench_mvit.latency.collectors.timing import TimingPlan  # noqa: PLC0415

        return TimingPlan(seconds=self.seconds)
