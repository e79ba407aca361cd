"""A profile as the client returns it, read as a timing and as what else is kept of a run."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from nasbench_mvit.io.validation import validate
from nasbench_mvit.latency.collectors.contract import NetworkFailedError
from nasbench_mvit.latency.collectors.timing import MIN_SAMPLES, after_warm_up
from nasbench_mvit.latency.records.profile import Profile
from nasbench_mvit.latency.records.record import Timing

TICK_MS: Final = 1e-3  # the service says whole microseconds
MAX_NAME: Final = 200


def timing_of(profile: Mapping[str, Any], model_sha256: str) -> Timing:
    """Return the runs of a profile after their warm-up, of the file with that digest.

    Raises:
        NetworkFailedError: the profile has too few of them, or times that cannot be.
    """
    times_us = profile.get("execution_summary", {}).get("all_inference_times", [])
    if len(times_us) < 2 * MIN_SAMPLES:
        raise NetworkFailedError(
            f"its profile must hold the times of {2 * MIN_SAMPLES} runs or more, it holds "
            f"{len(times_us)}"
        )
    runs = after_warm_up([time / 1e3 for time in times_us], tick_ms=TICK_MS)
    fields = asdict(runs) | {"samples_ms": tuple(runs.samples_ms), "model_sha256": model_sha256}
    return validate(fields, Timing, NetworkFailedError, where="its timing")


def profile_of(profile: Mapping[str, Any], job: str) -> Profile:
    """Return layers, memory and tool versions of a profile.

    Raises:
        NetworkFailedError: a field is not what the client's version promises.
    """
    peak = profile["execution_summary"].get("inference_memory_peak_range")
    fields = {
        "job": job,
        "tool_versions": profile["tool_versions"],
        "peak_memory_bytes": tuple(peak) if isinstance(peak, tuple | list) else None,
        "layers": tuple(map(_layer, profile.get("execution_detail", []))),
    }
    return validate(fields, Profile, NetworkFailedError, where="its profile")


def _layer(layer: Mapping[str, Any]) -> dict[str, Any]:
    time_us = layer.get("execution_time")
    return {
        "name": str(layer["name"])[:MAX_NAME] or "–",
        "operation": str(layer["type"])[:MAX_NAME] or "–",
        "compute_unit": layer["compute_unit"],
        "ms": None if time_us is None else time_us / 1e3,
    }
