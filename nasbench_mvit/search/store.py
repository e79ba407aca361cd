"""StudyStore: the study in its Optuna storage, the one place that holds the truth.

Objectives are (proxy top-1, maximised; latency in ms, minimised). Everything else of a trial is a
``TrialRecord`` in one user attribute, so optuna-dashboard reads the same storage.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import optuna
import sqlalchemy
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from nasbench_mvit.errors import StoreError, listed
from nasbench_mvit.search.database import (
    LOCK_TIMEOUT_S,
    check_sqlite_file,
    failure,
    storage_errors,
)
from nasbench_mvit.search.location import Location
from nasbench_mvit.search.parse import damaged, stored_trial
from nasbench_mvit.search.record import StoredTrial, TrialRecord
from nasbench_mvit.search.schema import DAMAGED, RECORD_KEY, STUDY_KEY, check_schema

DIRECTIONS = (StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE)
OBJECTIVES = ("proxy_top1", "latency_ms")

_KNOWN_STATES = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING)


class StudyStore:
    """One study in a storage."""

    def __init__(self, study: optuna.Study, storage: RDBStorage, location: Location) -> None:
        """Use an opened study; ``open_store`` makes one."""
        self.study = study
        self.location = location
        self._storage = storage
        self._snapshot = study.user_attrs.get(STUDY_KEY)

    def trials(self) -> list[StoredTrial]:
        """Return all trials that have a record, by number.

        Raises:
            StoreError: the storage fails, or a record is damaged or of another schema.
        """
        with storage_errors(self.location):
            frozen = self.study.get_trials(deepcopy=False, states=_KNOWN_STATES)
        trials = [self._read(trial) for trial in frozen if RECORD_KEY in trial.user_attrs]
        numbers = {trial.number for trial in trials}
        for trial in trials:
            original = trial.record.duplicate_of
            if original is not None and original not in numbers:
                problem = f"it repeats trial {original}, which is missing"
                raise damaged(f"trial {trial.number}", self.location, problem)
        return trials

    def _read(self, trial: FrozenTrial) -> StoredTrial:
        return stored_trial(
            trial.number,
            trial.state.name,
            trial.user_attrs[RECORD_KEY],
            location=self.location,
            snapshot=self._snapshot,
        )

    def write(self, number: int, record: TrialRecord) -> None:
        """Replace the record of a trial that is still running."""
        self._storage.set_trial_user_attr(
            self._trial_id(number), RECORD_KEY, record.model_dump(mode="json")
        )

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
        self.write(number, record)
        if self._frozen(number).params:
            self._constrain(number, excess)
            self.study.tell(number, [top1, record.latency.ms])
        else:
            self.study.tell(number, state=TrialState.PRUNED)

    def prune(self, number: int, record: TrialRecord, excess: Mapping[str, float]) -> None:
        """Store a network that was rejected before its training or stopped in it.

        To Optuna both are pruned, without objectives: the accuracy of a part of a training never
        reaches a sampler, and TPE counts the network among those not worth to be like.

        Args:
            number: the trial.
            record: with its ``rejection``, or ``judged`` as stopped.
            excess: as of ``complete``.
        """
        self.write(number, record)
        self._constrain(number, excess)
        self.study.tell(number, state=TrialState.PRUNED)

    def fail(self, number: int, record: TrialRecord) -> None:
        """Store a network whose training failed, with the reason in ``record.failure``."""
        self.write(number, record)
        self.study.tell(number, state=TrialState.FAIL)

    def drop_unrecorded(self) -> None:
        """Fail the trials that were asked for but hold no record, as after a kill in between."""
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if RECORD_KEY not in trial.user_attrs:
                self.study.tell(trial.number, state=TrialState.FAIL)

    def _constrain(self, number: int, excess: Mapping[str, float]) -> None:
        """Tell the sampler which limits a network breaks, and by how much."""
        trial = optuna.trial.Trial(self.study, self._trial_id(number))
        known = self._frozen(number).constraints  # set already if a kill fell before the telling
        for name in excess.keys() - known.keys():
            trial.set_constraint(name, excess[name])

    def _frozen(self, number: int) -> FrozenTrial:
        return self._storage.get_trial(self._trial_id(number))

    def _trial_id(self, number: int) -> int:
        study_id = self._storage.get_study_id_from_name(self.study.study_name)
        return self._storage.get_trial_id_from_study_id_trial_number(study_id, number)


def open_store(location: Location, name: str, snapshot: Mapping[str, Any]) -> StudyStore:
    """Open the study ``name``, or create it with ``snapshot`` where it is not there yet.

    Args:
        location: the storage.
        name: name of the study.
        snapshot: kept with a new study; its ``identity`` must equal the stored one of an existing
            study in every field.

    Raises:
        StoreError: the storage cannot be opened, is no Optuna storage, or holds another study.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with storage_errors(location):
        storage = open_storage(location)
        existing = {study.study_name for study in storage.get_all_studies()}
        if location.exclusive and existing - {name}:
            raise StoreError(
                f"{location} holds the study {listed(sorted(existing - {name}))}, not '{name}'. "
                "Choose another --run-dir."
            )
        study = optuna.create_study(
            storage=storage, study_name=name, directions=DIRECTIONS, load_if_exists=True
        )
        if _is_blank(study):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                study.set_metric_names(list(OBJECTIVES))
            study.set_user_attr(STUDY_KEY, dict(snapshot))
        store = StudyStore(study, storage, location)
        _check_same(store, name, snapshot)
    return store


def _is_blank(study: optuna.Study) -> bool:
    """Say whether a study was just created, now or by a command that was cut off right then."""
    return (
        not study.user_attrs
        and tuple(study.directions) == DIRECTIONS
        and not study.get_trials(deepcopy=False)
    )


def open_storage(location: Location) -> RDBStorage:
    """Return the storage at a location, made where there is none.

    Raises:
        StoreError: it cannot be opened, or is no Optuna storage of this version.
    """
    try:
        if location.file is not None:
            check_sqlite_file(location.file, location)
        connect = {} if location.file is None else {"timeout": LOCK_TIMEOUT_S}
        return RDBStorage(location.url, engine_kwargs={"connect_args": connect})
    except (sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        raise StoreError(
            f"the storage {location} cannot be opened: {' '.join(str(error).split())}. Install "
            "the driver of that database, or name another storage."
        ) from None
    except (sqlalchemy.exc.SQLAlchemyError, TypeError) as error:
        raise StoreError(failure(location, error)) from None
    except RuntimeError as error:
        raise StoreError(
            f"the storage {location} belongs to another version of Optuna: {error} "
            "Upgrade it with `optuna storage upgrade`, or name another with --storage."
        ) from None


def _check_same(store: StudyStore, name: str, snapshot: Mapping[str, Any]) -> None:
    stored = store.study.user_attrs.get(STUDY_KEY)
    if not isinstance(stored, dict) or "schema_version" not in stored:
        raise StoreError(
            f"the study '{name}' in {store.location} was not made by nasbench_mvit. "
            "Name another storage with --storage, or another folder with --run-dir."
        )
    check_schema(stored["schema_version"], f"the study '{name}' in {store.location}", stored)
    before, now = stored.get("identity"), snapshot["identity"]
    if not isinstance(before, dict):
        raise StoreError(
            f"the study '{name}' in {store.location} has lost its configuration. {DAMAGED}"
        )
    differing = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
    if differing:
        key = differing[0]
        raise StoreError(
            f"{store.location} was started with another {listed(differing)} "
            f"({key}: {before.get(key)!r} there, {now.get(key)!r} now), and the two cannot be "
            "compared. Put it back to go on, add --fresh to set the old run aside and start anew, "
            "or choose another --run-dir."
        )
