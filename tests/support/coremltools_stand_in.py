"""A package called coremltools with the interface the timing process uses.

``tests/integration/latency/test_coreml_collector.py`` holds it against the real one. The phones,
and what goes wrong, are told by variables of the environment.
"""

import hashlib
import os
from pathlib import Path

import pytest

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.collectors.model_files import ModelFiles

PHONES = "STAND_IN_PHONES"  # UDIDs and states of developer mode: "a=enabled b=disabled"
FAILS = "STAND_IN_FAILS"
TOOLS = ("xcodebuild", "devicectl")

_FILES = {
    "coremltools/__init__.py": """
import enum

class ComputeUnit(enum.Enum):
    ALL = 1
    CPU_AND_GPU = 2
    CPU_ONLY = 3
    CPU_AND_NE = 4
""",
    "coremltools/models/__init__.py": """
from types import SimpleNamespace as Some

class MLModel:
    def __init__(self, model, compute_units, skip_model_load):
        open(model + "/program").close()
        self.compute_unit = compute_units

    def get_spec(self):
        kind = Some(multiArrayType=Some(shape=[1, 3, 64, 64]))
        return Some(description=Some(input=[Some(name="image", type=kind)]))
""",
    "coremltools/models/ml_program/__init__.py": "",
    "coremltools/models/ml_program/experimental/__init__.py": "",
    "coremltools/models/ml_program/experimental/perf_utils.py": f"""
import os
from types import SimpleNamespace as Some

class MLModelBenchmarker:
    def __init__(self, model, device=None):
        self.device = device

    async def benchmark_predict(self, inputs=None, iterations=1, warmup=False):
        (pixels,) = inputs.values()
        assert pixels.shape == (1, 3, 64, 64) and pixels.dtype == "float32" and not warmup
        fails = os.environ.get({FAILS!r})
        if fails == "end":
            os._exit(3)
        if fails == "predict":
            raise ValueError("Failed to load\\nmodel")
        ms = 5.0 if self.device is None else 2.0
        if fails == "nan":
            ms = float("nan")
        return Some(samples=[4 * ms] + [ms] * (iterations - 1 - (fails == "few")))
""",
    "coremltools/models/ml_program/experimental/remote_device.py": f"""
import enum, os
from dataclasses import dataclass

class DeviceType(enum.Enum):
    IPHONE = "iphone"

@dataclass
class AppSigningCredentials:
    development_team: str

class Device:
    os_version = "18.2"

    def __init__(self, udid, state):
        self.udid, self.developer_mode_state = udid, state

    @staticmethod
    def get_connected_devices(device_type):
        assert device_type is DeviceType.IPHONE
        return [Device(*text.split("=")) for text in os.environ.get({PHONES!r}, "").split()]

    async def prepare_for_model_debugging(self, credentials=None, working_directory=None):
        if os.environ.get({FAILS!r}) == "sign":
            raise ValueError(f"no profile for {{credentials.development_team}}")
        return self
""",
}


def install(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Make this machine look like a Mac with the package and Xcode."""
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in TOOLS:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    patch.setattr("platform.system", lambda: "Darwin")
    patch.setattr("platform.mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    paths = [str(folder), os.environ.get("PYTHONPATH", "")]
    patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


class StandInModels(ModelFiles):
    """Packages that hold nothing but the network's id."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "coreml")

    def _export(self, network: MobileViTSpec, path: Path) -> None:
        path.mkdir(parents=True)
        (path / "program").write_text(network.id)
        (path / "Manifest.json").write_text(hashlib.sha256(os.urandom(8)).hexdigest())
