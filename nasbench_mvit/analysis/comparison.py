"""Which networks differ by more than the noise, told from few seeds and one set of test images.

Axes: N networks, S seeds, M images.

Two kinds of chance stand between a score and a network's worth, and both count here.

*Seeds.* Every network is trained with the same S seeds, and a seed draws the same training images
in the same order for all of them, so its luck is partly shared: networks are compared seed by seed,

    top1[n, s] = network[n] + seed[s] + noise[n, s],

which is a randomised complete block design. A t-test for each pair would know the noise from S - 1
degrees of freedom: two, with three seeds, where a difference must reach 4.3 standard errors, and
which pairs do so is luck again. Here one standard deviation of the noise is pooled over all
networks and has (N - 1)(S - 1) degrees of freedom: fourteen, with eight networks, and 2.1 standard
errors. The price is the assumption that networks are equally noisy, which so few seeds could hardly
refute.

*Images.* Other test images would give other scores. All networks are scored on the same ones, so
what counts is the variance, from image to image, of the difference between two networks' hit rates
there. It counts a part of the seeds' noise again: intervals are a little too wide, if anything.

The two variances add up, with degrees of freedom after Welch and Satterthwaite. Of many
comparisons some would stand out by chance: p-values are corrected after Holm (1979, "A simple
sequentially rejective multiple test procedure"), and intervals, after Bonferroni, hold all at once.
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
class Difference:
    """How much more accurate one network is than another, in fractions of the images.

    Attributes:
        first, second: the networks' places; positive means the first is better.
        estimate: difference of their mean scores.
        low, high: intervals that contain all true differences at once with 1 - ``ALPHA``.
        p: p-value after Holm's correction, which decides; it can find a little more than the
            intervals do.
    """

    first: int
    second: int
    estimate: float
    low: float
    high: float
    p: float

    @property
    def exceeds_noise(self) -> bool:
        """Whether the difference is larger than chance explains."""
        return self.p < ALPHA


@dataclass(frozen=True)
class Comparison:
    """Networks compared with one another.

    Attributes:
        num_networks, num_seeds, num_images: what the comparison rests on.
        noise: standard deviation of one score beyond what network and seed explain, a fraction.
        image_variance: of a difference, from the choice of images; the median over the pairs.
        differences: one for each pair compared.
    """

    num_networks: int
    num_seeds: int
    num_images: int
    noise: float
    image_variance: float
    differences: tuple[Difference, ...]

    @property
    def freedom(self) -> int:
        """Degrees of freedom behind ``noise``."""
        return (self.num_networks - 1) * (self.num_seeds - 1)

    def smallest_difference(self, num_seeds: int | None = None) -> float:
        """Return the true difference that so many seeds find with probability ``POWER``.

        It is that of a typical pair, by the shifted t approximation, under the full correction for
        several comparisons; Holm's needs less where other differences have been found.

        Args:
            num_seeds: None for those at hand.
        """
        seeds = num_seeds or self.num_seeds
        error = _Error.joined(
            _Error(2 * self.noise**2 / seeds, (self.num_networks - 1) * (seeds - 1)),
            _Error(self.image_variance, self.num_images - 1),
        )
        tail = ALPHA / len(self.differences) / 2
        return error.width(1 - tail) + error.width(POWER)


def compare(hits_NSM: NDArray[np.bool_], pairs: Sequence[tuple[int, int]]) -> Comparison:
    """Compare networks trained with the same seeds and scored on the same images.

    Args:
        hits_NSM: which images were named right; two networks, two seeds, two images at least.
        pairs: which networks are held against which, by place; one pair at least.

    Raises:
        ValueError: there are fewer.
    """
    if min(hits_NSM.shape) < 2 or not pairs:
        raise ValueError(f"nothing to compare: hits of shape {hits_NSM.shape}, {len(pairs)} pairs")
    rates_NM = hits_NSM.mean(1)
    variances = [image_variance(rates_NM[first] - rates_NM[second]) for first, second in pairs]
    return _compare(hits_NSM.mean(2), variances, hits_NSM.shape[2], pairs)


def compare_scores(
    top1_NS: NDArray[np.float64], num_images: int, pairs: Sequence[tuple[int, int]]
) -> Comparison:
    """Compare networks trained with the same seeds of which only the scores are known.

    What the choice of images adds is then taken as if every network had seen images of its own,
    p(1 - p)/M each: more than it is, where networks fail on the same images.

    Args:
        top1_NS: fractions of the images; two networks, two seeds at least.
        num_images: images scored, two at least.
        pairs: which networks are held against which, by place; one pair at least.

    Raises:
        ValueError: there are fewer.
    """
    if min(*top1_NS.shape, num_images) < 2 or not pairs:
        raise ValueError(f"nothing to compare: scores of {top1_NS.shape}, {len(pairs)} pairs")
    means_N = top1_NS.mean(1)
    own_N = means_N * (1 - means_N) / num_images
    variances = [float(own_N[first] + own_N[second]) for first, second in pairs]
    return _compare(top1_NS, variances, num_images, pairs)


def _compare(
    top1_NS: NDArray[np.float64],
    image_variances: Sequence[float],
    num_images: int,
    pairs: Sequence[tuple[int, int]],
) -> Comparison:
    """Compare by scores and by what the choice of images adds to each pair's difference."""
    num_networks, num_seeds = top1_NS.shape
    noise = residual_sd(top1_NS)
    of_seeds = _Error(2 * noise**2 / num_seeds, (num_networks - 1) * (num_seeds - 1))
    of_images = [_Error(variance, num_images - 1) for variance in image_variances]
    errors = [_Error.joined(of_seeds, part) for part in of_images]
    means_N = top1_NS.mean(1)
    estimates = [float(means_N[first] - means_N[second]) for first, second in pairs]
    p_values = holm([e.p_value(d) for e, d in zip(errors, estimates, strict=True)])
    widths = [error.width(1 - ALPHA / len(pairs) / 2) for error in errors]
    return Comparison(
        num_networks=num_networks,
        num_seeds=num_seeds,
        num_images=num_images,
        noise=noise,
        image_variance=float(np.median([part.variance for part in of_images])),
        differences=tuple(
            Difference(*pair, estimate=d, low=d - width, high=d + width, p=float(p))
            for pair, d, width, p in zip(pairs, estimates, widths, p_values, strict=True)
        ),
    )


def residual_sd(top1_NS: NDArray[np.float64]) -> float:
    """Return the standard deviation of scores beyond the means of their network and their seed."""
    num_networks, num_seeds = top1_NS.shape
    rest_NS = top1_NS - top1_NS.mean(1, keepdims=True) - top1_NS.mean(0) + top1_NS.mean()
    return math.sqrt(float((rest_NS**2).sum()) / (num_networks - 1) / (num_seeds - 1))


def image_variance(values_M: NDArray[np.float64]) -> float:
    """Return the variance of a mean over images, from the choice of images."""
    return float(values_M.var(ddof=1)) / len(values_M)


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p-values corrected for their number, so that one in all is wrong with its chance.

    The smallest is multiplied by the number of tests, the next by one less, and so on; none may
    fall below a smaller one's.
    """
    raw = np.asarray(p_values, dtype=float)
    order = np.argsort(raw)
    steps = raw[order] * np.arange(len(raw), 0, -1)
    corrected = np.empty_like(raw)
    corrected[order] = np.minimum(1, np.maximum.accumulate(steps))
    return corrected


@dataclass(frozen=True)
class _Error:
    """The squared standard error of a difference, and the degrees of freedom it is known from."""

    variance: float
    freedom: float

    @classmethod
    def joined(cls, *parts: Self) -> Self:
        """Return the sum of independent parts (Satterthwaite 1946)."""
        total = sum(part.variance for part in parts)
        doubt = sum(part.variance**2 / part.freedom for part in parts)
        return cls(total, total**2 / doubt if doubt else math.inf)

    def width(self, probability: float) -> float:
        """Return what an error of chance stays below with ``probability``."""
        return float(stats.t.ppf(probability, self.freedom)) * math.sqrt(self.variance)

    def p_value(self, difference: float) -> float:
        """Return the chance of such a difference, or a larger one, between equal networks."""
        if not self.variance:
            return 0.0 if difference else 1.0
        return 2 * float(stats.t.sf(abs(difference) / math.sqrt(self.variance), self.freedom))
