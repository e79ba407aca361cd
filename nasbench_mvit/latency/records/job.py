"""Job: one network to be timed, with the position of its measurement in the file."""

from dataclasses import dataclass
from datetime import datetime

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.records.profile import Profile
from nasbench_mvit.latency.records.record import Measurement, Timing, TimingRole
from nasbench_mvit.latency.target import Target
from nasbench_mvit.version import __version__


@dataclass(frozen=True)
class TimingJob:
    """One network to be timed, and its position in the file.

    Attributes:
        attempt: number of earlier failures of the network.
    """

    spec: MobileViTSpec
    role: TimingRole
    reference_id: str
    pass_number: int
    block: int
    position: int
    attempt: int

    @property
    def id(self) -> str:
        """An identifier of the job, unique in its file."""
        return f"{self.block}-{self.position}-{self.spec.id}-{self.attempt}"

    @property
    def opens_block(self) -> bool:
        """Whether this is the opening reference."""
        return self.position == 0

    def record(
        self,
        timing: Timing,
        target: Target,
        measured_at: datetime,
        profile: Profile | None = None,
    ) -> Measurement:
        """Return the measurement of the job.

        Raises:
            pydantic.ValidationError: ``measured_at`` is not UTC.
        """
        return Measurement(
            **dict(timing),
            tool_version=__version__,
            target=target,
            spec_id=self.spec.id,
            spec=self.spec,
            resolution=self.spec.resolution,
            role=self.role,
            reference_id=self.reference_id,
            pass_number=self.pass_number,
            block=self.block,
            position=self.position,
            measured_at=measured_at,
            profile=profile,
        )

    def is_answered_by(self, measurement: Measurement) -> bool:
        """Return whether ``measurement`` is of this network at this position."""
        return (self.spec.id, self.block, self.position, self.pass_number, self.role) == (
            measurement.spec_id,
            measurement.block,
            measurement.position,
            measurement.pass_number,
            measurement.role,
        )
