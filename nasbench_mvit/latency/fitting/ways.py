"""The fits to measured rows: the physical sum, its corrections, and the two baselines.

The terms of the sum were determined on onnxruntime (x86, one thread) and onnxruntime-web (wasm):
multiply-adds with a rate for each kind of layer, elements processed by activations, softmax and
normalisation, weights read once, and calls. A term that does not matter on a device gets the
price 0.
"""

from collections.abc import Sequence
from functools import partial

from nasbench_mvit.latency.features.sums import CONSTANT, RESIZE, Floats
from nasbench_mvit.latency.fitting.fit import fit_correction, fit_sum
from nasbench_mvit.latency.fitting.selection import Fit, SelectedFit, Train, choose
from nasbench_mvit.latency.predictor.physical import Columns, PhysicalModel

FOLDS = 10
SUM = "sum"
BASE = (
    CONSTANT,
    "conv_macs",
    "conv_lane_macs",
    "pointwise_macs",
    "pointwise_lane_macs",
    "depthwise_macs",
    "depthwise_lane_macs",
    "linear_macs",
    "attention_macs",
    "softmax_elements",
    "softmax_rows",
    "conv_elements",
    "depthwise_elements",
    "activated_elements",
    "norm_elements",
    "tokens",
    "conv_weights",
    "linear_weights",
    "classifier_weights",
    "conv_calls",
    "norm_layers",
    RESIZE,
    "resize_layers",
)
#: Features of a correction: the size of each part of the network.
CORRECTED_BY = (
    "conv_macs",
    "pointwise_macs",
    "depthwise_macs",
    "linear_macs",
    "attention_macs",
    "softmax_elements",
    "activated_elements",
    "tokens",
    "conv_weights",
    "linear_weights",
    "conv_calls",
    "norm_layers",
)
PENALTIES = (300.0, 100.0, 30.0, 10.0)  # strongest first, which changes the sum least

MACS_ONLY, OPERATOR_COUNTS = "MACs only", "operator counts"
#: The baselines of every score. Operator counts do not depend on widths, so the second baseline
#: also has the MACs.
BASELINES: dict[str, tuple[str, ...]] = {
    MACS_ONLY: (CONSTANT, "macs"),
    OPERATOR_COUNTS: (
        CONSTANT,
        "macs",
        "conv_layers",
        "pointwise_layers",
        "depthwise_layers",
        "linear_layers",
        "attention_layers",
        "norm_layers",
        "resize_layers",
    ),
}
#: All features that any of the fits needs.
FEATURES_USED = tuple(
    dict.fromkeys([*BASE, *CORRECTED_BY, *(n for names in BASELINES.values() for n in names)])
)


def train_physical(columns: Columns, ms: Floats) -> SelectedFit:
    """Fit the sum, with a correction if cross-validation selects one."""
    return choose(physical_ways(), columns, ms, FOLDS)


def train_baseline(name: str) -> Train:
    """Return the training function of the baseline ``name``."""
    ways: dict[str, Fit] = {name: partial(fit_sum, names=BASELINES[name])}
    return lambda columns, ms: choose(ways, columns, ms, FOLDS)


def physical_ways() -> dict[str, Fit]:
    """Return the fits of the sum by name, simplest first."""
    ways: dict[str, Fit] = {SUM: partial(fit_sum, names=BASE)}
    for penalty in PENALTIES:
        ways[f"{SUM}, corrected (ridge {penalty:g})"] = partial(
            _corrected, names=CORRECTED_BY, penalty=penalty
        )
    return ways


def _corrected(columns: Columns, ms: Floats, names: Sequence[str], penalty: float) -> PhysicalModel:
    return fit_correction(fit_sum(columns, ms, BASE), columns, ms, names, penalty)
