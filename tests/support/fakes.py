"""Stand-ins for what is slow: an evaluator of arithmetic and an executor without processes."""

import math
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.search.batch.archive import Training
from nasbench_mvit.search.batch.run import PlannedEvaluator, evaluator_for
from nasbench_mvit.search.engines.contract import (
    End,
    Event,
    Failed,
    Finished,
    Job,
    Progressed,
    Stopped,
)
from nasbench_mvit.search.evaluators.proxy import Evaluator, ProxyEvaluator, Report
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import (
    FinalResult,
    FractionReport,
    NonFiniteLossError,
    TrainingResult,
)

FRACTIONS = 8
NUM_TEST = 200


def curve_of(spec: Network, seed: int) -> tuple[FractionReport, ...]:
    """A smooth learning curve that depends on the network and the seed alone."""
    quality = int(spec.id[:6], 16) / 16**6
    return tuple(
        FractionReport(
            fraction=part / FRACTIONS,
            step=part * 10,
            top1=min(1.0, (0.2 + 0.5 * quality + 0.01 * seed) * part / FRACTIONS),
            num_images=100,
            train_loss=1 / part,
            seconds=0.1 * part,
            cpu_seconds=0.1 * part,
        )
        for part in range(1, FRACTIONS + 1)
    )


def hits_of(spec: Network, seed: int) -> NDArray[np.bool_]:
    """Test images classified correctly: a share that depends on the network, drawn by the seed."""
    quality = int(spec.id[:6], 16) / 16**6
    drawn = np.random.default_rng([int(spec.id, 16), seed]).random(NUM_TEST)
    return drawn < 0.2 + 0.5 * quality


@dataclass(frozen=True)
class ArithmeticEvaluator:
    """Gives ``curve_of`` at once; picklable, for worker processes.

    Attributes:
        diverging: ids of networks whose loss is not finite.
        log: a file that gets a line per training begun, to count them across processes.
        deadly: ids of networks that kill their worker.
        seconds: time a training takes.
        scores_test: whether test images are scored too, as ``hits_of`` says.
    """

    diverging: frozenset[str] = frozenset()
    log: Path | None = None
    deadly: frozenset[str] = frozenset()
    seconds: float = 0.0
    scores_test: bool = False

    def checkpoint_name(self, spec: Network, seed: int) -> str:
        return f"{spec.id}-{seed}"

    def on_node(self, checkpoint_dir: Path) -> "ArithmeticEvaluator":
        del checkpoint_dir  # it is done before there is anything to keep
        return self

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(f"{spec.id} {seed} {os.getpid()}\n")
        if spec.id in self.deadly:
            os.kill(os.getpid(), 9)
        curve = curve_of(spec, seed)
        for point in curve:
            if spec.id in self.diverging:
                raise NonFiniteLossError("loss", step=3, learning_rate=1e-3)
            time.sleep(self.seconds / FRACTIONS)
            report(point)
        result = TrainingResult(curve=curve, device="cpu", precision="float32")
        return FinalResult.of(result, hits_of(spec, seed)) if self.scores_test else result


def planned_evaluator(trainings: Iterable[Training]) -> PlannedEvaluator:
    """Return the plan of trainings on images nobody will open."""
    template = evaluator_for(ProxyConfig(), data="embedded", seed=0, folder=Path())
    return PlannedEvaluator(tuple(trainings), template)


@dataclass(frozen=True)
class PlannedStandIn:
    """Runs another evaluator for the trainings of a plan.

    Attributes:
        planned: the plan.
        evaluator: told by the recipe what to run.
    """

    planned: PlannedEvaluator
    evaluator: Callable[[ProxyConfig], Evaluator]

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        training = self.planned.trainings[seed]
        return self.evaluator(training.proxy)(spec, training.seed, report)


@dataclass
class InlineExecutor:
    """Runs jobs in this process when it is waited for, the first submitted first.

    A job that waits at a rung lets the next one run.

    Attributes:
        evaluator: evaluates each job whole; what lies beyond a rung is told after the answer.
        slots: number of jobs at once.
        stop_after: ended jobs after which a wait is interrupted as by Ctrl-C.
    """

    evaluator: Evaluator
    slots: int = 2
    stop_after: float = math.inf
    submitted: list[Job] = field(default_factory=list)
    finished: int = 0
    _waiting: deque[Job] = field(default_factory=deque)
    _untold: dict[Job, deque[Event]] = field(default_factory=dict)

    def submit(self, job: Job) -> None:
        self.submitted.append(job)
        self._waiting.append(job)

    def wait(self, timeout_s: float) -> Sequence[Event]:
        del timeout_s
        if self.finished >= self.stop_after:
            raise KeyboardInterrupt
        if not self._waiting:
            return []
        job = self._waiting.popleft()
        if job not in self._untold:
            self._untold[job] = self._evaluate(job)
        events: list[Event] = []
        while True:
            event = self._untold[job].popleft()
            events.append(event)
            if isinstance(event, Progressed) and event.awaits_answer:
                return events
            if isinstance(event, End):
                self._end(job)
                return events

    def _evaluate(self, job: Job) -> deque[Event]:
        events: deque[Event] = deque()

        def report(point: FractionReport) -> None:
            events.append(Progressed(job, point))

        try:
            events.append(Finished(job, self.evaluator(job.spec, job.seed, report)))
        except NonFiniteLossError as error:
            events.append(Failed(job, str(error), is_final=True))
        return events

    def _end(self, job: Job) -> None:
        del self._untold[job]
        self.finished += 1

    def answer(self, job: Job, *, goes_on: bool) -> None:
        if job not in self._untold:
            return
        if not goes_on:
            self._untold[job] = deque([Stopped(job)])
        self._waiting.append(job)

    def close(self) -> None:
        self._waiting.clear()
        self._untold.clear()


def arithmetic_engine(evaluator: ProxyEvaluator, workers: int) -> InlineExecutor:
    """Stand in for ``LocalEngine``."""
    stand_in = ArithmeticEvaluator(scores_test=evaluator.scores_test)
    return InlineExecutor(stand_in, slots=workers)
