"""A driver in a process of its own: ``one_of_many_drivers.py URL RUN_DIR TRIALS LOG DRIVERS``.

It trains by arithmetic and notes every training begun in LOG. No training ends before so many
drivers have begun one, so that all share the study however slowly one of them starts.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from driving import CONTENT, Silent, study
from fakes import ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.search.evaluators.proxy import Report
from nasbench_mvit.search.loop.driver import Driver, Ending
from nasbench_mvit.search.samplers.by_name import make_sampler
from nasbench_mvit.search.store import shared_drivers
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.opening import open_store
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig, predictor_of
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.snapshot import take_snapshot
from nasbench_mvit.training.proxy.result import FractionReport, TrainingResult

NAME = "shared"
SECONDS = 0.2  # of a training


@dataclass(frozen=True, kw_only=True)
class TogetherEvaluator(ArithmeticEvaluator):
    """Waits until so many processes have begun a training."""

    log: Path
    processes: int

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        def report_together(point: FractionReport) -> None:
            while len({line.split()[-1] for line in self._begun()}) < self.processes:
                time.sleep(0.02)
            report(point)

        return super().__call__(spec, seed, report_together)

    def _begun(self) -> list[str]:
        return self.log.read_text().splitlines()


def shared_study(trials: int) -> StudyConfig:
    return study(space="mobilevit", sampler="random", trials=trials)


def shared_store(
    url: str, config: StudyConfig, run_dir: Path | None = None, name: str = NAME
) -> StudyStore:
    location = Location(url=url, exclusive=False)
    return open_store(location, name, take_snapshot(config, CONTENT), run_dir)


def drive(url: str, run_dir: Path, trials: int, log: Path, drivers: int) -> Ending:
    config = shared_study(trials)
    candidates = Candidates(SearchSpace.load(config.space), predictor_of(config), config.limits)
    store = shared_store(url, config, run_dir)
    store.study.sampler = make_sampler(config.sampler, store.drivers.rank)
    evaluator = TogetherEvaluator(log=log, seconds=SECONDS, processes=drivers)
    executor = InlineExecutor(evaluator)
    return Driver(config, candidates, store, executor, Silent()).run(lambda: False)


if __name__ == "__main__":
    # A driver that is only slow, on a busy machine, must not be taken for dead.
    shared_drivers.BEAT_S, shared_drivers.LAPSE_S = 0.3, 10.0
    url, run_dir, trials, log, drivers = sys.argv[1:]
    ending = drive(url, Path(run_dir), int(trials), Path(log), int(drivers))
    assert ending is Ending.BUDGET
