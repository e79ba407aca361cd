"""One device of the service: what the collector asks of the client, with its errors translated.

The client reads the user's token from its own configuration (``qai-hub configure``); this package
never sees it.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nasbench_mvit.errors import MeasurementError, unknown
from nasbench_mvit.export.extras import load_extra
from nasbench_mvit.latency.collectors.contract import NetworkFailedError

EXTRA: Final = "aihub"
SYSTEMS: Final = {"os:android": "Android", "os:windows": "Windows", "os:ios": "iOS"}
#: Runtimes whose compiled networks depend on the version of Qualcomm's tools.
COMPILED_BY_QAIRT: Final = "qnn_dlc"


class QuotaError(MeasurementError):
    """The service takes no more jobs of this account now."""


@dataclass(frozen=True)
class HubOptions:
    """What jobs are made with.

    Attributes:
        device: name of the device at the service.
        runtime: what runs the network there, by the service's name.
        compute_unit: where its layers are to run.
    """

    device: str
    runtime: str
    compute_unit: str


class Hub:
    """The client, one device and one version of Qualcomm's tools."""

    def __init__(self, options: HubOptions, *, version: str | None = None) -> None:
        """Connect, find the device and the version: ``version`` if it is offered, else the default.

        Raises:
            ExportError: the client is not installed.
            MeasurementError: the account is not configured, the service cannot be reached, or has
                no such device.
        """
        self._library = load_extra("qai_hub", EXTRA)
        self._results = load_extra("qai_hub.public_rest_api", EXTRA).get_job_results
        self._options = options
        with self._translated():
            self._client = self._library.Client()
            self._device = self._find(options.device)
            self.tools, self._api_version = self._find_version(version)
        self._names = {self._library.ModelMetadataKey.QAIRT_SDK_VERSION: "QAIRT"}

    def _find(self, name: str) -> Any:
        found = self._client.get_devices(name=name)
        if not found:
            names = dict.fromkeys(device.name for device in self._client.get_devices())
            raise MeasurementError(unknown("device of AI Hub", name, names))
        return max(found, key=lambda device: _number(device.os))

    def _find_version(self, wanted: str | None) -> tuple[str, str]:
        """Return a version of Qualcomm's tools in words, and as the service takes it."""
        offered = {
            f"QAIRT {framework.full_version}": framework
            for framework in self._client.get_frameworks()
            if framework.name == "QAIRT"
        }
        if wanted is not None and wanted in offered:
            return wanted, offered[wanted].api_version
        for title, framework in offered.items():
            if "default" in framework.api_tags:
                return title, framework.api_version
        raise MeasurementError(
            "AI Hub names no default version of QAIRT, the tools that its jobs run with. Look at "
            "`qai-hub list-frameworks`."
        )

    @property
    def system(self) -> str:
        """The operating system of the device with its version."""
        known = (SYSTEMS[name] for name in self._device.attributes if name in SYSTEMS)
        return f"{next(known, 'system')} {self._device.os}"

    def compile(self, model: Path, name: str) -> str:
        """Submit a job that compiles an ONNX file, and return its identifier.

        Raises:
            QuotaError: the account has too many jobs.
            NetworkFailedError: the service refuses the file.
            MeasurementError: the service cannot be reached.
        """
        options = f"--target_runtime {self._options.runtime} {self._compute_unit}"
        if self._options.runtime == COMPILED_BY_QAIRT:
            options += f" --qairt_version {self._api_version}"
        with self._translated(NetworkFailedError):
            job = self._client.submit_compile_job(
                model, device=self._device, name=name, options=options, retry=False
            )
            return str(job.job_id)

    def profile(self, compiled: str, name: str) -> str:
        """Wait for a job that compiles, and submit one that profiles what it made; return its id.

        Raises:
            QuotaError: the account has too many jobs.
            NetworkFailedError: the network cannot be compiled or run.
            MeasurementError: the service cannot be reached.
        """
        options = f"{self._compute_unit} --qairt_version {self._api_version}"
        with self._translated(NetworkFailedError):
            job = self._finished(compiled, "compiled")
            profiling = self._client.submit_inference_job(
                job.get_target_model(),
                device=self._device,
                name=name,
                options=options,
                retry=False,
                profile=True,
            )
            return str(profiling.job_id)

    def wait(self, job_id: str) -> None:
        """Wait until a job has ended, well or not.

        Raises:
            MeasurementError: the service cannot be reached.
        """
        with self._translated():
            self._client.get_job(job_id).wait()

    def result(self, profiled: str, compiled: str) -> dict[str, Any]:
        """Wait for a job that profiles; return what the client says, with the tools' versions.

        Raises:
            NetworkFailedError: the network cannot be run.
            MeasurementError: the service cannot be reached.
        """
        with self._translated(NetworkFailedError):
            found: dict[str, Any] = self._finished(profiled, "run").download_profile()
            metadata = self._client.get_job(compiled).get_target_model().metadata
            detail = self._results(self._client.config, profiled).inference_job_result.detail
            versions = {tool.name: tool.version for tool in detail.tool_versions}
            compiled_by = {
                f"{title} (compiled)": metadata[key]
                for key, title in self._names.items()
                if key in metadata
            }
            return found | {"tool_versions": versions | compiled_by}

    def _finished(self, job_id: str, verb: str) -> Any:
        job = self._client.get_job(job_id)
        status = job.wait()
        if not status.success:
            raise NetworkFailedError(
                f"it cannot be {verb} on {self._options.device} ({job.url}): "
                f"{status.message or status.code}"
            )
        return job

    @property
    def _compute_unit(self) -> str:
        return f"--compute_unit {self._options.compute_unit}"

    @contextlib.contextmanager
    def _translated(self, refused: type[MeasurementError] = MeasurementError) -> Iterator[None]:
        """Raise the client's errors as this package's, those of wrong input as ``refused``."""
        client = self._library.client
        try:
            yield
        except client.RateLimitedError as error:
            raise QuotaError(
                f"AI Hub takes no more jobs of this account now ({_words(error)}). The jobs "
                "submitted so far are kept: run the same command again later."
            ) from None
        except client.UserError as error:
            raise refused(f"AI Hub refuses: {_words(error)}") from None
        except client.Error as error:
            raise MeasurementError(
                f"AI Hub does not answer: {_words(error)} The jobs submitted so far are kept: run "
                "the same command again."
            ) from None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _words(error: Exception) -> str:
    """Return the client's message in one line, without the box it draws."""
    return " ".join(word for word in str(error).split() if word.strip("|┌┐└┘─"))
