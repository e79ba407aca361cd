"""What the trainings of an ablation say: arms, effects, and how they stand to the paper's."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.ablation.design.arms import Arm
from nasbench_mvit.ablation.design.contrasts import ARMS, Contrast
from nasbench_mvit.ablation.design.design import Ablation
from nasbench_mvit.ablation.results.document import Verdict
from nasbench_mvit.analysis.paired import PairedEffect, smallest_effect
from nasbench_mvit.analysis.statistics import mean
from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.latency.predictor.predictor import Latency, LatencyPredictor

PERCENT = 100.0
PAPER_SPREAD = 0.3  # points of top-1; run to run, as the paper's authors state it


@dataclass(frozen=True, kw_only=True)
class ArmRow:
    """One arm; accuracies in percent.

    Attributes:
        arm: what it is.
        scores: one for each seed that all arms have been trained with.
        half_width: half the width of the interval of their mean, NaN below two.
        delta: mean less the reference arm's, NaN without one of both.
        paper_delta: the same as the paper reports it, None if it does not.
        params, macs, latency: costs and latency of the full-size network.
        left_out_ms: what a fit without this network's own published latency predicts, None where
            the predictor was not calibrated on it.
        patches: by stage, at the size trained at.
        seconds, cpu_seconds: mean of a training.
        failure: why it could not be trained; empty if nothing is wrong.
    """

    arm: Arm
    scores: tuple[float, ...]
    half_width: float
    delta: float
    paper_delta: float | None
    params: int
    macs: int
    latency: Latency
    left_out_ms: float | None
    patches: Mapping[int, int]
    seconds: float
    cpu_seconds: float
    failure: str

    @property
    def top1(self) -> float:
        """Mean over seeds, in percent; NaN before the first."""
        return mean(self.scores)


@dataclass(frozen=True, kw_only=True)
class EffectRow:
    """One effect in points, next to the paper's.

    Attributes:
        contrast: what is compared.
        effect: what was found.
        paper: what the paper reports, None if it does not.
        paper_spread: run-to-run spread of the paper's scores in points, 0 where none is stated.
    """

    contrast: Contrast
    effect: PairedEffect
    paper: float | None
    paper_spread: float = PAPER_SPREAD

    @property
    def verdict(self) -> Verdict:
        """The verdict, compared with the noise and with the paper's effect."""
        if not self.effect.exceeds_noise:
            by_itself = self.effect.low > 0 or self.effect.high < 0
            return Verdict.ALONE if by_itself else Verdict.NOISE
        if not self.paper:  # none, or no difference and so no sign
            return Verdict.LARGER
        same = (self.effect.estimate > 0) == (self.paper > 0)
        return Verdict.AGREES if same else Verdict.DISAGREES

    @property
    def is_papers_noise(self) -> bool:
        """Whether the paper's own effect lies within the run-to-run spread its authors state."""
        return self.paper is not None and abs(self.paper) <= self.paper_spread + 1e-9


@dataclass(frozen=True, kw_only=True)
class AblationSummary:
    """The state of an ablation.

    Attributes:
        ablation: the study.
        predictor: predictor of the latencies.
        rows: one for each arm, the reference first.
        seeds: those that every arm which did not fail has been trained with.
        num_missing: trainings still to do.
        num_images: validation images behind a score, 0 before the first.
        effects: in the order of the design; empty before two seeds are whole.
    """

    ablation: Ablation
    predictor: LatencyPredictor
    rows: tuple[ArmRow, ...]
    seeds: tuple[int, ...]
    num_missing: int
    num_images: int
    effects: tuple[EffectRow, ...]

    @property
    def task(self) -> Task:
        """What the networks are trained for."""
        return self.ablation.config.proxy.task

    @property
    def metric(self) -> str:
        """Name of what they are scored by, like "top-1"."""
        return self.ablation.config.proxy.metric

    @property
    def num_tests(self) -> int:
        """Comparisons of arms with the reference, for which their p-values are corrected."""
        return sum(row.contrast.family == ARMS for row in self.effects)

    @property
    def spread(self) -> float:
        """Standard deviation, in points, of the effect of one arm between seeds; the median."""
        single = [row.effect for row in self.effects if row.contrast.family == ARMS]
        return float(np.median([effect.spread for effect in single]))

    def smallest_effect(self, num_seeds: int) -> float:
        """Return the effect, in points, that so many seeds are likely to find at that spread."""
        return smallest_effect(self.spread, num_seeds=num_seeds, num_tests=self.num_tests)

    @property
    def image_error(self) -> float:
        """Standard error, in points, that the choice of images leaves to a difference at most.

        It is that of a share of images, NaN of other metrics.
        """
        means = [row.top1 / PERCENT for row in self.rows if row.scores]
        if not means or not self.num_images or self.task != "classification":
            return math.nan
        mean = float(np.mean(means))
        return math.sqrt(2 * mean * (1 - mean) / self.num_images) * PERCENT
