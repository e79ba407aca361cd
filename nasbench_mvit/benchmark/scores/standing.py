"""What training-free scores tell of the top-1 of a table's networks, alone and beside the rest.

Axes: N networks, F features.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasbench_mvit.analysis.ranking import Correlation, kendall, partial_spearman, spearman
from nasbench_mvit.benchmark.scores.archive import of_table
from nasbench_mvit.errors import ScoreError
from nasbench_mvit.surrogate.features import COSTS, Floats, features
from nasbench_mvit.surrogate.held_out import LEVEL, RESAMPLES, HeldOut, Score, left_out
from nasbench_mvit.surrogate.trainings import Trained
from nasbench_mvit.table.benchmark import Benchmark
from nasbench_mvit.training_free.names import NAMES

SURROGATE = "fields, params, MACs: the surrogate"
SURROGATE_AND_SCORES = "fields, params, MACs, scores"
COSTS_ALONE = "params, MACs"
COSTS_AND_SCORES = "params, MACs, scores"
ADDED = {SURROGATE: SURROGATE_AND_SCORES, COSTS_ALONE: COSTS_AND_SCORES}


@dataclass(frozen=True)
class Ranking:
    """How a figure ranks networks beside their top-1, the mean over seeds.

    Attributes:
        rho, tau: Spearman's and Kendall's correlation.
        beyond: Spearman's, given params and MACs; None of these themselves.
    """

    rho: Correlation
    tau: Correlation
    beyond: Correlation | None


@dataclass(frozen=True)
class Scored:
    """A table's N networks with their trainings and their scores.

    Attributes:
        trained: the networks.
        scores: by name, ``(N,)`` each.
        seconds: processor seconds that all scores of a network took, ``(N,)``.
    """

    trained: Trained
    scores: Mapping[str, Floats]
    seconds: Floats

    @classmethod
    def of(cls, benchmark: Benchmark, rows: pd.DataFrame, *, seed: int = 0) -> "Scored":
        """Put the scores of an archive beside the trainings of a table.

        Raises:
            ScoreError: a network of the table has no scores with this seed.
        """
        frames = {name: benchmark.frame(name)[1.0] for name in ("top1", "cpu_seconds")}
        trainings = pd.DataFrame(frames).join(benchmark.networks["spec"], on="spec_id")
        trained = Trained.of(trainings.reset_index().assign(group=benchmark.about.name))
        found = of_table(rows, benchmark.about, seed=seed).set_index("spec_id")
        ids = [spec.id for spec in trained.specs]
        if lacking := [spec_id for spec_id in ids if spec_id not in found.index]:
            raise ScoreError(
                f"{len(lacking)} of the {len(ids)} networks of the table {benchmark.about.name} "
                f"have no scores with the seed {seed}, such as {lacking[0]}. Compute them with "
                f"`python -m nasbench_mvit.table scores --seed {seed}`."
            )
        ordered = found.loc[ids]
        return cls(
            trained=trained,
            scores={name: ordered[name].to_numpy(dtype=float) for name in NAMES},
            seconds=ordered["cpu_seconds"].to_numpy(dtype=float),
        )

    def rankings(self) -> dict[str, Ranking]:
        """Return how params, MACs and each score rank the networks."""
        top1_N, costs_N2 = self.trained.mean_top1, self._costs()
        named = dict(zip(COSTS, costs_N2.T, strict=True))
        found = {}
        for name, values_N in {**named, **self.scores}.items():
            found[name.removeprefix("log ")] = Ranking(
                rho=spearman(values_N, top1_N),
                tau=kendall(values_N, top1_N),
                beyond=None if name in named else partial_spearman(values_N, top1_N, costs_N2),
            )
        return found

    def held_out(self) -> HeldOut:
        """Return what the surrogate's model expects of networks left out, by what it knows.

        Raises:
            SurrogateError: scikit-learn is not installed.
        """
        scores_NF = np.column_stack(list(self.scores.values()))
        plain = {SURROGATE: features(self.trained.specs), COSTS_ALONE: self._costs()}
        known = {}
        for without, also in ADDED.items():
            known[without] = plain[without]
            known[also] = np.hstack([plain[without], scores_NF])
        return HeldOut(
            truth=self.trained.first_top1,
            expected={name: left_out(self.trained, values) for name, values in known.items()},
            repeats=tuple(values for values in self.trained.top1 if len(values) > 1),
        )

    def _costs(self) -> Floats:
        """Return params and MACs, logarithms, ``(N, 2)``."""
        return features(self.trained.specs)[:, -len(COSTS) :]


def rms(held: HeldOut, model: str) -> float:
    """Return the root mean square of a model's errors."""
    return float(np.sqrt(np.mean((held.truth - held.expected[model]) ** 2)))


def reduction(held: HeldOut, without: str, also: str) -> Score:
    """Return by how much knowing more lowers the rms error, both models on the same networks."""
    expected_N2 = np.column_stack([held.expected[without], held.expected[also]])
    squares_N2 = (held.truth[:, None] - expected_N2) ** 2
    rng = np.random.default_rng(0)
    places = rng.integers(len(squares_N2), size=(RESAMPLES, len(squares_N2)))
    errors_R2 = np.sqrt(squares_N2[places].mean(1))
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(errors_R2[:, 0] - errors_R2[:, 1], [tail, 100 - tail])
    return Score(rms(held, without) - rms(held, also), float(low), float(high))
