"""The private parts of Optuna that are used: the only module that depends on its version.

Optuna's own calls take several transactions for a trial: ``add_trial`` with 36 parameters
took 34 ms on a local disk where one transaction took 4 to 8, and a kill in between leaves a trial
without a record. So trials are written to Optuna's tables directly. A contract test compares this
module with the installed Optuna.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from optuna import Trial
    from sqlalchemy import Engine, Table

VERSION: Final = 12  # schema version of the tables
COLUMNS: Final = {
    "studies": ("study_id", "study_name"),
    "study_user_attributes": ("study_user_attribute_id", "study_id", "key", "value_json"),
    "trials": ("trial_id", "number", "study_id", "state", "datetime_start", "datetime_complete"),
    "trial_params": ("param_id", "trial_id", "param_name", "param_value", "distribution_json"),
    "trial_values": ("trial_value_id", "trial_id", "objective", "value", "value_type"),
    "trial_user_attributes": ("trial_user_attribute_id", "trial_id", "key", "value_json"),
    "trial_system_attributes": ("trial_system_attribute_id", "trial_id", "key", "value_json"),
}
CONSTRAINT: Final = "constraints:"  # prefix of the system attributes that hold constraints
FIXED_PARAMS: Final = "fixed_params"  # the system attribute of what ``enqueue_trial`` was given
FINITE: Final = "FINITE"  # type of a finite value
RUNNING, FAILED = "RUNNING", "FAIL"  # names of states

# For readers of a SQLite file, which do not load Optuna.
READ_VERSION: Final = "SELECT schema_version FROM version_info"
READ_STUDIES: Final = """
    SELECT s.study_id, s.study_name, a.value_json FROM studies s
    LEFT JOIN study_user_attributes a ON a.study_id = s.study_id AND a.key = ?
    ORDER BY s.study_id"""
READ_STUDY_ATTRIBUTES: Final = """
    SELECT key, value_json FROM study_user_attributes
    WHERE study_id = ? AND substr(key, 1, ?) = ?"""
COUNT_TRIALS: Final = "SELECT count(*) FROM trials"
READ_TRIALS: Final = """
    SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials
    WHERE study_id = ? AND datetime_start IS NOT NULL"""
READ_RECORDS: Final = """
    SELECT a.trial_id, a.value_json FROM trial_user_attributes a
    JOIN trials t ON t.trial_id = a.trial_id
    WHERE t.study_id = ? AND a.key = ? AND a.trial_id >= ?"""


def tables(engine: "Engine") -> dict[str, "Table"]:
    """Return Optuna's tables by name, reflected from a database that Optuna has set up."""
    from sqlalchemy import MetaData  # noqa: PLC0415 - readers of a SQLite file do not need it

    metadata = MetaData()
    metadata.reflect(bind=engine, only=list(COLUMNS))
    return dict(metadata.tables)


def trial_id_of(trial: "Trial") -> int:
    """Return the id of a trial in its storage."""
    return trial._trial_id  # noqa: SLF001 - it has no public name
