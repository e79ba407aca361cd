"""Reading a study for whoever is not its search."""

from pathlib import Path

import pytest
from synthetic import synthetic_run, wide_open

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.readers.opening import reader_of
from nasbench_mvit.search.readers.server import ServerReader
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.store.location import STORE_FILE, Location

COUNT = 20


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("run"), COUNT)


def test_a_file_and_a_server_say_the_same(run_dir: Path) -> None:
    location = Location.in_folder(run_dir)
    of_file = StudyReader(run_dir / STORE_FILE).read()
    of_server = ServerReader(location, "latency_iphone").read()
    assert len(of_file.trials) >= COUNT
    for part in ("study", "config", "snapshot", "trials", "times", "final"):
        assert getattr(of_file, part) == getattr(of_server, part)
    assert reader_of(location, "latency_iphone").read().trials == of_file.trials
    assert of_file.config == wide_open("latency_iphone")[1]


def test_nothing_is_made_where_there_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"no run of study 'smoke'.*search --study smoke`.*`run_dir=`"
    ):
        reader_of(Location.in_folder(tmp_path), "smoke").read()
    assert not list(tmp_path.iterdir())


def test_another_study_is_not_taken_for_it(run_dir: Path) -> None:
    before = (run_dir / STORE_FILE).read_bytes()
    location = Location.in_folder(run_dir)
    with pytest.raises(StoreError, match="study"):
        reader_of(location, "mine").read()
    with pytest.raises(StoreError, match=r"latency_iphone, not 'mine'\..*copy one of studies/"):
        ServerReader(location, "mine").read()
    assert (run_dir / STORE_FILE).read_bytes() == before
