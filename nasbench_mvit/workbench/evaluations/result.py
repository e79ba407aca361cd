"""What an evaluation scores and what it finds; no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from scipy.stats import binomtest

from nasbench_mvit.architecture.heads import Task
from nasbench_mvit.errors import listed
from nasbench_mvit.models.weights.preprocessing import Preprocessing
from nasbench_mvit.workbench.shared.observer import Observer

MAX_TRIVIAL: Final = 5
TITLES: Final[Mapping[str, str]] = {
    "top1": "top-1",
    "top5": "top-5",
    "map": "mAP",
    "map50": "mAP50",
    "map75": "mAP75",
    "miou": "mIoU",
    "pixel_accuracy": "pixel accuracy",
}
TITLES_OF_CLASSES: Final[Mapping[Task, str]] = {"detection": "AP", "segmentation": "IoU"}


def tells_top5(num_logits: int) -> bool:
    """Return whether top-5 tells anything: among five classes or fewer it is always 100 %."""
    return num_logits > MAX_TRIVIAL


@dataclass(frozen=True, kw_only=True)
class ScoredSplit:
    """The part that the scored images had in the training of the network.

    Attributes:
        num_held_out: scored images that were held out of the training.
        num_new: scored images that were neither trained on nor held out.
        num_trained: scored images that were trained on, whose score says nothing of new ones.
        num_left_out: images that are not scored since they were trained on.
        num_missing: images that were held out and are not in the source any more.
    """

    num_held_out: int
    num_new: int = 0
    num_trained: int = 0
    num_left_out: int = 0
    num_missing: int = 0


@dataclass(frozen=True, kw_only=True)
class EvaluationStart:
    """The description of an evaluation that is about to start.

    Attributes:
        title: title of the network.
        source: origin of the weights.
        task: of the network. For any but classification an image is scaled to a square of side
            ``preprocessing.crop``.
        preprocessing: what becomes of an image before the network sees it.
        num_images: number of images to score.
        num_classes: number of classes of these images.
        num_logits: number of classes that the network tells apart.
        split: what the training did with them; None where the weights do not say.
    """

    title: str
    source: str
    task: Task = "classification"
    preprocessing: Preprocessing
    num_images: int
    num_classes: int
    num_logits: int
    split: ScoredSplit | None


class MetricScore(Protocol):
    """A score, 0 to 1, with its interval of 95 %."""

    @property
    def value(self) -> float:
        """The score."""
        ...

    @property
    def low(self) -> float:
        """The lower end of its interval."""
        ...

    @property
    def high(self) -> float:
        """The upper end."""
        ...


@dataclass(frozen=True)
class Accuracy:
    """The share of images that are classified correctly.

    Attributes:
        hits: images classified correctly.
        num_images: images shown.
    """

    hits: int
    num_images: int

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.hits / self.num_images

    @property
    def low(self) -> float:
        """The lower end of its 95 % interval (Wilson's)."""
        return self.interval[0]

    @property
    def high(self) -> float:
        """The upper end."""
        return self.interval[1]

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval (Wilson's)."""
        found = binomtest(self.hits, self.num_images).proportion_ci(method="wilson")
        return found.low, found.high


@dataclass(frozen=True, kw_only=True)
class EvaluationResult:
    """The scores of a network.

    Attributes:
        scored: the network and the images.
        scores: by name, the one that counts first: "top1" and "top5", each an ``Accuracy``; "map",
            "map50" and "map75"; or "miou" and "pixel_accuracy". All are 0 to 1, and NaN where no
            image shows what is to be found.
        by_class: AP or IoU of each class; nothing of a network that classifies.
    """

    scored: EvaluationStart
    scores: Mapping[str, MetricScore]
    by_class: Mapping[str, MetricScore] = field(default_factory=dict)

    @property
    def top1(self) -> Accuracy:
        """Share of images whose class has the largest logit.

        Raises:
            AttributeError: the network does not classify.
        """
        return self._accuracy("top1")

    @property
    def top5(self) -> Accuracy:
        """Share of images whose class has one of the five largest logits.

        Raises:
            AttributeError: the network does not classify.
        """
        return self._accuracy("top5")

    def _accuracy(self, name: str) -> Accuracy:
        score = self.scores.get(name)
        if not isinstance(score, Accuracy):
            raise AttributeError(
                f"a network for {self.scored.task} has no {name}; its `scores` are "
                f"{listed(self.scores)}"
            )
        return score


class EvaluationObserver(Observer):
    """Observer of ``evaluate_weights``."""

    def started(self, start: EvaluationStart) -> None:
        """Take what is about to be scored, once weights and images are open."""

    def scored(self, num_images: int) -> None:
        """Receive the number of images scored so far."""
