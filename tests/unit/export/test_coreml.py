"""Core ML packages: what can be seen of them without a Mac."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from exporting import FAMILY, RESOLUTION, described, family_network, small_network, small_spec

from nasbench_mvit.export.formats.coreml import export_coreml, quiet, write_coreml
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.export.network import Network
from nasbench_mvit.models.layers import LAYER_NORM_EPS
from nasbench_mvit.models.mobilevit import build_model

with quiet():
    coremltools = pytest.importorskip("coremltools")  # made for macOS and x86 Linux alone

MAX_RANK = 5  # of the Neural Engine
DYNAMIC = {"shape", "gather", "range_1d", "fill", "while_loop", "cond"}
NAMES = ("shoe", "shirt", "bag")
WIDE = 64  # its convolutions hold more than the 2,048 weights from which coremltools rounds
IMAGE_RGB = coremltools.proto.FeatureTypes_pb2.ImageFeatureType.ColorSpace.Value("RGB")


def content(path: Path) -> Any:
    return coremltools.models.MLModel(str(path), skip_model_load=True).get_spec()


def operations(spec: Any) -> list[Any]:
    (function,) = spec.mlProgram.functions.values()
    (block,) = function.block_specializations.values()
    return list(block.operations)


def constants(spec: Any) -> list[float]:
    return [
        value
        for operation in operations(spec)
        for value in operation.attributes["val"].immediateValue.tensor.floats.values
    ]


def check_image_input(spec: Any) -> None:
    (image,) = spec.description.input
    assert image.name == "image"
    assert image.type.imageType.colorSpace == IMAGE_RGB
    assert (image.type.imageType.width, image.type.imageType.height) == (RESOLUTION, RESOLUTION)


def check_says_what_it_is(spec: Any, network: Network) -> None:
    metadata = spec.description.metadata
    assert described(dict(metadata.userDefined)) == network.spec
    assert json.loads(metadata.userDefined["classes"]) == list(network.classes.names)
    assert metadata.shortDescription == network.title


def test_a_classifier_takes_an_image_and_answers_with_labels(tmp_path: Path) -> None:
    network, path = small_network(Classes(NAMES)), tmp_path / "model.mlpackage"
    export_coreml(path, network, "fp32")
    spec = content(path)
    check_image_input(spec)
    check_says_what_it_is(spec, network)
    assert [output.name for output in spec.description.output] == [
        spec.description.predictedFeatureName,
        spec.description.predictedProbabilitiesName,
    ]
    (classify,) = [op for op in operations(spec) if op.type == "classify"]
    (labels,) = classify.inputs["classes"].arguments
    assert (
        tuple(
            value.immediateValue.tensor.strings.values[0]
            for value in labels.value.immediateValue.list.values
        )
        == NAMES
    )
    counts = Counter(operation.type for operation in operations(spec))
    assert counts["softmax"] == 1 + 1  # of attention, and of the answer
    assert not DYNAMIC & set(counts)  # nothing is computed from shapes
    scale = pytest.approx(1 / 255, rel=1e-3)
    assert any(value == scale for value in constants(spec))
    assert any(value == pytest.approx(LAYER_NORM_EPS, rel=1e-3) for value in constants(spec))


def test_a_network_of_cells_answers_with_an_array_and_8_bit_weights(tmp_path: Path) -> None:
    classes = Classes(NAMES, cells=4)
    network = small_network(classes, small_spec(width=WIDE))
    path = tmp_path / "model.mlpackage"
    path.mkdir()
    (path / "old").touch()
    export_coreml(path, network, "int8")
    spec = content(path)
    check_image_input(spec)
    check_says_what_it_is(spec, network)
    (output,) = spec.description.output
    assert output.name == "probabilities"
    assert list(output.type.multiArrayType.shape) == [1, 4, len(NAMES)]
    counts = Counter(operation.type for operation in operations(spec))
    assert counts["constexpr_affine_dequantize"] >= 1
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert not (path / "old").exists()


def test_a_package_to_be_timed_takes_an_array(tmp_path: Path) -> None:
    network, path = small_network(), tmp_path / "model.mlpackage"
    write_coreml(path, network.model, network.spec)
    spec = content(path)
    (pixels,), (logits,) = spec.description.input, spec.description.output
    assert (pixels.name, logits.name) == ("image", "logits")
    assert list(pixels.type.multiArrayType.shape) == [1, 3, RESOLUTION, RESOLUTION]
    float32 = coremltools.proto.FeatureTypes_pb2.ArrayFeatureType.FLOAT32
    assert pixels.type.multiArrayType.dataType == float32
    told = dict(spec.description.metadata.userDefined)
    assert described(told) == network.spec
    assert not any("date" in key for key in told)


@pytest.mark.parametrize("name", FAMILY)
def test_each_part_of_the_family_is_static_and_of_a_low_rank(name: str, tmp_path: Path) -> None:
    network, path = family_network(name), tmp_path / "model.mlpackage"
    write_coreml(path, network.model, network.spec)
    found = operations(content(path))
    assert max(value.type.tensorType.rank for op in found for value in op.outputs) <= MAX_RANK
    counts = Counter(operation.type for operation in found)
    assert not DYNAMIC & set(counts)
    blocks = [stage.block for stage in network.spec.stages if stage.block is not None]
    layers = sum(block.depth for block in blocks if block.attention == "softmax")
    assert counts["softmax"] == layers
    assert counts["linear"] == 4 * layers + 1  # separable attention consists of convolutions


@pytest.mark.parametrize(
    ("task", "names"), [("detection", ["boxes", "scores"]), ("segmentation", ["logits"])]
)
def test_a_network_with_a_head_has_named_outputs(
    task: str, names: list[str], tmp_path: Path
) -> None:
    spec, path = small_spec().for_task(task), tmp_path / "model.mlpackage"
    write_coreml(path, build_model(spec, 3).eval(), spec)
    assert [output.name for output in content(path).description.output] == names
