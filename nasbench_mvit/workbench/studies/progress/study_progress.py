"""The progress of a study that runs: how far it is, its speed, and the time left."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from nasbench_mvit.search.trials.record import UNFINISHED, Role, State, StoredTrial, spent
from nasbench_mvit.workbench.studies.study import SECONDS_PER_MINUTE, Study

RECENT = 20  # ended networks from which the speed is taken: a resumed run may have long gaps
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class StudyProgress:
    """The progress and the speed of a search.

    Attributes:
        trained: networks of the search trained to their end or stopped, baselines not counted.
        budget: networks to train; 0 where only published networks and rivals are.
        counts: trials by state; a repeated network counts as "repeated".
        minutes: time in which trials ran, pauses left out; NaN before there is a trial.
        networks_per_hour: over the last ``RECENT`` networks, NaN before there are two.
        minutes_left: at that speed, weighted by MACs, NaN where it is not known.
        last_write: when the store was last written.
        is_done: whether the budget is spent and nothing runs or is to be continued.
    """

    trained: int
    budget: int
    counts: dict[str, int]
    minutes: float
    networks_per_hour: float
    minutes_left: float
    last_write: datetime
    is_done: bool

    @property
    def share(self) -> float:
        """The part of the budget that is trained, all of an empty one."""
        return min(1.0, self.trained / self.budget) if self.budget else 1.0


def progress_of(study: Study, now: datetime | None = None) -> StudyProgress:
    """Return the progress of a study.

    Args:
        study: as it was read.
        now: the present time, with its zone; that of the clock if left out.
    """
    trials = study.reading.trials
    searched = [t for t in spent(trials) if t.record.role is Role.SEARCH]
    per_hour, macs_per_minute = _speed(study)
    macs_left = _macs_left(study, searched)
    left = macs_left / macs_per_minute if macs_per_minute else math.nan
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)  # as stores hold it
    worked = study.working_time.seconds(moment) if study.reading.times else math.nan
    return StudyProgress(
        trained=study.summary.num_searched,
        budget=study.config.trials,
        counts=study.summary.counts,
        minutes=worked / SECONDS_PER_MINUTE,
        networks_per_hour=per_hour,
        minutes_left=left if macs_left else 0.0,
        last_write=study.reading.state.last_write,
        is_done=study.summary.is_done(study.config.trials),
    )


def _speed(study: Study) -> tuple[float, float]:
    """Return networks an hour and MACs a minute of the last trained networks, NaN and 0 if none."""
    table = study.timed_trials.assign(trainings=study.timed_trials.seeds.map(len))
    stopped = (table.state == State.STOPPED) & table.duplicate_of.isna()
    table.loc[stopped, "trainings"] = 1  # what the rungs save counts as speed
    ended = table[(table.trainings > 0) & table.minutes.notna()]
    recent = ended.sort_values("minutes").tail(RECENT)
    span = recent.minutes.max() - recent.minutes.min() if len(recent) > 1 else 0.0
    if not span:
        return math.nan, 0.0
    later = recent.iloc[1:]  # the first only marks the time
    macs = float((later.macs * later.trainings).sum())
    return len(later) / span * SECONDS_PER_HOUR / SECONDS_PER_MINUTE, macs / span


def _macs_left(study: Study, searched: Sequence[StoredTrial]) -> float:
    """Return the multiply-adds of one image that are yet to be trained, over all trainings."""
    running = [t for t in study.reading.trials if t.state in UNFINISHED]
    begun = [t for t in running if t.record.duplicate_of is None]
    left = float(sum(t.record.macs * len(t.record.missing_seeds()) for t in begun))
    known = [t.record.macs for t in (*searched, *begun)] or [0]
    in_search = [t for t in begun if t.record.role is Role.SEARCH]
    unknown = max(0, study.config.trials - len(searched) - len(in_search))
    return left + unknown * study.config.seeds * sum(known) / len(known)


def running_now(study: Study) -> pd.DataFrame:
    """Return the trials that run: trial, network, seeds done and when they began."""
    rows = [
        {
            "trial": trial.number,
            "role": trial.record.role.value,
            "seeds": len(trial.record.seeds),
            "done": len(trial.record.evaluations),
            "latency, ms": round(trial.record.latency.ms, 2),
            "MACs, M": round(trial.record.macs / 1e6, 1),
            "began": study.reading.times[trial.number].started.replace(tzinfo=UTC),
        }
        for trial in study.reading.trials
        if trial.state is State.RUNNING
    ]
    return pd.DataFrame(rows)
