"""The model of a measured device: a non-negative sum, times small corrections.

The sum gives every physical quantity a price in milliseconds, so it never decreases when a network
grows. A correction is a factor, the exponential of a linear function of the features' logarithms.
It captures effects such as the lower rate of small matrices, and is used only if cross-validation
selects it. Outside the range of the rows it is constant, so that it cannot diverge.

Axes: R rows (networks), F features.
"""

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field

from nasbench_mvit.errors import unknown
from nasbench_mvit.latency.features.sums import FEATURES, Floats
from nasbench_mvit.latency.fields import NotNegative, Strict

Columns = Mapping[str, Floats]  # feature -> its value in every network, (R,) each


def _known(name: str) -> str:
    if name not in FEATURES:
        raise ValueError(unknown("feature", name, FEATURES))
    return name


def _useful(coefficients: dict[str, float]) -> dict[str, float]:
    if not any(coefficients.values()):
        raise ValueError("at least one coefficient must be positive")
    return coefficients


FeatureName = Annotated[str, AfterValidator(_known)]
Coefficients = Annotated[
    dict[FeatureName, NotNegative], Field(min_length=1), AfterValidator(_useful)
]


class Term(Strict):
    """One feature of a correction.

    Attributes:
        mean, scale: mean and scale of the feature's log1p over the rows of the fit.
        low, high: smallest and largest standardised value there, to which others are clipped.
        weight: weight of the standardised value.
    """

    mean: float
    scale: Annotated[float, Field(gt=0)]
    low: float
    high: float
    weight: float


class Correction(Strict):
    """A factor: exp(intercept + Σ weight · standardised log1p(feature))."""

    intercept: float
    terms: dict[FeatureName, Term]

    def factor(self, columns: Columns) -> Floats:
        """Return the factor of the rows, (R,)."""
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
        corrections: corrections in the order of fitting; a transferred model keeps its parent's.
    """

    coefficients: Coefficients
    corrections: list[Correction] = Field(default_factory=list)

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
        """Return the milliseconds of the rows, (R,)."""
        return self.base(columns) * self.factor(columns)
