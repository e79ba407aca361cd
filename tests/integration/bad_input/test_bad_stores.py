"""Stores that are damaged, foreign, locked or of another schema."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import optuna
import pytest
from bad_input import Case, Prepare, Refuses, both, contents, exit_code, text_file
from fakes import arithmetic_engine

from nasbench_mvit.search.store import database
from nasbench_mvit.workbench.shared import engines

SMOKE = "--study smoke"
STORE = "runs/smoke/study.db"
KEY = "nasbench_mvit"
PAGE = 4096
FROM_THE_START = (1, 15, 16, 99, 100, 512, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE)
FROM_THE_END = (7 * PAGE, PAGE + 1, PAGE, 513, 1)

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def finished_store(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The store of a finished run of ``smoke``."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(engines, "LocalEngine", arithmetic_engine)
        assert exit_code(SMOKE.split()) == 0
    return (folder / STORE).read_bytes()


def stored(content: bytes) -> Prepare:
    return text_file(STORE, content)


def sql(*statements: str) -> Prepare:
    def change(folder: Path) -> None:
        with sqlite3.connect(folder / STORE) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return change


def attribute(table: str, change: Callable[[dict[str, Any]], object]) -> Prepare:
    """Change what the store keeps as JSON of the study, or of its first trial."""

    def rewrite(folder: Path) -> None:
        with sqlite3.connect(folder / STORE) as connection:
            ((row, text), *_) = connection.execute(
                f"SELECT rowid, value_json FROM {table} WHERE key = '{KEY}' ORDER BY rowid"  # noqa: S608
            ).fetchall()
            content = json.loads(text)
            change(content)
            connection.execute(
                f"UPDATE {table} SET value_json = ? WHERE rowid = ?",  # noqa: S608
                (json.dumps(content), row),
            )
        connection.close()

    return rewrite


def of_the_study(**changes: Any) -> Prepare:
    return attribute("study_user_attributes", lambda content: content.update(changes))


def of_a_trial(**changes: Any) -> Prepare:
    return attribute("trial_user_attributes", lambda content: content.update(changes))


def optuna_study(name: str, attrs: dict[str, Any], *, trials: int = 0) -> Prepare:
    def write(folder: Path) -> None:
        (folder / STORE).parent.mkdir(parents=True)
        study = optuna.create_study(
            storage=f"sqlite:///{folder / STORE}",
            study_name=name,
            directions=["maximize", "minimize"],
        )
        for key, value in attrs.items():
            study.set_user_attr(key, value)
        for _ in range(trials):
            study.ask()

    return write


def directory_in_its_place(folder: Path) -> None:
    (folder / STORE).mkdir(parents=True)


def garbage_inside(folder: Path) -> None:
    with (folder / STORE).open("r+b") as file:
        file.seek(3 * PAGE)
        file.write(b"\xa5" * 3 * PAGE)


@pytest.mark.parametrize("cut", [*FROM_THE_START, *(-n for n in FROM_THE_END)])
def test_a_store_cut_short_is_refused_and_left_alone(
    cut: int, finished_store: bytes, refuses: Refuses
) -> None:
    case = Case(SMOKE, (STORE, "--fresh"), stored(finished_store[:cut]))
    refuses(case)


CHANGES = {
    "garbage inside": (("damaged", "--fresh"), garbage_inside),
    "another Optuna": (
        ("another version of Optuna", "optuna storage upgrade"),
        sql(
            "UPDATE version_info SET schema_version = 99",
            "UPDATE alembic_version SET version_num = 'v9.9.9'",
        ),
    ),
    "attributes that are no JSON": (
        ("damaged", "--fresh"),
        sql("UPDATE trial_user_attributes SET value_json = '{\"role\": '"),
    ),
    "an older schema": (
        ("has schema 0", "this version reads 1", "pip install nasbench-mvit==0.0.7"),
        of_the_study(schema_version=0, versions={"nasbench_mvit": "0.0.7"}),
    ),
    "a later schema": (
        ("has schema 2", "this version reads 1", "pip install nasbench-mvit==3.1.4", "--run-dir"),
        of_the_study(schema_version=2, versions={"nasbench_mvit": "3.1.4"}, identity=None),
    ),
    "a schema in words": (
        ("has schema 'one'", "that wrote it"),
        of_the_study(schema_version="one"),
    ),
    "a trial of an older schema": (("trial 0", "has schema 0"), of_a_trial(schema_version=0)),
    "a trial of a later schema": (("trial 0", "has schema 2"), of_a_trial(schema_version=2)),
    "a study that has lost itself": (("lost its configuration",), of_the_study(identity=None)),
    "another seed": (
        ("another seed (seed: 3 there, 0 now)", "--fresh"),
        attribute("study_user_attributes", lambda content: content["identity"].update(seed=3)),
    ),
    "a trial without its network": (("trial 0", "field 'spec'", "--fresh"), of_a_trial(spec={})),
    "a trial of no role": (("trial 0", "'role' must be"), of_a_trial(role="guest")),
    "a trial that repeats none": (("repeats trial 99", "--fresh"), of_a_trial(duplicate_of=99)),
    "a trial with more than it should": (
        ("trial 0", "unknown key 'mood'"),
        of_a_trial(mood="good"),
    ),
}
OTHERS = {
    "not a database": Case(SMOKE, ("not a database", "--fresh"), stored(b"x" * PAGE)),
    "a directory": Case(SMOKE, (STORE, "unable to open", "--storage"), directory_in_its_place),
    "another study": Case(
        SMOKE,
        ("holds the study other of another program", "--run-dir"),
        optuna_study("other", {}, trials=1),
    ),
    "not our study": Case(
        SMOKE, ("was not made by nasbench_mvit",), optuna_study("smoke", {}, trials=1)
    ),
    "not our attributes": Case(
        SMOKE, ("was not made by nasbench_mvit",), optuna_study("smoke", {"mine": 1})
    ),
    "our name, not our content": Case(
        SMOKE, ("was not made by nasbench_mvit",), optuna_study("smoke", {KEY: [1]})
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_store_is_refused_and_left_alone(
    name: str, finished_store: bytes, refuses: Refuses
) -> None:
    needles, change = CHANGES[name]
    refuses(Case(SMOKE, (STORE, *needles), both(stored(finished_store), change)))


@pytest.mark.parametrize("name", OTHERS)
def test_a_foreign_store_is_refused_and_left_alone(name: str, refuses: Refuses) -> None:
    refuses(OTHERS[name])


def test_a_store_that_another_program_holds(
    finished_store: bytes, refuses: Refuses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT_S", 0.1)
    stored(finished_store)(tmp_path)
    with held(tmp_path / STORE):
        refuses(Case(SMOKE, ("database is locked", "Another program locks it", "the same command")))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Let another process lock a database."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.kill()


def test_a_run_directory_that_another_command_holds(refuses: Refuses, tmp_path: Path) -> None:
    (tmp_path / "runs/smoke").mkdir(parents=True)
    with filelock.FileLock(tmp_path / "runs/smoke/lock"):
        refuses(Case(SMOKE, ("another command is running in runs/smoke", "--run-dir")))


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_what_a_dead_program_left_beside_the_store_does_no_harm(
    suffix: str,
    finished_store: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    stored(finished_store)(tmp_path)
    text_file(STORE + suffix, os.urandom(PAGE))(tmp_path)
    assert exit_code(SMOKE.split()) == 0
    assert "holds 7 finished networks" in capsys.readouterr().out


def test_a_study_cut_off_while_it_was_created_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    optuna_study("smoke", {})(tmp_path)
    assert exit_code([*SMOKE.split(), "--max-minutes", "0.0001"]) == 0
    assert b"identity" in contents(tmp_path)[tmp_path / STORE]
