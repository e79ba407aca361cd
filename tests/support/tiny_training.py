"""A training of a second: a very small network, two classes of noise, sixteen steps."""

import numpy as np

from nasbench_mvit.architecture.block import BlockSpec
from nasbench_mvit.architecture.spec import MobileViTSpec, StageSpec
from nasbench_mvit.training.images.arrays import (
    DatasetDescription,
    ImageData,
    Split,
    fingerprint,
    stored_size,
)
from nasbench_mvit.training.proxy.recipe import ProxyConfig

PROXY = ProxyConfig(
    input_size=32, steps=16, batch_size=4, interim_images=8,
    dropout=None,  # so that a resumed training would differ if dropout were not reseeded
)  # fmt: skip
#: The same as recipes were at first: images side by side, each named by itself.
MOSAICS = PROXY.model_copy(update={"optimizer": "adamw", "layout": "grid"})
NUM_VAL = 30


def tiny_spec() -> MobileViTSpec:
    widths = (4, 8, 8, 8, 8)
    block = BlockSpec(dim=8, depth=1)
    return MobileViTSpec(
        stem_channels=4,
        stages=tuple(
            StageSpec(channels=width, expansion=1.0, block=block if stage == 2 else None)
            for stage, width in enumerate(widths)
        ),
        head_expansion=1.0,
        dropout=0.5,
    )


def noise_split(count: int, cell_size: int, seed: int) -> Split:
    """Two classes: dark and bright noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    side = stored_size(cell_size)
    noise = rng.integers(0, 100, size=(count, 1, side, side))
    images = (noise + 150 * labels[:, None, None, None]).astype(np.uint8)
    return Split(images=images, labels=labels)


def tiny_data(cell_size: int = PROXY.cell_size) -> ImageData:
    train, val = noise_split(60, cell_size, 0), noise_split(NUM_VAL, cell_size, 1)
    return ImageData(
        train=train,
        val=val,
        class_names=("dark", "bright"),
        cell_size=cell_size,
        min_crop=1.0,
        description=DatasetDescription(name="", licence="", origin=""),
        fingerprint=fingerprint(("dark", "bright"), train, val),
    )
