"""An Android phone as a target."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_mvit.workbench.measurements.targets.contract import MODELS, MeasurementTarget

if TYPE_CHECKING:
    from nasbench_mvit.latency.collectors.contract import Collector, Screen
    from nasbench_mvit.latency.collectors.model_files import ModelFiles


@dataclass(frozen=True, kw_only=True)
class AndroidTarget(MeasurementTarget):
    """An Android phone over adb.

    Attributes:
        runner: ``onnxruntime_perf_test`` or ``executor_runner``, built for the phone.
        serial: which phone, where several are attached.
        threads: number of threads of the runtime.
    """

    measures = "an Android phone by cable"
    needs = "adb, and onnxruntime_perf_test or executor_runner built for the phone (`runner=`)"

    runner: Path
    serial: str | None = None
    threads: int = 1

    def models(self, run_dir: Path) -> "ModelFiles":
        """Return the files that the runner takes."""
        from nasbench_mvit.latency.collectors.android.runners import runner_of  # noqa: PLC0415
        from nasbench_mvit.latency.collectors.model_files import ModelFiles  # noqa: PLC0415

        return ModelFiles(run_dir / MODELS, runner_of(self.runner).form)

    def collector(self, run_dir: Path, screen: "Screen") -> "Collector":
        """Return the collector of the phone."""
        from nasbench_mvit.latency.collectors.android.collector import AndroidCollector  # noqa: PLC0415

        del screen
        return AndroidCollector(
            run_dir / MODELS,
            runner=self.runner,
            serial=self.serial,
            threads=self.threads,
            plan=self._plan(),
            device=self.device,
        )
