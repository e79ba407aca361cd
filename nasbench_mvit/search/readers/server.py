"""ServerReader: reads a study from a database server, as ``StudyReader`` does from a file."""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial

from nasbench_mvit.errors import StoreError
from nasbench_mvit.io.validation import validate
from nasbench_mvit.search.finalists.store import FinalStore
from nasbench_mvit.search.readers.missing_study import not_the_one
from nasbench_mvit.search.readers.read_only import FileState, ReadError, Trouble, chosen
from nasbench_mvit.search.readers.server_state import state_of
from nasbench_mvit.search.readers.sqlite import Reading
from nasbench_mvit.search.readers.sqlite_rows import TrialTimes
from nasbench_mvit.search.store.database import (
    closing_connections,
    has_tables,
    open_storage,
    storage_errors,
)
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.rows import TrialRows
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import State, StoredTrial
from nasbench_mvit.search.trials.schema import DAMAGED, LAST_KEY, STUDY, STUDY_KEY, upgraded


class ServerReader:
    """Reads one study of a server through Optuna, anew where it has changed; it writes nothing."""

    def __init__(self, location: Location, study: str | None) -> None:
        """Look at ``study`` in the storage at ``location``; None stands for the only one there."""
        self._location = location
        self._study = study
        self._last: Reading | None = None

    def state(self) -> FileState:
        """Return a value that changes when the study does.

        Raises:
            ReadError: there is no such storage or study, or it cannot be read.
        """
        with _reading(self._location) as storage:
            return _state(storage, self._name(storage))

    def read(self) -> Reading:
        """Return the present state of the study, the same object where nothing has changed.

        Raises:
            ReadError: there is no such storage or study, or it cannot be read.
        """
        with _reading(self._location) as storage:
            name = self._name(storage)
            state = _state(storage, name)
            if self._last is None or self._last.state != state:
                self._last = self._read(storage, name, state)
            return self._last

    def _name(self, storage: RDBStorage) -> str:
        return chosen(_ours(storage), self._study, self._location)

    def _read(self, storage: RDBStorage, name: str, state: FileState) -> Reading:
        study = optuna.load_study(study_name=name, storage=storage)
        attributes = study.user_attrs
        snapshot = self._upgraded(name, attributes[STUDY_KEY])
        last = self._upgraded(name, attributes.get(LAST_KEY, attributes[STUDY_KEY]))
        store = StudyStore(study, storage, self._location)
        return Reading(
            study=name,
            config=self._config(name, last),
            snapshot=snapshot,
            trials=tuple(_trials(store)),
            times=_times(study.get_trials(deepcopy=False)),
            final=FinalStore(store).read(),
            state=state,
        )

    def _upgraded(self, name: str, snapshot: object) -> dict[str, Any]:
        if not isinstance(snapshot, dict) or "schema_version" not in snapshot:
            return {}
        return upgraded(STUDY, snapshot, f"the study '{name}' in {self._location}", snapshot)

    def _config(self, name: str, snapshot: Mapping[str, Any]) -> StudyConfig:
        config = snapshot.get("config")
        where = f"the configuration of study '{name}' in {self._location}"
        if not isinstance(config, dict):
            raise StoreError(f"{where} is missing. {DAMAGED}")
        return validate(config, StudyConfig, StoreError, where=where)


def server_studies(location: Location) -> list[str]:
    """Return the names of the studies on a server, those of other programs left out.

    Raises:
        ReadError: it cannot be read.
    """
    with _reading(location) as storage:
        return _ours(storage)


@contextmanager
def _reading(location: Location) -> Iterator[RDBStorage]:
    """Yield the storage, and close its connections; without Optuna's tables it has no study."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        storage = _storage(location)
        with storage_errors(location), closing_connections(storage.engine):
            yield storage
    except ReadError:
        raise
    except StoreError as error:
        raise ReadError(Trouble.SERVER, str(error)) from None


@functools.lru_cache(maxsize=16)
def _storage(location: Location) -> RDBStorage:
    """Open a storage once.

    Raises:
        ReadError: it has no tables; Optuna would make them.
    """
    if not has_tables(location):
        raise ReadError(Trouble.FOREIGN, not_the_one([], None, location))
    return open_storage(location, read_only=True)


def _ours(storage: RDBStorage) -> list[str]:
    studies = storage.get_all_studies()
    return sorted(study.study_name for study in studies if STUDY_KEY in study.user_attrs)


def _state(storage: RDBStorage, name: str) -> FileState:
    return state_of(TrialRows(storage.engine, storage.get_study_id_from_name(name)))


def _trials(store: StudyStore) -> Iterator[StoredTrial]:
    """Yield the trials of a study; those that run without a living driver are paused."""
    at_work = store.numbers_at_work()
    for trial in store.trials():
        is_left = at_work is not None and trial.number not in at_work
        is_paused = is_left and trial.state is State.RUNNING
        yield trial.model_copy(update={"state": State.PAUSED}) if is_paused else trial


def _times(trials: list[FrozenTrial]) -> dict[int, TrialTimes]:
    return {
        trial.number: TrialTimes(trial.datetime_start, trial.datetime_complete)
        for trial in trials
        if trial.datetime_start is not None
    }
