"""What is said of accelerators before an export, against the graph that ONNX really gets."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.formats.by_name import FORMATS, partitions
from nasbench_mvit.export.formats.onnx import write_onnx
from nasbench_mvit.export.formats.partition import (
    of_gpu_delegate,
    of_neural_engine,
    of_qnn,
    of_xnnpack,
)
from nasbench_mvit.models.mobilevit import build_model

#: Of the list of ONNX Runtime's QNN execution provider 2.7, what networks like these may need.
QNN = frozenset(
    "Add Concat Conv Div Exp Gemm Identity InstanceNormalization LayerNormalization MatMul Mul "  # noqa: SIM905
    "ReduceMax ReduceMean ReduceSum Relu Reshape Resize Sigmoid Softmax Split Sub Transpose".split()
)
RESIZED = replace(published("mobilevit_xxs"), resolution=224)  # a 7×7 map for patches of 2×2
NETWORKS = {
    "v1": published("mobilevit_xxs"),
    "v2": published("mobilevitv2_0.5"),
    "v3": published("mobilevitv3_xxs"),
    "resized": RESIZED,
}


def counted(spec: MobileViTSpec, folder: Path) -> Counter[str]:
    write_onnx(folder / "model.onnx", build_model(spec).eval(), spec)
    return Counter(node.op_type for node in onnx.load(folder / "model.onnx").graph.node)


@pytest.mark.parametrize("name", NETWORKS)
def test_counts_are_those_of_the_graph_and_all_are_in_qnns_list(name: str, tmp_path: Path) -> None:
    spec = NETWORKS[name]
    graph = counted(spec, tmp_path)
    assert set(graph) - {"Constant"} <= QNN
    norms = graph["LayerNormalization"] + graph["InstanceNormalization"]
    said = of_gpu_delegate(spec, "fp32")
    assert f"{norms} normalisations" in said
    assert (f"{graph['Transpose']} permutations" in said) == bool(graph["Transpose"])
    assert (f"{2 * graph['Softmax']} matrix products" in said) == bool(graph["Softmax"])
    resizes = graph["Resize"]
    assert (f"{resizes} bilinear resizes" in of_neural_engine(spec, "fp16")) == bool(resizes)
    assert (f"{resizes} bilinear resizes" in of_xnnpack(spec, "fp32")) == bool(resizes)
    assert (f"{graph['ReduceMax']} ReduceMax" in of_qnn(spec, "fp32")) == bool(graph["ReduceMax"])
    assert f"{norms} normalisations, {graph['Softmax']} softmaxes" in of_qnn(spec, "int8")


def test_full_precision_keeps_off_the_neural_engine() -> None:
    assert "whole network stays off" in of_neural_engine(NETWORKS["v1"], "fp32")
    assert "nothing is known to leave it" in of_neural_engine(NETWORKS["v1"], "int8")


def test_formats_for_no_accelerator_say_nothing() -> None:
    said = partitions(list(FORMATS), NETWORKS["v1"], "fp32")
    assert [line.partition(":")[0] for line in said] == ["ONNX", "Core ML", "ExecuTorch", "LiteRT"]
