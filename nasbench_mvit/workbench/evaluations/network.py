"""The network that is evaluated: weights of this package, or published ones of another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from torch import nn

from nasbench_mvit.errors import DataError, WeightsError, listed
from nasbench_mvit.models.weights.checkpoint import num_classes_of
from nasbench_mvit.models.weights.loading import LoadedWeights, load_weights, taking_rgb
from nasbench_mvit.models.weights.preprocessing import PREPROCESSING, Channels, Preprocessing
from nasbench_mvit.training.images.arrays import Int64Array


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluatedNetwork:
    """A network to evaluate.

    Attributes:
        loaded: its weights, as they are in their file.
        preprocessing: what becomes of its images.
        classes: name of each logit, None where nobody says.
    """

    loaded: LoadedWeights
    preprocessing: Preprocessing
    classes: Sequence[str] | None

    @cached_property
    def model(self) -> nn.Module:
        """The network for RGB images, in evaluation mode."""
        return taking_rgb(self.loaded.model, self.preprocessing.channels)

    @property
    def num_logits(self) -> int:
        """Classes that the network tells apart."""
        return num_classes_of(self.loaded.model.state_dict(), self.loaded.spec)

    def logits_of(self, class_names: Sequence[str], data: str) -> Int64Array:
        """Return the logit of each class of the images ``data``.

        Known names decide. Where a file names none, as published ones do, classes and logits must
        be equally many, and both are taken in alphabetical order: that of ImageNet's folders.

        Raises:
            WeightsError: the names do not fit the network.
            DataError: the images are of other classes.
        """
        names = self.classes
        if names is None:
            if len(class_names) != self.num_logits:
                raise DataError(
                    f"{data} has {len(class_names)} classes, the network {self.num_logits} logits. "
                    f"Give images of all {self.num_logits} classes, or name each logit's class, as "
                    "its folder is called, by `classes=`."
                )
            return np.arange(len(class_names))
        if len(names) != self.num_logits:
            raise WeightsError(
                f"{len(names)} classes are named, but the network has {self.num_logits} logits. "
                "Name each of them by `classes=`."
            )
        strange = [name for name in class_names if name not in names]
        if strange:
            raise DataError(
                f"{data} has classes the network does not know: {listed(strange)}. It knows "
                f"{listed(names)}. Remove or rename these, or name them by `classes=`."
            )
        return np.array([names.index(name) for name in class_names])


def load_network(
    weights: str | Path,
    *,
    source: str | None = None,
    part: str | None = None,
    channels: Channels | None = None,
    resize: int | None = None,
    crop: int | None = None,
) -> EvaluatedNetwork:
    """Return the network of trained weights.

    Args:
        weights: their file or name.
        source: origin of the weights; None to recognise it by the names in the file.
        part: which of several sets of weights in it.
        channels: order that it expects, where that is not its source's.
        resize: short side of an image in pixels, likewise.
        crop: side of the centre crop in pixels, likewise; of the square that images are scaled to
            where the network detects or segments.

    Raises:
        WeightsError: the file is missing, damaged, or does not fit its source.
    """
    loaded = load_weights(weights, source=source, part=part, task=None)
    shown, notes = PREPROCESSING[loaded.source], loaded.notes
    if loaded.spec.task != "classification":
        side = crop or notes.crop or loaded.spec.resolution
        if resize not in (None, side):
            raise WeightsError(
                f"images for {loaded.spec.task} are scaled to squares, of {side} px here, and not "
                f"cropped: `resize=` {resize} has no meaning. Give the side by `crop=`."
            )
        shown = replace(shown, resize=side, crop=side, channels=channels or shown.channels)
        return EvaluatedNetwork(loaded=loaded, preprocessing=shown, classes=notes.classes)
    shown = replace(
        shown,
        resize=resize or notes.resize or shown.resize,
        crop=crop or notes.crop or shown.crop,
        channels=channels or shown.channels,
    )
    if shown.crop > shown.resize:
        raise WeightsError(
            f"a centre crop of {shown.crop} px does not fit an image of {shown.resize}. Raise "
            "`resize=` or lower `crop=`."
        )
    return EvaluatedNetwork(loaded=loaded, preprocessing=shown, classes=notes.classes)
