"""Fits non-negative sums to the published latencies of a phone, and finds how far they miss.

The sum has a price for each kind of multiply-add, for the elements that convolutions read and write
and for those that activations, softmax and normalisation touch. SiLU has one of its own, since it
takes up to half of a MobileViT's time on these phones and no other network there has it: only the
phone's MobileViTs say what it costs, so they weigh ten times as much as another network. Errors are
relative, and a network that is missed by several times the usual error loses weight (Cauchy's
weights). There is no constant and no correction, and no row of another phone or runtime.

Terms, weight and scale were chosen on the Pixel 4 and the Galaxy S10, in float; the other phones
and int8 only confirm them. Tried and left out there, since errors of left-out networks were the
same or larger: additions, copies, pooling, weights, elements of matrix products, sigmoids, numbers
of layers, ridge penalties; and MobileViTs of no more weight than the others.

Axes: R rows (networks).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from phones.data import GROUPED, MOBILEVIT, V1, V2, PhoneRows
from scipy.optimize import nnls

from nasbench_mvit.analysis.conformal import margin
from nasbench_mvit.latency.features.sums import CONSTANT, Floats
from nasbench_mvit.latency.predictor.physical import Columns

TERMS = (
    "stem_macs",
    "dense_macs",
    "pointwise_macs",
    "depthwise_macs",
    "matrix_macs",
    "attention_macs",
    "softmax_elements",
    "norm_elements",
    "relu_elements",
    "hardswish_elements",
    "silu_elements",
    "gelu_elements",
    "conv_elements",
    "depthwise_elements",
    *GROUPED,
)
MACS_TERMS = (CONSTANT, "macs")
KNOWN_WEIGHT = 10.0  # of a phone's MobileViTs, or of whatever stands in for them
SCALE = 6.0  # of Cauchy's weights, in standard deviations estimated by the median error
STEPS = 10  # reweighted fits, after which the weights hardly change
NORMAL = 1.4826  # standard deviations of a normal distribution in its median absolute error
LEAST_SPREAD = 1e-3
NUM_KNOWN = 3
MIN_FAMILY = NUM_KNOWN + 2

Mask = NDArray[np.bool_]
Errors = dict[str, Floats]  # logarithms of true over predicted time, by family


def prices(columns: Columns, ms: Floats, heavy: Mask, names: Sequence[str] = TERMS) -> Floats:
    """Return the non-negative prices of the features ``names``, in milliseconds a unit, (F,).

    Args:
        columns: the features, (R,) each.
        ms: the latencies, (R,).
        heavy: the rows of weight ``KNOWN_WEIGHT``, which never lose it, (R,).
        names: the features to use.
    """
    relative = np.stack([columns[name] for name in names], axis=1) / ms[:, np.newaxis]
    scale = np.sqrt(np.mean(relative**2, axis=0))
    scale[scale == 0] = 1.0
    relative /= scale
    weights = np.where(heavy, KNOWN_WEIGHT, 1.0)
    shares = np.zeros(len(names))
    for _ in range(STEPS):
        root = np.sqrt(weights)
        shares, _ = nnls(relative * root[:, np.newaxis], root)
        errors = relative @ shares - 1
        spread = NORMAL * float(np.median(np.abs(errors))) + LEAST_SPREAD
        weights = np.where(heavy, KNOWN_WEIGHT, 1 / (1 + (errors / (SCALE * spread)) ** 2))
    return np.asarray(shares / scale, dtype=np.float64)


Predict = Callable[[PhoneRows, Mask, Mask], Floats]


def predict(rows: PhoneRows, fitted: Mask, heavy: Mask, names: Sequence[str] = TERMS) -> Floats:
    """Return the milliseconds of all rows by a fit to those ``fitted``, (R,)."""
    columns, ms = rows.take(fitted)
    found = prices(columns, ms, heavy[fitted], names)
    predicted: Floats = np.stack([rows.columns[name] for name in names], axis=1) @ found
    return predicted


predict_by_macs = partial(predict, names=MACS_TERMS)


def left_out_mobilevits(rows: PhoneRows, way: Predict = predict) -> Floats:
    """Return each MobileViT's milliseconds by a fit without it, in the order of the rows."""
    found = []
    for row in np.flatnonzero(rows.is_mobilevit):
        fitted = np.ones(len(rows.ms), dtype=bool)
        fitted[row] = False
        found.append(way(rows, fitted, rows.is_mobilevit)[row])
    return np.array(found)


def v2_from_v1(rows: PhoneRows, way: Predict = predict) -> Floats:
    """Return the MobileViTv2s' milliseconds by a fit without any of them."""
    v2 = rows.is_named(V2)
    return way(rows, ~v2, rows.is_named(V1))[v2]


def left_out_families(rows: PhoneRows, way: Predict = predict) -> Errors:
    """Return the errors on each family but MobileViT by a fit without it."""
    errors = {}
    for name in np.unique(rows.families):
        if name != MOBILEVIT:
            there = rows.families == name
            predicted = way(rows, ~there, rows.is_mobilevit)
            errors[str(name)] = np.log(rows.ms[there] / predicted[there])
    return errors


def families_with_three_known(rows: PhoneRows) -> Errors:
    """Return the errors on each family of which three networks are known, as MobileViT is.

    The three are the smallest, the middle and the largest by multiply-adds, and have the weight
    of MobileViTs; the errors are those of the family's others, which the fit does not see.
    """
    errors = {}
    for name in np.unique(rows.families):
        there = np.flatnonzero(rows.families == name)
        if name == MOBILEVIT or len(there) < MIN_FAMILY:
            continue
        by_size = there[np.argsort(rows.columns["macs"][there], kind="stable")]
        known = by_size[[0, len(by_size) // 2, -1]]
        rest = np.setdiff1d(there, known)
        fitted, heavy = np.ones(len(rows.ms), dtype=bool), np.zeros(len(rows.ms), dtype=bool)
        fitted[rest], heavy[known] = False, True
        predicted = predict(rows, fitted, heavy)
        errors[str(name)] = np.log(rows.ms[rest] / predicted[rest])
    return errors


def pooled(errors: Errors) -> Floats:
    """Return the errors of all families, one after the other."""
    return np.concatenate(list(errors.values()))


def margins_without(errors: Errors) -> Floats:
    """Return for each pooled error the margin that the other families give."""
    return np.concatenate(list(_margins(errors)))


def _margins(errors: Errors) -> Iterator[Floats]:
    for name, own in errors.items():
        others = {other: found for other, found in errors.items() if other != name}
        yield np.full(len(own), margin(pooled(others)))
