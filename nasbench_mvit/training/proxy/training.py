"""ProxyTraining: one network on its way through a study's proxy, in equal parts.

What it is shown, its loss and its score are those of its task.
"""

import copy
import hashlib
import itertools
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.models.networks import build_network
from nasbench_mvit.training.common import checkpoint
from nasbench_mvit.training.common.checkpoint import CheckpointError
from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.common.ema import MovingAverage
from nasbench_mvit.training.common.optimizer import MuonWithAdamW, adamw
from nasbench_mvit.training.common.seeding import INITIALISATION, reseed
from nasbench_mvit.training.images.arrays import ImageData, Split
from nasbench_mvit.training.proxy.canvases import CanvasTask
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import (
    FractionReport,
    NonFiniteLossError,
    TrainingResult,
)
from nasbench_mvit.training.proxy.scenes import SceneTask
from nasbench_mvit.training.proxy.task import ProxyData, ProxyTask
from nasbench_mvit.training.proxy.timing import ProxyTiming, seconds_of

logger = logging.getLogger(__name__)

_Stateful = nn.Module | torch.optim.Optimizer | torch.amp.GradScaler | MovingAverage


class ProxyTraining:
    """A model on its way: what one part changes and a checkpoint holds."""

    _max_muon_kernel = math.inf  # convolutions of larger kernels are AdamW's

    def __init__(
        self,
        spec: Network,
        proxy: ProxyConfig,
        data: ProxyData,
        seed: int,
        placement: Placement,
        start: nn.Module | None = None,
    ) -> None:
        self.curve: list[FractionReport] = []
        self._proxy = proxy
        self._seed = seed
        self._placement = placement
        self._identity: dict[str, str | int] = {
            "spec_id": spec.id,
            "proxy_id": proxy.id,
            "data_fingerprint": data.fingerprint,
            "seed": seed,
            "precision": placement.precision,
        }
        if start is not None:
            self._identity["start"] = _digest(start)
        self._start = start
        self._wall = time.perf_counter()
        self._cpu = time.process_time()
        self._task = self._new_task(data)
        self._spec = spec
        reseed(seed, INITIALISATION)
        model = self._new_model(spec)
        self._model = nn.utils.convert_conv2d_weight_memory_format(
            model.to(placement.device), torch.channels_last
        )
        for module in self._model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = proxy.batchnorm_momentum
            if isinstance(module, nn.Dropout) and proxy.dropout is not None:
                module.p = proxy.dropout
        self._optimizer: torch.optim.Optimizer = (
            MuonWithAdamW(
                self._model, weight_decay=proxy.weight_decay, max_kernel=self._max_muon_kernel
            )
            if proxy.optimizer == "muon"
            else adamw(self._model.parameters(), weight_decay=proxy.weight_decay)
        )
        self._scaler = torch.amp.GradScaler(
            placement.device.type, enabled=placement.scales_gradients
        )
        self._average = (
            None if proxy.ema_decay is None else MovingAverage(self._model, proxy.ema_decay)
        )

    def resume(self, path: Path) -> bool:
        """Restore the state of an earlier run of the same training, if there is one.

        A checkpoint that is damaged or belongs to another training is ignored with a warning and
        overwritten later.

        Returns:
            False if the state does not fit and may have been restored in part, otherwise True.
        """
        try:
            found = checkpoint.load(path, _parse, self._placement.device)
        except CheckpointError as problem:
            logger.warning("%s; training restarts", problem)
            return True
        if found is None:
            return True
        identity, (curve, tensors) = found
        if identity != self._identity:
            logger.warning("the checkpoint %s is of another training; training restarts", path)
            return True
        try:
            for name, part in self._stateful().items():
                part.load_state_dict(tensors[name])
        except (LookupError, RuntimeError, ValueError, TypeError, AttributeError) as problem:
            logger.warning("the checkpoint %s does not fit (%s); training restarts", path, problem)
            return False
        self.curve = curve
        self._wall -= curve[-1].seconds
        self._cpu -= curve[-1].cpu_seconds
        return True

    def save(self, path: Path) -> None:
        """Checkpoint the state after the last finished part.

        Where that fails, as on a full disk, a warning is all: the training is worth more than the
        way to resume it.
        """
        tensors = {name: part.state_dict() for name, part in self._stateful().items()}
        curve = [asdict(report) for report in self.curve]
        try:
            checkpoint.save(path, self._identity, {"curve": curve, "tensors": tensors})
        except OSError as problem:
            logger.warning(
                "the checkpoint %s is not written (%s); training goes on without", path, problem
            )

    def finish(self, report: Callable[[FractionReport], None], path: Path | None) -> None:
        """Report the parts already done, then run, checkpoint and report the others."""
        for done in self.curve:
            report(done)
        while len(self.curve) < self._proxy.fractions:
            self.run_part()
            if path is not None:
                self.save(path)
            report(self.curve[-1])

    def run_part(self) -> None:
        """Train to the end of the next part, score it and append its report."""
        part = len(self.curve) + 1
        first, last = self._proxy.step_after(part - 1), self._proxy.step_after(part)
        self._model.train()
        train_loss = math.fsum(self._update(step) for step in range(first, last)) / (last - first)
        everything = part == self._proxy.fractions
        top1, num_images = self._task.score(
            self._scored(),
            None if everything else self._proxy.interim_images,
            self._not_finite("validation output", last),
        )
        self.curve.append(
            FractionReport(
                fraction=part / self._proxy.fractions,
                step=last,
                top1=top1,
                num_images=num_images,
                train_loss=train_loss,
                seconds=time.perf_counter() - self._wall,
                cpu_seconds=time.process_time() - self._cpu,
            )
        )

    def timing(self, path: Path) -> ProxyTiming:
        """Time updates, canvases and checkpoints.

        Each is timed after a first one that is not counted because it is slower.
        """
        start = time.perf_counter() - self._wall
        self._model.train()
        steps = itertools.cycle(range(self._proxy.steps))
        self._update(next(steps))
        update = seconds_of(lambda: self._update(next(steps)))

        def show() -> None:
            self._task.show(self._scored(), self._not_finite("validation output", 1))

        show()
        canvas = seconds_of(show) / self._proxy.batch_size
        self.save(path)
        checkpoint = seconds_of(lambda: self.save(path))
        return ProxyTiming(start=start, update=update, canvas=canvas, checkpoint=checkpoint)

    def trained(self) -> nn.Module:
        """Return the network as it is now, in evaluation mode on the CPU."""
        # In the usual order of memory: torch.export.save warns of others.
        return nn.utils.convert_conv2d_weight_memory_format(
            self._scored().cpu().eval(), torch.contiguous_format
        )

    def result(self, test: Split | None, int8_by: str | None = None) -> TrainingResult:
        """Return the result of the finished training, with its scores on ``test`` if given.

        Args:
            test: test images.
            int8_by: format by which it is scored on them in 8 bits too; None for not at all.
        """
        result = TrainingResult(
            curve=tuple(self.curve),
            device=str(self._placement.device),
            precision=self._placement.precision,
        )
        wrong = self._not_finite("test output", self._proxy.steps)
        if int8_by is None:
            return self._task.concluded(result, self._scored(), test, wrong)
        # Loads the exports, which no search needs.
        from nasbench_mvit.training.proxy.quantised import quantise_by  # noqa: PLC0415

        in_8_bits = quantise_by(int8_by, self._spec)
        return self._task.concluded(result, self._scored(), test, wrong, in_8_bits)

    def _new_task(self, data: ProxyData) -> ProxyTask:
        """Return the examples that the model is shown and scored on."""
        if isinstance(data, ImageData):
            return CanvasTask(data, self._proxy, self._seed, self._placement)
        return SceneTask(data, self._proxy, self._seed, self._placement)

    def _new_model(self, spec: Network) -> nn.Module:
        """Return the model that is trained."""
        if self._start is not None:
            return copy.deepcopy(self._start)
        return build_network(spec, num_classes=self._task.num_classes)

    def _stateful(self) -> dict[str, "_Stateful"]:
        parts: dict[str, _Stateful] = {"model": self._model, "optimizer": self._optimizer}
        parts["scaler"] = self._scaler
        return parts if self._average is None else parts | {"average": self._average}

    def _scored(self) -> nn.Module:
        """Return the network to score: the averaged one where the recipe asks for it."""
        return self._model if self._average is None else self._average.model

    def _update(self, step: int) -> float:
        """Do one optimizer update and return its loss."""
        rate = self._proxy.learning_rate_at(step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        reseed(self._seed, step)
        loss = self._task.loss(self._model, step)
        value = loss.item()
        if not math.isfinite(value):
            raise NonFiniteLossError("loss", step=step, learning_rate=rate)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(self._scaler.scale(loss))
        self._scaler.unscale_(self._optimizer)
        norm = nn.utils.clip_grad_norm_(self._model.parameters(), self._proxy.clip_norm or math.inf)
        # A scaler meets infinite gradients by design: it skips the update and scales less.
        if not self._scaler.is_enabled() and not math.isfinite(norm.item()):
            raise NonFiniteLossError("gradient", step=step, learning_rate=rate)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        if self._average is not None:
            self._average.update(self._model)
        return value

    def _not_finite(self, quantity: str, step: int) -> NonFiniteLossError:
        """Return the error of a score after ``step`` that is no number."""
        rate = self._proxy.learning_rate_at(step - 1)
        return NonFiniteLossError(quantity, step=step, learning_rate=rate)


def _digest(network: nn.Module) -> str:
    """Return sixteen hexadecimal digits, equal for networks of equal weights."""
    found = hashlib.sha256()
    for name, value in network.state_dict().items():
        found.update(name.encode())
        found.update(value.cpu().contiguous().numpy().tobytes())
    return found.hexdigest()[:16]


def _parse(content: Mapping[str, Any]) -> tuple[list[FractionReport], dict[str, Any]]:
    """Return the reports of a checkpoint and its state dictionaries."""
    curve = [FractionReport(**report) for report in content["curve"]]
    if not curve:
        raise ValueError("it holds no finished part")
    return curve, dict(content["tensors"])
