"""The export to LiteRT, with a stand-in for its libraries."""

import importlib
import sys
from pathlib import Path

import pytest
from exporting import checked, noise_samples, small_network
from litert_stand_in import FAILS, VERSION, environment_of_its_own, install

from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.formats.by_name import check_installed
from nasbench_mvit.export.formats.litert import export_litert, open_litert
from nasbench_mvit.export.formats.litert_converter import PYTHON
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.network import Network


@pytest.fixture(scope="module")
def network() -> Network:
    return small_network()


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "library", monkeypatch)
    importlib.invalidate_caches()


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_file_computes_what_torch_does(
    network: Network, tmp_path: Path, precision: Precision
) -> None:
    path = tmp_path / "model.tflite"
    made_by = export_litert(path, network, precision, noise_samples())
    assert made_by.startswith(f"litert-torch {VERSION}, torch 2.")
    assert ("ai-edge-quantizer" in made_by) == (precision == "int8")
    runtime = open_litert(path)
    assert runtime.name == f"LiteRT {VERSION} (XNNPACK)"
    assert checked(network, runtime.run).failure("fp32") is None


def test_the_converter_may_be_in_an_environment_of_its_own(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        install(tmp_path / "converter", patch)  # the files stay, the path does not
    python = environment_of_its_own(tmp_path, tmp_path / "converter")
    monkeypatch.setenv(PYTHON, str(python))
    monkeypatch.setenv("PYTHONPATH", "packages of this Python")
    path = tmp_path / "model.tflite"
    assert VERSION in export_litert(path, network, "fp32", noise_samples())
    assert path.exists()


@pytest.mark.usefixtures("libraries")
def test_a_failure_is_told_with_its_last_words(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAILS, "1")
    path = tmp_path / "model.tflite"
    with pytest.raises(ExportError, match=r"could not convert.*no lowering for this.*another form"):
        export_litert(path, network, "fp32", noise_samples())
    assert not path.exists()


@pytest.mark.parametrize(
    ("given", "found"), [(None, "is not set"), ("/no/such/python", "/no/such/python, which cannot")]
)
def test_a_missing_converter_is_named_before_anything_is_written(
    given: str | None, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, converter=False)
    importlib.invalidate_caches()
    monkeypatch.setitem(sys.modules, "litert_torch", None)
    monkeypatch.delenv(PYTHON, raising=False)
    if given is not None:
        monkeypatch.setenv(PYTHON, given)
    with pytest.raises(ExportError, match=f"{found}.*typing-extensions.*install litert-torch"):
        check_installed(["litert"])


def test_a_missing_runtime_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    with pytest.raises(ExportError, match=r"pip install .*'\.\[litert\]'"):
        check_installed(["litert"])
