"""Convert weights of the published networks to the names of ``build_model``.

Only names change, for transformers query, key and value are concatenated, and v3 on v2 joins its
two representations in the other order; values and the order of the input channels stay. That order
differs between sources: ml-cvnets' weights, and those of transformers made from them, expect BGR
images (transformers' image processor flips RGB to BGR), timm's expect RGB. All take values from 0
to 1 without further normalisation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from nasbench_mvit.architecture.heads import DeepLabv3Head, SSDLiteHead, TaskHead
from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import WeightsError, listed, unknown
from nasbench_mvit.models.heads.anchors import ANCHORS_PER_CELL, COORDINATES
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.foreign_heads import HEAD_LAYOUTS, BoxesLayout, PyramidLayout
from nasbench_mvit.models.weights.foreign_names import (
    LAYOUTS,
    SEPARABLE_LAYOUTS,
    modules,
)

COUNTER = "num_batches_tracked"
STEM = "stem.conv.weight"
POOLED_BIAS = "task_head.pooled.bias"  # ml-cvnets' SSDLite has none there
MAX_KEYS = 3  # in a message
CONV_DIMENSIONS = 4
# Of a head that reads the last map: the ends of names of its convolutions there.
LAST_MAP = ("os_64.dw_conv.block.conv.weight", "4.aspp_pool.conv_1x1.block.conv.weight",
            "4.conv_1x1.convolution.weight")  # fmt: skip

StateDict = dict[str, Tensor]


def convert(state_dict: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Return a state dict that loads strictly into ``build_model(published(...), num_classes)``.

    The network is the published one whose names and shapes are most like those of the weights,
    ``build_model(published(...), num_classes, task=...)`` where they detect or segment; the output
    of the classifier is the number of classes. Batch normalisation's counters are kept, or
    zero where a checkpoint has none; so is the bias of SSDLite's pooled map.

    Args:
        state_dict: the weights as the source names them.
        source: "transformers", "timm" or "ml-cvnets".

    Raises:
        WeightsError: the source is unknown, a key is missing or unexpected, or a shape is wrong.
    """
    if source not in LAYOUTS:
        raise WeightsError(unknown("source of weights", source, LAYOUTS))
    found = identify(state_dict, source)
    what = f"{found.name} of {source}"
    return converted(state_dict, found.spec, found.num_classes, source, what)


def converted(
    state_dict: Mapping[str, Tensor], spec: MobileViTSpec, num_classes: int, source: str, what: str
) -> dict[str, Tensor]:
    """Return weights that a source names as ``build_model(spec, num_classes)`` does.

    Raises:
        WeightsError: they are not those of ``what``.
    """
    targets = empty_state(spec, num_classes)
    parts, shapes = _parts(state_dict, spec, source, targets)
    check_shapes(state_dict, shapes, what)
    own = {
        key: _join([state_dict[part] for part in joined], targets[key])
        for key, joined in parts.items()
    }
    return _local_first(own, spec)


def named_by(source: str, state_dict: Mapping[str, Tensor], spec: MobileViTSpec) -> StateDict:
    """Return weights of ``build_model(spec, …)`` as a source names them; of v1 and v2 alone."""
    paths = modules(spec, source)
    renamed: StateDict = {}
    for key, value in state_dict.items():
        module, _, leaf = key.rpartition(".")
        parts = value.chunk(len(paths[module])) if value.ndim else [value]
        renamed |= {
            f"{path}.{leaf}": part.clone() for path, part in zip(paths[module], parts, strict=True)
        }
    return renamed


def _parts(
    state_dict: Mapping[str, Tensor], spec: MobileViTSpec, source: str, targets: dict[str, Tensor]
) -> tuple[dict[str, list[str]], dict[str, tuple[int, ...]]]:
    """Return the source's names for each of ours, and the shape that each must have."""
    paths = modules(spec, source)
    parts: dict[str, list[str]] = {}
    for key in targets:
        module, _, leaf = key.rpartition(".")
        parts[key] = [f"{path}.{leaf}" for path in paths[module]]
        is_optional = leaf == COUNTER or key == POOLED_BIAS
        if is_optional and parts[key][0] not in state_dict:
            parts[key] = []
    shapes = {
        part: _part_shape(targets[key], len(joined))
        for key, joined in parts.items()
        for part in joined
    }
    return parts, shapes


def _local_first(state: dict[str, Tensor], spec: MobileViTSpec) -> dict[str, Tensor]:
    """Return the weights with the local representation before the global one, where joined as is.

    micronDLA/MobileViTv3 joins (local, global) in v3 on v1, and (global, local) in v3 on v2.
    """
    for index, stage in enumerate(spec.stages):
        key = f"stages.{index}.block.fuse.conv.weight"
        if stage.block is not None and key in state and not stage.block.is_projected:
            state[key] = state[key].roll(stage.block.dim, 1)
    return state


def channels_flipped(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return converted weights with the input channels flipped, from BGR to RGB or the reverse."""
    return {**state_dict, STEM: state_dict[STEM].flip(1)}


def empty_state(spec: MobileViTSpec, num_classes: int) -> dict[str, Tensor]:
    """Return the state dict of ``build_model(spec, num_classes)`` on the meta device."""
    with torch.device("meta"):
        return build_model(spec, num_classes).state_dict()


def check_shapes(
    state_dict: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]], what: str
) -> None:
    """Check that a state dict has exactly the keys of ``shapes``, with those shapes.

    Raises:
        WeightsError: it has not; the message names ``what`` was expected and the keys.
    """
    if found := differing_keys(state_dict, shapes):
        raise WeightsError(
            f"these weights do not fit {what}; {found}. Check that they come from this network and "
            "this source."
        )


def differing_keys(state_dict: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Return the keys by which a state dict differs from ``shapes``, "" where there are none."""
    problems: dict[str, list[str]] = {
        "missing": [key for key in shapes if key not in state_dict],
        "unexpected": [key for key in state_dict if key not in shapes],
        "of wrong shape": [
            f"{key} ({tuple(state_dict[key].shape)}, needs {shape})"
            for key, shape in shapes.items()
            if key in state_dict and tuple(state_dict[key].shape) != shape
        ],
    }
    return "; ".join(f"keys {what}: {_some(keys)}" for what, keys in problems.items() if keys)


def _some(keys: list[str]) -> str:
    shown = ", ".join(keys[:MAX_KEYS])
    return f"{shown}, … ({len(keys)} in all)" if len(keys) > MAX_KEYS else shown


def anchors(source: str) -> tuple[str, ...]:
    """Return names of which the weights of a whole network have one, by one source alone."""
    layouts = (LAYOUTS[source], SEPARABLE_LAYOUTS[source])
    return tuple(dict.fromkeys(f"{layout.stem}.{layout.norm}.weight" for layout in layouts))


@dataclass(frozen=True)
class Identified:
    """The published network of some weights, with their number of classes."""

    name: str
    spec: MobileViTSpec
    num_classes: int


def identify(state_dict: Mapping[str, Tensor], source: str) -> Identified:
    """Return the published network of the weights, for the task of their head.

    Its output stride is the usual one, which no weights tell.

    Raises:
        WeightsError: the weights are not of a published network, or not of this source.
    """
    for (_, other), names in HEAD_LAYOUTS.items():
        key = f"{names.classifier}.weight"
        if other == source and key in state_dict:
            return _with_head(state_dict, source, names, tuple(state_dict[key].shape))
    layouts = (LAYOUTS[source], SEPARABLE_LAYOUTS[source])
    keys = [f"{layout.classifier}.weight" for layout in layouts]
    key = next((key for key in keys if key in state_dict), "")
    if not key:
        raise WeightsError(
            f"these weights do not look like {source}: no key "
            f"{' or '.join(repr(key) for key in dict.fromkeys(keys))} among "
            f"{listed(state_dict) or 'none'}. Sources: {listed(LAYOUTS)}."
        )
    shape = tuple(state_dict[key].shape)
    widths = sorted({published(name).feature_channels for name in PUBLISHED})
    specs = {name: published(name) for name in PUBLISHED}
    fitting = [name for name in PUBLISHED if shape[1:] == (specs[name].feature_channels,)]
    if not fitting:
        raise WeightsError(
            f"{key} has the shape {shape}, which is none of (classes, {listed(widths)}): only the "
            f"published networks can be converted, {listed(PUBLISHED)}."
        )
    return _most_alike(state_dict, {name: specs[name] for name in fitting}, shape[0], source)


def _with_head(
    state_dict: Mapping[str, Tensor],
    source: str,
    names: PyramidLayout | BoxesLayout,
    shape: tuple[int, ...],
) -> Identified:
    """Return the network of weights that detect or segment, by the shape of their last layer.

    Raises:
        WeightsError: it is none of a convolution.
    """
    head: TaskHead
    if len(shape) != CONV_DIMENSIONS:
        raise WeightsError(
            f"{names.classifier}.weight has the shape {shape}, not of a convolution."
        )
    num_classes = shape[0]
    if isinstance(names, BoxesLayout):
        head, num_classes = SSDLiteHead(), classes_of_boxes(shape[0])
    else:
        head = DeepLabv3Head(aspp_channels=shape[1])
    specs = {name: replace(published(name), task_head=head) for name in PUBLISHED}
    last = {tuple(state_dict[key].shape) for key in state_dict if key.endswith(LAST_MAP)}
    widths = {side for shape in last for side in shape}  # which tell most of the networks apart
    specs = {n: spec for n, spec in specs.items() if spec.stages[-1].channels in widths} or specs
    return _most_alike(state_dict, specs, num_classes, source)


def classes_of_boxes(outputs: int) -> int:
    """Return the classes without background of SSDLite, whose last map has so many outputs."""
    return max(1, outputs // ANCHORS_PER_CELL[-1] - COORDINATES - 1)


def _most_alike(
    state_dict: Mapping[str, Tensor],
    specs: Mapping[str, MobileViTSpec],
    num_classes: int,
    source: str,
) -> Identified:
    name = max(specs, key=lambda name: _likeness(state_dict, specs[name], source))
    return Identified(name, specs[name], num_classes)


def _likeness(state_dict: Mapping[str, Tensor], spec: MobileViTSpec, source: str) -> int:
    """Return how many weights of a network are there, less those that are missing."""
    _, shapes = _parts(state_dict, spec, source, empty_state(spec, 1))
    fits = sum(
        key in state_dict and tuple(state_dict[key].shape) == shape for key, shape in shapes.items()
    )
    return 2 * fits - len(shapes)


def _part_shape(target: Tensor, num_parts: int) -> tuple[int, ...]:
    """Return the shape of each of the tensors that make up ``target`` along its first axis."""
    shape = tuple(target.shape)
    return shape if num_parts == 1 else (shape[0] // num_parts, *shape[1:])


def _join(tensors: list[Tensor], target: Tensor) -> Tensor:
    """Concatenate the tensors that make up ``target``; none stand for zeros."""
    if not tensors:
        return torch.zeros(target.shape, dtype=target.dtype)
    return tensors[0] if len(tensors) == 1 else torch.cat(tensors)
