"""The records of one target: an append-only file of JSON lines that survives a kill at any time.

A line is written and synced before the next measurement begins. A kill can leave an incomplete last
line; readers ignore it, and the next writer removes it. Any other line that cannot be read is an
error that names the line, since no kill explains it.
"""

import json
import math
import os
from pathlib import Path
from typing import Any

from nasbench_mvit.architecture.published_figures import network_title
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io.paths import expanded
from nasbench_mvit.io.text_files import read_content
from nasbench_mvit.io.validation import kind_of, validate_json
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.target import Target

RECORDS_FILE = "records.jsonl"
# Derived fields for other tools that read the file; they must agree with the samples.
DERIVED = ("median_ms", "mad_ms", "p10_ms", "p90_ms")
TOLERANCE = 1e-6
_REMEDY = "Restore the file from a copy, or remove this line: its network is measured again."


def to_line(measurement: Measurement) -> str:
    """Return a measurement as one line of JSON with its median, MAD, p10 and p90."""
    left_out = {"profile"} if measurement.profile is None else None  # as before there was one
    data = measurement.model_dump(mode="json", exclude=left_out)
    data |= {name: getattr(measurement, name) for name in DERIVED}
    return json.dumps(data, allow_nan=False, separators=(",", ":")) + "\n"


def from_line(line: str, where: str) -> Measurement:
    """Return the measurement that ``to_line`` wrote; ``where`` names its origin in an error.

    Raises:
        MeasurementError: it is not JSON, a field is missing, unknown or invalid, or a derived field
            does not agree with the samples.
    """
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise MeasurementError(f"{where} is not JSON: {problem}. {_REMEDY}") from None
    if not isinstance(data, dict):
        raise MeasurementError(
            f"{where} must hold an object of fields, got {kind_of(data)}. {_REMEDY}"
        )
    stated = {name: data.pop(name, None) for name in DERIVED}
    measurement = validate_json(json.dumps(data), Measurement, MeasurementError, where=where)
    for name, value in stated.items():
        _check_derived(name, value, getattr(measurement, name), where)
    return measurement


def _check_derived(name: str, stated: object, actual: float, where: str) -> None:
    is_number = isinstance(stated, int | float) and not isinstance(stated, bool)
    if not is_number or not math.isclose(stated, actual, rel_tol=TOLERANCE, abs_tol=TOLERANCE):  # type: ignore[arg-type]
        raise MeasurementError(
            f"{where}: '{name}' must be {actual:g}, which the samples give, got {stated!r}. "
            f"{_REMEDY}"
        )


def read_records(path: str | Path) -> list[Measurement]:
    """Return the measurements of one target, of a file or of a measurement's run directory.

    They are in order. An incomplete last line, left by a kill, is ignored.

    Raises:
        MeasurementError: there is no such file, a line is damaged or repeated, or the lines are of
            different targets, reference networks or model files of one network.
    """
    path = expanded(path)
    path = path / RECORDS_FILE if path.is_dir() else path
    try:
        content = read_content(path)
    except OSError as problem:
        raise MeasurementError(
            f"the records {path} cannot be read: {problem.strerror}. Give the path of a "
            f"{RECORDS_FILE} that `python -m nasbench_mvit measure` wrote."
        ) from None
    return _parse(content[: _whole(content)], path, _FileConsistency())


def known_records(run_dir: Path) -> list[Measurement]:
    """Return the measurements of a run directory, none where there is no file yet.

    Raises:
        MeasurementError: see ``read_records``.
    """
    return read_records(run_dir) if (run_dir / RECORDS_FILE).exists() else []


def _whole(content: bytes) -> int:
    """Return the length of ``content`` without an incomplete last line."""
    return content.rfind(b"\n") + 1


def _parse(content: bytes, path: Path, consistency: "_FileConsistency") -> list[Measurement]:
    records: list[Measurement] = []
    for number, line in enumerate(content.splitlines(), start=1):
        where = f"{path}, line {number}"
        try:
            text = line.decode("utf-8-sig")  # Windows programs write a mark first
        except UnicodeDecodeError as problem:
            raise MeasurementError(f"{where} is not UTF-8: {problem}. {_REMEDY}") from None
        record = from_line(text, where)
        consistency.check(record, path)
        consistency.add(record)
        records.append(record)
    return records


class _FileConsistency:
    """The check that records may be in one file, applied to one after another."""

    def __init__(self) -> None:
        self._first: Measurement | None = None
        self._lines: dict[tuple[int, int], int] = {}
        self._models: dict[str, str] = {}

    def check(self, record: Measurement, path: Path) -> None:
        """Check the target, the reference, the model file and the position of a record."""
        where = f"{path}, line {len(self._lines) + 1}"
        _check_alike(self._first or record, record, where)
        line = self._lines.get((record.block, record.position))
        if line is not None:
            raise MeasurementError(
                f"{where} is position {record.position} of block {record.block}, as line {line} "
                f"is already. {_REMEDY}"
            )
        if self._models.get(record.spec_id, record.model_sha256) != record.model_sha256:
            raise MeasurementError(
                f"{where}: {network_title(record.spec)} was measured before from another model "
                "file, as another version of the exporter may write it. Go back to that version, "
                "or choose another `run_dir=`."
            )

    def add(self, record: Measurement) -> None:
        """Add a checked record."""
        self._first = self._first or record
        self._lines[record.block, record.position] = len(self._lines) + 1
        self._models[record.spec_id] = record.model_sha256


def _check_alike(first: Measurement, record: Measurement, where: str) -> None:
    check_same_target(first.target, record.target, where)
    if record.reference_id != first.reference_id:
        raise MeasurementError(
            f"{where} has another reference network than earlier ones. Choose another `run_dir=`."
        )


def check_same_target(before: Target, now: Target, where: str) -> None:
    """Check that two targets are the same.

    Raises:
        MeasurementError: they differ; the message names the differences.
    """
    if now == before:
        return
    differing = before.differences(now, words=("before", "now"))
    raise MeasurementError(
        f"{where} is of another target ({'; '.join(differing.values())}), and their times cannot "
        f"be compared. {remedy(before, now)}"
    )


def remedy(before: Target, now: Target) -> str:
    """Return the remedy for a run of the target ``before`` on the target ``now``."""
    if now.model_copy(update={"device": before.device}) == before:
        return (
            f'If it is the same device under another name, give `device=` "{before.device}"; else '
            "choose another `run_dir=`."
        )
    return "Keep each target in a run directory of its own: choose another."


class RecordFile:
    """The records of one target, open for appending."""

    def __init__(self, path: Path) -> None:
        """Read the file, remove an incomplete last line, and open it for appending.

        Raises:
            MeasurementError: see ``read_records``; the file is unchanged.
            OSError: the file cannot be created or written.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab+", buffering=0)
        try:
            self._file.seek(0)
            content = self._file.read()
            self._length = _whole(content)
            self._consistency = _FileConsistency()
            self.records = _parse(content[: self._length], path, self._consistency)
            self._cut()
        except BaseException:
            self._file.close()
            raise

    def check_target(self, target: Target) -> None:
        """Check that measurements of ``target`` may be appended.

        Raises:
            MeasurementError: the file holds measurements of another target.
        """
        if self.records:
            check_same_target(self.records[0].target, target, str(self.path))

    def append(self, measurement: Measurement) -> None:
        """Write a measurement and sync it to the disk.

        Raises:
            MeasurementError: the target, reference or model file differs from that of the other
                measurements, or the position in the block is taken.
            OSError: the measurement could not be written; the file is unchanged.
        """
        self._consistency.check(measurement, self.path)
        line = to_line(measurement).encode()
        try:
            self._write(line)
        except OSError as error:
            self._cut()
            error.filename = str(self.path)
            raise
        self._length += len(line)
        self._consistency.add(measurement)
        self.records.append(measurement)

    def _write(self, line: bytes) -> None:
        rest: Any = memoryview(line)
        while rest:
            rest = rest[self._file.write(rest) :]
        os.fsync(self._file.fileno())

    def _cut(self) -> None:
        """Remove an incomplete last line."""
        self._file.truncate(self._length)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
