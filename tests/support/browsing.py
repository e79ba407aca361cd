"""A page's side of the browser collector, without a browser: requests over a real socket."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from measuring import NETWORK, STARTED, after

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.collectors.browser.inbox import Inbox
from nasbench_mvit.latency.collectors.browser.job_slot import JobSlot, Offer
from nasbench_mvit.latency.collectors.browser.run import BrowserRun
from nasbench_mvit.latency.collectors.browser.runtimes.ort_web import ALL, NAME, local_copy
from nasbench_mvit.latency.collectors.browser.runtimes.runtime import WebRuntime
from nasbench_mvit.latency.collectors.browser.server.address import LOOPBACK, Address
from nasbench_mvit.latency.collectors.browser.server.api import Api
from nasbench_mvit.latency.collectors.browser.server.http_handler import bound
from nasbench_mvit.latency.collectors.browser.server.page_server import PageServer
from nasbench_mvit.latency.collectors.browser.server.pairing import Pairing
from nasbench_mvit.latency.collectors.browser.targets import Engine
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.record import TimingRole
from nasbench_mvit.latency.target import Target

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36"
)
PAGE = "0123456789abcdef"
OTHER_PAGE = "fedcba9876543210"
UPLOAD = "0" * 31 + "1"
OTHER_UPLOAD = "0" * 31 + "2"
PLAN = TimingPlan(seconds=1.0, min_sample_ms=50.0, max_samples=100)


@dataclass
class Printed:
    """A ``Screen`` that remembers."""

    lines: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.lines.append(text)

    def draw(self, text: str) -> None:
        self.lines.append(text)


@dataclass
class Clock:
    """A time that moves when it is told to."""

    now: datetime = STARTED

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += after(seconds) - STARTED


def job(network: MobileViTSpec = NETWORK, *, position: int = 1, attempt: int = 0) -> TimingJob:
    return TimingJob(
        spec=network,
        role=TimingRole.CANDIDATE,
        reference_id="0" * 16,
        pass_number=1,
        block=1,
        position=position,
        attempt=attempt,
    )


def timed(of: TimingJob, **changes: Any) -> dict[str, Any]:
    """What a page says of a network it has timed."""
    return {
        "job": of.id,
        "outcome": "timed",
        "ended_ms": milliseconds(STARTED),
        "samples_ms": [10.0, 10.2, 11.0, 10.1, 10.4],
        "runs_per_sample": 6,
        "timer_tick_ms": 0.1,
        "warmup_runs": 7,
        "warmup_stable": True,
    } | changes


def failed(of: TimingJob, reason: str = "out of memory") -> dict[str, Any]:
    return {
        "job": of.id,
        "outcome": "failed",
        "ended_ms": milliseconds(STARTED),
        "reason": reason,
    }


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1e3)


def body(fields: Any) -> bytes:
    return json.dumps(fields).encode()


def ort_copy(folder: Path, version: str = "1.30.0", engine: Engine = "wasm") -> WebRuntime:
    """A folder like npm's, with empty files."""
    home = folder / "node_modules" / NAME
    (home / "dist").mkdir(parents=True, exist_ok=True)
    (home / "package.json").write_text(json.dumps({"name": NAME, "version": version}))
    for name in ALL:
        (home / "dist" / name).write_bytes(b"// " + name.encode())
    return local_copy(folder, engine)


@dataclass
class Service:
    """A server on a free port of this machine, with all that is behind it."""

    folder: Path
    clock: Clock
    screen: Printed
    run: BrowserRun
    pairing: Pairing
    slot: JobSlot
    port: int

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def offer(self, of: TimingJob, model: Path | None = None) -> None:
        if model is None:
            model = self.folder / f"{of.spec.id}.onnx"
            model.write_bytes(b"a network")
        self.slot.put(Offer(of, model, PLAN))

    def request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Send what a page sends, with ``headers`` in place of or beside its own."""
        own = {"Host": f"localhost:{self.port}", "User-Agent": IPHONE}
        if content is not None:
            own |= {"Origin": self.origin, "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        try:
            connection.request(method, path, content, own | (headers or {}))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def head(self, path: str) -> tuple[int, dict[str, str]]:
        """Return the status and the headers that a GET is answered with."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, dict(response.getheaders())
        finally:
            connection.close()

    def pair(self) -> str:
        """Pair as a page does; return the token."""
        status, content = self.request("POST", "/api/pair", body({"code": self.pairing.code}))
        assert status == 200, content
        token = json.loads(content)["token"]
        assert isinstance(token, str)
        return token

    def call(
        self, token: str, method: str, path: str, fields: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Send ``fields`` as the browser of ``token``; return the status and the JSON answer."""
        status, content = self.request(
            method,
            path,
            None if fields is None else body(fields),
            {"Authorization": f"Bearer {token}"} | headers,
        )
        return status, json.loads(content)

    def lease(self, token: str, page: str = PAGE) -> dict[str, Any]:
        status, answer = self.call(token, "POST", "/api/lease", {"page": page})
        assert status == 200, answer
        assert isinstance(answer, dict)
        return answer

    def put(self, token: str, fields: Any, upload: str = UPLOAD) -> tuple[int, Any]:
        return self.call(token, "PUT", f"/api/results/{upload}", fields)


@contextmanager
def service(
    folder: Path,
    clock: Clock | None = None,
    *,
    engine: Engine = "wasm",
    threads: int = 1,
    runtime: WebRuntime | None = None,
    device: str | None = None,
    known_target: Target | None = None,
) -> Iterator[Service]:
    """Serve from a run's ``folder``; a second service from it is a server started anew."""
    clock, screen = clock or Clock(), Printed()
    run = BrowserRun(
        runtime=runtime or ort_copy(folder / "ort", engine=engine),
        engine=engine,
        threads=threads,
        device=device,
        target=known_target,
        clock=clock,
        screen=screen,
    )
    pairing = Pairing(folder / "pairing.json", screen.note)
    slot = JobSlot(Inbox(folder / "uploads"), clock)
    served = Service(folder, clock, screen, run, pairing, slot, free_port())
    api = Api(run, pairing, slot)
    address = Address(port=served.port)
    handler = bound(api.respond, origins=address.origins, report=screen.note)
    with PageServer((address.host, address.port), handler):
        yield served


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
