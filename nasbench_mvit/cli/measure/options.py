"""The options of ``measure`` that only one kind of device takes; what is not given is None."""

import argparse

from nasbench_mvit.cli.shared.parser import directory, given
from nasbench_mvit.errors import unknown
from nasbench_mvit.latency.collectors.coreml.compute_units import COMPUTE_UNITS

SECONDS = 0.5


def add_android_options(parser: argparse.ArgumentParser) -> None:
    """Add those of a phone over adb; ``--serial`` also chooses an iPhone."""
    add = parser.add_argument_group("--target android").add_argument
    add("--runner", type=directory, metavar="FILE", help="program to run on the phone")
    add("--serial", type=given, help="which phone, if several are attached (also with --iphone)")


def add_coreml_options(parser: argparse.ArgumentParser) -> None:
    """Add those of Core ML."""
    add = parser.add_argument_group("--target coreml").add_argument
    add(
        "--compute-units",
        type=_compute_units,
        help=f"one of {', '.join(COMPUTE_UNITS)} (default: {COMPUTE_UNITS[0]})",
    )
    add("--iphone", action="store_const", const=True, help="measure a connected iPhone")
    add("--team", type=given, help="development team that signs coremltools' app for the iPhone")


def _compute_units(text: str) -> str:
    if text not in COMPUTE_UNITS:
        raise argparse.ArgumentTypeError(unknown("set of compute units", text, COMPUTE_UNITS))
    return text
