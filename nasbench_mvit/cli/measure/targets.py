"""What can be measured on: every target by name, with what it needs and how its collector is made.

A new target adds its entry here, and options of its own in a group that names it. What makes a
collector is imported when it is made.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_mvit.cli.measure.browser import (
    BROWSER,
    BROWSER_OPTIONS,
    add_browser_options,
    browser_collector,
)
from nasbench_mvit.cli.measure.devices import (
    android_collector,
    android_models,
    coreml_collector,
    coreml_models,
    executorch_collector,
    executorch_models,
    onnxruntime_collector,
    onnxruntime_models,
)
from nasbench_mvit.cli.measure.options import SECONDS, add_android_options, add_coreml_options
from nasbench_mvit.cli.shared.parser import given, positive_int, positive_seconds
from nasbench_mvit.errors import MeasurementError, listed, unknown

if TYPE_CHECKING:
    from rich.console import Console

    from nasbench_mvit.latency.collectors.contract import Collector
    from nasbench_mvit.latency.collectors.model_files import ModelFiles

LIST = "list"


@dataclass(frozen=True)
class MeasureTarget:
    """One way to measure.

    Attributes:
        device: what is measured, in words.
        needs: what must be there first.
        collector: makes the collector from the options, a folder for the networks' files, and the
            terminal, which it may print to.
        models: makes what exports the files alone, from the options and the folder.
        options: what only this target takes; what is not given is None.
    """

    device: str
    needs: str
    collector: "Callable[[argparse.Namespace, Path, Console], Collector]"
    models: "Callable[[argparse.Namespace, Path], ModelFiles]"
    options: tuple[str, ...] = ()


TARGETS = {
    "onnxruntime": MeasureTarget(
        device="this machine's CPU (x86 or Arm; a Raspberry Pi, or Termux on a phone)",
        needs="the extra 'onnx'",
        collector=onnxruntime_collector,
        models=onnxruntime_models,
    ),
    "executorch": MeasureTarget(
        device="this machine's CPU through ExecuTorch and XNNPACK",
        needs="the extra 'executorch', and up to a minute to lower each network",
        collector=executorch_collector,
        models=executorch_models,
    ),
    "android": MeasureTarget(
        device="an Android phone by cable",
        needs="adb, and onnxruntime_perf_test or executor_runner built for the phone (--runner)",
        collector=android_collector,
        models=android_models,
        options=("--runner", "--serial"),
    ),
    "coreml": MeasureTarget(
        device="this Mac, or an iPhone connected to it (--iphone)",
        needs="macOS and the extra 'coreml'; for a phone Xcode and a signing team (--team)",
        collector=coreml_collector,
        models=coreml_models,
        options=("--compute-units", "--iphone", "--serial", "--team"),
    ),
    BROWSER: MeasureTarget(
        device="any phone through its browser: no cable, no app, no Mac",
        needs="the extra 'onnx', and npm or a copy of onnxruntime-web (--ort-web)",
        collector=browser_collector,
        models=onnxruntime_models,
        options=BROWSER_OPTIONS,
    ),
}


def find_target(name: str) -> MeasureTarget:
    """Return the target of that name.

    Raises:
        MeasurementError: there is none.
    """
    if name not in TARGETS:
        raise MeasurementError(
            f"{unknown('target', name, TARGETS)} --target {LIST} says what each measures and needs."
        )
    return TARGETS[name]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options by which collectors are made."""
    add = parser.add_argument
    add("--threads", type=positive_int, default=1, help="of the runtime (default: 1)")
    add(
        "--seconds",
        type=positive_seconds,
        default=SECONDS,
        help=f"time spent on the samples of a network, about (default: {SECONDS})",
    )
    add("--device", type=given, help="name of the device in records (default: what it says)")
    add_browser_options(parser)
    add_android_options(parser)
    add_coreml_options(parser)


def check_options(options: argparse.Namespace) -> None:
    """Check that options of one target are not given to another.

    Raises:
        MeasurementError: one is.
    """
    for option in sorted({name for target in TARGETS.values() for name in target.options}):
        value = getattr(options, option.removeprefix("--").replace("-", "_"))
        takers = [name for name, target in TARGETS.items() if option in target.options]
        if value is not None and options.target not in takers:
            raise MeasurementError(
                f"{option} can only be given with --target {listed(takers)}. Leave it out."
            )
