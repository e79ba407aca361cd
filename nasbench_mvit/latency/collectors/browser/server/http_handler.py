"""From bytes of a socket to a ``Request`` and back: what is refused before anything looks at it.

Host and Origin must be this server's own, which keeps out pages of other sites and names that were
made to point here; bodies are JSON of a known, bounded length; a silent connection is closed.
"""

import http.server
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from nasbench_mvit.latency.collectors.browser.server.messages import (
    JSON,
    Request,
    Response,
    refusal,
)
from nasbench_mvit.latency.collectors.browser.upload import MAX_BYTES
from nasbench_mvit.version import __version__

IDLE_S: Final = 30.0
YEAR_S: Final = 31_536_000
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
        "connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    # Both together give the page threads, where its address is a secure one.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one connection; ``bound`` makes the class for one server."""

    protocol_version = "HTTP/1.1"
    server_version = f"nasbench_mvit/{__version__}"
    sys_version = ""
    timeout = IDLE_S
    respond: Callable[[Request], Response]
    report: Callable[[str], None]
    origins: Mapping[str, str]

    def _serve(self) -> None:
        refused = self._refuse_head()
        if refused is not None:
            self.close_connection = True  # its body was not read
            self._send(refused)
            return
        headers = {name.lower(): value for name, value in reversed(self.headers.items())}
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        self._send(self._answer(Request(self.command, self._path(), headers, body)))

    do_GET = do_POST = do_PUT = _serve  # noqa: N815 - as http.server calls them

    def _answer(self, request: Request) -> Response:
        try:
            return type(self).respond(request)
        except OSError as problem:
            reason = f"{problem.filename or 'a file'} cannot be used: {problem.strerror}"
            type(self).report(f"the browser was told to try again, for {reason}")
            return refusal(HTTPStatus.INSUFFICIENT_STORAGE, f"on the server, {reason}")

    def _path(self) -> str:
        try:
            return urlsplit(self.path).path
        except ValueError:
            return ""

    def _refuse_head(self) -> Response | None:
        """Return the refusal of a request by its head alone, None for a good one."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0] not in self.origins:
            return refusal(HTTPStatus.MISDIRECTED_REQUEST, "open the address the terminal shows")
        lengths = self.headers.get_all("Content-Length", [])
        if self.command == "GET":
            if lengths or "Transfer-Encoding" in self.headers:
                return refusal(HTTPStatus.BAD_REQUEST, "a GET has no body")
            return None
        if self.headers.get_all("Origin", []) != [self.origins[hosts[0]]]:
            return refusal(HTTPStatus.FORBIDDEN, "this is only for the page served from here")
        if self.headers.get_all("Content-Type", []) != [JSON]:
            return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {JSON}")
        return _refuse_length(lengths, is_chunked="Transfer-Encoding" in self.headers)

    def _send(self, response: Response) -> None:
        if isinstance(response.content, Path):
            self._send_file(response, response.content)
        else:
            self._send_head(response, len(response.content))
            self.wfile.write(response.content)

    def _send_file(self, response: Response, path: Path) -> None:
        try:
            file = path.open("rb")
        except FileNotFoundError:  # of a network that has been answered meanwhile
            self._send(refusal(HTTPStatus.NOT_FOUND, "this is no longer there"))
            return
        with file:
            self._send_head(response, os.fstat(file.fileno()).st_size)
            shutil.copyfileobj(file, self.wfile)

    def _send_head(self, response: Response, length: int) -> None:
        self.send_response(response.status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        lasting = f"private, max-age={YEAR_S}, immutable"
        self.send_header("Cache-Control", lasting if response.is_lasting else "no-store")
        self.send_header("Content-Type", response.media_type)
        self.send_header("Content-Length", str(length))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what http.server itself cannot read, in the form of all other refusals."""
        del explain
        self.close_connection = True
        self._send(refusal(HTTPStatus(code), message or HTTPStatus(code).phrase))

    def log_message(self, *_: Any) -> None:
        """Keep the terminal for what matters."""


def _refuse_length(lengths: list[str], *, is_chunked: bool) -> Response | None:
    text = lengths[0] if len(lengths) == 1 and not is_chunked else ""
    if not text.isascii() or not text.isdigit():
        return refusal(HTTPStatus.LENGTH_REQUIRED, "the body needs one Content-Length")
    if len(text) > len(str(MAX_BYTES)) or int(text) > MAX_BYTES:
        return refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body may have at most {MAX_BYTES} bytes"
        )
    return None


def bound(
    respond: Callable[[Request], Response],
    *,
    origins: Collection[str],
    report: Callable[[str], None],
) -> type[Handler]:
    """Return the handler of one server.

    Args:
        respond: answers requests that got this far.
        origins: all the server is reached by, such as ``http://127.0.0.1:8650``.
        report: takes what the person at the terminal should know.
    """
    members = {
        "respond": staticmethod(respond),
        "report": staticmethod(report),
        "origins": {urlsplit(origin).netloc: origin for origin in origins},
    }
    return type("BoundHandler", (Handler,), members)
