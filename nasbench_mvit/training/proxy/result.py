"""The result of a training and its reports at fractions of the budget: plain data, no torch.

Axes: N test images.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]

MIN_FOUND_SCORE = 0.1  # of a box that is kept with a training
MAX_FOUND_BOXES = 10  # of an image


@dataclass(frozen=True, kw_only=True)
class FractionReport:
    """The state after one equal part of a training.

    Attributes:
        fraction: share of the training done, above 0 up to 1.
        step: optimizer updates done.
        top1: share of ``num_images`` held-out images classified correctly, 0 to 1; of a network
            that detects or segments its score by the metric of the recipe.
        num_images: images scored: the same fixed subset at every part, all of them at the last.
            Networks compare at one part; the last part may lie below the one before, since a
            subset of 384 has a standard error of 0.025.
        train_loss: mean loss over the updates of this part.
        seconds: wall time spent so far, interruptions left out.
        cpu_seconds: processor time of the process spent so far, over all its threads.
    """

    fraction: float
    step: int
    top1: float
    num_images: int
    train_loss: float
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """A finished training; the last entry of ``curve`` is its score on all held-out images.

    Attributes:
        curve: one report for every part, in order.
        device: where it ran, like "cpu" or "cuda:0".
        precision: number format of the matrix products, like "float32" or "bfloat16".
    """

    curve: tuple[FractionReport, ...]
    device: str
    precision: str

    @property
    def top1(self) -> float:
        """Share of all held-out images classified correctly, 0 to 1."""
        return self.curve[-1].top1

    @property
    def num_images(self) -> int:
        """Held-out images behind ``top1``."""
        return self.curve[-1].num_images

    @property
    def top1_standard_error(self) -> float:
        """Binomial standard error of ``top1``: what the choice of held-out images leaves open.

        The spread between seeds is another matter and needs several trainings.
        """
        return math.sqrt(self.top1 * (1 - self.top1) / self.num_images)

    @property
    def seconds(self) -> float:
        """Wall time of the training, interruptions left out."""
        return self.curve[-1].seconds

    @property
    def cpu_seconds(self) -> float:
        """Processor time of the training over all threads of its process."""
        return self.curve[-1].cpu_seconds


@dataclass(frozen=True, kw_only=True)
class FoundBox:
    """A box that a network finds.

    Attributes:
        corners: x1, y1, x2, y2 in shares of the image.
        label: its class, from 0 on.
        score: probability of that class.
    """

    corners: tuple[float, float, float, float]
    label: int
    score: float


@dataclass(frozen=True, kw_only=True)
class FoundOnImage:
    """What a network finds on a held-out image.

    Attributes:
        image: number of the image among those held out.
        boxes: where it detects, the surest first.
        mask: where it segments, the class of each pixel of the square that was scored: a grey PNG
            in Base64.
    """

    image: int
    boxes: tuple[FoundBox, ...] = ()
    mask: str = ""


@dataclass(frozen=True, kw_only=True)
class TaskResult(TrainingResult):
    """A finished training of a network that detects or segments.

    Attributes:
        metric: name of what ``top1`` and the scores of ``curve`` are, "mAP50" or "mIoU".
        standard_error: that of the last score, by a bootstrap over the held-out images.
        found: what is found on a few of these images, the same for all networks and seeds; none in
            trainings of earlier versions.
    """

    metric: str
    standard_error: float
    found: tuple[FoundOnImage, ...] = ()

    @property
    def top1_standard_error(self) -> float:
        """Standard error of the score: what the choice of held-out images leaves open."""
        return self.standard_error


@dataclass(frozen=True, kw_only=True)
class FinalResult(TrainingResult):
    """A finished training whose network was then, once, scored on the test images.

    Its ``curve`` and ``top1`` are of the validation images as those of any training.

    Attributes:
        num_test_images: test images scored.
        hits: which of them were classified correctly, a bit each, in hexadecimal; the order
            is that of scoring, the same for all networks and seeds.
    """

    num_test_images: int
    hits: str

    @classmethod
    def of(cls, training: TrainingResult, hits_N: BoolArray) -> Self:
        """Return the result of a training that named the test images right as ``hits_N`` say."""
        return cls(
            **vars(training), num_test_images=len(hits_N), hits=np.packbits(hits_N).tobytes().hex()
        )

    def unpacked(self) -> BoolArray:
        """Return whether each test image was classified correctly, shape (N,).

        Raises:
            ValueError: ``hits`` are not as many bits as there are images.
        """
        packed = np.frombuffer(bytes.fromhex(self.hits), np.uint8)
        if len(packed) != math.ceil(self.num_test_images / 8):
            raise ValueError(f"{len(packed)} bytes do not hold {self.num_test_images} bits")
        return np.unpackbits(packed, count=self.num_test_images).astype(bool)

    @property
    def test_top1(self) -> float:
        """Share of the test images classified correctly, 0 to 1."""
        return float(self.unpacked().mean())


@dataclass(frozen=True, kw_only=True)
class QuantisedResult(FinalResult):
    """A ``FinalResult`` whose network was also scored in 8 bits, on the same test images.

    Attributes:
        int8_top1: share of the test images classified correctly in 8 bits, 0 to 1.
        int8_by: the runtime that computed it, with its version.
    """

    int8_top1: float
    int8_by: str


@dataclass(frozen=True, kw_only=True)
class EstimatedResult(TrainingResult):
    """A surrogate's estimate of a training that was not run; its ``curve`` is empty.

    ``device`` and ``precision`` are those of the trainings that the surrogate was fitted to.

    Attributes:
        expected_top1: expected share of all held-out images classified correctly, 0 to 1.
        low, high: the interval of ``expected_top1``.
        error: root mean square error of such estimates, a fraction.
        extrapolating: whether the network is unlike those that the surrogate was fitted to.
        expected_seconds: expected processor time.
    """

    expected_top1: float
    low: float
    high: float
    error: float
    extrapolating: bool
    expected_seconds: float

    @property
    def top1(self) -> float:
        """Expected share of all held-out images classified correctly, 0 to 1."""
        return self.expected_top1

    @property
    def num_images(self) -> int:
        """No image was looked at."""
        return 0

    @property
    def top1_standard_error(self) -> float:
        """NaN: no images were drawn; how far the estimate may be off is ``error``."""
        return math.nan

    @property
    def seconds(self) -> float:
        """Expected time of the training on one core."""
        return self.expected_seconds

    @property
    def cpu_seconds(self) -> float:
        """Expected processor time of the training."""
        return self.expected_seconds


@dataclass(frozen=True, kw_only=True)
class SharedResult(TrainingResult):
    """The score of a network with the weights of a supernet: it has no training of its own.

    The only entry of ``curve`` has the score, the seconds that it took, and the updates and the
    loss of the supernet.

    Attributes:
        supernet: digest of the supernet's file.
    """

    supernet: str


class NonFiniteLossError(Exception):
    """A training diverged: a loss, gradient or output is infinite or not a number.

    No mistake of the user's: a search records it as the reason why this network failed.
    """

    def __init__(self, quantity: str, *, step: int, learning_rate: float) -> None:
        self.quantity = quantity
        self.step = step
        self.learning_rate = learning_rate
        super().__init__(
            f"the {quantity} is not finite at step {step}, learning rate {learning_rate:.3g}."
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the error whole on its way between processes."""
        return _non_finite, (self.quantity, self.step, self.learning_rate)


def _non_finite(quantity: str, step: int, learning_rate: float) -> NonFiniteLossError:
    return NonFiniteLossError(quantity, step=step, learning_rate=learning_rate)
