import io
import math
from dataclasses import replace

import pytest
from fakes import curve_of
from rich.console import Console

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cli.search.search_console import SearchConsole
from nasbench_mvit.cli.train.console import TrainConsole
from nasbench_mvit.latency.predictor.predictor import load_predictor
from nasbench_mvit.search.engines.contract import Finished, Job, Progressed
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import Evaluation, Role, State, StoredTrial
from nasbench_mvit.training.full.watcher import UpdateReport
from nasbench_mvit.training.proxy.result import TrainingResult
from nasbench_mvit.workbench.shared.trainings.progress import RemainingWork
from nasbench_mvit.workbench.studies.observer import StudyObserver
from nasbench_mvit.workbench.studies.progress.bar import ProgressBar

SPEC = published("mobilevit_xxs")


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def config() -> StudyConfig:
    return load_study("smoke")[1].with_options(trials=3, seed=None, data=None)


def candidates(config: StudyConfig) -> Candidates:
    predictor = load_predictor("iphone12_coreml")
    return Candidates(SearchSpace.load("mobilevit_debug"), predictor, config.limits)


def trial(config: StudyConfig, number: int, *, done: bool = False) -> StoredTrial:
    record = candidates(config).record(SPEC, role=Role.SEARCH, seeds=[0])
    state = State.RUNNING
    if done:
        result = TrainingResult(curve=curve_of(SPEC, 0), device="cpu", precision="float32")
        record = record.changed(evaluations=(Evaluation(seed=0, result=result),))
        state = State.COMPLETE
    return StoredTrial(number=number, state=state, record=record)


def test_time_left_is_the_work_left_at_the_speed_so_far(config: StudyConfig) -> None:
    clock = Clock()
    work = RemainingWork(config, clock)
    work.start([])
    assert math.isnan(work.seconds_left())
    work.trial(trial(config, 0))
    job = Job(0, 0, SPEC)
    clock.now = 30.0
    half = replace(curve_of(SPEC, 0)[0], fraction=0.5)
    work.event(Progressed(job, half))
    # Half of one of three equal trainings took 30 s: 2.5 are left.
    assert work.seconds_left() == pytest.approx(2.5 * 60)
    assert work.fraction() == pytest.approx(0.5 / 3)
    clock.now = 60.0
    done = TrainingResult(curve=curve_of(SPEC, 0), device="cpu", precision="float32")
    work.event(Finished(job, done))
    assert work.seconds_left() == pytest.approx(2 * 60)
    assert work.fraction() == pytest.approx(1 / 3)


def test_work_of_an_earlier_run_counts_as_done_but_not_as_speed(config: StudyConfig) -> None:
    clock = Clock()
    work = RemainingWork(config, clock)
    clock.now = 1000.0
    work.start([trial(config, 0, done=True)])
    assert work.fraction() == pytest.approx(1 / 3)
    assert math.isnan(work.seconds_left())


def show_a_search(observer: StudyObserver, config: StudyConfig) -> None:
    """Tell an observer of a search whose first network ends."""
    observer.search_began(config, candidates(config))
    observer.resumed([])
    observer.trial(trial(config, 0))
    observer.trial(trial(config, 0, done=True))
    observer.tick()
    observer.search_ended()


def test_a_progress_bar_shows_the_bar_alone(config: StudyConfig) -> None:
    out = io.StringIO()
    show_a_search(ProgressBar(Console(file=out, force_terminal=True, width=120), Clock()), config)
    assert "training" in out.getvalue()
    assert "1 of 3 networks" in out.getvalue()
    assert "front" not in out.getvalue()


def test_a_progress_bar_prints_nothing_in_a_log(config: StudyConfig) -> None:
    out = io.StringIO()
    show_a_search(ProgressBar(Console(file=out), Clock()), config)
    assert out.getvalue() == ""


def test_a_log_gets_one_line_for_each_finished_network(config: StudyConfig) -> None:
    out = io.StringIO()
    console = SearchConsole(Console(file=out, width=200), Clock())
    show_a_search(console, config)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1
    assert "trial 0: proxy accuracy" in lines[0]
    assert "ms estimated; 1 of 3 networks" in lines[0]


def test_a_terminal_shows_the_bar_and_the_front(config: StudyConfig) -> None:
    out = io.StringIO()
    terminal = Console(file=out, force_terminal=True, width=120)
    show_a_search(SearchConsole(terminal, Clock()), config)
    text = out.getvalue()
    assert "front so far" in text
    assert "1 of 3 networks" in text


def test_a_study_of_published_networks_alone_counts_none_of_no_networks(
    config: StudyConfig,
) -> None:
    out, clock = io.StringIO(), Clock()
    console = SearchConsole(Console(file=out, width=200), clock)
    console.search_began(config.model_copy(update={"trials": 0}), candidates(config))
    console.resumed([])
    clock.now = 30.0
    console.tick()
    assert out.getvalue() == "0.0 % of the trainings; time left not known yet\n"


def test_a_log_gets_a_line_of_progress_every_half_minute(config: StudyConfig) -> None:
    out, clock = io.StringIO(), Clock()
    console = SearchConsole(Console(file=out, width=200), clock)
    console.search_began(config, candidates(config))
    console.resumed([])
    console.trial(trial(config, 7))
    report = replace(curve_of(SPEC, 0)[0], fraction=0.125)
    for seconds in range(1, 61):
        clock.now = float(seconds)
        if seconds == 40:
            console.event(Progressed(Job(7, 0, SPEC), report))
        console.tick()
    first, second = out.getvalue().splitlines()
    assert first == "0.0 % of the trainings; 0 of 3 networks, time left not known yet"
    # An eighth of one of three equal trainings took 60 s.
    assert second == (
        "4.2 % of the trainings; 0 of 3 networks, 23 min 00 s left, in training: trial 7 12 %"
    )


def test_a_terminal_shows_eighths_and_parts_of_a_percent(config: StudyConfig) -> None:
    out, clock = io.StringIO(), Clock()
    bar = ProgressBar(Console(file=out, force_terminal=True, width=160), clock)
    many = config.with_options(trials=100)
    bar.search_began(many, candidates(config))
    bar.resumed([])
    for number in range(5):
        bar.trial(trial(config, number))
        report = replace(curve_of(SPEC, 0)[0], fraction=0.125)
        bar.event(Progressed(Job(number, 0, SPEC), report))
    clock.now = 10.0
    bar.tick()
    bar.search_ended()
    assert "0.6 %" in out.getvalue()
    assert "in training: trial 0 12 %, trial 1 12 %, trial 2 12 %, 2 more" in out.getvalue()


def test_a_training_in_full_is_told_every_half_minute_on_a_terminal_too() -> None:
    out, clock = io.StringIO(), Clock()
    console = TrainConsole(Console(file=out, force_terminal=True, color_system=None), clock)
    for seconds in range(1, 61):
        clock.now = float(seconds)
        console.progress(
            UpdateReport(
                update=1,
                updates=9,
                epoch=0.1,
                loss=1.0,
                rate=0.1,
                images_per_second=9.0,
                seconds=float(seconds),
            )
        )
    assert len(out.getvalue().splitlines()) == 2
