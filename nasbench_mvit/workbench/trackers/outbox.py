"""Outbox: calls that are made in order in a thread of its own, so that none holds others up."""

import logging
import queue
import threading
from collections.abc import Callable

from nasbench_mvit.errors import counted
from nasbench_mvit.workbench.trackers.by_name import first_line

PATIENCE_S = 60.0  # at the end, for a call that does not return

logger = logging.getLogger(__name__)


class Outbox:
    """Makes calls until one fails; then one warning is logged, and the others are dropped."""

    def __init__(self, title: str, patience_s: float = PATIENCE_S) -> None:
        """Start the thread; ``title`` is what is called, for the warning."""
        self._title = title
        self._patience_s = patience_s
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._failed = False
        self._done = threading.Semaphore(0)
        self._num_put = 0
        self._thread = threading.Thread(target=self._work, daemon=True, name=title)
        self._thread.start()

    def put(self, call: Callable[[], None]) -> None:
        """Make a call later."""
        self._num_put += 1
        self._calls.put(call)

    def close(self) -> None:
        """Wait for the calls, but for none longer than ``patience_s``."""
        self._calls.put(None)
        for number in range(self._num_put):
            if not self._done.acquire(timeout=self._patience_s):
                left = counted(self._num_put - number, "entry was", "entries were")
                logger.warning(
                    "%s has not answered for %.0f s: %s not written there.",
                    self._title, self._patience_s, left,
                )  # fmt: skip
                return
        self._thread.join()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            if not self._failed:
                self._make(call)
            self._done.release()

    def _make(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as problem:  # noqa: BLE001 - whatever the library of a tracker raises
            self._failed = True
            logger.warning(
                "%s failed, and nothing more is written there; the work itself goes on: %s.",
                self._title, first_line(problem),
            )  # fmt: skip
