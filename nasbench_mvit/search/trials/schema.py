"""The schema version of stored records, and the upgrades from older versions.

``SCHEMA_VERSION`` rises with every change after which an older record cannot be read unchanged.
Such a change adds the step from the previous version to ``UPGRADES``. Records are upgraded when
they are read and stay unchanged in the store; new records have the present version, so that one
store may hold several. ``CONTRIBUTING.md`` has the policy.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from nasbench_mvit.errors import StoreError

SCHEMA_VERSION: Final = 1
STUDY_KEY = "nasbench_mvit"  # the user attribute of a study that holds its snapshot
RECORD_KEY = "nasbench_mvit"  # the user attribute of a trial that holds its record
AT_WORK_KEY = "nasbench_mvit.at_work"  # that of a study which says whether a search is at work
#: That which holds the snapshot of its last run, whose settings that may change differ from those
#: of its first.
LAST_KEY = "nasbench_mvit.last"
STUDY = "study"  # the kind of a snapshot; the kind of a record is the name of its class

Content = dict[str, Any]
Upgrade = Callable[[str, Content], Content]
#: The upgrade from each older version to the next, by the kind of a record and its content.
UPGRADES: Mapping[int, Upgrade] = {}

DAMAGED = (
    "Put a copy from before the damage in its place, or start anew with `fresh=` or another "
    "`storage=`."
)


def upgraded(kind: str, content: Mapping[str, Any], what: str, snapshot: object) -> Content:
    """Return ``content`` in the present schema.

    Args:
        kind: ``STUDY``, or the name of the record's class.
        content: a snapshot or a record, with a ``schema_version``.
        what: the study or trial with its location, for the message.
        snapshot: the snapshot of the study, which names the version that wrote it.

    Raises:
        StoreError: its schema is newer, or older than the oldest that can be upgraded.
    """
    found = content["schema_version"]
    is_known = type(found) is int and all(step in UPGRADES for step in range(found, SCHEMA_VERSION))
    if not is_known or found > SCHEMA_VERSION:
        oldest = min(UPGRADES, default=SCHEMA_VERSION)
        reads = f"{SCHEMA_VERSION}" if oldest == SCHEMA_VERSION else f"{oldest} to {SCHEMA_VERSION}"
        raise StoreError(
            f"{what} has schema {found!r}, this version reads {reads}. To resume it, "
            f"install the version of nasbench_mvit that wrote it{_writer(snapshot)}. To start "
            "anew, choose another `run_dir=` or `storage=`, or set the old run aside with `fresh=`."
        )
    result = dict(content)
    for version in range(found, SCHEMA_VERSION):
        result = UPGRADES[version](kind, result) | {"schema_version": version + 1}
    return result


def _writer(snapshot: object) -> str:
    """Return the command that installs the version named in a snapshot, empty without one."""
    versions = snapshot.get("versions") if isinstance(snapshot, dict) else None
    version = versions.get("nasbench_mvit") if isinstance(versions, dict) else None
    return f" (`pip install nasbench-mvit=={version}`)" if isinstance(version, str) else ""
