"""A network before the first update of a training, and that training's first images."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.models.networks import build_network
from nasbench_mvit.training.images import ImageData
from nasbench_mvit.training.recipe import ProxyConfig
from nasbench_mvit.training.seeding import INITIALISATION, reseed
from nasbench_mvit.training.stream import Batch, MosaicStream

NUM_BATCHES = 2  # as the authors of ZiCo take


@dataclass(frozen=True, eq=False)
class Start:
    """The images and the recipe that every network is scored with.

    Attributes:
        batches: the first ``NUM_BATCHES`` of the training with ``seed``.
        num_outputs: logits of a network: classes times the cells of a canvas.
        input_size: side of the canvases in pixels.
        seed: of the training, which draws the weights too.
    """

    batches: tuple[Batch, ...]
    num_outputs: int
    input_size: int
    seed: int

    @classmethod
    def of(cls, proxy: ProxyConfig, data: ImageData, seed: int) -> "Start":
        """Draw the batches that ``train_proxy`` with these arguments begins with, on the CPU."""
        stream = MosaicStream(data, proxy, seed=seed, device=torch.device("cpu"))
        return cls(
            batches=tuple(stream.training_batch(step) for step in range(NUM_BATCHES)),
            num_outputs=proxy.images_per_canvas * data.num_classes,
            input_size=proxy.input_size,
            seed=seed,
        )

    def network(self, spec: MobileViTSpec) -> nn.Module:
        """Return the network with the weights that its training starts from, without dropout.

        Batch normalisation is in training mode, as at the first update. The random state of
        torch is left as it was.
        """
        with torch.random.fork_rng(devices=()):
            reseed(self.seed, INITIALISATION)
            model = build_network(spec, num_classes=self.num_outputs)
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.eval()
        return model


def loss_of(model: nn.Module, batch: Batch) -> Tensor:
    """Return the mean cross-entropy over the cells of a batch, a scalar."""
    logits: Tensor = model(batch.canvases)
    labels = batch.labels
    return functional.cross_entropy(logits.reshape(labels.numel(), -1), labels.flatten())


def weights(model: nn.Module) -> list[Tensor]:
    """Return the weights of convolutions and linear layers: no biases, no normalisations."""
    return [
        module.weight for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)
    ]
