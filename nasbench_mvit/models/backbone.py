"""Backbone: what gives the maps of stages 3, 4 and 5, and the head of a task over them.

Axes: B batch, C channels, H height, W width.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from torch import Tensor, nn

from nasbench_mvit.architecture.heads import USUAL_CLASSES
from nasbench_mvit.architecture.network import Network
from nasbench_mvit.errors import SpecError, check_type
from nasbench_mvit.models.heads.ssdlite import BoxPredictions, SSDLite
from nasbench_mvit.models.layers import initialise

Maps = tuple[Tensor, Tensor, Tensor]


class Backbone(nn.Module, ABC):
    """A network whose classifier is one of several heads.

    Attributes:
        task_head: the head that detects or segments; None in a network that classifies, which has
            the modules of its classifier instead.
    """

    task_head: nn.Module | None

    @abstractmethod
    def maps(self, x_BCHW: Tensor) -> Maps:
        """Return the maps of stages 3, 4 and 5 of images (B, 3, H, W).

        Their strides are 8, 16 and 32, or less where the last stages are dilated.
        """

    @abstractmethod
    def classify(self, maps: Maps) -> Tensor:
        """Return logits (B, num_classes) of the last map."""

    def forward(self, x_BCHW: Tensor) -> Tensor | BoxPredictions:
        """Return the outputs of the head for images (B, 3, H, W).

        A classifier gives logits (B, K), ``DeepLabv3`` logits (B, K, H/stride, W/stride),
        ``SSDLite`` its ``BoxPredictions``.
        """
        maps = self.maps(x_BCHW)
        if self.task_head is None:
            return self.classify(maps)
        found: Tensor | BoxPredictions = self.task_head(maps)
        return found


def tapped(blocks: Iterable[nn.Module], ends: tuple[int, int, int], x_BCHW: Tensor) -> Maps:
    """Return the maps after three of the blocks in a row, whose numbers are ``ends``."""
    maps = []
    for number, block in enumerate(blocks, start=1):
        x_BCHW = block(x_BCHW)
        if number in ends:
            maps.append(x_BCHW)
    third, fourth, fifth = maps
    return third, fourth, fifth


def checked_classes(num_classes: int | None, network: Network) -> int:
    """Return the classes of a network, the usual ones of its task for None.

    Raises:
        SpecError: their number is not a positive whole number.
    """
    if num_classes is None:
        return USUAL_CLASSES[network.task]
    check_type(num_classes, int, "`num_classes=` must be a whole number", SpecError)
    if num_classes < 1:
        raise SpecError(f"num_classes must be at least 1, got {num_classes}.")
    return num_classes


def initialised(model: nn.Module) -> nn.Module:
    """Return a network with all its weights initialised, those of SSDLite by their own rule."""
    model.apply(initialise)
    for module in model.modules():
        if isinstance(module, SSDLite):
            module.initialise()
    return model
