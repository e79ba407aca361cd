"""run_jobs: the loop between a source of jobs and the executor that runs them."""

import time
from collections.abc import Callable

from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.engines.contract import End, Event, Executor, Failed, Job, Progressed

POLL_S = 0.5
MAX_FAILURES_IN_A_ROW = 3


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
        is_over: tells whether the time is up.
        tick: is called whenever events were waited for, even if there were none.
        others_run: tells, where nothing runs, whether others may still leave jobs.

    Returns:
        Whether all jobs have ended.

    Raises:
        StudyError: several jobs in a row failed and the machine is at fault.
    """
    running = failures = 0
    while not is_over():
        while running < executor.slots and (job := next_job()) is not None:
            executor.submit(job)
            running += 1
        if running:
            for event in executor.wait(POLL_S):
                running -= isinstance(event, End)
                handle(event)
                failures = _in_a_row(failures, event)
        elif others_run():
            time.sleep(POLL_S)
        else:
            return True
        tick()
    return False


def _in_a_row(failures: int, event: Event) -> int:
    """Return how many trainings in a row failed through no fault of their network.

    One that a rung has stopped shows that the machine trains.

    Raises:
        StudyError: they are too many.
    """
    if isinstance(event, Progressed):
        return failures
    if not isinstance(event, Failed) or event.is_final:
        return 0
    if failures + 1 == MAX_FAILURES_IN_A_ROW:
        raise StudyError(
            f"{MAX_FAILURES_IN_A_ROW} trainings in a row failed, the last because: "
            f"{event.reason.rstrip('.')}. Correct the cause; the same command then resumes and "
            "tries them again."
        )
    return failures + 1
