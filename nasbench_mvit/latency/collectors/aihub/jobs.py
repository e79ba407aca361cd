"""The identifiers of submitted jobs, kept beside the records, so that a later session goes on."""

import json
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io.text_files import read_text, write_text
from nasbench_mvit.io.validation import validate_json
from nasbench_mvit.latency.fields import Sha256, SpecId, Strict, Text

JOBS_FILE: Final = "aihub_jobs.json"


class CompileJob(Strict):
    """A job that compiles a network, and the digest of the file it was given."""

    job: Text
    model_sha256: Sha256


class SubmittedJobs(Strict):
    """What was submitted for one target.

    Attributes:
        target: the target in words.
        compiled: the job that compiles each network.
        profiled: the jobs that profile it, one for each visit.
    """

    schema_version: Literal[1] = 1
    target: Text
    compiled: dict[SpecId, CompileJob] = Field(default_factory=dict)
    profiled: dict[SpecId, tuple[Text, ...]] = Field(default_factory=dict)


class JobFile:
    """The jobs of a run, written as soon as one is submitted."""

    def __init__(self, folder: Path, target: str) -> None:
        """Read the jobs in ``folder``, where there are some.

        Raises:
            MeasurementError: the file is damaged, or of another target.
        """
        self._path = folder / JOBS_FILE
        self._jobs = self._read() or SubmittedJobs(target=target)
        if self._jobs.target != target:
            raise MeasurementError(
                f"{self._path} holds jobs of {self._jobs.target}, not of {target}. Choose another "
                "`run_dir=`, or remove the file: its jobs are submitted anew."
            )

    def _read(self) -> SubmittedJobs | None:
        try:
            text = read_text(self._path)
        except FileNotFoundError:
            return None
        return validate_json(text, SubmittedJobs, MeasurementError, where=str(self._path))

    def compiled(self, network: str) -> CompileJob | None:
        """Return the job that compiles a network."""
        return self._jobs.compiled.get(network)

    def profiled(self, network: str) -> tuple[str, ...]:
        """Return the jobs that profile a network."""
        return self._jobs.profiled.get(network, ())

    def keep_compiled(self, network: str, job: CompileJob) -> None:
        """Add a job that compiles."""
        self._write(self._jobs.compiled | {network: job}, self._jobs.profiled)

    def keep_profiled(self, network: str, job: str) -> None:
        """Add a job that profiles."""
        jobs = (*self.profiled(network), job)
        self._write(self._jobs.compiled, self._jobs.profiled | {network: jobs})

    def forget(self, network: str) -> None:
        """Drop the jobs of a network that has failed."""
        compiled, profiled = dict(self._jobs.compiled), dict(self._jobs.profiled)
        compiled.pop(network, None)
        profiled.pop(network, None)
        self._write(compiled, profiled)

    def _write(self, compiled: dict[str, CompileJob], profiled: dict[str, tuple[str, ...]]) -> None:
        self._jobs = self._jobs.model_copy(update={"compiled": compiled, "profiled": profiled})
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self._path, json.dumps(self._jobs.model_dump(mode="json"), indent=1) + "\n")
