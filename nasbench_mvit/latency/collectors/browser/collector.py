"""A browser as a collector: a job is put into a slot, and a page leases it."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.collectors.browser.inbox import Delivery
from nasbench_mvit.latency.collectors.browser.job_slot import JobSlot, Offer
from nasbench_mvit.latency.collectors.browser.run import BrowserRun
from nasbench_mvit.latency.collectors.browser.server.site import Site
from nasbench_mvit.latency.collectors.browser.upload import TimingFailure
from nasbench_mvit.latency.collectors.contract import NetworkFailedError, Screen
from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.target import Target

POLL_S: Final = 0.5
SILENT: Final = timedelta(seconds=60)
FAREWELL_S: Final = 5.0
NONE_CAME: Final = (
    "no browser has come yet. If the phone cannot open the address: is it in the same network, one "
    "that lets its devices talk to each other (guest networks often do not), and does this "
    "machine's firewall let the port in?"
)
FELL_SILENT: Final = (
    "no word from the browser for a minute; is its page open and its screen on? Nothing is lost, "
    "and it goes on when it is back."
)


@dataclass(eq=False)
class BrowserCollector:
    """Waits for what the page delivers; it serves from the beginning.

    Attributes:
        run: what the page is told of the run.
        slot: holds the job at hand and its result.
        site: the servers.
        models: the networks' files.
        plan: how long each network is timed.
        clock: gives the time, UTC.
        screen: the terminal.
    """

    run: BrowserRun
    slot: JobSlot
    site: Site
    models: ModelFiles
    _: KW_ONLY
    plan: TimingPlan
    clock: Callable[[], datetime]
    screen: Screen
    _is_missed: bool = field(default=False, init=False)
    _silent_since: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Start to serve."""
        self._opened_at = self.clock()
        self.site.open()

    @property
    def target(self) -> Target:
        """The device and browser that are measured; waits until a browser has connected."""
        while (target := self.run.wait_for_target(POLL_S)) is None:
            self._watch()
        return target

    def prepare(self, networks: Sequence[MobileViTSpec]) -> None:
        """Export what is missing."""
        self.models.prepare(networks)

    def measure(self, job: TimingJob) -> Measurement:
        """Wait until the page has timed one network.

        Raises:
            NetworkFailedError: it cannot be exported, or the page could not run it.
        """
        model = self.models.get(job.spec)
        self.slot.put(Offer(job, model.path, self.plan))
        delivery = self._delivery()
        if isinstance(delivery.result, TimingFailure):
            raise NetworkFailedError(f"the browser says: {delivery.result.reason}")
        timing = delivery.result.timing(model.sha256)
        return job.record(timing, self.target, delivery.ended_at)

    def _delivery(self) -> Delivery:
        while (delivery := self.slot.take(POLL_S)) is None:
            self._watch()
        return delivery

    def _watch(self) -> None:
        """Print once that no browser comes, that it is silent, and that it is back."""
        now = self.clock()
        heard = self.slot.heard_at
        if heard is None:
            if not self._is_missed and now - self._opened_at > SILENT:
                self._is_missed = True
                self.screen.note(NONE_CAME)
        elif self._silent_since is None:
            if now - heard > SILENT:
                self._silent_since = heard
                self.screen.note(FELL_SILENT)
        elif heard > self._silent_since:
            self._silent_since = None
            self.screen.note("the browser is back")

    def show(self, progress: MeasurementProgress) -> None:
        """Let the page show how far the measurement is."""
        self.run.show(progress)

    def release(self, networks: Sequence[MobileViTSpec]) -> None:
        """Remove the networks' files."""
        self.models.release(networks)

    def close(self) -> None:
        """Tell the page that the run has ended, then stop serving and exporting."""
        self.slot.end()
        heard = self.slot.heard_at
        if heard is not None and self.clock() - heard < SILENT:
            self.slot.wait_until_told(FAREWELL_S)
        self.site.close()
        self.models.close()
