"""What Tune is given and what it gives back, without a cluster."""

import threading
from typing import Any

from fakes import curve_of

from nasbench_mvit.architecture.published import published
from nasbench_mvit.search.engines.contract import Event, Failed, Job, Progressed
from nasbench_mvit.search.engines.ray.feed import MAX_FAILURES, EventCallback, JobFeed
from nasbench_mvit.search.engines.ray.trial import EVENT, JOB

SPEC = published("mobilevit_xxs")
JOBS = [Job(number, 0, SPEC) for number in range(3)]


class FakeTrial:
    """What of a Tune trial is looked at."""

    def __init__(self, job: Job, num_failures: int) -> None:
        self.config = {JOB: job}
        self.num_failures = num_failures

    def get_pickled_error(self) -> Exception:
        return RuntimeError("actor_id: 7\nThe actor is dead because its node\nwas lost.")

    def get_error(self) -> None:
        raise AssertionError("only where the other is missing")


def failed(num_failures: int) -> tuple[JobFeed, list[Event]]:
    feed, events = JobFeed(), list[Event]()
    trial: Any = FakeTrial(JOBS[0], num_failures)
    EventCallback(feed, events.append).on_trial_error(0, [trial], trial)
    return feed, events


def test_jobs_become_trials_in_their_order() -> None:
    feed = JobFeed()
    for job in JOBS:
        feed.submit(job)
    assert [feed.suggest("a"), feed.suggest("b"), feed.suggest("c")] == [{JOB: j} for j in JOBS]
    assert feed.suggest("d") is None  # Tune runs what it has and asks again


def test_where_nothing_runs_the_feed_waits_for_a_job() -> None:
    feed = JobFeed()
    feed.submit(JOBS[0])
    feed.suggest("a")
    feed.on_trial_complete("a", None, error=True)
    threading.Timer(0.05, feed.submit, args=[JOBS[1]]).start()
    assert feed.suggest("b") == {JOB: JOBS[1]}


def test_what_a_worker_says_is_passed_on() -> None:
    events: list[Event] = []
    progressed = Progressed(JOBS[0], curve_of(SPEC, 0)[0])
    trial: Any = FakeTrial(JOBS[0], 0)
    EventCallback(JobFeed(), events.append).on_trial_result(0, [trial], trial, {EVENT: progressed})
    assert events == [progressed]


def test_a_trial_that_used_up_its_tries_fails_its_job_in_one_line() -> None:
    _, events = failed(MAX_FAILURES + 1)
    (event,) = events
    assert isinstance(event, Failed)
    assert event.job == JOBS[0]
    assert event.reason.endswith("died 4 times, the last because: its node was lost.")
    assert not event.is_final


def test_a_trial_that_tune_gave_up_too_early_is_tried_again() -> None:
    feed, events = failed(1)
    assert events == []
    assert feed.suggest("again") == {JOB: JOBS[0]}
