"""Collectors from the options of ``measure``, one pair of functions for each target.

The first makes the collector, the second what exports its files without the device. What they need
is imported when they are called.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.coreml.compute_units import COMPUTE_UNITS

if TYPE_CHECKING:
    from rich.console import Console

    from nasbench_mvit.latency.collectors.contract import Collector
    from nasbench_mvit.latency.collectors.coreml.models import CoreMLModels
    from nasbench_mvit.latency.collectors.model_files import ModelFiles
    from nasbench_mvit.latency.collectors.timing import TimingPlan


def onnxruntime_collector(options: argparse.Namespace, folder: Path, _: "Console") -> "Collector":
    """Return the collector of this machine through ONNX Runtime."""
    from nasbench_mvit.latency.collectors.onnxruntime.collector import OnnxRuntimeCollector  # noqa: PLC0415

    return OnnxRuntimeCollector(
        folder, threads=options.threads, plan=_plan(options), device=options.device
    )


def onnxruntime_models(_: argparse.Namespace, folder: Path) -> "ModelFiles":
    """Return ONNX files."""
    from nasbench_mvit.latency.collectors.onnxruntime.models import OnnxModels  # noqa: PLC0415

    return OnnxModels(folder)


def executorch_collector(options: argparse.Namespace, folder: Path, _: "Console") -> "Collector":
    """Return the collector of this machine through ExecuTorch."""
    from nasbench_mvit.latency.collectors.executorch.collector import ExecuTorchCollector  # noqa: PLC0415

    return ExecuTorchCollector(
        folder, threads=options.threads, plan=_plan(options), device=options.device
    )


def executorch_models(_: argparse.Namespace, folder: Path) -> "ModelFiles":
    """Return ExecuTorch programs."""
    from nasbench_mvit.latency.collectors.executorch.collector import ExecuTorchModels  # noqa: PLC0415

    return ExecuTorchModels(folder)


def android_collector(options: argparse.Namespace, folder: Path, _: "Console") -> "Collector":
    """Return the collector of a phone over adb."""
    from nasbench_mvit.latency.collectors.android.collector import AndroidCollector  # noqa: PLC0415

    return AndroidCollector(
        folder,
        runner=_runner(options),
        serial=options.serial,
        threads=options.threads,
        plan=_plan(options),
        device=options.device,
    )


def android_models(options: argparse.Namespace, folder: Path) -> "ModelFiles":
    """Return the files that the runner takes."""
    from nasbench_mvit.latency.collectors.android.runners import runner_of  # noqa: PLC0415

    return runner_of(_runner(options)).models(folder)


def _runner(options: argparse.Namespace) -> Path:
    if options.runner is None:
        raise MeasurementError(
            "--target android needs --runner FILE: onnxruntime_perf_test or executor_runner, built "
            "for the phone."
        )
    return Path(options.runner)


def coreml_collector(options: argparse.Namespace, folder: Path, _: "Console") -> "Collector":
    """Return the collector of this Mac or an iPhone."""
    from nasbench_mvit.latency.collectors.coreml.collector import CoreMLCollector, Phone  # noqa: PLC0415

    if options.threads != 1:
        raise MeasurementError("--threads: Core ML chooses its threads itself. Leave it out.")
    for name in ("serial", "team"):
        if getattr(options, name) is not None and not options.iphone:
            raise MeasurementError(f"--{name} says something of an iPhone. Add --iphone.")
    return CoreMLCollector(
        coreml_models(options, folder),
        compute_units=options.compute_units or COMPUTE_UNITS[0],
        phone=Phone(team=options.team, serial=options.serial) if options.iphone else None,
        plan=_plan(options),
        device=options.device,
    )


def coreml_models(_: argparse.Namespace, folder: Path) -> "CoreMLModels":
    """Return Core ML packages."""
    from nasbench_mvit.latency.collectors.coreml.models import CoreMLModels  # noqa: PLC0415

    return CoreMLModels(folder)


def _plan(options: argparse.Namespace) -> "TimingPlan":
    from nasbench_mvit.latency.collectors.timing import TimingPlan  # noqa: PLC0415

    return TimingPlan(seconds=options.seconds)
