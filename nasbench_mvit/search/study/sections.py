"""The sections of a study file: limits, early ending, reference point, and the units of numbers."""

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from nasbench_mvit.analysis.pareto import FrontRule
from nasbench_mvit.errors import listed

# A unit is for docs/files.md alone and validates nothing.
Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False, json_schema_extra={"unit": "ms"})]
Params = Annotated[int, Field(ge=1, json_schema_extra={"unit": "parameters"})]
Macs = Annotated[int, Field(ge=1, json_schema_extra={"unit": "multiply-adds"})]
Megabytes = Annotated[float, Field(gt=0, allow_inf_nan=False, json_schema_extra={"unit": "MB"})]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
SeedCount = Annotated[int, Field(ge=1, le=1000, json_schema_extra={"unit": "trainings"})]


class StudySection(BaseModel):
    """What is common to all: no value is changed, converted or unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Limits(StudySection):
    """The limits that a network must meet; they are checked before any training."""

    latency_ms: Milliseconds | None = Field(
        None, description="Latency; the upper end of the predicted interval counts."
    )
    latency_spread: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = Field(
        None,
        description="Upper end of the predicted interval over its lower end: a wider interval says "
        "that the latency is unknown.",
        exclude_if=lambda limit: limit is None,  # as the versions before it wrote a study
    )
    params: Params | None = Field(None, description="Parameters with 1,000 classes.")
    macs: Macs | None = Field(None, description="Multiply-adds at the deployment resolution.")
    peak_activation_mb: Megabytes | None = Field(
        None,
        description="Peak memory of activations in float32, for one image at the deployment "
        "resolution.",
        exclude_if=lambda limit: limit is None,  # as the versions before it wrote a study
    )


class Pruning(StudySection):
    """Ends trainings early by asynchronous successive halving; what is left out has a default."""

    rungs: Annotated[list[float], Field(min_length=1)] = Field(
        [0.25, 0.5],
        description="Fractions of a training at which a network is compared by its accuracy there "
        "and its latency; among the proxy's equal fractions, ascending.",
        json_schema_extra={"unit": "fraction"},
    )
    reduction: Annotated[float, Field(gt=1, allow_inf_nan=False)] = Field(
        2.0,
        description="About one network in this many continues from a rung; those that no other "
        "dominates always do.",
    )

    def parts(self, fractions: int) -> tuple[int, ...]:
        """Return after which of the ``fractions`` equal parts of a training the rungs stand.

        Raises:
            ValueError: a rung stands between two, or the rungs do not ascend.
        """
        parts = tuple(round(rung * fractions) for rung in self.rungs)
        possible = range(1, fractions)
        for rung, part in zip(self.rungs, parts, strict=True):
            if part not in possible or not math.isclose(rung, part / fractions, abs_tol=1e-3):
                raise ValueError(
                    f"a rung stands at {rung:g}, but trainings report at {fractions} equal "
                    f"fractions; possible are {listed(f'{p / fractions:.4g}' for p in possible)}"
                )
        if list(parts) != sorted(set(parts)):
            raise ValueError(f"rungs ascend, each given once; got {self.rungs}")
        return parts


class Reference(StudySection):
    """A point from which hypervolume is measured, the same for all runs."""

    top1: Annotated[float, Field(json_schema_extra={"unit": "fraction"})] = Field(
        ge=0,
        lt=1,
        description="The proxy's score: top-1, or mAP50 or mIoU where proxy.task is detection or "
        "segmentation; a network below it adds nothing.",
    )
    latency_ms: Milliseconds | None = Field(
        None,
        description="A network that is slower adds nothing; needed unless 'front' is 'memory'.",
        exclude_if=lambda worst: worst is None,
    )
    peak_activation_mb: Megabytes | None = Field(
        None,
        description="A network of a higher peak of activations adds nothing; needed where 'front' "
        "is 'memory'.",
        exclude_if=lambda worst: worst is None,  # as the versions before it wrote a study
    )

    def worst(self, rule: FrontRule) -> float:
        """Return its latency in milliseconds, or its peak memory in megabytes."""
        return float(getattr(self, rule.column))
