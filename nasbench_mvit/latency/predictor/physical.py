"""The model a measured device is described by: a non-negative sum, times small corrections.

The sum gives every physical quantity its price in milliseconds, so it never falls when a network
grows. A correction is a factor, the exponential of a linear function of the features' logarithms.
It captures what no price can, such as small matrices running at a lower rate, and is kept only
where cross-validation asks for it. Beyond the networks it was fitted to it stays at its last
value, so that it cannot run away.

Axes: R rows (networks), F features.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from nasbench_mvit.errors import unknown
from nasbench_mvit.latency.features.sums import FEATURES, Floats

Columns = Mapping[str, Floats]  # feature -> its value in every network, (R,) each
NotNegative = Annotated[float, Field(ge=0)]
Coefficients = Annotated[dict[str, NotNegative], Field(min_length=1)]


class Strict(BaseModel):
    """A part of a predictor file: frozen, finite, nothing unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def check_features(names: Iterable[str]) -> None:
    """Refuse a name that is no feature.

    Raises:
        ValueError: with the likely right one.
    """
    for name in names:
        if name not in FEATURES:
            raise ValueError(unknown("feature", name, FEATURES))


class Term(Strict):
    """One feature of a correction.

    Attributes:
        mean, scale: of the feature's log1p over the rows it was fitted to.
        low, high: the smallest and largest standardised value there; others are moved there.
        weight: of the standardised value.
    """

    mean: float
    scale: Annotated[float, Field(gt=0)]
    low: float
    high: float
    weight: float


class Correction(Strict):
    """A factor: exp(intercept + Σ weight · standardised log1p(feature))."""

    intercept: float
    terms: dict[str, Term]

    @model_validator(mode="after")
    def _known(self) -> Self:
        check_features(self.terms)
        return self

    def factor(self, columns: Columns) -> Floats:
        """Return (R,)."""
        logarithm = np.full(len(next(iter(columns.values()))), self.intercept)
        for name, term in self.terms.items():
            standard = (np.log1p(columns[name]) - term.mean) / term.scale
            logarithm += term.weight * np.clip(standard, term.low, term.high)
        factor: Floats = np.exp(logarithm)
        return factor


class PhysicalModel(Strict):
    """Milliseconds = (Σ coefficient · feature) · Π factors.

    Attributes:
        coefficients: milliseconds per unit of each feature.
        corrections: in the order they were made; a transferred model keeps its parent's.
    """

    coefficients: Coefficients
    corrections: list[Correction] = Field(default_factory=list)

    @model_validator(mode="after")
    def _known_and_useful(self) -> Self:
        check_features(self.coefficients)
        if not any(self.coefficients.values()):
            raise ValueError("at least one coefficient must be positive")
        return self

    @property
    def features(self) -> list[str]:
        """Names of the features that a prediction needs."""
        terms = [name for correction in self.corrections for name in correction.terms]
        return list(dict.fromkeys([*self.coefficients, *terms]))

    def base(self, columns: Columns) -> Floats:
        """Return the sum without corrections, (R,) in milliseconds."""
        parts = [weight * columns[name] for name, weight in self.coefficients.items()]
        total: Floats = np.sum(parts, axis=0)
        return total

    def factor(self, columns: Columns) -> Floats:
        """Return the product of the corrections, (R,)."""
        factor = np.ones(len(next(iter(columns.values()))))
        for correction in self.corrections:
            factor *= correction.factor(columns)
        return factor

    def predict(self, columns: Columns) -> Floats:
        """Return (R,) milliseconds."""
        return self.base(columns) * self.factor(columns)
