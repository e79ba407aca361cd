"""``python -m nasbench_mvit status``: what it says of a run, and that it only reads."""

import re
from pathlib import Path

import pytest
from driving import Run
from fakes import ArithmeticEvaluator, InlineExecutor
from synthetic import add_study, append_trials, synthetic_records, synthetic_run

from nasbench_mvit.cli.status import command as status
from nasbench_mvit.search.store.location import LOCK_FILE, STORE_FILE
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.trials.record import State, spent
from nasbench_mvit.workbench.shared.run_directory import locked

COUNT = 60
STUDY = "latency_iphone"
PRUNING = {"rungs": [0.25], "reduction": 100}  # stops whoever another dominates


def said(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert status.main(list(args)) == 0
    return capsys.readouterr().out


@pytest.fixture
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run of a study with two trials under way, in the place where a search puts it."""
    monkeypatch.chdir(tmp_path)
    folder = synthetic_run(Path("runs") / STUDY, COUNT)
    records = synthetic_records(load_study(STUDY)[1], COUNT)[-2:]
    append_trials(folder / STORE_FILE, [("RUNNING", r.changed(evaluations=(), rejection=None))
                                        for _, r in records])  # fmt: skip
    return folder


def test_it_says_how_far_the_search_is_and_what_became_of_its_trials(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (run_dir / STORE_FILE).read_bytes()
    text = said(capsys, STUDY)
    assert said(capsys, str(run_dir)).splitlines()[1] == text.splitlines()[1]
    assert said(capsys, f"./{STUDY}.yaml").splitlines()[1] == text.splitlines()[1]
    file = Path(f"{STUDY}.yaml")
    file.touch()  # a file of the study is no store
    assert said(capsys, f"./{file}").splitlines()[1] == text.splitlines()[1]
    file.unlink()
    planned = load_study(STUDY)[1].trials
    assert re.search(rf"\d+ of {planned} networks in .*, [\d.,]+ an hour lately; ", text)
    assert re.search(r"trials: \d+ complete, \d+ failed, 2 paused, \d+ rejected", text)
    assert "2 paused: the same search command goes on with them" in text
    with locked(run_dir):
        text = said(capsys, STUDY)
    assert re.search(r"trials: \d+ complete, \d+ failed, \d+ rejected, 2 running", text)
    assert re.search(r" 2026-01-01 \d\d:\d\d UTC\b", text)
    (run_dir / LOCK_FILE).unlink()
    assert "the limit is 8.0" in text
    assert (run_dir / STORE_FILE).read_bytes() == before
    assert sorted(path.name for path in run_dir.iterdir()) == [STORE_FILE]


def test_a_server_is_read_by_its_url(
    run_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(run_dir):
        of_file = said(capsys, STUDY)
    monkeypatch.setattr("nasbench_mvit.search.store.location.Location.file", None)
    of_server = said(capsys, STUDY, "--storage", f"sqlite:///{run_dir / STORE_FILE}")
    assert of_server.splitlines()[2:3] == of_file.splitlines()[2:3]
    url = f"sqlite:///{run_dir / STORE_FILE}"
    command = f"search --study {STUDY} --storage {url} --run-dir runs/{STUDY}"
    assert f"next: python -m nasbench_mvit.{command}\n" in of_server


def test_it_says_what_its_tables_mean_what_to_doubt_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path, trials=3)
    run.go()
    monkeypatch.chdir(tmp_path.parent)
    text = said(capsys, tmp_path.name)
    for part in (
        "Pareto front",
        "published networks, same proxy",
        "± is one standard deviation",
        "latency: estimated for iPhone 12",
        "hypervolume ",
        "caution: Only about",
        f"next: python -m nasbench_mvit.search --study ./{tmp_path.name}",
    ):
        assert part in text
    Run(tmp_path, trials=5).store().close()  # a larger budget that has not begun
    text = said(capsys, tmp_path.name)
    assert "3 of 5 networks" in text
    assert f"search --study ./{tmp_path.name}\nThe search is not at its end" in text


def test_of_several_studies_one_is_shown_and_all_are_named(
    run_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_study(run_dir / STORE_FILE, "second")
    for args in ([str(run_dir)], ["third", "--storage", f"sqlite:///{run_dir / STORE_FILE}"]):
        assert status.main(args) == 2
        message = capsys.readouterr().err
        assert message.count("\n") == 1
        assert f"the studies {STUDY}, second" in message
    for args in ([f"{STUDY}/second"], ["second", "--run-dir", str(run_dir)],
                 ["second", "--storage", f"sqlite:///{run_dir / STORE_FILE}"]):  # fmt: skip
        assert said(capsys, *args).startswith("study second in ")
    text = said(capsys, f"{STUDY}/second")
    assert f"next: python -m nasbench_mvit.search --study {run_dir}/second\n" in text


@pytest.mark.parametrize(("count", "is_explained"), [(0, False), (COUNT, True)])
def test_a_star_is_explained_where_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], count: int, is_explained: bool
) -> None:
    text = said(capsys, str(synthetic_run(tmp_path / "run", count)))
    assert ("]*" in text) == is_explained
    assert ("* the network is unlike" in text) == is_explained


def test_stopped_networks_count_as_done_and_say_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(tmp_path, trials=8, pruning=PRUNING)
    run.go(InlineExecutor(ArithmeticEvaluator()))
    stopped = [t for t in spent(run.trials()) if t.state is State.STOPPED]
    text = said(capsys, str(tmp_path))
    assert "8 of 8 networks" in text
    assert "the budget is spent" in text
    assert f"{len(stopped)} stopped" in text
    assert "of its training" in text


def test_a_run_that_is_not_there_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert status.main(["mine"]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "no run of study 'mine' in runs/mine" in message
    assert "name the folder of its run" in message
    assert not list(tmp_path.iterdir())


def test_a_search_that_has_just_begun_shows_no_number_that_is_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(tmp_path, trials=8)
    run.store()
    folder = tmp_path
    records = synthetic_records(run.config, 1)
    append_trials(folder / STORE_FILE, [("RUNNING", r.changed(evaluations=(), rejection=None))
                                        for _, r in records[:1]])  # fmt: skip
    text = said(capsys, str(folder))
    assert re.search(r"0 of 8 networks( in .*)?; time left not known yet", text)
    for slip in ("nan", "in 0 s", "less than 1 s an hour", "unknown time"):
        assert slip not in text
