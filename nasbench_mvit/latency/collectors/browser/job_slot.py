"""The one job that the loop that measures offers to the threads that answer a browser.

A page leases the job, renews the lease while it works, and delivers under an id it drew. A page
that comes back after a reload gets its own job again; another page, as in a second tab, waits until
the lease has run out. Whoever of the paired browser delivers the job at hand is heard, with a
lease or without: after the server was started anew it remembers none. While the slot is empty, as
then, nobody can tell whether a result is wanted, and the page has to ask again.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from nasbench_mvit.latency.collectors.browser.inbox import Delivery, Inbox
from nasbench_mvit.latency.collectors.browser.upload import parse_upload
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.records.job import TimingJob

LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Offer:
    """A job in the slot, with the file to run.

    Attributes:
        job: what is to be timed.
        model: its ONNX file.
        plan: how long.
    """

    job: TimingJob
    model: Path
    plan: TimingPlan


class NotReadyError(Exception):
    """The slot is empty now; what is asked can be answered later."""


class Phase(StrEnum):
    """The answer to a page that asks for a job."""

    JOB = "job"
    PREPARING = "preparing"  # the next network is being made ready
    BUSY = "busy"  # another page of the browser works on the job
    ENDED = "ended"


class DeliveryOutcome(StrEnum):
    """The outcome of a delivery."""

    KEPT = "kept"
    KNOWN = "known"  # the same was delivered before
    CONFLICT = "conflict"  # something else was delivered under this id
    FINISHED = "finished"  # the job was answered before
    UNKNOWN = "unknown"  # there is no such job


@dataclass(frozen=True)
class _Lease:
    page: str
    until: datetime


class JobSlot:
    """See the module; safe between threads."""

    def __init__(self, inbox: Inbox, clock: Callable[[], datetime]) -> None:
        """Keep deliveries in ``inbox`` and take the time, UTC, from ``clock``."""
        self._inbox = inbox
        self._clock = clock
        self._changed = threading.Condition()
        self._offer: Offer | None = None
        self._lease: _Lease | None = None
        self._delivery: Delivery | None = None
        self._has_ended = False
        self._was_told = False
        self.heard_at: datetime | None = None

    def put(self, offer: Offer) -> None:
        """Put a job into the slot, which must be empty."""
        with self._changed:
            self._offer, self._lease = offer, None
            self._delivery = self._inbox.timed(offer.job.id, self._clock())
            self._changed.notify_all()

    def take(self, timeout_s: float) -> Delivery | None:
        """Wait for the result of the job in the slot and empty it; None after ``timeout_s``."""
        with self._changed:
            self._changed.wait_for(lambda: self._delivery is not None, timeout_s)
            delivery, self._delivery = self._delivery, None
            if delivery is not None:
                self._offer = self._lease = None
            return delivery

    def end(self) -> None:
        """Answer every page from now on that there is nothing more to do."""
        with self._changed:
            self._has_ended = True
            self._offer = self._lease = None
            self._changed.notify_all()

    def wait_until_told(self, timeout_s: float) -> None:
        """Wait until a page has heard of the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._was_told, timeout_s)

    def lease(self, page: str, wait_s: float = 0.0) -> tuple[Phase, Offer | None]:
        """Lease the job at hand to a page, or say why it gets none.

        Args:
            page: the page's id.
            wait_s: how long to wait for a job while the slot is empty.
        """
        with self._changed:
            self._hear()
            self._changed.wait_for(lambda: self._has_ended or self._is_waiting(), wait_s)
            if self._has_ended:
                self._was_told = True
                self._changed.notify_all()
                return Phase.ENDED, None
            if not self._is_waiting():
                return Phase.PREPARING, None
            if not self._may_have(page):
                return Phase.BUSY, None
            self._lease = _Lease(page, self._clock() + LEASE)
            return Phase.JOB, self._offer

    def renew(self, page: str, job_id: str) -> bool:
        """Go on with a lease; False where the page should drop the job.

        Raises:
            NotReadyError: the slot is empty.
        """
        with self._changed:
            self._hear()
            if not self._is_at_hand(job_id) or not self._may_have(page):
                return False
            self._lease = _Lease(page, self._clock() + LEASE)
            return True

    def model(self, spec_id: str) -> Path | None:
        """Return the file of the job at hand, if that is of this network.

        Raises:
            NotReadyError: the slot is empty.
        """
        with self._changed:
            offer = self._at_hand()
            return offer.model if offer.job.spec.id == spec_id else None

    def deliver(self, upload_id: str, body: bytes) -> DeliveryOutcome:
        """Take a result; once this says kept or known it is on the disk.

        Raises:
            UploadError: it breaks a rule; nothing is kept.
            NotReadyError: the slot is empty; nothing is kept.
            OSError: it cannot be written; nothing is kept.
        """
        with self._changed:
            self._hear()
            before = self._inbox.body(upload_id)
            if before is not None:
                return DeliveryOutcome.KNOWN if before == body else DeliveryOutcome.CONFLICT
            job_id = parse_upload(body).job
            if not self._is_at_hand(job_id):
                return (
                    DeliveryOutcome.FINISHED
                    if self._inbox.holds(job_id)
                    else DeliveryOutcome.UNKNOWN
                )
            self._delivery = self._inbox.keep(upload_id, body, self._clock())
            self._changed.notify_all()
            return DeliveryOutcome.KEPT

    def _hear(self) -> None:
        self.heard_at = self._clock()

    def _is_waiting(self) -> bool:
        """Whether there is a job that nobody has delivered."""
        return self._offer is not None and self._delivery is None

    def _is_at_hand(self, job_id: str) -> bool:
        return self._at_hand().job.id == job_id and self._delivery is None

    def _at_hand(self) -> Offer:
        if self._offer is None:
            raise NotReadyError
        return self._offer

    def _may_have(self, page: str) -> bool:
        return self._lease is None or self._lease.page == page or self._clock() >= self._lease.until
