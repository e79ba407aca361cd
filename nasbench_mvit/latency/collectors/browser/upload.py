"""What a browser sends of one job: exact keys, finite and bounded values, one result under one id.

All of it is untrusted. A result is known by the id the browser drew for it, so that sending it
again, after an answer was lost, changes nothing.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from nasbench_mvit.errors import MeasurementError, listed
from nasbench_mvit.io.json_file import unique_keys
from nasbench_mvit.io.validation import kind_of, validate_json
from nasbench_mvit.latency.fields import Strict, Text
from nasbench_mvit.latency.records.record import Times, Timing

MAX_BYTES: Final = 64 * 1024
UPLOAD_ID: Final = re.compile(r"[0-9a-f]{32}")
CLOCK_TOLERANCE = timedelta(minutes=1)
# By then the block it belongs to has been given up.
MAX_AGE = timedelta(minutes=10)
LAST_MS: Final = 253_402_300_799_999  # of the year 9999

JobId = Annotated[str, Field(pattern=r"^[0-9a-f-]{1,80}$")]


class UploadError(MeasurementError):
    """A browser has sent something that is not allowed."""


class _Answer(Strict):
    """``ended_ms``: when it ended, in milliseconds since 1970 by the server's clock."""

    job: JobId
    ended_ms: Annotated[int, Field(ge=0, le=LAST_MS)]

    def ended_at(self, now: datetime) -> datetime:
        """Return when the job ended, by the server's clock.

        Raises:
            UploadError: that time is in the future, or too long ago to be of use.
        """
        ended = datetime.fromtimestamp(self.ended_ms / 1e3, UTC)
        if not now - MAX_AGE <= ended <= now + CLOCK_TOLERANCE:
            raise UploadError(
                f"'ended_ms' must lie within the last {MAX_AGE.total_seconds() / 60:.0f} minutes, "
                f"got {ended.isoformat()} at {now.isoformat()}. The network is measured again."
            )
        return min(ended, now)


class Timed(_Answer, Times):
    """A network was timed."""

    outcome: Literal["timed"]

    def timing(self, model_sha256: str) -> Timing:
        """Return the times as those of a file."""
        fields = {name: getattr(self, name) for name in Times.model_fields}
        return Timing(model_sha256=model_sha256, **fields)


class TimingFailure(_Answer):
    """A network could not be timed.

    Attributes:
        reason: what the browser said.
    """

    outcome: Literal["failed"]
    reason: Text


_OUTCOMES: Final[dict[str, type[Timed | TimingFailure]]] = {"timed": Timed, "failed": TimingFailure}


def parse_upload(body: bytes) -> Timed | TimingFailure:
    """Return the result in ``body``.

    Raises:
        UploadError: it is too large, is no JSON, or a key or value breaks a rule.
    """
    if len(body) > MAX_BYTES:
        raise UploadError(f"a result may have at most {MAX_BYTES} bytes, got {len(body)}.")
    data = read_json(body)
    outcome = data.get("outcome")
    if not isinstance(outcome, str) or outcome not in _OUTCOMES:
        raise UploadError(f"'outcome' must be one of {listed(_OUTCOMES)}, got {outcome!r:.80}.")
    model: type[Timed | TimingFailure] = _OUTCOMES[outcome]
    return validate_json(json.dumps(data), model, UploadError, where="the result")


def read_json(body: bytes) -> dict[str, Any]:
    """Return the JSON object in ``body``; a key may stand once, a number must be finite.

    Raises:
        UploadError: it is something else.
    """
    try:
        data = json.loads(
            body.decode("utf-8"), object_pairs_hook=unique_keys, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as problem:
        raise UploadError(f"the body is no usable JSON: {problem}.") from None
    if not isinstance(data, dict):
        raise UploadError(f"the body must be a JSON object, got {kind_of(data)}.")
    return data


def _no_constant(name: str) -> float:
    raise ValueError(f"numbers must be finite, got {name}")
