"""The terminal of an evaluation: what is scored, and the scores."""

import time
from collections.abc import Callable

from rich.console import Console

from nasbench_mvit.cli.shared.console import ConsoleNotes
from nasbench_mvit.errors import counted
from nasbench_mvit.workbench.evaluations.choices import OWN
from nasbench_mvit.workbench.evaluations.result import (
    Accuracy,
    EvaluationObserver,
    EvaluationResult,
    EvaluationStart,
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
        shown = start.preprocessing
        self._began, self._num_images = self._clock(), start.num_images
        self.note(
            f"{start.title}: {counted(start.num_images, 'image')} of "
            f"{counted(start.num_classes, 'class', 'classes')}, short "
            f"side {shown.resize} px ({shown.filter}), centre {shown.crop} px, "
            f"{shown.channels.upper()}"
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
    """Print top-1, and top-5 where it tells anything, with their intervals."""
    console.print(_line("top-1", result.top1))
    if tells_top5(result.scored.num_logits):
        console.print(_line("top-5", result.top5))


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


def _line(name: str, accuracy: Accuracy) -> str:
    low, high = accuracy.interval
    return (
        f"{name}: {accuracy.value * PERCENT:.2f} % "
        f"(95 % interval {low * PERCENT:.2f} to {high * PERCENT:.2f})"
    )
