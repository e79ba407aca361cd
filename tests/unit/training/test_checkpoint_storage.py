"""Checkpoints in a storage: whole or not at all, and written by the latest attempt alone."""

from pathlib import Path

import pytest

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.evaluators.checkpoint_storage import CheckpointStorage

NAME = "net-0.pt"


def prepared(uri: str) -> CheckpointStorage:
    storage = CheckpointStorage.at(uri)
    storage.prepare()
    return storage


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture(params=["{}", "file://{}"], ids=["path", "uri"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(request.param.format(tmp_path / "a folder" / "of checkpoints").replace(" ", "_"))


def test_what_one_machine_keeps_another_fetches(tmp_path: Path, uri: str) -> None:
    storage = prepared(uri)
    source, target = written(tmp_path / "mine", b"part 3"), tmp_path / "theirs"
    storage.begin(NAME).keep(source)
    storage.begin(NAME).fetch(target)
    assert target.read_bytes() == b"part 3"


def test_without_a_checkpoint_nothing_is_fetched_or_kept(tmp_path: Path, uri: str) -> None:
    attempt = prepared(uri).begin(NAME)
    attempt.keep(tmp_path / "missing")
    attempt.fetch(tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_an_attempt_that_was_overtaken_writes_and_removes_nothing(tmp_path: Path, uri: str) -> None:
    storage = prepared(uri)
    cut_off = storage.begin(NAME)
    later = storage.begin(NAME)
    later.keep(written(tmp_path / "later", b"later"))
    cut_off.keep(written(tmp_path / "cut off", b"cut off"))
    cut_off.clear()
    storage.begin(NAME).fetch(tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"later"


def test_an_attempt_of_an_earlier_driver_is_overtaken_too(tmp_path: Path) -> None:
    before = prepared(str(tmp_path / "c")).begin(NAME)
    after = prepared(str(tmp_path / "c")).begin(NAME)
    after.keep(written(tmp_path / "after", b"after"))
    before.keep(written(tmp_path / "before", b"before"))
    assert (tmp_path / "c" / NAME).read_bytes() == b"after"


def test_drivers_of_one_study_may_share_a_storage(tmp_path: Path) -> None:
    first, second = prepared(str(tmp_path / "c")), prepared(str(tmp_path / "c"))
    first.begin(NAME).keep(written(tmp_path / "mine", b"part 1"))
    first.remove_token()
    second.begin(NAME).fetch(tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"part 1"


def test_a_training_that_has_ended_leaves_nothing(tmp_path: Path) -> None:
    storage = prepared(str(tmp_path / "c"))
    first = storage.begin(NAME)
    first.keep(written(tmp_path / "mine", b"part 1"))
    (tmp_path / "c" / f".{NAME}.0123.tmp").touch()  # as a kill leaves it
    second = storage.begin(NAME)
    second.clear()
    first.keep(tmp_path / "mine")  # a machine that was cut off comes back
    storage.remove_token()
    assert not list((tmp_path / "c").iterdir())


def test_the_names_are_those_of_the_local_engine(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"by a worker process")
    prepared(str(tmp_path)).begin(NAME).fetch(tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"by a worker process"


def test_a_machine_that_sees_another_folder_is_named(tmp_path: Path) -> None:
    storage = prepared(str(tmp_path / "c"))
    (mark,) = (tmp_path / "c").iterdir()
    mark.unlink()
    with pytest.raises(StudyError, match=r"on .* lacks the file that the head.*s3://"):
        storage.begin(NAME)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("nowhere://bucket/folder", "nowhere"),
        ("{}/a file", "cannot be written"),
        ("relative/folder", "cannot be written"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path, uri: str, reason: str) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(StudyError, match=f"(?s){reason}.*`storage_path=`"):
        CheckpointStorage.at(uri.format(tmp_path)).prepare()


def test_a_full_storage_costs_the_checkpoint_and_not_the_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = prepared(str(tmp_path / "c")).begin(NAME)
    source = written(tmp_path / "mine", b"part 1")
    (tmp_path / "c" / NAME).mkdir()
    (tmp_path / "c" / NAME / "in the way").touch()
    attempt.keep(source)
    assert "training goes on without" in caplog.text
