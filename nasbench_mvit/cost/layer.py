"""A layer and its costs, by formulas for each kind of layer.

Numbers are arrays over the specs, ``(S,)``.
"""

import functools
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from nasbench_mvit.cost.spec_arrays import Counts

Kind = Literal[
    "conv",
    "pointwise",
    "depthwise",
    "linear",
    "attention_scores",
    "attention_values",
    "norm",
    "resize",
    "classifier",
    "embedding",
]
Activation = Literal["silu", "relu", "relu6", "hardswish", "hardsigmoid", "gelu"]
Follow = Literal["norm and activation", "norm", "bias and activation", "bias", "nothing"]
IMAGE_CHANNELS = 3
# Parameters per output channel in addition to a convolution's weights.
_FOLLOWING: dict[Follow, int] = {
    "norm and activation": 2,
    "norm": 2,
    "bias and activation": 1,
    "bias": 1,
    "nothing": 0,
}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer at one place of the network, for S specs; all numbers are per image.

    Attributes:
        name: the module's name in ``models``; ``{}`` stands for the index of a repeated one.
        kind: ``conv`` is dense n×n (n may be 1), ``pointwise`` 1×1 in every spec; convolutions
            include batch norm and activation. ``linear`` is a linear layer of a transformer,
            ``attention_scores`` QKᵀ with its softmax, ``attention_values`` their product with V
            (of separable attention the softmax and the weightings), ``norm`` a LayerNorm or
            GroupNorm, ``classifier`` the linear layer on the pooled features,
            ``embedding`` the learned tokens and positions that a vision transformer adds.
        repeats: (S,) number of occurrences, 0 where a spec lacks the layer.
        params: (S,) parameters of one occurrence.
        macs: (S,) multiply-adds of one occurrence.
        inputs: (S,) elements that one occurrence reads, without its parameters.
        shape: shape of the output: (C, H, W) of a map, (P, N, D) of tokens, (P, A, N, N) of scores,
            (P, N) of separable scores, (classes,) of logits; (S,) each.
        first: index of the first occurrence.
        activation: the activation that follows, None where there is none.
    """

    name: str
    kind: Kind
    repeats: Counts
    params: Counts
    macs: Counts
    inputs: Counts
    shape: tuple[Counts, ...]
    first: int = 0
    activation: Activation | None = None

    @property
    def outputs(self) -> Counts:
        """Number of elements that one occurrence writes, (S,)."""
        return product(self.shape)


class Map(NamedTuple):
    """A feature map; (S,) each."""

    channels: Counts
    height: Counts
    width: Counts

    @property
    def elements(self) -> Counts:
        """Number of elements of the map, (S,)."""
        return self.channels * self.height * self.width


def square(channels: Counts, side: Counts) -> Map:
    """Return a map as high as wide."""
    return Map(channels, side, side)


def conv(
    name: str,
    kind: Kind,
    repeats: Counts,
    source: Map,
    target: Map,
    kernel: Counts | int,
    *,
    first: int = 0,
    then: Follow = "norm and activation",
) -> Layer:
    """Return a convolution over all channels or, when ``depthwise``, over each separately."""
    weights = target.channels * kernel**2
    if kind != "depthwise":
        weights = weights * source.channels
    return Layer(
        name,
        kind,
        repeats,
        params=weights + _FOLLOWING[then] * target.channels,
        macs=weights * target.height * target.width,
        inputs=source.elements,
        shape=(target.channels, target.height, target.width),
        first=first,
        activation="silu" if then.endswith("activation") else None,
    )


def linear(
    name: str,
    kind: Kind,
    repeats: Counts,
    source: tuple[Counts, ...],
    width: Counts,
    *,
    activation: Activation | None = None,
) -> Layer:
    """Return a linear layer with bias from the last axis of ``source`` to ``width``."""
    inputs = product(source)
    params = (source[-1] + 1) * width
    return Layer(name, kind, repeats, params, inputs * width, inputs, (*source[:-1], width),
                 activation=activation)  # fmt: skip


def norm(name: str, repeats: Counts, tokens: tuple[Counts, Counts, Counts]) -> Layer:
    """Return a LayerNorm over the last axis of ``tokens``."""
    size = product(tokens)
    return Layer(name, "norm", repeats, 2 * tokens[-1], np.zeros_like(size), size, tokens)


def product(shape: tuple[Counts, ...]) -> Counts:
    """Return the number of elements of a shape, (S,)."""
    return functools.reduce(np.multiply, shape)


def ceil_div(number: Counts, divisor: Counts | int) -> Counts:
    """Return the quotient rounded up: a side after a padded stride, or patches along a side."""
    return -(-number // divisor)
