"""Reads latencies that others published for phones, with the sums of features of every network.

The folder holds ``tflite_cnn_e2e.csv``, ``tflite_transformer_e2e.csv``, ``torch_cnn_e2e.csv`` and
``torch_transformer_e2e.csv`` of github.com/qed-usc/mobile-ml-benchmark (MIT): a row a network,
columns ``phone|cores|float or quant|mean`` in microseconds. ``op_features.csv`` beside them has the
sums of ``COLUMNS`` of each network, counted operator by operator. The MobileViTs among them are
also counted here, and both counts have to be equal.

Axes: R rows (networks).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.errors import PredictorError
from nasbench_mvit.latency.features.sums import CONSTANT, Floats, feature_columns
from nasbench_mvit.latency.fitting.selection import Rows, take

CORES = "1large"
STATISTICS = ("mean", "std")
#: A phone that ran no CNN through TFLite, and one of the same chip (Snapdragon 710) that did. On
#: transformers alone the elements of depthwise convolutions take the place of SiLU.
TWINS = {"onefusion": "mi8se"}
MOBILEVIT, V1, V2 = "MobileViT", "mobilevit-", "mobilevitv2-"
#: Features of a predictor by the columns of ``op_features.csv`` that they are the sums of.
COLUMNS: dict[str, tuple[str, ...]] = {
    "macs": ("macs",),
    "stem_macs": ("stem_macs",),
    "dense_macs": ("dense_macs",),
    "pointwise_macs": ("pw_macs",),
    "depthwise_macs": ("dw_macs",),
    "matrix_macs": ("linear_macs",),
    "attention_macs": ("attn_macs",),
    "softmax_elements": ("softmax_el",),
    "norm_elements": ("norm_el",),
    "relu_elements": ("relu_el",),
    "hardswish_elements": ("hsw_el",),
    "silu_elements": ("silu_el",),
    "gelu_elements": ("gelu_el",),
    "conv_elements": ("dense_el", "pw_el"),
    "depthwise_elements": ("dw_el",),
}
#: The same of grouped convolutions, which no MobileViT and no rival has.
GROUPED: dict[str, tuple[str, ...]] = {
    "grouped_macs": ("group_macs",),
    "grouped_elements": ("group_el",),
}
SPECS = {
    "mobilevit-small": "mobilevit_s",
    "mobilevit-x-small": "mobilevit_xs",
    "mobilevit-xx-small": "mobilevit_xxs",
    "mobilevitv2-1.0-imagenet1k-256": "mobilevitv2_1.0",
    "mobilevitv2-2.0-imagenet1k-256": "mobilevitv2_2.0",
}
UNUSED = {"mobilevitv2-1.5-voc-deeplabv3": "a network with another head"}
#: The beginnings of names by family: networks that share a building block are left out together.
FAMILIES: dict[str, tuple[str, ...]] = {
    MOBILEVIT: ("mobilevit",),
    "MobileNet": ("mobilenet_", "mobilenetb_", "fdmobilenet"),
    "MobileNetV2": ("mobilenetv2",),
    "MobileNetV3": ("mobilenetv3",),
    "ProxylessNAS": ("proxylessnas", "spnasnet"),
    "ResNet": ("resnet", "preresnet", "resnext", "seresnet", "sepreresnet"),
    "SqueezeNet": ("squeezenet", "squeezeresnet"),
    "ViT": ("vit", "deit", "beit", "dinov2"),
    "Swin": ("swin-", "swinv2"),
}
ALONE = ("bagnet", "bninception", "cvt", "densenet", "diracnet", "dla", "efficientformer",
         "efficientnet", "fbnet", "focalnet", "ghostnet", "hardnet", "hrnet", "levit", "mit",
         "mnasnet", "peleenet", "poolformer", "pvt", "regnet", "swiftformer", "vovnet")  # fmt: skip


@dataclass(frozen=True)
class PhoneRows:
    """The networks that one phone has run with one runtime and precision on one large core.

    Attributes:
        names: their names there, (R,).
        families: their families, (R,).
        columns: the features of ``COLUMNS`` and ``GROUPED`` and the constant, (R,) each.
        ms: mean milliseconds, (R,).
        deviation_ms: standard deviation of the runs, (R,).
        num_of_twin: how many of them its twin has run in its place.
    """

    names: tuple[str, ...]
    families: NDArray[np.str_]
    columns: dict[str, Floats]
    ms: Floats
    deviation_ms: Floats
    num_of_twin: int

    @property
    def is_mobilevit(self) -> NDArray[np.bool_]:
        """Whether each network is a MobileViT, (R,)."""
        there: NDArray[np.bool_] = self.families == MOBILEVIT
        return there

    def is_named(self, start: str) -> NDArray[np.bool_]:
        """Return whether each network's name begins with ``start``, (R,)."""
        return np.array([name.startswith(start) for name in self.names])

    def take(self, rows: Rows) -> tuple[dict[str, Floats], Floats]:
        """Return the columns and the milliseconds of some rows."""
        return take(self.columns, rows), self.ms[rows]

    def specs(self) -> list[MobileViTSpec]:
        """Return the specs of the MobileViTs, in the order of the rows."""
        return [published(SPECS[name]) for name in self.names if name in SPECS]


class PhoneData:
    """The files of a folder."""

    def __init__(self, folder: Path) -> None:
        """Read ``folder``.

        Raises:
            PredictorError: a MobileViT is counted in another way here than there.
        """
        sums = pd.read_csv(folder / "op_features.csv").set_index("model")
        named = {**COLUMNS, **GROUPED}
        self._sums = pd.DataFrame({name: sums[list(of)].sum(axis=1) for name, of in named.items()})
        self._sums[CONSTANT] = 1.0
        self._times = {
            runtime: pd.concat(
                [
                    pd.read_csv(folder / f"{runtime}_{kind}_e2e.csv").set_index("model")
                    for kind in ("cnn", "transformer")
                ]
            )
            for runtime in ("tflite", "torch")
        }
        check_counts(self._sums)

    def rows(self, runtime: str, phone: str, precision: str) -> PhoneRows:
        """Return the rows of a runtime ("tflite", "torch"), phone and precision.

        What the phone did not run is taken from its twin, if it has one.
        """
        own = times = self._ms(runtime, phone, precision)
        twin = TWINS.get(phone)
        if twin and f"{twin}|{CORES}|{precision}|mean" in self._times[runtime]:
            times = times.fillna(self._ms(runtime, twin, precision))
        known = [
            name
            for name in times.index[times.notna().all(axis=1)]
            if name in self._sums.index and name not in UNUSED
        ]
        means = times.loc[known, "mean"].to_numpy(np.float64).tolist()
        rows = self.as_rows(dict(zip(map(str, known), means, strict=True)))
        return replace(
            rows,
            deviation_ms=times.loc[known, "std"].to_numpy(),
            num_of_twin=int(own.loc[known, "mean"].isna().sum()),
        )

    def as_rows(self, ms: Mapping[str, float]) -> PhoneRows:
        """Return the rows of networks by their milliseconds."""
        columns = self._sums.loc[[*ms]]
        return PhoneRows(
            names=tuple(ms),
            families=np.array([family(name) for name in ms]),
            columns={str(name): columns[name].to_numpy(np.float64) for name in columns},
            ms=np.array([*ms.values()]),
            deviation_ms=np.full(len(ms), np.nan),
            num_of_twin=0,
        )

    def _ms(self, runtime: str, phone: str, precision: str) -> pd.DataFrame:
        """Return the means and the standard deviations of all networks, NaN where it ran none."""
        table, key = self._times[runtime], f"{phone}|{CORES}|{precision}"
        columns = {of: pd.to_numeric(table[f"{key}|{of}"], errors="coerce") for of in STATISTICS}
        return pd.DataFrame(columns) / 1e3

    def unused_ms(self, runtime: str, phone: str, precision: str) -> dict[str, float]:
        """Return the milliseconds of the MobileViTs that are in no fit, by their names there."""
        means = self._ms(runtime, phone, precision)["mean"].dropna()
        return {name: float(means[name]) for name in UNUSED if name in means.index}


def family(name: str) -> str:
    """Return the family of a network.

    Raises:
        PredictorError: it is of none that is known.
    """
    for known, starts in FAMILIES.items():
        if name.startswith(starts):
            return known
    for start in ALONE:
        if name.startswith(start):
            return start
    raise PredictorError(f"the network {name} is of no known family: add it to FAMILIES or ALONE.")


def check_counts(sums: pd.DataFrame) -> None:
    """Compare the counted ``sums`` of the MobileViTs with this package's own.

    Raises:
        PredictorError: they differ.
    """
    there = [name for name in SPECS if name in sums.index]
    ours = feature_columns(SpecArrays.of([published(SPECS[name]) for name in there]), list(COLUMNS))
    for feature, column in ours.items():
        counted = sums.loc[there, feature].to_numpy(np.float64)
        for name, found, here in zip(there, counted, column, strict=True):
            if here != found:
                raise PredictorError(
                    f"{feature} of {name} is {found:g} in op_features.csv and {here:g} by this "
                    "package: count both alike."
                )
