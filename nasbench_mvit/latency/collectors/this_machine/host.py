"""What this machine is called in records."""

import platform
import subprocess
from pathlib import Path

from nasbench_mvit.errors import MeasurementError

# Boards such as a Raspberry Pi name themselves here, computers name their processor.
BOARD = Path("/proc/device-tree/model")
PROCESSORS = Path("/proc/cpuinfo")


def device_name() -> str:
    """Return the model of this machine's board or processor, or of the phone it is.

    Raises:
        MeasurementError: the system does not say.
    """
    for source in (_board, _processor, _macintosh, _android):
        if name := " ".join(source().split()):
            return name
    raise MeasurementError(
        "the system does not say which processor this is, and latencies without a device mean "
        "nothing. Name it by `device=`."
    )


def system_name() -> str:
    """Return the operating system, its version and the architecture."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def _board() -> str:
    try:
        return BOARD.read_text(encoding="utf-8").rstrip("\0")
    except (OSError, UnicodeDecodeError):
        return ""


def _processor() -> str:
    try:
        lines = PROCESSORS.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    fields = (line.partition(":") for line in lines)
    return next((value for key, _, value in fields if key.strip() == "model name"), "")


def _macintosh() -> str:
    return _said("sysctl", "-n", "machdep.cpu.brand_string")


def _android() -> str:
    return _said("getprop", "ro.product.model")


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
