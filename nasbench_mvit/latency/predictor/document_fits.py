"""The two kinds of fit of a predictor file, each with its evaluation."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nasbench_mvit.errors import unknown
from nasbench_mvit.latency.fields import Count, NotNegative, Share, Strict, Words
from nasbench_mvit.latency.predictor.physical import Coefficients, PhysicalModel

MODEL = "model"  # name of the model among the scores
CROSS_VALIDATION, EXTRAPOLATION, HELD_OUT = "cross-validation", "extrapolation", "held out"


class Candidate(Strict):
    """A linear model with non-negative coefficients, and its errors.

    Attributes:
        coefficients: milliseconds per unit of each feature.
        max_error: largest relative error of a held-out row, except for rows that need a resize,
            which have ``PredictorRow.needs_resize`` and an error of their own.
        mean_error: mean absolute relative error of the same rows.
        max_error_unseen_network: like ``max_error``, with all rows of a network held out together.
        max_fit_error: largest relative error of a row in the fit.
    """

    coefficients: Coefficients
    max_error: Annotated[float, Field(ge=0, lt=1)]
    mean_error: NotNegative
    max_error_unseen_network: NotNegative
    max_fit_error: NotNegative


class Calibration(Strict):
    """A fit to few published rows: several small models, of which one predicts.

    Attributes:
        chosen: name of the candidate that predicts.
        rival: name of the candidate that extends the interval where the predictor extrapolates.
        candidates: all models that were fitted.
    """

    kind: Literal["calibration"] = "calibration"
    chosen: str
    rival: str
    candidates: Annotated[dict[str, Candidate], Field(min_length=1)]

    @model_validator(mode="after")
    def _named(self) -> Self:
        for field in (self.chosen, self.rival):
            if field not in self.candidates:
                raise ValueError(unknown("candidate", field, self.candidates))
        return self

    @property
    def model(self) -> PhysicalModel:
        """The chosen model, without its interval."""
        return PhysicalModel(coefficients=self.candidates[self.chosen].coefficients)

    @property
    def extrapolation_margin(self) -> float:
        """The rival's largest error as a margin, in logarithms."""
        return -math.log1p(-self.candidates[self.rival].max_error)

    @property
    def features(self) -> list[str]:
        """Names of the features that a prediction needs."""
        models = (self.candidates[self.chosen], self.candidates[self.rival])
        return list(dict.fromkeys(name for model in models for name in model.coefficients))


class Score(Strict):
    """The scores of a fit on held-out networks.

    Attributes:
        rows: number of rows.
        mape: mean absolute relative error, a fraction.
        within_10: share of rows missed by 10 % or less.
        spearman: rank correlation; None where there are fewer than three rows.
        coverage: share of rows inside their 90 % interval.
    """

    rows: Count
    mape: NotNegative
    within_10: Share
    spearman: Annotated[float, Field(ge=-1, le=1)] | None
    coverage: Share


Scores = Annotated[dict[str, Score], Field(min_length=1)]


class Baseline(Strict):
    """A simpler model fitted to the same rows, for comparison; ``margin`` as in ``Regression``."""

    model: PhysicalModel
    margin: NotNegative


class Regression(Strict):
    """A model fitted to measured rows.

    Attributes:
        way: name of the selected fit.
        model: the model of the predictor.
        margin: half width of the 90 % interval, in logarithms: a factor of exp(margin) each way.
        extrapolation_margin: the half width for networks unlike the rows.
        baselines: simpler models by name.
        scores: the scores by split, then by model; the splits are "cross-validation",
            "extrapolation" (the largest tenth of the rows by a fit to the others) and "held out".
    """

    kind: Literal["regression"] = "regression"
    way: Words
    model: PhysicalModel
    margin: NotNegative
    extrapolation_margin: NotNegative
    baselines: dict[str, Baseline]
    scores: dict[str, Scores]

    @model_validator(mode="after")
    def _wider_outside(self) -> Self:
        if self.extrapolation_margin < self.margin:
            raise ValueError("extrapolation_margin must not be below margin")
        return self

    @property
    def features(self) -> list[str]:
        """Names of the features that a prediction needs."""
        return self.model.features
