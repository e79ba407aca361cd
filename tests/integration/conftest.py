"""Pages run by Streamlit without a browser."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nasbench_mvit.cli.dashboard.command import scripts

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    monkeypatch.syspath_prepend(str(scripts()))
    # A page takes the place of this module, from which processes started later would begin.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    def run(name: str, *places: Path | str, **query: str | list[str]) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["app.py", *map(str, places)])
        app = AppTest.from_file(str(scripts() / "views" / f"{name}.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return run
