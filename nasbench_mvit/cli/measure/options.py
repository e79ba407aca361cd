"""The options of ``measure`` by which a target is made; what is not given is None."""

import argparse
import dataclasses
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nasbench_mvit.cli.shared.options import Options, option
from nasbench_mvit.cli.shared.parser import directory, positive_int, positive_seconds
from nasbench_mvit.errors import MeasurementError, listed, unknown
from nasbench_mvit.workbench.measurements.targets.aihub import AIHubTarget
from nasbench_mvit.workbench.measurements.targets.browser import BrowserTarget
from nasbench_mvit.workbench.measurements.targets.by_name import TARGETS
from nasbench_mvit.workbench.measurements.targets.contract import MeasurementTarget
from nasbench_mvit.workbench.measurements.targets.coreml import CoreMLTarget

BROWSER, ANDROID, COREML, AIHUB = (
    f"--target {name}" for name in ("browser", "android", "coreml", "aihub")
)
PORTS: Final = (1024, 65534)  # with TLS the next one is taken too
FIND_ADDRESS: Final = True  # no text, which would be read as an address


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


@dataclass(frozen=True, kw_only=True)
class TargetOptions(Options):
    """The options of every target, those of one alone in a group that names it."""

    threads: int | None = option(type=positive_int, help="of the runtime (default: 1)")
    seconds: float | None = option(
        type=positive_seconds,
        help="time spent on the samples of a network, about "
        f"(default: {MeasurementTarget.seconds})",
    )
    device: list[str] = option(
        action="append",
        help="name of the device in records (default: what it says); with aihub the device, and "
        "another --device is measured after it",
    )
    lan: str | bool | None = option(
        nargs="?",
        const=FIND_ADDRESS,
        type=_address,
        metavar="ADDRESS",
        group=BROWSER,
        help="let others in this network open the page, at this machine's address in it "
        "(default: only this machine can)",
    )
    port: int | None = option(type=_port, group=BROWSER, help="of the page (default: 8650)")
    tls: bool | None = option(
        action="store_const", const=True, group=BROWSER, help="serve over TLS; with --lan"
    )
    ort_web: Path | None = option(
        type=directory, group=BROWSER, help="folder in which npm installed onnxruntime-web"
    )
    engine: str | None = option(
        group=BROWSER,
        help=f"{' or '.join(BrowserTarget.ENGINES)} (default: {BrowserTarget.engine})",
    )
    runner: Path | None = option(
        type=directory, metavar="FILE", group=ANDROID, help="program to run on the phone"
    )
    serial: str | None = option(
        group=ANDROID, help="which phone, if several are attached (also with --iphone)"
    )
    compute_units: str | None = option(
        group=COREML,
        help=f"one of {', '.join(CoreMLTarget.COMPUTE_UNITS)} "
        f"(default: {CoreMLTarget.compute_units}); with aihub one of "
        f"{', '.join(AIHubTarget.COMPUTE_UNITS)} (default: {AIHubTarget.compute_units})",
    )
    iphone: bool | None = option(
        action="store_const", const=True, group=COREML, help="measure a connected iPhone"
    )
    team: str | None = option(
        group=COREML, help="development team that signs coremltools' app for the iPhone"
    )
    runtime: str | None = option(
        group=AIHUB,
        help=f"one of {', '.join(AIHubTarget.RUNTIMES)} (default: {AIHubTarget.runtime})",
    )


def targets_of(target: str, options: TargetOptions) -> list[MeasurementTarget]:
    """Return the target of a name, with its options; of hosted devices one for each.

    Raises:
        MeasurementError: there is no such target, it lacks an option, or one is of another target.
    """
    if target not in TARGETS:
        raise MeasurementError(
            f"{unknown('target', target, TARGETS)} --target list says what each measures and needs."
        )
    kind = TARGETS[target]
    if len(options.device) > 1 and kind is not AIHubTarget:
        raise MeasurementError(
            f"--device can only be given once with --target {target}: it names the one device that "
            "is measured. Measure others by commands of their own."
        )
    taken = _taken(kind, options)
    named: list[dict[str, Any]] = [{"device": name} for name in dict.fromkeys(options.device)]
    for name, field in _fields(kind).items():
        if name not in {*taken, *(named or [{}])[0]} and field.default is dataclasses.MISSING:
            raise MeasurementError(f"--target {target} needs {_option(name)}: {kind.needs}.")
    return [kind(**taken, **name) for name in named or [{}]]


def _taken(kind: type[MeasurementTarget], options: TargetOptions) -> dict[str, Any]:
    """Return the options of a target that are given, but for the device's name."""
    takers = {
        name: [other for other, kind in TARGETS.items() if name in _fields(kind)]
        for name in sorted({name for kind in TARGETS.values() for name in _fields(kind)})
    }
    taken: dict[str, Any] = {
        name: value
        for name in takers
        if name != "device" and (value := getattr(options, name)) is not None
    }
    for name in taken:
        if name not in _fields(kind):
            raise MeasurementError(
                f"{_option(name)} can only be given with --target {listed(takers[name])}. Leave it "
                "out."
            )
    return taken


def _fields(kind: type[MeasurementTarget]) -> "dict[str, dataclasses.Field[Any]]":
    return {field.name: field for field in dataclasses.fields(kind)}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
