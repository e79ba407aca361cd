"""Core ML through coremltools' benchmarker: this Mac, or an iPhone connected to it.

What it needs can only be had on a Mac, so on other systems this says what is missing; the packages
are written everywhere. It is tested against a stand-in for coremltools, not on hardware.
"""

import dataclasses
import math
import platform
import shutil
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final

from nasbench_mvit.errors import MeasurementError, listed
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.file_collector import FileCollector, checked_target
from nasbench_mvit.latency.collectors.model_files import ModelFile, ModelFiles
from nasbench_mvit.latency.collectors.processes import LineProcess
from nasbench_mvit.latency.collectors.this_machine.host import device_name
from nasbench_mvit.latency.collectors.timing import TimingPlan

WORKER = "nasbench_mvit.latency.collectors.coreml.worker"
MAC: Final = "Darwin"
TICK_MS: Final = 1e-6  # coremltools reports whole nanoseconds
# A run on a phone takes about a second of messages, whatever the network.
MAX_PHONE_SAMPLES: Final = 20
TOOLS: Final = {"xcodebuild": "Xcode", "devicectl": "Xcode 15 or later"}


@dataclass(frozen=True, kw_only=True)
class Phone:
    """An iPhone to be measured.

    Attributes:
        team: Apple's development team that signs coremltools' app.
        serial: its UDID, None where only one is connected.
    """

    team: str | None
    serial: str | None


def check_mac(phone: Phone | None) -> None:
    """Check that this machine is a Mac, with what measuring on a phone needs.

    Raises:
        MeasurementError: something is missing; the message names all of it.
    """
    missing = [] if platform.system() == MAC else [f"macOS (this is {platform.system()})"]
    if phone is not None:
        missing += [
            f"{tool} ({origin})" for tool, origin in TOOLS.items() if shutil.which(tool) is None
        ]
        if phone.team is None:
            missing.append("a signing team (`team=`, the ten characters Xcode shows for yours)")
    if missing:
        raise MeasurementError(
            f"the target coreml misses {listed(missing)}. The packages can be prepared on "
            "any system (`prepare_only=`); the run directory then goes on on a Mac, with the same "
            "command."
        )


class CoreMLCollector(FileCollector):
    """Times packages one after another in one process, which keeps its phone."""

    def __init__(
        self,
        models: ModelFiles,
        *,
        compute_units: str,
        phone: Phone | None,
        plan: TimingPlan,
        device: str | None = None,
    ) -> None:
        """Find and prepare the device.

        Raises:
            MeasurementError: something that this needs is missing.
        """
        check_mac(phone)
        if phone is not None and device is None:
            raise MeasurementError(
                "coremltools does not say which model a phone is. Name it: `device=` 'iPhone 12'."
            )
        samples = plan.max_samples if phone is None else MAX_PHONE_SAMPLES
        super().__init__(models, dataclasses.replace(plan, max_samples=samples))
        self._compute_units = compute_units
        self._process = LineProcess(WORKER)
        self._udid: str | None = None
        try:
            system = f"macOS {platform.mac_ver()[0]}" if phone is None else self._connect(phone)
            self.target = checked_target(
                device=device or device_name(),
                os=system,
                runtime="Core ML",
                runtime_version=f"coremltools {metadata.version('coremltools')}",
                engine=compute_units,
                threads=1,  # Core ML itself chooses them
                precision="fp16",
            )
        except BaseException:
            self.close()
            raise

    def _timed(self, model: ModelFile) -> dict[str, Any]:
        request = {
            "task": "time",
            "model": str(model.path.absolute()),
            "compute_units": self._compute_units,
            "udid": self._udid,
        }
        return self._probed(lambda runs: self._times(request | {"runs": runs}), lambda _: TICK_MS)

    def _times(self, request: dict[str, Any]) -> list[float]:
        times = self._ask(request, NetworkFailedError)["times_ms"]
        if len(times) != request["runs"] or not all(
            math.isfinite(time_ms) and time_ms > 0 for time_ms in times
        ):
            raise NetworkFailedError(
                f"coremltools gave no {request['runs']} times above 0, but {listed(times)}"
            )
        return [float(time_ms) for time_ms in times]

    def _connect(self, phone: Phone) -> str:
        """Choose the phone, put coremltools' app on it, and return its system."""
        found = self._ask({"task": "phones"}, MeasurementError)["phones"]
        names = listed(entry["udid"] for entry in found)
        chosen = [entry for entry in found if phone.serial in {None, entry["udid"]}]
        if not found:
            raise MeasurementError(
                "no iPhone is connected. Connect it by cable, unlock it, trust this Mac, and turn "
                "on developer mode (Settings, Privacy & Security)."
            )
        if not chosen:
            raise MeasurementError(f"`serial=`: '{phone.serial}' is not connected, only {names}.")
        if len(chosen) > 1:
            raise MeasurementError(
                f"{len(found)} iPhones are connected. Choose by `serial=`: {names}."
            )
        (entry,) = chosen
        if entry["state"] != "enabled":
            raise MeasurementError(
                f"developer mode of the iPhone {entry['udid']} is {entry['state']}. Turn it on in "
                "Settings, Privacy & Security, Developer Mode."
            )
        self._ask({"task": "prepare", "udid": entry["udid"], "team": phone.team}, MeasurementError)
        self._udid = entry["udid"]
        return f"iOS {entry['os']}"

    def _ask(self, request: dict[str, Any], failure: type[MeasurementError]) -> dict[str, Any]:
        answer = self._process.ask(request)
        if answer is None:
            raise MeasurementError(
                f"coremltools' process ended ({self._process.ending().rstrip('.')}). Put that "
                "right and run the same command again."
            )
        if answer["error"] is not None:
            advice = (
                ""
                if failure is NetworkFailedError
                else ". The phone must stay unlocked, and signing as the team must work in Xcode."
            )
            said = " ".join(str(answer["error"]).split()).rstrip(".")
            raise failure(f"coremltools says: {said}{advice}")
        return answer

    def close(self) -> None:
        """End the processes; coremltools' app on a phone ends with them."""
        super().close()
        self._process.close()
