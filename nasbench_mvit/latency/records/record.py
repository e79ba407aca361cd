"""Measurement: one timing of one network on one device, validated wherever it comes from.

What a device sends, or a file holds, is untrusted: times are finite, positive and longer than the
clock can tell, the network is a valid one with the id it claims, text is short and printable.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    field_validator,
    model_validator,
)

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpecError

SCHEMA_VERSION: Final = 1
MIN_SAMPLES = 3  # fewer have no percentiles
MAX_SAMPLES = 10_000
MAX_MS = 600_000.0  # ten minutes for one image: the clock was reset or the machine slept
MAX_RUNS = 1_000_000
MAX_BATCH = 1_024
MAX_THREADS = 1_024


def _network(value: object) -> MobileViTSpec:
    try:
        return value if isinstance(value, MobileViTSpec) else MobileViTSpec.from_dict(value)  # type: ignore[arg-type]
    except SpecError as error:
        raise ValueError(str(error)) from None


Network = Annotated[
    MobileViTSpec,
    PlainValidator(_network),
    PlainSerializer(MobileViTSpec.to_dict, return_type=dict[str, Any]),
]
Milliseconds = Annotated[float, Field(gt=0, le=MAX_MS)]
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
SpecId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Natural = Annotated[int, Field(ge=0, le=MAX_RUNS)]
Positive = Annotated[int, Field(ge=1, le=MAX_RUNS)]


class Role(StrEnum):
    """Why a network was timed: for its own sake, or as the fixed one around a block."""

    CANDIDATE = "candidate"
    REFERENCE = "reference"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Target(_Strict):
    """What is measured on; times of different targets are never mixed.

    Attributes:
        device: model of the phone or of the computer's processor.
        os: operating system with its version.
        runtime: library that runs the network, such as onnxruntime.
        runtime_version: its version.
        engine: what computes, such as CPUExecutionProvider or wasm.
        threads: of the runtime.
        precision: of the network's arithmetic.
        batch: images in one run; times are for one run.
    """

    device: Text
    os: Text
    runtime: Text
    runtime_version: Text
    engine: Text
    threads: Annotated[int, Field(ge=1, le=MAX_THREADS)]
    precision: Literal["fp32", "fp16", "int8"]
    batch: Annotated[int, Field(ge=1, le=MAX_BATCH)]

    def __str__(self) -> str:
        """Return all of it in one line."""
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        return (
            f"{self.device}, {self.os}, {self.runtime} {self.runtime_version} ({self.engine}), "
            f"{threads}, {self.precision}, batch {self.batch}"
        )


class Timing(_Strict):
    """What a collector says of one network.

    Attributes:
        model_sha256: of the file that was run.
        samples_ms: milliseconds a run, one value for each sample, in the order they were taken.
        runs_per_sample: runs that one sample is the mean of.
        timer_tick_ms: smallest step of the clock, as measured.
        warmup_runs: runs before the first sample.
        warmup_stable: whether they ended because the times no longer fell, not because of a limit.
    """

    model_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    samples_ms: Annotated[
        tuple[Milliseconds, ...], Field(min_length=MIN_SAMPLES, max_length=MAX_SAMPLES)
    ]
    runs_per_sample: Positive
    timer_tick_ms: Milliseconds
    warmup_runs: Natural
    warmup_stable: bool

    @model_validator(mode="after")
    def _longer_than_a_tick(self) -> Self:
        shortest = min(self.samples_ms) * self.runs_per_sample
        if shortest < self.timer_tick_ms:
            raise ValueError(
                f"a sample must last at least one tick of the clock, {self.timer_tick_ms} ms; the "
                f"shortest lasted {shortest} ms"
            )
        return self

    def percentile_ms(self, percent: float) -> float:
        """Return a percentile of the samples, interpolated linearly."""
        return float(np.percentile(self.samples_ms, percent))

    @cached_property
    def median_ms(self) -> float:
        """Median of the samples."""
        return self.percentile_ms(50)

    @cached_property
    def mad_ms(self) -> float:
        """Median absolute deviation of the samples from their median, not scaled."""
        return float(np.median(np.abs(np.asarray(self.samples_ms) - self.median_ms)))

    @cached_property
    def p10_ms(self) -> float:
        """10th percentile of the samples."""
        return self.percentile_ms(10)

    @cached_property
    def p90_ms(self) -> float:
        """90th percentile of the samples."""
        return self.percentile_ms(90)


class Measurement(Timing):
    """One network timed once.

    Attributes:
        schema_version: of this record.
        kind: a measurement is measured; predictions and published figures are other records.
        tool_version: of this package.
        target: what it ran on.
        spec_id, spec: the network; ``resolution`` is the spec's.
        role: candidate or reference.
        reference_id: the network at both ends of the block.
        pass_number: from 1; each pass times every network once.
        block: running number in the file, from 1; a repeated block has a number of its own.
        position: in the block, from 0, which is the opening reference.
        measured_at: when the last sample ended, UTC.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["measured"] = "measured"
    tool_version: Text
    target: Target
    spec_id: SpecId
    spec: Network
    resolution: int
    role: Role
    reference_id: SpecId
    pass_number: Positive
    block: Positive
    position: Natural
    measured_at: AwareDatetime

    @field_validator("measured_at")
    @classmethod
    def _utc(cls, moment: datetime) -> datetime:
        if moment.utcoffset() != timedelta(0):
            raise ValueError(f"the time must be UTC, got {moment.isoformat()}")
        return moment

    @model_validator(mode="after")
    def _is_what_it_says(self) -> Self:
        if self.spec.id != self.spec_id:
            raise ValueError(f"spec_id is {self.spec_id}, but the spec's id is {self.spec.id}")
        if self.spec.resolution != self.resolution:
            raise ValueError(
                f"resolution is {self.resolution}, but the spec's is {self.spec.resolution}"
            )
        if (self.role is Role.REFERENCE) and self.spec_id != self.reference_id:
            raise ValueError(
                f"reference_id is {self.reference_id}, but the reference is {self.spec_id}"
            )
        if (self.role is Role.CANDIDATE) and self.position == 0:
            raise ValueError("position 0 is the block's opening reference, not a candidate")
        return self
