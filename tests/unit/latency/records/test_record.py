import math
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from measuring import NETWORK, REFERENCE, STARTED, TARGET, fields, measurement
from pydantic import ValidationError

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.records.record import Measurement, TimingRole
from nasbench_mvit.latency.records.record_file import from_line, to_line


def test_statistics_are_those_of_the_samples() -> None:
    record = measurement()
    values = np.array(record.samples_ms)
    assert record.median_ms == np.median(values)
    assert record.mad_ms == np.median(np.abs(values - np.median(values)))
    assert (record.p10_ms, record.p90_ms) == tuple(np.percentile(values, [10, 90]))


def test_a_line_gives_back_the_measurement() -> None:
    record = measurement()
    line = to_line(record)
    assert line.count("\n") == 1
    assert from_line(line, "here") == record
    assert f'"median_ms":{record.median_ms}' in line


def test_the_target_says_all_that_it_is() -> None:
    text = str(TARGET)
    for part in ("Test CPU", "Linux 6.1", "onnxruntime 1.0", "1 thread,", "fp32"):
        assert part in text
    assert "2 threads" in str(TARGET.model_copy(update={"threads": 2}))
    assert "batch 8" in str(TARGET.model_copy(update={"batch": 8}))


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no number": ({"samples_ms": (1.0, math.nan, 1.0)}, "finite"),
    "endless": ({"samples_ms": (1.0, math.inf, 1.0)}, "finite"),
    "negative": ({"samples_ms": (1.0, -1.0, 1.0)}, "greater than 0"),
    "zero": ({"samples_ms": (1.0, 0.0, 1.0)}, "greater than 0"),
    "absurdly long": ({"samples_ms": (1.0, 1e9, 1.0)}, "less than or equal to 600000"),
    "an unknown system": (
        {"target": TARGET.model_copy(update={"os": None})},
        "all is known, but os is null",
    ),
    "a precision in words": (
        {"target": TARGET.model_copy(update={"precision": "full"})},
        "precision must be one of fp32, fp16, int8",
    ),
    "too few samples": ({"samples_ms": (1.0, 1.0)}, "at least 3"),
    "too many samples": ({"samples_ms": (1.0,) * 10_001}, "at most 10000"),
    "shorter than a tick": ({"timer_tick_ms": 20.0}, "one tick of the clock"),
    "text for a number": ({"samples_ms": ("1", "2", "3")}, "valid number"),
    "another id": ({"spec_id": REFERENCE.id}, "but the spec's id is"),
    "another resolution": ({"resolution": 224}, "but the spec's is 256"),
    "no network": ({"spec": {"stages": []}}, "stages must be 5"),
    "network of a wrong type": ({"spec": [1]}, "mapping of fields"),
    "kind": ({"kind": "published"}, "measured"),
    "schema": ({"schema_version": 2}, "Input should be 1"),
    "local time": ({"measured_at": STARTED.replace(tzinfo=None)}, "timezone"),
    "another time zone": (
        {"measured_at": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))},
        "must be UTC",
    ),
    "hash": ({"model_sha256": "abc"}, "pattern"),
    "a candidate that opens": ({"position": 0}, "opening reference"),
    "another reference": ({"role": TimingRole.REFERENCE}, "but the reference is"),
    "control characters": (
        {"target": TARGET.model_dump() | {"device": "a\x1b[31m"}},
        "pattern",
    ),
    "precision": ({"target": TARGET.model_dump() | {"precision": "fp8"}}, "fp32"),
    "no threads": ({"target": TARGET.model_dump() | {"threads": 0}}, "greater than or equal to 1"),
    "unknown field": ({"colour": "red"}, "Extra inputs"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_breaks_a_rule_is_no_measurement(name: str) -> None:
    changes, message = BAD[name]
    with pytest.raises(ValidationError, match=message):
        measurement(**changes)


@pytest.mark.parametrize("name", sorted(set(fields()) - {"schema_version", "kind"}))
def test_every_field_is_needed(name: str) -> None:
    some = fields(NETWORK)
    del some[name]
    with pytest.raises(ValidationError, match="Field required"):
        Measurement(**some)


LINES = {
    "no JSON": ("{", "not JSON"),
    "no object": ("[1]", "must hold an object of fields, got a list"),
    "NaN": (to_line(measurement()).replace("11.0", "NaN"), "must be a finite number"),
    "missing": (to_line(measurement()).replace('"block":1,', ""), "'block' is missing"),
    "unknown": (to_line(measurement()).replace('"block":', '"blok":'), "Did you mean 'block'"),
    "edited samples": (to_line(measurement()).replace("11.0", "11.5"), "'p90_ms' must be"),
    "without a median": (
        to_line(measurement()).replace('"median_ms":10.5,', ""),
        "'median_ms' must be 10.5, which the samples give, got None",
    ),
    "nested too deep": ("[" * 100_000, "not JSON"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_damaged_line_is_one_clear_error(name: str) -> None:
    line, message = LINES[name]
    with pytest.raises(MeasurementError, match=message) as caught:
        from_line(line, "records.jsonl, line 7")
    assert str(caught.value).startswith("records.jsonl, line 7")
