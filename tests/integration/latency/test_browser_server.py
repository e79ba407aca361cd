"""The server over a real socket: pairing, jobs, results, and restarts that lose nothing."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import (
    CHROME,
    IPHONE,
    OTHER_PAGE,
    OTHER_UPLOAD,
    UPLOAD,
    Clock,
    Service,
    body,
    failed,
    free_port,
    job,
    ort_copy,
    service,
    timed,
)

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.collectors.browser.server.address import LOOPBACK
from nasbench_mvit.latency.collectors.browser.server.api import STATIC
from nasbench_mvit.latency.collectors.browser.server.http_handler import HEADERS, Handler
from nasbench_mvit.latency.collectors.browser.server.page_server import PageServer
from nasbench_mvit.latency.collectors.browser.targets import browser_target
from nasbench_mvit.latency.records.progress import MeasurementProgress

JOB = job()
NEXT = job(position=2)


def test_a_page_pairs_fetches_and_delivers(tmp_path: Path) -> None:
    with service(tmp_path, device="iPhone 13") as served:
        token = served.pair()
        assert served.call(token, "GET", "/api/run")[1]["engine"] == "wasm"
        assert served.lease(token)["phase"] == "preparing"
        served.run.show(
            MeasurementProgress(visits=3, total=8, rejected={}, failed={}, unsettled=frozenset())
        )
        served.offer(JOB)
        answer = served.lease(token)
        assert answer["phase"] == "job"
        assert answer["job"]["id"] == JOB.id
        assert answer["progress"]["name"] == "iphone-13-safari-wasm1"
        assert (answer["progress"]["visits"], answer["progress"]["total"]) == (3, 8)
        status, model = served.request(
            "GET", answer["job"]["model"], headers={"Authorization": f"Bearer {token}"}
        )
        assert (status, model) == (200, b"a network")
        assert served.put(token, timed(JOB)) == (200, {"result": "kept"})
        assert served.slot.take(0) is not None
        assert served.run.target is not None
        assert served.run.target.device == "iPhone 13"
        assert served.screen.lines == [
            served.pairing.code,
            "paired with Safari 17.4 on iPhone, iOS 17.4",
            "measuring iphone-13-safari-wasm1",
        ]


def test_a_result_whose_answer_was_lost_is_known_by_the_next_server(tmp_path: Path) -> None:
    with service(tmp_path) as first:
        token = first.pair()
        first.offer(JOB)
        assert first.put(token, timed(JOB))[0] == 200
    with service(tmp_path) as again:  # killed before the record was written
        assert again.put(token, timed(JOB)) == (200, {"result": "kept before"})
        assert again.put(token, timed(JOB, warmup_runs=9))[0] == 409
        again.offer(JOB)
        assert again.lease(token)["phase"] == "preparing"
        assert again.slot.take(0) is not None


def test_a_result_that_the_first_server_never_saw_is_taken_by_the_next(tmp_path: Path) -> None:
    with service(tmp_path) as first:
        token = first.pair()
        first.offer(JOB)
        first.lease(token)
    with service(tmp_path) as again:
        assert again.put(token, timed(JOB))[0] == 503  # the page keeps it and asks again
        again.offer(JOB)
        assert again.put(token, timed(JOB)) == (200, {"result": "kept"})


def test_a_reload_gets_its_own_job_and_a_second_tab_waits(tmp_path: Path) -> None:
    clock = Clock()
    with service(tmp_path, clock) as served:
        token = served.pair()
        served.offer(JOB)
        assert served.lease(token)["phase"] == "job"
        assert served.lease(token, OTHER_PAGE)["phase"] == "busy"
        assert served.lease(token)["phase"] == "job"
        clock.advance(61)
        assert served.lease(token, OTHER_PAGE)["phase"] == "job"
        renewal = {"page": "0123456789abcdef", "job": JOB.id}
        assert served.call(token, "POST", "/api/renew", renewal)[0] == 409


def test_finished_and_unknown_jobs(tmp_path: Path) -> None:
    with service(tmp_path) as served:
        token = served.pair()
        served.offer(JOB)
        assert served.put(token, timed(JOB), UPLOAD)[0] == 200
        served.slot.take(0)
        served.offer(NEXT)
        assert served.put(token, timed(JOB), OTHER_UPLOAD)[0] == 409
        assert served.put(token, timed(job(position=4)), OTHER_UPLOAD)[0] == 404
        assert served.put(token, failed(NEXT), OTHER_UPLOAD)[0] == 200
        assert len(list((tmp_path / "uploads").iterdir())) == 2


def test_pairing_another_browser_ends_the_first(tmp_path: Path) -> None:
    with service(tmp_path) as served:
        first, second = served.pair(), served.pair()
        served.offer(JOB)
        status, answer = served.put(first, timed(JOB))
        assert status == 401
        assert "another one was paired" in answer["error"]
        assert served.put(second, timed(JOB))[0] == 200


def test_another_device_is_refused(tmp_path: Path) -> None:
    target = browser_target(
        IPHONE, device=None, engine="wasm", threads=1, runtime=ort_copy(tmp_path / "ort")
    )
    with service(tmp_path, known_target=target) as served:
        token = served.pair()
        served.offer(JOB)
        agent = {"User-Agent": CHROME}
        for answer in (
            served.call(token, "POST", "/api/lease", {"page": OTHER_PAGE}, **agent),
            served.call(token, "PUT", f"/api/results/{UPLOAD}", timed(JOB), **agent),
        ):
            assert answer[0] == 409
            assert "iPhone" in answer[1]["error"]
            assert "a run directory of its own" in answer[1]["error"]
        assert served.put(token, timed(JOB))[0] == 200


def test_a_full_disk_keeps_the_job_and_the_code(tmp_path: Path) -> None:
    with service(tmp_path) as served:
        token = served.pair()
        served.offer(JOB)
        (tmp_path / "uploads").write_text("in the way of the folder")
        status, answer = served.put(token, timed(JOB))
        assert status == 507
        assert "cannot be used" in answer["error"]
        assert "told to try again" in served.screen.lines[-1]
        (tmp_path / "uploads").unlink()
        assert served.put(token, timed(JOB)) == (200, {"result": "kept"})


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/static/worker.js", "text/javascript; charset=utf-8"),
        ("/runtimes/onnxruntime-web-1.30.0/ort.wasm.min.mjs", "text/javascript; charset=utf-8"),
        ("/runtimes/onnxruntime-web-1.30.0/ort-wasm-simd-threaded.wasm", "application/wasm"),
    ],
)
def test_what_anyone_may_read(tmp_path: Path, path: str, media_type: str) -> None:
    with service(tmp_path) as served:
        status, headers = served.head(path)
        assert status == 200
        assert headers["Content-Type"] == media_type
        assert HEADERS.items() <= headers.items()
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        lasts = "immutable" in headers["Cache-Control"]
        assert lasts == path.startswith("/runtimes/")


def test_every_file_of_the_page_is_served_and_no_other(tmp_path: Path) -> None:
    with service(tmp_path) as served:
        for path in STATIC.iterdir():
            assert served.request("GET", f"/static/{path.name}") == (200, path.read_bytes())
        assert served.request("GET", "/static/")[0] == 404


def test_a_port_in_use(tmp_path: Path) -> None:
    with service(tmp_path) as served, pytest.raises(MeasurementError) as refused:
        PageServer((LOOPBACK, served.port), Handler)
    assert f"the port {served.port} of 127.0.0.1 is in use" in str(refused.value)
    assert "`port=`" in str(refused.value)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(MeasurementError, match=r"192\.0\.2\.77 is no address of this machine"):
        PageServer(("192.0.2.77", free_port()), Handler)


@pytest.mark.parametrize(
    "sent",
    [b"", b"PUT / HTTP/1.1\r\nHost: ", b"PUT / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 9\r\n"],
)
def test_a_connection_that_falls_silent_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(Handler, "timeout", 0.2)
    with service(tmp_path) as served:
        address = (LOOPBACK, served.port)
        with socket.create_connection(address, timeout=30) as connection:
            connection.sendall(sent.replace(b"HOST", f"localhost:{served.port}".encode()))
            assert connection.recv(1) == b""


Bad = tuple[str, str, object, dict[str, str], int]
OWN = f"/api/results/{UPLOAD}"
HOSTILE: dict[str, Bad] = {
    "no token": ("PUT", OWN, timed(JOB), {"Authorization": ""}, 401),
    "wrong token": ("PUT", OWN, timed(JOB), {"Authorization": "Bearer " + "0" * 64}, 401),
    "token in another scheme": ("PUT", OWN, timed(JOB), {"Authorization": "Basic TOKEN"}, 401),
    "token cut short": ("PUT", OWN, timed(JOB), {"Authorization": "Bearer TOKEN"[:-1]}, 401),
    "token not ASCII": ("PUT", OWN, timed(JOB), {"Authorization": "Bearer \xff"}, 401),
    "another host": ("PUT", OWN, timed(JOB), {"Host": "evil.example"}, 421),
    "host without port": ("GET", "/", None, {"Host": "localhost"}, 421),
    "another origin": ("PUT", OWN, timed(JOB), {"Origin": "http://evil.example"}, 403),
    "null origin": ("PUT", OWN, timed(JOB), {"Origin": "null"}, 403),
    "the other name's origin": ("PUT", OWN, timed(JOB), {"Origin": "http://127.0.0.1:1"}, 403),
    "a form": ("PUT", OWN, timed(JOB), {"Content-Type": "text/plain"}, 415),
    "JSON with a charset": (
        "PUT", OWN, timed(JOB), {"Content-Type": "application/json; charset=utf-16"}, 415,
    ),
    "oversized": ("PUT", OWN, timed(JOB, samples_ms=[1.0] * 20_000), {}, 413),
    "absurd length": ("PUT", OWN, timed(JOB), {"Content-Length": "9" * 30}, 413),
    "negative length": ("PUT", OWN, timed(JOB), {"Content-Length": "-1"}, 411),
    "length in other digits": ("PUT", OWN, timed(JOB), {"Content-Length": "²"}, 411),
    "chunked": ("PUT", OWN, timed(JOB), {"Transfer-Encoding": "chunked"}, 411),
    "garbage": ("PUT", OWN, "garbage", {}, 422),
    "NaN": ("PUT", OWN, timed(JOB, samples_ms=[float("nan")] * 5), {}, 422),
    "negative time": ("PUT", OWN, timed(JOB, samples_ms=[-1.0] * 5), {}, 422),
    "another key": ("PUT", OWN, timed(JOB, admin=True), {}, 422),
    "path for an id": ("PUT", "/api/results/..%2f..%2fpairing", timed(JOB), {}, 422),
    "path out of the results": ("PUT", "/api/results/../../pairing", timed(JOB), {}, 404),
    "id in capitals": ("PUT", f"/api/results/{'A' * 32}", timed(JOB), {}, 422),
    "id with a tail": ("PUT", f"{OWN}.json", timed(JOB), {}, 422),
    "unknown job": ("PUT", OWN, timed(job(position=9)), {}, 404),
    "file outside": ("GET", "/static/../api.py", None, {}, 404),
    "file outside, escaped": ("GET", "/static/%2e%2e/api.py", None, {}, 404),
    "file by its whole path": ("GET", "//etc/passwd", None, {}, 404),
    "NUL in the path": ("GET", "/static/app.js%00.css", None, {}, 404),
    "another network's file": ("GET", "/api/models/" + "0" * 16, None, {}, 404),
    "file of the run": ("GET", "/pairing.json", None, {}, 404),
    "a GET with a body": ("GET", "/", "body", {}, 400),
    "another method": ("DELETE", OWN, None, {}, 501),
    "reading a result": ("GET", OWN, None, {}, 404),
    "writing the page": ("PUT", "/", {}, {}, 405),
    "page id as a path": ("POST", "/api/lease", {"page": "../.."}, {}, 422),
    "page id of another type": ("POST", "/api/lease", {"page": ["a"]}, {}, 422),
    "too few keys": ("POST", "/api/lease", {}, {}, 422),
    "wrong code": ("POST", "/api/pair", {"code": "22222222"}, {}, 403),
    "code of another type": ("POST", "/api/pair", {"code": 7}, {}, 422),
    "absolute address": ("GET", "http://evil.example/secret", None, {}, 404),
}  # fmt: skip


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """A server with a job at hand, and the token of its browser."""
    with service(tmp_path_factory.mktemp("run")) as served:
        token = served.pair()
        served.offer(JOB)
        yield served, token


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_refused(busy: tuple[Service, str], name: str) -> None:
    served, token = busy
    method, path, content, headers, expected = HOSTILE[name]
    own = {"Authorization": f"Bearer {token}"}
    changed = {key: value.replace("TOKEN", token) for key, value in headers.items()}
    sent = None if content is None else body(content)
    status, answer = served.request(method, path, sent, own | changed)
    assert status == expected
    assert isinstance(json.loads(answer)["error"], str)
    assert served.slot.take(0) is None
    assert not list(served.folder.glob("uploads/*"))
    assert served.lease(token)["phase"] == "job"  # it goes on serving
