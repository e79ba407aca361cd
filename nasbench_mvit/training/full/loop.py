"""FullTraining: train one network for a FullTask by a FullRecipe, on one device or on many."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from nasbench_mvit.architecture.fields import flatten
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.common.ema import MovingAverage
from nasbench_mvit.training.common.optimizer import adamw
from nasbench_mvit.training.common.seeding import INITIALISATION, reseed
from nasbench_mvit.training.common.world import World
from nasbench_mvit.training.full.initial import InitialWeights
from nasbench_mvit.training.full.meter import Meter
from nasbench_mvit.training.full.parts import frozen, parameter_groups
from nasbench_mvit.training.full.plan import FullPlan
from nasbench_mvit.training.full.state import MODEL, FullState, load_state
from nasbench_mvit.training.full.tasks.contract import EpochScores, FullTask, Loader, Seen
from nasbench_mvit.training.full.watcher import EpochReport, Watcher

REPORT_UPDATES, REPORTS_PER_EPOCH = 50, 8


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
        task: FullTask,
        *,
        placement: Placement,
        world: World,
        workers: int,
        initial: InitialWeights | None = None,
    ) -> None:
        """Draw initial weights, or take them over.

        Raises:
            TrainingError: the updates cannot be divided among the processes.
        """
        world.check_shards(plan.recipe.shards)
        self.plan = plan
        self.curve: list[EpochReport] = []
        self.updates_done = 0
        self._task = task
        self._placement = placement
        self._world = world
        self._workers = workers
        self._identity = {
            "network": spec.id,
            "recipe": plan.recipe.id,
            "images": task.fingerprint,
            "seed": str(plan.seed),
            "precision": placement.precision,
            "initial weights": "none" if initial is None else initial.digest,
        }
        num_classes = len(task.class_names)
        self._facts = {
            "network": flatten(spec),
            "recipe": {f"`{name}=`": v for name, v in plan.recipe.model_dump().items()},
            "images": {
                "to train on": task.num_images,
                "to validate": task.num_val,
                "classes": num_classes,
            },
            "seed": {"": plan.seed},
            "precision": {"": placement.precision},
            "initial weights": {"": "none" if initial is None else initial.title},
        }
        reseed(plan.seed, INITIALISATION, 0)
        model = build_model(spec, num_classes).to(placement.device)
        if initial is not None:
            initial.load_into(model, num_classes)
        nn.utils.convert_conv2d_weight_memory_format(model, torch.channels_last)
        self._model = model
        for norm in model.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.momentum = plan.recipe.batchnorm_momentum
        self._frozen = frozen(model, plan.recipe.freeze)
        self._average = MovingAverage(model, plan.recipe.ema_decay)
        self._wrapped = world.wrapped(model, placement.device)
        groups = parameter_groups(model, plan.recipe.backbone_rate)
        self._factors = [factor for factor, _ in groups]
        self._optimizer = adamw(
            [{"params": group} for _, group in groups], weight_decay=plan.recipe.weight_decay
        )
        self._scaler = torch.amp.GradScaler(
            placement.device.type, enabled=placement.scales_gradients
        )
        self._meter = Meter(plan, world)

    @property
    def average(self) -> nn.Module:
        """The average of the weights, which is what a training is for; in evaluation mode."""
        return self._average.model

    def resume(self, path: Path) -> bool:
        """Take over the state at ``path``; return whether there was one.

        Raises:
            TrainingError: it is damaged or of another training.
        """
        state = load_state(path, self._identity, self._facts)
        if state is None:
            return False
        for name, part in self._stateful().items():
            part.load_state_dict(state.tensors[name])
        self.curve = list(state.curve)
        self.updates_done = state.update
        self._meter.resume(state.epoch_loss, state.seconds)
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
            epoch_loss=self._meter.epoch_loss,
            seconds=self._meter.seconds,
            curve=tuple(self.curve),
            tensors={name: part.state_dict() for name, part in self._stateful().items()},
        )
        state.save(path, self._identity, self._facts)

    def run(
        self, watchers: Sequence[Watcher] = (), *, checkpoint: Path | None, every: int = 250
    ) -> None:
        """Train to the end.

        Args:
            watchers: receive the progress, in this order.
            checkpoint: path of the checkpoint, which is written after each epoch.
            every: number of updates after which it is written as well.

        Raises:
            NonFiniteLossError: the training diverged.
            DataError: an image cannot be read.
            OSError: the checkpoint cannot be written.
        """
        self._meter.restart(self.updates_done)
        per_epoch = self.plan.updates // self.plan.recipe.epochs
        shown = max(1, min(REPORT_UPDATES, per_epoch // REPORTS_PER_EPOCH))
        with contextlib.closing(self.batches()) as batches:
            while self.updates_done < self.plan.updates:
                self.step(batches)
                ends_epoch = self.updates_done == self.plan.epoch_ends[len(self.curve)]
                saves = self.updates_done % every == 0 or ends_epoch
                if saves or self.updates_done % shown == 0:
                    report = self._meter.report(self.updates_done)
                    for watcher in watchers:
                        watcher.progress(report)
                if ends_epoch:
                    self._end_epoch(watchers)
                if saves and checkpoint is not None:
                    self.save(checkpoint)

    def step(self, batches: Loader) -> None:
        """Do one update with this process's passes."""
        rate = self.plan.rate(self.updates_done)
        for group, factor in zip(self._optimizer.param_groups, self._factors, strict=True):
            group["lr"] = rate * factor
        self._optimizer.zero_grad(set_to_none=True)
        self._wrapped.train()
        for part in self._frozen:
            part.eval()
        shards = self._world.own(self.plan.recipe.shards)
        for shard in shards:
            self._accumulate(batches, shard, share=1 / len(shards), last=shard == shards[-1])
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._average.update(self._model)
        self.updates_done += 1

    def batches(self) -> Loader:
        """Yield this process's passes of the updates that are left, as ``step`` takes them."""
        return self._task.batches(self.plan, self.updates_done, self._world, workers=self._workers)

    def evaluate(self, seen: Seen = iter) -> EpochScores:
        """Return the scores of the averaged weights on the validation images.

        Args:
            seen: takes this process's batches on their way, to time or to end them.
        """
        self._world.align(self.average)
        return self._task.score(
            self.average,
            self.plan.recipe,
            self._placement,
            self._world,
            workers=self._workers,
            seen=seen,
        )

    def _accumulate(self, batches: Loader, shard: int, *, share: float, last: bool) -> None:
        """Add ``share`` of the gradient of one shard; exchange gradients after the last."""
        batch = next(batches)
        reseed(self.plan.seed, self.updates_done, shard)
        model = self._wrapped
        with self._world.exchanging(model, exchanges=last):
            loss = self._task.loss(model, batch, self._placement, self.plan.recipe)
            torch.autograd.backward(self._scaler.scale(loss * share))
        self._meter.add(loss.detach() * share)

    def _end_epoch(self, watchers: Sequence[Watcher]) -> None:
        first = self.curve[-1].update if self.curve else 0
        scores = self.evaluate()
        report = EpochReport(
            epoch=len(self.curve) + 1,
            update=self.updates_done,
            train_loss=self._meter.epoch_loss / (self.updates_done - first),
            metrics=scores.metrics,
            val_loss=scores.loss,
            num_images=scores.num_images,
            seconds=self._meter.seconds,
            num_seen=self._task.num_val_seen,
        )
        self.curve.append(report)
        self._meter.epoch_loss = 0.0
        self._meter.restart(self.updates_done)
        for watcher in watchers:
            watcher.epoch(report)

    def _stateful(
        self,
    ) -> dict[str, nn.Module | MovingAverage | torch.optim.Optimizer | torch.amp.GradScaler]:
        return {
            MODEL: self._model,
            "average": self._average,
            "optimizer": self._optimizer,
            "scaler": self._scaler,
        }
