"""How well networks that a surrogate has not seen are foretold.

Every network is left out once, in one of ``FOLDS`` parts of all, with all its trainings. It is then
held against a single training, the one with its first seed, for that is what a search would see.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.latency.conformal import margin
from nasbench_mvit.surrogate.features import COSTS, Floats, features
from nasbench_mvit.surrogate.model import BoostedTrees, Parabola
from nasbench_mvit.surrogate.trainings import Trained

FOLDS = 10
SURROGATE = "surrogate"
BASELINES = {"params alone": COSTS.index("log params"), "MACs alone": COSTS.index("log MACs")}
RESAMPLES = 1_000
LEVEL = 0.9
DRAWS = 200
NEAREST = 0.25
MIN_REPEATED = 3


@dataclass(frozen=True)
class Score:
    """A figure with the bootstrap interval of ``LEVEL``, resampling networks."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class HeldOut:
    """N networks of one group and what models that had not seen them expected.

    Attributes:
        truth: top-1 of one training of each, ``(N,)``.
        expected: by model, ``(N,)`` each.
        repeats: top-1 by seed of those networks that were trained with two seeds or more.
    """

    truth: Floats
    expected: dict[str, Floats]
    repeats: tuple[tuple[float, ...], ...]

    @property
    def noise(self) -> float:
        """Standard deviation between seeds, pooled over the repeated networks; NaN of none."""
        return pooled_sd(self.repeats)

    def errors(self) -> Floats:
        """Return what was missed, ``(N,)``: the training less its estimate."""
        return self.truth - self.expected[SURROGATE]

    def coverage(self) -> float:
        """Return the share of errors within the margin that the other networks' errors give."""
        errors_N = self.errors()
        hits = [
            abs(error) <= margin(np.delete(errors_N, place)) for place, error in enumerate(errors_N)
        ]
        return float(np.mean(hits))


def hold_out(trained: Trained) -> dict[str, HeldOut]:
    """Return how each group is foretold by the rest of all networks.

    Raises:
        SurrogateError: scikit-learn is not installed.
    """
    expected = _expected(trained)
    found = {}
    for group in dict.fromkeys(trained.groups.tolist()):
        mask = trained.of_group(group)
        own = [values for values, is_own in zip(trained.top1, mask, strict=True) if is_own]
        found[group] = HeldOut(
            truth=trained.first_top1[mask],
            expected={model: values[mask] for model, values in expected.items()},
            repeats=tuple(values for values in own if len(values) > 1),
        )
    return found


def _expected(trained: Trained) -> dict[str, Floats]:
    features_NF, top1_N = features(trained.specs), trained.mean_top1
    expected = {SURROGATE: left_out(trained, features_NF)}
    expected |= {model: np.empty(len(trained)) for model in BASELINES}
    parts_N = _parts(trained)
    for part in range(FOLDS):
        out, rest = parts_N == part, parts_N != part
        for name, cost in BASELINES.items():
            logs_N = features_NF[:, cost - len(COSTS)]
            parabola = Parabola(logs_N[rest], top1_N[rest])
            expected[name][out] = parabola.predict(logs_N[out])
    return expected


def left_out(trained: Trained, features_NF: Floats) -> Floats:
    """Return what boosted trees, fitted to the other parts, expect of each network, ``(N,)``.

    Args:
        trained: N networks.
        features_NF: what the trees know of them.

    Raises:
        SurrogateError: scikit-learn is not installed.
    """
    expected_N, parts_N = np.empty(len(trained)), _parts(trained)
    for part in range(FOLDS):
        out, rest = parts_N == part, parts_N != part
        model = BoostedTrees.fit(features_NF[rest], trained.mean_top1[rest])
        expected_N[out] = model.predict(features_NF[out])
    return expected_N


def _parts(trained: Trained) -> NDArray[np.int64]:
    """Return the part in which each network is left out; groups are spread over all parts."""
    rng = np.random.default_rng(0)
    parts_N = np.empty(len(trained), dtype=np.int64)
    for group in dict.fromkeys(trained.groups.tolist()):
        mask = trained.of_group(group)
        parts_N[mask] = rng.permutation(int(mask.sum())) % FOLDS
    return parts_N


def r2(truth: Floats, expected_N: Floats) -> float:
    """Return the share of the variance of ``truth`` that is explained; negative for harm."""
    spread = float(np.sum((truth - truth.mean()) ** 2))
    return 1 - float(np.sum((truth - expected_N) ** 2)) / spread if spread else float("nan")


def kendall(truth: Floats, expected_N: Floats) -> float:
    """Return Kendall's τ-b, NaN where one side is constant."""
    return float(stats.kendalltau(truth, expected_N).statistic)


METRICS = {"R²": r2, "Kendall τ": kendall}


def scored(metric: str, held: HeldOut, model: str) -> Score:
    """Return a metric of one model with its interval."""
    truth, expected_N, compute = held.truth, held.expected[model], METRICS[metric]
    rng = np.random.default_rng(0)
    places = rng.integers(len(truth), size=(RESAMPLES, len(truth)))
    drawn = [compute(truth[index], expected_N[index]) for index in places]
    tail = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(drawn, [tail, 100 - tail])
    return Score(compute(truth, expected_N), float(low), float(high))


def ceilings(held: HeldOut) -> dict[str, float]:
    """Return what each metric would come to for a model that knew every network's true top-1.

    The true top-1, the mean over endlessly many seeds, has the variance of single trainings less
    that between seeds. Such values are made by drawing the trainings together around their mean;
    then noise between seeds is added ``DRAWS`` times, and the metric is the mean over draws. Weak
    networks are noisier than good ones, so a network's noise is drawn from the deviations of those
    repeated networks, ``NEAREST`` of all, that are nearest to it in top-1. NaN where too few were
    repeated, or where noise is all there is.
    """
    if len(held.repeats) < MIN_REPEATED:
        return dict.fromkeys(METRICS, float("nan"))
    pools = _deviations_near(held.truth, held.repeats)
    noise = float(np.mean([np.mean(pool**2) for pool in pools]))
    share = 1 - noise / float(np.var(held.truth, ddof=1))
    if not share > 0:
        return dict.fromkeys(METRICS, float("nan"))
    centre = held.truth.mean()
    known_N = centre + np.sqrt(share) * (held.truth - centre)
    rng = np.random.default_rng(0)
    drawn = np.array([rng.choice(pool, DRAWS) for pool in pools]).T
    return {
        name: float(np.mean([compute(known_N + noise_N, known_N) for noise_N in drawn]))
        for name, compute in METRICS.items()
    }


def _deviations_near(top1_N: Floats, repeats: Sequence[Sequence[float]]) -> list[Floats]:
    """Return for each network how single trainings deviated in repeated networks like it.

    A deviation from the mean of n seeds is enlarged by √(n / (n − 1)) to that from the true mean.
    """
    levels = np.array([np.mean(values) for values in repeats])
    deviations = [
        (np.array(values) - level) * np.sqrt(len(values) / (len(values) - 1))
        for values, level in zip(repeats, levels, strict=True)
    ]
    count = max(MIN_REPEATED, round(NEAREST * len(repeats)))
    return [
        np.concatenate([deviations[place] for place in np.argsort(np.abs(levels - top1))[:count]])
        for top1 in top1_N
    ]
