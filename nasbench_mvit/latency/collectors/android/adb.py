"""A phone over adb: which one, and commands, files and properties of it."""

import subprocess
from pathlib import Path
from typing import Final, Self

from nasbench_mvit.errors import MeasurementError, listed

ADB: Final = "adb"
READY: Final = "device"
SHORT_S: Final = 60.0  # for what is no measurement
_REMEDIES: Final = {
    "unauthorized": "Unlock it and allow USB debugging from this computer, then run again",
    "offline": "Reconnect the cable, or turn USB debugging off and on, then run again",
    "no permissions": "Give this user access to USB devices (udev rules on Linux), then run again",
}


class ShellError(Exception):
    """A command on the phone failed; ``str(error)`` is what it said."""


class Adb:
    """One phone that is attached and has authorised this computer."""

    def __init__(self, serial: str) -> None:
        """Use the phone with this serial number."""
        self.serial = serial

    @classmethod
    def connect(cls, serial: str | None) -> Self:
        """Return the phone of a serial number, or the only one.

        Raises:
            MeasurementError: adb is not installed, no phone is attached, several are and none is
                named, or the phone may not be used.
        """
        found = _attached()
        names = listed(f"{name} ({state})" for name, state in found.items())
        if not found:
            raise MeasurementError(
                "no phone is attached. Connect it by cable, turn on USB debugging (Settings, "
                "Developer options), and see it in `adb devices`."
            )
        if serial is not None and serial not in found:
            raise MeasurementError(
                f"`serial=`: no phone '{serial}' is attached. Attached: {names}."
            )
        if serial is None and len(found) > 1:
            raise MeasurementError(
                f"{len(found)} phones are attached: {names}. Choose one by `serial=`."
            )
        serial = next(iter(found)) if serial is None else serial
        state = found[serial]
        if state != READY:
            remedy = next(
                (text for start, text in _REMEDIES.items() if state.startswith(start)),
                "Start Android on it, then run again",
            )
            raise MeasurementError(f"the phone {serial} is attached, but '{state}'. {remedy}.")
        return cls(serial)

    def shell(self, line: str, *, timeout_s: float = SHORT_S) -> str:
        """Run a line on the phone and return what it prints.

        Raises:
            ShellError: it fails, or does not end in time.
            MeasurementError: the phone is gone.
        """
        return self._run("shell", line, timeout_s=timeout_s)

    def push(self, local: Path, remote: str) -> None:
        """Copy a file to the phone.

        Raises:
            ShellError: the copy fails.
            MeasurementError: the phone is gone.
        """
        self._run("push", str(local), remote, timeout_s=SHORT_S)

    def property(self, name: str) -> str:
        """Return a property of the system, an empty text where it has none."""
        return self.shell(f"getprop {name}").strip()

    def _run(self, *words: str, timeout_s: float) -> str:
        try:
            done = _adb("-s", self.serial, *words, timeout_s=timeout_s)
        except subprocess.TimeoutExpired:
            raise ShellError(f"no answer within {timeout_s:.0f} s") from None
        if done.returncode == 0:
            return done.stdout
        state = _attached().get(self.serial)
        if state != READY:
            raise MeasurementError(
                f"the phone {self.serial} is no longer there ({state or 'not attached'}). "
                "Reconnect it and run the same command again."
            )
        said = " ".join(f"{done.stdout}\n{done.stderr}".split())
        raise ShellError(f"exit code {done.returncode}: {said[-500:] or 'no message'}")


def _attached() -> dict[str, str]:
    """Return the state of every phone that adb lists, by serial number."""
    try:
        done = _adb("devices", timeout_s=SHORT_S)
    except subprocess.TimeoutExpired:
        raise MeasurementError("`adb devices` does not end. Run `adb kill-server`.") from None
    if done.returncode:
        raise MeasurementError(
            f"`adb devices` fails: {' '.join(done.stderr.split())}. Run `adb kill-server`, then "
            "this again."
        )
    _, _, listing = done.stdout.partition("List of devices attached")
    pairs = (line.split(maxsplit=1) for line in listing.splitlines() if line.strip())
    return {pair[0]: pair[1].strip() if len(pair) > 1 else "unknown" for pair in pairs}


def _adb(*words: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - the user's adb
            [ADB, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except OSError as problem:
        raise MeasurementError(
            f"the target android needs adb, which cannot be run ({problem.strerror}). Install "
            "Android's platform tools and put them on the PATH."
        ) from None
