"""What a result may be."""

import json
from typing import Any

import pytest
from browsing import body, failed, job, milliseconds, timed
from measuring import STARTED, after

from nasbench_mvit.latency.collectors.browser.upload import (
    MAX_BYTES,
    Timed,
    TimingFailure,
    UploadError,
    parse_upload,
)

JOB = job()
LIKE_JSON = json.dumps(timed(JOB))


def test_times_become_a_timing() -> None:
    result = parse_upload(body(timed(JOB)))
    assert isinstance(result, Timed)
    assert result.job == JOB.id
    timing = result.timing("a" * 64)
    assert timing.samples_ms == (10.0, 10.2, 11.0, 10.1, 10.4)
    assert timing.runs_per_sample == 6
    assert timing.model_sha256 == "a" * 64


def test_a_failure_has_a_reason() -> None:
    result = parse_upload(body(failed(JOB, "out of memory")))
    assert isinstance(result, TimingFailure)
    assert result.reason == "out of memory"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples_ms": [1.0, 2.0]}, "samples_ms"),
        ({"samples_ms": [1.0] * 10_001}, "samples_ms"),
        ({"samples_ms": [-1.0, 2.0, 3.0]}, "must be greater than 0"),
        ({"samples_ms": [0.0, 2.0, 3.0]}, "must be greater than 0"),
        ({"samples_ms": [1e9, 2.0, 3.0]}, "must be 600000.0 or less"),
        ({"samples_ms": ["1.0", 2.0, 3.0]}, "must be a number"),
        ({"samples_ms": [True, 2.0, 3.0]}, "must be a number"),
        ({"samples_ms": [None, 2.0, 3.0]}, "must be a number"),
        ({"samples_ms": {"0": 1.0}}, "samples_ms"),
        ({"samples_ms": [0.001, 0.001, 0.001]}, "at least one tick"),
        ({"runs_per_sample": 0}, "must be 1 or more"),
        ({"runs_per_sample": 1.5}, "must be a whole number"),
        ({"runs_per_sample": 10**30}, "runs_per_sample"),
        ({"timer_tick_ms": 0}, "must be greater than 0"),
        ({"warmup_runs": -1}, "must be 0 or more"),
        ({"warmup_stable": "yes"}, "warmup_stable"),
        ({"ended_ms": -1}, "must be 0 or more"),
        ({"ended_ms": 10**18}, "ended_ms"),
        ({"job": ""}, "job"),
        ({"job": "../../etc/passwd"}, "job"),
        ({"job": 7}, "must be text"),
        ({"outcome": "timid"}, "'outcome' must be one of timed, failed"),
        ({"outcome": ["timed"]}, "'outcome' must be one of"),
        ({"outcome": None}, "'outcome' must be one of"),
        ({"reason": "both"}, "unknown key 'reason'"),
        ({"model_sha256": "a" * 64}, "unknown key 'model_sha256'"),
        ({"__proto__": {}}, "unknown key '__proto__'"),
    ],
)
def test_fields_that_break_a_rule(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UploadError) as refused:
        parse_upload(body(timed(JOB, **changes)))
    assert message in str(refused.value)


@pytest.mark.parametrize("key", sorted(timed(JOB)))
def test_no_key_may_be_missing(key: str) -> None:
    fields = timed(JOB)
    del fields[key]
    with pytest.raises(UploadError, match=key):
        parse_upload(body(fields))


@pytest.mark.parametrize("reason", ["", "x" * 201, "a\nb", "\x1b[2J", 3])
def test_a_reason_is_short_printable_text(reason: Any) -> None:
    with pytest.raises(UploadError, match="reason"):
        parse_upload(body(failed(JOB) | {"reason": reason}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no usable JSON"),
        (b"{", "no usable JSON"),
        (b"\xff\xfe", "no usable JSON"),
        (b"[]", "must be a JSON object, got a list"),
        (b"null", "must be a JSON object"),
        (b"[" * 30_000, "no usable JSON"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "no usable JSON"),
        (LIKE_JSON.replace("10.4", "NaN").encode(), "numbers must be finite, got NaN"),
        (LIKE_JSON.replace("10.4", "-Infinity").encode(), "must be finite, got -Infinity"),
        (LIKE_JSON.replace("10.4", "1e999").encode(), "must be a finite number"),
        (LIKE_JSON.replace('"runs_per_sample": 6', '"runs_per_sample": ' + "9" * 5000).encode(),
         "no usable JSON"),
        (LIKE_JSON.replace("{", '{"warmup_runs": 1, ', 1).encode(), "'warmup_runs' is repeated"),
        (LIKE_JSON.encode() + b" " * MAX_BYTES, f"at most {MAX_BYTES} bytes"),
        (LIKE_JSON.encode("utf-16"), "no usable JSON"),
    ],
)  # fmt: skip
def test_bodies_that_are_no_result(content: bytes, message: str) -> None:
    with pytest.raises(UploadError) as refused:
        parse_upload(content)
    assert message in str(refused.value)


def test_the_largest_result_fits() -> None:
    samples = [600_000.0 - 1 / 3 - index for index in range(2_000)]
    content = body(timed(JOB, samples_ms=samples))
    assert len(content) < MAX_BYTES
    assert isinstance(parse_upload(content), Timed)


@pytest.mark.parametrize(("sent_after_s", "is_taken"), [(0, True), (599, True), (601, False)])
def test_a_result_is_of_use_for_ten_minutes(sent_after_s: float, *, is_taken: bool) -> None:
    result = parse_upload(body(timed(JOB)))
    if is_taken:
        assert result.ended_at(after(sent_after_s)) == STARTED
    else:
        with pytest.raises(UploadError, match="measured again"):
            result.ended_at(after(sent_after_s))


def test_a_clock_a_little_ahead_is_set_right() -> None:
    result = parse_upload(body(timed(JOB, ended_ms=milliseconds(after(30)))))
    assert result.ended_at(STARTED) == STARTED
    result = parse_upload(body(timed(JOB, ended_ms=milliseconds(after(90)))))
    with pytest.raises(UploadError, match="ended_ms"):
        result.ended_at(STARTED)
