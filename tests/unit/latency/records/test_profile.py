"""What a record holds beside the time, in the file as in the table."""

import pytest
from measuring import measurement

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.records.profile import LayerTime, Profile
from nasbench_mvit.latency.records.record_file import from_line, to_line

FULL = Profile(
    job="j1",
    tool_versions={"QAIRT": "2.50"},
    peak_memory_bytes=(1, 2),
    layers=(LayerTime(name="stem", operation="Conv2d", compute_unit="NPU", ms=0.1),),
    energy_mj=12.5,
    images_per_s=300.0,
)


@pytest.mark.parametrize("profile", [FULL, Profile(energy_mj=12.5), Profile(), None])
def test_a_line_of_the_file_keeps_it(profile: Profile | None) -> None:
    record = measurement(profile=profile)
    line = to_line(record)
    assert from_line(line, "here") == record
    assert ('"profile"' in line) is (profile is not None)


def test_a_person_adds_what_they_measured() -> None:
    line = to_line(measurement())
    added = line.replace('"schema_version"', '"profile":{"energy_mj":12.5},"schema_version"')
    assert added != line
    profile = from_line(added, "here").profile
    assert profile is not None
    assert profile.columns == {"energy_mj": 12.5}


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ('{"energy_mj":0}', "energy_mj"),
        ('{"energy":1}', "energy"),
        ('{"peak_memory_bytes":[2,1]}', "in order"),
        ('{"layers":[{"name":"a","operation":"b","compute_unit":"NPU","ms":-1}]}', "ms"),
    ],
)
def test_what_cannot_be_is_refused(profile: str, message: str) -> None:
    line = to_line(measurement())
    wrong = line.replace('"schema_version"', f'"profile":{profile},"schema_version"')
    with pytest.raises(MeasurementError, match=message):
        from_line(wrong, "here")
