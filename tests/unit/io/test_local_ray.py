import os
from pathlib import Path

import pytest

from nasbench_mvit.io.system.local_ray import SHORT, local_arguments

TOKEN = "RAY_AUTH_TOKEN"  # noqa: S105 - the name of a variable


@pytest.fixture(autouse=True)
def _usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "")
    monkeypatch.delenv(TOKEN)
    monkeypatch.delenv("RAY_TMPDIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("tempfile.gettempdir", lambda: SHORT)


def test_nothing_is_changed_without_need() -> None:
    assert local_arguments() == {}
    assert TOKEN not in os.environ


@pytest.mark.parametrize("variable", ["TMPDIR", "RAY_TMPDIR"])
def test_sockets_have_short_paths(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "/" + "x" * 100
    if variable == "TMPDIR":
        monkeypatch.setattr("tempfile.gettempdir", lambda: long)
    else:
        monkeypatch.setenv(variable, long)
    assert local_arguments() == {"_temp_dir": f"{SHORT}/ray"}


@pytest.mark.parametrize("home", ["missing", "a file", "read-only", "nobody"])
def test_the_token_needs_no_home(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "read-only").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / home))
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path).name != "read-only")
    if home == "nobody":

        def fail() -> Path:
            raise RuntimeError("Could not determine home directory.")

        monkeypatch.setattr(Path, "home", fail)
    local_arguments()
    assert len(os.environ[TOKEN]) == 64
    before = os.environ[TOKEN]
    local_arguments()
    assert os.environ[TOKEN] == before
