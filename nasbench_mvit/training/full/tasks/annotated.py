"""AnnotatedFullTask: to detect or segment what is on annotated images."""

import contextlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nasbench_mvit.models.weights.checkpoint import Notes
from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.recipe import FullRecipe
from nasbench_mvit.training.full.tasks.contract import EpochScores, Loader, Seen
from nasbench_mvit.training.full.tasks.on_images import TaskOnImages
from nasbench_mvit.training.full.watcher import EpochReport, Watcher
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedData
from nasbench_mvit.training.images.annotated.batches import AnnotatedBatch
from nasbench_mvit.training.images.annotated.loader import evaluation_batches, training_batches
from nasbench_mvit.training.images.recorded_split import recorded_split
from nasbench_mvit.training.tasks.annotated import TaskScore, loss_of, predict


class AnnotatedFullTask(TaskOnImages[AnnotatedData]):
    """A ``FullTask`` that is scored by COCO's mAP, or by mIoU."""

    def batches(self, plan: FullPlan, first_update: int, world: World, *, workers: int) -> Loader:
        """Yield random views with their boxes or masks."""
        return training_batches(self.images.train, plan, first_update, world, workers=workers)

    def loss(
        self, model: nn.Module, batch: AnnotatedBatch, placement: Placement, _recipe: FullRecipe
    ) -> Tensor:
        """Return the loss of SSD, or the cross-entropy of the pixels."""
        return loss_of(predict(model, batch.images, placement), batch)

    @torch.no_grad()
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
        """Return the scores on images scaled to squares; 0 where nothing could be scored."""
        batches = evaluation_batches(
            self.images.val,
            recipe.eval_size,
            world,
            batch_size=recipe.device_batch,
            workers=workers,
        )
        score = TaskScore(self.images.task, self.class_names)
        shown = loss_sum = 0.0
        with contextlib.closing(batches):
            for batch in seen(batches):
                predictions = predict(model, batch.images, placement)
                shown += len(batch.examples)
                loss_sum += len(batch.examples) * loss_of(predictions, batch).item()
                score.add(predictions, batch.examples)
        shown, loss_sum = world.total([shown, loss_sum])
        return EpochScores(
            num_images=int(shown), loss=loss_sum / shown, metrics=score.shared(world)
        )

    def watchers(
        self,
        _recipe: FullRecipe,
        _curve: Sequence[EpochReport],
        *,
        fine_tunes: bool,  # noqa: ARG002
    ) -> list[Watcher]:
        """Return nobody: a mAP or mIoU has no chance level."""
        return []

    def weights_notes(self, recipe: FullRecipe, seed: int) -> Notes:
        """Return the classes, the size of the images, and which were trained on."""
        return Notes(
            classes=self.class_names,
            crop=recipe.eval_size,
            images=recorded_split(self.images.train, self.images.val, seed, self.images.seen),
        )
