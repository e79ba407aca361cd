"""run_jobs: the loop between a source of jobs and the executor that runs them."""

import time
from collections.abc import Callable

from nasbench_mvit.search.engines.contract import End, Event, Executor, Job
from nasbench_mvit.search.engines.failures import FailureStreak

POLL_S = 0.5


def run_jobs(
    next_job: Callable[[], Job | None],
    executor: Executor,
    handle: Callable[[Event], None],
    *,
    is_over: Callable[[], bool] = lambda: False,
    tick: Callable[[], None] = lambda: None,
    others_run: Callable[[], bool] = lambda: False,
) -> bool:
    """Run jobs until there are no more and all have ended, or the time is over.

    Args:
        next_job: returns the next job, None if there is none now; is asked for each free slot.
        executor: runs them; it stays open.
        handle: takes each event, and answers those that wait at a rung.
        is_over: tells whether the time is over.
        tick: is called whenever events were waited for, even if there were none.
        others_run: tells, where nothing runs, whether others may still leave jobs.

    Returns:
        Whether all jobs have ended.

    Raises:
        StudyError: several jobs in a row failed and the machine is at fault.
    """
    streak = FailureStreak()
    running = 0
    while not is_over():
        while running < executor.slots and (job := next_job()) is not None:
            executor.submit(job)
            running += 1
        if running:
            for event in executor.wait(POLL_S):
                running -= isinstance(event, End)
                handle(event)
                streak.note(event)
        elif others_run():
            time.sleep(POLL_S)
        else:
            return True
        tick()
    return False
