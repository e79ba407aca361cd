"""The page in a real headless Chromium: networks are run, and reloads and restarts lose nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import free_port
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tiny_training import tiny_spec

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.blocks import blocks_of
from nasbench_mvit.latency.collectors.browser.ort_web import cached_copy
from nasbench_mvit.latency.collectors.processes import environment
from nasbench_mvit.latency.record import Measurement
from nasbench_mvit.latency.record_file import read_records

SECOND = 1_000
MINUTE = 60 * SECOND
# The command, on a machine whose noise decides nothing here.
COMMAND = """
from nasbench_mvit.latency import blocks
blocks.MAX_BRACKET_GAP = float("inf")
import sys
from nasbench_mvit.cli.measure import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs the system program chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module", autouse=True)
def _onnxruntime_web() -> None:
    if shutil.which("npm") is None:
        pytest.skip("needs the system program npm")
    try:
        cached_copy("wasm")
    except MeasurementError as problem:
        pytest.fail(str(problem))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page as wide as a phone that fails the test on any script error."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.set_default_timeout(2 * MINUTE)
    yield opened
    context.close()
    assert errors == []


class Run:
    """A ``measure`` command in a folder, which may be killed and started anew."""

    def __init__(self, folder: Path, networks: int) -> None:
        self.folder = folder
        self.port = free_port()
        tiny = tiny_spec().to_dict() | {"resolution": 160}
        self.specs = [
            MobileViTSpec.from_dict(tiny | {"head_expansion": float(width)})
            for width in range(1, networks + 1)
        ]
        file = folder / "networks.json"
        file.write_text(json.dumps([spec.to_dict() for spec in self.specs]))
        self._command = [
            *(sys.executable, "-P", "-c", COMMAND, "--target", "browser", "--specs", str(file)),
            *("--run-dir", str(folder / "run"), "--port", str(self.port), "--seconds", "0.05"),
        ]

    @contextmanager
    def started(self) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """Start the command; yield its process and the address it prints."""
        with subprocess.Popen(
            self._command, env=environment(1), cwd=self.folder, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            address = next(line.split()[1] for line in lines if line.startswith("open http"))
            try:
                yield process, address
            finally:
                process.kill()

    def records(self) -> list[Measurement]:
        path = self.folder / "run" / "records.jsonl"
        return read_records(path) if path.exists() else []

    def assert_complete(self) -> None:
        """Every network was measured once in each pass, and no job twice."""
        visits = [
            (block.pass_number, record.spec_id)
            for block in blocks_of(self.records())
            if block.is_accepted or block.closing is not None
            for record in block.candidates
        ]
        wanted = {(number, spec.id) for number in (1, 2) for spec in self.specs}
        assert len(visits) == len(set(visits))
        assert set(visits) == wanted
        places = [(record.block, record.position) for record in self.records()]
        assert len(places) == len(set(places))


def wait_for_results(page: Page, run: Run, count: int) -> None:
    for _ in range(1200):
        if len(run.records()) >= count:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"only {len(run.records())} records: {page.inner_text('main')}")


def test_networks_are_measured_through_a_reload(page: Page, tmp_path: Path) -> None:
    run = Run(tmp_path, networks=4)
    with run.started() as (process, address):
        page.goto(address)
        wait_for_results(page, run, 2)
        assert "code" not in page.url
        page.reload()
        expect(page.locator("#status")).to_contain_text("Done", timeout=3 * MINUTE)
        assert process.wait(timeout=60) == 0
    run.assert_complete()
    target = run.records()[0].target
    assert (target.runtime, target.runtime_version, target.threads) == (
        "onnxruntime-web",
        "1.30.0",
        1,
    )
    assert target.engine.startswith("wasm in Chrome")
    expect(page.locator("#count")).to_contain_text("8 of 8 measurements")
    expect(page.locator("#results li").first).to_contain_text(" ms")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('result-'))") == []


def test_a_killed_server_loses_nothing(page: Page, tmp_path: Path) -> None:
    run = Run(tmp_path, networks=3)
    with run.started() as (process, address):
        page.goto(address)
        wait_for_results(page, run, 2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    before = run.records()
    expect(page.locator("#problem")).to_contain_text("cannot be reached")
    expect(page.locator("#problem")).to_contain_text("run the same command again")
    with run.started() as (process, _):  # the page is paired and goes on by itself
        expect(page.locator("#status")).to_contain_text("Done", timeout=3 * MINUTE)
        assert process.wait(timeout=60) == 0
    assert run.records()[: len(before)] == before
    run.assert_complete()
    expect(page.locator("#problem")).to_be_hidden()


def test_a_lost_connection_and_a_lost_answer(page: Page, tmp_path: Path) -> None:
    run = Run(tmp_path, networks=2)
    with run.started() as (process, address):
        page.goto(address)
        wait_for_results(page, run, 1)
        answers: list[int] = []

        def lose_the_answer(route: object) -> None:
            response = route.fetch()  # type: ignore[attr-defined]
            answers.append(response.status)
            if len(answers) <= 2:
                route.abort()  # type: ignore[attr-defined]
            else:
                route.fulfill(response=response)  # type: ignore[attr-defined]

        page.route("**/api/results/*", lose_the_answer)
        page.context.set_offline(True)
        expect(page.locator("#problem")).to_contain_text("cannot be reached")
        page.context.set_offline(False)
        expect(page.locator("#status")).to_contain_text("Done", timeout=3 * MINUTE)
        assert process.wait(timeout=60) == 0
    assert set(answers) == {200}
    run.assert_complete()


def test_a_hidden_page_discards_what_it_was_timing(page: Page, tmp_path: Path) -> None:
    run = Run(tmp_path, networks=2)
    with run.started() as (process, address):
        page.goto(address)
        wait_for_results(page, run, 1)
        set_visibility(page, "hidden")
        page.wait_for_timeout(3 * SECOND)  # what is under way ends, and nothing new begins
        count = len(run.records())
        page.wait_for_timeout(3 * SECOND)
        assert len(run.records()) == count
        set_visibility(page, "visible")
        expect(page.locator("#status")).to_contain_text("Done", timeout=3 * MINUTE)
        assert process.wait(timeout=60) == 0
    run.assert_complete()
    assert not any("failed" in path.read_text() for path in (tmp_path / "run/uploads").iterdir())


def set_visibility(page: Page, state: str) -> None:
    """Headless pages are never hidden, so the document is told that it is."""
    page.evaluate(
        """state => {
            Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def test_a_wrong_code_is_asked_for_again(page: Page, tmp_path: Path) -> None:
    run = Run(tmp_path, networks=1)
    with run.started() as (process, address):
        origin, code = address.split("/#code=")
        page.goto(f"{origin}/#code=22222222")
        expect(page.locator("#problem")).to_contain_text("wrong or was used")
        page.locator("#code").fill(code.upper())
        page.get_by_role("button").click()
        expect(page.locator("#status")).to_contain_text("Done", timeout=3 * MINUTE)
        assert process.wait(timeout=60) == 0
    run.assert_complete()


def test_threads_without_a_secure_address_are_explained(page: Page, tmp_path: Path) -> None:
    run = Run(tmp_path, networks=1)
    run._command += ["--threads", "2"]
    page.add_init_script(
        "Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false })"
    )
    with run.started() as (_, address):
        page.goto(address)
        expect(page.locator("#problem")).to_contain_text("Threads need a secure address")
        expect(page.locator("#problem")).to_contain_text("--tls")
