"""The phones, runtimes and precisions of which predictors are made, and their published rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from phones.data import SPECS, UNUSED, PhoneData

from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.latency.fitting.fit import rounded
from nasbench_mvit.latency.predictor.document import LatencySource
from nasbench_mvit.latency.target import Target

SOURCE = LatencySource(
    name="qed-usc/mobile-ml-benchmark at commit 40ba833 (arXiv 2210.02620 and 2510.25166)",
    url="https://github.com/qed-usc/mobile-ml-benchmark",
    year="2022 (CNNs) and 2025 (transformers)",
    license="MIT",
)


@dataclass(frozen=True)
class Setting:
    """A predictor to make: its name, and where its rows are."""

    name: str
    phone: str
    runtime: str
    precision: str


_PHONES = {
    "pixel4": ("pixel_4", "Google Pixel 4"),
    "s10": ("galaxy_s10", "Samsung Galaxy S10"),
    "onefusion": ("one_fusion", "Motorola One Fusion"),
    "iphonexs": ("iphone_xs", "Apple iPhone XS"),
    "a03s": ("galaxy_a03s", "Samsung Galaxy A03s"),
}
_RUNTIMES = {"tflite": ("tflite", "TensorFlow Lite"), "torch": ("pytorch", "PyTorch Mobile")}
_PRECISIONS = {"float": ("", "fp32"), "quant": ("_int8", "int8")}
_MADE = (
    *(("tflite", "float", phone) for phone in _PHONES),
    *(("torch", "float", phone) for phone in ("s10", "onefusion", "iphonexs")),
    *(("tflite", "quant", phone) for phone in _PHONES),
)
SETTINGS = tuple(
    Setting(
        f"{_PHONES[phone][0]}_{_RUNTIMES[runtime][0]}{_PRECISIONS[precision][0]}",
        phone,
        runtime,
        precision,
    )
    for runtime, precision, phone in _MADE
)


def target_of(setting: Setting) -> Target:
    """Return the target of a setting."""
    return Target(
        device=_PHONES[setting.phone][1],
        os=None,
        runtime=_RUNTIMES[setting.runtime][1],
        runtime_version=None,
        engine="CPU, one large core",
        threads=1,
        precision=_PRECISIONS[setting.precision][1],
        batch=1,
    )


def title(name: str) -> str:
    """Return the title of a MobileViT by its name in the files."""
    return FIGURES[SPECS[name]].title


def published_frame(data: PhoneData) -> pd.DataFrame:
    """Return the published MobileViTs of every setting, one row each."""
    return pd.DataFrame(line for setting in SETTINGS for line in _lines(data, setting))


def _lines(data: PhoneData, setting: Setting) -> Iterator[dict[str, object]]:
    target, rows = target_of(setting), data.rows(setting.runtime, setting.phone, setting.precision)
    same = {
        "device": target.device,
        "runtime": target.runtime,
        "engine": target.engine,
        "precision": target.precision,
        "resolution": 256,
        "batch": 1,
        "source": f"{SOURCE.name}, {SOURCE.license}",
    }
    for name, ms, deviation in zip(rows.names, rows.ms, rows.deviation_ms, strict=True):
        if name in SPECS:
            yield {"model": title(name), "network": SPECS[name], **same,
                   "latency_ms": rounded(ms), "deviation_ms": rounded(deviation),
                   "unused_because": ""}  # fmt: skip
    for name, ms in data.unused_ms(setting.runtime, setting.phone, setting.precision).items():
        yield {"model": name, "network": "", **same, "latency_ms": rounded(ms),
               "deviation_ms": "", "unused_because": UNUSED[name]}  # fmt: skip
