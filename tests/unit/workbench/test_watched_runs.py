import ast
import math
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from final_round import final_evaluation, searched, stored, train_finalists
from synthetic import TRIAL_SECONDS, add_study, append_trials, synthetic_records, synthetic_run

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.readers.read_only import Trouble
from nasbench_mvit.search.results.gains import gains_frame
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.workbench.ablations.reports import report_files
from nasbench_mvit.workbench.exploration.growth import hypervolume_curves
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.study import Study
from nasbench_mvit.workbench.studies.watched_runs import Look, WatchedRun, check_places, find_runs

COUNT = 30


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return synthetic_run(tmp_path / "run", COUNT)


def looked_at(run: WatchedRun) -> Study:
    study = run.look().study
    assert study is not None
    return study


def test_a_look_holds_a_row_for_each_trial_with_its_time(run: Path) -> None:
    look = WatchedRun(run / STORE_FILE).look()
    assert look.study is not None
    table = look.study.timed_trials
    assert len(table) == COUNT + 3
    expected = [TRIAL_SECONDS * (number + 1) / 60 for number in table.trial]
    assert table.minutes.tolist() == pytest.approx(expected)
    assert look.study.latency_title.startswith("estimated for iPhone 12")
    assert look.trouble == ""
    assert look.seen.tzinfo is not None


def test_a_study_is_made_again_only_when_the_store_changes(run: Path) -> None:
    watched = WatchedRun(run / STORE_FILE)
    study = looked_at(watched)
    assert looked_at(watched) is study
    state = watched.state()
    record = synthetic_records(load_study("latency_iphone")[1], 1)[-1][1]
    append_trials(run / STORE_FILE, [("RUNNING", record)])
    assert watched.state() != state
    grown = looked_at(watched)
    assert len(grown.trials) == len(study.trials) + 1
    assert math.isnan(grown.timed_trials.minutes.iloc[-1])


def test_a_look_holds_the_finalists_as_they_come(tmp_path: Path) -> None:
    run = searched(tmp_path)
    watched = WatchedRun(tmp_path / STORE_FILE)
    assert looked_at(watched).final is None
    assert not train_finalists(run, FinalRequest(2, 2), is_over=lambda: True)
    begun = looked_at(watched).final
    assert begun is not None
    assert begun.num_missing == len(stored(run).missing())
    assert train_finalists(run, FinalRequest(2, 2))
    final = looked_at(watched).final
    assert final is not None
    assert final.num_missing == 0
    assert [f.test_top1 for f in final.finalists] == [
        f.test_top1 for f in final_evaluation(run).finalists
    ]
    assert len(final.differences) == len(final_evaluation(run).differences)


def test_a_damaged_final_training_is_named(tmp_path: Path) -> None:
    run = searched(tmp_path)
    train_finalists(run, FinalRequest(2, 2))
    with closing(sqlite3.connect(tmp_path / STORE_FILE)) as connection, connection:
        connection.execute(
            "UPDATE study_user_attributes SET value_json = json_remove(value_json, '$.seed') "
            "WHERE key LIKE 'nasbench_mvit.final._%'"
        )
    look = WatchedRun(tmp_path / STORE_FILE).look()
    assert re.search(r"nasbench_mvit\.final\..*'seed'", look.reason)
    assert look.trouble == Trouble.DAMAGED


def test_a_study_outlives_its_store(run: Path) -> None:
    watched = WatchedRun(run / STORE_FILE)
    before = watched.look()
    shutil.rmtree(run)
    after = watched.look()
    assert after.trouble == Trouble.MISSING
    assert after.study is before.study
    assert after.seen == before.seen


def test_a_store_that_never_could_be_read_says_why(tmp_path: Path) -> None:
    look: Look = WatchedRun(tmp_path / STORE_FILE).look()
    assert look.study is None
    assert str(tmp_path) in look.reason


def test_the_newest_run_comes_first(run: Path, tmp_path: Path) -> None:
    runs = [shutil.copytree(run, tmp_path / name) for name in ("b", "a", "c")]
    for age, folder in enumerate(runs):
        (folder / "lock").touch()
        os.utime(folder / "lock", (1e9 - age, 1e9 - age))
    assert list(find_runs([str(folder) for folder in runs[::-1]])) == ["b", "a", "c"]


def test_stores_are_found_by_folder_by_file_and_below_runs(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other" / "run"
    shutil.copytree(run, other)
    found = find_runs([str(run), str(other / STORE_FILE)])
    assert {key: Path(looked_at(each).place) for key, each in found.items()} == {
        "run": run / STORE_FILE,
        "run~2": other / STORE_FILE,
    }
    shutil.copytree(run, tmp_path / "runs" / "mine")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(run, tmp_path / "runs" / "yours")
    for run_dirs in ([], ["runs"], ["runs/mine", "runs/yours"]):
        check_places(run_dirs)
        assert set(find_runs(run_dirs)) == {"mine", "yours"}


def test_each_study_of_a_store_is_a_run_to_choose(run: Path) -> None:
    assert list(find_runs([str(run)])) == ["run"]
    add_study(run / STORE_FILE, "second")
    found = find_runs([str(run)])
    assert list(found) == ["run/latency_iphone", "run/second"]
    assert [looked_at(each).name for each in found.values()] == ["latency_iphone", "second"]
    assert find_runs([str(run)]) == found  # what was read is kept


def test_a_folder_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        check_places([str(tmp_path), str(tmp_path / "nowhere")])


@pytest.mark.parametrize(
    ("file", "what"),
    [("recipe.json", "it is a training"), ("front.json", "its store is elsewhere")],
)
def test_a_folder_of_something_else_is_refused_with_what_it_is(
    tmp_path: Path, file: str, what: str
) -> None:
    (tmp_path / file).touch()
    with pytest.raises(StoreError, match=what):
        check_places([str(tmp_path)])


def test_the_hypervolume_ends_at_that_of_the_summary(run: Path) -> None:
    study = open_study(run)
    curves, baselines = hypervolume_curves({"run": study})
    assert curves.hypervolume.iloc[-1] == pytest.approx(study.summary.hypervolume)
    assert len(curves) == len(study.trials)
    assert baselines > 0


def test_the_gain_over_a_baseline_is_a_difference_to_a_network_of_the_front(run: Path) -> None:
    study = open_study(run)
    table = gains_frame(study.summary, study.summary.front)
    assert table.over.tolist() == ["MobileViT-S", "MobileViT-XS", "MobileViT-XXS"]
    rows = study.trials.set_index("name")
    for gain in table.itertuples(index=False):
        over, gained, _, by = gain[:4]
        if by is not None:
            difference = (rows.loc[by].top1 - rows.loc[over].top1) * 100
            assert gained == pytest.approx(difference, abs=0.006)
            assert rows.loc[by].latency_ms <= rows.loc[over].latency_ms


def test_the_dashboard_loads_neither_torch_nor_ray_nor_optuna(run: Path) -> None:
    scripts = Path(__file__).parents[3] / "dashboard"
    imports = sorted(
        ast.unparse(node)
        for page in scripts.rglob("*.py")
        for node in ast.parse(page.read_text()).body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("nasbench_mvit")
    )
    script = "\n".join(
        [
            *imports,
            "import sys",
            "from nasbench_mvit.workbench.exploration.network import neighbourhood",
            "from nasbench_mvit.workbench.studies.open import open_study",
            f"study = open_study({str(run)!r})",
            "neighbourhood(study, study.reading.trials[0].record.network())",
            "print(sorted({'torch', 'ray', 'optuna'} & sys.modules.keys()))",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_folder_of_ablations_holds_reports_and_no_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = [tmp_path / "runs/ablations" / name / "ablation.json" for name in ("one", "two")]
    for path in reports:
        path.parent.mkdir(parents=True)
        path.touch()
    folder = tmp_path / "runs/ablations"
    assert find_runs([str(folder)]) == {}
    assert report_files([str(folder)]) == reports
    assert report_files([str(reports[0].parent)]) == reports[:1]
    monkeypatch.chdir(tmp_path)
    assert report_files([]) == [path.relative_to(tmp_path) for path in reports]
