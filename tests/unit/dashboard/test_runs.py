import math
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from final_round import judge, last_word, searched, stored
from synthetic import TRIAL_SECONDS, append_trials, synthetic_records, synthetic_run

from nasbench_mvit.dashboard.ablations import report_files
from nasbench_mvit.dashboard.progress import gains, hypervolume_curves
from nasbench_mvit.dashboard.runs import OpenRun, check_run_dirs, find_stores
from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.finalists.plan import FinalRequest
from nasbench_mvit.search.readers.read_only import ReadError, Trouble
from nasbench_mvit.search.store.location import STORE_FILE
from nasbench_mvit.search.study.config import load_study

COUNT = 30


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return synthetic_run(tmp_path / "run", COUNT)


def test_a_view_holds_a_row_for_each_trial_with_its_time(run: Path) -> None:
    view = OpenRun(run / STORE_FILE).look()
    assert len(view.table) == COUNT + 3
    expected = [TRIAL_SECONDS * (number + 1) / 60 for number in view.table.trial]
    assert view.table.minutes.tolist() == pytest.approx(expected)
    assert view.latency_title.startswith("estimated for iPhone 12")
    assert view.trouble is None


def test_a_view_is_made_again_only_when_the_store_changes(run: Path) -> None:
    study = OpenRun(run / STORE_FILE)
    view = study.look()
    assert study.look() is view
    state = study.state()
    record = synthetic_records(load_study("latency_iphone")[1], 1)[-1][1]
    append_trials(run / STORE_FILE, [("RUNNING", record)])
    assert study.state() != state
    grown = study.look()
    assert len(grown.table) == len(view.table) + 1
    assert math.isnan(grown.table.minutes.iloc[-1])


def test_a_view_holds_the_finalists_as_they_come(tmp_path: Path) -> None:
    run = searched(tmp_path)
    study = OpenRun(tmp_path / STORE_FILE)
    assert study.look().final is None
    assert not judge(run, FinalRequest(2, 2), is_over=lambda: True)
    begun = study.look().final
    assert begun is not None
    assert begun.num_missing == len(stored(run).missing())
    assert judge(run, FinalRequest(2, 2))
    final = study.look().final
    assert final is not None
    assert final.num_missing == 0
    assert [f.test_top1 for f in final.finalists] == [f.test_top1 for f in last_word(run).finalists]
    assert len(final.differences) == len(last_word(run).differences)


def test_a_damaged_final_training_is_named(tmp_path: Path) -> None:
    run = searched(tmp_path)
    judge(run, FinalRequest(2, 2))
    with closing(sqlite3.connect(tmp_path / STORE_FILE)) as connection, connection:
        connection.execute(
            "UPDATE study_user_attributes SET value_json = json_remove(value_json, '$.seed') "
            "WHERE key LIKE 'nasbench_mvit.final._%'"
        )
    with pytest.raises(ReadError, match=r"nasbench_mvit\.final\..*'seed'") as caught:
        OpenRun(tmp_path / STORE_FILE).look()
    assert caught.value.trouble is Trouble.DAMAGED


def test_a_view_outlives_its_store(run: Path) -> None:
    study = OpenRun(run / STORE_FILE)
    before = study.look()
    shutil.rmtree(run)
    after = study.look()
    assert after.trouble is not None
    assert after.trouble.trouble is Trouble.MISSING
    assert after.table is before.table


def test_a_store_that_never_could_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(ReadError):
        OpenRun(tmp_path / STORE_FILE).look()


def test_stores_are_found_by_folder_by_file_and_below_runs(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other" / "run"
    shutil.copytree(run, other)
    assert find_stores([str(run), str(other / STORE_FILE)]) == {
        "run": run / STORE_FILE,
        "run~2": other / STORE_FILE,
    }
    shutil.copytree(run, tmp_path / "runs" / "mine")
    monkeypatch.chdir(tmp_path)
    assert list(find_stores([])) == ["mine"]


def test_a_folder_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        check_run_dirs([str(tmp_path), str(tmp_path / "nowhere")])


def test_the_hypervolume_ends_at_that_of_the_summary(run: Path) -> None:
    view = OpenRun(run / STORE_FILE).look()
    curves, baselines = hypervolume_curves({"run": view})
    assert curves.hypervolume.iloc[-1] == pytest.approx(view.summary.hypervolume)
    assert len(curves) == len(view.table)
    assert baselines > 0


def test_the_gain_over_a_baseline_is_a_difference_to_a_network_of_the_front(run: Path) -> None:
    view = OpenRun(run / STORE_FILE).look()
    table = gains(view, view.table)
    assert table.over.tolist() == ["MobileViT-S", "MobileViT-XS", "MobileViT-XXS"]
    rows = view.table.set_index("name")
    for gain in table.itertuples(index=False):
        by, over = gain[2], gain[0]
        if by != "none":
            difference = (rows.loc[by].top1 - rows.loc[over].top1) * 100
            assert gain[1] == pytest.approx(difference, abs=0.006)
            assert rows.loc[by].latency_ms <= rows.loc[over].latency_ms


def test_the_dashboard_loads_neither_torch_nor_ray_nor_optuna(run: Path) -> None:
    pages = Path(__file__).parents[3] / "dashboard" / "views"
    imports = sorted(
        line
        for page in [*pages.glob("*.py"), pages.parent / "parts.py", pages.parent / "front.py"]
        for line in page.read_text().splitlines()
        if line.startswith(("from nasbench_mvit", "import nasbench_mvit")) and "(" not in line
    )
    script = "\n".join(
        [
            *imports,
            "import sys",
            "from pathlib import Path",
            "from nasbench_mvit.dashboard.runs import OpenRun",
            "from nasbench_mvit.dashboard.network import neighbourhood",
            "import nasbench_mvit.search.reports.text",
            f"view = OpenRun(Path({str(run / STORE_FILE)!r})).look()",
            "neighbourhood(view, view.reading.trials[0].record.network())",
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
    assert find_stores([str(folder)]) == {}
    assert report_files([str(folder)]) == reports
    assert report_files([str(reports[0].parent)]) == reports[:1]
    monkeypatch.chdir(tmp_path)
    assert report_files([]) == [path.relative_to(tmp_path) for path in reports]
