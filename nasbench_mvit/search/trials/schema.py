"""The version of what the store holds, and what to do where it is another.

``SCHEMA_VERSION`` rises with every change after which an older store cannot be read as it is. There
is no migration: the version that wrote a store still goes on with it.
"""

from typing import Final

from nasbench_mvit.errors import StoreError

SCHEMA_VERSION: Final = 1
STUDY_KEY = "nasbench_mvit"  # the user attribute of a study that holds its snapshot
RECORD_KEY = "nasbench_mvit"  # the user attribute of a trial that holds its record
DAMAGED = (
    "Put a copy from before the damage in its place, or start anew with --fresh or another "
    "--storage."
)


def check_schema(found: object, what: str, snapshot: object) -> None:
    """Check that this version reads the schema of ``what``.

    Args:
        found: its schema version.
        what: the study or trial, with its place, for the message.
        snapshot: the study's, which names the version that wrote it.

    Raises:
        StoreError: it is of an older or newer schema; the message says how to go on with it.
    """
    if found == SCHEMA_VERSION and not isinstance(found, bool):
        return
    raise StoreError(
        f"{what} has schema {found!r}, this version reads {SCHEMA_VERSION}. To go on with it, "
        f"install the version of nasbench_mvit that wrote it{_writer(snapshot)}. To start anew, "
        "choose another --run-dir or --storage, or set the old run aside with --fresh."
    )


def _writer(snapshot: object) -> str:
    """Return the command that installs the version a snapshot names, if it names one."""
    versions = snapshot.get("versions") if isinstance(snapshot, dict) else None
    version = versions.get("nasbench_mvit") if isinstance(versions, dict) else None
    return f" (`pip install nasbench-mvit=={version}`)" if isinstance(version, str) else ""
