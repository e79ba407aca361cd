"""A Ray that is started on this machine, wherever the home and the temporary files are."""

import os
import secrets
import tempfile
from pathlib import Path

SHORT = "/tmp"  # noqa: S108 - Ray makes a folder of its own in it
LONGEST = 40  # characters: Ray appends up to 64, and the path of a socket has at most 107


def local_arguments() -> dict[str, str]:
    """Return arguments of ``ray.init`` for a cluster on this machine.

    By itself Ray would make its sockets among the temporary files, whose directory may have too
    long a path, and keep a token in the home directory; where that cannot be written, a token is
    set in the environment.
    """
    if not _has_home():
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    is_long = len(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir()) > LONGEST
    return {"_temp_dir": f"{SHORT}/ray"} if is_long else {}


def _has_home() -> bool:
    try:
        home = Path.home()
    except RuntimeError:  # nobody of this user's name
        return False
    return home.is_dir() and os.access(home, os.W_OK)
