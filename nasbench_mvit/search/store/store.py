"""StudyStore: the study in its Optuna storage, the only state of a search.

The objectives are (proxy top-1, maximised; latency in ms, minimised). The other data of a trial are
a ``TrialRecord`` in one user attribute, so optuna-dashboard reads the same storage.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from nasbench_mvit.errors import StoreError, listed
from nasbench_mvit.search.store.database import (
    opened,
    reconnecting,
    retried,
    storage_errors,
    write_ahead_log,
)
from nasbench_mvit.search.store.drivers import Drivers, SoleDriver
from nasbench_mvit.search.store.history import History
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.new_study import create_study
from nasbench_mvit.search.store.optuna_schema import trial_id_of
from nasbench_mvit.search.store.rows import ENQUEUED, TrialRows
from nasbench_mvit.search.store.sampler_storage import SamplerStorage
from nasbench_mvit.search.store.shared_drivers import SharedDrivers
from nasbench_mvit.search.trials.parse import damaged, is_ended_outside, stored_trial
from nasbench_mvit.search.trials.record import State, StoredTrial, TrialRecord
from nasbench_mvit.search.trials.schema import AT_WORK_KEY, STUDY_KEY
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
        """Use an opened study; ``open_store`` creates one.

        Args:
            study: the study as loaded by Optuna.
            storage: its storage.
            location: place of the storage, for messages.
            run_dir: run directory of the driver; None for a reader.
        """
        name = study.study_name
        self._rows = TrialRows(storage.engine, storage.get_study_id_from_name(name))
        self._sampler_storage = SamplerStorage(storage, History(self._rows))
        self.study = optuna.load_study(study_name=name, storage=self._sampler_storage)
        self.location = location
        self.drivers: Drivers = SoleDriver()
        if location.file is None and run_dir is not None:
            self.drivers = SharedDrivers(self._rows, run_dir)
        self._ids: dict[int, int] = {}  # ids of trials without an outcome, by number
        self._adopted: set[int] = set()  # ids of trials that other programs enqueued
        self._snapshot = study.user_attrs.get(STUDY_KEY)

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
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
            is_at_work = bool(self.study.user_attrs.get(AT_WORK_KEY, True))
        found = []
        for row in rows:
            trial = stored_trial(
                row.number,
                row.state,
                row.record,
                location=self.location,
                snapshot=self._snapshot,
                is_at_work=is_at_work,
            )
            if trial.state in {State.RUNNING, State.PAUSED} or is_ended_outside(trial, row.record):
                self._ids[row.number] = row.trial_id
            found.append(trial)
        return found

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Prepare the database for many writes inside, and register this driver.

        The study says meanwhile that a search is at work, so that trials still running afterwards,
        however it ends but for a kill, are known to be paused.
        """
        engine = self._rows.engine
        with write_ahead_log(engine), reconnecting(engine), self.drivers.at_work():
            self._say_at_work(is_at_work=True)
            try:
                yield
            finally:
                with contextlib.suppress(SQLAlchemyError):  # of a full disk, say
                    self._say_at_work(is_at_work=False)

    def _say_at_work(self, *, is_at_work: bool) -> None:
        with self._rows.transaction() as connection:
            if is_at_work or not self.drivers.others_present():
                self._rows.put_study_attribute(connection, AT_WORK_KEY, is_at_work)

    def begin(self, trial: optuna.Trial, record: TrialRecord, budget: int) -> int | None:
        """Store a new trial with its record.

        Args:
            trial: the trial from ``study.ask``.
            record: its record.
            budget: number of networks that all drivers together may search.

        Returns:
            Its number; None if another driver has begun that network or the last of the budget, or
            has taken the enqueued trial, and the trial is dropped.
        """
        draft = self._sampler_storage.take_draft(trial_id_of(trial))
        content = record.model_dump(mode="json")

        def step() -> tuple[int, int] | None:
            with self._rows.transaction(durable=False) as connection:
                if not self.drivers.may_begin(connection, record, budget):
                    self._refuse(connection, draft)
                    return None
                ids = self._rows.insert(connection, draft, content)
                if ids is not None:
                    self.drivers.claim(connection, record, ids)
            return ids

        ids = retried(step, done=lambda: self.drivers.own_claim(record.spec_id))
        if ids is None:
            return None
        self._ids[ids[1]] = ids[0]
        return ids[1]

    def drop(self, trial: optuna.Trial) -> None:
        """Drop a new trial without storing it."""
        draft = self._sampler_storage.take_draft(trial_id_of(trial))
        with self._rows.transaction() as connection:
            self._refuse(connection, draft)

    def _refuse(self, connection: Connection, draft: FrozenTrial) -> None:
        if (trial_id := draft.user_attrs.get(ENQUEUED)) is not None:
            self._rows.end(connection, trial_id, TrialState.FAIL)

    def adopt(self, problem_of: Callable[[Mapping[str, Any]], str | None]) -> str | None:
        """Queue the oldest network that another program enqueued, if there is one.

        Args:
            problem_of: returns why parameters name no network, None if they do.

        Returns:
            The reason why it was refused; its trial has failed. None if it was not.
        """
        found = self._rows.enqueued(self._adopted)
        if found is None:
            return None
        trial_id, params = found
        self._adopted.add(trial_id)
        if (problem := problem_of(params)) is None:
            self._sampler_storage.queue(trial_id, params)
            return None
        with self._rows.transaction() as connection:
            self._rows.end(connection, trial_id, TrialState.FAIL)
        return problem

    def left_out(self) -> Iterator[str]:
        """Yield, in words, what other programs put into the study and the search does not use."""
        with self._rows.engine.connect() as connection:
            added = self._rows.unrecorded(connection, TrialState.COMPLETE, TrialState.PRUNED)
            waiting = self._rows.unrecorded(connection, TrialState.WAITING)
        if added:
            yield (
                f"{len(added)} trials that another program added are left out, since this search "
                "has not evaluated them; enqueue_trial of Optuna has a network evaluated"
            )
        if waiting:
            yield (
                f"{len(waiting)} trials that another program enqueued still wait; a larger "
                "--trials has them evaluated"
            )

    def write(self, number: int, record: TrialRecord) -> None:
        """Replace the record of a trial that is still running."""
        self._change(number, record)

    def complete(
        self, number: int, record: TrialRecord, top1: float, excess: Mapping[str, float]
    ) -> None:
        """Store a finished trial with its objectives.

        A network outside the space, as a baseline may be, has no parameters for a sampler: for
        Optuna it is a pruned trial, although its record is complete.

        Args:
            number: number of the trial.
            record: its record with the evaluations.
            top1: its top-1 as a fraction.
            excess: for each limit the relative distance from it, positive where exceeded.
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
        """Store a trial that was rejected before its training or stopped during it.

        For Optuna both are pruned, without objectives: a sampler never sees the accuracy of a
        partial training, and TPE counts the network among the bad ones.

        Args:
            number: number of the trial.
            record: its record with ``rejection``, or with ``judged`` as stopped.
            excess: the distances from the limits, as in ``complete``.
        """

        def end(connection: Connection, trial_id: int) -> None:
            self._rows.constrain(connection, trial_id, excess)
            self._rows.end(connection, trial_id, TrialState.PRUNED)

        self._change(number, record, end)

    def reject_asked(
        self, trial: optuna.Trial, record: TrialRecord, excess: Mapping[str, float]
    ) -> int | None:
        """Store a new trial that breaks a limit; return its number, None if another driver has."""
        draft = self._sampler_storage.take_draft(trial_id_of(trial))
        content = record.model_dump(mode="json")

        def step() -> int | None:
            with self._rows.transaction(durable=False) as connection:
                if (ids := self._rows.insert(connection, draft, content)) is None:
                    return None
                trial_id, number = ids
                self._rows.constrain(connection, trial_id, excess)
                self._rows.end(connection, trial_id, TrialState.PRUNED)
            return number

        return retried(step)

    def _end_failed(self, trial_id: int, record: TrialRecord) -> None:
        with self._rows.transaction() as connection:
            self._rows.put_record(connection, trial_id, record.model_dump(mode="json"))
            self._rows.end(connection, trial_id, TrialState.FAIL)
            self.drivers.release(connection, trial_id)

    def fail(self, number: int, record: TrialRecord) -> None:
        """Store a trial whose training failed, with the reason in ``record.failure``."""

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
        """Replace the record of a running trial and, with ``end``, end the trial.

        Raises:
            TakenOverError: another driver has taken over the trial; nothing was written.
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
        """Take over a running trial of a dead driver, if there is one."""
        number = retried(self.drivers.take_over)
        return None if number is None else self.trial(number)

    def resume(self) -> list[StoredTrial]:
        """Return the trials to resume from, without those that other drivers are running.

        Running trials without a record, which Optuna's own calls leave after a kill, are ended as
        failed, and so are those that another program ended before their trainings were done.
        """
        with self._rows.transaction() as connection:
            for trial_id in self._rows.unrecorded(connection, TrialState.RUNNING):
                self._rows.end(connection, trial_id, TrialState.FAIL)
        trials = self.trials()
        for trial in trials:
            if trial.state is State.FAILED and trial.number in self._ids:
                self._end_failed(self._ids.pop(trial.number), trial.record)
        return [t for t in trials if self.drivers.is_alone or t.state is not State.RUNNING]


def open_store(
    location: Location, name: str, snapshot: Mapping[str, Any], run_dir: Path | None = None
) -> StudyStore:
    """Open the study ``name``, or create it with ``snapshot`` if it does not exist.

    Args:
        location: the storage.
        name: name of the study.
        snapshot: snapshot of a new study; its ``identity`` must equal that of an existing study in
            every field.
        run_dir: directory that the driver has locked; None for a reader.

    Raises:
        StoreError: the storage cannot be opened, is not an Optuna storage, or holds another study.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with storage_errors(location), opened(location) as storage:
        existing = {study.study_name for study in storage.get_all_studies()}
        if location.exclusive and existing and name not in existing:
            raise StoreError(
                f"{location} holds the study {listed(sorted(existing))}, not '{name}'. Go on with "
                "it by its name, or choose another --run-dir."
            )
        study = create_study(storage, name, snapshot)
        store = StudyStore(study, storage, location, run_dir)
        check_same(study.user_attrs.get(STUDY_KEY), snapshot, name, location)
    return store
