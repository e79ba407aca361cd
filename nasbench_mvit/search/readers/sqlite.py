"""StudyReader: reads a study's SQLite store while a search writes it, and only the new trials.

``StudyStore`` is for writers. This reader uses SQLite directly instead of Optuna, whose storage
creates tables and takes seconds for thousands of trials.
"""

import functools
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.finalists.record import Final
from nasbench_mvit.search.finalists.stored import stored_final
from nasbench_mvit.search.readers import sqlite_rows as rows_of
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
from nasbench_mvit.search.trials.schema import AT_WORK_KEY, LAST_KEY, STUDY_KEY
from nasbench_mvit.search.trials.snapshot import IMAGES_KEY


@dataclass(frozen=True)
class Reading:
    """A study at the time of reading.

    Attributes:
        study: name of the study.
        config: its configuration, as its last run had it.
        snapshot: the snapshot of its first run.
        trials: the trials with a record, by number.
        times: start and end of each trial, by number.
        final: the finalists, None where none were requested.
        state: state of the file; equal states hold equal rows.
    """

    study: str
    config: StudyConfig
    snapshot: Mapping[str, Any]
    trials: tuple[StoredTrial, ...]
    times: Mapping[int, rows_of.TrialTimes]
    final: Final | None
    state: FileState

    @property
    def images(self) -> str:
        """Fingerprint of the training images, empty where the snapshot has none."""
        identity = self.snapshot.get("identity")
        return str(identity.get(IMAGES_KEY)) if isinstance(identity, dict) else ""


class StudyReader:
    """Reads one study of a store repeatedly; ended trials are read once."""

    def __init__(self, path: Path, study: str | None = None) -> None:
        """Create a reader of ``study`` in the file ``path``; None stands for the only study."""
        self.path = path
        self._study = study
        self._ended: dict[int, StoredTrial] = {}  # trial id -> trial, which is final
        self._unrecorded: set[int] = set()  # ids of ended trials that other programs added
        self._last: Reading | None = None

    def state(self) -> FileState:
        """Return a value that changes when the store does.

        Raises:
            ReadError: there is no such file, or it is not a store.
        """
        return file_state(self.path)

    def read(self) -> Reading:
        """Return the present state of the study.

        Raises:
            ReadError: the store cannot be read now.
        """
        state = self.state()
        if self._last is not None and self._last.state == state:
            return self._last
        with open_readonly(self.path) as connection:
            rows_of.check_tables(connection, self.path)
            study_id, name, snapshot = self._find_study(connection)
            rows = list(rows_of.trial_rows(connection, study_id))
            if self._last is not None and state.inode != self._last.state.inode:
                self._ended.clear()  # the file was replaced
                self._unrecorded.clear()
            known = self._ended.keys() | self._unrecorded
            unknown = [row for row in rows if row.trial_id not in known]
            records = (
                rows_of.records(connection, study_id, min(r.trial_id for r in unknown))
                if unknown
                else {}
            )
            attributes = rows_of.attributes(connection, study_id)
        what = f"the study '{name}' in {self.path}"
        last = attributes.pop(LAST_KEY, None)
        config = rows_of.config(snapshot if last is None else rows_of.snapshot(last, what), what)
        says_at_work = attributes.pop(AT_WORK_KEY, "true") == "true"  # still so after a kill
        is_at_work = says_at_work and state.may_be_at_work
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
        ours, has_others = _studies(connection)
        if not ours:
            if has_others and not rows_of.has_trials(connection):
                raise ReadError(
                    Trouble.EMPTY, f"{self.path} holds a study that has just begun. Wait a moment."
                )
            raise ReadError(
                Trouble.FOREIGN if has_others else Trouble.EMPTY,
                f"{self.path} holds no study of nasbench_mvit. Open the folder of a search.",
            )
        name = chosen(list(ours), self._study, self.path)
        study_id, text = ours[name]
        return study_id, name, rows_of.snapshot(text, f"the study '{name}' in {self.path}")

    def _parse(
        self,
        rows: list[rows_of.TrialRow],
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
        self, row: rows_of.TrialRow, text: str, snapshot: Mapping[str, Any], *, is_at_work: bool
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


def study_names(path: Path) -> list[str]:
    """Return the names of the studies in a store, the oldest first; none if it cannot be read now.

    Those of other programs are left out.
    """
    try:
        return list(_study_names(path, file_state(path)))
    except ReadError:
        return []


@functools.lru_cache(maxsize=256)
def _study_names(path: Path, _state: FileState) -> tuple[str, ...]:
    with open_readonly(path) as connection:
        rows_of.check_tables(connection, path)
        return tuple(_studies(connection)[0])


def _studies(connection: sqlite3.Connection) -> tuple[dict[str, tuple[int, str]], bool]:
    """Return id and snapshot of each study of ours by its name, and whether there are others."""
    found = connection.execute(optuna_schema.READ_STUDIES, (STUDY_KEY,)).fetchall()
    ours = {name: (number, text) for number, name, text in found if text is not None}
    return ours, len(ours) < len(found)


def _of_record(error: StoreError) -> ReadError:
    is_other = "has schema" in str(error)
    return ReadError(Trouble.OTHER_SCHEMA if is_other else Trouble.DAMAGED, str(error))
