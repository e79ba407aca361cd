"""The predictor file: strictly validated JSON.

It holds the model and the data of its evaluation: the target, the rows that it was fitted to, the
error of each row, also when it is held out, and the scores of simpler models.
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
    """The target of the measurements as text; None for an unknown field."""

    device: Text
    os: Text | None
    runtime: Text
    runtime_version: Text | None
    engine: Text
    threads: Count | None
    precision: Text
    batch: Count

    def __str__(self) -> str:
        """Return the target in one line."""
        version = f" {self.runtime_version}" if self.runtime_version else ""
        parts = [self.device, self.os, f"{self.runtime}{version}", self.engine]
        if self.threads:
            parts.append(f"{self.threads} thread{'s' if self.threads > 1 else ''}")
        parts.append(self.precision)
        if self.batch > 1:
            parts.append(f"batch {self.batch}")
        return ", ".join(part for part in parts if part)


class RepeatNoise(Strict):
    """The relative difference between two visits of a network, the limit of any model's score."""

    pairs: Count
    mean_difference: NotNegative
    share_close: Share


class Records(Strict):
    """The rows that the predictor was fitted to.

    Attributes:
        kind: kind of the latencies.
        basis: description of their source.
        count: number of rows of the fit.
        sha256: digest of the rows' networks and latencies.
        estimator: description of the estimator that turned samples into a latency.
        noise: the noise between visits; None where each network was visited once.
    """

    kind: Literal["published", "measured"]
    basis: Text
    count: Count
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    estimator: Text
    noise: RepeatNoise | None


class Parent(Strict):
    """The predictor of another device that this one was transferred from."""

    name: Text
    target: TargetText
    digest: Text


class Row(Strict):
    """One training row with its predictions; errors are predicted / true - 1."""

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
    """The smallest and the largest value of a feature among the rows."""

    low: NotNegative
    high: NotNegative

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, got {self.low} and {self.high}")
        return self


class PredictorDocument(Strict):
    """A predictor.

    Attributes:
        name: name for ``load_predictor``.
        target: the target of the measurements.
        records: provenance of the rows.
        parent: the predictor it was transferred from, if any.
        fit: the model and its evaluation.
        rows: the training rows.
        ranges: range of every required feature over the rows.
        tolerance: relative distance beyond a range that still counts as inside.
        settings: values of the settings among the rows, which the features do not include.
        interval: description of the interval.
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
