"""run_jobs: the loop between a queue of jobs and the executor that runs them."""

from collections import deque
from collections.abc import Callable

from nasbench_mvit.search.engines.contract import End, Event, Executor, Failed, Finished, Job
from nasbench_mvit.search.engines.failures import FailureStreak

POLL_S = 0.5


def run_jobs(
    queue: deque[Job],
    executor: Executor,
    handle: Callable[[Event], None],
    *,
    is_over: Callable[[], bool] = lambda: False,
    tick: Callable[[], None] = lambda: None,
) -> bool:
    """Run jobs, none of which has rungs, until all have ended or the time is over.

    Args:
        queue: the jobs, the first of them first; ``handle`` may add and remove some.
        executor: runs them; it stays open.
        handle: takes each event.
        is_over: tells whether the time is over.
        tick: is called whenever events were waited for, even if there were none.

    Returns:
        Whether all jobs have ended.

    Raises:
        StudyError: several jobs in a row failed and the machine is at fault.
    """
    streak = FailureStreak()
    running = 0
    while queue or running:
        if is_over():
            return False
        while queue and running < executor.slots:
            executor.submit(queue.popleft())
            running += 1
        for event in executor.wait(POLL_S):
            running -= isinstance(event, End)
            handle(event)
            if isinstance(event, Finished | Failed):
                streak.note(event)
        tick()
    return True
