"""The measurement loop: a job from the protocol, a record from the collector, a line in the file.

A measurement is written to the file before the protocol receives it, so a stop at any time loses at
most the present timing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from nasbench_mvit.latency.collectors.contract import Collector, NetworkFailedError
from nasbench_mvit.latency.records.blocks import Block
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.protocol import MeasurementProtocol
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.records.record_file import RecordFile


class TimingObserver(Protocol):
    """Shows the progress of a measurement."""

    def measured(self, measurement: Measurement) -> None:
        """Show a measurement that was written to the file."""
        ...

    def failed(self, job: TimingJob, reason: str) -> None:
        """Show a failed job."""
        ...

    def ended(self, block: Block, progress: MeasurementProgress) -> None:
        """Show a block that was accepted or rejected, with the progress so far."""
        ...


def measure(
    protocol: MeasurementProtocol,
    collector: Collector,
    file: RecordFile,
    observer: TimingObserver,
    *,
    is_over: Callable[[], bool],
    now: Callable[[], datetime],
) -> bool:
    """Measure until all jobs are done or given up, or ``is_over``; return whether none is left.

    Raises:
        MeasurementError: nothing can be measured any more, or the file holds another target.
        OSError: the disk is full, or a file cannot be written.
    """
    while (job := protocol.next_job(now())) is not None:
        if is_over():
            return False
        if job.opens_block:
            collector.prepare(protocol.upcoming())
        collector.show(protocol.progress())
        try:
            measurement = collector.measure(job)
        except NetworkFailedError as error:
            observer.failed(job, str(error))
            protocol.fail(str(error))
            continue
        file.append(measurement)
        observer.measured(measurement)
        if block := protocol.complete(measurement):
            observer.ended(block, protocol.progress())
            collector.release(protocol.finished(block))
    collector.show(protocol.progress())
    return True
