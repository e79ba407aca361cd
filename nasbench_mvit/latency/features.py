"""What a latency predictor knows of a network: a few physical sums over its layers.

They are built from the same layers as the costs (``cost.layers``), so a prediction is about
exactly the network that is counted. No feature decreases when a network gets deeper, wider or,
among sizes at which no map needs a resize, larger; with non-negative coefficients, neither does
a prediction.

The *work* of a layer follows the roofline model (Williams et al., CACM 2009): the layer takes as
long as the slower of moving its elements, every input read and every output written once, and
doing its multiply-adds, which the machine balance expresses in elements.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.cost.layers import Kind, Layer, layers
from nasbench_mvit.cost.spec_arrays import Counts, SpecArrays

Floats = NDArray[np.float64]

# Multiply-adds in the time of moving one element, on an A14's Neural Engine in float16: 11 T
# operations, that is 5.5 T multiply-adds, per second (Apple) over LPDDR4X of 34.1 GB/s.
MACHINE_BALANCE = 5.5e12 / (34.1e9 / 2)
NUM_CLASSES = 1000
RESIZE = "resize_elements"
ABSENT = -1

_MAPS: tuple[Kind, ...] = ("conv", "pointwise", "depthwise", "classifier")
_CONV_LINEAR: tuple[Kind, ...] = (*_MAPS, "linear")
_ATTENTION: tuple[Kind, ...] = ("attention_scores", "attention_values")
_TOKENS: tuple[Kind, ...] = ("norm", "linear", *_ATTENTION)
_ALL: tuple[Kind, ...] = (*_MAPS, *_TOKENS)


@dataclass(frozen=True, slots=True)
class Feature:
    """A sum over the layers of some ``kinds``; ``of`` gives what one occurrence adds, (S,)."""

    kinds: tuple[Kind, ...]
    of: Callable[[Layer], Floats | Counts]


def _once(layer: Layer) -> Counts:
    return np.ones_like(layer.macs)


def _macs(layer: Layer) -> Counts:
    return layer.macs


def _written(layer: Layer) -> Counts:
    return layer.outputs


def _moved(layer: Layer) -> Counts:
    return layer.inputs + layer.outputs


def _work(layer: Layer) -> Floats:
    return np.maximum(_moved(layer), layer.macs / MACHINE_BALANCE)


# MACs in multiply-adds, work and elements in elements; the constant is 1 for every network.
FEATURES = {
    "constant": Feature(("classifier",), _once),
    "macs": Feature(_ALL, _macs),
    "conv_linear_macs": Feature(_CONV_LINEAR, _macs),
    "softmax_elements": Feature(("attention_scores",), _written),
    "map_work": Feature(_MAPS, _work),
    "token_work": Feature(_TOKENS, _work),
    "dense_token_work": Feature(("norm", "linear"), _work),
    "attention_work": Feature(_ATTENTION, _work),
    "work": Feature(_ALL, _work),
    RESIZE: Feature(("resize",), _moved),
}


def feature_matrix(specs: SpecArrays, names: Sequence[str]) -> Floats:
    """Return (S, F): the features ``names`` of S specs, in the features' units."""
    wanted = [FEATURES[name] for name in names]
    columns = np.zeros((len(wanted), len(specs.resolution)))
    for layer in layers(specs, NUM_CLASSES):
        for column, feature in zip(columns, wanted, strict=True):
            if layer.kind in feature.kinds:
                np.add(column, layer.repeats * feature.of(layer), out=column)
    return columns.T


BLOCK_SETTINGS = ("kernel", "heads", "fusion", "patch_h", "patch_w")


def settings(specs: SpecArrays) -> dict[str, Counts]:
    """Return what the features cannot tell apart from size: (stages, S) or (1, S) each.

    A stage without a MobileViT block holds ``ABSENT``.
    """
    blocks = [stage.block for stage in specs.stages]
    of_blocks = {
        name: np.stack([np.where(block.present, getattr(block, name), ABSENT) for block in blocks])
        for name in BLOCK_SETTINGS
    }
    return of_blocks | {"resolution": specs.resolution[np.newaxis]}
