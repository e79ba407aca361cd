"""Finalists of a study in a directory, whose trainings are arithmetic."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

from driving import Run
from fakes import ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.engines.contract import Event, Executor
from nasbench_mvit.search.evaluators.proxy import Report
from nasbench_mvit.search.finalists.choice import FinalRequest, make_final_plan
from nasbench_mvit.search.finalists.driver import FinalDriver
from nasbench_mvit.search.finalists.record import Final
from nasbench_mvit.search.finalists.store import FinalStore
from nasbench_mvit.search.finalists.summary import FinalSummary, summarise_final
from nasbench_mvit.training.proxy.result import TrainingResult

TEST_IMAGES = "fingerprint"
NUM_SEARCHED = 4
PREDICTOR = load_predictor("iphone12_coreml")


class SlowerIsBetter:
    """Scores a network by its latency, so that every one is on the front."""

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        result = ArithmeticEvaluator()(spec, seed, report)
        top1 = PREDICTOR.predict(spec).ms / 20
        curve = tuple(dataclasses.replace(p, top1=top1 * p.fraction) for p in result.curve)
        return dataclasses.replace(result, curve=curve)


def searched(folder: Path) -> Run:
    """Return a study whose search has ended with ``NUM_SEARCHED`` networks on the front."""
    run = Run(folder, trials=NUM_SEARCHED)
    run.go(InlineExecutor(SlowerIsBetter()))
    return run


def copied(run: Run, folder: Path) -> Run:
    """Return a study of its own with the same content."""
    assert run.location.file is not None
    shutil.copy(run.location.file, folder)
    return Run(folder, trials=NUM_SEARCHED)


class Unseen:
    """An observer of finalists that shows nothing."""

    def event(self, event: Event) -> None:
        del event

    def tick(self) -> None:
        pass


def scoring(**changes: object) -> InlineExecutor:
    evaluator = ArithmeticEvaluator(scores_test=True, **changes)  # type: ignore[arg-type]
    return InlineExecutor(evaluator)


def train_finalists(
    run: Run,
    request: FinalRequest,
    executor: Executor | None = None,
    is_over: Callable[[], bool] = lambda: False,
) -> bool:
    """Do as the command does once the search has ended."""
    finals = FinalStore(run.store())
    before = finals.read()
    plan = make_final_plan(request, run.summary(), run.config, before)
    finals.write_plan(plan)
    networks = {trial.number: trial.record.network() for trial in run.trials()}
    final = Final(plan, before.records if before else ())
    driver = FinalDriver(
        final, networks, finals, executor or scoring(), Unseen(), test_images=TEST_IMAGES
    )
    return driver.run(is_over)


def stored(run: Run) -> Final:
    final = FinalStore(run.store()).read()
    assert final is not None
    return final


def final_evaluation(run: Run) -> FinalSummary:
    return summarise_final(stored(run), run.summary())
