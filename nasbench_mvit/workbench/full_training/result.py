"""What a full training is, how it goes and what it leaves, as data."""

from dataclasses import dataclass
from pathlib import Path

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.training.common.multiscale import MultiScaleSampler
from nasbench_mvit.training.full.outline import Outline
from nasbench_mvit.training.full.timing import DurationEstimate
from nasbench_mvit.training.full.watcher import EpochReport, UpdateReport, Watcher
from nasbench_mvit.workbench.shared.observer import Observer

#: What an observer is told of comes from here.
__all__ = [
    "EpochReport",
    "FullTrainingObserver",
    "Outline",
    "TrainedNetwork",
    "TrainingPlan",
    "TrainingStart",
    "UpdateReport",
]


@dataclass(frozen=True, kw_only=True)
class TrainingStart:
    """The description of a training that is about to start.

    Attributes:
        origin: where the network comes from, in words.
        params: its parameters with the classes of the images.
        folder: directory of the weights, the checkpoint and the scores.
        outline: updates, images and processes.
    """

    origin: str
    params: int
    folder: Path
    outline: Outline

    @property
    def passes(self) -> int:
        """Passes of ``device_batch`` images that each process does in an update."""
        return self.outline.plan.recipe.shards // self.outline.processes

    @property
    def images_per_update(self) -> dict[int, int]:
        """Images of an update by their size in pixels."""
        recipe = self.outline.plan.recipe
        return {size: recipe.shards * recipe.sampler.batch_size(size) for size in recipe.sizes}

    @property
    def standard_updates(self) -> int:
        """Updates in all epochs if every image were of the base size."""
        plan, recipe = self.outline.plan, self.outline.plan.recipe
        sampler = MultiScaleSampler.standard(base_batch=recipe.device_batch, size=recipe.base_size)
        return sampler.num_updates(plan.images_per_shard, seed=0) * recipe.epochs


@dataclass(frozen=True, kw_only=True)
class TrainingPlan(DurationEstimate):
    """The plan of a training, with its duration extrapolated from a short timing.

    Attributes:
        start: what is trained.
        is_first: whether this process is the one of several that speaks for all.
    """

    start: TrainingStart
    is_first: bool

    @property
    def is_done(self) -> bool:
        """Whether no update is left."""
        outline = self.start.outline
        return outline.updates_done == outline.plan.updates


@dataclass(frozen=True, kw_only=True)
class TrainedNetwork:
    """A network that is trained.

    Attributes:
        scores: after the last epoch, on the validation images.
        weights: file of the average of the weights, with classes and the record of the images.
        task: of the network.
        is_first: whether this process is the one of several that speaks for all.
    """

    scores: EpochReport
    weights: Path
    task: Task
    is_first: bool


class FullTrainingObserver(Observer, Watcher):
    """Observer of ``train_network``, in the first of several processes.

    Ray trains in other processes: only the start of such a training is reported.
    """

    def started(self, start: TrainingStart) -> None:
        """Take what is about to be trained."""
