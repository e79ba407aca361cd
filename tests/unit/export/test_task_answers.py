"""What networks that detect or segment answer in a file, compared with torch, and in Core ML.

Axes: N images, A anchors, C classes.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from exporting import RESOLUTION, noise_samples, small_network, small_spec

from nasbench_mvit.export.answers import agreement, joined, largest_difference, parts
from nasbench_mvit.export.check import compare, torch_logits
from nasbench_mvit.export.formats.coreml import export_coreml, quiet
from nasbench_mvit.export.formats.coreml_boxes import BoxesOfImage
from nasbench_mvit.export.interface import Classes
from nasbench_mvit.export.network import InHalf, Network, deployed
from nasbench_mvit.models.heads.suppression import detect

CLASSES = Classes(("shoe", "shirt", "bag"))
BOXES = np.array([[[0.1, 0.1, 0.5, 0.5], [0.6, 0.6, 0.9, 0.9]]], np.float32)
SCORES = np.array([[[0.9, 0.0, 0.0], [0.0, 0.8, 0.0]]], np.float32)


def network(task: str) -> Network:
    return small_network(CLASSES, small_spec().for_task(task))


def test_boxes_and_scores_are_compared_each_by_its_own_largest() -> None:
    scores = SCORES * np.float32(0.01)
    expected, found = joined([BOXES, scores]), joined([BOXES, scores + np.float32(0.001)])
    difference, largest = largest_difference(expected, found, "detection")
    assert difference == pytest.approx(0.001, rel=1e-3)
    assert largest == pytest.approx(0.009)  # the largest score, though a box has 0.9
    assert [part.shape for part in parts(expected, "detection")] == [(1, 2, 4), (1, 2, 3)]


@pytest.mark.parametrize(
    ("boxes", "scores", "share"),
    [
        (BOXES + np.float32(0.01), SCORES, 1.0),
        (
            np.array([[BOXES[0, 0], BOXES[0, 1] + 0.25]], np.float32),
            SCORES,
            0.5,
        ),  # one box is elsewhere
        (BOXES, SCORES[..., ::-1].copy(), 0.5),  # one box is of another class
        (BOXES, np.zeros_like(SCORES), 0.0),
    ],
)
def test_boxes_agree_if_the_class_is_the_same_and_half_overlaps(
    boxes: np.ndarray, scores: np.ndarray, share: float
) -> None:
    expected, found = joined([BOXES, SCORES]), joined([boxes, scores])
    assert agreement(expected, found, CLASSES, "detection") == share
    nothing = joined([BOXES, np.zeros_like(SCORES)])
    assert agreement(nothing, expected, CLASSES, "detection") == 1


def test_pixels_agree_by_their_class() -> None:
    expected = np.zeros((1, 3, 2, 2), np.float32)
    expected[:, 1] = 1
    found = expected.copy()
    found[0, 2, 0, 0] = 2
    assert agreement(expected, found, CLASSES, "segmentation") == 3 / 4


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_half_precision_answers_alike_in_float32(task: str) -> None:
    found, samples = network(task), noise_samples(count=4)
    half = Network(
        title=found.title, model=InHalf(found.model), spec=found.spec, classes=found.classes
    )
    check = compare(
        torch_logits(found, samples),
        torch_logits(half, samples),
        samples,
        CLASSES,
        runtime="torch",
        task=found.spec.task,
    )
    assert 0 < check.relative_difference < 0.05
    assert check.agreement > 0.9


def test_boxes_for_core_ml_are_centres_and_sizes() -> None:
    found = network("detection")
    image = torch.rand(1, 3, RESOLUTION, RESOLUTION)
    with torch.no_grad():
        confidence_AC, centred_A4 = BoxesOfImage(found.model, RESOLUTION)(image)
        boxes_1A4, scores_1AC = deployed(found.model, found.spec)(image)
        (best,) = detect(found.model(image), (RESOLUTION, RESOLUTION))
    corners_A4 = torch.cat(
        (centred_A4[:, :2] - centred_A4[:, 2:] / 2, centred_A4[:, :2] + centred_A4[:, 2:] / 2), -1
    )
    torch.testing.assert_close(corners_A4, boxes_1A4[0])
    torch.testing.assert_close(confidence_AC, scores_1AC[0])
    assert best.scores[0] == confidence_AC.max()


def package(path: Path, task: str) -> Any:
    with quiet():
        coremltools = pytest.importorskip("coremltools")
        export_coreml(path, network(task), "fp16")
        return coremltools.models.MLModel(str(path), skip_model_load=True).get_spec()


def test_a_detector_in_core_ml_ends_in_suppression_with_labels(tmp_path: Path) -> None:
    spec = package(tmp_path / "model.mlpackage", "detection")
    description = spec.description
    assert [(given.name, given.type.isOptional) for given in description.input] == [
        ("image", False),
        ("iouThreshold", True),
        ("confidenceThreshold", True),
    ]
    assert description.input[0].type.imageType.width == RESOLUTION
    assert [output.name for output in description.output] == ["confidence", "coordinates"]
    boxes, suppression = spec.pipeline.models
    asked = suppression.nonMaximumSuppression
    assert tuple(asked.stringClassLabels.vector) == CLASSES.names
    given = {output.name: output.type.multiArrayType for output in boxes.description.output}
    assert list(given[asked.confidenceInputFeatureName].shape)[1] == len(CLASSES.names)
    assert list(given[asked.coordinatesInputFeatureName].shape)[1] == 4
    assert asked.iouThreshold == 0.5
    assert asked.pickTop.perClass
    metadata = dict(description.metadata.userDefined)
    assert json.loads(metadata["classes"]) == list(CLASSES.names)
    weights = list((tmp_path / "model.mlpackage").rglob("weight.bin"))
    assert [path.stat().st_size > 0 for path in weights] == [True]


def test_the_boxes_of_a_half_precision_package_are_made_in_float32(tmp_path: Path) -> None:
    coremltools = pytest.importorskip("coremltools")
    spec = package(tmp_path / "model.mlpackage", "detection")
    (function,) = spec.pipeline.models[0].mlProgram.functions.values()
    (block,) = function.block_specializations.values()
    found: dict[str, set[int]] = {}
    for operation in block.operations:
        kinds = {output.type.tensorType.dataType for output in operation.outputs}
        found.setdefault(operation.type, set()).update(kinds)
    float16, float32 = (
        coremltools.proto.MIL_pb2.DataType.Value(name) for name in ("FLOAT16", "FLOAT32")
    )
    assert found["exp"] == found["clip"] == {float32}
    assert found["conv"] == found["softmax"] == {float16}


def test_a_segmenter_in_core_ml_gives_the_class_of_each_pixel(tmp_path: Path) -> None:
    spec = package(tmp_path / "model.mlpackage", "segmentation")
    (output,) = spec.description.output
    assert output.name == "classes"
    assert list(output.type.multiArrayType.shape) == [1, RESOLUTION, RESOLUTION]
