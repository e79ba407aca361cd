"""Fixtures of several folders: seeds, the checker of bad input, and Debian's Chromium.

They stand in one file, since mypy takes every ``conftest`` for the same module.
"""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from bad_input import Case, Refuses, check_refused
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

CHROMIUM = "chromium"
PHONE = ViewportSize(width=390, height=844)
PATIENCE_MS = 120_000

torch.set_num_threads(1)  # those of a tiny network would wait for each other most of the time


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Give each test the same random numbers, whatever ran before it."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - libraries draw from it
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def _trained_on_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from full_training import train_on_photos  # noqa: PLC0415 - loads what most tests do not need

    folder = tmp_path_factory.mktemp("trained")
    train_on_photos(folder)
    return folder


@pytest.fixture
def trained_folder(
    _trained_on_photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A working directory with photos without ``val/`` and a training on them in ``out``."""
    shutil.copytree(_trained_on_photos, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refuses:
    """The checker, in an empty working directory."""
    monkeypatch.chdir(tmp_path)

    def check(case: Case) -> str:
        return check_refused(case, tmp_path, capsys)

    return check


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless; Playwright allows only one at a time."""
    program = shutil.which(CHROMIUM)
    if program is None:
        pytest.skip(f"needs the Debian package {CHROMIUM}")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page as wide as a phone that fails the test on any error of a script."""
    context = browser.new_context(viewport=PHONE)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
