"""The page that leads to TLS: how a phone comes to trust the run's authority, over plain HTTP.

Nothing else is served there. A person compares the fingerprint with the one in the terminal.
"""

from http import HTTPStatus

from nasbench_mvit.latency.collectors.browser.server.api import MEDIA_TYPES, STATIC
from nasbench_mvit.latency.collectors.browser.server.messages import (
    Request,
    Response,
    answer,
    refusal,
)
from nasbench_mvit.latency.collectors.browser.server.tls import Certificates

AUTHORITY_TYPE = "application/x-x509-ca-cert"
_FILES = {"/": "trust.html", "/static/trust.js": "trust.js", "/static/style.css": "style.css"}


class TrustApi:
    """Answers requests for the certificate and the instructions."""

    def __init__(self, certificates: Certificates, secure_origin: str) -> None:
        """Lead to ``secure_origin``."""
        self._certificates = certificates
        self._facts = {"origin": secure_origin, "sha256": certificates.fingerprint()}

    def respond(self, request: Request) -> Response:
        """Return the answer to a request."""
        if request.method == "GET":
            if request.path == "/authority.crt":
                return Response(HTTPStatus.OK, self._certificates.authority, AUTHORITY_TYPE)
            if request.path == "/authority.json":
                return answer(self._facts)
            if request.path in _FILES:
                path = STATIC / _FILES[request.path]
                return Response(HTTPStatus.OK, path, MEDIA_TYPES[path.suffix])
        return refusal(HTTPStatus.NOT_FOUND, "there is nothing at this address")
