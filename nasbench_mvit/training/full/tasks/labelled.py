"""LabelledTask: to classify images, each of which has a label."""

import contextlib
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.models.weights.checkpoint import Notes
from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.full.tasks.contract import EpochScores, Loader, Seen
from nasbench_mvit.training.full.tasks.on_images import TaskOnImages
from nasbench_mvit.training.full.watcher import EpochReport, Watcher
from nasbench_mvit.training.full.watchers.chance import ChanceWarning
from nasbench_mvit.training.images.loader import Labelled, evaluation_batches, training_batches
from nasbench_mvit.training.images.opening import TrainingPictures
from nasbench_mvit.training.images.recorded_split import recorded_split
from nasbench_mvit.training.images.transforms import CentreCrop
from nasbench_mvit.training.images.validation_images import ValidationImages
from nasbench_mvit.training.tasks.classification import logits, score


class LabelledTask(TaskOnImages[TrainingPictures]):
    """A ``FullTask`` that is scored by top-1 and top-5."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines on the images and their number."""
        return super().notes + ValidationImages(self.num_val).notes

    def batches(self, plan: FullPlan, first_update: int, world: World, *, workers: int) -> Loader:
        """Yield random crops with their labels."""
        return training_batches(self.images.train, plan, first_update, world, workers=workers)

    def loss(
        self, model: nn.Module, batch: Labelled, placement: Placement, recipe: FullRecipe
    ) -> Tensor:
        """Return the cross-entropy of a batch, with label smoothing."""
        return functional.cross_entropy(
            logits(model, batch.images, placement),
            batch.labels.to(placement.device),
            label_smoothing=recipe.label_smoothing,
        )

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
        """Return top-1 and top-5 of centre crops."""
        batches = evaluation_batches(
            self.images.val,
            CentreCrop(resize=recipe.eval_resize, crop=recipe.eval_size),
            world,
            batch_size=recipe.device_batch,
            workers=workers,
        )
        with contextlib.closing(batches):
            scores = score(model, seen(batches), placement, world)
        return EpochScores(
            num_images=scores.num_images,
            loss=scores.loss,
            metrics={"top1": scores.top1, "top5": scores.top5},
        )

    def watchers(
        self, recipe: FullRecipe, curve: Sequence[EpochReport], *, fine_tunes: bool
    ) -> list[Watcher]:
        """Return the warning of a training that stays at chance."""
        labels = self.images.val.labels
        return [ChanceWarning(labels, recipe.epochs, curve, fine_tunes=fine_tunes)]

    def weights_notes(self, recipe: FullRecipe, seed: int) -> Notes:
        """Return the classes, how images are cut, and which were trained on."""
        return Notes(
            classes=self.class_names,
            resize=recipe.eval_resize,
            crop=recipe.eval_size,
            images=recorded_split(self.images.train, self.images.val, seed, self.images.seen),
        )
