"""Runs a job to its end for every engine: a result, a stop at a rung, or a failure."""

import traceback

from nasbench_mvit.errors import WorkbenchError
from nasbench_mvit.search.engines.contract import End, Failed, Finished, Job, Stopped
from nasbench_mvit.search.evaluators.proxy import EndedAtRungError, Evaluator, Report
from nasbench_mvit.training.proxy.result import NonFiniteLossError


def outcome(job: Job, evaluator: Evaluator, report: Report) -> End:
    """Run a job in this process and return its end; an error becomes a ``Failed``."""
    try:
        return Finished(job, evaluator(job.spec, job.seed, report))
    except EndedAtRungError:
        return Stopped(job)
    except NonFiniteLossError as error:
        return Failed(job, str(error), is_final=True)
    except WorkbenchError as error:
        return Failed(job, str(error), is_final=False)
    except MemoryError:
        return Failed(job, "out of memory", is_final=False)
    except Exception as error:  # noqa: BLE001 - one network must not end the study
        reason = f"{type(error).__name__}: {error}"
        return Failed(job, reason, is_final=False, details=traceback.format_exc())
