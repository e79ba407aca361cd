"""A full training in the processes of a Ray cluster: Ray Train starts them, the loop is the same.

Ray Train restarts all processes where one dies, on another machine if need be, and the job goes on
from its own checkpoint. Its folder must be one that every machine sees.
"""

import dataclasses
import logging
import os
from typing import Any

import torch

from nasbench_mvit.errors import TrainingError
from nasbench_mvit.io.system import extras
from nasbench_mvit.io.system.local_ray import local_arguments
from nasbench_mvit.training.common.world import joined
from nasbench_mvit.training.full.job import FullJob
from nasbench_mvit.training.full.run import MakeWatchers, run_job
from nasbench_mvit.training.full.watcher import EpochReport
from nasbench_mvit.training.full.watchers.history import read_history
from nasbench_mvit.training.images.annotated.annotated_sources import absolute_source_of

RESTARTS = 3
RAY_FOLDER = "ray"
ADDRESS, LOCAL = "RAY_ADDRESS", "local"
INSTALL = "Install it with: pip install --constraint constraints.txt 'ray[client,tune]'"


def train_with_ray(job: FullJob, num_processes: int, watchers: MakeWatchers) -> EpochReport:
    """Run a job in ``num_processes`` processes, each with a GPU where ``job.device`` is no CPU.

    Args:
        job: what to train.
        num_processes: must divide the passes of an update.
        watchers: as ``run_job`` takes them; pickled, and called in the first process.

    Returns:
        The scores of the last epoch.

    Raises:
        TrainingError: Ray is not installed, or the job failed.
    """
    try:
        ray = extras.load("ray")
        from ray import train as ray_train  # noqa: PLC0415
        from ray.train.torch import TorchTrainer  # noqa: PLC0415
    except ImportError as problem:
        raise TrainingError(f"`ray_processes=` needs Ray Train ({problem}). {INSTALL}") from None
    _connect(ray)
    source = absolute_source_of(job.source, job.spec.task)
    job = dataclasses.replace(job, source=source)  # workers have directories of their own
    on_gpu = job.device != "cpu" and torch.cuda.is_available()
    trainer = TorchTrainer(
        _work,
        train_loop_config={"job": job, "watchers": watchers},
        scaling_config=ray_train.ScalingConfig(num_workers=num_processes, use_gpu=on_gpu),
        run_config=ray_train.RunConfig(
            name=job.folder.name,
            storage_path=str(job.folder / RAY_FOLDER),
            failure_config=ray_train.FailureConfig(max_failures=RESTARTS),
        ),
    )
    try:
        trainer.fit()
    except ray_train.TrainingFailedError as problem:
        raise TrainingError(f"the training in Ray failed: {_cause(problem)}") from None
    finally:
        ray.shutdown()
    return read_history(job.folder)[-1]


def _connect(ray: Any) -> None:
    """Join the cluster that is named, and no other that happens to run; else start one here.

    Raises:
        TrainingError: nobody answers at that address.
    """
    address = os.environ.get(ADDRESS, LOCAL)
    here: dict[str, Any] = {}
    if address == LOCAL:
        here = {"include_dashboard": False} | local_arguments()
    try:
        ray.init(address=address, logging_level=logging.WARNING, **here)
    except (ConnectionError, RuntimeError, ValueError) as problem:
        raise TrainingError(
            f"there is no Ray cluster at {address} ({problem}). Correct {ADDRESS}, or unset it to "
            "use this machine."
        ) from None


def _cause(problem: Exception) -> str:
    """Return the last line of what ended a process, without the tracebacks around it."""
    failures: dict[int, Exception] = getattr(problem, "worker_failures", {})
    text = str(next(iter(failures.values()), problem)).strip()
    return text.splitlines()[-1] if text else type(problem).__name__


def _work(config: dict[str, Any]) -> None:
    """Do one process's part."""
    from ray.train.torch import get_device  # noqa: PLC0415

    job: FullJob = config["job"]
    if job.device != "cpu":
        job = dataclasses.replace(job, device=str(get_device()))
    with joined(job.device) as world:
        run_job(job, world, announce=lambda _outline: None, watchers=config["watchers"])
