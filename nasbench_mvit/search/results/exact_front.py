"""The best that a search over a table could find."""

from collections.abc import Callable
from dataclasses import dataclass

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import counted
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Evaluation, Role, State, StoredTrial
from nasbench_mvit.training.proxy.result import TrainingResult

PERCENT = 100.0


@dataclass(frozen=True)
class Exact:
    """The front of all networks of a table, next to the part that a search has found.

    Attributes:
        best: summary of all networks with the study's seeds, as if every one had been tried.
        found: how many networks of its front the search has on its own.
        share: part of the front's hypervolume that the search has reached, 0 to 1.
    """

    best: Summary
    found: int
    share: float

    @property
    def note(self) -> str:
        """Return the comparison in words."""
        return (
            "exact front of the table within the limits: "
            f"{counted(len(self.best.front), 'network')}, "
            f"hypervolume {self.best.hypervolume:.4f}; found {self.found} of them and "
            f"{self.share * PERCENT:.1f} % of the hypervolume"
        )


def best_of_all(
    config: StudyConfig,
    candidates: Candidates,
    training: Callable[[MobileViTSpec, int], TrainingResult],
) -> Summary:
    """Return the findings of a study that has tried every network.

    Args:
        config: the study.
        candidates: its space, predictor and limits.
        training: returns the training of a network with a seed.
    """
    baselines = {published(name): count for name, count in config.baselines.items()}
    counts = dict.fromkeys(candidates.space.enumerate(), config.seeds) | baselines
    trials = []
    for number, (spec, count) in enumerate(counts.items()):
        seeds = config.training_seeds(count)
        role = Role.BASELINE if spec in baselines else Role.SEARCH
        record = candidates.record(spec, role=role, seeds=seeds)
        done = tuple(Evaluation(seed=seed, result=training(spec, seed)) for seed in seeds)
        trials.append(
            StoredTrial(
                number=number, state=State.COMPLETE, record=record.changed(evaluations=done)
            )
        )
    return summarise(trials, config, candidates)


def compare(best: Summary, reached: Summary) -> Exact:
    """Hold what a search has found against the best there is."""
    on_front = {row.spec_id for row in best.front}
    return Exact(
        best=best,
        found=len(on_front & {row.spec_id for row in reached.front}),
        share=reached.hypervolume / best.hypervolume if best.hypervolume else 1.0,
    )
