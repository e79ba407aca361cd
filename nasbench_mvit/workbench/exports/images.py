"""The images an exported file is calibrated and checked with, at the size of the file's input.

Axes: N images or canvases, G cells of a canvas, R side of the input.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from nasbench_mvit.export.answers import FloatArray
from nasbench_mvit.export.check import NUM_CANVASES, Samples
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.manifest import ImagesRecord
from nasbench_mvit.io.text_files import escaped
from nasbench_mvit.models.weights.preprocessing import Preprocessing
from nasbench_mvit.models.weights.split_record import SplitRecord
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA
from nasbench_mvit.training.images.arrays import DatasetDescription, ImageData, Int64Array
from nasbench_mvit.training.images.opening import FOLDER, TrainingPictures, open_pictures
from nasbench_mvit.training.images.pictures import ArrayPictures, Pictures
from nasbench_mvit.training.images.recorded_split import recorded_split
from nasbench_mvit.training.images.sources import open_images, parse_source
from nasbench_mvit.training.images.transforms import CentreCrop
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.stream import Batch, CanvasStream
from nasbench_mvit.workbench.shared.described_network import StudySource
from nasbench_mvit.workbench.shared.run_directory import IMAGES

NUM_CALIBRATION = 64
MADE_AT = 64  # side in pixels that images in memory are held at
SEED = 0  # of what is shown


class CheckImages(Protocol):
    """Images to calibrate and to check with."""

    def to_check(self, precision: Precision) -> Samples:
        """Return validation images, with labels where their classes are the network's."""

    def to_calibrate(self) -> Samples:
        """Return training images, of which none is among those to check with."""

    def record(self) -> ImagesRecord:
        """Return the description of the images for the model card."""


@dataclass(frozen=True, kw_only=True)
class ImageSource:
    """A source of images.

    Attributes:
        name: as ``open_images`` names it.
        seed: seed of their split.
        cache_dir: where the split and decoded images are kept, None for nowhere.
    """

    name: str = EMBEDDED_DATA
    seed: int = 0
    cache_dir: Path | None = None

    @classmethod
    def of(cls, study: StudySource) -> "ImageSource":
        """Return the source of a study's images."""
        config = study.config
        return cls(name=config.data, seed=config.data_seed, cache_dir=study.run_dir / IMAGES)

    def images(self, cell_size: int) -> ImageData:
        """Return the images in memory."""
        return open_images(self.name, cell_size=cell_size, cache_dir=self.cache_dir, seed=self.seed)

    def pictures(self, size: int) -> tuple[TrainingPictures, DatasetDescription]:
        """Return the images one by one, and what is said of them."""
        kind, location = parse_source(self.name)
        if kind == FOLDER:
            root = Path(location).resolve()
            about = DatasetDescription(
                name=escaped(root.name), licence="the user's own images", origin=escaped(root)
            )
            opened = open_pictures(self.name, size=size, seed=self.seed, cache_dir=self.cache_dir)
            return opened, about
        data = self.images(size)
        pictures = TrainingPictures(
            train=ArrayPictures(data.train),
            val=ArrayPictures(data.val),
            class_names=data.class_names,
            fingerprint=data.fingerprint,
        )
        return pictures, data.description


@dataclass(frozen=True, kw_only=True)
class ProxyCanvases:
    """The canvases of a proxy, which its weights were trained on and scored with."""

    source: ImageSource
    proxy: ProxyConfig
    resolution: int

    @property
    def cells(self) -> int:
        """Outputs of the network for a canvas."""
        return self.proxy.outputs_per_canvas

    @cached_property
    def images(self) -> ImageData:
        """The images, read once."""
        return self.source.images(self.proxy.cell_size)

    def split(self) -> SplitRecord | None:
        """Return the record of the images that the proxy trains on and those it holds out."""
        pictures, _ = self.source.pictures(self.proxy.cell_size)
        return recorded_split(pictures.train, pictures.val, self.source.seed)

    def to_check(self, precision: Precision) -> Samples:
        """Return validation canvases with their labels."""
        wanted = NUM_CANVASES[precision] * self.proxy.images_per_canvas
        return _canvases(self._stream().validation_batches(wanted), labelled=True)

    def to_calibrate(self) -> Samples:
        """Return training canvases."""
        stream, size = self._stream(), self.proxy.batch_size
        batches = map(stream.training_batch, range(-(-NUM_CALIBRATION // size)))
        return _canvases(batches, labelled=False).first(NUM_CALIBRATION)

    def record(self) -> ImagesRecord:
        """Return the description of the canvases."""
        side = self.proxy.input_size
        scaled = "" if self.resolution == side else f", scaled to {self.resolution} px"
        how = f"{self.proxy.shown} made at {side} px{scaled}"
        return image_record(self.images.description, how)

    def _stream(self) -> CanvasStream:
        return CanvasStream(self.images, self.proxy, seed=SEED, device=torch.device("cpu"))


@dataclass(frozen=True, kw_only=True)
class WholeImages:
    """Single images, cut as for an evaluation at the size of the input.

    Attributes:
        source: source of the images.
        shown: how the network's images are cut at the size it was trained for.
        resolution: side R of the input, to which that is scaled.
        classes: name of each logit; None where the images' classes are not the network's.
        trained: which images the weights were trained on, None where nobody knows.
    """

    source: ImageSource
    shown: Preprocessing
    resolution: int
    classes: Sequence[str] | None
    trained: SplitRecord | None = None

    @cached_property
    def _opened(self) -> tuple[TrainingPictures, DatasetDescription]:
        # Images in memory are known again by their pixels, at the size they were trained at.
        return self.source.pictures(self.shown.crop if self.trained else MADE_AT)

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name for each label of the images."""
        return self._opened[0].class_names

    @cached_property
    def _cut(self) -> CentreCrop:
        resize = round(self.shown.resize * self.resolution / self.shown.crop)
        return CentreCrop(resize=resize, crop=self.resolution, filter=self.shown.filter)

    @cached_property
    def _new(self) -> Int64Array:
        """Some validation images that the weights were not trained on; none where all were."""
        val = self._opened[0].val
        chosen = some(len(val), max(NUM_CANVASES.values()))
        if self.trained is None:
            return chosen
        keys = [val.key(index) for index in chosen.tolist()]
        return chosen[~self.trained.known(keys, np.ones(len(keys), bool)).is_trained]

    def to_check(self, precision: Precision) -> Samples:
        """Return validation images, with labels where their classes are the network's."""
        val, names, count = self._opened[0].val, self.classes, NUM_CANVASES[precision]
        chosen = self._new[:count] if len(self._new) else some(len(val), count)
        labels = None
        if names is not None and len(self._new) and set(self.class_names) <= set(names):
            logit_of = np.array([names.index(name) for name in self.class_names])
            labels = logit_of[val.labels[chosen]][:, None, None]
        return Samples(canvases=self._images(val, chosen), labels=labels)

    def to_calibrate(self) -> Samples:
        """Return training images."""
        train = self._opened[0].train
        chosen = some(len(train), NUM_CALIBRATION)
        return Samples(canvases=self._images(train, chosen), labels=None)

    def record(self) -> ImagesRecord:
        """Return the description of the images."""
        role = "" if len(self._new) else ", all of which the weights were trained on"
        how = f"short side {self._cut.resize} px, centre {self._cut.crop} px{role}"
        return image_record(self._opened[1], how)

    def _images(self, pictures: Pictures, chosen: Int64Array) -> FloatArray:
        cut = [self._cut(pictures.picture(index)) for index in chosen.tolist()]
        return np.stack(cut).astype(np.float32) / np.float32(255)


def some(total: int, count: int) -> Int64Array:
    """Return ``count`` of ``total`` indices, or all where there are fewer, drawn by ``SEED``."""
    return np.random.default_rng(SEED).permutation(total)[:count]


def image_record(about: DatasetDescription, scaling: str) -> ImagesRecord:
    """Return the description of images for the model card."""
    return ImagesRecord(
        name=about.name, licence=about.licence, origin=about.origin, scaling=scaling
    )


def _canvases(batches: Iterable[Batch], *, labelled: bool) -> Samples:
    """Return whole canvases; one that repeats images to be full is left out."""
    canvases, labels = [], []
    for batch in batches:
        whole_N = batch.counted.flatten(1).all(1)
        canvases.append(batch.canvases[whole_N].contiguous())
        labels.append(batch.labels[whole_N])
    return Samples(
        canvases=np.ascontiguousarray(torch.cat(canvases).numpy()),
        labels=torch.cat(labels).numpy() if labelled else None,
    )
