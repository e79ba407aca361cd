"""The stand-in for AI Hub's client has the signatures of the real one, where that is installed."""

import inspect

import pytest
import qai_hub_stand_in as stand_in

hub = pytest.importorskip("qai_hub", reason="qai-hub is not installed")
rest = pytest.importorskip("qai_hub.public_rest_api")

CLASSES = (stand_in.Client, stand_in.CompileJob, stand_in.InferenceJob)
METHODS = [
    (kind, name)
    for kind in CLASSES
    for name, value in inspect.getmembers(kind, inspect.isfunction)
    if not name.startswith("_")
]


@pytest.mark.parametrize(("kind", "name"), METHODS)
def test_a_method_takes_what_the_real_one_takes(kind: type, name: str) -> None:
    real = inspect.signature(getattr(getattr(hub, kind.__name__), name))
    ours = inspect.signature(getattr(kind, name))
    assert {key: one.default for key, one in ours.parameters.items()} == {
        key: one.default for key, one in real.parameters.items()
    }


@pytest.mark.parametrize("kind", [stand_in.Device, stand_in.Framework])
def test_a_description_has_the_real_fields(kind: type) -> None:
    made = getattr(hub, kind.__name__)()
    assert vars(made) == vars(kind())


@pytest.mark.parametrize("error", [stand_in.UserError, stand_in.RateLimitedError])
def test_an_error_is_of_the_same_family(error: type[Exception]) -> None:
    real = getattr(hub.client, error.__name__)
    assert real.__mro__[1].__name__ == error.__mro__[1].__name__


def test_a_status_says_how_a_job_ended() -> None:
    status = hub.client.JobStatus(hub.client.JobStatus.State.FAILED, "why")
    assert (status.success, status.code, status.message) == (False, "FAILED", "why")


def test_tool_versions_are_asked_for_in_the_same_way() -> None:
    assert list(inspect.signature(rest.get_job_results).parameters) == ["config", "job_id"]
    detail = hub.client.api_pb.JobResult().inference_job_result.detail
    detail.tool_versions.add(name="QAIRT", version="2.50")
    assert hub.ModelMetadataKey.QAIRT_SDK_VERSION in hub.ModelMetadataKey


def test_a_profile_has_the_fields_that_are_read() -> None:
    message = hub.client.api_pb.ProfileDetail(major_version=1, minor_version=8)
    message.all_execution_times.append(stand_in.RUN_US)
    message.execution_memory.peak.upper = 1
    for layer in stand_in.LAYERS:
        unit = hub.client.api_pb.ComputeUnit.Value(f"COMPUTE_UNIT_{layer['compute_unit']}")
        message.layer_details.add(
            name=layer["name"],
            layer_type_name=layer["type"],
            compute_unit=unit,
            **({"execution_time": layer["execution_time"]} if "execution_time" in layer else {}),
        )
    profile = hub.client._profile_pb_to_python_dict(message)
    assert profile["execution_detail"] == stand_in.LAYERS
    assert profile["execution_summary"]["all_inference_times"] == [stand_in.RUN_US]
    assert profile["execution_summary"]["inference_memory_peak_range"] == (0, 1)
