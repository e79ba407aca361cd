"""Whatever is sent to the server: it answers or closes, keeps nothing invalid, and goes on."""

import http.client
import json
import socket
import string
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import PAGE, UPLOAD, Service, body, job, milliseconds, service, timed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from measuring import STARTED

from nasbench_mvit.latency.collectors.browser.inbox import Inbox
from nasbench_mvit.latency.collectors.browser.server.address import LOOPBACK
from nasbench_mvit.latency.collectors.browser.upload import UploadError, parse_upload
from nasbench_mvit.latency.fields import MAX_MS
from nasbench_mvit.latency.records.record import Timing

JOB = job()
FIELDS = sorted(timed(JOB))
TALKATIVE = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from([JOB.id, "timed", "failed", 10.0, 2**63, 1e308, -0.0])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
mutilations = st.dictionaries(
    st.sampled_from([*FIELDS, "reason", "model_sha256", "__proto__", ""]), values, max_size=4
)
paths = st.one_of(
    st.sampled_from(
        ["/", "/api/pair", "/api/lease", "/api/renew", "/api/run", f"/api/results/{UPLOAD}"]
    ),
    st.text(string.ascii_letters + string.digits + "/.%_-~?#;=&\\", max_size=60).map("/".__add__),
)
headers = st.dictionaries(
    st.sampled_from(["Authorization", "Origin", "Host", "Content-Type", "User-Agent", "Expect"]),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60),
    max_size=3,
)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    with service(tmp_path_factory.mktemp("run")) as served:
        token = served.pair()
        served.offer(JOB)
        served.lease(token)
        yield served, token


def goes_on(served: Service, token: str) -> bool:
    """Say whether the job is still there for its page, and nothing was kept."""
    kept = list(served.folder.glob("uploads/*"))
    return not kept and served.lease(token)["phase"] == "job"


@settings(derandomize=True, deadline=None)
@given(changes=mutilations, dropped=st.sets(st.sampled_from(FIELDS), max_size=2))
def test_a_result_is_a_timing_or_refused(changes: dict[str, Any], dropped: set[str]) -> None:
    fields = {key: value for key, value in timed(JOB).items() if key not in dropped} | changes
    try:
        result = parse_upload(body(fields))
    except UploadError:
        return
    if result.outcome == "failed":
        assert set(fields) == {"job", "outcome", "ended_ms", "reason"}
        return
    assert set(fields) == set(FIELDS)
    timing = result.timing("0" * 64)
    assert isinstance(timing, Timing)
    assert all(0 < ms <= MAX_MS for ms in timing.samples_ms)


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(UploadError):
        parse_upload(content)


@TALKATIVE
@given(changes=mutilations.filter(bool))
def test_the_endpoint_keeps_nothing_that_breaks_a_rule(
    busy: tuple[Service, str], changes: dict[str, Any]
) -> None:
    served, token = busy
    fields = timed(JOB) | changes
    try:
        result = parse_upload(body(fields))
        result.ended_at(served.clock())
        is_valid = result.job == JOB.id
    except UploadError:
        is_valid = False
    status, _ = served.put(token, fields)
    if is_valid:
        assert status == 200
        (kept,) = served.folder.glob("uploads/*")
        kept.unlink()
        served.slot._inbox = Inbox(served.folder / "uploads")
        served.slot.take(0)
        served.offer(JOB)
    else:
        assert status in {404, 422}
    assert goes_on(served, token)


@TALKATIVE
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "BREW"]),
    path=paths,
    sent=headers,
    content=st.none() | st.binary(max_size=200),
)
def test_any_request_of_a_stranger_is_answered(
    busy: tuple[Service, str],
    method: str,
    path: str,
    sent: dict[str, str],
    content: bytes | None,
) -> None:
    served, token = busy
    status, _ = served.request(method, path, content, sent)
    assert 200 <= status < 600
    assert status != 500
    if path.startswith("/api/") and path not in {"/api/pair"}:
        assert status >= 400
    assert goes_on(served, token)


@TALKATIVE
@given(path=paths, content=values, method=st.sampled_from(["POST", "PUT"]))
def test_any_json_of_the_paired_browser_is_answered(
    busy: tuple[Service, str], path: str, content: Any, method: str
) -> None:
    served, token = busy
    status, answer = served.request(
        method, path, body(content), {"Authorization": f"Bearer {token}"}
    )
    assert status in {404, 405, 409, 422}
    assert json.loads(answer)["error"]
    assert goes_on(served, token)


@TALKATIVE
@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda text: f"GET /{text} HTTP/1.1\r\n\r\n".encode())
    | st.text(max_size=200).map(lambda text: f"PUT / HTTP/1.1\r\nHost: {text}\r\n\r\n".encode())
)
def test_what_is_no_http_ends_one_connection(busy: tuple[Service, str], sent: bytes) -> None:
    served, token = busy
    with socket.create_connection((LOOPBACK, served.port), timeout=30) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass
    assert goes_on(served, token)


def test_too_many_connections_are_closed_and_those_there_go_on(
    busy: tuple[Service, str],
) -> None:
    served, token = busy
    silent = [socket.create_connection((LOOPBACK, served.port), timeout=30) for _ in range(60)]
    refused = 0
    for connection in silent:
        connection.settimeout(0.2)
        try:
            refused += connection.recv(1) == b""
        except ConnectionError:
            refused += 1
        except TimeoutError:
            pass
        finally:
            connection.close()
    assert refused
    for _ in range(100):  # until the server has noticed that they are gone
        try:
            assert goes_on(served, token)
            break
        except (http.client.HTTPException, ConnectionError):
            continue


@pytest.mark.parametrize("fields", [timed(JOB, ended_ms=milliseconds(STARTED) - 10**6)])
def test_a_replay_of_long_ago_is_refused(busy: tuple[Service, str], fields: Any) -> None:
    served, token = busy
    assert served.put(token, fields)[0] == 422
    assert goes_on(served, token)
    assert served.call(token, "POST", "/api/renew", {"page": PAGE, "job": JOB.id})[0] == 200
