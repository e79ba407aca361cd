"""CanvasTask: to classify the images of canvases.

Axes: N held-out images.
"""

from collections.abc import Iterable

from torch import Tensor, nn

from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.images.arrays import BoolArray, ImageData, Split
from nasbench_mvit.training.proxy.hits import hits_of, logits_of, loss_of
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FinalResult, QuantisedResult, TrainingResult
from nasbench_mvit.training.proxy.stream import Batch, CanvasStream
from nasbench_mvit.training.proxy.task import Quantise


class CanvasTask:
    """The canvases of one training; a ``ProxyTask`` that is scored by top-1."""

    def __init__(
        self, data: ImageData, proxy: ProxyConfig, seed: int, placement: Placement
    ) -> None:
        self.num_classes = proxy.outputs_per_canvas * data.num_classes
        self._label_smoothing = proxy.label_smoothing
        self._placement = placement
        self._stream = CanvasStream(data, proxy, seed=seed, device=placement.device)

    def loss(self, model: nn.Module, step: int) -> Tensor:
        """Return the mean cross-entropy of the images of an update."""
        batch = self._stream.training_batch(step)
        return loss_of(logits_of(model, batch, self._placement), batch, self._label_smoothing)

    def score(
        self, model: nn.Module, num_images: int | None, not_finite: Exception
    ) -> tuple[float, int]:
        """Return the share of validation images classified correctly, and how many were shown."""
        hits_N = self._hits(model, self._stream.validation_batches(num_images), not_finite)
        return int(hits_N.sum()) / len(hits_N), len(hits_N)

    def show(self, model: nn.Module, not_finite: Exception) -> None:
        """Classify a whole batch of canvases."""
        self._hits(model, [self._stream.full_validation_batch()], not_finite)

    def concluded(
        self,
        result: TrainingResult,
        model: nn.Module,
        test: Split | None,
        not_finite: Exception,
        in_8_bits: Quantise | None = None,
    ) -> TrainingResult:
        """Return the result with the test images classified correctly, if there are any."""
        if test is None:
            return result
        hits_N = self._hits(model, self._stream.test_batches(test), not_finite)
        final = FinalResult.of(result, hits_N)
        if in_8_bits is None:
            return final
        canvases = self._stream.full_validation_batch().canvases
        model = in_8_bits(model, self.num_classes, canvases)
        hits_N = self._hits(model, self._stream.test_batches(test), not_finite)
        return QuantisedResult(**vars(final), int8_top1=float(hits_N.mean()), int8_by=str(model))

    def _hits(self, model: nn.Module, batches: Iterable[Batch], not_finite: Exception) -> BoolArray:
        """Return whether each image that counts is classified correctly, (N,)."""
        return hits_of(model, batches, self._placement, not_finite)
