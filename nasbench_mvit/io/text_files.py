"""Text files by one rule: read as UTF-8 whoever wrote them, written as UTF-8 whatever they say."""

import codecs
import errno
import io
import os
import re
import select
import stat
import unicodedata
from pathlib import Path

from nasbench_mvit.errors import WorkbenchError
from nasbench_mvit.io.atomic import atomic_write

PATIENCE_S = 30.0  # for whoever writes into a named pipe
_CHUNK_BYTES = 2**20
_ESCAPED_BYTE = re.compile(r"\\u(dc[89a-f][0-9a-f])")
_MARK = "\ufeff"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_KINDS = {
    stat.S_IFDIR: (errno.EISDIR, "it is a folder, not a file"),
    stat.S_IFSOCK: (errno.ENXIO, "it is a socket, not a file"),
    stat.S_IFCHR: (errno.ENXIO, "it is a device, not a file"),
    stat.S_IFBLK: (errno.ENXIO, "it is a device, not a file"),
}


def read_text(path: Path) -> str:
    r"""Return the text of a file, with line ends as ``\n`` and without byte order marks.

    Such marks are also within a text where files were joined, and nothing shows them. The text is
    UTF-8; UTF-16, as Windows writes it, is known by its mark.

    Raises:
        OSError: as for ``read_content``, or the file is no such text.
    """
    content = read_content(path)
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        return io.TextIOWrapper(io.BytesIO(content), encoding).read().replace(_MARK, "")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        reason = f"line {line} is not UTF-8; save the file as UTF-8"
        raise OSError(errno.EILSEQ, reason, str(path)) from None


def read_content(path: Path) -> bytes:
    """Return the content of a file, or of a pipe, such as a shell's ``<(command)``, to its end.

    Raises:
        OSError: it is missing, may not be read or is no file, or nobody writes into the pipe.
    """
    kind = stat.S_IFMT(path.stat().st_mode)
    if kind in _KINDS:
        raise OSError(*_KINDS[kind], str(path))
    return _read_pipe(path) if kind == stat.S_IFIFO else path.read_bytes()


def _read_pipe(path: Path) -> bytes:
    """Read a pipe without waiting for ever for a writer, as opening it usually does."""
    content = b""
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        while poll.poll(PATIENCE_S * 1000):
            chunk = os.read(pipe, _CHUNK_BYTES)
            if not chunk:
                return content
            content += chunk
    finally:
        os.close(pipe)
    reason = f"it is a pipe into which nothing was written for {PATIENCE_S:g} s"
    raise OSError(errno.ETIMEDOUT, reason, str(path))


def is_readable(path: Path) -> bool:
    """Return whether ``read_content`` may read a path: a file or a pipe."""
    return path.is_file() or path.is_fifo()


def write_text(path: Path, text: str) -> None:
    r"""Write a file whole or not at all, in UTF-8.

    Bytes of names of files that are no text are written as they are shown, like ``\udce9``.

    Raises:
        OSError: ``path``, which the error names, cannot be written.
    """
    with atomic_write(path) as file:
        file.write(escaped(text).encode())


def escaped(name: object) -> str:
    r"""Return a name or path as text, in which bytes that are not UTF-8 look like ``\udce9``."""
    return str(name).encode(errors="backslashreplace").decode()


def restored(text: str) -> str:
    """Return the name or path that ``escaped`` has written as text."""
    return _ESCAPED_BYTE.sub(lambda byte: chr(int(byte[1], 16)), text)


def normalised(name: str) -> str:
    """Return a name of a class in Unicode's composed form (NFC), in which equal names are equal.

    Folders that macOS has named hold an é as two characters, most texts as one.
    """
    return unicodedata.normalize("NFC", name)


def check_name(name: str, what: str, error: type[WorkbenchError]) -> str:
    """Return a name or path that must be text, since it is stored or a library takes no other.

    Args:
        name: maybe of a file or folder, which may hold any bytes.
        what: the thing that it names, for the message.
        error: class of the error.

    Raises:
        WorkbenchError: it holds bytes that are not UTF-8.
    """
    try:
        return os.fsencode(name).decode()  # a locale may read the bytes of names otherwise
    except UnicodeError:
        raise error(
            f"{what} {name!a} has a name that is not UTF-8, which not all files and libraries can "
            "hold. Rename it."
        ) from None
