"""The calibration file: strictly validated JSON with the terms and all that they rest on."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from nasbench_mvit.architecture.published import PUBLISHED
from nasbench_mvit.calibration.domain import KINDS
from nasbench_mvit.calibration.terms import MACS, Terms
from nasbench_mvit.errors import listed, unknown
from nasbench_mvit.latency.fields import Count, NotNegative, Share, Strict, Words
from nasbench_mvit.latency.predictor.document import Range

RANGES = ("macs", "params", "score")
Percent = Annotated[float, Field(ge=0, le=100)]


class CalibrationNetwork(Strict):
    """A published network with its scores; top-1 is in percent of ImageNet-1k's validation images.

    Attributes:
        name: its name for ``published``.
        family: the paper, which is left out as a whole.
        imagenet_top1, source: the published top-1, and where it is printed.
        scores: by the proxy, one for each seed, fractions.
        fitted_top1: what the calibration makes of their mean.
        left_out_error: what a calibration to the other networks makes of it, minus the published.
    """

    name: Words
    family: Words
    imagenet_top1: Percent
    source: Words
    scores: Annotated[list[Share], Field(min_length=1)]
    macs: Count
    params: Count
    fitted_top1: float
    left_out_error: float


class CalibrationErrors(Strict):
    """Root mean square errors in points of top-1.

    Attributes:
        left_out: of networks left out one by one.
        paper_out: of those of v1, v2 or v3 left out together; None where the others do not
            determine the weights.
    """

    left_out: NotNegative
    paper_out: NotNegative | None


class ScoreNoise(Strict):
    """The standard deviation of a score between seeds, a fraction, and its degrees of freedom."""

    sd: NotNegative
    freedom: Count


class CalibrationDocument(Strict):
    """A calibration of a proxy's scores.

    Attributes:
        name: its name in sentences.
        kind: what it makes of a score.
        proxy_id, proxy: the recipe whose scores it takes.
        data, images: the images that the recipe trains on, and their fingerprint.
        terms, weights: what the top-1 is a sum of, and the weights, the constant first.
        errors: of the calibration, the choice of its terms made anew without what is left out.
        alternatives: the errors of each choice of terms, and of log MACs, which cost no training.
        margin: half width in points of the interval of a network scored like these.
        margin_outside: the same outside the domain.
        noise: of a score; None where no network has two seeds.
        ranges: smallest and largest value among the networks of ``RANGES``.
        kinds: values among the networks of ``KINDS``.
        interval: description of the interval.
    """

    schema_version: Literal[1]
    name: Words
    kind: Literal["estimated"]
    proxy_id: Words
    proxy: dict[str, Any]
    data: Words
    images: Words
    terms: Terms
    weights: list[float]
    networks: Annotated[list[CalibrationNetwork], Field(min_length=1)]
    errors: CalibrationErrors
    alternatives: dict[str, CalibrationErrors]
    margin: NotNegative
    margin_outside: NotNegative
    noise: ScoreNoise | None
    ranges: dict[str, Range]
    kinds: dict[str, list[str]]
    interval: Words

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        count = 3 if self.terms.endswith(MACS) else 2
        if len(self.weights) != count:
            raise ValueError(f"weights of '{self.terms}' are {count}, got {len(self.weights)}")
        if self.weights[1] <= 0:
            raise ValueError(f"the weight of the score is above 0, got {self.weights[1]}")
        for network in self.networks:
            if network.name not in PUBLISHED:
                raise ValueError(unknown("published network", network.name, PUBLISHED))
        for field, found, needed in (("ranges", self.ranges, RANGES), ("kinds", self.kinds, KINDS)):
            if set(found) != set(needed):
                raise ValueError(f"{field} are those of {listed(needed)}, got {listed(found)}")
        if not {self.terms, MACS} <= set(self.alternatives):
            raise ValueError(f"alternatives must hold '{self.terms}' and '{MACS}'")
        if self.margin > self.margin_outside:
            raise ValueError("margin must not exceed margin_outside")
        return self
