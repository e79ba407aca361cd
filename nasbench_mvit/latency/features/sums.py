"""The features of a latency predictor: a few physical sums over the layers of a network.

They are built from the same layers as the costs (``cost.layers``), so that both are of the same
network. No feature decreases when a network gets deeper, wider or, among sizes at which no map
needs a resize, larger; with non-negative coefficients, neither does a prediction.

The *work* of a layer follows the roofline model (Williams et al., CACM 2009): its time is the
maximum of that for moving its elements, with every input read and every output written once, and
that for its multiply-adds, which the machine balance converts to elements.

*Lane* sums count what a vector unit computes: convolutions whose output channels are rounded up to
whole vectors, as kernels do that keep channels in blocks (onnxruntime's NCHWc on AVX-512).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.rivals import RivalSpec
from nasbench_mvit.cost.layer import Activation, Kind, Layer
from nasbench_mvit.cost.layers import layers
from nasbench_mvit.cost.rival_layers import rival_layers
from nasbench_mvit.cost.spec_arrays import BlockArrays, Counts, SpecArrays

Floats = NDArray[np.float64]

# Multiply-adds in the time of moving one element, on an A14's Neural Engine in float16: 11 T
# operations, or 5.5 T multiply-adds, per second (Apple) with LPDDR4X of 34.1 GB/s.
MACHINE_BALANCE = 5.5e12 / (34.1e9 / 2)
LANES = 16  # float32 numbers in a vector of AVX-512, and in a block of NCHWc there
CONSTANT = "constant"
RESIZE = "resize_elements"
ABSENT = -1
STEM = "stem"  # name of the first convolution, of an image's three channels
ANCHORS = "task_head.predictors"  # beginning of the names of the layers that speak of anchors
TOKEN_AXES = 3  # of tokens (P, N, D); those of separate heads have an axis more

_CONVOLUTIONS: tuple[Kind, ...] = ("conv", "pointwise", "depthwise")
_MAPS: tuple[Kind, ...] = (*_CONVOLUTIONS, "classifier")
_CONV_LINEAR: tuple[Kind, ...] = (*_MAPS, "linear")
# Activations that runtimes compute in a pass of their own; those by ReLU join the convolution.
_UNFUSED: tuple[Activation, ...] = ("silu", "hardswish", "gelu")
_ATTENTION: tuple[Kind, ...] = ("attention_scores", "attention_values")
_TOKENS: tuple[Kind, ...] = ("norm", "linear", *_ATTENTION)
_ALL: tuple[Kind, ...] = (*_MAPS, *_TOKENS)


@dataclass(frozen=True, slots=True)
class Feature:
    """A sum over the layers of some ``kinds``; ``of`` returns the term of one occurrence, (S,)."""

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


def _lane_macs(layer: Layer) -> Counts:
    channels = np.maximum(1, layer.shape[0])  # 0 where a spec lacks the layer
    lanes: Counts = -(-channels // LANES) * LANES
    return layer.macs // channels * lanes


def _weights(layer: Layer) -> Counts:
    return layer.params


def _activated(layer: Layer) -> Counts:
    return _where(layer, layer.activation is not None, layer.outputs)


def _activated_by(activation: Activation) -> Callable[[Layer], Counts]:
    return lambda layer: _where(layer, layer.activation == activation, layer.outputs)


def _separable_values(layer: Layer) -> Counts:
    """Return the elements of separable attention's values, which pass a ReLU; else 0."""
    return _where(layer, len(layer.shape) == TOKEN_AXES, layer.outputs)


def _of_stem(layer: Layer) -> Counts:
    return _where(layer, layer.name == STEM, layer.macs)


def _beyond_stem(layer: Layer) -> Counts:
    return _where(layer, layer.name != STEM, layer.macs)


def _of_anchors(layer: Layer) -> Counts:
    return _where(layer, layer.name.startswith(ANCHORS), layer.outputs)


def _where(layer: Layer, counts: bool, numbers: Counts) -> Counts:  # noqa: FBT001  private
    return numbers if counts else np.zeros_like(layer.macs)


def _sequence_elements(layer: Layer) -> Counts:
    """Return the elements without the last axis: tokens, or rows of attention scores."""
    return layer.outputs // np.maximum(1, layer.shape[-1])


# MACs in multiply-adds, work, elements and weights in numbers; the constant is 1 for every network.
FEATURES = {
    CONSTANT: Feature((), _once),  # of no layer
    "macs": Feature(_ALL, _macs),
    "conv_linear_macs": Feature(_CONV_LINEAR, _macs),
    "softmax_elements": Feature(("attention_scores",), _written),
    "map_work": Feature(_MAPS, _work),
    "token_work": Feature(_TOKENS, _work),
    "dense_token_work": Feature(("norm", "linear"), _work),
    "attention_work": Feature(_ATTENTION, _work),
    "work": Feature(_ALL, _work),
    RESIZE: Feature(("resize",), _moved),
    **{f"{kind}_macs": Feature((kind,), _macs) for kind in (*_CONVOLUTIONS, "linear")},
    **{f"{kind}_lane_macs": Feature((kind,), _lane_macs) for kind in _CONVOLUTIONS},
    "attention_macs": Feature(_ATTENTION, _macs),
    "softmax_rows": Feature(("attention_scores",), _sequence_elements),
    "conv_elements": Feature(("conv", "pointwise"), _moved),
    "depthwise_elements": Feature(("depthwise",), _moved),
    "activated_elements": Feature((*_CONVOLUTIONS, "linear"), _activated),
    "norm_elements": Feature(("norm",), _written),
    "tokens": Feature(("norm",), _sequence_elements),
    "conv_weights": Feature(_CONVOLUTIONS, _weights),
    "linear_weights": Feature(("linear",), _weights),
    "classifier_weights": Feature(("classifier",), _weights),
    **{
        f"{kind}_layers": Feature((kind,), _once)
        for kind in (*_CONVOLUTIONS, "linear", "norm", "resize")
    },
    "stem_macs": Feature(("conv",), _of_stem),
    "dense_macs": Feature(("conv",), _beyond_stem),
    "matrix_macs": Feature(("linear", "classifier"), _macs),
    **{
        f"{activation}_elements": Feature((*_CONVOLUTIONS, "linear"), _activated_by(activation))
        for activation in _UNFUSED
    },
    "relu_elements": Feature(("attention_values",), _separable_values),
    "conv_calls": Feature(_CONVOLUTIONS, _once),
    "attention_layers": Feature(("attention_scores",), _once),
    # Offsets and scores, which a detector reorders and joins over its maps.
    "anchor_elements": Feature(("pointwise",), _of_anchors),
}


def feature_matrix(specs: SpecArrays, names: Sequence[str]) -> Floats:
    """Return the features ``names`` of S specs, in the features' units, (S, F)."""
    return _sums(layers(specs), len(specs.resolution), names)


def _sums(rows: Iterable[Layer], num_networks: int, names: Sequence[str]) -> Floats:
    columns = np.zeros((len(names), num_networks))
    if CONSTANT in names:
        columns[list(names).index(CONSTANT)] = 1
    of_kind: dict[Kind, list[tuple[Floats, Feature]]] = {}
    for column, name in zip(columns, names, strict=True):
        for kind in FEATURES[name].kinds:
            of_kind.setdefault(kind, []).append((column, FEATURES[name]))
    for layer in rows:
        for column, feature in of_kind.get(layer.kind, ()):
            np.add(column, layer.repeats * feature.of(layer), out=column)
    return columns.T


def feature_columns(specs: SpecArrays, names: Sequence[str]) -> dict[str, Floats]:
    """Return the features ``names`` of S specs by their name, (S,) each."""
    return dict(zip(names, feature_matrix(specs, names).T, strict=True))


def rival_columns(rival: RivalSpec, names: Sequence[str]) -> dict[str, Floats]:
    """Return the features ``names`` of a rival by their name, (1,) each."""
    return dict(zip(names, _sums(rival_layers(rival), 1, names).T, strict=True))


# Settings of the first predictor files, and later ones with the value that those files imply.
RESOLUTION = "resolution"
TASK = "task"
CLASSIFIES = 0  # the setting; 1 detects and 2 segments
FIRST_SETTINGS = ("kernel", "heads", "fusion", "patch_h", "patch_w")
LATER_SETTINGS = {"depthwise": 0, "separable": 0, "projected": 1, "activation": 1, "residual": 0}
BLOCK_SETTINGS = (*FIRST_SETTINGS, "size_of_fusion", *LATER_SETTINGS)


def familiar(known: Mapping[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    """Return the known settings of a predictor with those that its file implies.

    Networks classify where a file does not say otherwise.
    """
    known = {TASK: [CLASSIFIES], **known}
    if "kernel" not in known or "size_of_fusion" in known:
        return dict(known)
    implied = {name: [value] for name, value in LATER_SETTINGS.items()}
    return {**known, "size_of_fusion": known["kernel"], **implied}


def compact(known: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """Return known settings as files have them: without later ones that ``familiar`` implies."""
    listed = {name: list(found) for name, found in known.items()}
    if listed.get(TASK) == [CLASSIFIES]:
        del listed[TASK]
    first = {
        name: values for name, values in listed.items() if name in {*FIRST_SETTINGS, RESOLUTION}
    }
    implied = familiar(first)
    is_first = all(set(values) <= set(implied.get(name, ())) for name, values in listed.items())
    return first if is_first else listed


def settings(specs: SpecArrays) -> dict[str, Counts]:
    """Return the settings that the features do not include, (stages, S) or (1, S) each.

    A stage without a MobileViT block holds ``ABSENT``, as does a setting without effect.
    """
    blocks = [stage.block for stage in specs.stages]
    of_blocks = {
        name: np.stack(
            [np.where(_has_effect(name, block), getattr(block, name), ABSENT) for block in blocks]
        )
        for name in BLOCK_SETTINGS
    }
    tasks = specs.heads.detection + 2 * specs.heads.segmentation
    return of_blocks | {RESOLUTION: specs.resolution[np.newaxis], TASK: tasks[np.newaxis]}


def _has_effect(name: str, block: BlockArrays) -> Counts:
    there = block.present
    if name == "heads":
        return there * (1 - block.separable)
    return there * (block.fusion > 0) if name in {"size_of_fusion", "projected"} else there
