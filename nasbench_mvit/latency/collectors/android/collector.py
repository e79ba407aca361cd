"""An Android phone over adb, by a program of the user's that runs there.

It is tested against a stand-in for adb, not on hardware.
"""

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io import catalogue
from nasbench_mvit.latency.collectors.android.adb import Adb, ShellError
from nasbench_mvit.latency.collectors.android.runners import NAME, runner_of
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.file_collector import FileCollector
from nasbench_mvit.latency.collectors.this_machine import checked_timing
from nasbench_mvit.latency.collectors.timing import TimingPlan, after_warm_up, runs_to_fill
from nasbench_mvit.latency.records.job import Job
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.target import Target

FOLDER: Final = "/data/local/tmp/nasbench_mvit"  # which Android lets adb write and run
START_S: Final = 120.0
PROBE_RUNS: Final = 5
HASH_DIGITS: Final = 12


class AndroidCollector(FileCollector):
    """Copies every network to the phone, times it there, and removes it again."""

    def __init__(
        self,
        folder: Path,
        *,
        runner: Path,
        serial: str | None,
        threads: int,
        plan: TimingPlan,
        device: str | None = None,
    ) -> None:
        """Find the phone and put the runner on it, with the libraries that lie beside it.

        Raises:
            MeasurementError: there is no such runner, or not the one phone.
        """
        self._runner = runner_of(runner)
        super().__init__(self._runner.models(folder))
        self._plan = plan
        self._threads = threads
        self._phone = Adb.connect(serial)
        fields = {
            "device": device or self._model(),
            "os": f"Android {self._phone.property('ro.build.version.release')} "
            f"{self._phone.property('ro.product.cpu.abi')}",
            "runtime": self._runner.runtime,
            # A runner does not say its version.
            "runtime_version": f"sha256 {_digest(runner)[:HASH_DIGITS]}",
            "engine": self._runner.engine,
            "threads": threads,
            "precision": "fp32",
            "batch": 1,
        }
        self._target = catalogue.validate(fields, Target, MeasurementError, where="the phone")
        self._install(runner)

    def _model(self) -> str:
        maker, model = map(self._phone.property, ("ro.product.manufacturer", "ro.product.model"))
        if not model:
            raise MeasurementError("the phone does not say its model. Name it by `device=`.")
        return f"{maker} {model}".strip()

    def _install(self, runner: Path) -> None:
        try:
            self._phone.shell(f"mkdir -p {FOLDER}")
            for library in sorted(runner.parent.glob("*.so")):
                self._phone.push(library, f"{FOLDER}/{library.name}")
            self._phone.push(runner, f"{FOLDER}/{NAME}")
            self._phone.shell(f"chmod 755 {FOLDER}/{NAME}")
        except ShellError as error:
            raise MeasurementError(
                f"the runner cannot be put on the phone {self._phone.serial}: {error}. Make room "
                f"in {FOLDER}, or remove what is in the way there."
            ) from None

    def measure(self, job: Job) -> Measurement:
        """Time one network.

        Raises:
            NetworkFailedError: it cannot be exported, copied, run or timed.
            MeasurementError: the phone is gone.
        """
        model = self._models.get(job.spec)
        name = model.path.name
        try:
            self._phone.push(model.path, f"{FOLDER}/{name}")
            try:
                probe = self._times(name, PROBE_RUNS)
                times = self._times(name, runs_to_fill(self._plan, probe))
            finally:
                self._phone.shell(f"rm -f {FOLDER}/{name}")
        except ShellError as error:
            raise NetworkFailedError(f"on the phone: {error}") from None
        timed = after_warm_up(times, tick_ms=self._runner.tick_ms(times))
        timing = checked_timing(asdict(timed), model.sha256)
        return job.record(timing, self._target, datetime.now(UTC))

    def _times(self, name: str, runs: int) -> list[float]:
        line = self._runner.line(name, runs=runs, threads=self._threads)
        printed = self._phone.shell(
            f"cd {FOLDER} && export LD_LIBRARY_PATH=. && {{ {line}; }}",
            timeout_s=START_S + 20 * self._plan.seconds,
        )
        return self._runner.times_ms(printed, runs=runs)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
