"""The terminal of an ablation: the plan, the trainings as they end, what they amount to."""

import time
from collections.abc import Callable, Sequence
from typing import Self

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from nasbench_mvit.ablation.results.sentences import (
    LEGEND,
    about,
    interval,
    network_title,
    notes,
)
from nasbench_mvit.ablation.results.summary import AblationSummary
from nasbench_mvit.ablation.results.tables import arm_rows, effect_rows, scaling_rows
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.search.engines.contract import Event, Failed, Finished, Job
from nasbench_mvit.workbench.shared.progress import Work, duration

PERCENT = 100.0
UNTRAINED = ["top-1, %", "Δ", "core-s"]


def weight(training: Training) -> float:
    """Return what the time of a training grows with: multiply-adds of all its canvases."""
    proxy = training.proxy
    canvases = proxy.steps * proxy.batch_size * proxy.input_size**2
    return float(count_costs(training.spec).macs) * canvases


class _AblationWork(Work):
    """The trainings of one ablation that are yet to do; jobs are places among them."""

    def __init__(self, weights: Sequence[float], clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._weights = weights

    def _cost(self, job: Job) -> float:
        return self._weights[job.trial]

    def _total(self) -> float:
        return sum(self._weights)


class AblationConsole:
    """Shows trainings: a bar on a terminal, elsewhere a line for each that ends."""

    def __init__(
        self,
        waiting: Sequence[Training],
        console: Console,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show ``waiting`` on ``console``."""
        self._left = len(waiting)
        self._console = console
        self._work = _AblationWork([weight(training) for training in waiting], clock)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
        )
        self._task = self._progress.add_task("trainings", total=1.0, left="")

    def __enter__(self) -> Self:
        """Start the bar."""
        if self._console.is_terminal and self._left:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave its last state on the terminal."""
        if self._console.is_terminal:  # elsewhere it would print an empty line
            self._progress.stop()

    def event(self, training: Training, event: Event) -> None:
        """Note progress; say what failed and, where there is no bar, what has ended."""
        self._work.event(event)
        what = f"{training.contestant}, seed {training.seed}"
        if isinstance(event, Finished | Failed):
            self._left -= 1
        left = f"{self._left} to go, {duration(self._work.seconds_left())} left"
        self._progress.update(self._task, completed=self._work.fraction(), left=left)
        if isinstance(event, Failed):
            self._console.print(f"{what} failed: {event.reason}")
        elif isinstance(event, Finished) and not self._console.is_terminal:
            self._console.print(f"{what}: top-1 {event.result.top1 * PERCENT:.1f} %; {left}")


def show_design(console: Console, summary: AblationSummary) -> None:
    """Print what is known of an ablation before any training."""
    ablation = summary.ablation
    console.print(f"study {ablation.name}: {ablation.config.description}\n{about(summary)}")
    arms = arm_rows(summary)
    _print_table(
        console,
        f"arms; costs and latency of {network_title(ablation.full_size)}",
        arms.drop(columns=[column for column in UNTRAINED if column in arms]),
    )
    _show_recipe(console, summary)
    for note in notes(summary):
        console.print(f"- {note}")


def show(console: Console, summary: AblationSummary) -> None:
    """Print what an ablation has found."""
    console.print(about(summary))
    _print_table(console, "arms, the reference first", arm_rows(summary))
    console.print(f"{LEGEND}.")
    if summary.effects:
        _print_table(console, "effects", effect_rows(summary))
        console.print(f"intervals: {interval(summary)}.")
    _show_recipe(console, summary)
    for note in notes(summary):
        console.print(f"- {note}")


def _print_table(console: Console, title: str, rows: pd.DataFrame) -> None:
    """Print rows of text under a title; what is too wide goes on in the next line."""
    table = Table(title=title, title_justify="left", show_lines=True)
    for column in rows.columns:
        table.add_column(column, overflow="fold")
    for row in rows.itertuples(index=False):
        table.add_row(*map(str, row))
    console.print(table)


def _show_recipe(console: Console, summary: AblationSummary) -> None:
    scaled: pd.DataFrame = scaling_rows(summary)
    if len(scaled):
        _print_table(console, "the recipe at this scale", scaled)
