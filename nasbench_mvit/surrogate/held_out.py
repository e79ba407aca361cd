"""How well networks that a surrogate has not seen are foretold.

Every network is left out once, in one of ``FOLDS`` parts of all, with all its trainings. It is then
held against a single training, the one with its first seed, for that is what a search would see.
"""

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
        noise: standard deviation between seeds, pooled over ``repeated`` networks; NaN if none.
        repeated: how many networks were trained with two seeds or more.
    """

    truth: Floats
    expected: dict[str, Floats]
    noise: float
    repeated: int

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
        repeated = [v for v, own in zip(trained.top1, mask, strict=True) if own and len(v) > 1]
        found[group] = HeldOut(
            truth=trained.first_top1[mask],
            expected={model: values[mask] for model, values in expected.items()},
            noise=pooled_sd(repeated),
            repeated=len(repeated),
        )
    return found


def _expected(trained: Trained) -> dict[str, Floats]:
    features_NF, top1_N = features(trained.specs), trained.mean_top1
    expected = {model: np.empty(len(trained)) for model in (SURROGATE, *BASELINES)}
    parts_N = _parts(trained)
    for part in range(FOLDS):
        out, rest = parts_N == part, parts_N != part
        model = BoostedTrees.fit(features_NF[rest], top1_N[rest])
        expected[SURROGATE][out] = model.predict(features_NF[out])
        for name, cost in BASELINES.items():
            logs_N = features_NF[:, cost - len(COSTS)]
            parabola = Parabola(logs_N[rest], top1_N[rest])
            expected[name][out] = parabola.predict(logs_N[out])
    return expected


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
    then noise between seeds is added ``DRAWS`` times, and the metric is the mean over draws. NaN
    where no network was repeated, or where noise is all there is.
    """
    truth, noise = held.truth, held.noise
    share = 1 - noise**2 / float(np.var(truth, ddof=1))
    if not share > 0:
        return dict.fromkeys(METRICS, float("nan"))
    known_N = truth.mean() + np.sqrt(share) * (truth - truth.mean())
    rng = np.random.default_rng(0)
    noisy = known_N + rng.normal(0, noise, size=(DRAWS, len(known_N)))
    return {
        name: float(np.mean([compute(one, known_N) for one in noisy]))
        for name, compute in METRICS.items()
    }
