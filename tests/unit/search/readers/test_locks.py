"""A trial runs while a process holds a lock of its run; after a kill it is paused."""

import fcntl
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from bad_input import contents
from synthetic import running_run

from nasbench_mvit.search.readers import locks
from nasbench_mvit.search.readers.sqlite import StudyReader
from nasbench_mvit.search.store.location import LOCK_FILE, STORE_FILE, storage_lock
from nasbench_mvit.search.trials.record import State
from nasbench_mvit.workbench.shared.run_directory import locked
from nasbench_mvit.workbench.studies.watched_runs import WatchedRun

HOLD = """
import sys, filelock
with filelock.FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The run of a study with a trial under way."""
    return running_run(tmp_path / "run")


def last_state(store: Path) -> State:
    return StudyReader(store).read().trials[-1].state


def test_a_trial_of_a_killed_search_is_paused_at_the_next_look(run: Path) -> None:
    reader, watched = StudyReader(run / STORE_FILE), WatchedRun(run / STORE_FILE)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(run / LOCK_FILE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as search:
        assert search.stdout is not None
        assert search.stdout.readline() == b"held\n"
        before = contents(run)
        assert reader.read().trials[-1].state is State.RUNNING
        state = watched.state()
        search.kill()
        search.wait()
    assert watched.state() != state  # so that a page is drawn anew
    assert reader.read().trials[-1].state is State.PAUSED
    assert contents(run) == before


@pytest.mark.parametrize("place", ["beside another store", "behind a link", "of another run"])
def test_every_lock_of_a_search_counts(run: Path, tmp_path: Path, place: str) -> None:
    store = run / STORE_FILE
    held = run / LOCK_FILE
    if place == "beside another store":  # as --storage has it
        store = Path(shutil.move(store, tmp_path / "mine.db"))
        held = storage_lock(store)
    elif place == "behind a link":
        store = tmp_path / "link.db"
        store.symlink_to(run / STORE_FILE)
    else:
        (tmp_path / "other").mkdir()
        store = tmp_path / "other" / STORE_FILE
        store.symlink_to(run / STORE_FILE)
        held = storage_lock(store)
    assert last_state(store) is State.PAUSED
    with locked(held.parent, held.name):
        assert last_state(store) is State.RUNNING
    assert last_state(store) is State.PAUSED


def test_another_folder_of_stores_is_no_sign_of_a_search(run: Path) -> None:
    store = Path(shutil.move(run / STORE_FILE, run / "copy.db"))
    with locked(run):
        assert last_state(store) is State.PAUSED


@pytest.mark.parametrize("trouble", [PermissionError, OSError])
def test_where_locks_cannot_be_seen_the_store_is_believed(
    run: Path, monkeypatch: pytest.MonkeyPatch, trouble: type[OSError]
) -> None:
    def refused(*_: object) -> None:
        raise trouble

    (run / LOCK_FILE).touch()
    monkeypatch.setattr("fcntl.flock", refused)
    assert locks.may_be_at_work(run / STORE_FILE)
    assert last_state(run / STORE_FILE) is State.RUNNING


def test_a_look_at_the_lock_keeps_no_search_out(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).touch()
    with (tmp_path / LOCK_FILE).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        threading.Timer(0.1, fcntl.flock, (file, fcntl.LOCK_UN)).start()
        with locked(tmp_path):
            assert locks.may_be_at_work(tmp_path / STORE_FILE)
