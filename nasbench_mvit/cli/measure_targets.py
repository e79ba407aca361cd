"""What can be measured on: every target by name, with what it needs and how its collector is made.

A new target adds its entry here and its options to ``add_options``. What makes a collector is
imported when it is made.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_mvit.cli.parser import given, positive_int, positive_seconds
from nasbench_mvit.errors import MeasurementError, unknown

if TYPE_CHECKING:
    from nasbench_mvit.latency.collectors.contract import Collector

LIST = "list"
SECONDS = 0.5


@dataclass(frozen=True)
class MeasureTarget:
    """One way to measure.

    Attributes:
        device: what is measured, in words.
        needs: what must be there first.
        collector: makes the collector from the options and a folder for its files.
    """

    device: str
    needs: str
    collector: "Callable[[argparse.Namespace, Path], Collector]"


def _onnxruntime(options: argparse.Namespace, folder: Path) -> "Collector":
    from nasbench_mvit.latency.collectors.onnxruntime import OnnxRuntimeCollector  # noqa: PLC0415
    from nasbench_mvit.latency.collectors.timing import TimingPlan  # noqa: PLC0415

    return OnnxRuntimeCollector(
        folder,
        threads=options.threads,
        plan=TimingPlan(seconds=options.seconds),
        device=options.device,
    )


TARGETS = {
    "onnxruntime": MeasureTarget(
        device="this machine's CPU (x86 or Arm; a Raspberry Pi, or Termux on a phone)",
        needs="the extra 'onnx'",
        collector=_onnxruntime,
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
