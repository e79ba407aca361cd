"""The images with boxes or masks that a file of a detector or a segmenter is checked with.

Axes: N images, R side of the input.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nasbench_mvit.export.check import NUM_SCENES, Samples
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.manifest import ImagesRecord
from nasbench_mvit.models.weights.split_record import SplitRecord
from nasbench_mvit.training.images.annotated.annotated_image import (
    AnnotatedData,
    AnnotatedImages,
    AnnotatedTask,
)
from nasbench_mvit.training.images.annotated.annotated_sources import open_annotated
from nasbench_mvit.training.images.annotated.augmentation import resized
from nasbench_mvit.training.images.arrays import Int64Array
from nasbench_mvit.workbench.exports.images import NUM_CALIBRATION, ImageSource, image_record, some


@dataclass(frozen=True, kw_only=True)
class SceneImages:
    """Annotated images, scaled to squares as for an evaluation.

    Attributes:
        source: source of the images.
        task: of the network.
        resolution: side R of the input.
        trained: which images the weights were trained on, None where nobody knows.
    """

    source: ImageSource
    task: AnnotatedTask
    resolution: int
    trained: SplitRecord | None = None

    @cached_property
    def _opened(self) -> AnnotatedData:
        return open_annotated(
            self.source.name, task=self.task, size=self.resolution, seed=self.source.seed
        )

    @cached_property
    def _new(self) -> Int64Array:
        """Some validation images that the weights were not trained on; none where all were."""
        val = self._opened.val
        chosen = some(len(val), NUM_SCENES)
        if self.trained is None:
            return chosen
        keys = [val.key(index) for index in chosen.tolist()]
        return chosen[~self.trained.known(keys, np.ones(len(keys), bool)).is_trained]

    def to_check(self, precision: Precision) -> Samples:
        """Return validation images; a box or a pixel each is an answer, so a few tell enough."""
        del precision
        val = self._opened.val
        chosen = self._new if len(self._new) else some(len(val), NUM_SCENES)
        return self._samples(val, chosen)

    def to_calibrate(self) -> Samples:
        """Return training images."""
        train = self._opened.train
        return self._samples(train, some(len(train), NUM_CALIBRATION))

    def record(self) -> ImagesRecord:
        """Return the description of the images."""
        role = "" if len(self._new) else ", all of which the weights were trained on"
        how = f"scaled to {self.resolution} × {self.resolution} px{role}"
        return image_record(self._opened.description, how)

    def _samples(self, images: AnnotatedImages, chosen: Int64Array) -> Samples:
        scaled = [
            resized(images[index], self.resolution).image.transpose(2, 0, 1)
            for index in chosen.tolist()
        ]
        return Samples(canvases=np.stack(scaled).astype(np.float32) / np.float32(255), labels=None)
