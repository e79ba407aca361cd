"""SceneTask: to detect or segment what is on scenes, or on other annotated images.

Composed scenes never repeat in a training; images of files are shown in random views.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from nasbench_mvit.training.common.device import Placement
from nasbench_mvit.training.images.annotated.annotated_image import AnnotatedData, AnnotatedImage
from nasbench_mvit.training.images.annotated.augmentation import random_view, resized
from nasbench_mvit.training.images.annotated.batches import collated
from nasbench_mvit.training.images.annotated.scenes import Scenes
from nasbench_mvit.training.images.arrays import Split
from nasbench_mvit.training.proxy.found import found_on
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import FoundOnImage, TaskResult, TrainingResult
from nasbench_mvit.training.proxy.task import Quantise
from nasbench_mvit.training.tasks.annotated import TaskScore, is_finite, loss_of, predict

STREAM = 2**40  # scenes of a seed, more than any training is shown
HELD_OUT_ORDER_SEED = 0  # one order for all networks and seeds
RESAMPLES = 50  # of the held-out images: enough for a standard error to within a tenth
NUM_PICTURES = 4  # held-out images whose predictions are kept, to be looked at


class SceneTask:
    """The scenes of one training; a ``ProxyTask`` that is scored by mAP50 or mIoU."""

    def __init__(
        self, data: AnnotatedData, proxy: ProxyConfig, seed: int, placement: Placement
    ) -> None:
        self.num_classes = len(data.class_names)
        self._data, self._proxy, self._seed = data, proxy, seed
        self._placement = placement
        self._last: TaskScore | None = None  # on all held-out images
        self._order = np.random.default_rng(HELD_OUT_ORDER_SEED).permutation(len(data.val)).tolist()

    def loss(self, model: nn.Module, step: int) -> Tensor:
        """Return the loss on the scenes of an update."""
        batch = collated(self._training_examples(step))
        return loss_of(predict(model, batch.images, self._placement), batch)

    def _training_examples(self, step: int) -> list[AnnotatedImage]:
        train, count = self._data.train, self._proxy.batch_size
        if isinstance(train, Scenes):
            first = self._seed * STREAM + step * count
            return [train[first + place] for place in range(count)]
        rng = np.random.default_rng((self._seed, step))
        chosen = rng.integers(len(train), size=count).tolist()
        return [random_view(train[index], self._proxy.input_size, rng) for index in chosen]

    def score(
        self, model: nn.Module, num_images: int | None, not_finite: Exception
    ) -> tuple[float, int]:
        """Return the score on the first held-out images of a fixed order, and how many these are.

        It is 0 where none of them has an object.
        """
        shown = self._order[:num_images]
        score = self._scored(model, shown, not_finite)
        self._last = score if len(shown) == len(self._order) else None
        return float(np.nan_to_num(score.result(resamples=0).value)), len(shown)

    def show(self, model: nn.Module, not_finite: Exception) -> None:
        """Score a whole batch of held-out images."""
        shown = np.resize(self._order, self._proxy.batch_size).tolist()
        self._scored(model, shown, not_finite).result(resamples=0)

    def concluded(
        self,
        result: TrainingResult,
        model: nn.Module,
        test: Split | None,
        not_finite: Exception,
        in_8_bits: Quantise | None = None,
    ) -> TrainingResult:
        """Return the result with the metric, its standard error and a few predictions."""
        if test is not None or in_8_bits is not None:
            raise ValueError("test images with boxes or masks are not scored yet")
        score = self._last or self._scored(model, self._order, not_finite)
        error = score.result(resamples=RESAMPLES).standard_error
        return TaskResult(
            **vars(result),
            metric=self._proxy.metric,
            standard_error=float(np.nan_to_num(error)),
            found=self._found(model),
        )

    @torch.no_grad()
    def _found(self, model: nn.Module) -> tuple[FoundOnImage, ...]:
        model.eval()
        size, rows = self._proxy.input_size, self._order[:NUM_PICTURES]
        batch = collated([resized(self._data.val[row], size) for row in rows])
        return found_on(rows, predict(model, batch.images, self._placement), size)

    @torch.no_grad()
    def _scored(self, model: nn.Module, shown: Sequence[int], not_finite: Exception) -> TaskScore:
        model.eval()
        score = TaskScore(self._data.task, self._data.class_names)
        for start in range(0, len(shown), self._proxy.batch_size):
            rows = shown[start : start + self._proxy.batch_size]
            examples = [resized(self._data.val[row], self._proxy.input_size) for row in rows]
            predictions = predict(model, collated(examples).images, self._placement)
            if not is_finite(predictions):
                raise not_finite
            score.add(predictions, examples)
        return score
