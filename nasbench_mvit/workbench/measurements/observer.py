"""What a measurement tells while it goes on."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.latency.records.blocks import Block
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record import Measurement, TimingRole
from nasbench_mvit.workbench.shared.observer import Observer

#: What an observer is told of, and names it by, comes from here.
__all__ = [
    "Block",
    "Measurement",
    "MeasurementObserver",
    "MeasurementProgress",
    "MeasurementStart",
    "TimingJob",
    "TimingRole",
    "network_title",
]


@dataclass(frozen=True, kw_only=True)
class MeasurementStart:
    """The description of a measurement that is about to start.

    Attributes:
        target: the device that is measured, in words.
        num_networks: how many are planned.
        passes: how often each is visited.
        visits: accepted measurements that an earlier call left.
        total: visits there will be.
        models: folder of the networks' files.
        model_bytes: what these files take up at most.
    """

    target: str
    num_networks: int
    passes: int
    visits: int
    total: int
    models: Path
    model_bytes: float


class MeasurementObserver(Observer):
    """Observer of ``measure_latency``; threads of a browser's server call ``note`` too."""

    def draw(self, text: str) -> None:
        """Take a picture made of characters, light on dark: the QR code of a page's address."""

    def started(self, start: MeasurementStart) -> None:
        """Take what is about to be measured, once the device is there."""

    def measured(self, measurement: Measurement) -> None:
        """Take a measurement, which is in the file of records already."""

    def failed(self, job: TimingJob, reason: str) -> None:
        """Take why a network could not be timed."""

    def ended(self, block: Block, progress: MeasurementProgress) -> None:
        """Take a block that was accepted or rejected, with the progress so far."""
