"""What a short training gains by beginning with the shared weights of a supernet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nasbench_mvit.analysis.paired import PairedEffect, paired_effects
from nasbench_mvit.io.markdown import markdown_table
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.training.proxy.result import TrainingResult

PERCENT = 100.0
Results = Mapping[Training, TrainingResult]


@dataclass(frozen=True, kw_only=True)
class FineTuningGain:
    """The same trainings from shared and from random weights.

    Attributes:
        plan: the trainings: some networks, each with the same updates and seeds.
        shared: their results from shared weights.
        random: their results from random weights.
        supernet: digest of the supernet.
    """

    plan: Sequence[Training]
    shared: Results
    random: Results
    supernet: str

    def effect(self, updates: int) -> PairedEffect:
        """Return the gain in top-1 (a fraction) after some updates, paired by network."""
        arms_AN = np.array([self._means(each, updates) for each in (self.shared, self.random)])
        (effect,) = paired_effects(arms_AN, np.array([[1.0, -1.0]]), [""])
        return effect

    def markdown(self) -> str:
        """Return a table with a row for each number of updates."""
        rows = []
        for updates in sorted({training.proxy.steps for training in self.plan}):
            found = self.effect(updates)
            means = [np.mean(self._means(each, updates)) for each in (self.shared, self.random)]
            gain, low, high = (v * PERCENT for v in (found.estimate, found.low, found.high))
            cells = [f"{mean:.1%}" for mean in means]
            rows.append([str(updates), *cells, f"{gain:+.1f} [{low:+.1f}, {high:+.1f}]"])
        columns = ["updates", "from shared weights", "from random weights", "gain, points"]
        num_networks = len({training.spec.id for training in self.plan})
        seeds = ", ".join(str(seed) for seed in sorted({t.seed for t in self.plan}))
        num_images = next(iter(self.shared.values())).num_images
        return (
            f"{markdown_table(columns, rows)}\n\nProxy top-1 on {num_images:,} validation images, "
            f"mean of {num_networks} networks drawn from the space, seeds {seeds}; in brackets the "
            "95 % interval over networks (Student's t), paired. The recipe is the study's with so "
            f"many updates; shared weights are those of the supernet {self.supernet}, whose own "
            "training is not counted."
        )

    def _means(self, results: Results, updates: int) -> list[float]:
        """Return top-1 of each network after some updates, mean over seeds."""
        found: dict[str, list[float]] = {}
        for training in self.plan:
            if training.proxy.steps == updates:
                found.setdefault(training.spec.id, []).append(results[training].top1)
        return [float(np.mean(values)) for values in found.values()]
