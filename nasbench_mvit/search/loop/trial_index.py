"""TrialIndex: the trials of a study in the driver's memory, with little of an ended one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nasbench_mvit.search.store.single_driver import ClaimedNetwork
from nasbench_mvit.search.trials.record import Role, RungDecision, State, StoredTrial


class TrialOutcome(NamedTuple):
    """The outcome of an ended trial, which its duplicates get too."""

    state: State
    top1: float
    judged: RungDecision | None
    failure_is_final: bool


class TrialIndex:
    """The running trials, the outcomes of ended ones, and the trial of each network."""

    def __init__(self) -> None:
        """Create an empty index."""
        self._running: dict[int, StoredTrial] = {}
        self._outcomes: dict[int, TrialOutcome] = {}
        self._first: dict[str, tuple[int, Role]] = {}  # spec id -> its first trial
        self._repeats: dict[int, list[int]] = defaultdict(list)
        self._searched = 0

    def __len__(self) -> int:
        """Return the number of trials."""
        return len(self._running) + len(self._outcomes)

    @property
    def networks(self) -> set[str]:
        """Spec ids of the networks that need no further trial."""
        return set(self._first)

    @property
    def searched(self) -> int:
        """Number of distinct networks that the search has trained or is training."""
        return self._searched

    def running(self) -> list[StoredTrial]:
        """Return the running trials, by number."""
        return [self._running[number] for number in sorted(self._running)]

    def find_running(self, number: int) -> StoredTrial | None:
        """Return a trial if it is running, otherwise None."""
        return self._running.get(number)

    def outcome(self, number: int) -> TrialOutcome | None:
        """Return the outcome of a trial, None while it is running."""
        return self._outcomes.get(number)

    def first(self, spec_id: str) -> int | None:
        """Return the first trial of a network, None if the network may begin."""
        known = self._first.get(spec_id)
        return None if known is None else known[0]

    def repeats(self, number: int) -> Iterator[StoredTrial]:
        """Yield and remove the running duplicates that wait for the outcome of a trial."""
        for repeat in self._repeats.pop(number, []):
            if (trial := self._running.get(repeat)) is not None:
                yield trial

    def note(self, trial: StoredTrial) -> None:
        """Store the present state of a trial."""
        number, record = trial.number, trial.record
        if trial.state is State.RUNNING:
            if number not in self._running and record.duplicate_of is not None:
                self._repeats[record.duplicate_of].append(number)
            self._running[number] = trial
        else:
            self._running.pop(number, None)
            self._outcomes[number] = TrialOutcome(
                trial.state, record.top1(), record.judged, record.failure_is_final
            )
        if record.rejection is not None or record.duplicate_of is not None:
            return
        if trial.state is State.FAILED and not record.failure_is_final:
            if self.first(record.spec_id) == number:
                self._forget(record.spec_id)  # may be tried again
            return
        self._claim(record.spec_id, number, record.role)

    def add_claims(self, claims: Iterable[ClaimedNetwork]) -> None:
        """Store the networks that other drivers have begun."""
        for claim in claims:
            self._claim(claim.spec_id, claim.number, claim.role)

    def remove(self, number: int) -> None:
        """Remove a running trial that another driver has taken over; its network stays claimed."""
        self._running.pop(number, None)

    def _claim(self, spec_id: str, number: int, role: Role) -> None:
        if spec_id not in self._first:
            self._first[spec_id] = (number, role)
            self._searched += role is Role.SEARCH

    def _forget(self, spec_id: str) -> None:
        _, role = self._first.pop(spec_id)
        self._searched -= role is Role.SEARCH
