"""Reads the rows of a study from an open SQLite store, as text or parsed."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nasbench_mvit.errors import StoreError
from nasbench_mvit.io.validation import explain
from nasbench_mvit.search.readers.read_only import ReadError, Trouble
from nasbench_mvit.search.store import optuna_schema
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.schema import RECORD_KEY, STUDY, STUDY_KEY, upgraded


@dataclass(frozen=True)
class TrialTimes:
    """The start and the end of a trial, in the local time of the machine that ran it."""

    started: datetime
    ended: datetime | None


@dataclass(frozen=True)
class TrialRow:
    """A trial as Optuna's table has it; ``state`` is the name of Optuna's state."""

    trial_id: int
    number: int
    state: str
    times: TrialTimes


def check_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Check that a store has tables of the version that is read.

    Raises:
        ReadError: it has not.
    """
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not tables:
        raise ReadError(Trouble.EMPTY, f"{path} holds no tables yet. Wait a moment.")
    version = connection.execute(optuna_schema.READ_VERSION).fetchone()
    if version is None:
        raise ReadError(Trouble.EMPTY, f"{path} is still being created. Wait a moment.")
    if version[0] != optuna_schema.VERSION:
        raise ReadError(
            Trouble.OTHER_SCHEMA,
            f"{path} belongs to another version of Optuna: its tables have version {version[0]}, "
            f"supported is {optuna_schema.VERSION}. Upgrade a copy of it with `optuna storage "
            "upgrade`.",
        )


def has_trials(connection: sqlite3.Connection) -> bool:
    """Return whether any study of a store has a trial."""
    return bool(connection.execute(optuna_schema.COUNT_TRIALS).fetchone()[0])


def trial_rows(connection: sqlite3.Connection, study_id: int) -> Iterator[TrialRow]:
    """Yield the trials of a study that have begun."""
    for trial_id, number, state, started, ended in connection.execute(
        optuna_schema.READ_TRIALS, (study_id,)
    ):
        times = TrialTimes(
            started=datetime.fromisoformat(started),
            ended=datetime.fromisoformat(ended) if ended else None,
        )
        yield TrialRow(trial_id, number, state, times)


def records(connection: sqlite3.Connection, study_id: int, first: int) -> dict[int, str]:
    """Return the records of the trials from the id ``first`` on, as text, by trial id."""
    rows = connection.execute(optuna_schema.READ_RECORDS, (study_id, RECORD_KEY, first))
    return dict(rows.fetchall())


def attributes(connection: sqlite3.Connection, study_id: int) -> dict[str, str]:
    """Return the attributes of a study other than its snapshot, as text, by key."""
    prefix = f"{STUDY_KEY}."
    rows = connection.execute(optuna_schema.READ_STUDY_ATTRIBUTES, (study_id, len(prefix), prefix))
    return dict(rows.fetchall())


def snapshot(text: str, what: str) -> dict[str, Any]:
    """Return the snapshot of ``what``, a study, from its text, in the present schema.

    Raises:
        ReadError: it is damaged, of a later schema, or of something else.
    """
    try:
        snapshot = json.loads(text)
    except json.JSONDecodeError as error:
        raise ReadError(Trouble.DAMAGED, f"{what} is damaged: {error}.") from None
    if not isinstance(snapshot, dict) or "schema_version" not in snapshot:
        raise ReadError(Trouble.FOREIGN, f"{what} was not made by nasbench_mvit.")
    try:
        return upgraded(STUDY, snapshot, what, snapshot)
    except StoreError as error:
        raise ReadError(Trouble.OTHER_SCHEMA, str(error)) from None


def config(snapshot: Mapping[str, Any], what: str) -> StudyConfig:
    """Return the configuration in the snapshot of ``what``, a study.

    Raises:
        ReadError: it is missing or not valid.
    """
    content = snapshot.get("config")
    try:
        return StudyConfig.model_validate(content)
    except ValidationError as error:
        problem = explain(error, content, StudyConfig)
        raise ReadError(Trouble.DAMAGED, f"{what} has lost its configuration: {problem}") from None
