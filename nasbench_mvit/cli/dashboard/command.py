"""``python -m nasbench_mvit.dashboard``: look at studies while they run and afterwards."""

import argparse
import contextlib
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.cli.dashboard.streamlit_home import usable_home
from nasbench_mvit.cli.shared.command import Command
from nasbench_mvit.cli.shared.options import Options, flag, option
from nasbench_mvit.cli.shared.parser import storage_url
from nasbench_mvit.errors import StudyError

APP = "app.py"
LOOPBACK = "127.0.0.1"
PORT = 8501
MAX_PORT = 65_535
STREAMLIT_FILE = ".streamlit/config.toml"


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be a port from 1 to {MAX_PORT}, got '{text}'.")
    return int(text)


@dataclass(frozen=True, kw_only=True)
class DashboardOptions(Options):
    """The options of ``dashboard``."""

    run_dirs: list[str] = option(
        "run_dirs",
        nargs="*",
        metavar="RUN_DIR",
        help="folders of searches, or a folder that holds them (default: runs/)",
    )
    storage: list[str] = option(
        action="append",
        type=storage_url,
        metavar="URL",
        help="SQLAlchemy URL of a database with studies, such as postgresql://user@host/database; "
        "may be repeated. The folders of searches are then only those given",
    )
    port: int = option(type=_port, default=PORT, help=f"port to listen on (default: {PORT})")
    address: str = option(
        default=LOOPBACK,
        help=f"address to listen on (default: {LOOPBACK}, this machine alone; whoever reaches "
        "another sees the studies)",
    )
    no_browser: bool = flag(help="open no browser")


def _run(options: DashboardOptions) -> int:
    # Imported once the command line is known to be good: they take a second to load.
    from nasbench_mvit.workbench.studies.watched_runs import check_places  # noqa: PLC0415

    places = [*options.run_dirs, *options.storage]
    check_places(places)
    _check_address(options.address, options.port)
    threading.Thread(target=_read_ahead, args=(places,), daemon=True).start()
    with usable_home(STREAMLIT_FILE):  # before Streamlit loads, which remembers where it was
        from nasbench_mvit.cli.dashboard.server import serve  # noqa: PLC0415

        serve(
            scripts() / APP,
            places,
            address=options.address,
            port=options.port,
            open_browser=not options.no_browser,
        )
    return 0


def scripts() -> Path:
    """Return the folder of the pages: inside the package in a wheel, beside it in a clone."""
    package = Path(__file__).parents[2]
    inside = package / "dashboard" / "scripts"
    return inside if inside.is_dir() else package.parent / "dashboard"


def _check_address(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise StudyError(
                f"cannot listen on {address} port {port}: {error.strerror or error}. Choose "
                "another --port, or correct --address."
            ) from None


def _read_ahead(places: list[str]) -> None:
    """Read the studies before the first page asks for them; what is wrong the page will say."""
    from nasbench_mvit.errors import WorkbenchError  # noqa: PLC0415
    from nasbench_mvit.workbench.studies.watched_runs import find_runs  # noqa: PLC0415

    for run in find_runs(places).values():
        with contextlib.suppress(WorkbenchError, OSError):
            run.look()


main = Command(
    prog="python -m nasbench_mvit.dashboard",
    description="Look at studies in a browser, while they run and afterwards; nothing of them "
    "is ever changed.",
    options=DashboardOptions,
    run=_run,
)
