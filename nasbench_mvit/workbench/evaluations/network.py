"""The network that is evaluated: weights of this package, or published ones of another."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from torch import nn

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.errors import DataError, WeightsError, listed
from nasbench_mvit.models.checkpoint import CLASSIFIER, Notes, load_model, read_foreign, read_notes
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.preprocessing import OWN, PREPROCESSING, Channels, Preprocessing
from nasbench_mvit.models.weights import channels_flipped, convert, identify
from nasbench_mvit.training.images.arrays import Int64Array


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluatedNetwork:
    """A network to evaluate.

    Attributes:
        title: what it is called.
        model: takes RGB images; in evaluation mode.
        classes: name of each logit, None where nobody says.
        preprocessing: what becomes of its images; the order of channels is part of ``model``.
        notes: what else its file says.
    """

    title: str
    model: nn.Module
    classes: Sequence[str] | None
    preprocessing: Preprocessing
    notes: Notes = field(default_factory=Notes)

    @property
    def num_logits(self) -> int:
        """Outputs of the network."""
        return len(self.model.state_dict()[CLASSIFIER])

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
                    "its folder is called, with --labels FILE."
                )
            return np.arange(len(class_names))
        if len(names) != self.num_logits:
            raise WeightsError(
                f"{len(names)} classes are named, but the network has {self.num_logits} logits. "
                "Name each of them in a line of its own with --labels FILE."
            )
        strange = [name for name in class_names if name not in names]
        if strange:
            raise DataError(
                f"{data} has classes the network does not know: {listed(strange)}. It knows "
                f"{listed(names)}. Remove or rename these, or give --labels FILE."
            )
        return np.array([names.index(name) for name in class_names])


def load_network(
    weights: Path,
    source: str = OWN,
    *,
    channels: Channels | None = None,
    resize: int | None = None,
    crop: int | None = None,
) -> EvaluatedNetwork:
    """Return the network of a file of weights.

    Args:
        weights: the file.
        source: who wrote it.
        channels: order that it expects, where that is not its source's.
        resize: short side of an image in pixels, likewise.
        crop: side of the centre crop in pixels, likewise.

    Raises:
        WeightsError: the file is missing, damaged, or does not fit its source.
    """
    notes, shown = Notes(), PREPROCESSING[source]
    if source == OWN:
        model, spec = load_model(weights)
        notes = read_notes(weights)
        shown = replace(shown, resize=notes.resize or shown.resize, crop=notes.crop or shown.crop)
        title = f"MobileViT {spec.id}"
    else:
        foreign = read_foreign(weights)
        name, num_classes = identify(foreign, source)
        title = f"{FIGURES[name].title} of {source}"
        model = build_model(published(name), num_classes).eval()
        model.load_state_dict(convert(foreign, source))
    shown = replace(
        shown,
        resize=resize or shown.resize,
        crop=crop or shown.crop,
        channels=channels or shown.channels,
    )
    if shown.crop > shown.resize:
        raise WeightsError(
            f"a centre crop of {shown.crop} px does not fit an image of {shown.resize}. Raise "
            "--resize or lower --crop."
        )
    if shown.channels == "bgr":
        model.load_state_dict(channels_flipped(model.state_dict()))
    return EvaluatedNetwork(
        title=title, model=model, classes=notes.classes, preprocessing=shown, notes=notes
    )
