"""What is known of a run in a browser: what is measured on, and how far it is."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from nasbench_mvit.latency.collectors.browser.runtimes.runtime import WebRuntime
from nasbench_mvit.latency.collectors.browser.targets import Engine, browser_target, short_name
from nasbench_mvit.latency.collectors.browser.user_agent import parse_user_agent
from nasbench_mvit.latency.collectors.contract import Screen
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record_file import remedy
from nasbench_mvit.latency.target import Target


@dataclass(eq=False, kw_only=True)
class BrowserRun:
    """Shared by the loop that measures and the threads that serve the page.

    Attributes:
        runtime: the runtime that is served.
        engine: engine of the runtime.
        threads: number of threads of the engine.
        device: name the user gave the phone, None to take what its browser tells.
        target: what is measured on; None until a browser has connected, where there are no records.
        clock: gives the time, UTC.
        screen: the terminal.
    """

    runtime: WebRuntime
    engine: Engine
    threads: int
    device: str | None
    target: Target | None
    clock: Callable[[], datetime]
    screen: Screen
    _progress: MeasurementProgress | None = field(default=None, init=False)
    _met: threading.Condition = field(default_factory=threading.Condition, init=False)

    def refuses(self, user_agent: str) -> str | None:
        """Return why a browser cannot continue this run, if so; the first sets the target."""
        target = browser_target(
            user_agent,
            device=self.device,
            engine=self.engine,
            threads=self.threads,
            runtime=self.runtime,
        )
        with self._met:
            if self.target is None:
                self.target = target
                self.screen.note(f"measuring {short_name(target)}")
                self._met.notify_all()
            if self.target == target:
                return None
            return (
                f"This run measures {self.target}; this browser is {target}. Their times cannot "
                f"be compared. {remedy(self.target, target)}"
            )

    def paired(self, user_agent: str) -> None:
        """Note that a browser has the token now."""
        told = parse_user_agent(user_agent)
        self.screen.note(f"paired with {told.browser} {told.version} on {told.device}, {told.os}")

    def wait_for_target(self, timeout_s: float) -> Target | None:
        """Wait until a browser has come; None after ``timeout_s``."""
        with self._met:
            self._met.wait_for(lambda: self.target is not None, timeout_s)
            return self.target

    def show(self, progress: MeasurementProgress) -> None:
        """Let the page show how far the run is."""
        self._progress = progress

    def progress(self) -> dict[str, int | str | None]:
        """Return the progress that the page shows."""
        now = self._progress
        return {
            "target": str(self.target) if self.target else None,
            "name": short_name(self.target) if self.target else None,
            "visits": now.visits if now else 0,
            "total": now.total if now else 0,
            "rejected": len(now.rejected) if now else 0,
            "given_up": len(now.failed) + len(now.unsettled) if now else 0,
        }

    def now_ms(self) -> int:
        """Return the server's time in milliseconds since 1970."""
        return round(self.clock().timestamp() * 1e3)
