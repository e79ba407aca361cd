"""Several drivers at one study on PostgreSQL, one of them killed."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import one_of_many_drivers
import pytest
from driving import firsts
from one_of_many_drivers import shared_store, shared_study
from postgres import server

from nasbench_mvit.architecture.published import BASELINES
from nasbench_mvit.search.record import Role, State

DRIVERS = 4
TRIALS = 24
PATIENCE_S = 300
TESTS = Path(one_of_many_drivers.__file__).parent


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as address:
        yield address


def start(url: str, run_dir: Path, log: Path) -> subprocess.Popen[bytes]:
    run_dir.mkdir()
    program = Path(one_of_many_drivers.__file__)
    return subprocess.Popen(
        [sys.executable, program, url, run_dir, str(TRIALS), log],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
    )


def trainings(log: Path) -> list[tuple[str, str, int]]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [(spec, seed, int(pid)) for spec, seed, pid in map(str.split, lines)]


@pytest.mark.slow
def test_four_drivers_share_a_study_and_one_may_die(url: str, tmp_path: Path) -> None:
    log = tmp_path / "trainings.log"
    drivers = [start(url, tmp_path / f"driver{i}", log) for i in range(DRIVERS)]
    victim, *others = drivers
    deadline = time.monotonic() + PATIENCE_S
    while len({pid for *_, pid in trainings(log)}) < DRIVERS or len(trainings(log)) < TRIALS / 3:
        assert time.monotonic() < deadline
        assert all(driver.poll() is None for driver in drivers)
        time.sleep(0.02)
    victim.kill()
    assert [driver.wait(PATIENCE_S) for driver in others] == [0] * len(others)
    victim.wait(PATIENCE_S)

    with closing(shared_store(url, shared_study(TRIALS))) as store:
        trials = store.trials()
    assert [trial.number for trial in trials] == list(range(len(trials)))
    assert {trial.state for trial in trials} == {State.COMPLETE}
    assert Counter(t.record.spec_id for t in trials).most_common(1)[0][1] == 1
    assert len(firsts(trials, Role.SEARCH)) == TRIALS
    assert len(firsts(trials, Role.BASELINE)) == len(BASELINES)

    begun = Counter((spec, seed) for spec, seed, _ in trainings(log))
    stored = {(t.record.spec_id, str(e.seed)) for t in trials for e in t.record.evaluations}
    assert set(begun) == stored
    twice = {job for job, count in begun.items() if count > 1}
    assert len(twice) <= 1  # what the victim was at
    assert all((*job, victim.pid) in trainings(log) for job in twice)
