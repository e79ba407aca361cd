"""StudyReader: reads a study's SQLite store while a search writes it, and only the new trials.

``StudyStore`` is for writers. This reader uses SQLite directly instead of Optuna, whose storage
creates tables and takes seconds for thousands of trials.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.finalists.record import Final
from nasbench_mvit.search.finalists.stored import stored_final
from nasbench_mvit.search.readers.read_only import (
    FileState,
    ReadError,
    Trouble,
    chosen,
    file_state,
    open_readonly,
)
from nasbench_mvit.search.store import optuna_schema
from nasbench_mvit.search.store.optuna_schema import RUNNING
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.parse import OUTSIDE, stored_trial
from nasbench_mvit.search.trials.record import StoredTrial
from nasbench_mvit.search.trials.schema import AT_WORK_KEY, RECORD_KEY, STUDY, STUDY_KEY, upgraded
from nasbench_mvit.search.trials.snapshot import IMAGES_KEY


@dataclass(frozen=True)
class TrialTimes:
    """The start and the end of a trial, in the local time of the machine that ran it."""

    started: datetime
    ended: datetime | None


@dataclass(frozen=True)
class Reading:
    """A study at the time of reading.

    Attributes:
        study: name of the study.
        config: its configuration.
        snapshot: its snapshot.
        trials: the trials with a record, by number.
        times: start and end of each trial, by number.
        final: the finalists, None where none were requested.
        state: state of the file; equal states hold equal rows.
    """

    study: str
    config: StudyConfig
    snapshot: Mapping[str, Any]
    trials: tuple[StoredTrial, ...]
    times: Mapping[int, TrialTimes]
    final: Final | None
    state: FileState

    @property
    def images(self) -> str:
        """Fingerprint of the training images, empty where the snapshot has none."""
        identity = self.snapshot.get("identity")
        return str(identity.get(IMAGES_KEY)) if isinstance(identity, dict) else ""


@dataclass(frozen=True)
class _TrialRow:
    trial_id: int
    number: int
    state: str
    times: TrialTimes


class StudyReader:
    """Reads one study of a store repeatedly; ended trials are read once."""

    def __init__(self, path: Path, study: str | None = None) -> None:
        """Create a reader of ``study`` in the file ``path``; None stands for the only study."""
        self.path = path
        self._study = study
        self._ended: dict[int, StoredTrial] = {}  # trial id -> trial, which is final
        self._unrecorded: set[int] = set()  # ids of ended trials that other programs added
        self._last: Reading | None = None

    def read(self) -> Reading:
        """Return the present state of the study.

        Raises:
            ReadError: the store cannot be read now.
        """
        state = file_state(self.path)
        if self._last is not None and self._last.state == state:
            return self._last
        with open_readonly(self.path) as connection:
            _check_tables(connection, self.path)
            study_id, name, snapshot = self._find_study(connection)
            rows = list(_trial_rows(connection, study_id))
            if self._last is not None and state.inode != self._last.state.inode:
                self._ended.clear()  # the file was replaced
                self._unrecorded.clear()
            known = self._ended.keys() | self._unrecorded
            unknown = [row for row in rows if row.trial_id not in known]
            records = (
                _records(connection, study_id, min(r.trial_id for r in unknown)) if unknown else {}
            )
            attributes = _attributes(connection, study_id)
        config = _config(snapshot, f"the study '{name}' in {self.path}")
        is_at_work = attributes.pop(AT_WORK_KEY, "true") == "true"
        trials = tuple(self._parse(rows, records, snapshot, is_at_work=is_at_work))
        self._last = Reading(
            study=name,
            config=config,
            snapshot=snapshot,
            trials=trials,
            times={row.number: row.times for row in rows},
            final=self._final(attributes, trials, snapshot),
            state=state,
        )
        return self._last

    def _find_study(self, connection: sqlite3.Connection) -> tuple[int, str, dict[str, Any]]:
        found = connection.execute(optuna_schema.READ_STUDIES, (STUDY_KEY,)).fetchall()
        if self._study in {row[1] for row in found}:
            found = [row for row in found if row[1] == self._study]
        ours = [row for row in found if row[2] is not None]
        if not ours:
            if found and not _has_trials(connection):
                raise ReadError(
                    Trouble.EMPTY, f"{self.path} holds a study that has just begun. Wait a moment."
                )
            raise ReadError(
                Trouble.FOREIGN if found else Trouble.EMPTY,
                f"{self.path} holds no study of nasbench_mvit. Open the folder of a search.",
            )
        by_name = {row[1]: row for row in ours}
        study_id, name, text = by_name[chosen(list(by_name), self._study, self.path)]
        return study_id, name, _snapshot(text, f"the study '{name}' in {self.path}")

    def _parse(
        self,
        rows: list[_TrialRow],
        records: Mapping[int, str],
        snapshot: Mapping[str, Any],
        *,
        is_at_work: bool,
    ) -> Iterator[StoredTrial]:
        for row in sorted(rows, key=lambda row: row.number):
            if row.trial_id in self._ended:
                yield self._ended[row.trial_id]
            elif row.trial_id in records:
                text = records[row.trial_id]
                trial = self._trial(row, text, snapshot, is_at_work=is_at_work)
                if row.state != RUNNING and trial.record.failure != OUTSIDE:
                    self._ended[row.trial_id] = trial  # otherwise its search may still end it
                yield trial
            elif row.state != RUNNING:
                self._unrecorded.add(row.trial_id)

    def _trial(
        self, row: _TrialRow, text: str, snapshot: Mapping[str, Any], *, is_at_work: bool
    ) -> StoredTrial:
        try:
            return stored_trial(
                row.number,
                row.state,
                json.loads(text),
                location=self.path,
                snapshot=snapshot,
                is_at_work=is_at_work,
            )
        except json.JSONDecodeError as error:
            message = f"trial {row.number} in {self.path} is damaged: {error}."
            raise ReadError(Trouble.DAMAGED, message) from None
        except StoreError as error:
            raise _of_record(error) from None

    def _final(
        self,
        attributes: Mapping[str, str],
        trials: tuple[StoredTrial, ...],
        snapshot: Mapping[str, Any],
    ) -> Final | None:
        try:
            return stored_final(
                {key: json.loads(text) for key, text in attributes.items()},
                {trial.number for trial in trials},
                location=self.path,
                snapshot=snapshot,
            )
        except json.JSONDecodeError as error:
            message = f"the finalists in {self.path} are damaged: {error}."
            raise ReadError(Trouble.DAMAGED, message) from None
        except StoreError as error:
            raise _of_record(error) from None


def _of_record(error: StoreError) -> ReadError:
    is_other = "has schema" in str(error)
    return ReadError(Trouble.OTHER_SCHEMA if is_other else Trouble.DAMAGED, str(error))


def _check_tables(connection: sqlite3.Connection, path: Path) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not tables:
        raise ReadError(Trouble.EMPTY, f"{path} holds no tables yet. Wait a moment.")
    version = connection.execute(optuna_schema.READ_VERSION).fetchone()
    if version is None:
        raise ReadError(Trouble.EMPTY, f"{path} is being made. Wait a moment.")
    if version[0] != optuna_schema.VERSION:
        raise ReadError(
            Trouble.OTHER_SCHEMA,
            f"{path} belongs to another version of Optuna: its tables have version {version[0]}, "
            f"supported is {optuna_schema.VERSION}. Upgrade a copy of it with `optuna storage "
            "upgrade`.",
        )


def _has_trials(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute(optuna_schema.COUNT_TRIALS).fetchone()[0])


def _trial_rows(connection: sqlite3.Connection, study_id: int) -> Iterator[_TrialRow]:
    for trial_id, number, state, started, ended in connection.execute(
        optuna_schema.READ_TRIALS, (study_id,)
    ):
        times = TrialTimes(
            started=datetime.fromisoformat(started),
            ended=datetime.fromisoformat(ended) if ended else None,
        )
        yield _TrialRow(trial_id, number, state, times)


def _records(connection: sqlite3.Connection, study_id: int, first: int) -> dict[int, str]:
    """Return the records of the trials from the id ``first`` on, as text, by trial id."""
    rows = connection.execute(optuna_schema.READ_RECORDS, (study_id, RECORD_KEY, first))
    return dict(rows.fetchall())


def _attributes(connection: sqlite3.Connection, study_id: int) -> dict[str, str]:
    """Return the attributes of a study other than its snapshot, as text, by key."""
    prefix = f"{STUDY_KEY}."
    rows = connection.execute(optuna_schema.READ_STUDY_ATTRIBUTES, (study_id, len(prefix), prefix))
    return dict(rows.fetchall())


def _snapshot(text: str, what: str) -> dict[str, Any]:
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


def _config(snapshot: Mapping[str, Any], what: str) -> StudyConfig:
    try:
        return StudyConfig.model_validate(snapshot.get("config"))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ReadError(
            Trouble.DAMAGED, f"{what} has lost its configuration (field '{field}': {first['msg']})."
        ) from None
