"""Paths as people write them in options and files."""

import os
from pathlib import Path


def expanded(text: str | Path) -> Path:
    """Return a path with a leading ``~`` replaced by the home it stands for.

    The shell does not do so within ``--option=~/x`` or a file. The home of a user whom this machine
    does not know stays as it is, so that the message about it names what was typed.
    """
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path's raises on unknown users
