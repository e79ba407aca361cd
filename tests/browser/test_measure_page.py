"""The page in Chromium before any network is run: what it says, and that it says it on a phone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import CHROME, Service, job, service
from playwright.sync_api import Page, expect

from nasbench_mvit.latency.collectors.browser.runtimes import litert_web
from nasbench_mvit.latency.collectors.browser.targets import Engine
from nasbench_mvit.latency.collectors.browser.upload import Timed
from nasbench_mvit.latency.records.progress import MeasurementProgress

# Of exporting.small_spec, written by export.formats.litert.
SMALL = Path(__file__).parent / "small.tflite"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path) as served:
        yield served


def test_a_wrong_code_is_asked_for_again(phone: Page, served: Service) -> None:
    phone.goto(f"{served.origin}/#code=22222222")
    expect(phone.locator("#problem")).to_contain_text("wrong or was used")
    phone.locator("#code").fill(served.pairing.code.upper())
    phone.get_by_role("button").click()
    expect(phone.locator("#status")).to_contain_text("being made ready")
    expect(phone.locator("#problem")).to_be_hidden()
    phone.reload()  # the token outlives it
    expect(phone.locator("#status")).to_contain_text("being made ready")


def test_a_browser_that_another_one_replaced_asks_for_the_code(
    phone: Page, served: Service
) -> None:
    phone.goto(f"{served.origin}/#code={served.pairing.code}")
    expect(phone.locator("#status")).to_contain_text("being made ready")
    served.pair()
    expect(phone.locator("#problem")).to_contain_text("has to be paired")
    expect(phone.locator("#code")).to_be_visible()


def test_a_second_tab_waits(phone: Page, served: Service) -> None:
    served.offer(job())
    served.slot.lease("0" * 16)
    phone.goto(f"{served.origin}/#code={served.pairing.code}")
    expect(phone.locator("#status")).to_contain_text("Another tab")


def test_threads_without_a_secure_address_are_explained(phone: Page, served: Service) -> None:
    served.run.threads = 2
    told = "Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false })"
    phone.add_init_script(told)
    phone.goto(f"{served.origin}/#code={served.pairing.code}")
    expect(phone.locator("#problem")).to_contain_text("Threads need a secure address")
    expect(phone.locator("#problem")).to_contain_text("--tls")


WEBNN_WITHOUT_NPU = """Object.defineProperty(navigator, "ml", { value: {
  async createContext({ deviceType }) {
    if (deviceType === "npu") throw new Error("there is none");
    return {};
  },
} })"""
# A runtime that fails with what it was asked for.
RUNTIME = """
export const env = { wasm: {} };
export const InferenceSession = {
  async create(_model, options) { throw new Error(JSON.stringify(options)); },
};
"""


def test_what_the_browser_can_do_is_said_before_it_is_paired(phone: Page, served: Service) -> None:
    phone.add_init_script(WEBNN_WITHOUT_NPU)
    phone.goto(served.origin)
    expect(phone.locator("#code")).to_be_visible()
    found = phone.locator("#able-list").inner_text().splitlines()
    said = dict(zip(found[::2], found[1::2], strict=True))
    assert said["WebAssembly"] == "with vectors (SIMD)"
    assert said["threads"].startswith("up to ")
    assert [said[f"WebNN, {device}"] for device in ("CPU", "GPU", "NPU")] == ["yes", "yes", "no"]
    assert "WebGPU" in said


@pytest.mark.parametrize(
    ("script", "engine", "message"),
    [
        ("", "webnn-cpu", "It has no WebNN: turn it on"),
        (WEBNN_WITHOUT_NPU, "webnn-npu", "Its WebNN gives no npu: there is none"),
        ("Object.defineProperty(navigator, 'gpu', { value: undefined })", "webgpu", "no WebGPU"),
        ("WebAssembly.validate = () => false", "wasm", "no vectors (SIMD)"),
    ],
)
def test_an_engine_that_is_not_there_is_explained(
    script: str, engine: Engine, message: str, phone: Page, tmp_path: Path
) -> None:
    phone.add_init_script(script)
    with service(tmp_path, engine=engine) as served:
        phone.goto(f"{served.origin}/#code={served.pairing.code}")
        expect(phone.locator("#problem")).to_contain_text(message)
        expect(phone.locator("#status")).to_have_text("Nothing is measured.")


@pytest.mark.parametrize(
    ("engine", "asked"),
    [
        ("wasm", '{"executionProviders":["wasm"]}'),
        (
            "webnn-gpu",
            (
                '{"executionProviders":[{"name":"webnn","deviceType":"gpu"}],'
                '"extra":{"session":{"disable_cpu_ep_fallback":"1"}}}'
            ),
        ),
    ],
)
def test_the_runtime_is_asked_for_the_engine(
    engine: Engine, asked: str, phone: Page, tmp_path: Path
) -> None:
    phone.add_init_script(WEBNN_WITHOUT_NPU)
    with service(tmp_path, engine=engine) as served:
        runtime = served.run.runtime
        (runtime.folder / runtime.entry).write_text(RUNTIME)
        served.offer(job())
        phone.goto(f"{served.origin}/#code={served.pairing.code}")
        expect(phone.locator("#results li").first).to_contain_text(asked)


@pytest.mark.skipif(not shutil.which("npm"), reason="needs the Debian package npm")
@pytest.mark.parametrize("threads", [1, 2])
def test_litert_runs_a_network(threads: int, phone: Page, tmp_path: Path) -> None:
    with service(
        tmp_path, engine="litert-wasm", threads=threads, runtime=litert_web.cached_copy()
    ) as served:
        served.offer(job(), SMALL)
        phone.goto(f"{served.origin}/#code={served.pairing.code}")
        expect(phone.locator("#results li").first).to_contain_text(" ms", timeout=60_000)
        delivery = served.slot.take(10.0)
    assert delivery is not None
    assert isinstance(delivery.result, Timed)
    assert min(delivery.result.samples_ms) > 0


def test_another_device_is_told_what_to_do(phone: Page, served: Service) -> None:
    served.run.refuses(CHROME)  # the first one decides what the run is of
    phone.goto(f"{served.origin}/#code={served.pairing.code}")
    expect(phone.locator("#problem")).to_contain_text("a run directory of its own")


def test_the_end_is_told_with_what_was_done(phone: Page, served: Service) -> None:
    done = MeasurementProgress(visits=8, total=8, rejected={}, failed={}, unsettled=frozenset())
    served.run.show(done)
    served.slot.end()
    phone.goto(f"{served.origin}/#code={served.pairing.code}")
    expect(phone.locator("#status")).to_contain_text("Done")
    expect(phone.locator("#count")).to_have_text("8 of 8 measurements")


def test_nothing_is_cut_off(phone: Page, served: Service) -> None:
    phone.goto(f"{served.origin}/#code=22222222")
    expect(phone.locator("#problem")).to_contain_text("wrong or was used")
    for width in (320, 390, 1366):
        phone.set_viewport_size({"width": width, "height": 800})
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
