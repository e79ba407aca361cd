"""The images an exported file is calibrated and checked with.

Axes: N canvases, G cells of a canvas.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from nasbench_mvit.export.check import NUM_CANVASES
from nasbench_mvit.export.interface import Precision
from nasbench_mvit.export.manifest import ImagesRecord
from nasbench_mvit.export.samples import Samples
from nasbench_mvit.search.study.config import EMBEDDED_DATA
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.stream import Batch, MosaicStream
from nasbench_mvit.workbench.shared.described_network import StudySource
from nasbench_mvit.workbench.shared.run_directory import IMAGES

NUM_CALIBRATION = 64
CALIBRATION_SEED = 0


@dataclass(frozen=True, kw_only=True)
class Views:
    """Images, and how a network is shown them.

    Attributes:
        proxy: recipe whose canvases are shown.
        source: of the images.
        seed: of their split.
        cache_dir: where decoded images are kept, None for nowhere.
    """

    proxy: ProxyConfig = field(default_factory=lambda: ProxyConfig(mosaic_grid=1))
    source: str = EMBEDDED_DATA
    seed: int = 0
    cache_dir: Path | None = None

    @classmethod
    def of(cls, study: StudySource | None, source: str | None) -> "Views":
        """Return those of a study, with images from another source where one is given."""
        if study is None:
            return cls(source=source or EMBEDDED_DATA)
        config = study.config
        views = cls(
            proxy=config.proxy,
            source=config.data,
            seed=config.data_seed,
            cache_dir=study.run_dir / IMAGES,
        )
        return views if source is None else dataclasses.replace(views, source=source)

    def single(self) -> "Views":
        """Return the same images, one on each canvas."""
        proxy = self.proxy.model_copy(update={"mosaic_grid": 1})
        return dataclasses.replace(self, proxy=proxy)

    @cached_property
    def images(self) -> ImageData:
        """The images, read once."""
        return open_images(
            self.source,
            cell_size=self.proxy.cell_size,
            cache_dir=self.cache_dir,
            seed=self.seed,
        )

    def to_check(self, precision: Precision, *, labelled: bool) -> Samples:
        """Return validation canvases, with labels where these are the network's classes."""
        wanted = NUM_CANVASES[precision] * self.proxy.images_per_canvas
        return _samples(self._stream().validation_batches(wanted), labelled=labelled)

    def to_calibrate(self) -> Samples:
        """Return training canvases, of which none is among those to check with."""
        stream, size = self._stream(), self.proxy.batch_size
        steps = range(-(-NUM_CALIBRATION // size))
        batches = map(stream.training_batch, steps)
        return _samples(batches, labelled=False).first(NUM_CALIBRATION)

    def record(self, resolution: int) -> ImagesRecord:
        """Return the description of the images for the model card."""
        about, count = self.images.description, self.proxy.images_per_canvas
        kind = "single images" if count == 1 else f"mosaics of {count}"
        return ImagesRecord(
            name=about.name,
            licence=about.licence,
            origin=about.origin,
            scaling=f"{kind} made at {self.proxy.input_size} px"
            + ("" if resolution == self.proxy.input_size else f", scaled to {resolution} px"),
        )

    def _stream(self) -> MosaicStream:
        return MosaicStream(
            self.images, self.proxy, seed=CALIBRATION_SEED, device=torch.device("cpu")
        )


def _samples(batches: Iterable[Batch], *, labelled: bool) -> Samples:
    """Return whole canvases; one that repeats images to be full is left out."""
    canvases, labels = [], []
    for batch in batches:
        whole_N = batch.counted.all(1)
        canvases.append(batch.canvases[whole_N].contiguous())
        labels.append(batch.labels[whole_N])
    return Samples(
        canvases=np.ascontiguousarray(torch.cat(canvases).numpy()),
        labels=torch.cat(labels).numpy() if labelled else None,
    )
