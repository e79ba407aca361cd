"""The driver loop: Optuna proposes, an executor evaluates, the store records.

To resume, the driver reads the store and continues its running trials with the missing seeds. Only
the driver writes the store. A store in a file has one driver; on a server several share a study,
and each takes over the running trials of a dead one.
"""

import enum
import math
from collections import deque
from collections.abc import Callable
from functools import partial

import numpy as np
import optuna

from nasbench_mvit.architecture.network import Network
from nasbench_mvit.search.engines.contract import (
    Event,
    Executor,
    Failed,
    Finished,
    Job,
    Progressed,
)
from nasbench_mvit.search.engines.pump import run_jobs
from nasbench_mvit.search.loop.bookkeeping import Bookkeeping
from nasbench_mvit.search.loop.observer import DriverObserver
from nasbench_mvit.search.loop.pruning import Pruner
from nasbench_mvit.search.loop.trial_index import TrialIndex
from nasbench_mvit.search.samplers.by_name import ask_for, misfit, parameters, suggest
from nasbench_mvit.search.store.database import storage_errors
from nasbench_mvit.search.store.single_driver import TakenOverError
from nasbench_mvit.search.store.store import StudyStore
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.candidates import Candidates
from nasbench_mvit.search.trials.fixed_networks import fixed_networks
from nasbench_mvit.search.trials.record import Evaluation, Role, State, StoredTrial, TrialRecord

MAX_UNUSABLE = 16


class Ending(enum.StrEnum):
    """The reason why the loop ended."""

    BUDGET = "all networks of the budget are evaluated"
    EXHAUSTED = "no further network of the space keeps the limits"
    TIME = "the time limit is reached"


class Driver:
    """Runs one study to its end."""

    def __init__(
        self,
        config: StudyConfig,
        candidates: Candidates,
        store: StudyStore,
        executor: Executor,
        observer: DriverObserver,
    ) -> None:
        """Create an idle driver; ``run`` reads the store and starts."""
        self._config = config
        self._candidates = candidates
        self._store = store
        self._executor = executor
        self._observer = observer
        self._index = TrialIndex()
        self._queue: deque[Job] = deque()
        self._exhausted = False
        self._fixed = {fixed.network: fixed for fixed in fixed_networks(config)}
        self._pruning = Pruner(config.pruning, config.proxy.fractions, candidates)
        self._books = Bookkeeping(store, candidates, self._index, self._pruning, observer)

    def run(self, is_over: Callable[[], bool]) -> Ending:
        """Evaluate until the budget is spent, the space is exhausted or ``is_over``.

        Raises:
            StoreError: the storage fails; its content is unchanged.
        """
        with storage_errors(self._store.location), self._store.at_work():
            return self._loop(is_over)

    def _loop(self, is_over: Callable[[], bool]) -> Ending:
        self._resume()
        self._add_fixed()
        self._queue = deque(sorted(self._queue, key=self._cost_if_fixed))
        is_done = run_jobs(
            self._next_job,
            self._executor,
            self._handle,
            is_over=is_over,
            tick=self._observer.tick,
            others_run=self._store.drivers.others_run,  # their trials may have to be taken over
        )
        if not is_done:
            return Ending.TIME
        for line in self._store.outside.left_out():
            self._observer.note(line)
        return Ending.EXHAUSTED if self._exhausted else Ending.BUDGET

    def _cost_if_fixed(self, job: Job) -> float:
        """Return the sort key of queued jobs: baselines and rivals first, the cheapest first.

        The first progress, and with it the time left, is then known early.
        """
        trial = self._index.find_running(job.trial)
        is_fixed = trial is not None and trial.record.role is not Role.SEARCH
        return trial.record.macs if trial is not None and is_fixed else math.inf

    def _resume(self) -> None:
        found = self._store.resume()
        for trial in found:
            self._books.remember(trial)
        self._index.add_claims(self._store.drivers.new_claims())
        self._observer.resumed(found)
        for number in [trial.number for trial in self._index.running()]:
            if (left := self._index.find_running(number)) is not None:
                self._proceed(left)  # otherwise the end of its original has ended it

    def _proceed(self, trial: StoredTrial) -> None:
        """Take the next step of a running trial: end it or queue its trainings.

        In stores of earlier versions, a kill may have come between the writing of an outcome and
        the end of the trial, which were two steps.
        """
        if trial.record.rejection is not None:
            self._books.finish(trial, State.REJECTED)
        elif trial.record.failure is not None:
            self._books.finish(trial, State.FAILED)
        elif trial.record.duplicate_of is not None:
            self._books.answer(trial)
        elif trial.record.is_stopped:
            self._books.finish(trial, State.STOPPED)
        elif jobs := self._pruning.jobs(trial):
            self._queue.extend(jobs)
        else:
            self._books.finish(trial, State.COMPLETE)

    def _add_fixed(self) -> None:
        space = self._candidates.space
        for spec, fixed in self._fixed.items():
            if self._index.first(spec.id) is not None:
                continue
            trial = ask_for(self._store.study, space, spec, self._config.sampler)
            self._begin(trial, self._record(spec, fixed.role, fixed.count, fixed.name))

    def _record(
        self, spec: Network, role: Role, count: int, name: str | None = None
    ) -> TrialRecord:
        seeds = self._config.training_seeds(count)
        return self._candidates.record(spec, role=role, seeds=seeds, name=name)

    def _begin(self, asked: optuna.Trial, record: TrialRecord) -> bool:
        """Store a trial and take its next step; return False if another driver was faster."""
        if (number := self._stored(asked, record)) is None:
            self._index.add_claims(self._store.drivers.new_claims())
            return False
        trial = StoredTrial(number=number, state=State.RUNNING, record=record)
        self._books.show(trial)
        self._proceed(trial)
        return True

    def _stored(self, asked: optuna.Trial, record: TrialRecord) -> int | None:
        """Store a trial and return its number, None if another driver was faster."""
        excess = self._candidates.excess(record)
        return self._store.begin(asked, record, self._config.trials, excess)

    def _next_job(self) -> Job | None:
        """Return a queued training, one of a dead driver or one of a new network, in that order."""
        if not self._queue and (left := self._store.take_over()) is not None:
            self._books.show(left)
            self._proceed(left)
        if not self._queue and not self._is_spent() and not self._exhausted:
            self._exhausted = not self._propose()
        return self._queue.popleft() if self._queue else None

    def _is_spent(self) -> bool:
        return self._index.searched >= self._config.trials

    def _propose(self) -> bool:
        """Propose a network that is new and within the limits; return False if none is left."""
        for _ in range(MAX_UNUSABLE):
            if self._ask() or self._is_spent():
                return True
        refused: set[str] = set()
        while True:
            rng = np.random.default_rng([self._config.seed, len(self._index)])
            spec = self._candidates.unseen(self._index.networks | refused, rng)
            if spec is None:
                return False
            refused.add(spec.id)
            self._store.study.enqueue_trial(dict(parameters(self._candidates.space, spec)))
            if self._ask() or self._is_spent():
                return True

    def _ask(self) -> bool:
        """Ask once, the sampler or what another program has enqueued.

        Returns False if the network was rejected or is not new.
        """
        if problem := self._store.outside.adopt(partial(misfit, self._candidates.space)):
            self._observer.note(f"an enqueued trial is not a network of the space: {problem}")
        trial = self._store.study.ask()
        spec = suggest(trial, self._candidates.space, self._config.sampler)
        known, fixed = self._index.first(spec.id), self._fixed.get(spec)
        if fixed is not None and known is None:  # a retry after the machine failed it
            return self._begin(trial, self._record(spec, fixed.role, fixed.count, fixed.name))
        record = self._record(spec, Role.SEARCH, self._config.seeds)
        if rejection := self._candidates.rejection(record):
            record = record.changed(rejection=rejection)
            if (number := self._stored(trial, record)) is not None:
                self._books.show(StoredTrial(number=number, state=State.REJECTED, record=record))
            return False
        if known is not None and not self._store.drivers.is_alone:
            self._store.drop(trial)  # the outcome is another driver's
            return False
        return self._begin(trial, record.changed(duplicate_of=known)) and known is None

    def _handle(self, event: Event) -> None:
        self._observer.event(event)
        self._pruning.note(event)
        trial = self._index.find_running(event.job.trial)
        try:
            if trial is not None:  # otherwise another seed failed, or another driver has it
                self._process(trial, event)
        except TakenOverError:
            self._drop_jobs(event.job.trial)
            self._index.remove(event.job.trial)
        if isinstance(event, Progressed) and event.awaits_answer:
            goes_on = self._index.find_running(event.job.trial) is not None
            self._executor.answer(event.job, goes_on=goes_on)

    def _process(self, trial: StoredTrial, event: Event) -> None:
        if isinstance(event, Progressed) and event.awaits_answer:
            self._decide_at_rung(trial, event)
        elif isinstance(event, Finished):
            self._add_evaluation(trial, event)
        elif isinstance(event, Failed):
            reason = f"seed {event.job.seed}: {event.reason}"
            self._drop_jobs(trial.number)
            self._books.fail(trial, reason, is_final=event.is_final)

    def _decide_at_rung(self, trial: StoredTrial, event: Progressed) -> None:
        """Decide whether a training continues from a rung, and store the decision first."""
        decided = self._pruning.decide(trial, event)
        if decided.record.is_stopped:
            self._books.finish(decided, State.STOPPED)
        elif decided is not trial:
            self._books.keep(decided)

    def _add_evaluation(self, trial: StoredTrial, event: Finished) -> None:
        evaluation = Evaluation(seed=event.job.seed, result=event.result)
        evaluations = (*trial.record.evaluations, evaluation)
        trial = trial.changed(evaluations=evaluations, judged=None)
        if not trial.record.missing_seeds():
            self._books.finish(trial, State.COMPLETE)
            return
        self._books.keep(trial)
        if event.job.rungs:
            self._queue.extend(self._pruning.jobs(trial))

    def _drop_jobs(self, number: int) -> None:
        self._queue = deque(job for job in self._queue if job.trial != number)
