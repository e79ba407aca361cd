"""The export to ExecuTorch, with a stand-in for its library.

``test_executorch_family`` has the real one.
"""

import dataclasses
import importlib
import sys
from pathlib import Path

import pytest
from executorch_stand_in import FAILS, LEFT, VERSION, install
from exporting import checked, noise_samples, small_network, small_spec

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.spec import StageSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.formats.executorch import Lowering, export_executorch, open_executorch
from nasbench_mvit.export.network import Network

LAYERS = 1  # of the small network's transformer


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the stand-in the first ``executorch`` on the path, in child processes too."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "executorch"]:
        monkeypatch.delitem(sys.modules, name)
    install(tmp_path / "library")
    monkeypatch.syspath_prepend(tmp_path / "library")
    importlib.invalidate_caches()


@pytest.fixture(scope="module")
def network() -> Network:
    return small_network()


@pytest.mark.usefixtures("library")
def test_a_program_is_lowered_and_run_in_processes_of_their_own(
    network: Network, tmp_path: Path
) -> None:
    path = tmp_path / "model.pte"
    lowering = export_executorch(path, network, "fp32", noise_samples())
    assert "executorch" not in sys.modules
    assert lowering.attention_total == lowering.attention_delegated == 3 * LAYERS
    assert lowering.warning is None
    assert f"{3 * LAYERS} of the {3 * LAYERS} matrix products and softmaxes" in str(lowering)
    runtime = open_executorch(path)
    assert runtime.name == f"ExecuTorch {VERSION} (XNNPACK)"
    assert checked(network, runtime.run).failure("fp32") is None


@pytest.mark.usefixtures("library")
def test_attention_left_to_slow_kernels_is_a_warning(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEFT, "_softmax native_layer_norm")
    lowering = export_executorch(tmp_path / "model.pte", network, "fp16", noise_samples())
    assert lowering.left == {"_softmax": LAYERS, "native_layer_norm": 2 * LAYERS + 1}
    assert lowering.warning is not None
    assert f"{LAYERS} of the {3 * LAYERS}" in lowering.warning
    runtime = open_executorch(tmp_path / "model.pte")
    assert checked(network, runtime.run).relative_difference <= 0.02


@pytest.mark.parametrize(
    ("parts", "softmaxes"), [("v1", 3), ("v2", 0), ("v3", 3), ("v3_separable", 0)]
)
def test_separable_attention_has_nothing_that_could_be_left(parts: str, softmaxes: int) -> None:
    block = BlockSpec.of(parts, dim=8, depth=softmaxes or 2)
    stages = (*small_spec().stages[:4], StageSpec(channels=8, expansion=1.0, block=block))
    spec = dataclasses.replace(
        small_spec(),
        stages=tuple(s if s.block is block else dataclasses.replace(s, block=None) for s in stages),
    )
    counts = {"bmm": 2 * softmaxes, "_softmax": softmaxes, "convolution": 1}
    lowering = Lowering.of({"delegated": counts, "left": {"native_group_norm": 2}}, spec)
    assert lowering.attention_total == 3 * softmaxes
    assert lowering.warning is None
    assert ("of attention" in str(lowering)) == bool(softmaxes)


@pytest.mark.usefixtures("library")
def test_a_failure_is_told_with_its_last_words(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAILS, "1")
    path = tmp_path / "model.pte"
    with pytest.raises(ExportError, match=r"could not lower.*no kernel for this.*another format"):
        export_executorch(path, network, "fp32", noise_samples())
    assert not path.exists()


def test_a_missing_library_is_named_with_its_command(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "executorch", None)
    with pytest.raises(ExportError, match=r"pip install .*'\.\[executorch\]'"):
        export_executorch(tmp_path / "model.pte", network, "fp32", noise_samples())
