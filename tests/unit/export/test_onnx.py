"""ONNX files: what they hold, that they compute what torch does, and what is refused."""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from exporting import (
    FAMILY,
    RESOLUTION,
    checked,
    described,
    family_network,
    noise_samples,
    onnx_metadata,
    small_network,
    small_spec,
)
from random_specs import random_family_spec

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import ExportError
from nasbench_mvit.export.formats.onnx import OPSET, export_onnx, open_onnx, write_onnx
from nasbench_mvit.export.interface import Classes, Precision
from nasbench_mvit.export.network import deployed
from nasbench_mvit.models.mobilevit import build_model

TOLERANCE = 1e-4
DYNAMIC = {"Shape", "Size", "ConstantOfShape", "Range", "NonZero", "Expand", "If", "Loop", "Scan"}


def written(folder: Path, spec: MobileViTSpec, *, batch_size: int = 1) -> Path:
    torch.manual_seed(0)
    path = folder / "model.onnx"
    write_onnx(path, build_model(spec, 5), spec, batch_size=batch_size)
    return path


def check_static(path: Path) -> None:
    """Check that no operator reads a shape, no shape hangs on values, every constant is read."""
    proto = onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=True)
    assert {node.op_type for node in proto.graph.node} & DYNAMIC == set()
    sides = [side for value in proto.graph.value_info for side in value.type.tensor_type.shape.dim]
    assert len(sides) > len(proto.graph.node)
    assert all(side.dim_value > 0 for side in sides)
    read = {name for node in proto.graph.node for name in node.input}
    constants = {node.output[0] for node in proto.graph.node if node.op_type == "Constant"}
    assert constants <= read


@pytest.mark.parametrize("name", FAMILY)
def test_each_part_of_the_family_computes_what_torch_does(name: str, tmp_path: Path) -> None:
    network, path = family_network(name), tmp_path / "model.onnx"
    export_onnx(path, network, "fp32", noise_samples())
    check_static(path)
    assert checked(network, open_onnx(path).run).relative_difference <= 1e-5


@pytest.mark.parametrize("seed", range(6))
def test_any_mix_computes_what_torch_does(seed: int, tmp_path: Path) -> None:
    spec = random_family_spec(np.random.default_rng(seed), resolution=70 + seed)  # resizes
    network, path = small_network(spec=spec), tmp_path / "model.onnx"
    export_onnx(path, network, "fp32", noise_samples())
    check_static(path)
    assert checked(network, open_onnx(path).run).relative_difference <= TOLERANCE


@pytest.mark.parametrize(
    ("task", "shapes"),
    [
        ("detection", {"boxes": [1, 244, 4], "scores": [1, 244, 5]}),
        ("segmentation", {"logits": [1, 5, 5, 5]}),
    ],
)
def test_a_network_with_a_head_has_named_outputs_that_are_torch_s(
    task: str, shapes: dict[str, list[int]], tmp_path: Path
) -> None:
    spec = small_spec(resolution=72).for_task(task)  # maps of 5, 3, 2, 1 and 1 pixels a side
    torch.manual_seed(0)
    model = build_model(spec, 5).eval()
    path = tmp_path / "model.onnx"
    write_onnx(path, model, spec)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    image = torch.rand(1, 3, 72, 72)
    with torch.no_grad():
        output = deployed(model, spec)(image)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert {value.name: value.shape for value in session.get_outputs()} == shapes
    found = session.run(list(shapes), {"image": image.numpy()})
    expected = [output] if task == "segmentation" else list(output)
    for ours, theirs in zip(found, expected, strict=True):
        assert np.abs(ours - theirs.numpy()).max() <= TOLERANCE * theirs.abs().max()
    assert described(onnx_metadata(path)) == spec


@pytest.mark.parametrize("batch_size", [1, 3])
def test_shapes_are_static(batch_size: int, tmp_path: Path) -> None:
    proto = onnx.load(written(tmp_path, small_spec(), batch_size=batch_size))
    onnx.checker.check_model(proto, full_check=True)
    assert proto.opset_import[0].version == OPSET
    shapes = {
        value.name: [side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in (*proto.graph.input, *proto.graph.output)
    }
    assert shapes == {
        "image": [batch_size, 3, RESOLUTION, RESOLUTION],
        "logits": [batch_size, 5],
    }
    operators = {node.op_type for node in proto.graph.node}
    assert not operators & (DYNAMIC | {"Dropout", "BatchNormalization"})
    assert "LayerNormalization" in operators


def test_a_model_stays_in_its_mode_and_the_bytes_repeat(tmp_path: Path) -> None:
    model = build_model(small_spec(), 5)
    contents = set()
    for training in (True, False):
        model.train(training)
        write_onnx(tmp_path / "model.onnx", model, small_spec())
        assert model.training is training
        contents.add((tmp_path / "model.onnx").read_bytes())
    assert len(contents) == 1


@pytest.mark.parametrize(
    ("precision", "tolerance"), [("fp32", 1e-5), ("fp16", 0.02), ("int8", 0.5)]
)
@pytest.mark.parametrize("parts", [None, "v2, v3, v3_separable"])
def test_lower_precision_comes_close(
    parts: str | None, precision: Precision, tolerance: float, tmp_path: Path
) -> None:
    network = small_network() if parts is None else family_network(parts)
    path = tmp_path / "model.onnx"
    export_onnx(path, network, precision, noise_samples(32))
    check = checked(network, open_onnx(path).run)
    assert check.relative_difference <= tolerance
    assert check.failure(precision) is None
    assert described(onnx_metadata(path)) == network.spec
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    assert [value.name for value in (*proto.graph.input, *proto.graph.output)] == [
        "image",
        "logits",
    ]
    assert list(tmp_path.iterdir()) == [path]


def stored_types(path: Path) -> dict[str, int]:
    """Return how many numbers of each type a file holds."""
    counts: dict[str, int] = {}
    for tensor in onnx.load(path).graph.initializer:
        name = onnx.TensorProto.DataType.Name(tensor.data_type)
        counts[name] = counts.get(name, 0) + int(np.prod(tensor.dims, dtype=int))
    return counts


def test_weights_are_stored_in_the_precision(tmp_path: Path) -> None:
    network, path = small_network(), tmp_path / "model.onnx"
    export_onnx(path, network, "fp16", noise_samples())
    assert set(stored_types(path)) == {"FLOAT16"}
    export_onnx(path, network, "int8", noise_samples())
    counts = stored_types(path)
    weights = sum(
        module.weight.numel()
        for module in network.model.modules()
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear)
    )
    assert counts["INT8"] >= weights
    assert counts["FLOAT"] < weights


def test_calibration_images_set_the_ranges(tmp_path: Path) -> None:
    contents = set()
    for seed in (0, 0, 1):
        export_onnx(tmp_path / "m.onnx", small_network(), "int8", noise_samples(seed=seed))
        contents.add((tmp_path / "m.onnx").read_bytes())
    assert len(contents) == 2


def test_the_metadata_name_the_classes(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    for classes, named in ((Classes(("a", "b"), 4), True), (Classes.unnamed(3), False)):
        network = small_network(classes)
        write_onnx(path, network.model, network.spec, classes=classes)
        held = json.loads(onnx_metadata(path)["nasbench_mvit"])
        assert (held.get("classes") == list(classes.names)) is named
        assert held.get("cells") == (4 if named else None)


def test_a_missing_library_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ExportError, match=r"pip install .*'\.\[onnx\]'"):
        write_onnx(tmp_path / "model.onnx", build_model(small_spec(), 5), small_spec())
    assert not list(tmp_path.iterdir())
