"""SupernetTraining: the networks of a space trained at once, as a proxy trains one.

The data, the rates, the optimizer, checkpoints and resuming are those of the proxy. An update shows
the same canvases to several networks: the largest learns the labels, the others as much from the
labels as from what the largest says (in-place distillation).

Axes: B canvases, O outputs of a network for a canvas, K classes.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.supernet.initialisation import RANDOM
from nasbench_mvit.supernet.largest import largest_networks
from nasbench_mvit.supernet.sandwich import CANDIDATES, NUM_BETWEEN, Sandwich
from nasbench_mvit.supernet.scoring import calibrated
from nasbench_mvit.supernet.supernet import Supernet
from nasbench_mvit.training.common.device import Placement, place, reproducible
from nasbench_mvit.training.images.arrays import ImageData
from nasbench_mvit.training.proxy.canvases import CanvasTask
from nasbench_mvit.training.proxy.hits import logits_of, loss_of
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult
from nasbench_mvit.training.proxy.task import ProxyData, ProxyTask
from nasbench_mvit.training.proxy.training import ProxyTraining

DISTILLED = 0.5  # share of the largest network's answer in the loss of the others
#: What decides a training beside its arguments: a checkpoint of other values is not resumed.
RULE = f"passing-{RANDOM}, distilled-{DISTILLED}, sandwich-{NUM_BETWEEN}-{CANDIDATES}"


def train_supernet(
    space: SearchSpace,
    proxy: ProxyConfig,
    data: ImageData,
    seed: int,
    *,
    report: Callable[[FractionReport], None],
    checkpoint_path: Path,
    device: str = "auto",
    max_macs: float = math.inf,
) -> tuple[TrainingResult, Supernet]:
    """Train a supernet of a space; the same call again goes on from the last checkpoint.

    The arguments are those of ``train_proxy``; a report scores the largest network of at most
    ``max_macs``, and none beyond is trained.

    Returns:
        The result, of the largest network, and the supernet, on the CPU.

    Raises:
        NonFiniteLossError: the training diverged.
        StudyError: this machine has no such device.
    """
    placement = place(device)
    with reproducible(placement.device):
        training = SupernetTraining(space, proxy, data, seed, placement, max_macs)
        if not training.resume(checkpoint_path):
            training = SupernetTraining(space, proxy, data, seed, placement, max_macs)
        training.finish(report, checkpoint_path)
        return training.result(None), training.supernet()


class SupernetTask(CanvasTask):
    """The canvases of a proxy, shown to several networks of a supernet."""

    def __init__(
        self,
        data: ImageData,
        proxy: ProxyConfig,
        seed: int,
        placement: Placement,
        sandwich: Sandwich,
    ) -> None:
        super().__init__(data, proxy, seed, placement)
        self._proxy, self._sandwich = proxy, sandwich

    def loss(self, model: nn.Module, step: int) -> Tensor:
        """Return the mean loss of the networks of an update."""
        batch, smoothing = self._stream.training_batch(step), self._proxy.label_smoothing
        largest, *others = (
            logits_of(functools.partial(model, spec=spec), batch, self._placement)
            for spec in self._specs(step)
        )
        wanted_NK = largest.detach().softmax(-1).flatten(0, 1)
        losses = [loss_of(largest, batch, smoothing)]
        for logits_BOK in others:
            distilled = cross_entropy(logits_BOK.flatten(0, 1), wanted_NK)
            losses.append(loss_of(logits_BOK, batch, smoothing).lerp(distilled, DISTILLED))
        return torch.stack(losses).mean()

    def score(
        self, model: nn.Module, num_images: int | None, not_finite: Exception
    ) -> tuple[float, int]:
        """Return top-1 of the largest network, and how many images were shown."""
        assert isinstance(model, Supernet)  # noqa: S101 - as ``SupernetTraining`` made it
        network = model.network(self._sandwich.largest())
        network = calibrated(network, self._proxy, self._stream, self._placement)
        return super().score(network, num_images, not_finite)

    def _specs(self, step: int) -> list[MobileViTSpec]:
        """Return the networks of an update, with the dropout that the recipe sets."""
        specs = self._sandwich.networks(step)
        if (share := self._proxy.dropout) is None:
            return specs
        return [replace(spec, dropout=share, classifier_dropout=share) for spec in specs]


class SupernetTraining(ProxyTraining):
    """The training of a supernet.

    Muon leaves its k×k convolutions to AdamW: orthogonalising the full-size kernels took half the
    time of every update, whichever networks it trained.
    """

    _max_muon_kernel = 1

    def __init__(
        self,
        space: SearchSpace,
        proxy: ProxyConfig,
        data: ImageData,
        seed: int,
        placement: Placement,
        max_macs: float,
    ) -> None:
        self._largest, self._sandwich = largest_networks(space), Sandwich(space, seed, max_macs)
        super().__init__(self._sandwich.largest(), proxy, data, seed, placement)
        self._identity["space"] = space.digest
        self._identity["max_macs"] = f"{max_macs:.0f}"
        self._identity["rule"] = RULE

    def supernet(self) -> Supernet:
        """Return the supernet as it is now, on the CPU."""
        supernet = self._scored()
        assert isinstance(supernet, Supernet)  # noqa: S101 - as ``_new_model`` made it
        return supernet.cpu()

    def _new_task(self, data: ProxyData) -> ProxyTask:
        assert isinstance(data, ImageData)  # noqa: S101 - as ``__init__`` takes no other
        return SupernetTask(data, self._proxy, self._seed, self._placement, self._sandwich)

    def _new_model(self, spec: Network) -> nn.Module:
        del spec
        return Supernet(self._largest, self._task.num_classes)
