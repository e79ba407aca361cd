"""The dashboard in a process of its own and Debian's Chromium in front of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard_page import PATIENCE_S, DashboardPage, Open
from dashboard_server import serving
from playwright.sync_api import Browser, expect, sync_playwright
from synthetic import synthetic_run

CHROMIUM = "chromium"
NETWORKS = 40


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which(CHROMIUM)
    if program is None:
        pytest.skip(f"needs the Debian package {CHROMIUM}")
    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("runs") / "searched", NETWORKS)


@pytest.fixture(scope="module")
def address(run_dir: Path) -> Iterator[str]:
    with serving(run_dir) as address:
        yield address


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    contexts = []

    def open_page(url: str, *, width: int = 1366, scheme: str = "light") -> DashboardPage:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.set_default_timeout(PATIENCE_S * 1000)
        contexts.append(context)
        return DashboardPage(context.new_page(), url)

    yield open_page
    for context in contexts:
        context.close()
