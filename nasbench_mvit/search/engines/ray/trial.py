"""What Ray Tune runs in a worker: one training, reported at each fraction of its budget."""

from dataclasses import dataclass
from typing import Any

import ray
from ray import tune
from ray.tune.result import DONE

from nasbench_mvit.search.engines.contract import Job, Progressed
from nasbench_mvit.search.engines.outcome import outcome
from nasbench_mvit.search.engines.worker_threads import limit_threads
from nasbench_mvit.search.evaluators.proxy import EndedAtRungError, Evaluator
from nasbench_mvit.training.proxy.report import FractionReport

JOB = "job"
EVENT = "event"


@dataclass(frozen=True)
class Workplace:
    """What every trial of a run shares.

    Attributes:
        evaluator: judges the networks.
        threads: of each trial.
    """

    evaluator: Evaluator
    threads: int


def run_trial(config: dict[str, Any], *, workplace: Workplace, desk: Any) -> None:
    """Train the network of a job and report its events.

    Whatever goes wrong with the training is an event too, so that Tune tries again only what ended
    without a word: a worker that was killed, or its node.

    Args:
        config: holds the job.
        workplace: what it runs with.
        desk: handle of the ``Desk``, which knows the answers for jobs that wait at a rung.
    """
    job: Job = config[JOB]

    def report(fraction: FractionReport) -> None:
        progressed = Progressed(job, fraction)
        tune.report({EVENT: progressed})  # returns once Tune has taken it
        if progressed.awaits_answer and not ray.get(desk.answered.remote(progressed)):
            raise EndedAtRungError

    limit_threads(workplace.threads)
    tune.report({EVENT: outcome(job, workplace.evaluator, report), DONE: True})
