"""Keys that identify images by their content, wherever they lie."""

import hashlib
import os
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nasbench_mvit.errors import DataError
from nasbench_mvit.models.weights.split_record import DIGEST_BYTES, ImageKey

READERS = 8  # threads: files are waited for, and hashing does not hold the interpreter
KEYS_AT_ONCE = 4096


class Keyed(ABC):
    """Images that have keys."""

    @abstractmethod
    def __len__(self) -> int:
        """Return their number."""

    @abstractmethod
    def key(self, index: int) -> ImageKey:
        """Return the key that identifies an image.

        Raises:
            DataError: it cannot be read.
        """

    def keys(self) -> list[ImageKey]:
        """Return the keys of all images; each is read once.

        Raises:
            DataError: one cannot be read.
        """
        keys: list[ImageKey] = []
        with ThreadPoolExecutor(READERS) as readers:
            while len(keys) < len(self):
                some = range(len(keys), min(len(keys) + KEYS_AT_ONCE, len(self)))
                keys += readers.map(self.key, some)
        return keys


def file_key(path: Path) -> ImageKey:
    """Return the key of a file's content and its place in its folder.

    Raises:
        DataError: it cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise DataError(f"an image cannot be read: {problem}. Replace or remove it.") from None
    return content_key(content, f"{path.parent.name}/{path.name}")


def content_key(content: bytes, name: str = "") -> ImageKey:
    """Return the key of a content, which may have a name."""
    digest = hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest()
    named = hashlib.blake2b(digest + os.fsencode(name), digest_size=DIGEST_BYTES).digest()
    return ImageKey(digest, named)
