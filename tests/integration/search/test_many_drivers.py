"""Several drivers at one study on PostgreSQL, one of them killed."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import one_of_many_drivers
import pytest
from bad_input import PASSWORD, Case, Refuses, contents, exit_code
from driving import Silent, firsts, study
from fakes import ArithmeticEvaluator, InlineExecutor, arithmetic_engine
from one_of_many_drivers import shared_store, shared_study
from postgres import USER, Server, server

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.architecture.published import BASELINES
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.search.evaluators.proxy import Report
from nasbench_mvit.search.loop.driver import Driver, Ending
from nasbench_mvit.search.readers.server import ServerReader
from nasbench_mvit.search.samplers.by_name import make_sampler
from nasbench_mvit.search.store import shared_drivers
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.single_driver import TakenOverError
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import predictor_of
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.training.proxy.result import TrainingResult
from nasbench_mvit.workbench.shared import engines

DRIVERS = 4
TRIALS = 24
PATIENCE_S = 300
TESTS = Path(one_of_many_drivers.__file__).parent


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture(scope="module")
def url(postgres: Server) -> str:
    return postgres.url


def start(url: str, run_dir: Path, log: Path) -> subprocess.Popen[bytes]:
    run_dir.mkdir()
    program = Path(one_of_many_drivers.__file__)
    return subprocess.Popen(
        [sys.executable, program, url, run_dir, str(TRIALS), log, str(DRIVERS)],
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


@dataclass(frozen=True)
class Outage:
    """Trains by arithmetic; during the fifth training the server goes away for two seconds."""

    server: Server
    begun: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, spec: Network, seed: int, report: Report) -> TrainingResult:
        self.begun.append((spec.id, seed))
        if len(self.begun) == 5:
            self.server.stop()
            threading.Timer(2.0, self.server.start).start()
        return ArithmeticEvaluator()(spec, seed, report)


def test_a_search_outlasts_a_restart_of_the_server(postgres: Server, tmp_path: Path) -> None:
    config = study(space="mobilevit", sampler="tpe", trials=8)
    candidates = Candidates(SearchSpace.load(config.space), predictor_of(config), config.limits)
    evaluator = Outage(postgres)
    with closing(shared_store(postgres.url, config, tmp_path, "outage")) as store:
        store.study.sampler = make_sampler(config.sampler, 0)
        driver = Driver(config, candidates, store, InlineExecutor(evaluator), Silent())
        assert driver.run(lambda: False) is Ending.BUDGET
        trials = store.trials()
    assert len(evaluator.begun) == len(set(evaluator.begun)) > 8
    assert len(firsts(trials, Role.SEARCH)) == 8
    assert {trial.state for trial in trials} <= {State.COMPLETE, State.REJECTED}


def test_who_was_taken_over_from_can_write_no_more(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_drivers, "BEAT_S", 0.0)  # look at every call
    config = study(space="mobilevit_debug", sampler="random", trials=2)
    candidates = Candidates(SearchSpace.load(config.space), predictor_of(config), config.limits)

    def begin(store: StudyStore, spec: MobileViTSpec) -> int | None:
        record = candidates.record(spec, role=Role.SEARCH, seeds=[0])
        return store.begin(store.study.ask(), record, config.trials, {})

    with ExitStack() as stack:
        one, other = (
            stack.enter_context(closing(shared_store(url, config, tmp_path / name, "fence")))
            for name in ("one", "other")
        )
        stack.enter_context(other.at_work())
        with one.at_work():
            specs = list(candidates.space.enumerate())
            number = begin(one, specs[0])
            assert number == 0
            assert begin(other, specs[0]) is None  # it is begun
            assert begin(other, specs[1]) == 1
            assert begin(one, specs[2]) is None  # the budget is that of all
            assert one.take_over() is None  # both are alive
            assert one.drivers.others_run()
            assert one.drivers.others_present()
            assert {claim.number for claim in other.drivers.new_claims()} == {0, 1}
        assert not other.drivers.others_present()
        taken = other.take_over()
        assert taken is not None
        assert taken.number == number
        with pytest.raises(TakenOverError):
            one.fail(0, taken.record.changed(failure="late"))
        other.fail(0, taken.record.changed(failure="no memory"))
        assert begin(other, specs[0]) == 2  # the machine was at fault: it may be tried again


@pytest.mark.parametrize("end", ["dead", "gone", "other alive"])
def test_what_runs_without_a_living_driver_is_read_as_paused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    config = study(space="mobilevit_debug", sampler="random", trials=2)
    candidates = Candidates(SearchSpace.load(config.space), predictor_of(config), config.limits)
    reader = ServerReader(Location(url=url, exclusive=False), end)
    spec = next(iter(candidates.space.enumerate()))

    def states() -> set[State]:
        return {trial.state for trial in reader.read().trials}

    with ExitStack() as stack:
        one, other = (
            stack.enter_context(closing(shared_store(url, config, tmp_path / name, end)))
            for name in ("one", "other")
        )
        if end == "other alive":
            stack.enter_context(other.at_work())
        with one.at_work():
            record = candidates.record(spec, role=Role.SEARCH, seeds=[0])
            one.begin(one.study.ask(), record, config.trials, {})
            assert states() == {State.RUNNING}
            if end == "dead":
                monkeypatch.setattr(shared_drivers, "LAPSE_S", -60.0)
                assert states() == {State.PAUSED}
        assert states() == {State.PAUSED}


REFUSALS = {
    "nobody listens": ("me", "127.0.0.1:1/x", "Check that the server runs"),
    "no such user": ("me", "{server}/postgres", 'role "me" does not exist'),
    "no such database": (USER, "{server}/none", 'database "none" does not exist'),
    "no such option": (USER, "{server}/postgres?color=blue", 'connection option "color"'),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_server_that_cannot_be_used(name: str, url: str, refuses: Refuses) -> None:
    user, place, needle = REFUSALS[name]
    server = url.partition("@")[2].partition("/")[0]
    address = f"postgresql://{user}:{PASSWORD}@{place.format(server=server)}"
    refuses(Case(f"--study smoke --storage {address}", ("cannot be used", "***@", needle)))


def test_a_study_on_a_server_and_what_it_needs(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "LocalEngine", arithmetic_engine)
    line = ["--study", "smoke", "--storage", url]
    assert exit_code(line) == 0
    assert exit_code(line) == 0
    said = "".join(capsys.readouterr())
    assert "going on with a run that holds 7 finished networks" in said
    for path, content in contents(tmp_path).items():
        assert PASSWORD.encode() not in content, path
    assert PASSWORD not in said


def test_without_psycopg_the_extra_is_named(
    refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    needles = ("cannot be opened", ".[postgresql]", "nasbench-mvit[postgresql]")
    refuses(Case(f"--study smoke --storage postgresql://me:{PASSWORD}@host/x", needles))
