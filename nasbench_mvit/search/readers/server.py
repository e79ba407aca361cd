"""ServerReader: reads a study from a database server, as ``StudyReader`` does from a file."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import optuna
from optuna.trial import FrozenTrial

from nasbench_mvit.errors import StoreError
from nasbench_mvit.io.validation import validate
from nasbench_mvit.search.finalists.store import FinalStore
from nasbench_mvit.search.readers.read_only import FileState, chosen
from nasbench_mvit.search.readers.sqlite import Reading
from nasbench_mvit.search.readers.sqlite_rows import TrialTimes
from nasbench_mvit.search.store.database import open_storage, storage_errors
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import State, StoredTrial
from nasbench_mvit.search.trials.schema import DAMAGED, LAST_KEY, STUDY, STUDY_KEY, upgraded

NANOSECONDS = 1_000_000_000


class ServerReader:
    """Reads one study of a server through Optuna, completely each time; it writes nothing."""

    def __init__(self, location: Location, study: str | None) -> None:
        """Look at ``study`` in the storage at ``location``; None stands for the only one there."""
        self._location = location
        self._study = study

    def read(self) -> Reading:
        """Return the present state of the study.

        Raises:
            StoreError: there is no such storage or study, or it cannot be read.
        """
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with storage_errors(self._location):
            storage = open_storage(self._location)
            studies = {study.study_name: study for study in storage.get_all_studies()}
            ours = sorted(name for name in studies if STUDY_KEY in studies[name].user_attrs)
            name = chosen(ours, self._study, self._location)
            attributes = studies[name].user_attrs
            snapshot = self._upgraded(name, attributes[STUDY_KEY])
            last = self._upgraded(name, attributes.get(LAST_KEY, attributes[STUDY_KEY]))
            study = optuna.load_study(study_name=name, storage=storage)
            times = _times(study.get_trials(deepcopy=False))
            with contextlib.closing(StudyStore(study, storage, self._location)) as store:
                trials = tuple(_trials(store))
                is_running = any(trial.state is State.RUNNING for trial in trials)
                return Reading(
                    study=name,
                    config=self._config(name, last),
                    snapshot=snapshot,
                    trials=trials,
                    times=times,
                    final=FinalStore(store).read(),
                    state=_state(times, may_be_at_work=is_running),
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


def _state(times: Mapping[int, TrialTimes], *, may_be_at_work: bool) -> FileState:
    """Return a file state made of the times and the number of trials.

    A server has no time of the last write, so progress within a trial is not detected.
    """
    moments = [moment for time in times.values() for moment in (time.started, time.ended) if moment]
    last = max((moment.timestamp() for moment in moments), default=0.0)
    ended = sum(time.ended is not None for time in times.values())
    return FileState(
        inode=0,
        size=len(times),
        modified_ns=int(last * NANOSECONDS),
        change_counter=ended,
        wal=(0, 0),
        may_be_at_work=may_be_at_work,
    )
