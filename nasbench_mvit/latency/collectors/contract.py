"""The contract of whatever times networks, here or on another device."""

from collections.abc import Sequence
from typing import Protocol

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.target import Target


class NetworkFailedError(MeasurementError):
    """One network could not be exported or run; others may. ``str(error)`` is the reason."""


class Collector(Protocol):
    """Times one network at a time; it decides nothing and stores nothing."""

    @property
    def target(self) -> Target:
        """The device, runtime and precision that are measured."""
        ...

    def prepare(self, networks: Sequence[MobileViTSpec]) -> None:
        """Make ready the networks of a block about to open, so that within it only timing happens.

        A network that cannot be made ready is no error yet; ``measure`` says so.
        """
        ...

    def show(self, progress: MeasurementProgress) -> None:
        """Let the device show how far the measurement is, where it has a screen for that."""
        ...

    def measure(self, job: TimingJob) -> Measurement:
        """Time the network of ``job``; the record says when that ended, which may be a while ago.

        Raises:
            NetworkFailedError: it cannot be exported, run or timed.
            MeasurementError: nothing can be timed any more.
        """
        ...

    def release(self, networks: Sequence[MobileViTSpec]) -> None:
        """Drop what is kept of networks that every pass has visited."""
        ...

    def close(self) -> None:
        """End all that was started."""
        ...


class Screen(Protocol):
    """The terminal, as far as a collector uses it; safe between threads."""

    def note(self, text: str) -> None:
        """Print a line."""
        ...

    def draw(self, text: str) -> None:
        """Print a picture made of characters, white on black."""
        ...
