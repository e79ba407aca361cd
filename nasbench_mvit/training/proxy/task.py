"""ProxyTask: what a proxy shows a network, what it is to minimise, and how it is scored."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor, nn

from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedData
from nasbench_mvit.training.images.arrays import ImageData, Split
from nasbench_mvit.training.proxy.result import TrainingResult

ProxyData = ImageData | AnnotatedData

Quantise = Callable[[nn.Module, int, Tensor], nn.Module]


class ProxyTask(Protocol):
    """The images of one training, and what becomes of a network's output for them.

    All that is drawn is a function of the seed and the step alone. ``not_finite`` is raised when
    the output of a network is infinite or not a number.
    """

    @property
    def num_classes(self) -> int:
        """Classes that the network is built for."""
        ...

    def loss(self, model: nn.Module, step: int) -> Tensor:
        """Return the loss of a network on the images of update ``step``."""
        ...

    def score(
        self, model: nn.Module, num_images: int | None, not_finite: Exception
    ) -> tuple[float, int]:
        """Return the score on ``num_images`` held-out images or all, and how many were shown."""
        ...

    def show(self, model: nn.Module, not_finite: Exception) -> None:
        """Score a whole batch of held-out images, to time it."""
        ...

    def concluded(
        self,
        result: TrainingResult,
        model: nn.Module,
        test: Split | None,
        not_finite: Exception,
        in_8_bits: Quantise | None = None,
    ) -> TrainingResult:
        """Return the result of a finished training with all that the task adds to it.

        ``in_8_bits`` returns a network in 8 bits from it, its number of outputs and canvases.
        """
        ...
