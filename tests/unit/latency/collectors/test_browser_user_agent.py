"""What a User-Agent header says, and what it cannot say."""

from pathlib import Path

import pytest
from browsing import CHROME, IPHONE
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_mvit.latency.collectors.browser.runtimes.runtime import WebRuntime
from nasbench_mvit.latency.collectors.browser.targets import browser_target, short_name
from nasbench_mvit.latency.collectors.browser.user_agent import UserAgent, parse_user_agent

ORT = WebRuntime("onnxruntime-web", "1.30.0", Path(), ("entry.mjs",), "entry.mjs")
LITERT = WebRuntime("LiteRT.js", "2.5.3", Path(), ("index.js",), "index.js")
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (IPHONE, ("iPhone", "iOS 17.4", "Safari", "17.4")),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_7_2 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) CriOS/119.0.6045.169 Mobile/15E148 Safari/604.1"
            ),
            ("iPhone", "iOS 16.7", "Chrome", "119"),
        ),
        (
            (
                "Mozilla/5.0 (iPad; CPU OS 15_1 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/15.1 Mobile/15E148 Safari/604.1"
            ),
            ("iPad", "iPadOS 15.1", "Safari", "15.1"),
        ),
        (CHROME, ("Android phone", "Android 10", "Chrome", "131")),
        (
            (
                f"Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-X700) {WEBKIT} SamsungBrowser/23.0 "
                "Chrome/115.0.0.0 Safari/537.36"
            ),
            ("Android tablet", "Android 13", "Samsung Internet", "23"),
        ),
        (
            "Mozilla/5.0 (Android 14; Mobile; rv:121.0) Gecko/121.0 Firefox/121.0",
            ("Android phone", "Android 14", "Firefox", "121"),
        ),
        (
            (
                f"Mozilla/5.0 (Windows NT 10.0; x64) {WEBKIT} Chrome/120.0.0.0 Safari/537.36 "
                "Edg/120.0.0.0"
            ),
            ("Windows computer", "Windows 10.0", "Edge", "120"),
        ),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/17.2.1 Safari/605.1.15"
            ),
            ("Mac", "macOS 10.15", "Safari", "17.2"),
        ),
        (
            f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/131.0.0.0 Safari/537.36",
            ("Linux computer", "Linux", "Chrome", "131"),
        ),
        ("curl/8.5.0", ("unknown device", "unknown system", "unknown browser", "")),
        ("", ("unknown device", "unknown system", "unknown browser", "")),
    ],
)
def test_known_browsers(header: str, expected: tuple[str, ...]) -> None:
    assert parse_user_agent(header) == UserAgent(*expected)


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=3000))
def test_any_header_makes_a_valid_target(header: str) -> None:
    target = browser_target(header, device=None, engine="wasm", threads=1, runtime=ORT)
    assert target.device.isprintable()
    assert short_name(target).isascii()


def test_a_target_is_named_by_its_engine() -> None:
    on_iphone = browser_target(IPHONE, device="iPhone 13", engine="wasm", threads=1, runtime=ORT)
    assert on_iphone.device == "iPhone 13"
    assert on_iphone.os == "iOS 17.4"
    assert on_iphone.engine == "wasm in Safari 17.4"
    assert short_name(on_iphone) == "iphone-13-safari-wasm1"
    on_android = browser_target(CHROME, device=None, engine="webgpu", threads=4, runtime=ORT)
    assert short_name(on_android) == "android-phone-chrome-webgpu4"
    by_webnn = browser_target(CHROME, device="Pixel 9", engine="webnn-npu", threads=1, runtime=ORT)
    assert by_webnn.engine == "webnn-npu in Chrome 131"
    assert short_name(by_webnn) == "pixel-9-chrome-webnn-npu1"
    by_litert = browser_target(
        CHROME, device="Pixel 9", engine="litert-wasm", threads=2, runtime=LITERT
    )
    assert (by_litert.runtime, by_litert.runtime_version) == ("LiteRT.js", "2.5.3")
    assert short_name(by_litert) == "pixel-9-chrome-litert-wasm2"
