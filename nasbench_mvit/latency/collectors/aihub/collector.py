"""Times networks on a hosted device: a batch of jobs before each block, its results within it."""

import contextlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.errors import counted
from nasbench_mvit.latency.collectors.aihub.hub import Hub, HubOptions, QuotaError
from nasbench_mvit.latency.collectors.aihub.jobs import CompileJob, JobFile
from nasbench_mvit.latency.collectors.aihub.result import profile_of, timing_of
from nasbench_mvit.latency.collectors.contract import NetworkFailedError, Screen
from nasbench_mvit.latency.collectors.file_collector import checked_target
from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.records.job import TimingJob
from nasbench_mvit.latency.records.progress import MeasurementProgress
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.target import Target

#: The arithmetic of a float network on each unit: Qualcomm's NPU and GPU compute it in half.
PRECISIONS: Final = {"npu": "fp16", "gpu": "fp16", "cpu": "fp32"}
RUNTIMES: Final = {"tflite": "TFLite", "onnx": "onnxruntime", "qnn_dlc": "QNN"}


class AIHubCollector:
    """A ``Collector`` of one hosted device.

    Every visit of a network is a profile job of its own. Those of a block are submitted together
    before it opens, seven at most, and are waited for; within the block their results are fetched.
    """

    def __init__(
        self,
        run_dir: Path,
        models: ModelFiles,
        options: HubOptions,
        *,
        known: Sequence[Measurement],
        screen: Screen,
    ) -> None:
        """Connect to the service; ``known`` are the records of earlier sessions.

        Raises:
            WorkbenchError: see ``Hub``, or the jobs in ``run_dir`` are of another target.
        """
        self._models = models
        self._screen = screen
        before = known[0].target if known else None
        self._hub = Hub(options, version=before.runtime_version if before else None)
        self.target: Target = checked_target(
            device=options.device,
            os=self._hub.system,
            runtime=f"AI Hub {RUNTIMES[options.runtime]}",
            runtime_version=self._hub.tools,
            engine=options.compute_unit.upper(),
            threads=1,  # the service chooses them
            precision=PRECISIONS[options.compute_unit],
        )
        self._jobs = JobFile(run_dir, str(self.target))
        self._fetched = {record.profile.job for record in known if record.profile is not None}

    def prepare(self, networks: Sequence[MobileViTSpec]) -> None:
        """Submit the jobs of a block, the first network's twice, and wait until all have ended.

        What the account's quota leaves out is submitted when it is measured.
        """
        wanted = Counter(network.id for network in [*networks[:1], *networks])
        with contextlib.suppress(QuotaError):
            for network in networks:  # all of them first: the service compiles them side by side
                with contextlib.suppress(NetworkFailedError):
                    self._compiled(network)
            for network in networks:
                with contextlib.suppress(NetworkFailedError):
                    while len(self._waiting(network.id)) < wanted[network.id]:
                        self._submit(network)
        jobs = [job for name in wanted for job in self._waiting(name)]
        self._screen.note(f"AI Hub runs {counted(len(jobs), 'job')} on {self.target.device}")
        for job in jobs:
            self._hub.wait(job)

    def _waiting(self, network: str) -> list[str]:
        """Return the jobs that profile a network and whose results are in no record."""
        return [job for job in self._jobs.profiled(network) if job not in self._fetched]

    def _compiled(self, network: MobileViTSpec) -> CompileJob:
        """Return the job that compiles a network, submitted now if there is none."""
        job = self._jobs.compiled(network.id)
        if job is None:
            model = self._models.get(network)
            job = CompileJob(
                job=self._hub.compile(model.path, network.id), model_sha256=model.sha256
            )
            self._jobs.keep_compiled(network.id, job)
        return job

    def _submit(self, network: MobileViTSpec) -> str:
        """Submit a job that profiles a network, and return its identifier."""
        job = self._hub.profile(self._compiled(network).job, network.id)
        self._jobs.keep_profiled(network.id, job)
        return job

    def show(self, progress: MeasurementProgress) -> None:
        """Show nothing: this machine's terminal does."""
        del progress

    def measure(self, job: TimingJob) -> Measurement:
        """Fetch the result of a job of the network, submitted now if there is none.

        The record is of the moment of fetching: the service does not say when a job ran.

        Raises:
            NetworkFailedError: it cannot be exported, compiled or run.
            QuotaError: the account has too many jobs.
            MeasurementError: the service cannot be reached.
        """
        network = job.spec.id
        try:
            profiled = next(iter(self._waiting(network)), None) or self._submit(job.spec)
            compiled = self._compiled(job.spec)
            result = self._hub.result(profiled, compiled.job)
            timing = timing_of(result, compiled.model_sha256)
            profile = profile_of(result, profiled)
        except NetworkFailedError:
            self._jobs.forget(network)  # the next attempt makes new ones
            raise
        self._fetched.add(profiled)
        return job.record(timing, self.target, datetime.now(UTC), profile)

    def release(self, networks: Sequence[MobileViTSpec]) -> None:
        """Remove the networks' files; what was compiled stays at the service."""
        self._models.release(networks)

    def close(self) -> None:
        """End the exporting process."""
        self._models.close()
