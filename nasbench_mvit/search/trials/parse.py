"""Parses the JSON of a store into records, with errors that name the damaged part."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from nasbench_mvit.errors import SpecError, StoreError
from nasbench_mvit.io.validation import explain
from nasbench_mvit.search.store.optuna_schema import FAILED, RUNNING
from nasbench_mvit.search.trials.record import State, StoredTrial, TrialRecord
from nasbench_mvit.search.trials.schema import DAMAGED, upgraded

OUTSIDE = "another program ended this trial before its trainings were done"
RecordT = TypeVar("RecordT", bound=BaseModel)


def stored_trial(
    number: int,
    optuna_state: str,
    data: object,
    *,
    location: object,
    snapshot: object,
    is_at_work: bool,
) -> StoredTrial:
    """Return a trial from its stored record.

    Args:
        number: number of the trial.
        optuna_state: name of its state in Optuna.
        data: the record as parsed JSON.
        location: the storage, for messages.
        snapshot: the snapshot of the study, which names the version that wrote it.
        is_at_work: whether a search of the study is at work, as far as its store says.

    Returns:
        The trial. One that another program told complete, pruned or failed has failed, ``OUTSIDE``,
        unless its record holds the outcome.

    Raises:
        StoreError: the record is damaged or of another schema.
    """
    what = f"trial {number}"
    record = parsed(TrialRecord, data, what, location=location, snapshot=snapshot)
    try:
        record.network()
    except SpecError as error:
        raise damaged(what, location, f"field 'spec': {error}") from None
    state = _state(optuna_state, record)
    if state is State.RUNNING and not is_at_work:
        state = State.PAUSED
    if state is State.FAILED and record.failure is None:
        record = record.changed(failure=OUTSIDE)
    return StoredTrial(number=number, state=state, record=record)


def is_ended_outside(trial: StoredTrial, data: Mapping[str, Any]) -> bool:
    """Return whether another program has ended a trial whose record, ``data``, has no outcome."""
    return trial.record.failure == OUTSIDE != data.get("failure")


def parsed(
    kind: type[RecordT], data: object, what: str, *, location: object, snapshot: object
) -> RecordT:
    """Return an attribute as a model.

    Args:
        kind: the model, with a schema version.
        data: the attribute as parsed JSON.
        what: name of the attribute, for messages.
        location: the storage, for messages.
        snapshot: the snapshot of the study, which names the version that wrote it.

    Raises:
        StoreError: the attribute is damaged or of another schema.
    """
    if not isinstance(data, dict) or "schema_version" not in data:
        raise damaged(what, location, "it has no schema_version")
    content = upgraded(kind.__name__, data, f"{what} in {location}", snapshot)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise damaged(what, location, explain(error, content, kind)) from None


def damaged(what: str, location: object, problem: str) -> StoreError:
    """Return the error for a stored item that cannot be read."""
    return StoreError(f"{what} in {location} cannot be read: {problem.rstrip('.')}. {DAMAGED}")


def _state(optuna_state: str, record: TrialRecord) -> State:
    if optuna_state == RUNNING:
        return State.RUNNING
    if record.rejection is not None:
        return State.REJECTED
    if record.is_stopped:
        return State.STOPPED
    is_answered = record.duplicate_of is not None or not record.missing_seeds()
    return State.COMPLETE if is_answered and optuna_state != FAILED else State.FAILED
