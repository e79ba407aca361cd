"""StudyStore: the study in its Optuna storage, the only state of a search.

The objectives are (proxy top-1, maximised; latency in ms or peak memory in MB, minimised).
The other data of a trial are
a ``TrialRecord`` in one user attribute, so optuna-dashboard reads the same storage.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import optuna
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from nasbench_mvit.search.store.database import (
    reconnecting,
    retried,
    storage_errors,
    write_ahead_log,
)
from nasbench_mvit.search.store.history import TrialHistory
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.store.optuna_schema import trial_id_of
from nasbench_mvit.search.store.outside import Outside
from nasbench_mvit.search.store.rows import TrialRows
from nasbench_mvit.search.store.sampler_storage import SamplerStorage
from nasbench_mvit.search.store.shared_drivers import SharedDrivers, trials_of_living
from nasbench_mvit.search.store.single_driver import Drivers
from nasbench_mvit.search.trials.parse import damaged, is_ended_outside, stored_trial
from nasbench_mvit.search.trials.record import State, StoredTrial, TrialRecord
from nasbench_mvit.search.trials.schema import AT_WORK_KEY, STUDY_KEY


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
        self._sampler_storage = SamplerStorage(storage, TrialHistory(self._rows))  # type: ignore[abstract]
        self.study = optuna.load_study(study_name=name, storage=self._sampler_storage)
        self.location = location
        self.drivers = Drivers()
        if location.file is None and run_dir is not None:
            self.drivers = SharedDrivers(self._rows, run_dir)
        self._ids: dict[int, int] = {}  # ids of trials without an outcome, by number
        self.outside = Outside(self._rows, self._sampler_storage)
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

    def numbers_at_work(self) -> set[int] | None:
        """Return the trials of living drivers of a server; None where it knows no drivers."""
        return trials_of_living(self._rows)

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

    def begin(
        self,
        trial: optuna.Trial,
        record: TrialRecord,
        budget: int,
        excess: Mapping[str, float],
    ) -> int | None:
        """Store a new trial with its record; one that is rejected ends at once.

        Args:
            trial: the trial from ``study.ask``.
            record: its record.
            budget: number of networks that all drivers together may search.
            excess: the distances from the limits, as in ``complete``.

        Returns:
            Its number; None if another driver has begun that network or the last of the budget, or
            has taken the enqueued trial, and the trial is dropped.
        """
        draft = self._sampler_storage.take_draft(trial_id_of(trial))
        content = record.model_dump(mode="json")
        is_rejected = record.rejection is not None

        def step() -> tuple[int, int] | None:
            with self._rows.transaction(durable=False) as connection:
                if not is_rejected and not self.drivers.may_begin(connection, record, budget):
                    self.outside.refuse(connection, draft)
                    return None
                ids = self._rows.insert(connection, draft, content)
                if ids is not None and is_rejected:
                    self._rows.constrain(connection, ids[0], excess)
                    self._rows.end(connection, ids[0], TrialState.PRUNED)
                elif ids is not None:
                    self.drivers.claim(connection, record, ids)
            return ids

        ids = retried(step, done=lambda: self.drivers.own_claim(record.spec_id))
        if ids is None:
            return None
        if not is_rejected:
            self._ids[ids[1]] = ids[0]
        return ids[1]

    def drop(self, trial: optuna.Trial) -> None:
        """Drop a new trial without storing it."""
        draft = self._sampler_storage.take_draft(trial_id_of(trial))
        with self._rows.transaction() as connection:
            self.outside.refuse(connection, draft)

    def write(self, number: int, record: TrialRecord) -> None:
        """Replace the record of a trial that is still running."""
        self._change(number, record)

    def complete(
        self,
        number: int,
        record: TrialRecord,
        values: tuple[float, float],
        excess: Mapping[str, float],
    ) -> None:
        """Store a finished trial with its objectives.

        A network outside the space, as a baseline may be, has no parameters for a sampler: for
        Optuna it is a pruned trial, although its record is complete.

        Args:
            number: number of the trial.
            record: its record with the evaluations.
            values: its top-1 as a fraction, and its milliseconds as they count on the front.
            excess: for each limit the relative distance from it, positive where exceeded.
        """

        def end(connection: Connection, trial_id: int) -> None:
            if self._rows.has_params(connection, trial_id):
                self._rows.constrain(connection, trial_id, excess)
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
        self.outside.end_running()
        trials = self.trials()
        for trial in trials:
            if trial.state is State.FAILED and trial.number in self._ids:
                self._end_failed(self._ids.pop(trial.number), trial.record)
        return [t for t in trials if self.drivers.is_alone or t.state is not State.RUNNING]
