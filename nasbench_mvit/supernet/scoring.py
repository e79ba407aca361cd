"""The score of one network of a supernet: its own statistics of normalisation, then its top-1."""

import itertools
from collections.abc import Iterator

import torch
from torch import nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.supernet.supernet import Supernet
from nasbench_mvit.training.common.device import Placement, place, reproducible
from nasbench_mvit.training.images.arrays import BoolArray, ImageData
from nasbench_mvit.training.proxy.hits import hits_of, logits_of
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import NonFiniteLossError
from nasbench_mvit.training.proxy.stream import Batch, CanvasStream

CALIBRATION_IMAGES = 256


def calibrated(
    network: nn.Module, proxy: ProxyConfig, stream: CanvasStream, placement: Placement
) -> nn.Module:
    """Return a network with the statistics that its normalisations have of training images.

    They are the plain mean over the first canvases of a training, of at most
    ``CALIBRATION_IMAGES`` images; no weight changes. The network is moved to its place and left in
    training mode.
    """
    network = nn.utils.convert_conv2d_weight_memory_format(
        network.to(placement.device), torch.channels_last
    ).train()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None  # a mean over all batches
        elif isinstance(layer, nn.Dropout):
            layer.eval()
    with torch.no_grad():
        for batch in _calibration_batches(proxy, stream):
            logits_of(network, batch, placement)
    return network


def _calibration_batches(proxy: ProxyConfig, stream: CanvasStream) -> Iterator[Batch]:
    canvases = max(2, CALIBRATION_IMAGES // proxy.images_per_canvas)
    for step in itertools.count():
        batch = stream.training_batch(step)
        yield Batch(**{name: part[:canvases] for name, part in vars(batch).items()})
        canvases -= len(batch.canvases)
        if canvases < 2:  # of which a normalisation has no statistics
            return


class Scorer:
    """Scores networks of a supernet on validation images, the same for all.

    Attributes:
        placement: where.
    """

    def __init__(
        self, supernet: Supernet, proxy: ProxyConfig, data: ImageData, seed: int, *, device: str
    ) -> None:
        """Prepare.

        Args:
            supernet: the shared weights.
            proxy: the recipe.
            data: images of its cell size.
            seed: draws the canvases that normalisations are set on.
            device: "auto", "cpu", "cuda", "cuda:N" or "mps".

        Raises:
            StudyError: this machine has no such device.
        """
        self.placement = place(device)
        self._supernet, self._proxy = supernet, proxy
        self._stream = CanvasStream(data, proxy, seed=seed, device=self.placement.device)

    def network(self, spec: MobileViTSpec) -> nn.Module:
        """Return a network with statistics of its own, at its place and in training mode.

        Raises:
            SupernetError: the supernet does not hold the network.
        """
        network = self._supernet.network(spec)
        with reproducible(self.placement.device):
            return calibrated(network, self._proxy, self._stream, self.placement)

    def hits(self, spec: MobileViTSpec, num_images: int | None = None) -> BoolArray:
        """Return whether each of the first validation images is named right by a network.

        Raises:
            SupernetError: the supernet does not hold the network.
            NonFiniteLossError: an output is infinite or not a number.
        """
        network = self.network(spec)
        with reproducible(self.placement.device):
            wrong = NonFiniteLossError("output", step=self._proxy.steps, learning_rate=0.0)
            batches = self._stream.validation_batches(num_images)
            return hits_of(network, batches, self.placement, wrong)
