"""A driver in a process of its own: ``one_of_many_drivers.py URL RUN_DIR TRIALS LOG``.

It trains by arithmetic and notes every training begun in LOG.
"""

import sys
from pathlib import Path

from driving import CONTENT, Silent, study
from fakes import ArithmeticEvaluator, InlineExecutor

from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.search.loop.driver import Driver, Ending
from nasbench_mvit.search.samplers.by_name import make_sampler
from nasbench_mvit.search.store import shared_drivers
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.store import StudyStore, open_store
from nasbench_mvit.search.study.config import StudyConfig, predictor_of
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.snapshot import take_snapshot

NAME = "shared"
SECONDS = 0.2  # of a training


def shared_study(trials: int) -> StudyConfig:
    return study(space="mobilevit", sampler="random", trials=trials)


def shared_store(
    url: str, config: StudyConfig, run_dir: Path | None = None, name: str = NAME
) -> StudyStore:
    location = Location(url=url, exclusive=False)
    return open_store(location, name, take_snapshot(config, CONTENT), run_dir)


def drive(url: str, run_dir: Path, trials: int, log: Path) -> Ending:
    config = shared_study(trials)
    candidates = Candidates(SearchSpace.load(config.space), predictor_of(config), config.limits)
    store = shared_store(url, config, run_dir)
    store.study.sampler = make_sampler(config.sampler, store.drivers.rank)
    executor = InlineExecutor(ArithmeticEvaluator(log=log, seconds=SECONDS))
    return Driver(config, candidates, store, executor, Silent()).run(lambda: False)


if __name__ == "__main__":
    shared_drivers.BEAT_S, shared_drivers.LAPSE_S = 0.3, 3.0
    url, run_dir, trials, log = sys.argv[1:]
    ending = drive(url, Path(run_dir), int(trials), Path(log))
    assert ending is Ending.BUDGET
