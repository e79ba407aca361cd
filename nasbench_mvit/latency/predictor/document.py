"""The predictor file: strictly validated JSON.

It holds the model and the data of its evaluation: the target, the rows that it was fitted to, the
error of each row, also when it is held out, and the scores of simpler models.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from nasbench_mvit.errors import unknown
from nasbench_mvit.latency.features.sums import BLOCK_SETTINGS, RESOLUTION, TASK
from nasbench_mvit.latency.fields import Count, NotNegative, Sha256, Share, SpecId, Strict, Words
from nasbench_mvit.latency.predictor.document_fits import Calibration, Regression
from nasbench_mvit.latency.predictor.envelope import Envelope
from nasbench_mvit.latency.target import Target

SETTINGS = (*BLOCK_SETTINGS, RESOLUTION, TASK)

Positive = Annotated[float, Field(gt=0)]


class RepeatNoise(Strict):
    """The relative difference between two visits of a network, the limit of any model's score."""

    pairs: Count
    mean_difference: NotNegative
    share_close: Share


class LatencySource(Strict):
    """Where published latencies come from.

    Attributes:
        name: name of the publication.
        url: its address.
        year: the year, or years, of the measurements' publication.
        license: SPDX identifier of its licence.
    """

    name: Words
    url: Words
    year: Words
    license: Words


class Records(Strict):
    """The rows that the predictor was fitted to.

    Attributes:
        kind: kind of the latencies.
        basis: description of their source.
        count: number of rows of the fit.
        sha256: digest of the rows' networks and latencies.
        estimator: description of the estimator that turned samples into a latency.
        noise: the noise between visits; None where each network was visited once.
        others: number of networks of other families that the fit has beside the rows.
        source: the publication; None for measurements of one's own and where the rows name it.
    """

    kind: Literal["published", "measured"]
    basis: Words
    count: Count
    sha256: Sha256
    estimator: Words
    noise: RepeatNoise | None
    others: Count | None = None
    source: LatencySource | None = None


class Parent(Strict):
    """The predictor of another device that this one was transferred from."""

    name: Words
    target: Target
    digest: Words


class PredictorRow(Strict):
    """One training row with its predictions; errors are predicted / true - 1."""

    network: Words
    spec_id: SpecId
    source: Words
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
        do_not_use: why it is too inaccurate to search with; None for one that is not.
        rough: what it misses of the accuracy asked of shipped predictors; None where nothing.
    """

    schema_version: Literal[2]
    name: Words
    target: Target
    records: Records
    parent: Parent | None = None
    fit: Annotated[Calibration | Envelope | Regression, Field(discriminator="kind")]
    rows: Annotated[list[PredictorRow], Field(min_length=1)]
    ranges: dict[str, Range]
    tolerance: NotNegative
    settings: dict[str, list[int]]
    interval: Words
    do_not_use: Words | None = None
    rough: Words | None = None

    def to_json(self, indent: int | None = None) -> str:
        """Return the content of its file; fields that older files lack are left out where None."""
        left_out: dict[str, Any] = {
            name: True for name in ("do_not_use", "rough") if getattr(self, name) is None
        }
        unsaid = {name for name in ("others", "source") if getattr(self.records, name) is None}
        if unsaid:
            left_out["records"] = unsaid
        return self.model_dump_json(indent=indent, exclude=left_out or None)

    def differences(self, measured: Target, *, words: tuple[str, str]) -> dict[str, str]:
        """Return the fields in which the predictor's target differs from a measured one.

        For a predictor of published latencies only the device and the runtime are compared, since
        the sources describe the other fields in different terms.
        """
        is_published = self.records.kind == "published"
        ignored = set(Target.model_fields) - {"device", "runtime"} if is_published else ()
        return self.target.differences(measured, ignoring=ignored, words=words)

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
