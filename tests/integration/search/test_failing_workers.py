"""What befalls a worker costs one trial, which says why; the study goes on."""

import errno
import os
import signal
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from driving import Run
from fakes import ArithmeticEvaluator

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.search.engines.local import LocalEngine
from nasbench_mvit.search.evaluators.proxy import Report
from nasbench_mvit.search.loop.driver import Ending
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.training.proxy.result import TrainingResult

REASONS = {
    "no memory": "out of memory",
    "killed for memory": "SIGKILL",
    "full disk": "No space left on device",
}


@dataclass(frozen=True)
class UnluckyEvaluator:
    """Trains by arithmetic; the first trainings meet a mishap each, with a good one between.

    Attributes:
        log: a file that gets a line per training begun.
    """

    log: Path

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        with self.log.open("a+") as file:
            file.write("begun\n")
            file.seek(0)
            mishap, is_good = divmod(len(file.readlines()) - 1, 2)
        if not is_good and mishap < len(REASONS):
            befall(list(REASONS)[mishap])
        return ArithmeticEvaluator()(spec, seed, report)


def befall(mishap: str) -> None:
    match mishap:
        case "no memory":
            raise MemoryError
        case "killed for memory":
            os.kill(os.getpid(), signal.SIGKILL)
        case "full disk":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.slow
def test_a_mishap_of_a_worker_fails_one_trial_with_its_reason(tmp_path: Path) -> None:
    run = Run(tmp_path, trials=6)
    with closing(LocalEngine(UnluckyEvaluator(tmp_path / "log"), workers=1)) as engine:
        assert run.go(engine) is Ending.BUDGET
    trials = run.trials()
    failed = [trial for trial in trials if trial.state is State.FAILED]
    said = [trial.record.failure or "" for trial in failed]
    assert len(said) == len(REASONS)
    assert all(any(reason in failure for failure in said) for reason in REASONS.values())
    assert not any(trial.record.failure_is_final for trial in failed)
    found = {
        trial.record.spec_id
        for trial in trials
        if trial.state is State.COMPLETE and trial.record.role is Role.SEARCH
    }
    assert len(found) == run.config.trials
