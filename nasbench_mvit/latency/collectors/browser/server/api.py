"""What the server answers: the page and its modules to anyone, all else to the paired browser.

Nothing of a request ever becomes part of a path: files are looked up by whole names in a table.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.latency.collectors.browser.job_slot import (
    DeliveryOutcome,
    JobSlot,
    NotReadyError,
    Offer,
    Phase,
)
from nasbench_mvit.latency.collectors.browser.run import BrowserRun
from nasbench_mvit.latency.collectors.browser.server.messages import (
    Request,
    Response,
    answer,
    refusal,
)
from nasbench_mvit.latency.collectors.browser.server.pairing import CODE_LENGTH, Pairing
from nasbench_mvit.latency.collectors.browser.upload import UPLOAD_ID, UploadError, read_json

STATIC: Final = Path(__file__).parents[1] / "static"
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".onnx": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".tflite": "application/octet-stream",
    ".wasm": "application/wasm",
}
_MODEL: Final = re.compile(r"/api/models/([0-9a-f]{16})")
_RESULT: Final = re.compile(r"/api/results/([^/]+)")
_PAGE: Final = re.compile(r"[0-9a-f]{16}")
_JOB: Final = re.compile(r"[0-9a-f-]{1,80}")
_VERDICTS: Final = {
    DeliveryOutcome.KEPT: (HTTPStatus.OK, "kept"),
    DeliveryOutcome.KNOWN: (HTTPStatus.OK, "kept before"),
    DeliveryOutcome.CONFLICT: (HTTPStatus.CONFLICT, "another result was delivered under this id"),
    DeliveryOutcome.FINISHED: (HTTPStatus.CONFLICT, "this job is finished"),
    DeliveryOutcome.UNKNOWN: (HTTPStatus.NOT_FOUND, "there is no such job"),
}
RUNTIMES: Final = "/runtimes/"
LEASE_WAIT_S: Final = 2.0  # so that a page need not ask again and again between two jobs
NOT_READY: Final = "The server is not ready yet, or has come to its end."
PAIR_AGAIN: Final = (
    "This browser is not paired, or another one was paired after it. Open the address with the "
    "code that the terminal shows."
)

Endpoint = Callable[[Request], Response]


class Api:
    """Answers requests; safe between threads."""

    def __init__(self, run: BrowserRun, pairing: Pairing, slot: JobSlot) -> None:
        """Serve ``run`` to the browser that ``pairing`` knows, with the jobs of ``slot``."""
        self._run = run
        self._pairing = pairing
        self._slot = slot
        self._files = _public_files(run)
        self._endpoints: dict[tuple[str, str], Endpoint] = {
            ("GET", "/api/run"): self._describe,
            ("POST", "/api/lease"): self._lease,
            ("POST", "/api/renew"): self._renew,
        }

    def respond(self, request: Request) -> Response:
        """Return the answer to a request, whatever it holds.

        Raises:
            OSError: something cannot be read or written.
        """
        try:
            return self._respond(request)
        except UploadError as problem:
            return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(problem))
        except NotReadyError:
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, NOT_READY)

    def _respond(self, request: Request) -> Response:
        if not request.path.startswith("/api/"):
            return self._public(request)
        if (request.method, request.path) == ("POST", "/api/pair"):
            return self._pair(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not self._pairing.knows(token):
            return refusal(HTTPStatus.UNAUTHORIZED, PAIR_AGAIN)
        return self._paired(request)

    def _paired(self, request: Request) -> Response:
        refused = self._run.refuses(request.headers.get("user-agent", ""))
        if refused is not None:
            return refusal(HTTPStatus.CONFLICT, refused)
        endpoint = self._endpoints.get((request.method, request.path))
        if endpoint is not None:
            return endpoint(request)
        if request.method == "GET" and (model := _MODEL.fullmatch(request.path)):
            return self._model(model[1])
        if request.method == "PUT" and (result := _RESULT.fullmatch(request.path)):
            return self._result(result[1], request.body)
        return refusal(HTTPStatus.NOT_FOUND, "there is nothing at this address")

    def _public(self, request: Request) -> Response:
        found = self._files.get(request.path)
        if found is None:
            return refusal(HTTPStatus.NOT_FOUND, "there is nothing at this address")
        if request.method != "GET":
            return refusal(HTTPStatus.METHOD_NOT_ALLOWED, "this can only be read")
        media_type = MEDIA_TYPES[found.suffix]
        is_lasting = request.path.startswith(RUNTIMES)
        return Response(HTTPStatus.OK, found, media_type, is_lasting=is_lasting)

    def _pair(self, request: Request) -> Response:
        code = _only(request.body, code=str)["code"]
        token = self._pairing.exchange(code)
        if token is None:
            return refusal(
                HTTPStatus.FORBIDDEN,
                f"This code is wrong or was used. Type the {CODE_LENGTH} characters that the "
                "terminal shows now.",
            )
        self._run.paired(request.headers.get("user-agent", ""))
        return answer({"token": token})

    def _describe(self, _request: Request) -> Response:
        run = self._run
        return answer(
            {
                "engine": run.engine,
                "threads": run.threads,
                "runtime": run.runtime.name,
                "module": f"{_runtime_path(run)}{run.runtime.entry}",
                "folder": _runtime_path(run),
                "version": run.runtime.version,
                "progress": run.progress(),
            }
        )

    def _lease(self, request: Request) -> Response:
        page = _page(_only(request.body, page=str)["page"])
        phase, offer = self._slot.lease(page, LEASE_WAIT_S)
        fields: dict[str, Any] = {
            "phase": phase,
            "progress": self._run.progress(),
            "now_ms": self._run.now_ms(),
        }
        if phase is Phase.JOB and offer is not None:
            fields["job"] = _describe_job(offer)
        return answer(fields)

    def _renew(self, request: Request) -> Response:
        fields = _only(request.body, page=str, job=str)
        job = fields["job"]
        if not _JOB.fullmatch(job):
            raise UploadError(f"'job' must be the id of a job, got {job!r:.80}.")
        if not self._slot.renew(_page(fields["page"]), job):
            return refusal(HTTPStatus.CONFLICT, "this job is finished, or another page has it")
        return answer({"progress": self._run.progress()})

    def _model(self, spec_id: str) -> Response:
        path = self._slot.model(spec_id)
        if path is None:
            return refusal(HTTPStatus.NOT_FOUND, "this network is not being measured now")
        return Response(HTTPStatus.OK, path, MEDIA_TYPES[path.suffix])

    def _result(self, upload_id: str, body: bytes) -> Response:
        if not UPLOAD_ID.fullmatch(upload_id):
            raise UploadError("the id of a result must be 32 hexadecimal digits.")
        status, words = _VERDICTS[self._slot.deliver(upload_id, body)]
        if status is HTTPStatus.OK:
            return answer({"result": words})
        return refusal(status, words)


def _public_files(run: BrowserRun) -> Mapping[str, Path]:
    static = {f"/static/{path.name}": path for path in STATIC.iterdir() if path.is_file()}
    folder, names = run.runtime.folder, run.runtime.files
    runtime = {f"{_runtime_path(run)}{name}": folder / name for name in names}
    return {"/": STATIC / "index.html"} | static | runtime


def _runtime_path(run: BrowserRun) -> str:
    return f"{RUNTIMES}{run.runtime.name}-{run.runtime.version}/"


def _only(body: bytes, **kinds: type) -> dict[str, Any]:
    """Return the fields of a JSON object that has exactly these keys, of these types."""
    fields = read_json(body)
    if set(fields) != set(kinds):
        raise UploadError(f"the keys must be exactly {', '.join(kinds)}.")
    for name, kind in kinds.items():
        if type(fields[name]) is not kind:
            raise UploadError(f"'{name}' must be of type {kind.__name__}.")
    return fields


def _page(text: str) -> str:
    if not _PAGE.fullmatch(text):
        raise UploadError("'page' must be 16 hexadecimal digits.")
    return text


def _describe_job(offer: Offer) -> dict[str, Any]:
    job, costs = offer.job, count_costs(offer.job.spec)
    return {
        "id": job.id,
        "model": f"/api/models/{job.spec.id}",
        "resolution": job.spec.resolution,
        "network": job.spec.id,
        "role": job.role,
        "pass": job.pass_number,
        "block": job.block,
        "params": costs.params,
        "macs": costs.macs,
        "plan": dataclasses.asdict(offer.plan),
    }
