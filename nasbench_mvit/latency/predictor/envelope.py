"""The fit of a predictor to few published rows: an ensemble of all models that fit them.

A few rows cannot tell one model from another. So every non-negative sum of the features counts that
meets every row within a tolerance; they form a polytope of prices. The interval of a network is the
range of its milliseconds over these models, its milliseconds are those of their mean. The file
holds vertices of the polytope, at which the extremes lie, so that a prediction is one matrix
product and needs no solver.

Axes: R rows (networks), F features, M models.
"""

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from nasbench_mvit.latency.features.sums import Floats
from nasbench_mvit.latency.fields import NotNegative, Strict, Words
from nasbench_mvit.latency.predictor.physical import Columns, FeatureName, PhysicalModel

Positive = Annotated[float, Field(gt=0)]

ALONE = "this row"
DECIMALS = 9  # of milliseconds


class LeftOut(Strict):
    """A published row beside the interval of an ensemble fitted without it.

    Attributes:
        network: name of the network.
        without: what else the ensemble was fitted without.
        published_ms: the row.
        low_ms, high_ms: the interval; ``high_ms`` is None where nothing bounds it from above.
    """

    network: Words
    without: Words
    published_ms: Positive
    low_ms: NotNegative
    high_ms: Positive | None

    @property
    def is_covered(self) -> bool:
        """Whether the row lies in the interval."""
        is_below = self.high_ms is None or self.published_ms <= self.high_ms
        return is_below and self.low_ms <= self.published_ms


class Envelope(Strict):
    """All models that meet the rows, by vertices of their polytope.

    Attributes:
        tolerance: largest relative error of a row in any of the models.
        setup: the factor by which the rows of another set-up may differ, at most, either way.
        features: the features of ``models``.
        models: milliseconds per unit of each feature, (M, F).
        margin: relative distance by which the extremes of these models may fall short of those of
            all models; the interval is widened by it at either end.
        extrapolation_margin: half the width in logarithms that nine in ten random networks keep to.
        left_out: rows beside ensembles fitted without them.
    """

    kind: Literal["envelope"] = "envelope"
    tolerance: Annotated[float, Field(gt=0, lt=1)]
    setup: Annotated[float, Field(ge=1)]
    features: Annotated[list[FeatureName], Field(min_length=1)]
    models: Annotated[list[list[NotNegative]], Field(min_length=1)]
    margin: Annotated[float, Field(ge=0, lt=1)]
    extrapolation_margin: NotNegative
    left_out: list[LeftOut]

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if any(len(prices) != len(self.features) for prices in self.models):
            raise ValueError(f"each of models must have {len(self.features)} prices, as features")
        return self

    @cached_property
    def model(self) -> PhysicalModel:
        """The mean of the models, which fits the rows as well as they do."""
        means = np.mean(self.models, axis=0).tolist()
        return PhysicalModel(coefficients=dict(zip(self.features, means, strict=True)))

    @property
    def evidence(self) -> str:
        """A description of the intervals of rows that the ensemble was fitted without."""
        alone = [row for row in self.left_out if row.without == ALONE]
        others = [row for row in self.left_out if row.without != ALONE]
        text = (
            f"{_covered(alone)} rows, each left out once, lie in the range of the models without it"
        )
        return text + (f", {_covered(others)} where all like it are left out" if others else "")

    def by_model(self, columns: Columns) -> Floats:
        """Return the milliseconds of the rows by each of the models, (R, M)."""
        features_RF = np.stack([columns[name] for name in self.features], axis=1)
        by_model_RM: Floats = features_RF @ np.array(self.models).T
        return by_model_RM

    def interval(self, columns: Columns) -> tuple[Floats, Floats, Floats]:
        """Return the milliseconds of the rows and the bounds of their interval, (R,) each."""
        ms_RM = self.by_model(columns)
        widening = 1 + self.margin
        bounds = ms_RM.mean(axis=1), ms_RM.min(axis=1) / widening, ms_RM.max(axis=1) * widening
        # A product of matrices rounds a row otherwise alone than among others.
        ms_R, low_R, high_R = (np.round(bound, DECIMALS) for bound in bounds)
        return ms_R, low_R, high_R


def _covered(rows: list[LeftOut]) -> str:
    return f"{sum(row.is_covered for row in rows)} of {len(rows)}"
