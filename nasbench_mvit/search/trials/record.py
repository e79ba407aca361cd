"""TrialRecord: the stored data of a trial in addition to its objectives, with a schema version."""

import enum
import functools
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from nasbench_mvit.analysis.statistics import mean
from nasbench_mvit.architecture.network import Network, network_from_dict
from nasbench_mvit.io.validation import explain
from nasbench_mvit.search.trials.schema import SCHEMA_VERSION
from nasbench_mvit.training.proxy.result import (
    EstimatedResult,
    FractionReport,
    SharedResult,
    TaskResult,
    TrainingResult,
)

PERCENT = 100.0
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]

# Results with fields of their own, by one of these.
_KINDS: dict[str, TypeAdapter[Any]] = {
    "expected_top1": TypeAdapter(EstimatedResult),
    "metric": TypeAdapter(TaskResult),
    "supernet": TypeAdapter(SharedResult),
}


class State(enum.StrEnum):
    """The state of a trial.

    A stopped trial ended at a rung; a rejected one breaks a limit and was not trained. A paused one
    is unfinished, and no search is at work: the next one continues it.
    """

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    STOPPED = "stopped"
    REJECTED = "rejected"
    FAILED = "failed"


UNFINISHED = frozenset({State.RUNNING, State.PAUSED})


class Role(enum.StrEnum):
    """The reason for which a network is trained."""

    BASELINE = "baseline"
    SEARCH = "search"
    RIVAL = "rival"


class RecordPart(BaseModel):
    """A part of a stored record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evaluation(RecordPart):
    """One training of a network by the proxy with one seed, or what stands for it."""

    seed: int
    result: SerializeAsAny[TrainingResult]

    @field_validator("result", mode="before")
    @classmethod
    def _of_its_kind(cls, result: object) -> object:
        kinds = [kind for key, kind in _KINDS.items() if isinstance(result, dict) and key in result]
        if not kinds:
            return result
        try:
            return kinds[0].validate_python(result)
        except ValidationError as problem:  # in one line, like other fields
            raise ValueError(explain(problem, result)) from None

    @field_validator("result")
    @classmethod
    def _has_an_end(cls, result: TrainingResult) -> TrainingResult:
        if not result.curve and not isinstance(result, EstimatedResult):
            raise ValueError("a finished training has a curve")
        return result


class RungDecision(RecordPart):
    """The decision of a rung on a network's first training, with its curve so far."""

    seed: int
    curve: tuple[FractionReport, ...] = Field(
        min_length=1, description="Up to the last rung that decided on it."
    )
    is_stopped: bool = Field(description="Whether it ended there; otherwise it went on.")

    @property
    def rung(self) -> float:
        """The fraction of the training at the last decision."""
        return self.curve[-1].fraction


class TrialLatency(RecordPart):
    """The latency at the beginning of a trial, with an interval from ``low`` to ``high``."""

    ms: Amount
    low: Amount
    high: Amount
    kind: Literal["measured", "published", "estimated"]
    calibrated_on: str
    extrapolating: bool
    predictor: str


class TrialRecord(RecordPart):
    """One network of a study."""

    schema_version: Literal[1] = SCHEMA_VERSION
    role: Role
    name: str | None = Field(None, description="Name of a published network or a rival.")
    spec: dict[str, Any]
    spec_id: str
    params: int
    macs: int
    latency: TrialLatency
    superseded: tuple[TrialLatency, ...] = Field(
        (),
        description="Latencies by the predictors that the study had before, the first one first.",
        exclude_if=lambda latencies: not latencies,  # as the versions before it wrote it
    )
    seeds: tuple[int, ...] = Field(description="The seeds it is to be trained with.")
    evaluations: tuple[Evaluation, ...] = ()
    judged: RungDecision | None = Field(
        None,
        description="Only where the study prunes, until the first training is done.",
        exclude_if=lambda judged: judged is None,  # as the versions before rungs wrote it
    )
    rejection: str | None = None
    failure: str | None = None
    failure_is_final: bool = Field(
        default=False, description="Whether the network itself is at fault."
    )
    duplicate_of: int | None = Field(None, description="Trial that holds the answer.")
    versions: dict[str, str] = Field(description="Software versions, with the commit.")

    def network(self) -> Network:
        """Return the network."""
        return self.checked_spec

    @functools.cached_property
    def checked_spec(self) -> Network:
        """The network, cached, since its validation is slow for thousands of records."""
        return network_from_dict(self.spec)

    def missing_seeds(self) -> list[int]:
        """Return the seeds whose training has not finished."""
        done = {evaluation.seed for evaluation in self.evaluations}
        return [seed for seed in self.seeds if seed not in done]

    def top1(self) -> float:
        """Return the mean top-1 over seeds as a fraction, NaN before the first is done."""
        return mean([evaluation.result.top1 for evaluation in self.evaluations])

    @property
    def core_seconds(self) -> float:
        """Processor time of its trainings, one that a rung ended included."""
        seconds = sum(evaluation.result.cpu_seconds for evaluation in self.evaluations)
        judged = self.judged
        return seconds + (judged.curve[-1].cpu_seconds if judged and judged.is_stopped else 0.0)

    @property
    def is_stopped(self) -> bool:
        """Whether a rung ended its training."""
        return self.judged is not None and self.judged.is_stopped

    def reason(self) -> str:
        """Return the reason why it has no accuracy: rejected, failed or stopped; otherwise ""."""
        if self.judged is not None and self.judged.is_stopped:
            return (
                f"stopped at {PERCENT * self.judged.rung:g} % of its training: its accuracy of "
                f"{PERCENT * self.judged.curve[-1].top1:.1f} % there is not among the best for "
                "its cost"
            )
        return self.rejection or self.failure or ""

    def seconds(self) -> float:
        """Return the clock time of its trainings, including stopped ones."""
        seconds = sum(evaluation.result.seconds for evaluation in self.evaluations)
        if self.judged is None or not self.judged.is_stopped or self.duplicate_of is not None:
            return seconds
        return seconds + self.judged.curve[-1].seconds

    def changed(self, **changes: Any) -> Self:
        """Return a copy with some fields replaced."""
        return self.model_copy(update=changes)


class StoredTrial(RecordPart):
    """A record with its number and state in the store."""

    number: int
    state: State
    record: TrialRecord

    def changed(self, **changes: Any) -> Self:
        """Return a copy with some fields of the record replaced."""
        return self.model_copy(update={"record": self.record.changed(**changes)})


def spent(trials: Sequence[StoredTrial]) -> list[StoredTrial]:
    """Return the finished and stopped trials, each network once."""
    return [
        trial
        for trial in trials
        if trial.state in {State.COMPLETE, State.STOPPED} and trial.record.duplicate_of is None
    ]


def answered(trials: Sequence[StoredTrial]) -> list[StoredTrial]:
    """Return the finished trials, each network once."""
    return [
        trial
        for trial in trials
        if trial.state is State.COMPLETE and trial.record.duplicate_of is None
    ]
