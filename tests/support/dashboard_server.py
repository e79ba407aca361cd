"""The dashboard in a process of its own, as its command starts it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PATIENCE_S = 60


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(port: int, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "nasbench_mvit.dashboard", "--port", str(port), *arguments]


@contextmanager
def serving(*run_dirs: Path) -> Iterator[str]:
    port = free_port()
    with subprocess.Popen(
        command(port, *map(str, run_dirs), "--no-browser"),
        stdout=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    ) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/_stcore/health", process)
            yield address
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Wait until an address answers; raise where the process ends or time runs out."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing answered at {address}")
