"""The dashboard's command line refuses before anything is served."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from nasbench_mvit.cli.dashboard import command as dashboard


@pytest.mark.parametrize(
    ("args", "needles"),
    [
        ("nowhere", ("there is no folder nowhere", "runs/")),
        ("--port 0", ("from 1 to 65535", "'0'")),
        ("--port 70000", ("from 1 to 65535", "'70000'")),
        ("--port ½", ("from 1 to 65535",)),
        ("--adress 127.0.0.1", ("unknown argument", "Did you mean '--address'?")),
        ("--address 203.0.113.7", ("cannot listen on 203.0.113.7", "--address")),
    ],
)
def test_a_wrong_option_is_one_message(
    args: str,
    needles: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert code_of(args.split()) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    for needle in needles:
        assert needle in message
    assert not list(tmp_path.iterdir())


def code_of(args: list[str]) -> int:
    try:
        return dashboard.main(args)
    except SystemExit as stopped:
        return int(stopped.code or 0)


def test_a_port_in_use_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(socket.socket()) as taken:
        taken.bind((dashboard.LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert code_of(["--port", str(port)]) == 2
    message = capsys.readouterr().err
    assert f"port {port}" in message
    assert "--port" in message
