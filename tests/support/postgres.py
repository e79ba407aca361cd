"""A PostgreSQL server of its own for a test, by the programs that Debian installs."""

import os
import pwd
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from bad_input import PASSWORD

PROGRAMS = Path("/usr/lib/postgresql")
USER = "postgres"


def programs() -> Path:
    """Return the folder of the newest server installed; skip the test where there is none."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found:
        pytest.skip("no PostgreSQL server here (Debian: apt install postgresql)")
    return found[-1].parent


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        url: of its database.
        stop: ends it and all connections at once.
        start: lets it run again.
    """

    url: str
    stop: Callable[[], None]
    start: Callable[[], None]


@contextmanager
def server() -> Iterator[Server]:
    """Run a server of its own."""
    binaries, port = programs(), _free_port()
    # PostgreSQL refuses to run as root, and pytest's directories are its user's alone.
    owner = pwd.getpwnam(USER).pw_uid if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        if owner is not None:
            os.chown(folder, owner, -1)

        def run(program: str, *args: str | Path) -> None:
            done = subprocess.run(
                [binaries / program, *args],
                stdout=subprocess.DEVNULL,  # a server would keep a pipe open
                stderr=subprocess.DEVNULL,
                user=owner,
                cwd=folder,
                check=False,
            )
            assert done.returncode == 0, f"{program} failed; see {folder / 'server.log'}"

        run("initdb", "-D", folder / "data", "-U", USER, "--auth=trust", "--no-sync")
        control = ("-D", folder / "data", "-l", folder / "server.log", "-w")
        settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

        def start() -> None:
            run("pg_ctl", *control, "-o", settings, "start")

        def stop() -> None:
            run("pg_ctl", *control, "-m", "immediate", "stop")

        start()
        try:
            yield Server(f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres", stop, start)
        finally:
            stop()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
