"""Measurements made up for tests, valid unless a test changes a field."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record import Measurement, Timing, TimingRole
from nasbench_mvit.latency.target import Target
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget

REFERENCE = published("mobilevit_xxs")
NETWORK = published("mobilevit_xs")
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
TARGET = Target(
    device="Test CPU",
    os="Linux 6.1 x86_64",
    runtime="onnxruntime",
    runtime_version="1.0",
    engine="CPUExecutionProvider",
    threads=1,
    precision="fp32",
    batch=1,
)


def fields(network: MobileViTSpec = NETWORK, /, **changes: Any) -> dict[str, Any]:
    """The fields of a measurement, in Python's types."""
    is_reference = network == REFERENCE
    return {
        "model_sha256": "0" * 64,
        "samples_ms": (10.0, 11.0, 10.5, 10.2, 14.0),
        "runs_per_sample": 1,
        "timer_tick_ms": 1e-4,
        "warmup_runs": 3,
        "warmup_stable": True,
        "tool_version": "0.1.0",
        "target": TARGET,
        "spec_id": network.id,
        "spec": network,
        "resolution": network.resolution,
        "role": TimingRole.REFERENCE if is_reference else TimingRole.CANDIDATE,
        "reference_id": REFERENCE.id,
        "pass_number": 1,
        "block": 1,
        "position": 0 if is_reference else 1,
        "measured_at": STARTED,
    } | changes


def measurement(network: MobileViTSpec = NETWORK, /, **changes: Any) -> Measurement:
    return Measurement(**fields(network, **changes))


def block(
    number: int,
    networks: Mapping[MobileViTSpec, float],
    *,
    pass_number: int = 1,
    brackets: tuple[float, float] = (5.0, 5.0),
) -> list[Measurement]:
    """A whole block: the reference took ``brackets`` ms, every network its ms."""
    visits = [(REFERENCE, brackets[0]), *networks.items(), (REFERENCE, brackets[1])]
    return [
        measurement(
            network,
            samples_ms=samples(ms),
            block=number,
            pass_number=pass_number,
            position=position,
            measured_at=after(100 * number + position),
        )
        for position, (network, ms) in enumerate(visits)
    ]


def networks(count: int) -> list[MobileViTSpec]:
    """So many different networks."""
    return [dataclasses.replace(NETWORK, stem_channels=8 + index) for index in range(count)]


def timing(ms: float) -> Timing:
    return Timing.model_validate(
        {name: fields()[name] for name in Timing.model_fields} | {"samples_ms": samples(ms)}
    )


@dataclasses.dataclass
class FakeCollector:
    """Times networks by arithmetic: a millisecond for every 10 M multiply-adds.

    Attributes:
        target: what it says it is.
        broken: ids of networks that fail.
        stop_after: measurements, after which Ctrl-C comes.
        macs_per_ms: its speed.
        calls: what was asked of it, in order.
        shown: what it was told of the progress.
    """

    target: Target = TARGET
    broken: frozenset[str] = frozenset()
    stop_after: float = math.inf
    macs_per_ms: float = 1e7
    calls: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    shown: list[MeasurementProgress] = dataclasses.field(default_factory=list)

    def prepare(self, networks: Sequence[MobileViTSpec]) -> None:
        self.calls += [("prepare", network.id) for network in networks]

    def show(self, progress: MeasurementProgress) -> None:
        self.shown.append(progress)

    def measure(self, job: TimingJob) -> Measurement:
        if self.count("measure") >= self.stop_after:
            raise KeyboardInterrupt
        self.calls.append(("measure", job.spec.id))
        if job.spec.id in self.broken:
            raise NetworkFailedError("it is broken")
        times = timing(count_costs(job.spec).macs / self.macs_per_ms)
        return job.record(times, self.target, datetime.now(UTC))

    def release(self, networks: Sequence[MobileViTSpec]) -> None:
        self.calls += [("release", network.id) for network in networks]

    def close(self) -> None:
        self.calls.append(("close", ""))

    def count(self, what: str) -> int:
        return sum(call == what for call, _ in self.calls)


def fake_target(collector: FakeCollector) -> type[MeasurementTarget]:
    """A target whose collector is this one, and whose files are ONNX."""

    class FakeTarget(MeasurementTarget):
        measures = needs = "nothing"
        form = "onnx"

        def collector(self, run_dir: Path, screen: object) -> FakeCollector:
            del run_dir, screen
            return collector

    return FakeTarget


def samples(ms: float) -> tuple[float, ...]:
    """Samples whose 10th percentile and median are ``ms``."""
    return (ms,) * 10


def after(seconds: float) -> datetime:
    return STARTED + timedelta(seconds=seconds)
