"""Text files by one rule: marks, line ends, pipes and what is no file; names that are no text."""

import os
import socket
import threading
from pathlib import Path

import pytest

from nasbench_mvit.errors import StudyError
from nasbench_mvit.io import text_files
from nasbench_mvit.io.text_files import check_name, is_readable, read_text, write_text

TEXT = "naïve\nsecond\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TEXT.replace("\n", "\n\ufeff").encode(),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.replace("\n", "\r\n").encode("utf-16-be"),
    ],
    ids=[
        "plain",
        "mark",
        "CRLF",
        "mark and CRLF",
        "marks in lines",
        "UTF-16-LE",
        "UTF-16-BE and CRLF",
    ],
)
def test_whoever_wrote_it_the_text_is_the_same(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text"
    path.write_bytes(content)
    assert read_text(path) == TEXT


def test_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes("first\nnaïve\n".encode("latin-1"))
    with pytest.raises(OSError, match=r"line 2 is not UTF-8; save the file as UTF-8"):
        read_text(path)


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"\xef\xbb\xbf" + TEXT.encode(),))
    writer.start()
    assert is_readable(path)
    assert read_text(path) == TEXT
    writer.join()


def test_a_pipe_that_holds_more_than_the_system_keeps(tmp_path: Path) -> None:
    path, text = tmp_path / "pipe", "0123456789\n" * 300_000
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(text,))
    writer.start()
    assert read_text(path) == text
    writer.join()


def test_a_pipe_into_which_nobody_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "PATIENCE_S", 0.01)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match=r"a pipe into which nothing was written for 0\.01 s"):
        read_text(path)


def test_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for name, said in ((".", "a folder"), ("socket", "a socket"), (os.devnull, "a device")):
            assert not is_readable(Path(name))
            with pytest.raises(OSError, match=f"it is {said}, not a file"):
                read_text(Path(name))


def test_names_of_files_that_are_no_text_are_written_as_they_are_shown(tmp_path: Path) -> None:
    write_text(tmp_path / "report", f"naïve {os.fsdecode(b'caf' + bytes([0xE9]))}\n")
    assert read_text(tmp_path / "report") == "naïve caf\\udce9\n"


def test_a_name_that_is_stored_must_be_text() -> None:
    assert check_name("café", "the study", StudyError) == "café"
    with pytest.raises(StudyError, match=r"^the study 'caf\\udce9' has a name that is not UTF-8"):
        check_name(os.fsdecode(b"caf\xe9"), "the study", StudyError)
