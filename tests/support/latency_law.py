"""Latencies made up by a known law of the features, with noise; no results."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from measuring import REFERENCE, TARGET, after, measurement, samples

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.spec_arrays import SpecArrays
from nasbench_mvit.latency.features.sums import Floats, feature_columns
from nasbench_mvit.latency.fitting.rows import LatencyRows
from nasbench_mvit.latency.predictor.physical import PhysicalModel
from nasbench_mvit.latency.records.record import Measurement, TimingRole
from nasbench_mvit.latency.records.record_file import to_line
from nasbench_mvit.latency.target import Target

LAW = PhysicalModel(
    coefficients={
        "constant": 0.3,
        "conv_macs": 2e-8,
        "pointwise_macs": 1.5e-8,
        "linear_macs": 1.7e-8,
        "attention_macs": 2.5e-8,
        "activated_elements": 6e-7,
        "norm_elements": 3e-6,
    }
)
SIZES = (160, 192, 224, 256)
SPACE = SearchSpace.load("mobilevit")


def networks(count: int, seed: int = 0) -> list[MobileViTSpec]:
    rng = np.random.default_rng(seed)
    drawn = (SPACE.sample(rng) for _ in range(count))
    return [dataclasses.replace(spec, resolution=int(rng.choice(SIZES))) for spec in drawn]


def scaled(factor: float, **changes: float) -> PhysicalModel:
    """The law at other prices."""
    prices = {name: factor * price for name, price in LAW.coefficients.items()} | changes
    return PhysicalModel(coefficients=prices)


def milliseconds(
    specs: list[MobileViTSpec], law: PhysicalModel = LAW, *, noise: float = 0.0, seed: int = 0
) -> Floats:
    exact = law.predict(feature_columns(SpecArrays.of(specs), law.features))
    spread = np.exp(noise * np.random.default_rng(seed).standard_normal(len(specs)))
    noisy: Floats = exact * spread
    return noisy


def rows(
    count: int,
    law: PhysicalModel = LAW,
    *,
    noise: float = 0.0,
    seed: int = 0,
    target: Target | None = None,
) -> LatencyRows:
    specs = networks(count, seed)
    return LatencyRows(
        specs=tuple(specs),
        ms=milliseconds(specs, law, noise=noise, seed=seed),
        target=target or TARGET,
        estimator="as the law says",
        noise=None,
    )


def records(
    specs: list[MobileViTSpec], values: Floats, target: Target = TARGET, passes: int = 2
) -> list[Measurement]:
    """A block for every network, two passes."""
    made: list[Measurement] = []
    for number in range(1, passes + 1):
        for spec, ms in zip(specs, values, strict=True):
            block = len(made) // 3 + 1
            common: dict[str, Any] = {"target": target, "block": block, "pass_number": number}
            for position, network in enumerate((REFERENCE, spec, REFERENCE)):
                made.append(
                    measurement(
                        network,
                        **common,
                        position=position,
                        role=TimingRole.CANDIDATE if position == 1 else TimingRole.REFERENCE,
                        samples_ms=samples(float(ms) if position == 1 else 10.0),
                        measured_at=after(len(made)),
                    )
                )
    return made


def write_records(
    path: Path,
    count: int,
    law: PhysicalModel = LAW,
    *,
    seed: int = 0,
    target: Mapping[str, Any] | None = None,
) -> Path:
    """Write records of ``count`` networks with 1 % of noise."""
    specs = networks(count, seed)
    values = milliseconds(specs, law, noise=0.01, seed=seed)
    made = records(specs, values, TARGET.model_copy(update=dict(target or {})))
    path.write_text("".join(map(to_line, made)), encoding="utf-8")
    return path
