"""A collector from its options: what ``measure --target browser`` asks for."""

from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path

from nasbench_mvit.latency.collectors.browser.collector import BrowserCollector
from nasbench_mvit.latency.collectors.browser.inbox import Inbox
from nasbench_mvit.latency.collectors.browser.job_slot import JobSlot
from nasbench_mvit.latency.collectors.browser.run import BrowserRun
from nasbench_mvit.latency.collectors.browser.server.address import Address
from nasbench_mvit.latency.collectors.browser.server.api import Api
from nasbench_mvit.latency.collectors.browser.server.pairing import Pairing
from nasbench_mvit.latency.collectors.browser.server.site import Site
from nasbench_mvit.latency.collectors.browser.server.tls import certificates
from nasbench_mvit.latency.collectors.contract import Screen
from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.collectors.timing import TimingPlan


def open_browser(
    run_dir: Path,
    address: Address,
    run: BrowserRun,
    *,
    models: ModelFiles,
    plan: TimingPlan,
    clock: Callable[[], datetime],
    screen: Screen,
) -> BrowserCollector:
    """Return a collector that serves already.

    Args:
        run_dir: keeps the token, what was delivered, and certificates.
        address: address of the page.
        run: what the page runs.
        models: the networks' files.
        plan: how long each network is timed.
        clock: gives the time, UTC.
        screen: the terminal.

    Raises:
        WorkbenchError: a port is taken, a file is damaged, or a library is missing.
        OSError: a file cannot be read or written.
    """
    pairing = Pairing(
        run_dir / "pairing.json",
        lambda code: screen.note(f"to pair another browser in its place, its code is {code}"),
    )
    slot = JobSlot(Inbox(run_dir / "uploads"), clock)
    tls = None
    if address.is_tls:
        tls = certificates(run_dir / "tls", IPv4Address(address.host), clock())
    site = Site(address, Api(run, pairing, slot), pairing, tls, screen)
    return BrowserCollector(run, slot, site, models, plan=plan, clock=clock, screen=screen)
