"""What is used of Optuna's private schema is what the installed Optuna has.

When this fails after an upgrade of Optuna, ``search/store/optuna_schema.py`` is what has to change.
"""

import sqlite3
from pathlib import Path

import optuna
import pytest
import sqlalchemy
from optuna.storages import RDBStorage

from nasbench_mvit.search.store import optuna_schema

PACKAGE = Path(__file__).parents[2] / "nasbench_mvit"
PRIVATE = ("._trial_id", "optuna.storages._", "optuna.study._", "optuna.trial._")
ALONE = {PACKAGE / "search/store/optuna_schema.py", PACKAGE / "cost_aware/trials.py"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


@pytest.fixture
def storage(database: Path) -> RDBStorage:
    return RDBStorage(f"sqlite:///{database}")


def test_the_version_of_the_tables(storage: RDBStorage, database: Path) -> None:
    del storage  # which makes them
    with sqlite3.connect(database) as connection:
        (version,) = connection.execute(optuna_schema.READ_VERSION).fetchone()
    assert version == optuna_schema.VERSION


@pytest.mark.parametrize("table", optuna_schema.COLUMNS)
def test_the_columns_of_each_table(storage: RDBStorage, table: str) -> None:
    found = sqlalchemy.inspect(storage.engine).get_columns(table)
    assert {column["name"] for column in found} == set(optuna_schema.COLUMNS[table])
    assert set(optuna_schema.tables(storage.engine)[table].columns.keys()) == set(
        optuna_schema.COLUMNS[table]
    )


def test_what_optuna_writes_is_read(storage: RDBStorage, database: Path) -> None:
    study = optuna.create_study(storage=storage, study_name="a", directions=["maximize"] * 2)
    study.set_user_attr("ours.x", 1)
    trial = study.ask()
    trial.suggest_int("width", 1, 4)
    trial.set_user_attr("ours", {"a": 1})
    trial.set_constraint("latency", -0.5)
    study.tell(trial, (0.5, 2.0))
    failed = study.ask()
    study.tell(failed, state=optuna.trial.TrialState.FAIL)
    study.ask()

    with sqlite3.connect(database) as connection:
        (row,) = connection.execute(optuna_schema.READ_STUDIES, ("ours.x",)).fetchall()
        trials = connection.execute(optuna_schema.READ_TRIALS, (row[0],)).fetchall()
        records = connection.execute(optuna_schema.READ_RECORDS, (row[0], "ours", 0)).fetchall()
        attributes = connection.execute(
            optuna_schema.READ_STUDY_ATTRIBUTES, (row[0], 4, "ours")
        ).fetchall()
        kinds = connection.execute("SELECT DISTINCT value_type FROM trial_values").fetchall()
        keys = connection.execute("SELECT key FROM trial_system_attributes").fetchall()

    assert row[1:] == ("a", "1")
    assert [trial[1] for trial in trials] == [0, 1, 2]
    assert [trial[2] for trial in trials[1:]] == [optuna_schema.FAILED, optuna_schema.RUNNING]
    assert trials[0][0] == optuna_schema.trial_id_of(trial)
    assert records == [(trials[0][0], '{"a": 1}')]
    assert attributes == [("ours.x", "1")]
    assert kinds == [(optuna_schema.FINITE,)]
    assert (f"{optuna_schema.CONSTRAINT}latency",) in keys


def test_no_other_module_uses_what_is_private() -> None:
    users = {
        path
        for path in PACKAGE.rglob("*.py")
        if any(name in path.read_text(encoding="utf-8") for name in PRIVATE)
    }
    assert users == ALONE
