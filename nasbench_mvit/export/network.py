"""What is exported: a torch module with all that a file should say of it.

Axes: B images, C channels, H height, W width.
"""

import copy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.export.interface import CHANNELS, Classes
from nasbench_mvit.models.heads.decoded import Decoded
from nasbench_mvit.models.heads.ssdlite import BoxPredictions
from nasbench_mvit.models.mobilevit import build_model
from nasbench_mvit.models.weights.checkpoint import Notes

SETTLING_IMAGES = 8
SETTLING_PX = 128


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A network with weights.

    Attributes:
        title: what it is called, for people.
        model: ``build_model(spec, classes.num_logits)`` with its weights, on the CPU, in evaluation
            mode.
        spec: its specification; the resolution is that of the files.
        classes: what its logits mean.
        notes: what a file of its weights says of them.
    """

    title: str
    model: nn.Module
    spec: MobileViTSpec
    classes: Classes
    notes: Notes = field(default_factory=Notes)


class InHalf(nn.Module):
    """A network whose weights and arithmetic are float16; input and output stay float32.

    Boxes are made of their offsets in float32: float16 holds a place on 320 px to a sixth of one.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = copy.deepcopy(model).half()
        self.training = model.training

    def forward(self, x_BCHW: Tensor) -> Tensor | BoxPredictions:
        """Return the task of the network."""
        found: Tensor | BoxPredictions = self.model(x_BCHW.half())
        if isinstance(found, Tensor):
            return found.float()
        return BoxPredictions(found.offsets.float(), found.logits.float())


def deployed(model: nn.Module, spec: MobileViTSpec) -> nn.Module:
    """Return a network that gives what ``interface.OUTPUTS`` names for its task."""
    if spec.task == "detection":
        whole = Decoded(model, (spec.resolution, spec.resolution))
        whole.training = model.training  # the parts have theirs, and exported ones refuse another
        return whole
    return model


def random_model(spec: MobileViTSpec, *, seed: int, num_classes: int = 1000) -> nn.Module:
    """Return a network that has learnt nothing, in evaluation mode; the same for the same seed.

    Its batch normalisations hold the statistics of one batch of noise. Without these the signal
    would fade from block to block, down to where half precision has no digits left, and differences
    between formats would not be like those of a trained network.
    """
    with torch.random.fork_rng(devices=()):
        torch.default_generator.manual_seed(seed)
        model = build_model(spec, num_classes).eval()
        noise = torch.rand(SETTLING_IMAGES, CHANNELS, SETTLING_PX, SETTLING_PX)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = None  # the plain mean over batches, of which there is one
    with torch.no_grad():
        model(noise)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return model.eval()
