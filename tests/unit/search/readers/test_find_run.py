"""A run is found by its folder, its name below ``runs/``, or its study."""

from pathlib import Path

import pytest
from synthetic import synthetic_run

from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.search.readers.find_run import find_run, find_study, run_names
from nasbench_mvit.search.study.config import load_study

STUDY = "latency_iphone"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    synthetic_run(Path("runs/photos"), 6)
    synthetic_run(Path("runs") / STUDY, 5)
    synthetic_run(Path("elsewhere/other"), 4)
    return tmp_path


@pytest.mark.parametrize(
    ("study", "folder"),
    [
        ("photos", "runs/photos"),
        ("runs/photos", "runs/photos"),
        ("./runs/photos/", "runs/photos"),
        ("runs/photos/study.db", "runs/photos"),
        (STUDY, f"runs/{STUDY}"),
        (f"studies/{STUDY}.yaml", f"runs/{STUDY}"),
        ("elsewhere/other", "elsewhere/other"),
    ],
)
def test_a_run_is_found_however_it_is_named(home: Path, study: str, folder: str) -> None:
    found = find_run(study)
    assert (home / found.run_dir).resolve() == home / folder
    assert found.read().study == STUDY


def test_an_unknown_run_is_one_message_with_those_that_are_there(home: Path) -> None:
    del home
    assert run_names() == [STUDY, "photos"]
    with pytest.raises(StoreError) as caught:
        find_run("photo")
    for part in ("no run of study 'photo' in runs/photo", "mean 'photos'?", f"{STUDY}, photos"):
        assert part in str(caught.value)
    with pytest.raises(StudyError, match=rf"unknown study 'foto'.*Runs: {STUDY}, photos\."):
        find_study("foto")


def test_a_study_is_that_of_its_file_before_that_of_a_run(home: Path) -> None:
    assert find_study(STUDY) == (STUDY, load_study(STUDY)[1], Path("runs") / STUDY)
    name, config, run_dir = find_study("photos")
    assert (name, run_dir) == (STUDY, Path("runs/photos"))
    assert config == load_study(STUDY)[1]
    (home / "photos.yaml").write_text("trials: [")
    with pytest.raises(StudyError, match="not valid YAML"):  # never the run instead
        find_study("photos")


def test_a_store_given_by_url_is_taken_as_it_is(home: Path) -> None:
    found = find_run("mine", storage="sqlite:///elsewhere/mine.db")
    assert (found.place, found.name) == ("sqlite:///elsewhere/mine.db", "mine")
    found = find_run(STUDY, storage=f"sqlite:///{home}/runs/photos/study.db")
    assert found.read().study == STUDY
