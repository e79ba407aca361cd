"""Paths as people write them in options and files."""

import os
import re
from pathlib import Path

from nasbench_mvit.errors import WorkbenchError, check_type


def expanded(text: str | Path) -> Path:
    """Return a path with a leading ``~`` replaced by the home it stands for.

    The shell does not do so within ``--option=~/x`` or a file. The home of a user whom this machine
    does not know stays as it is, so that the message about it names what was typed.

    Raises:
        WorkbenchError: it is neither text nor a path.
    """
    check_type(text, (str, Path), "a name or path must be text or a Path", WorkbenchError)
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path's raises on unknown users


def slug(words: str) -> str:
    """Return words as a part of a path that every system takes.

    >>> slug("Samsung Galaxy S24 (Family)")
    'samsung-galaxy-s24-family'
    """
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
