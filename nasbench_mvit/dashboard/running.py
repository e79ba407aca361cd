"""How far a search has come, how fast it goes, when it will end, and what failed."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from nasbench_mvit.dashboard.runs import SECONDS_PER_MINUTE, View
from nasbench_mvit.search.trials.record import Role, State, StoredTrial, spent

RECENT = 20  # ended networks from which the speed is taken: a resumed run may have long gaps
SECONDS_PER_HOUR = 3600.0
_SEED = re.compile(r"^seed \d+: ")
_VARYING = re.compile(r"(?<!the limit is )(?<![\d.,])\b\d[\d,]*(\.\d+)?(e[+-]?\d+)?\b")


@dataclass(frozen=True)
class Progress:
    """The state of a search.

    Attributes:
        trained: networks of the search trained to their end or stopped, baselines not counted.
        budget: networks to train; 0 where only published networks and rivals are.
        counts: trials by state; a repeated network counts as "repeated".
        minutes: from the first trial to the last event.
        networks_per_hour: over the last ``RECENT`` networks, NaN before there are two.
        minutes_left: at that speed, weighted by MACs, NaN where it is not known.
        last_write: when the store was last written.
    """

    trained: int
    budget: int
    counts: dict[str, int]
    minutes: float
    networks_per_hour: float
    minutes_left: float
    last_write: datetime

    @property
    def is_done(self) -> bool:
        """Whether the budget is spent and nothing runs."""
        return self.trained >= self.budget and not self.counts.get("running")

    @property
    def share(self) -> float:
        """The part of the budget that is trained, all of an empty one."""
        return min(1.0, self.trained / self.budget) if self.budget else 1.0


def progress_of(view: View) -> Progress:
    """Return how far the search of a study has come."""
    trials = view.reading.trials
    searched = [t for t in spent(trials) if t.record.role is Role.SEARCH]
    counts = Counter(
        "repeated" if trial.record.duplicate_of is not None else trial.state.value
        for trial in trials
    )
    per_hour, macs_per_minute = _speed(view)
    macs_left = _macs_left(view, searched)
    left = macs_left / macs_per_minute if macs_per_minute else math.nan
    return Progress(
        trained=len(searched),
        budget=view.config.trials,
        counts=dict(counts),
        minutes=_finite_max(view.table.minutes),
        networks_per_hour=per_hour,
        minutes_left=left if macs_left else 0.0,
        last_write=datetime.fromtimestamp(view.reading.state.modified_ns / 1e9, tz=UTC),
    )


def _finite_max(values: pd.Series) -> float:
    return float(values.max()) if values.notna().any() else 0.0


def _speed(view: View) -> tuple[float, float]:
    """Return networks an hour and MACs a minute of the last trained networks, NaN and 0 if none."""
    table = view.table.assign(trainings=view.table.seeds.map(len))
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


def _macs_left(view: View, searched: Sequence[StoredTrial]) -> float:
    """Return the multiply-adds of one image that are yet to be trained, over all trainings."""
    running = [t for t in view.reading.trials if t.state is State.RUNNING]
    begun = [t for t in running if t.record.duplicate_of is None]
    left = float(sum(t.record.macs * len(t.record.missing_seeds()) for t in begun))
    known = [t.record.macs for t in (*searched, *begun)] or [0]
    in_search = [t for t in begun if t.record.role is Role.SEARCH]
    unknown = max(0, view.config.trials - len(searched) - len(in_search))
    return left + unknown * view.config.seeds * sum(known) / len(known)


def endings(view: View) -> pd.DataFrame:
    """Return for each ended trial when it ended and how: minutes, outcome, and a running count."""
    ended = view.table[view.table.minutes.notna()].sort_values("minutes")
    outcome = ended.state.where(ended.duplicate_of.isna(), "repeated")
    count = outcome.groupby(outcome).cumcount() + 1
    return pd.DataFrame({"minutes": ended.minutes, "outcome": outcome, "count": count})


def running_now(view: View) -> pd.DataFrame:
    """Return the trials that run: trial, network, seeds done and when they began."""
    rows = [
        {
            "trial": trial.number,
            "role": trial.record.role.value,
            "seeds done": f"{len(trial.record.evaluations)} of {len(trial.record.seeds)}",
            "latency, ms": round(trial.record.latency.ms, 2),
            "MACs, M": round(trial.record.macs / 1e6, 1),
            "began": view.reading.times[trial.number].started,
        }
        for trial in view.reading.trials
        if trial.state is State.RUNNING
    ]
    return pd.DataFrame(rows)


def failures(view: View) -> pd.DataFrame:
    """Return why trials failed, were stopped or rejected: reason, outcome, how many, and which.

    Reasons that differ only in numbers, a limit aside, are one.
    """
    table = view.table[(view.table.reason != "") & view.table.duplicate_of.isna()]
    kind = table.reason.map(lambda reason: _VARYING.sub("…", _SEED.sub("", reason)))
    groups = table.groupby(["state", kind.rename("reason")], sort=False)
    rows = [
        {"outcome": state, "reason": reason, "trials": len(group), "numbers": list(group.trial)}
        for (state, reason), group in groups
    ]
    found = pd.DataFrame(rows, columns=["outcome", "reason", "trials", "numbers"])
    return found.sort_values("trials", ascending=False, ignore_index=True)
