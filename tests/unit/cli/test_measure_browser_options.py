"""The options of ``measure --target browser``, from the command line to an address."""

from pathlib import Path

import pytest

from nasbench_mvit.cli.measure.command import main
from nasbench_mvit.cli.measure.options import targets_of
from nasbench_mvit.latency.collectors.browser.server import address as address_module
from nasbench_mvit.latency.collectors.browser.server.address import DEFAULT_PORT, LOOPBACK, Address
from nasbench_mvit.workbench.measurements.targets.browser import BrowserTarget

BROWSER = ["--target", "browser", "--sample", "1"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], Address(LOOPBACK, DEFAULT_PORT)),
        (["--port", "9000"], Address(LOOPBACK, 9000)),
        (["--lan"], Address("192.168.1.5", DEFAULT_PORT)),
        (["--lan", "10.0.0.7"], Address("10.0.0.7", DEFAULT_PORT)),
        (["--lan", "--tls"], Address("192.168.1.5", DEFAULT_PORT, is_tls=True)),
    ],
)
def test_where_the_page_is_served(
    given: list[str], expected: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address_module, "lan_address", lambda: "192.168.1.5")
    options = main.parse([*BROWSER, *given])
    (target,) = targets_of(options.target, options.of_target)
    assert isinstance(target, BrowserTarget)
    assert target.address() == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--lan", "my-laptop"], "must be an IPv4 address of this machine"),
        (["--lan", "::1"], "must be an IPv4 address of this machine"),
        (["--port", "80"], "must be from 1024 to 65534, got '80'"),
        (["--port", "65535"], "must be from 1024 to 65534"),
        (["--port", "٨٦٥٠"], "must be from 1024 to 65534"),
    ],
)
def test_options_that_cannot_be(
    given: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.parse([*BROWSER, *given])
    assert ended.value.code == 2
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([*BROWSER, "--engine", "coreml"], "wasm, webgpu, webnn-cpu, webnn-gpu, webnn-npu"),
        ([*BROWSER, "--tls"], "Add --lan, or leave out --tls"),
        ([*BROWSER, "--ort-web", "nowhere"], "npm install onnxruntime-web@"),
        (["--target", "onnxruntime", "--sample", "1", "--lan"], "only be given with --target"),
    ],
)
def test_options_that_do_not_go_together(
    given: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(given) == 2
    assert message in " ".join(capsys.readouterr().err.split())
