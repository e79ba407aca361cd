"""Predictions of a surrogate for held-out networks, and their scores.

Every network is held out once, in one of ``FOLDS`` folds, with all its trainings; networks chosen
by searches are held out together, since those of one search are similar. A prediction is compared
with a single training, the one with the first seed, as a search would see it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from nasbench_mvit.analysis.conformal import margin
from nasbench_mvit.analysis.statistics import pooled_sd
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.surrogate.features import COSTS, Floats, features
from nasbench_mvit.surrogate.model import BoostedTrees, Parabola
from nasbench_mvit.surrogate.trainings import TrainedNetworks, drawn

FOLDS = 10
SURROGATE = "surrogate"
BASELINES = {"params alone": COSTS.index("log params"), "MACs alone": COSTS.index("log MACs")}
RESAMPLES = 1_000
LEVEL = 0.9
DRAWS = 200
NEAREST = 0.25
MIN_REPEATED = 3


@dataclass(frozen=True)
class ScoreInterval:
    """A score with its bootstrap interval of ``LEVEL``, resampling networks."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class HeldOut:
    """N networks of one group with the predictions of models that were fitted without them.

    Attributes:
        truth: top-1 of one training of each, ``(N,)``.
        expected: predictions of each model, ``(N,)`` each.
        repeats: top-1 by seed of the networks that were trained with two seeds or more.
    """

    truth: Floats
    expected: dict[str, Floats]
    repeats: tuple[tuple[float, ...], ...]

    @property
    def noise(self) -> float:
        """Standard deviation between seeds, pooled over the repeated networks; NaN without any."""
        return pooled_sd(self.repeats)

    def errors(self) -> Floats:
        """Return the errors, training minus estimate, ``(N,)``."""
        return self.truth - self.expected[SURROGATE]


def hold_out(trained: TrainedNetworks) -> dict[str, HeldOut]:
    """Return the held-out predictions of each group.

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


def _expected(trained: TrainedNetworks) -> dict[str, Floats]:
    features_NF, top1_N = features(trained.specs), trained.mean_top1
    expected = {SURROGATE: left_out(trained, features_NF)}
    expected |= {model: np.empty(len(trained)) for model in BASELINES}
    parts_N = _parts(trained)
    for group in dict.fromkeys(trained.groups.tolist()):
        own, like = trained.of_group(group), trained.of_group(drawn(group))
        for part in np.unique(parts_N[own]):
            out, rest = own & (parts_N == part), like & (parts_N != part)
            for name, cost in BASELINES.items():
                logs_N = features_NF[:, cost - len(COSTS)]
                parabola = Parabola(logs_N[rest], top1_N[rest])
                expected[name][out] = parabola.predict(logs_N[out])
    return expected


def coverage(trained: TrainedNetworks, held: Mapping[str, HeldOut]) -> dict[str, float]:
    """Return the coverage of held-out intervals for each group.

    Each half of the networks is covered by the model and the intervals of the other half; networks
    chosen by a search are covered by the intervals of drawn ones, like those of a new search.

    Args:
        trained: the N networks.
        held: their held-out predictions.

    Raises:
        SurrogateError: scikit-learn is not installed.
    """
    hits: dict[str, list[bool]] = {group: [] for group in held}
    parts_N = _parts(trained)
    for half in range(2):
        places = np.arange(len(trained))
        seen = trained.part(places[(parts_N < FOLDS) & (parts_N % 2 == half)])
        margins = {group: margin(own.errors()) for group, own in hold_out(seen).items()}
        other = trained.part(places[(parts_N < FOLDS) & (parts_N % 2 != half)])
        model = BoostedTrees.fit(features(seen.specs), seen.mean_top1)
        errors_N = np.abs(other.first_top1 - model.predict(features(other.specs)))
        for group, width in margins.items():
            hits[group] += (errors_N[other.of_group(group)] <= width).tolist()
    for group, own in held.items():
        if group != drawn(group):
            width = margin(held[drawn(group)].errors())
            hits[group] = (np.abs(own.errors()) <= width).tolist()
    return {group: float(np.mean(found)) for group, found in hits.items()}


def left_out(trained: TrainedNetworks, features_NF: Floats) -> Floats:
    """Return the predictions of boosted trees fitted to the other folds, ``(N,)``.

    Args:
        trained: the N networks.
        features_NF: their features.

    Raises:
        SurrogateError: scikit-learn is not installed.
    """
    expected_N, parts_N = np.empty(len(trained)), _parts(trained)
    for part in np.unique(parts_N):
        out, rest = parts_N == part, parts_N != part
        model = BoostedTrees.fit(features_NF[rest], trained.mean_top1[rest])
        expected_N[out] = model.predict(features_NF[out])
    return expected_N


def unseen_estimates(trained: TrainedNetworks, specs: Sequence[MobileViTSpec]) -> Floats:
    """Return the top-1 of S networks estimated by models fitted without each, ``(S,)``.

    Args:
        trained: the networks to fit models to.
        specs: the S networks, at least one; among those to fit or not.

    Raises:
        SurrogateError: scikit-learn is not installed.
    """
    features_NF = features(trained.specs)
    held_out = zip(trained.specs, left_out(trained, features_NF).tolist(), strict=True)
    of_trained = {spec.id: top1 for spec, top1 in held_out}
    of_all = BoostedTrees.fit(features_NF, trained.mean_top1).predict(features(specs))
    pairs = zip(specs, of_all.tolist(), strict=True)
    return np.array([of_trained.get(spec.id, top1) for spec, top1 in pairs])


def _parts(trained: TrainedNetworks) -> NDArray[np.int64]:
    """Return the fold of each network.

    Groups are spread over the first ``FOLDS`` folds; a group of chosen networks is a fold of its
    own.
    """
    rng = np.random.default_rng(0)
    parts_N = np.empty(len(trained), dtype=np.int64)
    for number, group in enumerate(dict.fromkeys(trained.groups.tolist())):
        mask = trained.of_group(group)
        if group == drawn(group):
            parts_N[mask] = rng.permutation(int(mask.sum())) % FOLDS
        else:
            parts_N[mask] = FOLDS + number
    return parts_N


def r2(truth: Floats, expected_N: Floats) -> float:
    """Return the share of the variance of ``truth`` that is explained, which may be negative."""
    spread = float(np.sum((truth - truth.mean()) ** 2))
    return 1 - float(np.sum((truth - expected_N) ** 2)) / spread if spread else float("nan")


def kendall(truth: Floats, expected_N: Floats) -> float:
    """Return Kendall's τ-b, NaN if one side is constant."""
    return float(stats.kendalltau(truth, expected_N).statistic)


METRICS = {"R²": r2, "Kendall τ": kendall}


def scored(metric: str, held: HeldOut, model: str) -> ScoreInterval:
    """Return a metric of one model with its interval."""
    truth, expected_N, compute = held.truth, held.expected[model], METRICS[metric]
    rng = np.random.default_rng(0)
    places = rng.integers(len(truth), size=(RESAMPLES, len(truth)))
    drawn = [compute(truth[index], expected_N[index]) for index in places]
    tail = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(drawn, [tail, 100 - tail])
    return ScoreInterval(compute(truth, expected_N), float(low), float(high))


def ceilings(held: HeldOut) -> dict[str, float]:
    """Return the noise ceiling of each metric: its value for a model of every true top-1.

    The true top-1, the mean over infinitely many seeds, has the variance of single trainings minus
    that between seeds. Such values are simulated by shrinking the trainings to their mean; then
    noise between seeds is added ``DRAWS`` times, and the metric is averaged. Weak networks are
    noisier than good ones, so a network's noise is drawn from the deviations of the ``NEAREST``
    repeated networks in top-1. The result is NaN if too few were repeated, or if all variance is
    noise.
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
    """Return for each network the deviations of single trainings in similar repeated networks.

    A deviation from the mean of n seeds is scaled by √(n / (n − 1)) to that from the true mean.
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
