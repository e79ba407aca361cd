"""A detector in Core ML: a pipeline of the network and of Core ML's non-maximum suppression.

Vision shows such a package's answers as VNRecognizedObjectObservation, with the labels of the
classes. Axes: N anchors, C classes without background.
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from nasbench_mvit.export.interface import INPUT
from nasbench_mvit.models.heads.decoded import Decoded
from nasbench_mvit.models.heads.suppression import MAX_IOU

# Names that Vision knows.
CONFIDENCE: Final = "confidence"
COORDINATES: Final = "coordinates"
IOU_THRESHOLD: Final = "iouThreshold"
CONFIDENCE_THRESHOLD: Final = "confidenceThreshold"
RAW_CONFIDENCE: Final = "raw_confidence"
RAW_COORDINATES: Final = "raw_coordinates"
SHOWN_CONFIDENCE: Final = 0.25  # an app shows boxes; a score counts those down to 0.01
SPEC_VERSION: Final = 5  # the first with non-maximum suppression inside a program's package


class BoxesOfImage(nn.Module):
    """A detector of one image in the terms of Core ML's suppression."""

    def __init__(self, model: nn.Module, side: int) -> None:
        super().__init__()
        self.model = Decoded(model, (side, side))

    def forward(self, x_1CHW: Tensor) -> tuple[Tensor, Tensor]:
        """Return probabilities (N, C), and boxes (N, 4) by centre and size, in shares."""
        boxes_1N4, scores_1NC = self.model(x_1CHW)
        low_N2, high_N2 = boxes_1N4[0, :, :2], boxes_1N4[0, :, 2:]
        boxes_N4 = torch.cat(((low_N2 + high_N2) / 2, high_N2 - low_N2), -1)
        return scores_1NC[0], boxes_N4


def with_suppression(coremltools: Any, package: Any, labels: Sequence[str]) -> Any:
    """Return a package of ``BoxesOfImage`` with non-maximum suppression after it.

    Args:
        coremltools: the library.
        package: the network, whose outputs are ``RAW_CONFIDENCE`` and ``RAW_COORDINATES``.
        labels: the names of its classes.
    """
    network = package.get_spec()
    suppression = _suppression(coremltools, network, labels)
    datatypes = coremltools.models.datatypes
    pipeline = coremltools.models.pipeline.Pipeline(
        input_features=[
            (INPUT, datatypes.Array(3)),  # replaced by the network's image below
            (IOU_THRESHOLD, datatypes.Double()),
            (CONFIDENCE_THRESHOLD, datatypes.Double()),
        ],
        output_features=[CONFIDENCE, COORDINATES],
    )
    pipeline.add_model(package)
    pipeline.add_model(coremltools.models.MLModel(suppression, skip_model_load=True))
    whole = pipeline.spec
    whole.specificationVersion = max(SPEC_VERSION, network.specificationVersion)
    whole.description.input[0].ParseFromString(network.description.input[0].SerializeToString())
    for place in range(2):
        whole.description.output[place].ParseFromString(
            suppression.description.output[place].SerializeToString()
        )
    whole.description.input[1].type.isOptional = True
    whole.description.input[2].type.isOptional = True
    made = coremltools.models.MLModel(whole, weights_dir=package.weights_dir, skip_model_load=True)
    made.input_description[IOU_THRESHOLD] = f"overlap that suppresses a box (default {MAX_IOU})"
    made.input_description[CONFIDENCE_THRESHOLD] = (
        f"confidence below which a box is left out (default {SHOWN_CONFIDENCE})"
    )
    made.output_description[CONFIDENCE] = "confidence of each class, for each box"
    made.output_description[COORDINATES] = "centre x, centre y, width, height, in shares"
    return made


def _suppression(coremltools: Any, network: Any, labels: Sequence[str]) -> Any:
    """Return the description of the suppression of a network's boxes."""
    spec = coremltools.proto.Model_pb2.Model()
    spec.specificationVersion = SPEC_VERSION
    for feature, name in zip(network.description.output, (CONFIDENCE, COORDINATES), strict=True):
        spec.description.input.add().ParseFromString(feature.SerializeToString())
        output = spec.description.output.add()
        output.ParseFromString(feature.SerializeToString())
        output.name = name
        width = feature.type.multiArrayType.shape[-1]
        array = output.type.multiArrayType
        array.ClearField("shape")
        for lower, upper in ((0, -1), (width, width)):  # any number of boxes
            side = array.shapeRange.sizeRanges.add()
            side.lowerBound, side.upperBound = lower, upper
    for name in (IOU_THRESHOLD, CONFIDENCE_THRESHOLD):
        threshold = spec.description.input.add()
        threshold.name = name
        threshold.type.doubleType.SetInParent()
        threshold.type.isOptional = True
    suppression = spec.nonMaximumSuppression
    suppression.confidenceInputFeatureName = RAW_CONFIDENCE
    suppression.coordinatesInputFeatureName = RAW_COORDINATES
    suppression.confidenceOutputFeatureName = CONFIDENCE
    suppression.coordinatesOutputFeatureName = COORDINATES
    suppression.iouThresholdInputFeatureName = IOU_THRESHOLD
    suppression.confidenceThresholdInputFeatureName = CONFIDENCE_THRESHOLD
    suppression.iouThreshold = MAX_IOU
    suppression.confidenceThreshold = SHOWN_CONFIDENCE
    suppression.pickTop.perClass = True
    suppression.stringClassLabels.vector.extend(labels)
    return spec
