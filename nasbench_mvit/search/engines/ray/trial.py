"""The trainable that Ray Tune runs in a worker: one training, reported at each fraction."""

from dataclasses import dataclass
from typing import Any

import ray
from ray import tune
from ray.tune.result import DONE

from nasbench_mvit.search.engines.contract import Job, Progressed
from nasbench_mvit.search.engines.outcome import outcome
from nasbench_mvit.search.engines.worker_threads import limit_threads
from nasbench_mvit.search.evaluators.proxy import EndedAtRungError, Evaluator
from nasbench_mvit.training.proxy.result import FractionReport

JOB = "job"
EVENT = "event"


@dataclass(frozen=True)
class TrialContext:
    """The settings that all trials of a run share.

    Attributes:
        evaluator: the evaluator of the networks.
        threads: number of threads of each trial.
    """

    evaluator: Evaluator
    threads: int


def run_trial(config: dict[str, Any], *, context: TrialContext, actor: Any) -> None:
    """Train the network of a job and report its events.

    A failure of the training is an event too, so that Tune retries only a trial whose worker or
    node was killed.

    Args:
        config: a mapping that holds the job.
        context: the settings shared by all trials.
        actor: handle of the ``TuneActor``, which has the answers for jobs that wait at a rung.
    """
    job: Job = config[JOB]

    def report(fraction: FractionReport) -> None:
        progressed = Progressed(job, fraction)
        tune.report({EVENT: progressed})  # returns once Tune has received it
        if progressed.awaits_answer and not ray.get(actor.answered.remote(progressed)):
            raise EndedAtRungError

    limit_threads(context.threads)
    tune.report({EVENT: outcome(job, context.evaluator, report), DONE: True})
