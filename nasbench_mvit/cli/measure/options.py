"""The options of ``measure`` by which a target is made; what is not given is None."""

import argparse
import dataclasses
import ipaddress
from typing import Any, Final

from nasbench_mvit.cli.shared.parser import directory, given, positive_int, positive_seconds
from nasbench_mvit.errors import MeasurementError, listed, unknown
from nasbench_mvit.workbench.measurements.targets.browser import BrowserTarget
from nasbench_mvit.workbench.measurements.targets.by_name import TARGETS
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget
from nasbench_mvit.workbench.measurements.targets.coreml import CoreMLTarget

PORTS: Final = (1024, 65534)  # with TLS the next one is taken too
FIND_ADDRESS: Final = True  # no text, which would be read as an address


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every target, those of one alone in a group that names it."""
    add = parser.add_argument
    add("--threads", type=positive_int, help="of the runtime (default: 1)")
    add(
        "--seconds",
        type=positive_seconds,
        help="time spent on the samples of a network, about "
        f"(default: {MeasurementTarget.seconds})",
    )
    add("--device", type=given, help="name of the device in records (default: what it says)")
    _add_browser_options(parser)
    _add_android_options(parser)
    _add_coreml_options(parser)


def _add_browser_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("--target browser").add_argument
    add(
        "--lan",
        nargs="?",
        const=FIND_ADDRESS,
        type=_address,
        metavar="ADDRESS",
        help="let others in this network open the page, at this machine's address in it "
        "(default: only this machine can)",
    )
    add("--port", type=_port, help="of the page (default: 8650)")
    add("--tls", action="store_const", const=True, help="serve over TLS; with --lan")
    add("--ort-web", type=directory, help="folder in which npm installed onnxruntime-web")
    add(
        "--engine",
        type=given,
        help=f"{' or '.join(BrowserTarget.ENGINES)} (default: {BrowserTarget.engine})",
    )


def _add_android_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("--target android").add_argument
    add("--runner", type=directory, metavar="FILE", help="program to run on the phone")
    add("--serial", type=given, help="which phone, if several are attached (also with --iphone)")


def _add_coreml_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("--target coreml").add_argument
    add(
        "--compute-units",
        type=given,
        help=f"one of {', '.join(CoreMLTarget.COMPUTE_UNITS)} "
        f"(default: {CoreMLTarget.compute_units})",
    )
    add("--iphone", action="store_const", const=True, help="measure a connected iPhone")
    add("--team", type=given, help="development team that signs coremltools' app for the iPhone")


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be an IPv4 address of this machine, like 192.168.1.5, got '{text}'."
        ) from None


def _port(text: str) -> int:
    low, high = PORTS
    if not text.isascii() or not text.isdigit() or not low <= int(text[:6]) <= high:
        raise argparse.ArgumentTypeError(f"must be from {low} to {high}, got '{text}'.")
    return int(text)


def target_of(options: argparse.Namespace) -> MeasurementTarget:
    """Return the target that the command line names, with its options.

    Raises:
        MeasurementError: there is no such target, it lacks an option, or one is of another target.
    """
    if options.target not in TARGETS:
        raise MeasurementError(
            f"{unknown('target', options.target, TARGETS)} --target list says what each measures "
            "and needs."
        )
    kind = TARGETS[options.target]
    takers = {
        name: [target for target, kind in TARGETS.items() if name in _fields(kind)]
        for name in sorted({name for kind in TARGETS.values() for name in _fields(kind)})
    }
    taken: dict[str, Any] = {
        name: value for name in takers if (value := getattr(options, name)) is not None
    }
    for name in taken:
        if name not in _fields(kind):
            raise MeasurementError(
                f"{_option(name)} can only be given with --target {listed(takers[name])}. Leave it "
                "out."
            )
    for name, field in _fields(kind).items():
        if name not in taken and field.default is dataclasses.MISSING:
            raise MeasurementError(
                f"--target {options.target} needs {_option(name)}: {kind.needs}."
            )
    return kind(**taken)


def _fields(kind: type[MeasurementTarget]) -> "dict[str, dataclasses.Field[Any]]":
    return {field.name: field for field in dataclasses.fields(kind)}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
