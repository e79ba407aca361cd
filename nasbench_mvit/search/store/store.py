"""StudyStore: the study in its Optuna storage, the one place that holds the truth.

Objectives are (proxy top-1, maximised; latency in ms, minimised). Everything else of a trial is a
``TrialRecord`` in one user attribute, so optuna-dashboard reads the same storage.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import Connection

from nasbench_mvit.errors import StoreError, listed
from nasbench_mvit.search.store.database import (
    opened,
    quick_commits,
    reconnecting,
    retried,
    storage_errors,
)
from nasbench_mvit.search.store.drivers import Drivers, SoleDriver
from nasbench_mvit.search.store.history import History
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.new_study import create_study
from nasbench_mvit.search.store.optuna_schema import trial_id_of
from nasbench_mvit.search.store.rows import TrialRows
from nasbench_mvit.search.store.sampler_storage import SamplerStorage
from nasbench_mvit.search.store.shared_drivers import SharedDrivers
from nasbench_mvit.search.trials.parse import damaged, stored_trial
from nasbench_mvit.search.trials.record import State, StoredTrial, TrialRecord
from nasbench_mvit.search.trials.schema import STUDY_KEY
from nasbench_mvit.search.trials.snapshot import check_same


class StudyStore:
    """One study in a storage."""

    def __init__(
        self,
        study: optuna.Study,
        storage: RDBStorage,
        location: Location,
        run_dir: Path | None = None,
    ) -> None:
        """Use an opened study; ``open_store`` makes one.

        Args:
            study: as Optuna loads it.
            storage: what holds it.
            location: where that is, for messages.
            run_dir: of the driver that works with it; None for whoever only reads.
        """
        name = study.study_name
        self._rows = TrialRows(storage.engine, storage.get_study_id_from_name(name))
        self._sampled = SamplerStorage(storage, History(self._rows))
        self.study = optuna.load_study(study_name=name, storage=self._sampled)
        self.location = location
        self.drivers: Drivers = SoleDriver()
        if location.file is None and run_dir is not None:
            self.drivers = SharedDrivers(self._rows, run_dir)
        self._ids: dict[int, int] = {}  # of running trials, by number
        self._snapshot = study.user_attrs.get(STUDY_KEY)

    def close(self) -> None:
        """Close the connections; the next use makes new ones."""
        self._rows.engine.dispose()

    def trials(self) -> list[StoredTrial]:
        """Return all trials that have a record, by number.

        Raises:
            StoreError: the storage fails, or a record is damaged or of another schema.
        """
        trials = self._read()
        numbers = {trial.number for trial in trials}
        for trial in trials:
            original = trial.record.duplicate_of
            if original is not None and original not in numbers:
                problem = f"it repeats trial {original}, which is missing"
                raise damaged(f"trial {trial.number}", self.location, problem)
        return trials

    def trial(self, number: int) -> StoredTrial:
        """Return one trial."""
        (found,) = self._read([number])
        return found

    def _read(self, numbers: Sequence[int] | None = None) -> list[StoredTrial]:
        with storage_errors(self.location):
            rows = self._rows.records(numbers)
        found = []
        for row in rows:
            trial = stored_trial(
                row.number,
                row.state,
                row.record,
                location=self.location,
                snapshot=self._snapshot,
            )
            if trial.state is State.RUNNING:
                self._ids[row.number] = row.trial_id
            found.append(trial)
        return found

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Write many trials inside: quickly, and as a driver that others see."""
        engine = self._rows.engine
        with quick_commits(engine), reconnecting(engine), self.drivers.at_work():
            yield

    def begin(self, trial: optuna.Trial, record: TrialRecord, budget: int) -> int | None:
        """Store a trial that was asked for, with its network.

        Args:
            trial: as ``study.ask`` gave it.
            record: its network.
            budget: networks that all drivers together may search.

        Returns:
            Its number; None if another driver has begun that network or the last of the budget,
            and the trial is dropped.
        """
        draft = self._sampled.take_draft(trial_id_of(trial))
        content = record.model_dump(mode="json")

        def step() -> tuple[int, int] | None:
            with self._rows.transaction(durable=False) as connection:
                if not self.drivers.may_begin(connection, record, budget):
                    return None
                ids = self._rows.insert(connection, draft, content)
                self.drivers.claim(connection, record, ids)
            return ids

        ids = retried(step, done=lambda: self.drivers.own_claim(record.spec_id))
        if ids is None:
            return None
        self._ids[ids[1]] = ids[0]
        return ids[1]

    def drop(self, trial: optuna.Trial) -> None:
        """Forget a trial that was asked for."""
        self._sampled.take_draft(trial_id_of(trial))

    def write(self, number: int, record: TrialRecord) -> None:
        """Replace the record of a trial that is still running."""
        self._change(number, record)

    def complete(
        self, number: int, record: TrialRecord, top1: float, excess: Mapping[str, float]
    ) -> None:
        """Store a finished network with its objectives.

        A network that is no member of the space, as a baseline may be, has no parameters that a
        sampler could learn from: to Optuna it is a pruned trial, its record is complete.

        Args:
            number: the trial.
            record: with its evaluations.
            top1: as a fraction.
            excess: for each limit the relative distance from it, positive where broken.
        """

        def end(connection: Connection, trial_id: int) -> None:
            if self._rows.has_params(connection, trial_id):
                self._rows.constrain(connection, trial_id, excess)
                values = (top1, record.latency.ms)
                self._rows.end(connection, trial_id, TrialState.COMPLETE, values)
            else:
                self._rows.end(connection, trial_id, TrialState.PRUNED)

        self._change(number, record, end)

    def prune(self, number: int, record: TrialRecord, excess: Mapping[str, float]) -> None:
        """Store a network that was rejected before its training or stopped in it.

        To Optuna both are pruned, without objectives: the accuracy of a part of a training never
        reaches a sampler, and TPE counts the network among those not worth to be like.

        Args:
            number: the trial.
            record: with its ``rejection``, or ``judged`` as stopped.
            excess: as of ``complete``.
        """

        def end(connection: Connection, trial_id: int) -> None:
            self._rows.constrain(connection, trial_id, excess)
            self._rows.end(connection, trial_id, TrialState.PRUNED)

        self._change(number, record, end)

    def reject_asked(
        self, trial: optuna.Trial, record: TrialRecord, excess: Mapping[str, float]
    ) -> int:
        """Store a trial that was asked for and breaks a limit; return its number."""
        draft = self._sampled.take_draft(trial_id_of(trial))
        content = record.model_dump(mode="json")

        def step() -> int:
            with self._rows.transaction(durable=False) as connection:
                trial_id, number = self._rows.insert(connection, draft, content)
                self._rows.constrain(connection, trial_id, excess)
                self._rows.end(connection, trial_id, TrialState.PRUNED)
            return number

        return retried(step)

    def fail(self, number: int, record: TrialRecord) -> None:
        """Store a network whose training failed, with the reason in ``record.failure``."""

        def end(connection: Connection, trial_id: int) -> None:
            self._rows.end(connection, trial_id, TrialState.FAIL)
            if not record.failure_is_final:
                self.drivers.release(connection, trial_id)

        self._change(number, record, end)

    def _change(
        self,
        number: int,
        record: TrialRecord,
        end: Callable[[Connection, int], None] | None = None,
    ) -> None:
        """Replace the record of a running trial and, where given, end it.

        Raises:
            TakenOverError: the trial is another driver's now; nothing was written.
        """
        trial_id = self._ids[number]
        content = record.model_dump(mode="json")

        def step() -> None:
            with self._rows.transaction() as connection:
                self.drivers.check_own(connection, trial_id)
                self._rows.put_record(connection, trial_id, content)
                if end is not None:
                    end(connection, trial_id)

        retried(step)
        if end is not None:
            del self._ids[number]

    def take_over(self) -> StoredTrial | None:
        """Take a running trial over from a driver that is gone, if there is one."""
        number = retried(self.drivers.take_over)
        return None if number is None else self.trial(number)

    def resume(self) -> list[StoredTrial]:
        """Return the trials to go on from, those of other drivers that run left out.

        Trials that were asked for but hold no record, as Optuna's own ways leave them after a
        kill, fail.
        """
        with self._rows.transaction() as connection:
            for trial_id in self._rows.unrecorded(connection):
                self._rows.end(connection, trial_id, TrialState.FAIL)
        trials = self.trials()
        return [t for t in trials if self.drivers.is_alone or t.state is not State.RUNNING]


def open_store(
    location: Location, name: str, snapshot: Mapping[str, Any], run_dir: Path | None = None
) -> StudyStore:
    """Open the study ``name``, or create it with ``snapshot`` where it is not there yet.

    Args:
        location: the storage.
        name: name of the study.
        snapshot: kept with a new study; its ``identity`` must equal the stored one of an existing
            study in every field.
        run_dir: of the driver that is to work with it, which has locked that directory.

    Raises:
        StoreError: the storage cannot be opened, is no Optuna storage, or holds another study.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with storage_errors(location), opened(location) as storage:
        existing = {study.study_name for study in storage.get_all_studies()}
        if location.exclusive and existing - {name}:
            raise StoreError(
                f"{location} holds the study {listed(sorted(existing - {name}))}, not '{name}'. "
                "Choose another --run-dir."
            )
        study = create_study(storage, name, snapshot)
        store = StudyStore(study, storage, location, run_dir)
        check_same(study.user_attrs.get(STUDY_KEY), snapshot, name, location)
    return store
