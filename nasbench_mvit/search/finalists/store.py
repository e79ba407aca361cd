"""FinalStore: the finalists in the study's store.

Their trials have ended, and Optuna allows no changes to those: the plan and each training are user
attributes of the study, which earlier versions of this package ignore.
"""

from nasbench_mvit.search.finalists.record import Final, FinalPlan, FinalRecord
from nasbench_mvit.search.finalists.stored import PLAN_KEY, RECORD_KEYS, stored_final
from nasbench_mvit.search.store.database import storage_errors
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.trials.schema import STUDY_KEY


class FinalStore:
    """The finalists of one study."""

    def __init__(self, store: StudyStore) -> None:
        """Use the store of the study."""
        self._store = store
        self.location = store.location

    def read(self) -> Final | None:
        """Return the stored finalists, None where none were requested.

        Raises:
            StoreError: the storage fails, or its content is damaged or of another schema.
        """
        trials = {trial.number for trial in self._store.trials()}
        with storage_errors(self.location):
            attributes = self._store.study.user_attrs
        return stored_final(
            attributes, trials, location=self.location, snapshot=attributes.get(STUDY_KEY)
        )

    def write_plan(self, plan: FinalPlan) -> None:
        """Store the plan.

        Raises:
            StoreError: the storage fails; its content is unchanged.
        """
        with storage_errors(self.location):
            self._store.study.set_user_attr(PLAN_KEY, plan.model_dump(mode="json"))

    def write(self, record: FinalRecord) -> None:
        """Store a training that has ended.

        Raises:
            StoreError: the storage fails; its content is unchanged.
        """
        key = f"{RECORD_KEYS}{record.trial}.{record.seed}"
        with storage_errors(self.location):
            self._store.study.set_user_attr(key, record.model_dump(mode="json"))
