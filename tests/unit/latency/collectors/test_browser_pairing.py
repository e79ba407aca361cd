"""One-time codes, tokens that outlive the server, one browser at a time."""

import stat
from pathlib import Path

import pytest

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.server.pairing import (
    ALPHABET,
    CODE_LENGTH,
    MAX_WRONG,
    Pairing,
)


def ignore(_code: str) -> None:
    pass


def test_a_code_is_good_once(tmp_path: Path) -> None:
    announced: list[str] = []
    pairing = Pairing(tmp_path / "pairing.json", announced.append)
    code = pairing.code
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(ALPHABET)
    assert not pairing.is_paired
    token = pairing.exchange(f" {code.upper()} ")  # as a person may type it
    assert token is not None
    assert pairing.knows(token)
    assert pairing.is_paired
    assert pairing.exchange(code) is None
    assert announced == [pairing.code]


def test_a_token_outlives_the_server_and_is_not_written_down(tmp_path: Path) -> None:
    path = tmp_path / "pairing.json"
    first = Pairing(path, ignore)
    token = first.exchange(first.code)
    assert token is not None
    again = Pairing(path, ignore)
    assert again.knows(token)
    assert again.code != first.code
    assert token not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_pairing_another_browser_ends_the_first(tmp_path: Path) -> None:
    pairing = Pairing(tmp_path / "pairing.json", ignore)
    first, second = pairing.exchange(pairing.code), pairing.exchange(pairing.code)
    assert first is not None
    assert second is not None
    assert not pairing.knows(first)
    assert pairing.knows(second)


def test_nobody_is_known_before_pairing(tmp_path: Path) -> None:
    pairing = Pairing(tmp_path / "pairing.json", ignore)
    assert not pairing.knows("")
    assert not pairing.knows("\udcff")


def test_guessing_changes_the_code(tmp_path: Path) -> None:
    announced: list[str] = []
    pairing = Pairing(tmp_path / "pairing.json", announced.append)
    code = pairing.code
    for _ in range(MAX_WRONG):
        assert pairing.exchange("ünknown") is None
    assert pairing.exchange(code) is None
    assert announced == [pairing.code]


def test_a_code_is_still_good_where_the_token_could_not_be_kept(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("no folder")
    pairing = Pairing(tmp_path / "folder" / "pairing.json", ignore)
    code = pairing.code
    with pytest.raises(OSError, match="pairing"):
        pairing.exchange(code)
    assert pairing.code == code
    assert not pairing.is_paired


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"token_sha256": 3}', "\xff"])
def test_a_damaged_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pairing.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(MeasurementError, match=r"pairing\.json is damaged\. Remove it"):
        Pairing(path, ignore)
