"""Reading a study for whoever is not its search."""

from pathlib import Path

import pytest
from synthetic import synthetic_run

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search import stored_study
from nasbench_mvit.search.location import STORE_FILE, Location
from nasbench_mvit.search.stored_study import read_study
from nasbench_mvit.search.study import load_study

COUNT = 20


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("run"), COUNT)


def test_a_file_and_a_server_say_the_same(run_dir: Path) -> None:
    location = Location.in_folder(run_dir)
    of_file = read_study(location, "latency_iphone")
    of_server = stored_study._of_server(location, "latency_iphone", "")
    assert len(of_file.trials) >= COUNT
    assert of_file == of_server
    assert of_file.config == load_study("latency_iphone")[1]


def test_nothing_is_made_where_there_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no run of study 'mine'.*search --study mine.*--run-dir"):
        read_study(Location.in_folder(tmp_path), "mine")
    assert not list(tmp_path.iterdir())


def test_another_study_is_not_taken_for_it(run_dir: Path) -> None:
    before = (run_dir / STORE_FILE).read_bytes()
    for read in (read_study, lambda where, name: stored_study._of_server(where, name, "Start it.")):
        with pytest.raises(StoreError, match="study"):
            read(Location.in_folder(run_dir), "mine")
    assert (run_dir / STORE_FILE).read_bytes() == before
