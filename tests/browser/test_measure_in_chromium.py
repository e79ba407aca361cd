"""Networks measured by the command in a real headless Chromium: stops of all kinds lose nothing."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from measure_run import MeasureRun
from playwright.sync_api import Page, Route, expect

from nasbench_mvit.latency.collectors.browser.runtimes.ort_web import VERSION, cached_copy

PATIENCE_MS = 180_000
LOOK_MS = 100


@pytest.fixture(scope="module", autouse=True)
def _onnxruntime_web() -> None:
    if shutil.which("npm") is None:
        pytest.skip("needs the Debian package npm, or a Node.js that brings it")
    cached_copy("wasm")


def wait_for_records(page: Page, run: MeasureRun, count: int) -> None:
    for _ in range(PATIENCE_MS // LOOK_MS):
        if len(run.records()) >= count:
            return
        page.wait_for_timeout(LOOK_MS)
    pytest.fail(f"only {len(run.records())} records: {page.inner_text('main')}")


def expect_done(page: Page) -> None:
    expect(page.locator("#status")).to_contain_text("Done", timeout=PATIENCE_MS)


def test_a_hidden_page_a_lost_connection_and_a_reload_lose_nothing(
    phone: Page, tmp_path: Path
) -> None:
    run = MeasureRun(tmp_path, 2)
    with run.started() as (process, address):
        phone.goto(address)
        wait_for_records(phone, run, 1)
        assert "code" not in phone.url
        set_visibility(phone, "hidden")
        phone.context.set_offline(True)
        phone.wait_for_timeout(2_000)  # what was under way has ended
        count = len(run.records())
        phone.wait_for_timeout(1_000)
        assert len(run.records()) == count
        phone.context.set_offline(False)
        set_visibility(phone, "visible")
        wait_for_records(phone, run, count + 1)
        phone.reload()
        expect_done(phone)
        assert process.wait(timeout=60) == 0
    run.assert_complete()
    assert not any("failed" in upload for upload in run.uploads())
    target = run.records()[0].target
    assert (target.runtime, target.runtime_version) == ("onnxruntime-web", VERSION)
    assert target.engine.startswith("wasm in Chrome")
    assert target.threads == 1
    expect(phone.locator("#count")).to_contain_text("4 of 4 measurements")
    expect(phone.locator("#results li").first).to_contain_text(" ms")
    assert phone.evaluate("Object.keys(localStorage).filter(k => k.startsWith('result-'))") == []


def test_a_killed_server_and_lost_answers_lose_nothing(phone: Page, tmp_path: Path) -> None:
    run = MeasureRun(tmp_path, 2)
    answers: list[int] = []

    def lose_two_answers(route: Route) -> None:
        response = route.fetch()
        answers.append(response.status)
        if response.ok and answers.count(200) <= 2:
            route.abort()
        else:
            route.fulfill(response=response)

    with run.started() as (process, address):
        phone.goto(address)
        wait_for_records(phone, run, 2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    before = run.records()
    expect(phone.locator("#problem")).to_contain_text("cannot be reached", timeout=PATIENCE_MS)
    expect(phone.locator("#problem")).to_contain_text("run the same command again")
    phone.route("**/api/results/*", lose_two_answers)
    with run.started() as (process, _):  # the page is paired and goes on by itself
        expect_done(phone)
        assert process.wait(timeout=60) == 0
    assert run.records()[: len(before)] == before
    run.assert_complete()
    assert answers.count(200) > 2
    assert set(answers) <= {200, 503}  # 503: it was started, but not ready yet
    expect(phone.locator("#problem")).to_be_hidden()


def set_visibility(page: Page, state: str) -> None:
    """Headless pages are never hidden, so the document is told that it is."""
    page.evaluate(
        """state => {
            const told = { value: state, configurable: true };
            Object.defineProperty(document, "visibilityState", told);
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )
