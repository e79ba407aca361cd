"""FullTraining: train one network on images by a FullRecipe, on one device or on many.

Axes: B images, C channels, H rows, W columns, K classes.
"""

import contextlib
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.common.ema import MovingAverage
from nasbench_mvit.training.common.seeding import INITIALISATION
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full import checkpoint as full_checkpoint
from nasbench_mvit.training.full.checkpoint import MODEL, FullState
from nasbench_mvit.training.full.recipe import FullPlan
from nasbench_mvit.training.full.report import EpochReport, Progress, Watcher
from nasbench_mvit.training.full.timing import Mark
from nasbench_mvit.training.images.loader import (
    Labelled,
    Loader,
    evaluation_batches,
    training_batches,
)
from nasbench_mvit.training.images.pictures import TrainingPictures
from nasbench_mvit.training.images.transforms import Evaluation
from nasbench_mvit.training.proxy.loop import ADAM_BETAS
from nasbench_mvit.training.proxy.report import NonFiniteLossError
from nasbench_mvit.training.tasks.classification import Scores, logits, score

REPORT_UPDATES = 50


class FullTraining:
    """A network on its way.

    All randomness is drawn from (seed, update, shard): interrupted and resumed, a training on a CPU
    ends with the same bits, and so it does with another number of workers. Another number of
    devices sees the same images, sizes and dropout too, but adds gradients in another order and
    takes the running statistics of normalisation from the first device's images alone.

    Attributes:
        plan: what each update sees.
        curve: the epochs done.
        updates_done: so far.
    """

    def __init__(
        self,
        spec: MobileViTSpec,
        plan: FullPlan,
        pictures: TrainingPictures,
        *,
        placement: Placement,
        world: World,
        workers: int,
    ) -> None:
        """Draw initial weights.

        Raises:
            TrainingError: the updates cannot be shared by so many processes.
        """
        world.check_shards(plan.recipe.shards)
        self.plan = plan
        self.curve: list[EpochReport] = []
        self.updates_done = 0
        self._pictures = pictures
        self._placement = placement
        self._world = world
        self._workers = workers
        self._identity = {
            "network": spec.id,
            "recipe": plan.recipe.id,
            "images": pictures.fingerprint,
            "seed": str(plan.seed),
            "precision": placement.precision,
        }
        self._reseed(INITIALISATION, 0)
        model = build_model(spec, num_classes=len(pictures.class_names)).to(placement.device)
        nn.utils.convert_conv2d_weight_memory_format(model, torch.channels_last)
        self._model = model
        self._average = MovingAverage(model, plan.recipe.ema_decay)
        self._wrapped = world.wrapped(model, placement.device)
        self._optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=plan.recipe.peak_rate,
            betas=ADAM_BETAS,
            weight_decay=plan.recipe.weight_decay,
            fused=True,
        )
        self._scaler = torch.amp.GradScaler(
            placement.device.type, enabled=placement.scales_gradients
        )
        self._losses: list[torch.Tensor] = []  # since the last report, on the device
        self._epoch_loss = 0.0
        self._started = time.perf_counter()
        self._reported = (0, self._started)

    @property
    def average(self) -> nn.Module:
        """The average of the weights, which is what a training is for; in evaluation mode."""
        return self._average.model

    def resume(self, path: Path) -> bool:
        """Take over the state at ``path``; return whether there was one.

        Raises:
            TrainingError: it is damaged or of another training.
        """
        shapes = {key: tuple(value.shape) for key, value in self._model.state_dict().items()}
        found = full_checkpoint.load(path, self._identity, shapes)
        if found is None:
            return False
        for name, part in self._stateful().items():
            part.load_state_dict(found.tensors[name])
        self.curve = list(found.curve)
        self.updates_done = found.update
        self._epoch_loss = found.epoch_loss
        self._started = time.perf_counter() - found.seconds
        return True

    def save(self, path: Path) -> None:
        """Write the state, if this is the first process.

        Raises:
            OSError: it cannot be written.
        """
        if not self._world.is_first:
            return
        state = FullState(
            update=self.updates_done,
            epoch_loss=self._epoch_loss,
            seconds=self._seconds(),
            curve=tuple(self.curve),
            tensors={name: part.state_dict() for name, part in self._stateful().items()},
        )
        full_checkpoint.save(path, self._identity, state)

    def run(
        self, watcher: Watcher | None = None, *, checkpoint: Path | None, every: int = 250
    ) -> None:
        """Train to the end.

        Args:
            watcher: told how it goes.
            checkpoint: written after each epoch.
            every: written after so many updates too.

        Raises:
            NonFiniteLossError: the training diverged.
            DataError: an image cannot be read.
            OSError: the checkpoint cannot be written.
        """
        batches = self.batches()
        self._reported = (self.updates_done, time.perf_counter())
        with contextlib.closing(batches):
            while self.updates_done < self.plan.updates:
                self.step(batches)
                ends_epoch = self.updates_done == self.plan.epoch_ends[len(self.curve)]
                saves = self.updates_done % every == 0 or ends_epoch
                if saves or self.updates_done % REPORT_UPDATES == 0:
                    self._report(watcher)
                if ends_epoch:
                    self._end_epoch(watcher)
                if saves and checkpoint is not None:
                    self.save(checkpoint)

    def step(self, batches: Loader) -> None:
        """Do one update with this process's passes."""
        rate = self.plan.rate(self.updates_done)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        self._wrapped.train()
        shards = self._world.own(self.plan.recipe.shards)
        for shard in shards:
            self._accumulate(batches, shard, share=1 / len(shards), last=shard == shards[-1])
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._average.update(self._model)
        self.updates_done += 1

    def batches(self) -> Loader:
        """Yield this process's passes of the updates that are left, as ``step`` takes them."""
        return training_batches(
            self._pictures.train,
            self.plan,
            self.updates_done,
            self._world,
            workers=self._workers,
        )

    def evaluate(self, seen: Callable[[Loader], Iterable[Labelled]] = iter) -> Scores:
        """Return the scores of the averaged weights on the validation images.

        Args:
            seen: takes this process's batches on their way, to time or to end them.
        """
        self._world.align(self.average)
        recipe = self.plan.recipe
        batches = evaluation_batches(
            self._pictures.val,
            Evaluation(resize=recipe.eval_resize, crop=recipe.eval_size),
            self._world,
            batch_size=recipe.device_batch,
            workers=self._workers,
        )
        with contextlib.closing(batches):
            return score(self.average, seen(batches), self._placement, self._world)

    def time_evaluation(self, num_batches: int) -> list[Mark]:
        """Evaluate on this process's first batches; return when each of them was scored."""
        marks: list[Mark] = []
        shown = 0
        started = time.perf_counter()

        def marking(batches: Loader) -> Iterator[Labelled]:
            nonlocal shown
            for batch in itertools.islice(batches, num_batches):
                yield batch
                shown += len(batch.labels)
                marks.append(Mark(time.perf_counter() - started, shown))

        self.evaluate(marking)
        return marks

    def _accumulate(self, batches: Loader, shard: int, *, share: float, last: bool) -> None:
        """Add ``share`` of the gradient of one shard; exchange gradients after the last."""
        batch = next(batches)
        self._reseed(self.updates_done, shard)
        model = self._wrapped
        with self._world.exchanging(model, exchanges=last):
            loss = functional.cross_entropy(
                logits(model, batch.images, self._placement),
                batch.labels.to(self._placement.device),
                label_smoothing=self.plan.recipe.label_smoothing,
            )
            torch.autograd.backward(self._scaler.scale(loss * share))
        self._losses.append(loss.detach() * share)

    def _report(self, watcher: Watcher | None) -> None:
        """Collect the losses since the last report and pass them on.

        Raises:
            NonFiniteLossError: they are not finite.
        """
        (loss_sum,) = self._world.total([float(torch.stack(self._losses).sum())])
        loss_sum /= self._world.size
        self._losses = []
        rate = self.plan.rate(self.updates_done - 1)
        if not math.isfinite(loss_sum):
            raise NonFiniteLossError("loss", step=self.updates_done, learning_rate=rate)
        self._epoch_loss += loss_sum
        since, then = self._reported
        now = time.perf_counter()
        self._reported = (self.updates_done, now)
        if watcher is not None:
            updates = self.updates_done - since
            images = self._shown(self.updates_done) - self._shown(since)
            watcher.progress(
                Progress(
                    update=self.updates_done,
                    epoch=self._shown(self.updates_done) / self.plan.num_images,
                    loss=loss_sum / updates,
                    rate=rate,
                    seconds=self._seconds(),
                    images_per_second=images / (now - then),
                )
            )

    def _end_epoch(self, watcher: Watcher | None) -> None:
        done = len(self.curve)
        first = self.plan.epoch_ends[done - 1] if done else 0
        scores = self.evaluate()
        report = EpochReport(
            epoch=done + 1,
            update=self.updates_done,
            train_loss=self._epoch_loss / (self.updates_done - first),
            top1=scores.top1,
            top5=scores.top5,
            val_loss=scores.loss,
            num_images=scores.num_images,
            seconds=self._seconds(),
        )
        self._epoch_loss = 0.0
        self.curve.append(report)
        self._reported = (self.updates_done, time.perf_counter())
        if watcher is not None:
            watcher.epoch(report)

    def _shown(self, update: int) -> float:
        """Return about how many images the first ``update`` updates show."""
        ends = (0, *self.plan.epoch_ends)
        return float(np.interp(update, ends, np.arange(len(ends)))) * self.plan.num_images

    def _seconds(self) -> float:
        return time.perf_counter() - self._started

    def _stateful(
        self,
    ) -> dict[str, nn.Module | MovingAverage | torch.optim.Optimizer | torch.amp.GradScaler]:
        return {
            MODEL: self._model,
            "average": self._average,
            "optimizer": self._optimizer,
            "scaler": self._scaler,
        }

    def _reseed(self, update: int, shard: int) -> None:
        """Make what follows (weights, dropout) a function of the seed, the update and the shard."""
        state = np.random.SeedSequence((self.plan.seed, update, shard)).generate_state(1, np.uint64)
        torch.manual_seed(int(state[0]))
