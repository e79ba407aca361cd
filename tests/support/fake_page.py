"""The page without a browser: a thread that pairs, fetches networks and delivers times."""

import itertools
import json
import threading
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from browsing import CHROME, PAGE, PLAN, Printed, free_port, milliseconds, ort_copy

from nasbench_mvit.latency.collectors.browser.collector import BrowserCollector
from nasbench_mvit.workbench.measurements.targets.browser import BrowserTarget

Outcome = dict[str, Any]
TIMED: Outcome = {
    "outcome": "timed",
    "samples_ms": [10.0, 10.2, 11.0, 10.1, 10.4],
    "runs_per_sample": 6,
    "timer_tick_ms": 0.1,
    "warmup_runs": 7,
    "warmup_stable": True,
}


class FakePage(threading.Thread):
    """Works until the server says that this is the end.

    Attributes:
        networks: sizes of the files it ran, in bytes.
    """

    def __init__(self, address: str, outcome: Callable[[], Outcome]) -> None:
        """Open the ``address`` that the terminal shows."""
        super().__init__(daemon=True)
        self._origin, code = address.split("/#code=")
        self._outcome = outcome
        self.networks: list[int] = []
        self._token = ""
        self._token = json.loads(self._send("POST", "/api/pair", {"code": code}))["token"]

    def run(self) -> None:
        for number in itertools.count():
            lease = json.loads(self._send("POST", "/api/lease", {"page": PAGE}))
            if lease["phase"] == "ended":
                return
            if job := lease.get("job"):
                self.networks.append(len(self._send("GET", job["model"])))
                result = {"job": job["id"], "ended_ms": milliseconds(datetime.now(UTC))}
                self._send("PUT", f"/api/results/{number:032x}", result | self._outcome())

    def _send(self, method: str, path: str, fields: Any = None) -> bytes:
        content = None if fields is None else json.dumps(fields).encode()
        own = {"Authorization": f"Bearer {self._token}", "User-Agent": CHROME}
        if content is not None:
            own |= {"Origin": self._origin, "Content-Type": "application/json"}
        request = urllib.request.Request(self._origin + path, content, own, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer: bytes = response.read()
            return answer


def collector_without_page(folder: Path, screen: Printed) -> BrowserCollector:
    """A collector that waits for its browser."""
    ort_copy(folder / "ort")
    target = BrowserTarget(
        port=free_port(), ort_web=folder / "ort", engine="wasm", seconds=PLAN.seconds
    )
    return target.collector(folder, screen)


def collector_with_page(
    folder: Path, outcome: Callable[[], Outcome] = lambda: TIMED
) -> tuple[BrowserCollector, FakePage]:
    """A collector with a page that works for it."""
    screen = Printed()
    collector = collector_without_page(folder, screen)
    address = next(line.split()[1] for line in screen.lines if line.startswith("open http"))
    page = FakePage(address, outcome)
    page.start()
    return collector, page
