import contextlib
import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measuring import NETWORK, REFERENCE, TARGET, measurement

from nasbench_mvit.architecture.published import published
from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.latency.records.blocks import blocks_of
from nasbench_mvit.latency.records.record import Measurement
from nasbench_mvit.latency.records.record_file import (
    RecordFile,
    from_line,
    read_records,
    remedy,
    to_line,
)

RECORDS = [
    measurement(REFERENCE),
    measurement(NETWORK),
    measurement(published("mobilevit_s"), position=2),
]


def write(path: Path, records: list[Measurement]) -> None:
    file = RecordFile(path)
    for record in records:
        file.append(record)
    file.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "run" / "records.jsonl"
    write(place, RECORDS)
    return place


def test_what_was_appended_is_read(path: Path) -> None:
    assert read_records(path) == RECORDS


def test_a_file_is_gone_on_with(path: Path) -> None:
    more = measurement(REFERENCE, position=3)
    write(path, [more])
    assert read_records(path) == [*RECORDS, more]


def test_a_cut_anywhere_costs_at_most_the_last_record(path: Path) -> None:
    content = path.read_bytes()
    start = len("".join(map(to_line, RECORDS[:2])).encode())
    for length in (*range(start, len(content), 29), len(content) - 1):
        path.write_bytes(content[:length])
        assert read_records(path) == RECORDS[:2]
    for length in (start, start + 1, len(content) - 1):  # and the next writer repairs it
        path.write_bytes(content[:length])
        write(path, RECORDS[2:])
        assert path.read_bytes() == content


def test_a_reader_changes_nothing(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])
    before = path.read_bytes()
    read_records(path)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    more = measurement(REFERENCE, position=3)
    file = RecordFile(path)

    def no_room(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_room)
        with pytest.raises(OSError, match=str(path)):
            file.append(more)
    assert path.read_bytes() == before
    file.append(more)
    file.close()
    assert read_records(path) == [*RECORDS, more]


def damaged(path: Path, line: int, old: bytes, new: bytes) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(old, new)
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    ("line", "old", "new", "message"),
    [
        (2, b"{", b"", "line 2 is not JSON"),
        (1, b"10.5", b"-10.5", "line 1: 'samples_ms.2' must be greater than 0"),
        (3, b"Test CPU", b"\xff", "line 3 is not UTF-8"),
        (3, b"Test CPU", b"A phone", "line 3 is of another target .device Test CPU before, A ph"),
        (2, b'"runtime_version":"1.0"', b'"runtime_version":"1.1"', "runtime version 1.0 before"),
        (3, b'"position":2', b'"position":1', "line 3 is position 1 of block 1, as line 2"),
    ],
)
def test_a_damaged_line_is_named_and_nothing_is_changed(
    line: int, old: bytes, new: bytes, message: str, path: Path
) -> None:
    damaged(path, line, old, new)
    before = path.read_bytes()
    with pytest.raises(MeasurementError, match=message):
        read_records(path)
    with pytest.raises(MeasurementError, match=message):
        RecordFile(path)
    assert path.read_bytes() == before


def test_another_target_or_reference_is_not_appended(path: Path) -> None:
    before = path.read_bytes()
    file = RecordFile(path)
    two = TARGET.model_copy(update={"threads": 2})
    with pytest.raises(MeasurementError, match="threads 1 before, 2 now"):
        file.append(measurement(REFERENCE, position=3, target=two))
    with pytest.raises(MeasurementError, match="reference network"):
        file.append(measurement(NETWORK, position=3, reference_id=NETWORK.id))
    with pytest.raises(MeasurementError, match="position 2 of block 1"):
        file.append(measurement(NETWORK, position=2))
    with pytest.raises(MeasurementError, match="from another model file"):
        file.append(measurement(REFERENCE, position=3, model_sha256="1" * 64))
    file.close()
    assert path.read_bytes() == before


def test_no_file_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match=r"measure.*wrote"):
        read_records(tmp_path / "absent.jsonl")


def test_records_of_the_first_schema_are_read() -> None:
    path = Path(__file__).parents[3] / "golden" / "latency_records_v1.jsonl"
    (block,) = blocks_of(read_records(path))
    assert block.is_accepted
    assert [record.spec for record in block.candidates] == [NETWORK]
    assert [record.p10_ms for record in block.candidates] == [10.25]
    assert block.candidates[0].target == TARGET


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_line_changed_anywhere_is_read_or_refused_in_words(data: st.DataObject) -> None:
    line = to_line(RECORDS[1]).encode()
    start = data.draw(st.integers(0, len(line) - 1))
    length = data.draw(st.integers(0, 8))
    changed = line[:start] + data.draw(st.binary(max_size=8)) + line[start + length :]
    with contextlib.suppress(MeasurementError):
        from_line(changed.decode(errors="replace"), "here")


def test_a_name_that_was_forgotten_is_told_apart_from_another_target() -> None:
    named = TARGET.model_copy(update={"device": "my phone"})
    assert '`device=` "my phone"' in remedy(named, TARGET)
    other = TARGET.model_copy(update={"threads": 2})
    assert "`device=`" not in remedy(named, other)
    assert "a run directory of its own" in remedy(named, other)
