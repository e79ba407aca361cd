"""The measurement protocol: a state machine over records that selects the next network.

Every pass visits all networks once, in a random order of its own, in blocks (see ``blocks``). A
network in a rejected block is repeated first. The state derives from the records, so the protocol
resumes from the file alone; networks may be added at any time.

It gives one job at a time, the same one until it is completed, so that a browser can lease it and
a local loop can run it. It is independent of how a timing is made.
"""

import functools
import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.records.blocks import MAX_CANDIDATES, MAX_DURATION, Block, blocks_of
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record import Measurement, TimingRole

MAX_REJECTIONS = 3
MAX_FAILURES = 2


class MeasurementProtocol:
    """Selects the network that is timed next.

    A network that it gives up on, after failures or repeated rejections of its blocks, is tried
    again by a new protocol that is made from the same records.
    """

    def __init__(
        self,
        networks: Sequence[MobileViTSpec],
        reference: MobileViTSpec,
        records: Sequence[Measurement] = (),
        *,
        passes: int = 2,
        seed: int = 0,
    ) -> None:
        """Resume from ``records``.

        Args:
            networks: the candidates.
            reference: the network at both ends of every block.
            records: all records of the file, including those of networks that are not candidates.
            passes: number of visits of every network.
            seed: seed of the orders.

        Raises:
            MeasurementError: there are no networks, or the records have another reference.
        """
        if not networks:
            raise MeasurementError("there are no networks to measure. Name some.")
        if records and records[0].reference_id != reference.id:
            raise MeasurementError(
                f"the records have another reference network than {network_title(reference)}, that "
                "of this run. Choose another `run_dir=`."
            )
        self._reference = reference
        self._networks = {network.id: network for network in networks}
        self._orders = {
            number: sorted(self._networks, key=functools.partial(_order_key, seed, number))
            for number in range(1, passes + 1)
        }
        self._visited: set[tuple[int, str]] = set()
        self._rejected: dict[int, str] = {}
        self._rejections: Counter[tuple[int, str]] = Counter()
        self._failures: dict[str, list[str]] = {}
        self._reference_failures = 0  # in a row
        self._job: TimingJob | None = None
        self._open: list[Measurement] = []
        self._last_block = 0
        self._resume(records)

    def _resume(self, records: Sequence[Measurement]) -> None:
        blocks = blocks_of(records)
        for block in blocks:
            self._assess(block)
        self._rejections.clear()  # rejections of an earlier session do not count in this one
        if blocks:
            last = blocks[-1]
            self._last_block = last.number
            is_open = last.opening is not None and last.closing is None
            if is_open and last.pass_number in self._orders:
                self._open = [record for record in records if record.block == last.number]

    def _assess(self, block: Block) -> None:
        visits = {(block.pass_number, record.spec_id) for record in block.candidates}
        if block.is_accepted:
            self._visited |= visits
        elif block.rejection is not None:
            self._rejected[block.number] = block.rejection
            self._rejections.update(visits)

    def next_job(self, now: datetime) -> TimingJob | None:
        """Return the current job, None when all networks are done or given up."""
        if self._job is None:
            self._job = self._choose(now)
        return self._job

    def _choose(self, now: datetime) -> TimingJob | None:
        if self._open and now - self._open[-1].measured_at > MAX_DURATION:
            self._open = []
        if self._open:
            return self._within_block() or self._choose(now)
        number = self._current_pass()
        if number is None:
            return None
        return self._new_job(self._reference, TimingRole.REFERENCE, number, self._last_block + 1, 0)

    def _current_pass(self) -> int | None:
        return next((number for number in self._orders if self._due(number)), None)

    def _due(self, pass_number: int) -> list[str]:
        """Return the networks that a pass has not visited yet, failed ones last."""
        due = [
            name
            for name in self._orders[pass_number]
            if (pass_number, name) not in self._visited
            and self._failed(name) < MAX_FAILURES
            and self._rejections[pass_number, name] < MAX_REJECTIONS
        ]
        return sorted(due, key=self._failed)

    def _failed(self, name: str) -> int:
        return len(self._failures.get(name, ()))

    def _within_block(self) -> TimingJob | None:
        """Return the next job of the open block; None, and drop the block, if all failed."""
        last = self._open[-1]
        timed = {record.spec_id for record in self._open if record.role is TimingRole.CANDIDATE}
        due = [name for name in self._due(last.pass_number) if name not in timed]
        place = (last.pass_number, last.block, last.position + 1)
        if due and len(timed) < MAX_CANDIDATES:
            return self._new_job(self._networks[due[0]], TimingRole.CANDIDATE, *place)
        if timed:
            return self._new_job(self._reference, TimingRole.REFERENCE, *place)
        self._open = []
        return None

    def _new_job(
        self, spec: MobileViTSpec, role: TimingRole, pass_number: int, block: int, position: int
    ) -> TimingJob:
        return TimingJob(
            spec=spec,
            role=role,
            reference_id=self._reference.id,
            pass_number=pass_number,
            block=block,
            position=position,
            attempt=self._failed(spec.id)
            if role is TimingRole.CANDIDATE
            else self._reference_failures,
        )

    def upcoming(self) -> list[MobileViTSpec]:
        """Return the networks of the next block, to be prepared before it opens."""
        number = self._current_pass()
        if number is None:
            return []
        names = self._due(number)[:MAX_CANDIDATES]
        return [self._reference, *(self._networks[name] for name in names)]

    def finished(self, block: Block) -> list[MobileViTSpec]:
        """Return the candidates of ``block`` that every pass has visited, without the reference."""
        return [
            record.spec
            for record in block.candidates
            if all((number, record.spec_id) in self._visited for number in self._orders)
            and record.spec_id != self._reference.id
        ]

    def complete(self, measurement: Measurement) -> Block | None:
        """Complete the current job by a measurement that is in the file.

        Returns:
            The block that it ends, accepted or rejected; None within a block.

        Raises:
            MeasurementError: the measurement is not of the current job.
        """
        if self._job is None or not self._job.is_answered_by(measurement):
            current = self._job.id if self._job else "none"
            raise MeasurementError(
                f"this measurement is of network {measurement.spec_id}, block {measurement.block}, "
                f"position {measurement.position}; the current job is {current}."
            )
        self._open.append(measurement)
        self._last_block = measurement.block
        job, self._job = self._job, None
        if job.role is TimingRole.CANDIDATE:
            return None
        self._reference_failures = 0
        if job.opens_block:
            return None
        (block,) = blocks_of(self._open)
        self._open = []
        self._assess(block)
        return block

    def fail(self, reason: str) -> None:
        """Record a failure of the current job, which may be repeated.

        Raises:
            MeasurementError: the reference has failed repeatedly, without which nothing counts.
        """
        if self._job is None:
            raise MeasurementError("there is no current job that could fail.")
        job, self._job = self._job, None
        if job.role is TimingRole.CANDIDATE:
            self._failures.setdefault(job.spec.id, []).append(reason)
            return
        self._reference_failures += 1
        if self._reference_failures >= MAX_FAILURES:
            raise MeasurementError(
                f"the reference network {network_title(job.spec)} cannot be timed: "
                f"{reason.rstrip('.')}. Without it no measurement counts; put "
                "that right and run the same command again."
            )

    def progress(self) -> MeasurementProgress:
        """Return the progress of the passes."""
        wanted = {(number, name) for number in self._orders for name in self._networks}
        unsettled = {
            name
            for (number, name) in wanted - self._visited
            if self._rejections[number, name] >= MAX_REJECTIONS
        }
        return MeasurementProgress(
            visits=len(wanted & self._visited),
            total=len(wanted),
            rejected=dict(self._rejected),
            failed={
                name: reasons[-1]
                for name, reasons in self._failures.items()
                if len(reasons) >= MAX_FAILURES
            },
            unsettled=frozenset(unsettled),
        )


def _order_key(seed: int, pass_number: int, name: str) -> str:
    """Return the random sort key of a network in a pass, independent of the other networks."""
    return hashlib.sha256(f"{seed}-{pass_number}-{name}".encode()).hexdigest()
