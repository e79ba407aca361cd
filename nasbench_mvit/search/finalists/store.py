"""FinalStore: the finalists in the study's store.

They come once their trials are told, and Optuna adds nothing to those: the plan and each training
are user attributes of the study, which earlier versions of this package pass over.
"""

from functools import partial

from nasbench_mvit.search.database import storage_errors
from nasbench_mvit.search.finalists.record import Final, FinalPlan, FinalRecord
from nasbench_mvit.search.parse import damaged, parsed
from nasbench_mvit.search.schema import STUDY_KEY
from nasbench_mvit.search.store import StudyStore

PLAN_KEY = "nasbench_mvit.final"
RECORD_KEYS = "nasbench_mvit.final."


class FinalStore:
    """The finalists of one study."""

    def __init__(self, store: StudyStore) -> None:
        """Use the store of the study."""
        self._store = store
        self.location = store.location

    def read(self) -> Final | None:
        """Return what is stored, None where no finalists were asked for.

        Raises:
            StoreError: the storage fails, or what it holds is damaged or of another schema.
        """
        trials = {trial.number for trial in self._store.trials()}
        with storage_errors(self.location):
            attributes = self._store.study.user_attrs
        if PLAN_KEY not in attributes:
            return None
        parse = partial(parsed, location=self.location, snapshot=attributes.get(STUDY_KEY))
        plan = parse(FinalPlan, attributes[PLAN_KEY], f"'{PLAN_KEY}'")
        records: list[FinalRecord] = []
        for key in sorted(key for key in attributes if key.startswith(RECORD_KEYS)):
            record = parse(FinalRecord, attributes[key], f"'{key}'")
            if record.trial not in plan.trials or record.seed not in plan.seeds:
                raise damaged(f"'{key}'", self.location, f"it is not in '{PLAN_KEY}'")
            if record.test_images != (records or [record])[0].test_images:
                raise damaged(f"'{key}'", self.location, "its test images are not the others'")
            records.append(record)
        if missing := sorted(set(plan.trials) - trials):
            raise damaged(f"'{PLAN_KEY}'", self.location, f"trial {missing[0]} is missing")
        return Final(plan, tuple(sorted(records, key=lambda r: (r.trial, r.seed))))

    def write_plan(self, plan: FinalPlan) -> None:
        """Store who is to be trained.

        Raises:
            StoreError: the storage fails; what it held before it keeps.
        """
        with storage_errors(self.location):
            self._store.study.set_user_attr(PLAN_KEY, plan.model_dump(mode="json"))

    def write(self, record: FinalRecord) -> None:
        """Store a training that has ended.

        Raises:
            StoreError: the storage fails; what it held before it keeps.
        """
        key = f"{RECORD_KEYS}{record.trial}.{record.seed}"
        with storage_errors(self.location):
            self._store.study.set_user_attr(key, record.model_dump(mode="json"))
