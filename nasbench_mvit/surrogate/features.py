"""The features of a network for the surrogate: its fields as numbers, and its costs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.fields import BACKBONE_FIELDS, Value, spelled_out
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs_many

Floats = NDArray[np.float64]

NUMERIC = tuple(field for field in BACKBONE_FIELDS if field != "variant")
# The parts of a block that have names, in the order of the papers; a fusion may be False or True.
FIRST = dict.fromkeys(("dense", "softmax", "separate"), 0)
PARTS = FIRST | dict.fromkeys(("depthwise", "separable", "fused"), 1) | {"local": 2}
COSTS = ("log params", "log MACs")


def features(specs: Sequence[MobileViTSpec]) -> Floats:
    """Return one row for each of S networks, ``(S, F)``: the fields ``NUMERIC``, then ``COSTS``.

    A patch counts by its area, a switch as 0 or 1, a part by its place in ``PARTS``, and a field of
    an absent block as 0.
    """
    fields = [_row(spec) for spec in specs]
    costs = count_costs_many(specs)
    logs = np.log(np.column_stack([costs.params, costs.macs]))
    return np.hstack([np.array(fields, dtype=float).reshape(len(fields), len(NUMERIC)), logs])


def _row(spec: MobileViTSpec) -> list[float]:
    flat = spelled_out(spec)
    return [number(flat.get(field, 0)) for field in NUMERIC]


def number(value: Value) -> float:
    """Return the value of a numeric field as a number."""
    if isinstance(value, tuple):
        return float(value[0] * value[1])
    return float(PARTS[value] if isinstance(value, str) else value)
