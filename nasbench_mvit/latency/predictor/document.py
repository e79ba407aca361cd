"""The predictor file: JSON, read strictly, nothing executed.

It holds the model and all that is needed to judge it: what was measured, which rows it was fitted
to, how far each row is missed, also when it is left out of the fit, and how simpler models fare.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nasbench_mvit.errors import unknown
from nasbench_mvit.latency.features.sums import BLOCK_SETTINGS
from nasbench_mvit.latency.predictor.document_fits import (
    Calibration,
    Count,
    Regression,
    Share,
    Text,
)
from nasbench_mvit.latency.predictor.physical import NotNegative, Strict

SETTINGS = (*BLOCK_SETTINGS, "resolution")

Positive = Annotated[float, Field(gt=0)]


class TargetText(Strict):
    """What was measured, in the words of its records; None where nobody says."""

    device: Text
    os: Text | None
    runtime: Text
    runtime_version: Text | None
    engine: Text
    threads: Count | None
    precision: Text
    batch: Count

    def __str__(self) -> str:
        """Return all of it in one line."""
        version = f" {self.runtime_version}" if self.runtime_version else ""
        parts = [self.device, self.os, f"{self.runtime}{version}", self.engine]
        if self.threads:
            parts.append(f"{self.threads} thread{'s' if self.threads > 1 else ''}")
        parts.append(self.precision)
        if self.batch > 1:
            parts.append(f"batch {self.batch}")
        return ", ".join(part for part in parts if part)


class RepeatNoise(Strict):
    """How far two visits of one network lie apart, relatively; no model can be judged finer."""

    pairs: Count
    mean_difference: NotNegative
    share_close: Share


class Records(Strict):
    """What the predictor was fitted to.

    Attributes:
        kind: how the latencies came about.
        basis: in words.
        count: rows used for the fit.
        sha256: over the rows' networks and latencies.
        estimator: how samples became a latency, in words.
        noise: between visits; None where each was visited once.
    """

    kind: Literal["published", "measured"]
    basis: Text
    count: Count
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    estimator: Text
    noise: RepeatNoise | None


class Parent(Strict):
    """The predictor of another device that this one was made from."""

    name: Text
    target: TargetText
    digest: Text


class Row(Strict):
    """One training row beside what the model says of it; errors are predicted / true - 1."""

    network: Text
    spec_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    source: Text
    measured_ms: Positive
    fitted_ms: Positive
    fit_error: float
    left_out_ms: NotNegative
    left_out_error: float
    needs_resize: bool


class Range(Strict):
    """Smallest and largest value of a feature among the rows."""

    low: NotNegative
    high: NotNegative

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, got {self.low} and {self.high}")
        return self


class PredictorDocument(Strict):
    """One predictor.

    Attributes:
        name: what ``load_predictor`` calls it.
        target: what was measured.
        records: what the coefficients come from.
        parent: the predictor it was transferred from, if any.
        fit: what predicts, and what it takes to judge it.
        rows: the training rows.
        ranges: of every feature it needs over the rows.
        tolerance: how far beyond a range, relatively, still counts as inside.
        settings: values that the rows have of what the features cannot tell from size.
        interval: how the interval is made, in words.
    """

    schema_version: Literal[2]
    name: Text
    target: TargetText
    records: Records
    parent: Parent | None = None
    fit: Annotated[Calibration | Regression, Field(discriminator="kind")]
    rows: Annotated[list[Row], Field(min_length=1)]
    ranges: dict[str, Range]
    tolerance: NotNegative
    settings: dict[str, list[int]]
    interval: Text

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        used = self.fit.features
        for name in used:
            if name not in self.ranges:
                raise ValueError(f"ranges must give the range of '{name}'")
        for name in self.ranges:
            if name not in used:
                raise ValueError(unknown("feature in ranges", name, used))
        if not set(self.settings) <= set(SETTINGS):
            raise ValueError(f"settings may name {SETTINGS}, got {tuple(self.settings)}")
        if self.records.count != len(self.rows):
            raise ValueError(
                f"records.count must be the number of rows, {len(self.rows)}, "
                f"got {self.records.count}"
            )
        return self
