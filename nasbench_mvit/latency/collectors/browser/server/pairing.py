"""Who may talk to the server: a one-time code from the terminal becomes a token of the browser.

One browser is paired at a time, since the records are of one device; pairing another ends the
first. What is kept is the token's hash, so a token survives the server and cannot be read back.
"""

import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from nasbench_mvit.errors import MeasurementError
from nasbench_mvit.io.atomic import atomic_write

# Without those that look alike, for who has to type it.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 8  # 39 bits, of which a guesser gets MAX_WRONG tries at a time
MAX_WRONG = 10
TOKEN_BYTES = 32
OWNER_ONLY = 0o600


class Pairing:
    """The code of the moment and the browser that is paired; safe between threads."""

    def __init__(self, path: Path, announce: Callable[[str], None]) -> None:
        """Go on with the browser that ``path`` remembers, if there is one.

        Args:
            path: where the token's hash is kept.
            announce: is told every code after the first.

        Raises:
            MeasurementError: the file is damaged.
            OSError: it cannot be read.
        """
        self._path = path
        self._announce = announce
        self._lock = threading.Lock()
        self._digest = _read(path)
        self._wrong = 0
        self.code = _new_code()

    @property
    def is_paired(self) -> bool:
        """Whether any browser is paired."""
        return bool(self._digest)

    def exchange(self, code: str) -> str | None:
        """Return a new token for the code of the moment, which is used up; None for another code.

        After many wrong ones the code changes.

        Raises:
            OSError: the token cannot be kept; the code is still good.
        """
        with self._lock:
            if not hmac.compare_digest(code.strip().lower().encode(), self.code.encode()):
                self._wrong += 1
                if self._wrong >= MAX_WRONG:
                    self._renew()
                return None
            token = secrets.token_hex(TOKEN_BYTES)
            digest = _digest(token)
            _write(self._path, digest)
            self._digest = digest
            self._renew()
            return token

    def _renew(self) -> None:
        self.code = _new_code()
        self._wrong = 0
        self._announce(self.code)

    def knows(self, token: str) -> bool:
        """Return whether ``token`` is that of the paired browser, in constant time."""
        return hmac.compare_digest(_digest(token), self._digest)


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _write(path: Path, digest: str) -> None:
    with atomic_write(path) as file:
        os.fchmod(file.fileno(), OWNER_ONLY)
        file.write(json.dumps({"token_sha256": digest}).encode())


def _read(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        digest = json.loads(path.read_bytes())["token_sha256"]
        if not isinstance(digest, str):
            raise TypeError(digest)
    except (ValueError, LookupError, TypeError):
        raise MeasurementError(
            f"{path} is damaged. Remove it and run the same command again; the browser then has "
            "to be paired anew."
        ) from None
    return digest
