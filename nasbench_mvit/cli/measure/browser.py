"""The target ``browser`` of ``measure``: its options, and the collector they make."""

import argparse
import ipaddress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nasbench_mvit.cli.shared.parser import directory
from nasbench_mvit.errors import MeasurementError, unknown

if TYPE_CHECKING:
    from rich.console import Console

    from nasbench_mvit.latency.collectors.browser.address import Address
    from nasbench_mvit.latency.collectors.contract import Collector

BROWSER: Final = "browser"
ENGINES: Final = ("wasm", "webgpu")
FIND_ADDRESS: Final = True  # no text, which would be read as an address
PORTS: Final = (1024, 65534)  # with TLS the next one is taken too
# A browser's clock is coarse, so a sample spans several runs.
MIN_SAMPLE_MS: Final = 50.0
MAX_SAMPLES: Final = 500
BROWSER_OPTIONS: Final = ("--lan", "--port", "--tls", "--ort-web", "--engine")


def add_browser_options(parser: argparse.ArgumentParser) -> None:
    """Add what only this target takes; what is not given is None."""
    add = parser.add_argument_group(f"--target {BROWSER}").add_argument
    add(
        "--lan",
        nargs="?",
        const=FIND_ADDRESS,
        type=_address,
        metavar="ADDRESS",
        help="let others in this network open the page, at this machine's address in it "
        "(default: only this machine can)",
    )
    add("--port", type=_port, help="of the page (default: 8650)")
    add("--tls", action="store_const", const=True, help="serve over TLS; with --lan")
    add("--ort-web", type=directory, help="folder in which npm installed onnxruntime-web")
    add("--engine", type=_engine, help=f"{' or '.join(ENGINES)} (default: {ENGINES[0]})")


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be an IPv4 address of this machine, like 192.168.1.5, got '{text}'."
        ) from None


def _port(text: str) -> int:
    low, high = PORTS
    if not text.isascii() or not text.isdigit() or not low <= int(text[:6]) <= high:
        raise argparse.ArgumentTypeError(f"must be from {low} to {high}, got '{text}'.")
    return int(text)


def _engine(text: str) -> str:
    if text not in ENGINES:
        raise argparse.ArgumentTypeError(unknown("engine", text, ENGINES))
    return text


def browser_collector(options: argparse.Namespace, folder: Path, console: "Console") -> "Collector":
    """Return a collector that serves its page already.

    Raises:
        WorkbenchError: what it needs is missing, or a port is taken.
    """
    from nasbench_mvit.export.extras import require_extra  # noqa: PLC0415
    from nasbench_mvit.latency.collectors.browser.service import (  # noqa: PLC0415
        BrowserOptions,
        open_browser,
    )
    from nasbench_mvit.latency.collectors.onnxruntime.models import OnnxModels  # noqa: PLC0415
    from nasbench_mvit.latency.collectors.timing import TimingPlan  # noqa: PLC0415
    from nasbench_mvit.latency.records.record_file import RECORDS_FILE, read_records  # noqa: PLC0415

    require_extra("onnx", "onnx")  # which the exporting process needs
    run_dir = folder.parent
    records = run_dir / RECORDS_FILE
    known = read_records(records) if records.exists() else []
    return open_browser(
        run_dir,
        BrowserOptions(
            address=_served_at(options),
            ort_web=options.ort_web,
            engine=options.engine or ENGINES[0],
            threads=options.threads,
            device=options.device,
        ),
        models=OnnxModels(folder),
        plan=TimingPlan(
            seconds=options.seconds, min_sample_ms=MIN_SAMPLE_MS, max_samples=MAX_SAMPLES
        ),
        known_target=known[0].target if known else None,
        clock=lambda: datetime.now(UTC),
        screen=ConsoleScreen(console),
    )


def _served_at(options: argparse.Namespace) -> "Address":
    from nasbench_mvit.latency.collectors.browser.address import (  # noqa: PLC0415
        DEFAULT_PORT,
        Address,
        lan_address,
    )

    port = options.port or DEFAULT_PORT
    if options.lan is None:
        if options.tls:
            raise MeasurementError(
                "--tls is for other machines, which are let in by --lan; this machine's browser "
                "trusts http://localhost as it is. Add --lan, or leave out --tls."
            )
        return Address(port=port)
    host = lan_address() if options.lan is FIND_ADDRESS else options.lan
    return Address(host, port, is_tls=bool(options.tls))


class ConsoleScreen:
    """The terminal for a collector; a ``Screen``."""

    def __init__(self, console: "Console") -> None:
        """Print on ``console``."""
        self._console = console

    def say(self, text: str) -> None:
        """Print a line."""
        self._console.print(text)

    def draw(self, text: str) -> None:
        """Print a picture made of characters, white on black."""
        self._console.print(text, style="bright_white on black", no_wrap=True)
