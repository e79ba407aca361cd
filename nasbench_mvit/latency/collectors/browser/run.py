"""What is known of a run in a browser: what is measured on, and how far it is."""

import threading
from collections.abc import Callable
from datetime import datetime

from nasbench_mvit.latency.collectors.browser.ort_web import OrtWeb
from nasbench_mvit.latency.collectors.browser.targets import Engine, browser_target, short_name
from nasbench_mvit.latency.collectors.browser.user_agent import parse_user_agent
from nasbench_mvit.latency.collectors.contract import Screen
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record_file import remedy
from nasbench_mvit.latency.target import Target


class BrowserRun:
    """Shared by the loop that measures and the threads that serve the page."""

    def __init__(
        self,
        ort: OrtWeb,
        *,
        engine: Engine,
        threads: int,
        device: str | None,
        known_target: Target | None,
        clock: Callable[[], datetime],
        screen: Screen,
    ) -> None:
        """Describe a run.

        Args:
            ort: the runtime that is served.
            engine: engine of the runtime.
            threads: number of threads of the engine.
            device: name the user gave the phone, None to take what its browser tells.
            known_target: what the records are of; None where there are none yet.
            clock: gives the time, UTC.
            screen: the terminal.
        """
        self.ort = ort
        self.engine = engine
        self.threads = threads
        self._device = device
        self._target = known_target
        self._progress: MeasurementProgress | None = None
        self._clock = clock
        self._screen = screen
        self._met = threading.Condition()

    @property
    def target(self) -> Target | None:
        """The device being measured, or None until a browser has connected."""
        return self._target

    def refuses(self, user_agent: str) -> str | None:
        """Return why a browser cannot go on with this run, if so; the first sets the target."""
        target = browser_target(
            user_agent,
            device=self._device,
            engine=self.engine,
            threads=self.threads,
            runtime_version=self.ort.version,
        )
        with self._met:
            if self._target is None:
                self._target = target
                self._screen.note(f"measuring {short_name(target)}")
                self._met.notify_all()
            if self._target == target:
                return None
            return (
                f"This run measures {self._target}; this browser is {target}. Their times cannot "
                f"be compared. {remedy(self._target, target)}"
            )

    def paired(self, user_agent: str) -> None:
        """Note that a browser has the token now."""
        told = parse_user_agent(user_agent)
        self._screen.note(f"paired with {told.browser} {told.version} on {told.device}, {told.os}")

    def wait_for_target(self, timeout_s: float) -> Target | None:
        """Wait until a browser has come; None after ``timeout_s``."""
        with self._met:
            self._met.wait_for(lambda: self._target is not None, timeout_s)
            return self._target

    def show(self, progress: MeasurementProgress) -> None:
        """Let the page show how far the run is."""
        self._progress = progress

    def progress(self) -> dict[str, int | str | None]:
        """Return the progress that the page shows."""
        now = self._progress
        return {
            "target": str(self._target) if self._target else None,
            "name": short_name(self._target) if self._target else None,
            "visits": now.visits if now else 0,
            "total": now.total if now else 0,
            "rejected": len(now.rejected) if now else 0,
            "given_up": len(now.failed) + len(now.unsettled) if now else 0,
        }

    def now_ms(self) -> int:
        """Return the server's time in milliseconds since 1970."""
        return round(self._clock().timestamp() * 1e3)
