"""A run is found by its folder, its name below ``runs/``, or its study."""

from pathlib import Path

import pytest
from synthetic import add_study, synthetic_run, wide_open

from nasbench_mvit.errors import StoreError, StudyError
from nasbench_mvit.search.readers.find_run import find_run, find_study, run_names
from nasbench_mvit.search.store.location import STORE_FILE
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


@pytest.mark.parametrize(
    ("study", "file", "said"),
    [
        ("runs", "", f"in runs: it holds the runs {STUDY}, photos. Name one of them, as runs/"),
        ("runs/lost", "", "no run of study 'runs/lost' in runs/lost."),
        ("elsewhere", "", "in elsewhere: it holds the runs other."),
        ("runs/full", "recipe.json", "in runs/full: it is a training,"),
        ("full", "model.safetensors", "in runs/full: it is a training,"),
        ("runs/server", "front.json", "in runs/server: its reports are there, its store is "),
    ],
)
def test_a_folder_without_a_store_says_what_it_is(
    home: Path, study: str, file: str, said: str
) -> None:
    if file:
        path = home / "runs" / Path(study).name / file
        path.parent.mkdir()
        path.touch()
    with pytest.raises(StoreError) as caught:
        find_run(study)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("study", "hint"),
    [
        ("smoke", "`python -m nasbench_mvit.search --study smoke`"),
        ("photo", "No study file is called 'photo': copy one of studies/"),
        ("mine.yaml", "No study file is called 'mine.yaml': copy one of studies/"),
    ],
)
def test_only_a_study_that_there_is_can_be_started(home: Path, study: str, hint: str) -> None:
    del home
    with pytest.raises(StoreError) as caught:
        find_run(study)
    assert hint in str(caught.value)
    assert ("--study" in str(caught.value)) == (study == "smoke")


def test_of_several_studies_in_a_folder_one_is_taken_by_its_name(home: Path) -> None:
    folder = home / "runs/photos"
    store = folder / STORE_FILE
    add_study(store, "second")
    for name in (STUDY, "second"):
        for address in (f"photos/{name}", f"runs/photos/{name}", f"{store}/{name}"):
            found = find_run(address)
            assert (found.read().study, found.run_dir.resolve()) == (name, folder)
        assert find_run(name, run_dir=folder).read().study == name
    assert find_study("photos/second")[0] == "second"
    url = f"sqlite:///{store}"
    assert find_study("second", storage=url)[0] == "second"
    for read in (find_run("photos").read, lambda: find_study("photos")):
        with pytest.raises(StoreError, match=rf"{STUDY}, second\. Name.*as runs/photos/{STUDY} "):
            read()
    for address in ("photos/third", "photos/study.db/third"):  # never another of the folder
        with pytest.raises(StoreError, match=f"no run of study '{address}'"):
            find_run(address)
    with pytest.raises(StoreError, match=rf"{STUDY}, second, not 'third'\. No study file"):
        find_study("third", storage=url)


def test_a_study_is_that_of_its_file_before_that_of_a_run(home: Path) -> None:
    assert find_study(STUDY) == (STUDY, load_study(STUDY)[1], Path("runs") / STUDY)
    name, config, run_dir = find_study("photos")
    assert (name, run_dir) == (STUDY, Path("runs/photos"))
    assert config == wide_open(STUDY)[1]
    (home / "photos.yaml").write_text("trials: [")
    with pytest.raises(StudyError, match="not valid YAML"):  # never the run instead
        find_study("photos")


def test_a_store_given_by_url_is_taken_as_it_is(home: Path) -> None:
    found = find_run("mine", storage="sqlite:///elsewhere/mine.db")
    assert (found.place, found.name) == ("sqlite:///elsewhere/mine.db", "mine")
    found = find_run(STUDY, storage=f"sqlite:///{home}/runs/photos/study.db")
    assert found.read().study == STUDY
