"""From the events of the measuring loop to those of an observer."""

from nasbench_mvit.latency.records.blocks import Block
from nasbench_mvit.latency.records.job import Job
from nasbench_mvit.latency.records.protocol import MeasurementProtocol
from nasbench_mvit.latency.records.record import Measurement, Role
from nasbench_mvit.workbench.measurements.observer import BlockEnd, MeasurementObserver, Visit


class ObservedProtocol:
    """Passes the events of the loop of ``protocol`` on to a ``MeasurementObserver``."""

    def __init__(self, protocol: MeasurementProtocol, observer: MeasurementObserver) -> None:
        """Pass them on to ``observer``."""
        self._protocol = protocol
        self._observer = observer

    def measured(self, measurement: Measurement) -> None:
        """Pass on a measurement."""
        is_reference = measurement.role is Role.REFERENCE
        self._observer.measured(
            Visit(
                spec_id=None if is_reference else measurement.spec_id,
                p10_ms=measurement.p10_ms,
                pass_number=measurement.pass_number,
                block=measurement.block,
            )
        )

    def failed(self, job: Job, reason: str) -> None:
        """Pass on a network that could not be timed."""
        self._observer.failed(job.spec.id, reason)

    def ended(self, block: Block) -> None:
        """Pass on a complete block, with the progress so far."""
        progress = self._protocol.progress()
        self._observer.ended(
            BlockEnd(
                number=block.number,
                pass_number=block.pass_number,
                num_networks=len(block.candidates),
                rejection=block.rejection,
                visits=progress.visits,
                total=progress.total,
            )
        )
