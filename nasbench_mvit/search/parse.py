"""From the JSON that a store keeps of a trial to a ``StoredTrial``, or what is wrong with it."""

from pydantic import ValidationError

from nasbench_mvit.errors import SpecError, StoreError
from nasbench_mvit.search.record import State, StoredTrial, TrialRecord
from nasbench_mvit.search.schema import DAMAGED, check_schema

RUNNING, FAILED = "RUNNING", "FAIL"  # as Optuna calls them


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
    if not isinstance(data, dict) or "schema_version" not in data:
        raise damaged(number, location, "it has no schema_version")
    check_schema(data["schema_version"], f"trial {number} in {location}", snapshot)
    try:
        record = TrialRecord.model_validate(data)
        record.network()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise damaged(number, location, f"field '{field}': {first['msg']}") from None
    except SpecError as error:
        raise damaged(number, location, f"field 'spec': {error}") from None
    return StoredTrial(number=number, state=_state(optuna_state, record), record=record)


def _state(optuna_state: str, record: TrialRecord) -> State:
    if optuna_state == RUNNING:
        return State.RUNNING
    if record.rejection is not None:
        return State.REJECTED
    return State.FAILED if optuna_state == FAILED else State.COMPLETE


def damaged(number: int, location: object, problem: str) -> StoreError:
    """Return the error for a trial whose record cannot be read."""
    return StoreError(
        f"trial {number} in {location} cannot be read: {problem.rstrip('.')}. {DAMAGED}"
    )
