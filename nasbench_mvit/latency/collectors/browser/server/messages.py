"""Requests and responses as data, so that what answers them knows nothing of sockets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

JSON: Final = "application/json"


@dataclass(frozen=True)
class Request:
    """A request from a browser.

    Attributes:
        method: GET, POST or PUT.
        path: without a query.
        headers: values by lower-case name; the first one where a name is repeated.
        body: the complete body.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """The response to a request.

    Attributes:
        status: HTTP status.
        content: the body, or a file that holds it.
        media_type: media type of the content.
        is_lasting: whether the browser may keep it for ever under this path.
    """

    status: HTTPStatus
    content: bytes | Path = b""
    media_type: str = JSON
    is_lasting: bool = field(default=False, kw_only=True)


def answer(fields: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return ``fields`` as JSON."""
    return Response(status, json.dumps(fields, allow_nan=False).encode())


def refusal(status: HTTPStatus, reason: str) -> Response:
    """Return a refusal as JSON, with a reason that a person can act on."""
    return answer({"error": reason}, status)
