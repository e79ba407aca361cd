"""What a driver must know of others at the same study: none beside a file, several on a server."""

import contextlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from nasbench_mvit.search.trials.record import Role, TrialRecord


class TakenOverError(Exception):
    """A trial of this driver is another driver's now, since this one gave no sign of life."""


class Claim(NamedTuple):
    """A network that a driver has begun."""

    spec_id: str
    number: int
    role: Role


class Drivers(Protocol):
    """The drivers of one study; the methods with a connection are parts of a transaction."""

    is_alone: bool
    """Whether no other driver can be at work."""

    rank: int
    """Distinguishes this driver from others, to seed its sampler; 0 where it is the only one."""

    def at_work(self) -> contextlib.AbstractContextManager[None]:
        """Be seen as alive inside; what is left running then may be taken over at once."""
        ...

    def may_begin(self, connection: Connection, record: TrialRecord, budget: int) -> bool:
        """Say whether a network is nobody's yet and, if searched, within the budget of all."""
        ...

    def claim(self, connection: Connection, record: TrialRecord, ids: tuple[int, int]) -> None:
        """Make a network, whose trial has the id and number ``ids``, this driver's."""
        ...

    def own_claim(self, spec_id: str) -> tuple[int, int] | None:
        """Return id and number of the trial that this driver has begun a network as, if it has."""
        ...

    def check_own(self, connection: Connection, trial_id: int) -> None:
        """Raise TakenOverError unless a trial is this driver's."""
        ...

    def release(self, connection: Connection, trial_id: int) -> None:
        """Let the network of a trial be tried again."""
        ...

    def take_over(self) -> int | None:
        """Make a running trial of a driver that is gone this driver's; return its number."""
        ...

    def news(self) -> Sequence[Claim]:
        """Return what others have begun since the last call."""
        ...

    def others_run(self) -> bool:
        """Say whether a trial runs that is not this driver's."""
        ...

    def others_present(self) -> bool:
        """Say whether another driver is alive."""
        ...


class SoleDriver:
    """The only driver, which a lock on the run's directory ensures."""

    is_alone = True
    rank = 0

    def at_work(self) -> contextlib.AbstractContextManager[None]:
        """Nobody looks."""
        return contextlib.nullcontext()

    def may_begin(self, connection: Connection, record: TrialRecord, budget: int) -> bool:
        """The driver itself keeps the budget."""
        del connection, record, budget
        return True

    def claim(self, connection: Connection, record: TrialRecord, ids: tuple[int, int]) -> None:
        """All is this driver's."""

    def own_claim(self, spec_id: str) -> tuple[int, int] | None:
        """Nothing is claimed."""
        del spec_id
        return None

    def check_own(self, connection: Connection, trial_id: int) -> None:
        """All is this driver's."""

    def release(self, connection: Connection, trial_id: int) -> None:
        """Nothing was claimed."""

    def take_over(self) -> int | None:
        """There is nobody to take over from."""

    def news(self) -> Sequence[Claim]:
        """There is nobody to hear of."""
        return ()

    def others_run(self) -> bool:
        """There are no others."""
        return False

    def others_present(self) -> bool:
        """There are no others."""
        return False
