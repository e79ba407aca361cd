"""Parses the finalists from a study's attributes, for the store and for readers."""

from collections.abc import Collection, Mapping
from functools import partial

from nasbench_mvit.search.finalists.record import Final, FinalPlan, FinalRecord
from nasbench_mvit.search.trials.parse import damaged, parsed

PLAN_KEY = "nasbench_mvit.final"
RECORD_KEYS = "nasbench_mvit.final."


def stored_final(
    attributes: Mapping[str, object], trials: Collection[int], *, location: object, snapshot: object
) -> Final | None:
    """Return the stored finalists, None where none were requested.

    Args:
        attributes: attributes of the study, by key.
        trials: numbers of the stored trials.
        location: the storage, for messages.
        snapshot: the snapshot of the study, which names the version that wrote it.

    Raises:
        StoreError: the content is damaged or of another schema.
    """
    if PLAN_KEY not in attributes:
        return None
    parse = partial(parsed, location=location, snapshot=snapshot)
    plan = parse(FinalPlan, attributes[PLAN_KEY], f"'{PLAN_KEY}'")
    records: list[FinalRecord] = []
    for key in sorted(key for key in attributes if key.startswith(RECORD_KEYS)):
        record = parse(FinalRecord, attributes[key], f"'{key}'")
        if record.trial not in plan.trials or record.seed not in plan.seeds:
            raise damaged(f"'{key}'", location, f"it is not in '{PLAN_KEY}'")
        if record.test_images != (records or [record])[0].test_images:
            raise damaged(f"'{key}'", location, "its test images differ from the others'")
        records.append(record)
    if missing := sorted(set(plan.trials) - set(trials)):
        raise damaged(f"'{PLAN_KEY}'", location, f"trial {missing[0]} is missing")
    return Final(plan, tuple(sorted(records, key=lambda r: (r.trial, r.seed))))
