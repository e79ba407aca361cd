"""An Android phone over adb, by a program of the user's that runs there.

It is tested against a stand-in for adb, not on hardware.
"""

import hashlib
from pathlib import Path
from typing import Any, Final

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.android.adb import Adb, ShellError
from nasbench_mvit.latency.collectors.android.runners import NAME, runner_of
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.file_collector import FileCollector, checked_target
from nasbench_mvit.latency.collectors.model_files import ModelFile, ModelFiles
from nasbench_mvit.latency.collectors.timing import TimingPlan

FOLDER: Final = "/data/local/tmp/nasbench_mvit"  # which Android lets adb write and run
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
        super().__init__(ModelFiles(folder, self._runner.form), plan)
        self._threads = threads
        self._phone = Adb.connect(serial)
        system, abi = map(self._phone.property, ("ro.build.version.release", "ro.product.cpu.abi"))
        # A runner does not say its version.
        version = hashlib.sha256(runner.read_bytes()).hexdigest()[:HASH_DIGITS]
        self.target = checked_target(
            device=device or self._model(),
            os=f"Android {system} {abi}",
            runtime=self._runner.runtime,
            runtime_version=f"sha256 {version}",
            engine=self._runner.engine,
            threads=threads,
        )
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

    def _timed(self, model: ModelFile) -> dict[str, Any]:
        name = model.path.name
        try:
            self._phone.push(model.path, f"{FOLDER}/{name}")
            try:
                return self._probed(lambda runs: self._times(name, runs), self._runner.tick_ms)
            finally:
                self._phone.shell(f"rm -f {FOLDER}/{name}")
        except ShellError as error:
            raise NetworkFailedError(f"on the phone: {error}") from None

    def _times(self, name: str, runs: int) -> list[float]:
        line = self._runner.line(name, runs=runs, threads=self._threads)
        printed = self._phone.shell(
            f"cd {FOLDER} && export LD_LIBRARY_PATH=. && {{ {line}; }}", timeout_s=self._timeout_s
        )
        return self._runner.times_ms(printed, runs=runs)
