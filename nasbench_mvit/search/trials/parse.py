"""From the JSON that a store keeps to the records of this package, or what is wrong with it."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from nasbench_mvit.errors import SpecError, StoreError
from nasbench_mvit.search.store.optuna_schema import FAILED, RUNNING
from nasbench_mvit.search.trials.record import State, StoredTrial, TrialRecord
from nasbench_mvit.search.trials.schema import DAMAGED, upgraded

RecordT = TypeVar("RecordT", bound=BaseModel)


def stored_trial(
    number: int, optuna_state: str, data: object, *, location: object, snapshot: object
) -> StoredTrial:
    """Return a trial from its stored record.

    Args:
        number: the trial.
        optuna_state: name of its state to Optuna.
        data: the record as JSON gives it.
        location: the storage, for messages.
        snapshot: the study's, which names the version that wrote it.

    Raises:
        StoreError: the record is damaged or of another schema.
    """
    what = f"trial {number}"
    record = parsed(TrialRecord, data, what, location=location, snapshot=snapshot)
    try:
        record.network()
    except SpecError as error:
        raise damaged(what, location, f"field 'spec': {error}") from None
    return StoredTrial(number=number, state=_state(optuna_state, record), record=record)


def parsed(
    kind: type[RecordT], data: object, what: str, *, location: object, snapshot: object
) -> RecordT:
    """Return what an attribute holds.

    Args:
        kind: model with a schema version.
        data: the attribute as JSON gives it.
        what: whose it is, for messages.
        location: the storage, for messages.
        snapshot: the study's, which names the version that wrote it.

    Raises:
        StoreError: it is damaged or of another schema.
    """
    if not isinstance(data, dict) or "schema_version" not in data:
        raise damaged(what, location, "it has no schema_version")
    content = upgraded(kind.__name__, data, f"{what} in {location}", snapshot)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        problem = f"field '{field}': {first['msg']}" if field else first["msg"]
        raise damaged(what, location, problem) from None


def damaged(what: str, location: object, problem: str) -> StoreError:
    """Return the error for something stored that cannot be read."""
    return StoreError(f"{what} in {location} cannot be read: {problem.rstrip('.')}. {DAMAGED}")


def _state(optuna_state: str, record: TrialRecord) -> State:
    if optuna_state == RUNNING:
        return State.RUNNING
    if record.rejection is not None:
        return State.REJECTED
    if record.is_stopped:
        return State.STOPPED
    return State.FAILED if optuna_state == FAILED else State.COMPLETE
