"""What a browser has delivered: a file for each result, written before it is acknowledged.

The id in the name is the browser's, so what is sent twice is known, also by a server started anew.
The content is what was sent, byte for byte.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io.atomic import atomic_write
from nasbench_mvit.latency.collectors.browser.upload import (
    Timed,
    TimingFailure,
    UploadError,
    parse_upload,
)


@dataclass(frozen=True)
class Delivery:
    """One result, and when its network had been timed."""

    result: Timed | TimingFailure
    ended_at: datetime


class Inbox:
    """The results in a folder."""

    def __init__(self, folder: Path) -> None:
        """Read what is there.

        Raises:
            MeasurementError: a file is damaged.
            OSError: a file cannot be read.
        """
        self._folder = folder
        self._bodies: dict[str, bytes] = {}
        self._by_job: dict[str, Timed | TimingFailure] = {}
        for path in sorted(folder.glob("*.json")):
            self._note(path.stem, _read(path), path.read_bytes())

    def _note(self, upload_id: str, result: Timed | TimingFailure, body: bytes) -> None:
        self._bodies[upload_id] = body
        self._by_job[result.job] = result

    def body(self, upload_id: str) -> bytes | None:
        """Return the body delivered under an id."""
        return self._bodies.get(upload_id)

    def holds(self, job_id: str) -> bool:
        """Return whether there is a result of a job."""
        return job_id in self._by_job

    def timed(self, job_id: str, now: datetime) -> Delivery | None:
        """Return the times delivered for a job shortly before ``now``, if there are any.

        A failure is none: whoever asks again wants to try again.
        """
        result = self._by_job.get(job_id)
        if not isinstance(result, Timed):
            return None
        try:
            return Delivery(result, result.ended_at(now))
        except UploadError:
            return None

    def keep(self, upload_id: str, body: bytes, now: datetime) -> Delivery:
        """Write a result; when this returns it is on the disk.

        Args:
            upload_id: checked by the caller to be an ``UPLOAD_ID``.
            body: as it was sent.
            now: the server's time.

        Raises:
            UploadError: it breaks a rule.
            OSError: it cannot be written; nothing is kept.
        """
        result = parse_upload(body)
        delivery = Delivery(result, result.ended_at(now))
        with atomic_write(self._folder / f"{upload_id}.json") as file:
            file.write(body)
        self._note(upload_id, result, body)
        return delivery


def _read(path: Path) -> Timed | TimingFailure:
    try:
        return parse_upload(path.read_bytes())
    except UploadError as problem:
        raise MeasurementError(
            f"{path} is damaged: {str(problem).rstrip('.')}. Remove it and run the same command "
            "again."
        ) from None
