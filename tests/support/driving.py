"""A study in a directory, opened anew for every call, as a new process would."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.search.engines.contract import Event, Executor
from nasbench_mvit.search.loop.driver import Driver, Ending
from nasbench_mvit.search.loop.rungs import Rungs
from nasbench_mvit.search.results.summary import Summary, summarise
from nasbench_mvit.search.samplers.study_sampler import sampler_of
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.opening import open_store
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig, predictor_of
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Role, StoredTrial
from nasbench_mvit.search.trials.snapshot import take_snapshot

CONTENT = {"space": "s", "predictor": "p", "images": "i"}


class Silent:
    """An observer that only counts."""

    def __init__(self) -> None:
        self.trials: list[StoredTrial] = []
        self.notes: list[str] = []

    def resumed(self, trials: list[StoredTrial]) -> None:
        self.trials += trials

    def event(self, event: Event) -> None:
        del event

    def trial(self, trial: StoredTrial) -> None:
        self.trials.append(trial)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def tick(self) -> None:
        pass


def study(**changes: object) -> StudyConfig:
    data = {
        "schema_version": 1,
        "description": "a test",
        "space": "mobilevit_debug",
        "predictor": "iphone12_coreml",
        "trials": 5,
        "baselines": {"mobilevit_s": 1, "mobilevit_xs": 1, "mobilevit_xxs": 3},
        "reference": {"top1": 0.0, "latency_ms": 20.0},
        "front": "point",
    }
    return StudyConfig.model_validate(data | changes)


def stop_slower_than(limit_ms: float, patch: pytest.MonkeyPatch) -> None:
    """Let rungs stop the networks of a higher latency, in whatever order trainings reach them."""

    def promotes(rungs: Rungs, trial: int, rung: float) -> bool:
        return rungs.standings[rung][trial].cost <= limit_ms

    patch.setattr(Rungs, "promotes", promotes)


class Run:
    """One study in a directory, opened anew for every call, as a new process would."""

    def __init__(self, folder: Path, **changes: object) -> None:
        self.config = study(**changes)
        self.location = Location.in_folder(folder)
        predictor = predictor_of(self.config)
        self.candidates = Candidates(
            SearchSpace.load(self.config.space), predictor, self.config.limits, self.config.rule
        )

    def store(self) -> StudyStore:
        store = open_store(self.location, "test", take_snapshot(self.config, CONTENT))
        begun = len(store.trials())
        store.study.sampler = sampler_of(self.config, self.candidates, begun=begun)
        return store

    def go(
        self, executor: Executor | None = None, is_over: Callable[[], bool] = lambda: False
    ) -> Ending:
        executor = executor or InlineExecutor(ArithmeticEvaluator())
        driver = Driver(self.config, self.candidates, self.store(), executor, Silent())
        return driver.run(is_over)

    def trials(self) -> list[StoredTrial]:
        return self.store().trials()

    def summary(self) -> Summary:
        return summarise(self.trials(), self.config, self.candidates)


def firsts(trials: list[StoredTrial], role: Role) -> list[StoredTrial]:
    return [t for t in trials if t.record.role is role and t.record.duplicate_of is None]
