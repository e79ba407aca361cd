"""The milliseconds of a network by stage and kind of layer.

The parts are those of the predictor's sum, each with the factor of its corrections, so that they
add up to the prediction.

Axes: S networks.
"""

from collections.abc import Sequence

import numpy as np

from nasbench_mvit.architecture.spec import NUM_STAGES, MobileViTSpec
from nasbench_mvit.cost.layer import Layer
from nasbench_mvit.cost.layers import layers
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.sums import (
    CONSTANT,
    FEATURES,
    Floats,
    feature_columns,
)
from nasbench_mvit.latency.predictor.physical import PhysicalModel

STAGES = ("stem", *(str(number) for number in range(1, NUM_STAGES + 1)), "head")
FIXED = "fixed"  # the constant time of every network

Breakdown = dict[tuple[str, str], Floats]


def stage_of(layer: str) -> str:
    """Return the one of ``STAGES`` that the layer of this name in ``models`` belongs to."""
    first, _, rest = layer.partition(".")
    if first == "stages":
        return str(int(rest.partition(".")[0]) + 1)
    return "stem" if first == "stem" else "head"


def breakdown(model: PhysicalModel, specs: Sequence[MobileViTSpec]) -> Breakdown:
    """Return milliseconds by stage (of ``STAGES``) and kind of layer, (S,) each.

    Kinds are those of ``cost.layers``; QKᵀ with its softmax and the product with V are combined as
    "attention".
    """
    arrays = SpecArrays.of(specs)
    factor = model.factor(feature_columns(arrays, model.features))
    parts: Breakdown = {}
    for layer in layers(arrays):
        ms = factor * layer.repeats * _milliseconds(model, layer)
        place = stage_of(layer.name), layer.kind.partition("_")[0]
        parts[place] = parts.get(place, np.zeros_like(ms)) + ms
    if CONSTANT in model.coefficients:
        parts[FIXED, FIXED] = factor * model.coefficients[CONSTANT]
    return {place: ms for place, ms in parts.items() if ms.any()}


def by_kind(parts: Breakdown) -> dict[str, Floats]:
    """Return the milliseconds of each kind of layer over all stages, (S,) each."""
    return _summed(parts, 1)


def by_stage(parts: Breakdown) -> dict[str, Floats]:
    """Return the milliseconds of each stage over all kinds of layer, (S,) each."""
    return _summed(parts, 0)


def _summed(parts: Breakdown, key: int) -> dict[str, Floats]:
    sums: dict[str, Floats] = {}
    for place, ms in parts.items():
        sums[place[key]] = sums.get(place[key], np.zeros_like(ms)) + ms
    return sums


def _milliseconds(model: PhysicalModel, layer: Layer) -> Floats:
    """Return the milliseconds of one occurrence of ``layer`` in the sum, (S,)."""
    ms = np.zeros(len(layer.macs))
    for name, price in model.coefficients.items():
        if name != CONSTANT and layer.kind in FEATURES[name].kinds:
            ms += price * FEATURES[name].of(layer)
    return ms
