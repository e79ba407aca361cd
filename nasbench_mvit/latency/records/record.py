"""Measurement: one validated timing of one network on one device.

Data from a device or a file are untrusted: times must be finite, positive and longer than the tick
of the clock, the network must be valid and have the stated id, text must be short and printable.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    PlainSerializer,
    PlainValidator,
    field_validator,
    model_validator,
)

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import SpecError
from nasbench_mvit.latency.fields import Milliseconds, Sha256, SpecId, Strict, Text
from nasbench_mvit.latency.records.profile import Profile
from nasbench_mvit.latency.target import Target

SCHEMA_VERSION: Final = 1
MIN_SAMPLES = 3  # required for percentiles
MAX_SAMPLES = 10_000
MAX_RUNS = 1_000_000
PRECISIONS = ("fp32", "fp16", "int8")


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
Natural = Annotated[int, Field(ge=0, le=MAX_RUNS)]
Positive = Annotated[int, Field(ge=1, le=MAX_RUNS)]


class TimingRole(StrEnum):
    """The role of a timed network: a candidate, or the reference at both ends of a block."""

    CANDIDATE = "candidate"
    REFERENCE = "reference"


def _measured_on(target: Target) -> Target:
    unknown = [name for name, value in target if value is None]
    if unknown:
        raise ValueError(f"of what is measured all is known, but {', '.join(unknown)} is null")
    if target.precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}")
    return target


class Times(Strict):
    """The times of one network.

    Attributes:
        samples_ms: milliseconds per run of each sample, in order.
        runs_per_sample: number of runs that a sample is the mean of.
        timer_tick_ms: measured smallest step of the clock.
        warmup_runs: number of runs before the first sample.
        warmup_stable: whether the warm-up ended because the times no longer decreased.
    """

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


class Timing(Times):
    """The timing of one network by a collector; ``model_sha256`` is the digest of its file."""

    model_sha256: Sha256

    def percentile_ms(self, percent: float) -> float:
        """Return a percentile of the samples, interpolated linearly."""
        return float(np.percentile(self.samples_ms, percent))

    @cached_property
    def median_ms(self) -> float:
        """The median of the samples."""
        return self.percentile_ms(50)

    @cached_property
    def mad_ms(self) -> float:
        """The unscaled median absolute deviation of the samples from their median."""
        return float(np.median(np.abs(np.asarray(self.samples_ms) - self.median_ms)))

    @cached_property
    def p10_ms(self) -> float:
        """The 10th percentile of the samples."""
        return self.percentile_ms(10)

    @cached_property
    def p90_ms(self) -> float:
        """The 90th percentile of the samples."""
        return self.percentile_ms(90)


class Measurement(Timing):
    """One timing of one network.

    Attributes:
        schema_version: version of this record.
        kind: always "measured"; predictions and published figures are other records.
        tool_version: version of this package.
        target: the target.
        spec_id, spec: the network; ``resolution`` is the spec's.
        role: candidate or reference.
        reference_id: the network at both ends of the block.
        pass_number: number of the pass, from 1; each pass times every network once.
        block: running number in the file, from 1; a repeated block has a number of its own.
        position: position in the block; 0 is the opening reference.
        measured_at: end of the last sample, UTC; of a hosted device when its result was fetched.
        profile: what is known of the run beside its time.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["measured"] = "measured"
    tool_version: Text
    target: Annotated[Target, AfterValidator(_measured_on)]
    spec_id: SpecId
    spec: Network
    resolution: int
    role: TimingRole
    reference_id: SpecId
    pass_number: Positive
    block: Positive
    position: Natural
    measured_at: AwareDatetime
    profile: Profile | None = None

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
        if (self.role is TimingRole.REFERENCE) and self.spec_id != self.reference_id:
            raise ValueError(
                f"reference_id is {self.reference_id}, but the reference is {self.spec_id}"
            )
        if (self.role is TimingRole.CANDIDATE) and self.position == 0:
            raise ValueError("position 0 is the block's opening reference, not a candidate")
        return self
