"""TrialLogs: a text file for every trial, with a line for each thing that happened to it.

The files are for people, and for the curves of trainings that have not ended (``live_curves``). A
search reads none of them back, and goes on where one cannot be written.
"""

import contextlib
import functools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from nasbench_mvit.search.engines.contract import Event, Failed, Finished, Progressed
from nasbench_mvit.search.trials.record import State, StoredTrial
from nasbench_mvit.training.proxy.result import EstimatedResult, SharedResult

LOGS = "logs"
TAKEN_UP = "taken up again by a new search command"
PERCENT = 100.0


def log_of(run_dir: Path, number: int) -> Path:
    """Return the path of the log of a trial, which may not exist."""
    return run_dir / LOGS / f"{number:05}.log"


class TrialLogs:
    """Appends a line with the time, in UTC, for each thing that happens to a trial.

    A ``DriverObserver``.
    """

    def __init__(
        self, folder: Path, clock: Callable[[], datetime] | None = None, *, metric: str = "top-1"
    ) -> None:
        """Write into ``folder``, which is made with the first line, scores called ``metric``."""
        self._folder, self._metric = folder, metric
        self._clock = clock or functools.partial(datetime.now, UTC)
        self._running: set[int] = set()

    def resumed(self, trials: list[StoredTrial]) -> None:
        """Write down which trials are taken up again."""
        for trial in trials:
            if trial.state is State.RUNNING:
                self._write(trial.number, TAKEN_UP)
                self._running.add(trial.number)

    def event(self, event: Event) -> None:
        """Write down a report or an end of a training."""
        self._write(event.job.trial, f"seed {event.job.seed}: {_said(event, self._metric)}")

    def trial(self, trial: StoredTrial) -> None:
        """Write down the beginning or the end of a trial."""
        self._write(trial.number, _state(trial, self._metric))
        is_running = trial.state is State.RUNNING
        (self._running.add if is_running else self._running.discard)(trial.number)

    def search_ended(self) -> None:
        """Write down which trials are left unfinished."""
        for number in sorted(self._running):
            self._write(number, "paused: the same search command goes on with it")

    def note(self, text: str) -> None:
        """Do nothing: it is about no trial."""

    def tick(self) -> None:
        """Do nothing: there is nothing to write."""

    def _write(self, number: int, text: str) -> None:
        time = self._clock().isoformat(timespec="seconds")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / f"{number:05}.log").open("a", encoding="utf-8") as file:
                file.write(f"{time} {text}\n")


def _said(event: Event, metric: str) -> str:
    match event:
        case Progressed(report=report):
            rung = ", a rung" if event.awaits_answer else ""
            return (
                f"{PERCENT * report.fraction:g} %{rung}: {metric} {PERCENT * report.top1:.2f} % of "
                f"{report.num_images} images, loss {report.train_loss:.4f}, "
                f"{report.seconds:.1f} s"
            )
        case Finished(result=EstimatedResult() as result):
            return (
                f"not trained, estimated: {metric} {PERCENT * result.top1:.2f} % "
                f"[{PERCENT * result.low:.2f}, {PERCENT * result.high:.2f}]"
            )
        case Finished(result=SharedResult() as result):
            return (
                f"not trained, scored with the weights of the supernet {result.supernet}: top-1 "
                f"{PERCENT * result.top1:.2f} % of {result.num_images} images"
            )
        case Finished(result=result):
            return f"finished on {result.device} in {result.precision}"
        case Failed(reason=reason, details=details):
            return f"failed: {reason}" + (f"\n{details.rstrip()}" if details else "")
    return "stopped there"


def _state(trial: StoredTrial, metric: str) -> str:
    record = trial.record
    if trial.state is State.RUNNING:
        same = "" if record.duplicate_of is None else f", the same as trial {record.duplicate_of}"
        name = f" {record.name}" if record.name else ""
        return (
            f"begun: {record.role}{name}, network {record.spec_id}{same}, "
            f"{record.params:,} parameters, {record.macs:,} MACs, {record.latency.ms:.2f} ms "
            f"{record.latency.kind}, seeds {', '.join(map(str, record.seeds))}"
        )
    if trial.state is State.COMPLETE and record.duplicate_of is not None:
        return "complete with the answer of that trial"
    if trial.state is State.COMPLETE:
        return f"complete: {metric} {PERCENT * record.top1():.2f} %, {record.latency.ms:.2f} ms"
    return f"{trial.state}: {record.reason()}"
