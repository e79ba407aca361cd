"""Curves of running trainings from the logs of their trials."""

import time
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from synthetic import (
    START,
    TRIAL_SECONDS,
    append_trials,
    evaluation,
    running_run,
    synthetic_records,
    synthetic_run,
    wide_open,
)

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.engines.contract import Job, Progressed
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.trials.record import RungDecision
from nasbench_mvit.training.proxy.result import FractionReport
from nasbench_mvit.workbench.shared.run_directory import locked
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.progress.live_curves import live_curves, logged_curves
from nasbench_mvit.workbench.studies.progress.study_progress import progress_of, running_now
from nasbench_mvit.workbench.studies.progress.trial_logs import LOGS, TrialLogs
from nasbench_mvit.workbench.studies.study import Study

RUNNING = 3


def begun(folder: Path) -> Path:
    return running_run(folder / "run")


def at_work(run: Path) -> Study:
    """Return the study as it is while its search runs."""
    with locked(run):
        return open_study(run)


def report(logs: TrialLogs, part: int, top1: float, *, is_rung: bool = False) -> None:
    point = FractionReport(fraction=part / 8, step=part, top1=top1, num_images=40,
                           train_loss=2.5, seconds=1.0, cpu_seconds=1.0)  # fmt: skip
    job = Job(RUNNING, 1, published("mobilevit_xxs"), rungs=(part / 8,) if is_rung else ())
    logs.event(Progressed(job, point))


def test_the_log_of_a_running_trial_is_its_curve(tmp_path: Path) -> None:
    run = begun(tmp_path)
    logs = TrialLogs(run / LOGS)
    report(logs, 1, 0.125, is_rung=True)
    report(logs, 2, 0.25)
    report(logs, 1, 0.5)  # taken up again: what it repeats is replaced
    study = at_work(run)
    curves = live_curves(study)
    assert curves[["trial", "seed"]].drop_duplicates().to_numpy().tolist() == [[RUNNING, 1]]
    assert curves.top1.tolist() == [0.5, 0.25]
    assert curves.step.tolist() == [study.config.proxy.steps / 8, study.config.proxy.steps / 4]
    assert set(curves.num_images) == {40}


def test_without_logs_there_are_no_curves(tmp_path: Path) -> None:
    study = at_work(begun(tmp_path))
    assert live_curves(study).empty
    assert logged_curves(tmp_path / "none.log", 8).empty


def test_without_a_log_there_is_the_curve_up_to_the_last_rung(tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", 0)
    record = synthetic_records(wide_open("latency_iphone")[1], 1)[-1][1].changed(seeds=(0, 1))
    curve = evaluation(0.5, seed=1).result.curve[:3]
    judged = RungDecision(seed=1, curve=curve, is_stopped=False)
    under_way = record.changed(judged=judged, evaluations=(evaluation(0.5),))
    append_trials(run / STORE_FILE, [("RUNNING", under_way)])
    curves = live_curves(at_work(run))
    assert curves.seed.value_counts().to_dict() == {0: 8, 1: 3}
    assert curves[curves.seed == 1].top1.tolist() == [point.top1 for point in curve]
    report(TrialLogs(run / LOGS), 1, 0.125)
    curves = live_curves(at_work(run))
    assert curves[curves.seed == 1].top1.tolist() == [0.125]


def test_a_damaged_log_keeps_its_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "0.log"
    log.write_bytes(
        b"\xff seed 0: 25 %: top-1 3.00 % of 40 images, loss nan, 0.5 s\nseed 0: 50 %: t"
    )
    curves = logged_curves(log, 8)
    assert curves.top1.tolist() == [0.03]
    assert curves.train_loss.isna().all()


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "UTC"])
def test_times_do_not_depend_on_the_zone_of_the_machine(
    zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = at_work(begun(tmp_path))
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        (began,) = running_now(study).began
        progress = progress_of(study)
    time.tzset()
    started = START.replace(tzinfo=UTC)
    assert began == started + timedelta(seconds=RUNNING * TRIAL_SECONDS)
    minutes = (progress.last_write - started).total_seconds() / 60
    assert progress.minutes == pytest.approx(minutes)
