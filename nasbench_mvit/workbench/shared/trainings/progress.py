"""How much work is left, in trainings weighted by their MACs, and in seconds."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from nasbench_mvit.search.engines.contract import End, Event, Job, Progressed
from nasbench_mvit.search.study.config import StudyConfig
from nasbench_mvit.search.trials.record import Role, State, StoredTrial


class Work(ABC):
    """Trainings to do, whose time grows with their MACs."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start the clock."""
        self._clock = clock
        self._started = clock()
        self._running: dict[Job, float] = {}
        self._finished_before = 0.0
        self._finished_now = 0.0

    @abstractmethod
    def _cost(self, job: Job) -> float:
        """Return the MACs of a job's network."""

    @abstractmethod
    def _total(self) -> float:
        """Return the sum over all trainings, done or not."""

    def event(self, event: Event) -> None:
        """Note the progress of a job."""
        if isinstance(event, Progressed):
            self._running[event.job] = event.report.fraction
        elif isinstance(event, End):
            self._running.pop(event.job, None)
            self._finished_now += self._cost(event.job)

    def _done_now(self) -> float:
        partly = sum(self._cost(job) * fraction for job, fraction in self._running.items())
        return self._finished_now + partly

    def running(self) -> dict[Job, float]:
        """Return the fraction that each running training has reached, where it has told one."""
        return dict(self._running)

    def fraction(self) -> float:
        """Return the share of the work that is done."""
        total = self._total()
        return min(1.0, (self._finished_before + self._done_now()) / total) if total else 0.0

    def seconds_left(self) -> float:
        """Return the seconds left at the speed of this run so far, NaN before there is one."""
        done = self._done_now()
        if not done:
            return math.nan
        left = max(0.0, self._total() - self._finished_before - done)
        return left * (self._clock() - self._started) / done


class RemainingWork(Work):
    """The work of a study; networks not yet asked for are taken as the mean of the search's."""

    def __init__(self, config: StudyConfig, clock: Callable[[], float]) -> None:
        """Plan the baselines and the budget of ``config``."""
        super().__init__(clock)
        self.num_trials = config.trials
        self._macs: dict[int, int] = {}  # of a trial's network
        self._planned: dict[int, float] = {}  # of all trainings of a trial
        self._sum = 0.0
        self._searched: tuple[int, float] = (0, 0.0)  # trials of the search and their sum

    def start(self, trials: list[StoredTrial]) -> None:
        """Take over what an earlier run did; only what follows tells the speed."""
        for trial in trials:
            self.trial(trial)
            ended = 1 if trial.state is State.STOPPED else len(trial.record.evaluations)
            self._finished_before += trial.record.macs * ended
        self._started = self._clock()

    def trial(self, trial: StoredTrial) -> None:
        """Note the cost of a trial that trains or has trained."""
        if trial.state is State.REJECTED or trial.record.duplicate_of is not None:
            return
        record = trial.record
        trainings = 1 if trial.state is State.STOPPED else len(record.seeds)
        cost = float(record.macs * trainings)
        is_new, change = trial.number not in self._planned, cost
        change -= self._planned.get(trial.number, 0.0)
        self._macs[trial.number], self._planned[trial.number] = record.macs, cost
        self._sum += change
        if record.role is Role.SEARCH:
            count, total = self._searched
            self._searched = (count + is_new, total + change)

    def _cost(self, job: Job) -> float:
        return self._macs[job.trial]

    def _total(self) -> float:
        count, searched = self._searched
        unknown = max(0, self.num_trials - count)
        if not count:
            count, searched = len(self._planned), self._sum
        return self._sum + unknown * (searched / count if count else 0.0)


class FinalWork(Work):
    """The work of trainings that are all known in advance, such as those of finalists."""

    def __init__(
        self, trials: Iterable[int], macs: dict[int, int], clock: Callable[[], float]
    ) -> None:
        """Plan one training for every mention of a trial; ``macs`` are those of its network."""
        super().__init__(clock)
        self._macs = macs
        self._planned = float(sum(macs[trial] for trial in trials))

    def _cost(self, job: Job) -> float:
        return self._macs[job.trial]

    def _total(self) -> float:
        return self._planned
