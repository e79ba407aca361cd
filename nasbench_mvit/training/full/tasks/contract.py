"""FullTask: the images of a full training, and what becomes of a network's output for them."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn

from nasbench_mvit.models.weights.checkpoint import Notes
from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.full.watcher import EpochReport, Watcher


class FullBatch(Protocol):
    """Images (B, 3, H, W), uint8, and what a task knows of them."""

    @property
    def images(self) -> Tensor:
        """The images."""
        ...


Loader = Generator[Any, None, None]  # of a task's own batches
Seen = Callable[[Loader], Iterable[Any]]


@dataclass(frozen=True, kw_only=True)
class EpochScores:
    """The scores of a network on all validation images.

    Attributes:
        num_images: validation images.
        loss: mean loss on them.
        metrics: the scores by name, the one that counts first, 0 to 1.
    """

    num_images: int
    loss: float
    metrics: Mapping[str, float]


class FullTask(Protocol):
    """The images of one training and their task.

    All that is drawn is a function of the plan's seed, the epoch and the position alone.
    """

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name for each class that the network is built for."""
        ...

    @property
    def num_images(self) -> int:
        """Images to train on."""
        ...

    @property
    def num_val(self) -> int:
        """Images to validate."""
        ...

    @property
    def num_val_seen(self) -> int:
        """Validation images that the initial weights were trained on."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes with the images."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines for a person, on what was taken and what was left out."""
        ...

    def batches(self, plan: FullPlan, first_update: int, world: World, *, workers: int) -> Loader:
        """Yield this process's passes of each update from ``first_update`` on, to the end.

        Raises:
            DataError: an image cannot be read, or a process that decodes them fails.
        """
        ...

    def loss(
        self, model: nn.Module, batch: Any, placement: Placement, recipe: FullRecipe
    ) -> Tensor:
        """Return the loss of a network on a batch."""
        ...

    def score(
        self,
        model: nn.Module,
        recipe: FullRecipe,
        placement: Placement,
        world: World,
        *,
        workers: int,
        seen: Seen,
    ) -> EpochScores:
        """Return the scores of a network in evaluation mode, the same in every process.

        Args:
            model: the network.
            recipe: the sizes and batches to evaluate at.
            placement: where the network is.
            world: the processes, each of which shows the network its share of the images.
            workers: processes that decode images.
            seen: takes this process's batches on their way, to time or to end them.
        """
        ...

    def watchers(
        self, recipe: FullRecipe, curve: Sequence[EpochReport], *, fine_tunes: bool
    ) -> list[Watcher]:
        """Return the watchers of a training of this task, given its growing curve."""
        ...

    def weights_notes(self, recipe: FullRecipe, seed: int) -> Notes:
        """Return the metadata of the file of trained weights."""
        ...
