import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import optuna
import pytest
from bad_input import contents
from synthetic import add_study, append_trials, synthetic_records, synthetic_run, wide_open

from nasbench_mvit.search.readers import sqlite_rows
from nasbench_mvit.search.readers.read_only import ReadError, Trouble
from nasbench_mvit.search.readers.server import ServerReader
from nasbench_mvit.search.readers.sqlite import StudyReader, study_names
from nasbench_mvit.search.store.location import STORE_FILE, Location
from nasbench_mvit.search.store.opening import DIRECTIONS
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.search.trials.record import State
from nasbench_mvit.workbench.shared.run_directory import locked

COUNT = 60
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
connection.execute("UPDATE trials SET state = state")
print("held", flush=True)
sys.stdin.read()
"""
KILLED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE trial_user_attributes SET value_json = value_json || ' '")
os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("original"), COUNT)


@pytest.fixture
def run(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "run")


def trouble_of(run: Path) -> Trouble:
    """Read twice; the store must refuse and nothing in its folder may change."""
    before = contents(run)
    reader = StudyReader(run / STORE_FILE)
    for _ in range(2):
        with pytest.raises(ReadError) as caught:
            reader.read()
        assert str(caught.value).endswith(".")
    assert contents(run) == before
    return caught.value.trouble


def change(run: Path, *statements: str) -> None:
    with closing(sqlite3.connect(run / STORE_FILE, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@contextmanager
def another_program(script: str, *args: str) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-c", script, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.kill()


def test_reading_returns_what_was_written_and_changes_nothing(run: Path) -> None:
    before = contents(run)
    reading = StudyReader(run / STORE_FILE).read()
    written = synthetic_records(wide_open("latency_iphone")[1], COUNT)
    assert [trial.record.model_dump(mode="json") for trial in reading.trials] == [
        record.model_dump(mode="json") for _, record in written
    ]
    assert [trial.number for trial in reading.trials] == list(range(len(written)))
    assert {trial.state for trial in reading.trials} >= {State.COMPLETE, State.REJECTED}
    assert reading.study == "latency_iphone"
    assert all(times.ended is not None for times in reading.times.values())
    assert contents(run) == before


def test_a_store_that_grows_is_read_on_and_what_had_ended_is_not_read_again(run: Path) -> None:
    reader = StudyReader(run / STORE_FILE)
    first = reader.read()
    assert reader.read() is first
    config = load_study("latency_iphone")[1]
    (_, record), *_ = synthetic_records(config, 1)[3:]
    append_trials(run / STORE_FILE, [("RUNNING", record)])
    with locked(run):
        second = reader.read()
    assert second.trials[-1].state is State.RUNNING
    assert all(new is old for new, old in zip(second.trials, first.trials, strict=False))
    change(run, "UPDATE trials SET state = 'PRUNED' WHERE state = 'RUNNING'")
    third = reader.read()
    assert third.trials[-1].state is not State.RUNNING
    assert len(third.trials) == len(second.trials) == len(first.trials) + 1


def test_a_store_replaced_by_another_is_read_anew(run: Path) -> None:
    reader = StudyReader(run / STORE_FILE)
    before = reader.read()
    other = synthetic_run(run.parent / "other", 5)
    (other / STORE_FILE).replace(run / STORE_FILE)
    after = reader.read()
    assert len(after.trials) < len(before.trials)


def gone(run: Path) -> None:
    (run / STORE_FILE).unlink()


def empty(run: Path) -> None:
    (run / STORE_FILE).write_bytes(b"")


def cut(size: int) -> Callable[[Path], None]:
    def shorten(run: Path) -> None:
        with (run / STORE_FILE).open("r+b") as file:
            file.truncate(size if size > 0 else file.seek(0, os.SEEK_END) + size)

    return shorten


def garbage(run: Path) -> None:
    with (run / STORE_FILE).open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xa5" * 20 * 4096)


def no_database(run: Path) -> None:
    (run / STORE_FILE).write_text("x" * 5000)


def killed_in_a_write(run: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(run / STORE_FILE)], check=False)
    assert (run / f"{STORE_FILE}-journal").exists()


def snapshot_without(field: str) -> Callable[[Path], None]:
    return lambda run: change(
        run,
        f"UPDATE study_user_attributes SET value_json = json_remove(value_json, '$.{field}')",  # noqa: S608
    )


def sql(*statements: str) -> Callable[[Path], None]:
    return lambda run: change(run, *statements)


CASES: dict[str, tuple[Trouble, Callable[[Path], None]]] = {
    "gone": (Trouble.MISSING, gone),
    "empty": (Trouble.EMPTY, empty),
    "a header cut short": (Trouble.PARTIAL, cut(60)),
    "half copied": (Trouble.PARTIAL, cut(8 * 4096)),
    "copied but for a byte": (Trouble.PARTIAL, cut(-1)),
    "garbage inside": (Trouble.DAMAGED, garbage),
    "no database": (Trouble.FOREIGN, no_database),
    "killed in a write": (Trouble.INTERRUPTED, killed_in_a_write),
    "no tables of Optuna": (Trouble.FOREIGN, sql("DROP TABLE trials")),
    "another Optuna": (Trouble.OTHER_SCHEMA, sql("UPDATE version_info SET schema_version = 11")),
    "an older study": (
        Trouble.OTHER_SCHEMA,
        sql("UPDATE study_user_attributes SET value_json = json_set(value_json, "
            "'$.schema_version', 0)"),
    ),
    "an older trial": (
        Trouble.OTHER_SCHEMA,
        sql("UPDATE trial_user_attributes SET value_json = json_set(value_json, "
            "'$.schema_version', 0) WHERE trial_id = 7"),
    ),
    "a record that is no JSON": (
        Trouble.DAMAGED,
        sql("UPDATE trial_user_attributes SET value_json = '{' WHERE trial_id = 7"),
    ),
    "a record without its network": (
        Trouble.DAMAGED,
        sql("UPDATE trial_user_attributes SET value_json = json_remove(value_json, '$.spec')"),
    ),
    "somebody else's study": (Trouble.FOREIGN, sql("DELETE FROM study_user_attributes")),
    "no configuration": (Trouble.DAMAGED, snapshot_without("config.space")),
    "a study just begun": (
        Trouble.EMPTY,
        sql("DELETE FROM study_user_attributes", "DELETE FROM trials"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_read_says_why_and_stays_as_it_is(case: str, run: Path) -> None:
    expected, prepare = CASES[case]
    prepare(run)
    assert trouble_of(run) is expected


def test_a_store_held_by_a_writer_opens_once_it_is_let_go(run: Path) -> None:
    with another_program(HOLD, str(run / STORE_FILE), "BEGIN EXCLUSIVE"):
        with pytest.raises(ReadError) as caught:
            StudyReader(run / STORE_FILE).read()
        assert caught.value.trouble is Trouble.LOCKED
    assert StudyReader(run / STORE_FILE).read().trials


def test_a_store_in_the_midst_of_a_write_shows_what_was_there_before(run: Path) -> None:
    with another_program(HOLD, str(run / STORE_FILE), "BEGIN IMMEDIATE"):
        assert len(StudyReader(run / STORE_FILE).read().trials) == COUNT + 3


def test_a_store_with_a_write_ahead_log_is_read_with_and_without_its_writer(run: Path) -> None:
    store = run / STORE_FILE
    change(run, "PRAGMA journal_mode = WAL")
    before = contents(run)
    assert len(StudyReader(store).read().trials) == COUNT + 3
    assert contents(run) == before
    os.utime(store, times=(0, 0))
    before_the_log = datetime.now(UTC) - timedelta(seconds=1)
    with locked(run), closing(sqlite3.connect(store, isolation_level=None)) as writer:
        writer.execute("UPDATE trials SET state = 'RUNNING' WHERE number = 5")
        reader = StudyReader(store)
        assert reader.read().trials[5].state is State.RUNNING
        assert reader.read().state.last_write >= before_the_log
        writer.execute("UPDATE trials SET state = 'FAIL' WHERE number = 5")
        assert reader.read().trials[5].state is not State.RUNNING


@pytest.mark.parametrize("kind", ["absolute", "relative", "chain", "of the folder"])
def test_behind_a_link_the_log_is_that_of_the_file(run: Path, tmp_path: Path, kind: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if kind == "of the folder":
        run.rename(disk / "real")
        run.symlink_to(disk / "real")
        real = disk / "real" / STORE_FILE
    else:
        real = disk / "real.db"
        (run / STORE_FILE).rename(real)
        target = Path("../disk/real.db") if kind == "relative" else real
        if kind == "chain":
            target = disk / "link.db"
            target.symlink_to(real)
        (run / STORE_FILE).symlink_to(target)
    (run / f"{STORE_FILE}-wal").unlink(missing_ok=True)
    reader = StudyReader(run / STORE_FILE)
    with closing(sqlite3.connect(real, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        for year in (2001, 2002):
            moment = f"{year}-02-03"
            writer.execute("UPDATE trials SET datetime_complete = ? WHERE number = 3", (moment,))
            ended = reader.read().times[3].ended
            assert ended is not None
            assert ended.year == year


@pytest.mark.parametrize("left", ["log", "empty log", "no log"])
def test_a_log_left_in_a_folder_that_cannot_be_written_is_read(
    run: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    """As on a snapshot or a mount without the right to write, where SQLite makes no files."""
    store, log = run / STORE_FILE, run / f"{STORE_FILE}-wal"
    with closing(sqlite3.connect(store, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("UPDATE trials SET datetime_complete = '2001-02-03' WHERE number = 3")
        snapshot = shutil.copytree(run, run.parent / "snapshot")
    store, log = snapshot / STORE_FILE, snapshot / f"{STORE_FILE}-wal"
    (snapshot / f"{STORE_FILE}-shm").unlink()
    if left != "log":
        log.write_bytes(b"")
    if left == "no log":
        log.unlink()
    before = contents(snapshot)
    monkeypatch.setattr(os, "access", lambda *_: False)
    ended = StudyReader(store).read().times[3].ended
    assert ended is not None
    assert (ended.year == 2001) is (left == "log")
    assert contents(snapshot) == before


def test_where_no_trial_is_open_no_record_is_read_again(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = sqlite_rows.records

    def records(*args: Any) -> dict[int, str]:
        found = real(*args)
        read.append(len(found))
        return found

    monkeypatch.setattr(sqlite_rows, "records", records)
    change(
        run,
        "INSERT INTO trials (number, study_id, state, datetime_start) "
        "SELECT 900, study_id, 'COMPLETE', datetime_start FROM trials LIMIT 1",
    )
    reader = StudyReader(run / STORE_FILE)
    trials = reader.read().trials
    assert read == [COUNT + 3]
    change(run, "UPDATE studies SET study_name = study_name")
    assert reader.read().trials == trials
    assert read == [COUNT + 3]
    config = load_study("latency_iphone")[1]
    append_trials(run / STORE_FILE, synthetic_records(config, 1)[3:])
    assert len(reader.read().trials) == len(trials) + 1
    assert read == [COUNT + 3, 1]


def test_of_several_studies_one_is_read_by_its_name(run: Path) -> None:
    store = run / STORE_FILE
    add_study(store, "other")
    assert study_names(store) == ["latency_iphone", "other"]
    assert StudyReader(store, "other").read().trials == ()
    assert len(StudyReader(store, "latency_iphone").read().trials) == COUNT + 3
    with pytest.raises(
        ReadError, match=r"studies latency_iphone, other\. Name one.*run/latency_iphone \(in"
    ):
        StudyReader(store).read()
    with pytest.raises(ReadError, match=r"the studies latency_iphone, other, not 'third'"):
        StudyReader(store, "third").read()


@pytest.mark.parametrize("wanted", [None, "latency_iphone", "foreign", "third"])
def test_a_study_of_another_program_beside_ours_is_left_out(run: Path, wanted: str | None) -> None:
    store = run / STORE_FILE
    optuna.create_study(storage=f"sqlite:///{store}", study_name="foreign", directions=DIRECTIONS)
    location = Location.in_folder(run)
    assert study_names(store) == ["latency_iphone"]
    for reader in (StudyReader(store, wanted), ServerReader(location, wanted)):
        if wanted in {None, "latency_iphone"}:
            assert reader.read().study == "latency_iphone"
            continue
        message = f"holds the study latency_iphone, not '{wanted}'. No study file is called"
        with pytest.raises(ReadError, match=re.escape(message)):
            reader.read()


@pytest.mark.parametrize("trouble", ["missing", "foreign", "empty"])
def test_a_store_that_cannot_be_read_has_no_names(tmp_path: Path, trouble: str) -> None:
    store = tmp_path / STORE_FILE
    if trouble != "missing":
        store.write_text("" if trouble == "empty" else "no database" * 20)
    assert study_names(store) == []


def test_a_writer_is_not_kept_waiting_by_somebody_who_looks(run: Path) -> None:
    reader = StudyReader(run / STORE_FILE)
    reader.read()
    with closing(sqlite3.connect(run / STORE_FILE, timeout=0, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert writer.in_transaction
        writer.execute("COMMIT")


def test_a_folder_that_must_not_be_written_is_read(run: Path) -> None:
    store = run / STORE_FILE
    store.chmod(stat.S_IRUSR)
    run.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert StudyReader(store).read().trials
    finally:
        run.chmod(stat.S_IRWXU)


def test_a_name_that_a_url_would_misread_is_read(run: Path) -> None:
    odd = run.rename(run.with_name("50% of what? #1"))
    assert StudyReader(odd / STORE_FILE).read().study == "latency_iphone"


def test_one_of_many_studies_is_read_by_its_name(run: Path) -> None:
    change(
        run,
        "INSERT INTO studies (study_id, study_name) VALUES (2, 'other')",
        "INSERT INTO study_user_attributes (study_id, key, value_json) "
        "SELECT 2, key, value_json FROM study_user_attributes WHERE study_id = 1",
    )
    assert trouble_of(run) is Trouble.FOREIGN
    assert not StudyReader(run / STORE_FILE, "other").read().trials


def test_the_snapshot_is_returned_whole(run: Path) -> None:
    with closing(sqlite3.connect(run / STORE_FILE)) as connection:
        ((text,),) = connection.execute("SELECT value_json FROM study_user_attributes").fetchall()
    assert StudyReader(run / STORE_FILE).read().snapshot == json.loads(text)
