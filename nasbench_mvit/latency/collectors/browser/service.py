"""A collector from its options: what ``measure --target browser`` asks for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path

from nasbench_mvit.latency.collectors.browser.collector import BrowserCollector
from nasbench_mvit.latency.collectors.browser.inbox import Inbox
from nasbench_mvit.latency.collectors.browser.job_slot import JobSlot
from nasbench_mvit.latency.collectors.browser.ort_web import cached_copy, local_copy
from nasbench_mvit.latency.collectors.browser.run import BrowserRun
from nasbench_mvit.latency.collectors.browser.screen import Screen
from nasbench_mvit.latency.collectors.browser.server.address import Address
from nasbench_mvit.latency.collectors.browser.server.api import Api
from nasbench_mvit.latency.collectors.browser.server.pairing import Pairing
from nasbench_mvit.latency.collectors.browser.server.site import Site
from nasbench_mvit.latency.collectors.browser.server.tls import certificates
from nasbench_mvit.latency.collectors.browser.targets import Engine
from nasbench_mvit.latency.collectors.onnxruntime.models import OnnxModels
from nasbench_mvit.latency.collectors.timing import TimingPlan
from nasbench_mvit.latency.target import Target


@dataclass(frozen=True, kw_only=True)
class BrowserOptions:
    """Where the page is served, and what it runs.

    Attributes:
        address: of the page.
        ort_web: folder with onnxruntime-web, None for the tested version through npm.
        engine: of onnxruntime-web.
        threads: of the engine.
        device: name of the phone, None to take what its browser tells.
    """

    address: Address = field(default_factory=Address)
    ort_web: Path | None = None
    engine: Engine = "wasm"
    threads: int = 1
    device: str | None = None


def open_browser(
    run_dir: Path,
    options: BrowserOptions,
    *,
    models: OnnxModels,
    plan: TimingPlan,
    known_target: Target | None,
    clock: Callable[[], datetime],
    screen: Screen,
) -> BrowserCollector:
    """Return a collector that serves already.

    Args:
        run_dir: keeps the token, what was delivered, and certificates.
        options: see there.
        models: the networks' files.
        plan: how long each network is timed.
        known_target: what the records are of; None where there are none.
        clock: gives the time, UTC.
        screen: the terminal.

    Raises:
        WorkbenchError: onnxruntime-web cannot be had, a port is taken, a file is damaged.
        OSError: a file cannot be read or written.
    """
    ort = (
        local_copy(options.ort_web, options.engine)
        if options.ort_web is not None
        else cached_copy(options.engine)
    )
    run = BrowserRun(
        ort,
        engine=options.engine,
        threads=options.threads,
        device=options.device,
        known_target=known_target,
        clock=clock,
        screen=screen,
    )
    pairing = Pairing(
        run_dir / "pairing.json",
        lambda code: screen.note(f"to pair another browser in its place, its code is {code}"),
    )
    slot = JobSlot(Inbox(run_dir / "uploads"), clock)
    tls = None
    if options.address.is_tls:
        tls = certificates(run_dir / "tls", IPv4Address(options.address.host), clock())
    return BrowserCollector(
        run,
        slot,
        Site(options.address, Api(run, pairing, slot), pairing, tls, screen),
        models,
        plan=plan,
        clock=clock,
        screen=screen,
    )
