"""A study opened to look at: its tables, the places it is opened from, and what it loads."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from calibrating import calibrated
from driving import Run
from fakes import FRACTIONS, ArithmeticEvaluator, InlineExecutor
from synthetic import synthetic_run

from nasbench_mvit.calibration import files
from nasbench_mvit.calibration.files import write_calibration
from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.search.results.cautions import Kind
from nasbench_mvit.search.results.imagenet import COLUMNS
from nasbench_mvit.search.store.location import STORE_FILE, Location
from nasbench_mvit.search.trials.record import Role, State
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.workbench.exploration.several_studies import facts
from nasbench_mvit.workbench.studies.open import StudyWatcher, open_study
from nasbench_mvit.workbench.studies.study import Study

COUNT = 40
NAME = "latency_iphone"


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("run"), COUNT)


@pytest.fixture(scope="module")
def study(run_dir: Path) -> Study:
    return open_study(run_dir)


def test_a_study_opens_by_folder_by_file_and_by_url(run_dir: Path, study: Study) -> None:
    file = run_dir / STORE_FILE
    for place in (str(run_dir), file, f"sqlite:///{file}"):
        pd.testing.assert_frame_equal(open_study(place).trials, study.trials)
        assert open_study(place, name=NAME).name == study.name == NAME


def test_a_server_is_asked_for_the_only_study_or_one_by_name(
    run_dir: Path, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Location, "file", None)
    url = f"sqlite:///{run_dir / STORE_FILE}"
    pd.testing.assert_frame_equal(open_study(url).trials, study.trials)
    with pytest.raises(StoreError, match=f"holds the study {NAME}, not 'mine'"):
        open_study(url, name="mine")


def test_a_study_that_is_not_there_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no run of study 'mine'"):
        open_study(tmp_path, name="mine")
    with pytest.raises(StoreError, match="Start a search in that folder"):
        open_study(tmp_path / "nowhere")


def test_front_and_baselines_are_rows_of_the_trials(study: Study) -> None:
    assert len(study.trials) == COUNT + 3
    assert study.front.trial.tolist() == [row.trial for row in study.summary.front]
    assert study.baselines.name.tolist() == ["MobileViT-S", "MobileViT-XS", "MobileViT-XXS"]
    assert list(study.front) == list(study.baselines) == list(study.trials)


def test_the_best_keeps_the_budget_and_the_study_s_limits(study: Study) -> None:
    trials = study.trials
    fitting = trials[
        (trials.state == State.COMPLETE)
        & trials.duplicate_of.isna()
        & trials.within_limits
        & (trials.role != Role.RIVAL)
        & (trials.latency_high_ms <= 6.0)
    ]
    best = study.best_under(6.0)
    assert best.latency_high_ms <= 6.0
    assert best.top1 == fitting.top1.max()
    others = set(trials.trial) - {best.trial}
    assert study.best_under(6.0, among=others).trial != best.trial
    assert study.best_under(1e9).within_limits
    with pytest.raises(StudyError, match="the fastest, trial"):
        study.best_under(0.1)


def test_curves_and_failures_cover_trainings_that_were_stopped(tmp_path: Path) -> None:
    run = Run(tmp_path, trials=8, pruning={"rungs": [0.25], "reduction": 100})
    run.go(InlineExecutor(ArithmeticEvaluator()))
    study = open_study(tmp_path)
    reports = study.curves.groupby("trial").size()
    for trial in (t for t in run.trials() if t.record.duplicate_of is None):
        if trial.state is State.COMPLETE:
            assert reports[trial.number] == FRACTIONS * len(trial.record.seeds)
        if trial.state is State.STOPPED:
            assert reports[trial.number] == FRACTIONS / 4
    (stopped,) = study.failures[study.failures.outcome == State.STOPPED].numbers
    first = study.trials[study.trials.duplicate_of.isna()]  # not those that repeat a network
    assert stopped == first[first.state == State.STOPPED].trial.tolist() != []


def test_a_watcher_returns_the_same_study_until_something_changes(tmp_path: Path) -> None:
    run = Run(tmp_path, trials=2)
    run.go(InlineExecutor(ArithmeticEvaluator()))
    watcher = StudyWatcher(tmp_path)
    before = watcher.read()
    assert watcher.read() is before
    Run(tmp_path, trials=3).go(InlineExecutor(ArithmeticEvaluator()))
    assert len(watcher.read().trials) > len(before.trials)


def test_opening_a_study_loads_neither_torch_nor_optuna(run_dir: Path) -> None:
    program = (
        "import sys\n"
        "from nasbench_mvit.workbench.studies.open import open_study\n"
        f"study = open_study({str(run_dir)!r})\n"
        "study.trials, study.front, study.baselines, study.curves, study.failures\n"
        "study.best_under(6.0)\n"
        "print(sorted({'torch', 'ray', 'optuna', 'streamlit', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.fixture
def calibrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of shipped calibrations, which holds none."""
    monkeypatch.setattr(files, "PACKAGED", tmp_path / "shipped")
    (tmp_path / "shipped").mkdir()
    return tmp_path / "shipped"


def test_a_calibration_that_came_later_gives_an_old_study_its_estimates(
    run_dir: Path, calibrations: Path
) -> None:
    before = open_study(run_dir)
    write_calibration(calibrated(proxy=before.config.proxy), calibrations / "any.json")
    after = open_study(run_dir)
    assert set(after.trials) - set(before.trials) == set(COLUMNS)
    pd.testing.assert_frame_equal(after.trials[list(before.trials)], before.trials)
    expected = 0.4 + 0.5 * after.trials.top1
    assert after.trials.estimated_imagenet_top1.tolist() == pytest.approx(
        expected.tolist(), nan_ok=True
    )
    assert after.best_under(8.0).trial == before.best_under(8.0).trial
    assert "ImageNet top-1: estimated" in " ".join(facts(after))
    assert "ImageNet" not in " ".join(facts(before))


@pytest.mark.usefixtures("calibrations")
@pytest.mark.parametrize("steps", [None, 336])
def test_a_study_opens_without_the_calibration_it_names_and_says_so(
    tmp_path: Path, steps: int | None
) -> None:
    run = synthetic_run(tmp_path / "run", 4, calibration=str(file := tmp_path / "mine.json"))
    if steps:
        write_calibration(calibrated(proxy=ProxyConfig(steps=steps)), file)
    study = open_study(run)
    assert not set(COLUMNS) & set(study.trials)
    (caution,) = [each for each in study.cautions if each.kind is Kind.CALIBRATION]
    assert ("of the proxy" if steps else "cannot be read") in str(caution)
