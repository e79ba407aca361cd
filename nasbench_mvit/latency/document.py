"""The predictor file: JSON, read strictly, nothing executed.

It holds the coefficients and all that is needed to judge them: which rows they were fitted to,
how far each row is missed, also when it is left out of the fit, and how other models fare.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nasbench_mvit.errors import unknown
from nasbench_mvit.latency.features import BLOCK_SETTINGS, FEATURES

SETTINGS = (*BLOCK_SETTINGS, "resolution")

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Records(_Strict):
    """What the predictor was fitted to; ``sha256`` is over the rows' networks and latencies."""

    kind: Literal["published", "measured"]
    basis: Text
    count: Annotated[int, Field(ge=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Candidate(_Strict):
    """A linear model with non-negative coefficients, and how well it predicts.

    Attributes:
        coefficients: milliseconds per unit of each feature.
        max_error: largest relative error of a row that was left out of the fit, rows that need
            a resize aside (they have ``Row.needs_resize`` and their own error there).
        mean_error: mean absolute relative error, likewise.
        max_error_unseen_network: as ``max_error``, all rows of a network left out together.
        max_fit_error: largest relative error of a row in the fit.
    """

    coefficients: Annotated[dict[str, NotNegative], Field(min_length=1)]
    max_error: Annotated[float, Field(ge=0, lt=1)]
    mean_error: NotNegative
    max_error_unseen_network: NotNegative
    max_fit_error: NotNegative

    @model_validator(mode="after")
    def _known_and_useful(self) -> Self:
        for name in self.coefficients:
            if name not in FEATURES:
                raise ValueError(unknown("feature", name, FEATURES))
        if not any(self.coefficients.values()):
            raise ValueError("at least one coefficient must be positive")
        return self


class Row(_Strict):
    """One training row beside what the chosen model says of it; errors are predicted / true - 1."""

    network: Text
    source: Text
    measured_ms: Positive
    fitted_ms: Positive
    fit_error: float
    left_out_ms: NotNegative
    left_out_error: float
    needs_resize: bool


class Range(_Strict):
    """Smallest and largest value of a feature among the rows."""

    low: NotNegative
    high: NotNegative

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, got {self.low} and {self.high}")
        return self


class PredictorDocument(_Strict):
    """One predictor.

    Attributes:
        name: what ``load_predictor`` calls it.
        device, runtime, engine, precision: what was measured.
        records: what the coefficients come from.
        chosen: the candidate that predicts.
        rival: the candidate that also bounds the interval where the rows give no hold.
        candidates: every model that was tried.
        rows: the training rows.
        ranges: of every feature of ``chosen`` and ``rival`` over the rows.
        tolerance: how far beyond a range, relatively, still counts as inside.
        settings: values that the rows have of what the features cannot tell from size.
        interval: how the interval is made, in words.
    """

    schema_version: Literal[1]
    name: Text
    device: Text
    runtime: Text
    engine: Text
    precision: Text
    records: Records
    chosen: str
    rival: str
    candidates: Annotated[dict[str, Candidate], Field(min_length=1)]
    rows: Annotated[list[Row], Field(min_length=1)]
    ranges: dict[str, Range]
    tolerance: NotNegative
    settings: dict[str, list[int]]
    interval: Text

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for field in (self.chosen, self.rival):
            if field not in self.candidates:
                raise ValueError(unknown("candidate", field, self.candidates))
        for name in self.used_features:
            if name not in self.ranges:
                raise ValueError(f"ranges must give the range of '{name}'")
        for name in self.ranges:
            if name not in self.used_features:
                raise ValueError(unknown("feature in ranges", name, self.used_features))
        if set(self.settings) != set(SETTINGS):
            raise ValueError(f"settings must name {SETTINGS}, got {tuple(self.settings)}")
        if self.records.count != len(self.rows):
            raise ValueError(
                f"records.count must be the number of rows, {len(self.rows)}, "
                f"got {self.records.count}"
            )
        return self

    @property
    def used_features(self) -> list[str]:
        """Names of the features that a prediction needs."""
        models = (self.candidates[self.chosen], self.candidates[self.rival])
        return list(dict.fromkeys(name for model in models for name in model.coefficients))
