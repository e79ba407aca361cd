"""The drivers of one study: a single one with a file, several on a server."""

import contextlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from nasbench_mvit.search.trials.record import Role, TrialRecord


class TakenOverError(Exception):
    """Another driver has taken over a trial of this one, whose heartbeat had expired."""


class ClaimedNetwork(NamedTuple):
    """A network that a driver has begun."""

    spec_id: str
    number: int
    role: Role


class Drivers:
    """The drivers of one study, here the only one, as a lock on the run's directory ensures.

    The methods with a connection are parts of a transaction.
    """

    #: Whether there can be no other driver.
    is_alone = True
    #: A number that differs between drivers, to seed the sampler; 0 for the only one.
    rank = 0

    def at_work(self) -> contextlib.AbstractContextManager[None]:
        """Send heartbeats inside; trials still running afterwards may be taken over at once."""
        return contextlib.nullcontext()

    def may_begin(self, connection: Connection, record: TrialRecord, budget: int) -> bool:
        """Return whether a network is unclaimed and, if searched, within the common budget.

        The only driver keeps its budget itself.
        """
        del connection, record, budget
        return True

    def claim(self, connection: Connection, record: TrialRecord, ids: tuple[int, int]) -> None:
        """Claim a network, whose trial has the id and number ``ids``, for this driver."""

    def own_claim(self, spec_id: str) -> tuple[int, int] | None:
        """Return id and number of this driver's trial of a network, None without a claim."""
        del spec_id
        return None

    def check_own(self, connection: Connection, trial_id: int) -> None:
        """Check that a trial is this driver's.

        Raises:
            TakenOverError: it is not.
        """

    def release(self, connection: Connection, trial_id: int) -> None:
        """Delete the claim of a trial, so that its network may be tried again."""

    def take_over(self) -> int | None:
        """Take over a running trial of a dead driver and return its number, None without one."""
        return None

    def new_claims(self) -> Sequence[ClaimedNetwork]:
        """Return the networks that others have begun since the last call."""
        return ()

    def others_run(self) -> bool:
        """Return whether a trial of another driver is running."""
        return False

    def others_present(self) -> bool:
        """Return whether another driver is alive."""
        return False
