"""The checker as a fixture, in an empty working directory."""

from pathlib import Path

import pytest
from bad_input import Case, Refuses, check_refused


@pytest.fixture
def refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refuses:
    monkeypatch.chdir(tmp_path)

    def check(case: Case) -> str:
        return check_refused(case, tmp_path, capsys)

    return check
