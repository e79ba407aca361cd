"""A module called qai_hub with the interface the collector of AI Hub uses, and its service.

``tests/unit/latency/collectors/test_aihub_client.py`` holds it against the real client.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from nasbench_mvit.architecture.spec import MobileViTSpec
from nasbench_mvit.latency.collectors.aihub.collector import AIHubCollector
from nasbench_mvit.latency.collectors.aihub.hub import HubOptions
from nasbench_mvit.latency.collectors.model_files import ModelFiles
from nasbench_mvit.latency.records.record_file import known_records
from nasbench_mvit.workbench.measurements.observer import MeasurementObserver

DEVICE = "Samsung Galaxy S24"
RUN_US = 2_815  # the first run takes twice as long
LAYERS: list[dict[str, Any]] = [
    {"name": "stem", "type": "Conv2d", "compute_unit": "NPU", "execution_time": 120},
    {"name": "head", "type": "FullyConnected", "compute_unit": "CPU"},
]


class Error(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)


class UserError(Error): ...


class RateLimitedError(Error): ...


class InternalError(Error): ...


class ModelMetadataKey(Enum):
    QAIRT_SDK_VERSION = 3


@dataclass
class Device:
    name: str = ""
    os: str = ""
    attributes: list[str] = field(default_factory=list)


@dataclass
class Framework:
    name: str = ""
    api_version: str = ""
    api_tags: list[str] = field(default_factory=list)
    full_version: str = ""


@dataclass(frozen=True)
class JobStatus:
    code: str
    message: str | None = None

    @property
    def success(self) -> bool:
        return self.code == "SUCCESS"


@dataclass
class Model:
    model_id: str
    metadata: dict[ModelMetadataKey, str]


@dataclass
class Job:
    job_id: str
    name: str
    options: str
    service: "Service"
    date: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def url(self) -> str:
        return f"https://hub.example/jobs/{self.job_id}"

    def wait(self, timeout: int | None = None) -> JobStatus:
        del timeout
        self.service.check()
        self.service.ended.add(self.job_id)
        message = self.service.failing.get(self.job_id) or self.service.broken.get(self.name)
        return JobStatus("FAILED", message) if message else JobStatus("SUCCESS")


class CompileJob(Job):
    def get_target_model(self) -> Model | None:
        version = {ModelMetadataKey.QAIRT_SDK_VERSION: "2.50.0.1"}
        return Model(f"m-{self.job_id}", version if "--qairt_version" in self.options else {})


class InferenceJob(Job):
    def download_profile(self, filename: str | None = None) -> dict[str, Any]:
        del filename
        summary = {
            "estimated_inference_time": RUN_US,
            "inference_memory_peak_range": (2_654_208, 39_406_752),
            "all_inference_times": [2 * RUN_US, *[RUN_US] * 99],
        }
        return self.service.changed(
            {"execution_summary": summary, "execution_detail": [dict(layer) for layer in LAYERS]}
        )


@dataclass
class Service:
    """What stays while sessions come and go.

    Attributes:
        jobs: every job that was submitted, by its identifier.
        ended: jobs that were waited for.
        broken: why networks fail, by their names.
        failing: why single jobs fail, by their identifiers.
        quota: jobs that may be at work at a time.
        outage: what every call raises.
        changed: the profiles that are returned for those that are true.
    """

    jobs: dict[str, Job] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)
    quota: int = 100
    outage: Exception | None = None
    changed: Callable[[dict[str, Any]], dict[str, Any]] = lambda profile: profile
    devices: list[Device] = field(
        default_factory=lambda: [
            Device(DEVICE, "9", ["os:android"]),
            Device(DEVICE, "14", ["os:android", "format:phone"]),
            Device("Snapdragon X Elite CRD", "11", ["os:windows"]),
        ]
    )
    frameworks: list[Framework] = field(
        default_factory=lambda: [
            Framework("QAIRT", "2.49", [], "2.49.0.7"),
            Framework("QAIRT", "2.50", ["default"], "2.50.0.1"),
        ]
    )

    def check(self) -> None:
        if self.outage is not None:
            raise self.outage

    def submit(self, kind: type[Job], name: str | None, options: str) -> Job:
        self.check()
        if len(self.jobs) - len(self.ended) >= self.quota:
            raise RateLimitedError("You have too many jobs.")
        job = kind(f"j{len(self.jobs)}", str(name), options, self)
        self.jobs[job.job_id] = job
        return job

    def of(self, kind: type[Job]) -> list[Job]:
        """The jobs of a kind, in the order of their submission."""
        return [job for job in self.jobs.values() if isinstance(job, kind)]


class Client:
    service: Service

    def __init__(self, config: Any = None, profile: str | None = None) -> None:
        del config, profile

    @property
    def config(self) -> object:
        return object()

    def get_devices(
        self, name: str = "", os: str = "", attributes: str | list[str] | None = None
    ) -> list[Device]:
        del os, attributes
        self.service.check()
        return [device for device in self.service.devices if name in ("", device.name)]

    def get_frameworks(self) -> list[Framework]:
        return self.service.frameworks

    def get_job(self, job_id: str, job_type: Any = None) -> Job:
        del job_type
        self.service.check()
        return self.service.jobs[job_id]

    def submit_compile_job(  # noqa: PLR0917 - as the client has it
        self,
        model: Path,
        device: Device,
        name: str | None = None,
        input_specs: Any = None,
        options: str = "",
        single_compile: bool = True,
        calibration_data: Any = None,
        retry: bool = True,
        project: Any = None,
    ) -> Job:
        del device, input_specs, single_compile, calibration_data, project
        assert model.is_file()
        assert not retry
        return self.service.submit(CompileJob, name, options)

    def submit_inference_job(
        self,
        model: Model,
        device: Device,
        inputs: Any = None,
        name: str | None = None,
        options: str = "",
        retry: bool = True,
        profile: bool = True,
        project: Any = None,
    ) -> Job:
        del device, inputs, project
        assert profile
        assert model.model_id.startswith("m-")
        assert not retry
        return self.service.submit(InferenceJob, name, options)


def get_job_results(config: object, job_id: str) -> SimpleNamespace:
    del config, job_id
    versions = [SimpleNamespace(name="TensorFlow Lite", version="2.19.1")]
    detail = SimpleNamespace(tool_versions=versions)
    return SimpleNamespace(inference_job_result=SimpleNamespace(detail=detail))


def install(patch: pytest.MonkeyPatch) -> Service:
    """Let ``qai_hub`` be this module while a test runs, with a new service."""
    service = Service()
    patch.setattr(Client, "service", service, raising=False)
    library, client = ModuleType("qai_hub"), ModuleType("qai_hub.client")
    rest = ModuleType("qai_hub.public_rest_api")
    for name in ("Client", "CompileJob", "Device", "Framework", "InferenceJob", "ModelMetadataKey"):
        setattr(library, name, globals()[name])
    for error in (Error, UserError, RateLimitedError, InternalError):
        setattr(client, error.__name__, error)
    library.client, rest.get_job_results = client, get_job_results  # type: ignore[attr-defined]
    library.__spec__ = ModuleSpec("qai_hub", None, origin="stand-in")
    for module in (library, client, rest):
        patch.setitem(sys.modules, module.__name__, module)
    return service


def collector(
    run_dir: Path, *networks: MobileViTSpec, runtime: str = "tflite", unit: str = "npu"
) -> AIHubCollector:
    """A collector of a device, and files of the networks that are not looked at."""
    models = run_dir / "models"
    models.mkdir(exist_ok=True)
    for network in networks:
        (models / f"{network.id}.onnx").write_text(network.id)
    return AIHubCollector(
        run_dir,
        ModelFiles(models, "onnx"),
        HubOptions(device=DEVICE, runtime=runtime, compute_unit=unit),
        known=known_records(run_dir),
        screen=MeasurementObserver(),
    )
