"""The stored records of the finalists, with a schema version."""

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from nasbench_mvit.search.trials.record import RecordPart
from nasbench_mvit.search.trials.schema import SCHEMA_VERSION
from nasbench_mvit.training.proxy.result import FinalResult, QuantisedResult

#: Formats by which finalists are scored in 8 bits too, and how the names of their runtimes begin.
INT8_RUNTIMES = {"onnx": "onnxruntime", "litert": "LiteRT"}


class FineTuning(RecordPart):
    """Trainings that begin with the shared weights of a supernet."""

    updates: int = Field(ge=1, description="Updates of each.")
    supernet: str = Field(description="Digest of the supernet's file.")


class FinalPlan(RecordPart):
    """The trainings of the final evaluation: every network with every seed."""

    schema_version: Literal[1] = SCHEMA_VERSION
    trials: tuple[int, ...] = Field(description="Trials whose networks they are.")
    seeds: tuple[int, ...] = Field(min_length=2, description="Seeds that no search has used.")
    finetuning: FineTuning | None = Field(
        None,
        description="Where its trainings begin with shared weights; else with random ones.",
        exclude_if=lambda finetuning: finetuning is None,  # as the versions before it wrote it
    )


class FinalRecord(RecordPart):
    """A training of the plan, scored on the test images."""

    schema_version: Literal[1] = SCHEMA_VERSION
    trial: int
    seed: int
    test_images: str = Field(description="Fingerprint of the test images.")
    result: QuantisedResult | FinalResult | None = None
    failure: str | None = Field(None, description="Why the network has no result with this seed.")
    versions: dict[str, str] = Field(description="Software versions, with the commit.")

    @model_validator(mode="after")
    def _has_one_outcome(self) -> Self:
        if (self.result is None) is (self.failure is None):
            raise ValueError("a training has either a result or a failure")
        if self.result is not None:
            self.result.unpacked()
        return self


@dataclass(frozen=True)
class Final:
    """The stored finalists: the plan and its finished trainings."""

    plan: FinalPlan
    records: tuple[FinalRecord, ...] = ()

    def missing(self, int8_by: str | None = None) -> list[tuple[int, int]]:
        """Return trial and seed of the missing trainings, ordered by seed.

        A network that failed with one seed is not trained with the others.

        Args:
            int8_by: format; those that were not scored in 8 bits by it are missing too.
        """
        done = {
            (record.trial, record.seed)
            for record in self.records
            if record.failure is not None or int8_by is None or _ran(record.result, int8_by)
        }
        failed = {record.trial for record in self.records if record.failure is not None}
        return [
            (trial, seed)
            for seed in self.plan.seeds
            for trial in self.plan.trials
            if (trial, seed) not in done and trial not in failed
        ]


def _ran(result: FinalResult | None, int8_by: str) -> bool:
    return isinstance(result, QuantisedResult) and result.int8_by.startswith(INT8_RUNTIMES[int8_by])
