"""The scores of weights, kept in a file beside them for the model card of an export; no torch."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from nasbench_mvit.errors import WeightsError
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.json_text import json_text
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.validation import validate_json
from nasbench_mvit.models.weights.by_name import is_name
from nasbench_mvit.models.weights.preprocessing import Preprocessing
from nasbench_mvit.training.images.annotated.annotated_sources import SOURCES as ANNOTATED
from nasbench_mvit.training.images.sources import SOURCES, absolute_source, parse_source
from nasbench_mvit.workbench.evaluations.result import TITLES, Accuracy, MetricScore, ScoredSplit

SCHEMA_VERSION: Final = 1
PERCENT = 100.0
KNOWN = tuple(dict.fromkeys((*SOURCES, *ANNOTATED)))


class _Record(BaseModel):
    """What all scores of an evaluation say.

    Attributes:
        data: source of the images, as it means the same in any working directory; ``restored``
            returns one whose path is not UTF-8.
        split: "val" or "test".
        num_images: scored.
        num_held_out, num_trained: images of these held out of the training, or trained on; None
            where the weights do not say.
        crop: side in pixels of the images that the network saw.
        finished: when, UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str
    split: str
    num_images: int
    num_held_out: int | None
    num_trained: int | None
    crop: int
    finished: datetime

    @property
    def source(self) -> str:
        """Name of the source of the images, without the folder of one."""
        return source_name(self.data)

    @property
    def doubt(self) -> int:
        """How little it tells of new images: 0 of others than those trained on, 1 where unknown."""
        return 1 if self.num_trained is None else 2 * bool(self.num_trained)

    @property
    def _on(self) -> str:
        """The images and their part in the training, in words."""
        on = f"on {self.num_images:,} images of {self.source}"
        if self.num_held_out is None or self.num_trained is None:
            return f"{on}, which may have been trained on"
        if self.num_trained:
            trained = f"{self.num_trained:,} of which were trained on"
            return f"{on}, {trained}, so it says little of new ones"
        return f"{on} held out of the training" if self.num_held_out else f"{on} not trained on"


class ScoresRecord(_Record):
    """The scores of a network that classifies.

    Attributes:
        resize: short side in pixels that images were scaled to.
        hits1, hits5: images whose class has the largest logit, or one of the five largest.
    """

    resize: int
    hits1: int
    hits5: int

    def __str__(self) -> str:
        """Return top-1 with its interval, and what it was measured on."""
        top1 = Accuracy(self.hits1, self.num_images)
        return (
            f"{score_text('top1', top1.value, top1.low, top1.high)} {self._on}, short side "
            f"{self.resize} px, centre {self.crop} px; measured on {self.finished:%Y-%m-%d}"
        )


class KeptScore(BaseModel):
    """A score, 0 to 1, with its 95 % interval; None where it was not computed, or has no value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None = None
    high: float | None = None


class TaskScoresRecord(_Record):
    """The scores of a network that detects or segments, by name, that which counts first."""

    scores: dict[str, KeptScore]

    def __str__(self) -> str:
        """Return the scores with their intervals, and what they were measured on."""
        told = [
            score_text(name, score.value, score.low, score.high)
            for name, score in self.scores.items()
            if score.value is not None
        ]
        scored = f"scored {', '.join(told)}" if told else "no score"
        return (
            f"{scored} {self._on}, scaled to {self.crop} px; measured on {self.finished:%Y-%m-%d}"
        )


def score_text(name: str, value: float, low: float | None, high: float | None) -> str:
    """Return a score in per cent, with its interval where it has one."""
    text = f"{TITLES[name]} {value * PERCENT:.1f} %"
    if low is None or high is None:
        return text
    return f"{text} (95 % interval {low * PERCENT:.1f} to {high * PERCENT:.1f})"


AnyRecord = ScoresRecord | TaskScoresRecord


class _File(BaseModel):
    schema_version: Literal[1] = SCHEMA_VERSION
    weights_sha256: str
    scores: tuple[AnyRecord, ...]


def source_name(source: str) -> str:
    """Return the name of a source of images, without its path."""
    kind, location = parse_source(source, KNOWN)
    return Path(location).name if location else kind


def scores_path(weights: str | Path) -> Path:
    """Return the file that the scores of weights are kept in.

    It is next to the weights; for weights given by name, among the runs in the working directory.
    """
    if is_name(weights):
        slug = re.sub(r"[^\w.-]+", "-", str(weights))
        return Path("runs") / f"{slug}.scores.json"
    path = expanded(weights)
    return path.with_name(f"{path.stem}.scores.json")


def read_scores(weights: str | Path, digest: str) -> tuple[AnyRecord, ...]:
    """Return the scores that were kept of just these weights, the last first.

    Args:
        weights: their file or name.
        digest: SHA-256 of them.

    Raises:
        WeightsError: the file of scores is damaged.
    """
    path = scores_path(weights)
    if not path.is_file():
        return ()
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        kept = validate_json(text, _File, WeightsError, where=str(path))
    except WeightsError as problem:
        raise WeightsError(f"{problem} Remove it, and evaluate the weights again.") from None
    return kept.scores if kept.weights_sha256 == digest else ()


def keep_scores(
    weights: str | Path,
    *,
    digest: str,
    data: str,
    split: str,
    num_images: int,
    role: ScoredSplit | None,
    preprocessing: Preprocessing,
    scores: Mapping[str, MetricScore | float],
) -> Path:
    """Add scores to those kept next to weights, in place of earlier ones of the same images.

    Args:
        weights: their file or name.
        digest: SHA-256 of them.
        data: source of the images.
        split: "val" or "test".
        num_images: scored.
        role: the part of the images in the training, None where it is unknown.
        preprocessing: how the images were cut.
        scores: by name; of a network that classifies top-1 and top-5 as ``Accuracy``, a bare number
            where no interval is known.

    Returns:
        the file.

    Raises:
        OSError: it cannot be written.
    """
    record = _record(
        {
            "data": absolute_source(data, KNOWN),
            "split": split,
            "num_images": num_images,
            "num_held_out": None if role is None else role.num_held_out,
            "num_trained": None if role is None else role.num_trained,
            "crop": preprocessing.crop,
            "finished": datetime.now(UTC).replace(microsecond=0),
        },
        preprocessing.resize,
        scores,
    )
    path, same = scores_path(weights), ("data", "split", "num_images", "resize", "crop")
    try:
        before = read_scores(weights, digest)
    except WeightsError:  # of no use, and replaced
        before = ()
    others = [
        other
        for other in before
        if any(getattr(other, key, None) != getattr(record, key, None) for key in same)
    ]
    kept = _File(weights_sha256=digest, scores=(record, *others))
    with atomic_write(path) as file:
        file.write(json_text(kept, indent=1).encode())
    return path


def _record(
    common: Mapping[str, Any], resize: int, scores: Mapping[str, MetricScore | float]
) -> AnyRecord:
    """Return the record of scores."""
    top1, top5 = scores.get("top1"), scores.get("top5")
    if isinstance(top1, Accuracy) and isinstance(top5, Accuracy):
        return ScoresRecord(**common, resize=resize, hits1=top1.hits, hits5=top5.hits)
    return TaskScoresRecord(**common, scores={name: _kept(score) for name, score in scores.items()})


def _kept(score: MetricScore | float) -> KeptScore:
    if isinstance(score, float):
        return KeptScore(value=_number(score))
    return KeptScore(value=_number(score.value), low=_number(score.low), high=_number(score.high))


def _number(value: float) -> float | None:
    """Return a number, None for NaN, which JSON does not have."""
    return None if math.isnan(value) else value
