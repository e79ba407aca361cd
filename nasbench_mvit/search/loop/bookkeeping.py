"""Bookkeeping: enters what becomes of trials into the store, the index and the rungs."""

from dataclasses import dataclass

from nasbench_mvit.search.loop.observer import DriverObserver
from nasbench_mvit.search.loop.pruning import Pruner
from nasbench_mvit.search.loop.trial_index import TrialIndex
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.record import State, StoredTrial


@dataclass(frozen=True, eq=False)
class Bookkeeping:
    """Keeps the records of one driver; its observer is notified after they are stored."""

    store: StudyStore
    candidates: Candidates
    index: TrialIndex
    pruning: Pruner
    observer: DriverObserver

    def remember(self, trial: StoredTrial) -> None:
        """Enter the present state of a stored trial."""
        self.index.note(trial)
        self.pruning.remember(trial)

    def show(self, trial: StoredTrial) -> None:
        """Record a stored trial that was begun or has ended, and notify the observer."""
        self.remember(trial)
        self.observer.trial(trial)

    def keep(self, trial: StoredTrial) -> None:
        """Store a running trial with a new record."""
        self.store.write(trial.number, trial.record)
        self.remember(trial)

    def finish(self, trial: StoredTrial, state: State, top1: float | None = None) -> None:
        """Store the end of a running trial, and that of the trials that repeat its network.

        Args:
            trial: the trial with its last record.
            state: the state in which it ends.
            top1: accuracy of a complete trial, a fraction, where its record has none.
        """
        record, excess = trial.record, self.candidates.excess(trial.record)
        if state is State.COMPLETE:
            top1 = record.top1() if top1 is None else top1
            cost, _ = self.candidates.front_costs(record)
            self.store.complete(trial.number, record, (top1, cost), excess)
        elif state is State.FAILED:
            self.store.fail(trial.number, record)
        else:
            self.store.prune(trial.number, record, excess)
        self.show(StoredTrial(number=trial.number, state=state, record=record))
        for repeat in self.index.repeats(trial.number):
            self.answer(repeat)

    def fail(self, trial: StoredTrial, reason: str, *, is_final: bool) -> None:
        """Store the failure of a running trial."""
        failed = trial.changed(failure=reason, failure_is_final=is_final)
        self.finish(failed, State.FAILED)

    def answer(self, duplicate: StoredTrial) -> None:
        """Give a running trial the outcome of the one whose network it repeats, if there is one."""
        number = duplicate.record.duplicate_of
        original = None if number is None else self.index.outcome(number)
        if original is None:
            return
        if original.state is State.COMPLETE:
            self.finish(duplicate, State.COMPLETE, original.top1)
        elif original.state is State.STOPPED:
            self.finish(duplicate.changed(judged=original.judged), State.STOPPED)
        elif original.state is State.FAILED:
            reason = f"the same network as trial {number}, which failed"
            self.fail(duplicate, reason, is_final=original.failure_is_final)
