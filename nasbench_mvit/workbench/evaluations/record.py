"""The scores of weights, kept in a file beside them for the model card of an export; no torch."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from nasbench_mvit.errors import WeightsError
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.io.json_text import json_text
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.validation import validate_json
from nasbench_mvit.models.weights.by_name import is_name
from nasbench_mvit.training.images.sources import absolute_source, parse_source
from nasbench_mvit.workbench.evaluations.result import Accuracy, ScoredSplit

SCHEMA_VERSION: Final = 1
PERCENT = 100.0


class ScoresRecord(BaseModel):
    """The scores of one evaluation.

    Attributes:
        data: source of the images, as it means the same in any working directory; ``restored``
            returns one whose path is not UTF-8.
        split: "val" or "test".
        num_images: scored.
        num_held_out, num_trained: images of these held out of the training, or trained on; None
            where the weights do not say.
        resize, crop: in pixels.
        hits1, hits5: images whose class has the largest logit, or one of the five largest.
        finished: when, UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str
    split: str
    num_images: int
    num_held_out: int | None
    num_trained: int | None
    resize: int
    crop: int
    hits1: int
    hits5: int
    finished: datetime

    def __str__(self) -> str:
        """Return top-1 with its interval, and what it was measured on."""
        top1 = Accuracy(self.hits1, self.num_images)
        low, high = (share * PERCENT for share in top1.interval)
        return (
            f"top-1 {top1.value * PERCENT:.1f} % (95 % interval {low:.1f} to {high:.1f}) on "
            f"{self.num_images:,} images of {self.source}{self._role}, short side "
            f"{self.resize} px, centre {self.crop} px; measured on {self.finished:%Y-%m-%d}"
        )

    @property
    def source(self) -> str:
        """Name of the source of the images, without the folder of one."""
        return source_name(self.data)

    @property
    def doubt(self) -> int:
        """How little it tells of new images: 0 of others than those trained on, 1 where unknown."""
        return 1 if self.num_trained is None else 2 * bool(self.num_trained)

    @property
    def _role(self) -> str:
        if self.num_held_out is None or self.num_trained is None:
            return ", which may have been trained on"
        if self.num_trained:
            return f", {self.num_trained:,} of which were trained on, so it says little of new ones"
        return " held out of the training" if self.num_held_out else " not trained on"


class _File(BaseModel):
    schema_version: Literal[1] = SCHEMA_VERSION
    weights_sha256: str
    scores: tuple[ScoresRecord, ...]


def source_name(source: str) -> str:
    """Return the name of a source of images, without its path."""
    kind, location = parse_source(source)
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


def read_scores(weights: str | Path, digest: str) -> tuple[ScoresRecord, ...]:
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


def keep_scores(  # noqa: PLR0913 - what a record says
    weights: str | Path,
    *,
    digest: str,
    data: str,
    split: str,
    role: ScoredSplit | None,
    resize: int,
    crop: int,
    top1: Accuracy,
    top5: Accuracy,
) -> Path:
    """Add scores to those kept next to weights, in place of earlier ones of the same images.

    Returns:
        the file.

    Raises:
        OSError: it cannot be written.
    """
    record = ScoresRecord(
        data=absolute_source(data),
        split=split,
        num_images=top1.num_images,
        num_held_out=None if role is None else role.num_held_out,
        num_trained=None if role is None else role.num_trained,
        resize=resize,
        crop=crop,
        hits1=top1.hits,
        hits5=top5.hits,
        finished=datetime.now(UTC).replace(microsecond=0),
    )
    path, same = scores_path(weights), ("data", "split", "num_images", "resize", "crop")
    try:
        before = read_scores(weights, digest)
    except WeightsError:  # of no use, and replaced
        before = ()
    others = [
        other
        for other in before
        if any(getattr(other, key) != getattr(record, key) for key in same)
    ]
    kept = _File(weights_sha256=digest, scores=(record, *others))
    with atomic_write(path) as file:
        file.write(json_text(kept, indent=1).encode())
    return path
