"""The time of a search is that in which trials ran."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from synthetic import START, TRIAL_SECONDS, running_run, synthetic_run

from nasbench_mvit.search.trials.record import State
from nasbench_mvit.workbench.exploration.growth import endings
from nasbench_mvit.workbench.shared.run_directory import locked
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.progress.study_progress import progress_of
from nasbench_mvit.workbench.studies.progress.trial_logs import LOGS, TrialLogs
from nasbench_mvit.workbench.studies.study import Study

BEGUN_S = 3 * TRIAL_SECONDS  # when the trial after the three baselines begins


def moment(seconds: float) -> datetime:
    return (START + timedelta(seconds=seconds)).replace(tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with three trials that ended and one that began."""
    return running_run(tmp_path / "run")


def log(run: Path, study: Study, *times: float) -> None:
    """Log the last trial as begun at the first time, and as taken up again at every other one."""
    clock = iter(times)
    logs = TrialLogs(run / LOGS, clock=lambda: moment(next(clock)))
    trial = study.reading.trials[-1].model_copy(update={"state": State.RUNNING})
    for index in range(len(times)):
        logs.trial(trial) if index % 2 == 0 else logs.resumed([trial])


def at_work(run: Path) -> Study:
    with locked(run):
        return open_study(run)


def worked(study: Study, now_s: float) -> float:
    return progress_of(study, moment(now_s)).minutes * 60


@pytest.mark.parametrize("after_s", [1, 20, 10_000])
def test_what_runs_now_counts_up_to_now(run: Path, after_s: float) -> None:
    assert worked(at_work(run), BEGUN_S + after_s) == pytest.approx(BEGUN_S + after_s)


@pytest.mark.parametrize("now_s", [100, 10_000])
def test_after_a_kill_no_more_is_counted(run: Path, now_s: float) -> None:
    log(run, at_work(run), BEGUN_S, BEGUN_S, BEGUN_S + 30)
    assert worked(open_study(run), now_s) == pytest.approx(BEGUN_S + 30)


def test_a_search_that_ends_early_counts_up_to_its_end(run: Path) -> None:
    (*_, trial) = at_work(run).reading.trials
    clock = iter([BEGUN_S, BEGUN_S + 15])
    logs = TrialLogs(run / LOGS, clock=lambda: moment(next(clock)))
    logs.trial(trial)
    logs.search_ended()
    assert worked(open_study(run), 10_000) == pytest.approx(BEGUN_S + 15)


@pytest.mark.parametrize("pauses", [1, 2])
def test_pauses_are_left_out_of_the_total_and_of_the_axis(run: Path, pauses: int) -> None:
    times = [BEGUN_S, *(BEGUN_S + 1000 * place for place in range(1, 2 * pauses))]
    log(run, at_work(run), *times)  # nothing is known to have run between the first two
    resumed = times[-1]
    study = at_work(run)
    idle = sum(later - sooner for sooner, later in zip(times[::2], times[1::2], strict=True))
    assert worked(study, resumed + 40) == pytest.approx(resumed - idle + 40)


def test_the_minutes_axis_ends_at_the_total(tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", 0)
    study = open_study(run)
    log(run, study, 2 * TRIAL_SECONDS + 1, 2 * TRIAL_SECONDS + 11)
    study = open_study(run)
    assert worked(study, 1e6) == pytest.approx(endings(study).minutes.max() * 60)
    assert worked(study, 1e6) == pytest.approx(3 * TRIAL_SECONDS - 10)
