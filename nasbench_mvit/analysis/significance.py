"""Tests which networks differ by more than the noise, from few seeds and one set of test images.

Axes: N networks, S seeds, M images.

Two sources of noise affect a score, and both are included.

*Seeds.* Every network is trained with the same S seeds, and a seed draws the same training images
in the same order for all of them, so its effect is partly shared: networks are compared seed by
seed,

    top1[n, s] = network[n] + seed[s] + noise[n, s],

which is a randomised complete block design. A t-test for each pair would estimate the noise with
S - 1 degrees of freedom: two, with three seeds, where a difference must reach 4.3 standard errors,
and the pairs that do are again subject to chance. Here one standard deviation of the noise is
pooled over all networks and has (N - 1)(S - 1) degrees of freedom: fourteen, with eight networks,
and 2.1 standard errors. This assumes that networks are equally noisy, which so few seeds could
hardly refute where networks are as alike as those of a front. Of networks as unlike as those of
different families (``compare_scores``) each pair has the spread of its own differences.

*Images.* Other test images would give other scores. All networks are scored on the same ones, so
the relevant variance is that, between images, of the difference between two networks' hit rates. It
includes a part of the seeds' noise again: intervals are conservative.

The two variances add up, with degrees of freedom after Welch and Satterthwaite. Where each pair has
noise of its own, they are at most those of the seeds: with three seeds some pair's noise is small
by luck, and would lend its estimate a certainty that it has not. For multiple comparisons, p-values
are corrected after Holm (1979, "A simple sequentially rejective multiple test procedure"), and
intervals are simultaneous, after Bonferroni.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

ALPHA = 0.05
POWER = 0.8


@dataclass(frozen=True)
class Estimate:
    """An estimated difference with its interval.

    Attributes:
        estimate: the difference.
        low, high: its interval.
        p: p-value after Holm's correction, which decides whether it is more than noise.
    """

    estimate: float
    low: float
    high: float
    p: float

    @property
    def exceeds_noise(self) -> bool:
        """Whether the difference is statistically significant."""
        return self.p < ALPHA


@dataclass(frozen=True)
class AccuracyDifference(Estimate):
    """The difference in accuracy between two networks, in fractions of the images.

    All intervals hold simultaneously with probability 1 - ``ALPHA``; the p-value has slightly more
    power than they have.

    Attributes:
        first, second: indices of the networks; positive means the first is better.
    """

    first: int
    second: int


@dataclass(frozen=True)
class Comparison:
    """Networks compared with one another.

    Attributes:
        num_networks, num_seeds, num_images: size of the data.
        noise: residual standard deviation of one score given network and seed, a fraction; where
            pairs have noise of their own, the median.
        freedom: degrees of freedom behind it.
        pairs_have_own_noise: whether they have.
        image_variance: variance of a difference from the choice of images, median over the pairs.
        differences: the difference of each pair.
    """

    num_networks: int
    num_seeds: int
    num_images: int
    noise: float
    freedom: int
    pairs_have_own_noise: bool
    image_variance: float
    differences: tuple[AccuracyDifference, ...]

    def smallest_difference(self, num_seeds: int | None = None) -> float:
        """Return the true difference that is detected with probability ``POWER``.

        It is that of a typical pair, by the shifted t approximation, under the full correction for
        several comparisons; Holm's correction is weaker once other differences are significant.

        Args:
            num_seeds: number of seeds; None for the present number.
        """
        seeds = num_seeds or self.num_seeds
        freedom = self.freedom * (seeds - 1) / (self.num_seeds - 1)
        error = _Error.joined(
            _Error(2 * self.noise**2 / seeds, freedom),
            _Error(self.image_variance, self.num_images - 1),
            most_freedom=freedom if self.pairs_have_own_noise else math.inf,
        )
        tail = ALPHA / len(self.differences) / 2
        return error.width(1 - tail) + error.width(POWER)


def compare(hits_NSM: NDArray[np.bool_], pairs: Sequence[tuple[int, int]]) -> Comparison:
    """Compare networks trained with the same seeds and scored on the same images.

    Args:
        hits_NSM: whether each image was classified correctly; at least two networks, two seeds and
            two images.
        pairs: indices of the networks to compare; at least one pair.

    Raises:
        ValueError: there are fewer.
    """
    if min(hits_NSM.shape) < 2 or not pairs:
        raise ValueError(f"nothing to compare: hits of shape {hits_NSM.shape}, {len(pairs)} pairs")
    rates_NM, top1_NS = hits_NSM.mean(1), hits_NSM.mean(2)
    variances = [image_variance(rates_NM[first] - rates_NM[second]) for first, second in pairs]
    noise, freedom = residual_sd(top1_NS), (len(top1_NS) - 1) * (top1_NS.shape[1] - 1)
    noises = [noise] * len(pairs)
    return _compare(
        top1_NS, noises, freedom, variances, hits_NSM.shape[2], pairs, pairs_have_own_noise=False
    )


def compare_scores(
    top1_NS: NDArray[np.float64],
    image_variance_N: NDArray[np.float64],
    num_images: int,
    pairs: Sequence[tuple[int, int]],
) -> Comparison:
    """Compare unlike networks trained with the same seeds by their scores alone.

    The noise of a pair is that of its own differences, since one network may not have begun to
    learn where another scatters; no interval has more degrees of freedom than it. The variance from
    the choice of images is that of independent images for each network: an overestimate where
    networks fail on the same ones.

    Args:
        top1_NS: scores, as fractions; at least two networks and two seeds.
        image_variance_N: variance of a network's score from the choice of images.
        num_images: number of images, at least two.
        pairs: indices of the networks to compare; at least one pair.

    Raises:
        ValueError: there are fewer.
    """
    if min(*top1_NS.shape, num_images) < 2 or not pairs:
        raise ValueError(f"nothing to compare: scores of {top1_NS.shape}, {len(pairs)} pairs")
    variances = [float(image_variance_N[[first, second]].sum()) for first, second in pairs]
    noises = [residual_sd(top1_NS[[first, second]]) for first, second in pairs]
    freedom = top1_NS.shape[1] - 1
    return _compare(
        top1_NS, noises, freedom, variances, num_images, pairs, pairs_have_own_noise=True
    )


def _compare(
    top1_NS: NDArray[np.float64],
    noises: Sequence[float],
    freedom: int,
    image_variances: Sequence[float],
    num_images: int,
    pairs: Sequence[tuple[int, int]],
    *,
    pairs_have_own_noise: bool,
) -> Comparison:
    """Compare by scores and by each pair's noise and variance from the choice of images."""
    num_networks, num_seeds = top1_NS.shape
    of_seeds = [_Error(2 * noise**2 / num_seeds, freedom) for noise in noises]
    of_images = [_Error(variance, num_images - 1) for variance in image_variances]
    most_freedom = freedom if pairs_have_own_noise else math.inf
    errors = [
        _Error.joined(*parts, most_freedom=most_freedom)
        for parts in zip(of_seeds, of_images, strict=True)
    ]
    means_N = top1_NS.mean(1)
    estimates = [float(means_N[first] - means_N[second]) for first, second in pairs]
    p_values = holm([e.p_value(d) for e, d in zip(errors, estimates, strict=True)])
    widths = [error.width(1 - ALPHA / len(pairs) / 2) for error in errors]
    return Comparison(
        num_networks=num_networks,
        num_seeds=num_seeds,
        num_images=num_images,
        noise=float(np.median(noises)),
        freedom=freedom,
        pairs_have_own_noise=pairs_have_own_noise,
        image_variance=float(np.median([part.variance for part in of_images])),
        differences=tuple(
            AccuracyDifference(d, d - width, d + width, float(p), *pair)
            for pair, d, width, p in zip(pairs, estimates, widths, p_values, strict=True)
        ),
    )


def residual_sd(top1_NS: NDArray[np.float64]) -> float:
    """Return the residual standard deviation of scores given the means of network and seed."""
    num_networks, num_seeds = top1_NS.shape
    rest_NS = top1_NS - top1_NS.mean(1, keepdims=True) - top1_NS.mean(0) + top1_NS.mean()
    return math.sqrt(float((rest_NS**2).sum()) / (num_networks - 1) / (num_seeds - 1))


def image_variance(values_M: NDArray[np.float64]) -> float:
    """Return the variance of a mean over images, from the choice of images."""
    return float(values_M.var(ddof=1)) / len(values_M)


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p-values after Holm's correction, which controls the family-wise error rate.

    The smallest is multiplied by the number of tests, the next by one less, and so on; the result
    is made non-decreasing.
    """
    raw = np.asarray(p_values, dtype=float)
    order = np.argsort(raw)
    steps = raw[order] * np.arange(len(raw), 0, -1)
    corrected = np.empty_like(raw)
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected


@dataclass(frozen=True)
class _Error:
    """The squared standard error of a difference, with its degrees of freedom."""

    variance: float
    freedom: float

    @classmethod
    def joined(cls, *parts: Self, most_freedom: float) -> Self:
        """Return the sum of independent parts (Satterthwaite 1946), of at most some freedom."""
        total = sum(part.variance for part in parts)
        doubt = sum(part.variance**2 / part.freedom for part in parts)
        return cls(total, min(most_freedom, total**2 / doubt if doubt else math.inf))

    def width(self, probability: float) -> float:
        """Return the bound that a random error stays below with ``probability``."""
        return float(stats.t.ppf(probability, self.freedom)) * math.sqrt(self.variance)

    def p_value(self, difference: float) -> float:
        """Return the probability of a difference at least as large between equal networks."""
        if not self.variance:
            return 0.0 if difference else 1.0
        return 2 * float(stats.t.sf(abs(difference) / math.sqrt(self.variance), self.freedom))
