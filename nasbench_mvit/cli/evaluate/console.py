"""The terminal of an evaluation: what is scored, and the scores."""

import math
import time
from collections.abc import Callable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nasbench_mvit.cli.shared.console import ConsoleNotes
from nasbench_mvit.errors import counted
from nasbench_mvit.workbench.evaluations.choices import OWN
from nasbench_mvit.workbench.evaluations.result import (
    TITLES,
    TITLES_OF_CLASSES,
    EvaluationObserver,
    EvaluationResult,
    EvaluationStart,
    MetricScore,
    ScoredSplit,
    tells_top5,
)
from nasbench_mvit.workbench.shared.words import time_left

PERCENT = 100.0
INCLUDE = "--include-trained"


class EvaluationConsole(ConsoleNotes, EvaluationObserver):
    """Shows what is about to be scored."""

    def __init__(
        self,
        console: Console,
        *,
        include_trained: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Print on ``console``; ``include_trained`` is what the command line asks for."""
        super().__init__(console, clock)
        self._include_trained = include_trained
        self._began = clock()
        self._num_images = 0

    def started(self, start: EvaluationStart) -> None:
        """Print the network, its images, and what its training did with them."""
        self._began, self._num_images = self._clock(), start.num_images
        self.note(
            f"{start.title}: {counted(start.num_images, 'image')} of "
            f"{counted(start.num_classes, 'class', 'classes')}, {_cut(start)}, "
            f"{start.preprocessing.channels.upper()}"
        )
        if start.split is not None:
            self.note(_account(start.split))
        elif start.source == OWN:
            in_vain = f", so {INCLUDE} cannot count these" if self._include_trained else ""
            self.note(
                "the file of the weights does not say which images they were trained on"
                f"{in_vain}: these may be among them"
            )

    def scored(self, num_images: int) -> None:
        """Print a line if the last one is half a minute ago."""
        seconds = (self._clock() - self._began) * (self._num_images / num_images - 1)
        self.note_now_and_then(
            f"{num_images:,} of {self._num_images:,} images scored, {time_left(seconds)}"
        )


def show_scores(console: Console, result: EvaluationResult) -> None:
    """Print the scores with their intervals, top-5 where it tells anything, and each class's."""
    for name, score in result.scores.items():
        if name != "top5" or tells_top5(result.scored.num_logits):
            console.print(_line(TITLES[name], score))
    if not result.by_class:
        return
    table = Table("class", TITLES_OF_CLASSES[result.scored.task], "95 % interval", box=None)
    for name, score in result.by_class.items():
        table.add_row(escape(name), *_cells(score))
    console.print(table)


def _cut(start: EvaluationStart) -> str:
    """Return the preprocessing of an image, in words."""
    shown = start.preprocessing
    if start.task == "classification":
        return f"short side {shown.resize} px ({shown.filter}), centre {shown.crop} px"
    return f"scaled to {shown.crop} × {shown.crop} px"


def _account(split: ScoredSplit) -> str:
    """Return the role of the images in the training, in words."""
    parts = [f"{split.num_held_out:,} held out of the training"]
    if split.num_new:
        parts.append(f"{split.num_new:,} neither trained on nor held out")
    if split.num_trained:
        parts.append(
            f"{split.num_trained:,} trained on, of which a score says nothing of new images"
        )
    account = "of these " + ", ".join(parts)
    if split.num_left_out:
        account += (
            f"; {split.num_left_out:,} more were trained on and are left out ({INCLUDE} scores "
            "them)"
        )
    if split.num_held_out and split.num_missing:
        account += f"; {split.num_missing:,} held out are not here any more"
    return account


def _line(name: str, score: MetricScore) -> str:
    value, interval = _cells(score)
    return f"{name}: {value} (95 % interval {interval})" if interval else f"{name}: {value}"


def _cells(score: MetricScore) -> tuple[str, str]:
    """Return a score and its interval, in words; there is no score of what no image shows."""
    if math.isnan(score.value):
        return "on no image", ""
    interval = f"{score.low * PERCENT:.2f} to {score.high * PERCENT:.2f}"
    return f"{score.value * PERCENT:.2f} %", "" if math.isnan(score.low) else interval
