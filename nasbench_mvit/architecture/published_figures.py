"""The published figures of the networks of ``published``, each with its source.

Top-1 is on ImageNet-1k at 256 px; latencies are the authors' Core ML measurements on an iPhone 12.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.spec import MobileViTSpec

FIGURES_TARGET = ("iPhone 12", "Core ML")  # device and runtime of the latencies below

_V1 = "arXiv 2110.02178v2"
_V2 = "arXiv 2206.02680"
_ZOO = "apple/ml-cvnets model zoo"
_V3 = "README of micronDLA/MobileViTv3 (arXiv 2209.15159)"


@dataclass(frozen=True, kw_only=True)
class PublishedFigures:
    """The authors' figures for a network.

    Attributes:
        title: the network's name in print.
        family: the paper of a MobileViT, or that it is a rival.
        params: parameters with 1,000 classes, exact.
        top1: percent of ImageNet-1k's validation images.
        top1_source: where that is printed.
        latency_ms: milliseconds on an iPhone 12, None where none is published.
        latency_source: where that is printed.
    """

    title: str
    family: Literal["v1", "v2", "v3", "rival"] = "rival"
    params: int
    top1: float
    top1_source: str
    latency_ms: float | None = None
    latency_source: str = ""


def _v1(
    title: str, params: int, top1: float, source: str, ms: float | None = None, timed: str = ""
) -> PublishedFigures:
    return PublishedFigures(
        title=f"MobileViT-{title}",
        family="v1",
        params=params,
        top1=top1,
        top1_source=source,
        latency_ms=ms,
        latency_source=(timed or source) if ms else "",
    )


def _v2(width: str, params: int, top1: float, ms: float | None = None) -> PublishedFigures:
    return PublishedFigures(
        title=f"MobileViTv2-{width}",
        family="v2",
        params=params,
        top1=top1,
        top1_source=_ZOO,
        latency_ms=ms,
        latency_source=f"{_V2} Table 2" if ms else "",
    )


def _v3(title: str, params: int, top1: float) -> PublishedFigures:
    return PublishedFigures(
        title=f"MobileViTv3-{title}", family="v3", params=params, top1=top1, top1_source=_V3
    )


_TABLE_6 = f"{_V1} Table 6"

FIGURES = {
    "mobilevit_s": _v1("S", 5_578_632, 78.4, _TABLE_6, 9.85),
    "mobilevit_xs": _v1("XS", 2_317_848, 74.8, f"{_V1} Table 3", 7.28),
    "mobilevit_xxs": _v1("XXS", 1_272_024, 69.0, f"{_V2} Table 2", 4.8),
    "mobilevit_s_no_fusion": _v1("S without fusion", 4_656_264, 77.9, f"{_V1} Fig. 12"),
    "mobilevit_s_patch_3_3_3": _v1("S, patches 3, 3, 3", 5_578_632, 78.5, _TABLE_6, 14.69),
    "mobilevit_s_patch_4_4_4": _v1("S, patches 4, 4, 4", 5_578_632, 77.6, _TABLE_6, 8.23),
    "mobilevit_s_patch_8_4_2": _v1("S, patches 8, 4, 2", 5_578_632, 77.3, _TABLE_6, 8.2),
    "mobilevit_xs_patch_8_4_2": _v1("XS, patches 8, 4, 2", 2_317_848, 73.8, f"{_V1} Table 9", 5.93),
    "mobilevitv2_0.5": _v2("0.5", 1_370_593, 70.18, 1.6),
    "mobilevitv2_0.75": _v2("0.75", 2_866_009, 75.56),
    "mobilevitv2_1.0": _v2("1.0", 4_901_841, 78.09, 3.4),
    "mobilevitv2_1.25": _v2("1.25", 7_478_089, 79.65),
    "mobilevitv2_1.5": _v2("1.5", 10_594_753, 80.38, 5.1),
    "mobilevitv2_1.75": _v2("1.75", 14_251_833, 80.84),
    "mobilevitv2_2.0": _v2("2.0", 18_449_329, 81.17, 7.5),
    "mobilevitv3_s": _v3("S", 5_763_912, 79.3),
    "mobilevitv3_xs": _v3("XS", 2_490_360, 76.7),
    "mobilevitv3_xxs": _v3("XXS", 1_249_448, 70.98),
    "mobilevitv3_s_l2": _v3("S-L2", 5_169_864, 79.06),
    "mobilevitv3_xs_l2": _v3("XS-L2", 2_257_320, 76.10),
    "mobilevitv3_xxs_l2": _v3("XXS-L2", 1_145_288, 70.23),
    "mobilevitv3_0.5": _v3("0.5", 1_429_985, 72.33),
    "mobilevitv3_0.75": _v3("0.75", 2_999_641, 76.55),
    "mobilevitv3_1.0": _v3("1.0", 5_139_409, 78.64),
}


def published_name(spec: MobileViTSpec) -> str | None:
    """Return the name of the published network that a spec is, at any size; None if it is none."""
    return _names_at(spec.resolution).get(spec)


@functools.cache
def _names_at(resolution: int) -> Mapping[MobileViTSpec, str]:
    """Return the names of the published networks at a size."""
    return {published(name, resolution=resolution): name for name in PUBLISHED}


def network_title(spec: MobileViTSpec) -> str:
    """Return the name of a network in print, or its id if it is not a published one."""
    name = published_name(spec)
    return f"MobileViT {spec.id}" if name is None else FIGURES[name].title
