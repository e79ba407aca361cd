"""The dashboard's first start: Streamlit's defaults ask and send nothing, in whatever home."""

import os
import pty
import select
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest
from dashboard_server import PATIENCE_S, command, free_port, wait_for

from nasbench_mvit.cli.dashboard.server import PRIVACY

CREDENTIALS = ".streamlit/credentials.toml"
OPENED = "opened.txt"
MOMENT_S = 2  # after which a browser would have been opened
UNKNOWN_USER = """
import pwd

def unknown(uid):
    raise KeyError(uid)

pwd.getpwuid = unknown
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def variables(home: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a user with a display, whose browser writes down what it opens.

    Without a display Streamlit would not ask for an e-mail address anyway.
    """
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f"#!/bin/sh\necho $1 > '{tmp_path / OPENED}'\n")
    opener.chmod(0o755)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    return ours | {
        "PATH": f"{opener.parent}{os.pathsep}{ours['PATH']}",
        "HOME": str(home),
        "DISPLAY": ":99",
        "OMP_NUM_THREADS": "1",
    }


@contextmanager
def served(
    arguments: list[str], port: int, variables: dict[str, str], cwd: Path
) -> Iterator[list[str]]:
    """Yield a list that holds what the dashboard has printed once the block is left."""
    printed: list[str] = []
    with subprocess.Popen(
        arguments, env=variables, cwd=cwd,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/", process)
            yield printed
        finally:
            process.terminate()
            printed.append(process.communicate()[0])


def check_printed(text: str) -> None:
    assert text.count(PRIVACY) == 1
    assert "mail" not in text.lower()
    assert "statistics" not in text.replace(PRIVACY, "")
    assert "Traceback" not in text


def test_on_a_terminal_it_serves_at_once(
    home: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    """The terminal is real, since Streamlit asks there what it does not ask elsewhere."""
    port = free_port()
    ours, theirs = pty.openpty()
    read: list[bytes] = []
    with (
        os.fdopen(ours, "r+b", buffering=0) as terminal,
        subprocess.Popen(
            command(port), env=variables, cwd=tmp_path,
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        ) as process,
    ):  # fmt: skip
        os.close(theirs)
        reader = threading.Thread(target=lambda: read.extend(until_closed(terminal)))
        reader.start()
        try:
            wait_for(f"http://127.0.0.1:{port}/", process)
        finally:
            process.terminate()
            process.wait()
            reader.join()
    check_printed(b"".join(read).decode())
    assert not list(home.iterdir())


def until_closed(terminal: IO[bytes]) -> Iterator[bytes]:
    """Yield what is written to a terminal while a process has it; then reading fails."""
    try:
        while part := terminal.read(4096):
            yield part
    except OSError:
        return


@pytest.mark.parametrize("display", [True, False])
def test_a_browser_opens_where_there_is_a_display(
    display: bool, variables: dict[str, str], tmp_path: Path
) -> None:
    if not display:
        del variables["DISPLAY"]
        variables.pop("WAYLAND_DISPLAY", None)
    port = free_port()
    with served(command(port), port, variables, tmp_path):
        deadline = time.monotonic() + (PATIENCE_S if display else MOMENT_S)
        while not (tmp_path / OPENED).exists() and time.monotonic() < deadline:
            time.sleep(0.1)
    assert (tmp_path / OPENED).exists() == display


def test_with_standard_input_closed_it_serves(
    home: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    closed = ["sh", "-c", 'exec "$@" <&-', "sh", *command(port)]
    with served(closed, port, variables, tmp_path) as printed:
        pass
    check_printed("".join(printed))
    assert not list(home.iterdir())


def test_it_serves_a_user_without_a_home(variables: dict[str, str], tmp_path: Path) -> None:
    """A user whom the system does not know, as in a container, has none."""
    (tmp_path / "sitecustomize.py").write_text(UNKNOWN_USER)
    del variables["HOME"]
    variables["PYTHONPATH"] = os.pathsep.join([str(tmp_path), variables.get("PYTHONPATH", "")])
    port = free_port()
    with served(command(port), port, variables, tmp_path) as printed:
        pass
    check_printed("".join(printed))


@pytest.mark.parametrize("name", ["missing", "file/home"])
def test_it_serves_where_nothing_can_be_kept(
    name: str, home: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    (home / "file").touch()
    variables["HOME"] = str(home / name)
    port = free_port()
    with served(command(port), port, variables, tmp_path) as printed:
        pass
    check_printed("".join(printed))
    assert not Path(variables["HOME"]).exists()


def test_damaged_credentials_of_streamlit_do_not_matter(
    home: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    credentials = home / CREDENTIALS
    credentials.parent.mkdir()
    credentials.write_text("[general")
    port = free_port()
    with served(command(port), port, variables, tmp_path) as printed:
        pass
    check_printed("".join(printed))
    assert credentials.read_text() == "[general"


def test_open_to_the_network_it_asks_no_other_host(
    variables: dict[str, str], tmp_path: Path
) -> None:
    """Whoever asks over HTTP goes through the proxy, which is this test.

    By default Streamlit asks for its public address when a server on all addresses starts, and when
    a page of another origin connects.
    """
    port = free_port()
    with closing(socket.create_server(("127.0.0.1", 0))) as proxy:
        through = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            variables[name] = through
        variables |= {"NO_PROXY": "", "no_proxy": ""}
        wide = command(port, "--address", "0.0.0.0", "--no-browser")  # noqa: S104
        with served(wide, port, variables, tmp_path):
            answer = connect_from("http://elsewhere.example", port)
            asked, _, _ = select.select([proxy], [], [], 0)
    assert answer.startswith(b"HTTP/1.1 403")
    assert not asked


def connect_from(origin: str, port: int) -> bytes:
    """Return the answer to a page of an origin that opens the dashboard's WebSocket."""
    request = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request.encode())
        return connection.recv(4096)
