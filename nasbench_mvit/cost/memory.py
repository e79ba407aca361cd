"""The peak of activation memory of a network, by closed formulas, without torch.

``peak_activation_mb``, here and in every column of that name, is the most that inputs and outputs
of operators take at one moment of inference, in megabytes (10⁶ bytes) of float32, for one image:

* the image stays, as the caller's; everything else lives from the operator that writes it to the
  last one that reads it, in the order of ``layers``;
* batch normalisation is part of its convolution, and additions work in place;
* SiLU, softmax, and the split into query, key and value write beside what they read.

Weights, the program and what a runtime needs inside one operator are not in it; a runtime that
fuses activations needs less. ``tests/benchmarks/bench_memory.py`` holds it against the arena that
LiteRT plans.

Sizes are elements, (S,) for S specs.
"""

import functools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.architecture.spec import NUM_STAGES, MobileViTSpec
from nasbench_mvit.architecture.strides import STEM_STRIDE
from nasbench_mvit.cost.head_memory import head_moments
from nasbench_mvit.cost.layer import IMAGE_CHANNELS, ceil_div, square
from nasbench_mvit.cost.spec_arrays import FUSION_LOCAL, BlockArrays, Counts, SpecArrays

BYTES_PER_ELEMENT = 4
MB = 1e6


def peak_activation_mb(
    specs: Sequence[MobileViTSpec],
    resolution: int | None = None,
    num_classes: int | None = None,
) -> NDArray[np.float64]:
    """Return the peak of each of S ``specs`` in megabytes, (S,), by the convention of this module.

    Args:
        specs: the networks.
        resolution: side of the input in pixels; each spec's own when None.
        num_classes: classes of detection and segmentation; the usual ones of the task when None.

    >>> from nasbench_mvit.architecture.published import published
    >>> peak_activation_mb([published("mobilevit_xxs")]).round(1).tolist()
    [9.9]
    """
    arrays = SpecArrays.of(specs, resolution)
    image = IMAGE_CHANNELS * arrays.resolution**2
    peak = functools.reduce(np.maximum, _moments(arrays, arrays.classes(num_classes)))
    return np.asarray((image + peak) * BYTES_PER_ELEMENT / MB, dtype=np.float64)


@functools.lru_cache(maxsize=1 << 16)
def peak_mb(network: Network) -> float:
    """Return the peak of one network in megabytes, NaN of a rival, for which there is no formula.

    >>> from nasbench_mvit.architecture.rivals import RivalSpec
    >>> peak_mb(RivalSpec("mobilenet_v2"))
    nan
    """
    return math.nan if isinstance(network, RivalSpec) else float(peak_activation_mb([network])[0])


def peaks_mb(networks: Sequence[Network]) -> NDArray[np.float64]:
    """Return the peak of each of N networks in megabytes, (N,), NaN of rivals, as ``peak_mb``."""
    peaks = np.full(len(networks), math.nan)
    known = [at for at, one in enumerate(networks) if isinstance(one, MobileViTSpec)]
    if known:
        specs = [one for one in networks if isinstance(one, MobileViTSpec)]
        peaks[known] = peak_activation_mb(specs)
    return peaks


def _moments(specs: SpecArrays, classes: Counts) -> Iterator[Counts]:
    """Yield the elements alive beside the image, at each moment that can be the peak."""
    side = ceil_div(specs.resolution, STEM_STRIDE)
    channels, here = specs.stem_channels, specs.stem_channels * side**2
    yield 2 * here
    maps, needed = [], np.zeros_like(here)  # what a head reads later
    for index, (stage, stride) in enumerate(zip(specs.stages, specs.strides(), strict=True)):
        if index == NUM_STAGES - 1:
            needed = here * specs.heads.detection
        source, before, side = here, side, ceil_div(side, stride)
        here = stage.channels * side**2
        kept = np.maximum(needed, source * (stage.channels == channels) * (stride == 1))
        hidden = stage.first_hidden
        yield from _mv2(source, hidden * before**2, hidden * side**2, here, kept)
        hidden = stage.other_hidden * (stage.mv2_depth > 1) * side**2
        for moment in _mv2(here, hidden, hidden, here, here):
            yield needed + moment
        for moment in _mobilevit_block(stage.block, here, side):
            yield (needed + moment) * stage.block.present
        channels = stage.channels
        maps.append(square(channels, side))
    heads = specs.heads
    last = specs.head_channels * side**2 * (1 - heads.detection - heads.segmentation)
    yield np.maximum(here + last, 2 * last)
    yield from head_moments(heads, maps[-2], maps[-1], classes)


def _mv2(
    source: Counts, wide: Counts, narrow: Counts, target: Counts, kept: Counts
) -> Iterator[Counts]:
    """Yield the moments of an MV2 block; ``kept`` is the source where it is added at the end."""
    yield source + wide
    yield kept + 2 * wide
    yield kept + narrow + target


def _mobilevit_block(block: BlockArrays, here: Counts, side: Counts) -> Iterator[Counts]:
    """Yield the moments of a MobileViT block on a map of ``here`` elements."""
    rows, columns = ceil_div(side, block.patch_h), ceil_div(side, block.patch_w)
    pixels = rows * columns * block.patch_h * block.patch_w
    narrow, tokens = block.dim * side**2, block.dim * pixels
    kept = here * ((block.fusion == 1) | (block.residual == 1))
    yield kept + 2 * here
    kept = kept + narrow * (block.fusion == FUSION_LOCAL)
    yield kept + _transformer(block, rows * columns, tokens, pixels)
    output = np.where(block.projected, here, narrow)
    yield kept + np.maximum(narrow + output, 2 * output * block.projected)
    added = here * block.residual
    beside = np.where(block.fusion == FUSION_LOCAL, narrow, here)
    concatenated = (beside + output) * (block.fusion > 0)
    yield concatenated + np.maximum(kept + output, added + here)
    yield added + 2 * here


def _transformer(block: BlockArrays, patches: Counts, tokens: Counts, pixels: Counts) -> Counts:
    """Return the peak of a transformer layer, whose input stays to be added."""
    scores = block.heads * patches * pixels
    softmax = np.maximum(7 * tokens, 2 * scores + 2 * tokens)  # the split, the softmax
    separable = 5 * tokens + 2 * pixels
    attention = np.where(block.separable, separable, softmax)
    return np.maximum(attention, tokens + 2 * block.ffn_dim * pixels)
