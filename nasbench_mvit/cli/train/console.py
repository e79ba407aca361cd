"""The terminal of a full training: what it is, how it goes, the scores."""

from collections.abc import Iterator

from rich.console import Console

from nasbench_mvit.cli.shared.console import ConsoleNotes
from nasbench_mvit.cli.shared.next_command import next_line
from nasbench_mvit.errors import counted, listed
from nasbench_mvit.training.full.recipe import BACKBONE, FullRecipe
from nasbench_mvit.workbench.evaluations.result import TITLES, tells_top5
from nasbench_mvit.workbench.full_training.result import (
    EpochReport,
    FullTrainingObserver,
    Outline,
    TrainedNetwork,
    TrainingPlan,
    TrainingStart,
    UpdateReport,
)
from nasbench_mvit.workbench.shared.words import duration

PERCENT = 100.0


class TrainConsole(ConsoleNotes, FullTrainingObserver):
    """Shows how a training goes: a line after each epoch, and now and then one between."""

    _num_classes = 0

    def started(self, start: TrainingStart) -> None:
        """Print what is about to be trained."""
        self._num_classes = start.outline.num_classes
        for line in _lines(start):
            self.note(line)

    def progress(self, report: UpdateReport) -> None:
        """Print a line if the last one is half a minute ago."""
        self.note_now_and_then(
            f"epoch {report.epoch:.2f}: loss {report.loss:.3f}, "
            f"{report.images_per_second:,.0f} images/s, {duration(report.seconds)} so far"
        )

    def epoch(self, report: EpochReport) -> None:
        """Print the scores."""
        self.note(
            f"epoch {report.epoch}: {self._scores(report)}, loss {report.train_loss:.3f}, "
            f"{duration(report.seconds)} so far"
        )

    def ended(self, trained: TrainedNetwork, data: str) -> None:
        """Print the last scores, where the weights are, and the command that evaluates them."""
        scores, weights = trained.scores, trained.weights
        self.note(
            f"{self._scores(scores)} of {scores.num_images:,} validation images\nsee {weights}"
        )
        self.note(next_line("evaluate", {"--weights": weights, "--data": data}))

    def _scores(self, report: EpochReport) -> str:
        told = dict(report.metrics)
        if not tells_top5(self._num_classes):
            told.pop("top5", None)
        return ", ".join(f"{TITLES[name]} {value * PERCENT:.2f} %" for name, value in told.items())


def show_plan(console: Console, plan: TrainingPlan) -> None:
    """Print what would be trained and the expected time."""
    for line in _lines(plan.start):
        console.print(line)
    console.print(expected_time(plan))


def expected_time(plan: TrainingPlan) -> str:
    """Return the expected time of a training, in words."""
    if plan.is_done:
        return "expected: no time, all updates are done"
    return (
        f"expected: {duration(plan.seconds)}, by {max(0.01, plan.seconds_per_update):.2f} s an "
        f"update and {max(0.1, plan.seconds_per_evaluation):.1f} s for each of "
        f"{plan.start.outline.plan.recipe.epochs} evaluations, timed here and now"
    )


def _lines(start: TrainingStart) -> Iterator[str]:
    """Yield the description of a training, line by line."""
    outline, plan, recipe = start.outline, start.outline.plan, start.outline.plan.recipe
    yield (
        f"{start.origin}: {start.params:,} parameters with "
        f"{counted(outline.num_classes, 'class', 'classes')}; in "
        f"{start.folder}"
    )
    yield (
        f"images: {plan.num_images:,} to train on, {outline.num_val:,} to validate, "
        f"{counted(outline.num_classes, 'class', 'classes')}"
    )
    yield from outline.notes
    yield (
        f"effective batch: {recipe.batch_size:,} images of {recipe.base_size} px an update = "
        f"{outline.processes} (processes) × {start.passes} (passes of each) × {recipe.device_batch}"
    )
    sizes = [f"{count:,} of {size} px" for size, count in start.images_per_update.items()]
    yield f"sampler: {listed(sizes)}"
    yield (
        f"updates: {plan.updates:,} in {counted(recipe.epochs, 'epoch')} (the standard sampler "
        "would do "
        f"{start.standard_updates:,}), {recipe.warmup_updates:,} of them to warm up"
    )
    if outline.starts_from is not None:
        yield f"starts from {outline.starts_from}"
    yield from _parts(recipe)
    if outline.changes:
        yield adapted(outline)
    if outline.updates_done:
        yield f"going on after {outline.updates_done:,} updates"


def _parts(recipe: FullRecipe) -> Iterator[str]:
    """Yield a line on the parts that keep their weights, and the rates of the others."""
    if recipe.freeze == BACKBONE:
        yield "frozen: the backbone, which is all but the head"
        return
    if recipe.freeze != "0":
        yield f"frozen: the stem and {recipe.freeze} of the 5 stages"
    if recipe.backbone_rate != 1:
        yield f"learning rate of the backbone: {recipe.backbone_rate:g} times the head's"


def adapted(outline: Outline) -> str:
    """Return the values of a recipe that were adapted to the images, and why, in words."""
    why = f"{outline.plan.num_images:,} images"
    if outline.starts_from is not None:
        why += " and trained weights"
    values = [
        f"--{change.field.replace('_', '-')} {change.value:.4g} (paper: {change.paper:g})"
        for change in outline.changes
    ]
    return f"recipe adapted to {why}: {', '.join(values)}; these options set other values"
