"""A trained network is scored on the same test images in 8 bits."""

import pytest
from tiny_training import PROXY, noise_split, tiny_data, tiny_spec

from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.formats.litert_converter import PYTHON
from nasbench_mvit.io.system import extras
from nasbench_mvit.training.proxy.loop import train_proxy
from nasbench_mvit.training.proxy.quantised import quantise_by
from nasbench_mvit.training.proxy.result import FinalResult, QuantisedResult

TEST = noise_split(40, PROXY.cell_size, 2)


def trained(int8_by: str | None) -> FinalResult:
    result = train_proxy(
        tiny_spec(), PROXY, tiny_data(), 0, report=lambda _: None, test=TEST, int8_by=int8_by
    )
    assert isinstance(result, FinalResult)
    return result


def test_a_network_has_a_score_in_float_and_one_in_8_bits() -> None:
    plain, both = trained(None), trained("onnx")
    assert not isinstance(plain, QuantisedResult)
    assert isinstance(both, QuantisedResult)
    assert (both.hits, both.top1) == (plain.hits, plain.top1)  # the training is the same
    assert both.test_top1 > 0.6  # dark and bright are easily told apart, in 8 bits too
    assert both.int8_top1 == pytest.approx(both.test_top1, abs=0.1)
    assert (both.int8_top1 * len(TEST)) == pytest.approx(round(both.int8_top1 * len(TEST)))
    assert both.int8_by.startswith("onnxruntime ")


def test_what_cannot_quantise_is_told_before_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "is_installed", lambda name: name != "litert_torch")
    monkeypatch.delenv(PYTHON, raising=False)
    with pytest.raises(ExportError, match="litert"):
        quantise_by("litert", tiny_spec())
    with pytest.raises(ExportError, match="is not written in int8"):
        quantise_by("torch", tiny_spec())
    with pytest.raises(ExportError, match="is not written in 8 bits as ONNX"):
        quantise_by("onnx", RivalSpec("mobilenet_v2"))
