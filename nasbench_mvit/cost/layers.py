"""The layers of a network: the walk over all of them, with the formulas of ``layer``.

``layers`` walks the network of arXiv 2110.02178 (Table 4, Fig. 1b) as ``models`` builds it and
yields rows whose numbers are arrays over many specs at once. Layers that are repeated with
equal numbers (MV2 blocks after the first, transformer layers) share a row; a layer that a spec
lacks is repeated zero times. Sums over the rows are the costs and the latency predictor's
features; the rows of one spec, expanded, are its layer table.

Arrays run over the specs, ``(S,)``. In names: C channels, D token width, P = h·w pixels of a
patch (as many independent sequences), N patches, A heads, K width of a head.
"""

from collections.abc import Iterator

import numpy as np

from nasbench_mvit.architecture.strides import STEM_STRIDE
from nasbench_mvit.cost.head_layers import head_layers
from nasbench_mvit.cost.layer import (
    IMAGE_CHANNELS,
    Activation,
    Follow,
    Layer,
    Map,
    ceil_div,
    conv,
    linear,
    norm,
    product,
    square,
)
from nasbench_mvit.cost.spec_arrays import FUSION_LOCAL, BlockArrays, Counts, SpecArrays

STEM_KERNEL = 3
MV2_KERNEL = 3


def layers(specs: SpecArrays, num_classes: int | None = None) -> Iterator[Layer]:
    """Yield the rows in the order of execution, by default for the usual classes of the task."""
    one = np.ones_like(specs.resolution)
    image = square(IMAGE_CHANNELS * one, specs.resolution)
    here = square(specs.stem_channels, ceil_div(specs.resolution, STEM_STRIDE))
    yield conv("stem", "conv", one, image, here, STEM_KERNEL)
    sources = []
    for index, (stage, stride) in enumerate(zip(specs.stages, specs.strides(), strict=True)):
        name = f"stages.{index}"
        sources.append(here)
        source, here = here, square(stage.channels, ceil_div(here.height, stride))
        yield from _mv2(f"{name}.mv2.{{}}", one, stage.first_hidden, source, here, first=0)
        others = stage.mv2_depth - 1
        if others.any():
            yield from _mv2(f"{name}.mv2.{{}}", others, stage.other_hidden, here, here, first=1)
        if stage.block.present.any():
            yield from _mobilevit_block(f"{name}.block", stage.block, here)
    heads, classes = specs.heads, specs.classes(num_classes)
    classifies = 1 - heads.detection - heads.segmentation
    has_head = classifies * (specs.head_channels > 0)
    last = square(np.where(has_head, specs.head_channels, here.channels), here.height)
    yield conv("head", "pointwise", has_head, here, last, 1)
    yield linear("classifier", "classifier", classifies, (last.channels,), classes)
    yield from head_layers(heads, sources[-1], here, classes)


def _mv2(
    name: str, repeats: Counts, hidden: Counts, source: Map, target: Map, *, first: int
) -> Iterator[Layer]:
    expanded, reduced = square(hidden, source.height), square(hidden, target.height)
    yield conv(f"{name}.expand", "pointwise", repeats, source, expanded, 1, first=first)
    yield conv(f"{name}.depthwise", "depthwise", repeats, expanded, reduced, MV2_KERNEL,
                first=first)  # fmt: skip
    yield conv(f"{name}.project", "pointwise", repeats, reduced, target, 1, first=first,
                then="norm")  # fmt: skip


def _mobilevit_block(name: str, block: BlockArrays, here: Map) -> Iterator[Layer]:
    """Yield a MobileViT block; the map of tokens is resized up to whole patches and back."""
    there, dim, separable = block.present, block.dim, block.separable
    rows, columns = ceil_div(here.height, block.patch_h), ceil_div(here.width, block.patch_w)
    height, width = rows * block.patch_h, columns * block.patch_w
    tokens = (block.patch_h * block.patch_w, rows * columns, dim)
    narrow, wide, nothing = square(dim, here.height), Map(dim, height, width), np.zeros_like(there)
    resized = there * ((height != here.height) | (width != here.width))
    yield conv(f"{name}.local", "conv", there * (1 - block.depthwise), here, here, block.kernel)
    yield conv(f"{name}.local", "depthwise", there * block.depthwise, here, here, block.kernel)
    yield conv(f"{name}.to_tokens", "pointwise", there, here, narrow, 1, then="nothing")
    yield Layer(f"{name}.resize_up", "resize", resized, nothing, nothing, narrow.elements,
                (dim, height, width))  # fmt: skip
    softmax = block.depth * (1 - separable)
    if softmax.any():
        yield from transformer(f"{name}.layers.{{}}", softmax, tokens, block.heads, block.ffn_dim)
    if separable.any():
        yield from _separable(f"{name}.layers.{{}}", block.depth * separable, tokens, wide,
                              block.ffn_dim)  # fmt: skip
    yield norm(f"{name}.norm", there, tokens)
    yield Layer(f"{name}.resize_down", "resize", resized, nothing, nothing, wide.elements,
                (dim, here.height, here.width))  # fmt: skip
    for then, follows in _endings(block.activation):
        yield conv(f"{name}.from_tokens", "pointwise", there * block.projected * follows, narrow,
                   here, 1, then=then)  # fmt: skip
    beside = np.where(block.fusion == FUSION_LOCAL, dim, here.channels)
    projected = np.where(block.projected, here.channels, dim)
    concatenated = square(beside + projected, here.height)
    activated = block.projected | block.activation
    for then, follows in _endings(activated):
        yield conv(f"{name}.fuse", "conv", (block.fusion > 0) * follows, concatenated, here,
                   block.size_of_fusion, then=then)  # fmt: skip


def _endings(activated: Counts) -> tuple[tuple[Follow, Counts], tuple[Follow, Counts]]:
    """Return the two layers that may follow a convolution, each with its number of occurrences."""
    return ("norm and activation", activated), ("norm", 1 - activated)


def _separable(
    name: str, depth: Counts, tokens: tuple[Counts, Counts, Counts], here: Map, ffn_dim: Counts
) -> Iterator[Layer]:
    """Yield a layer of separable attention on the map ``here`` of the ``tokens`` (P, N, D).

    Its softmax and its two weightings are elementwise: no product of matrices, no multiply-adds.
    """
    sequences, patches, dim = tokens
    size, pixels, nothing = product(tokens), sequences * patches, np.zeros_like(depth)
    projected, hidden = here._replace(channels=1 + 2 * dim), here._replace(channels=ffn_dim)
    yield norm(f"{name}.attention_norm", depth, tokens)
    yield conv(f"{name}.attention.qkv", "pointwise", depth, here, projected, 1, then="bias")
    yield Layer(f"{name}.attention.scores", "attention_scores", depth, nothing, nothing, pixels,
                (sequences, patches))  # fmt: skip
    yield Layer(f"{name}.attention.values", "attention_values", depth, nothing, nothing,
                pixels + 2 * size, tokens)  # fmt: skip
    yield conv(f"{name}.attention.proj", "pointwise", depth, here, here, 1, then="bias")
    yield norm(f"{name}.ffn_norm", depth, tokens)
    yield conv(f"{name}.ffn_expand", "pointwise", depth, here, hidden, 1,
               then="bias and activation")  # fmt: skip
    yield conv(f"{name}.ffn_reduce", "pointwise", depth, hidden, here, 1, then="bias")


def transformer(
    name: str,
    depth: Counts,
    tokens: tuple[Counts, Counts, Counts],
    heads: Counts,
    ffn_dim: Counts,
    activation: Activation = "silu",
) -> Iterator[Layer]:
    """Yield a transformer layer on ``tokens`` (P, N, D); its P sequences are independent."""
    sequences, patches, dim = tokens
    hidden = (sequences, patches, ffn_dim)
    scores = (sequences, heads, patches, patches)
    values = (sequences, heads, patches, dim // heads)
    macs, size, nothing = sequences * patches**2 * dim, product(tokens), np.zeros_like(depth)
    yield norm(f"{name}.attention_norm", depth, tokens)
    yield linear(f"{name}.attention.qkv", "linear", depth, tokens, 3 * dim)
    yield Layer(f"{name}.attention.scores", "attention_scores", depth, nothing, macs,
                2 * size, scores)  # fmt: skip
    yield Layer(f"{name}.attention.values", "attention_values", depth, nothing, macs,
                product(scores) + size, values)  # fmt: skip
    yield linear(f"{name}.attention.proj", "linear", depth, tokens, dim)
    yield norm(f"{name}.ffn_norm", depth, tokens)
    yield linear(f"{name}.ffn_expand", "linear", depth, tokens, ffn_dim,
                 activation=activation)  # fmt: skip
    yield linear(f"{name}.ffn_reduce", "linear", depth, hidden, dim)
