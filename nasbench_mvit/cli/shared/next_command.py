"""The line with which a command ends: the next one, as it can be typed."""

import shlex
from collections.abc import Mapping
from pathlib import Path

PROG = "python -m nasbench_mvit"


def next_line(verb: str, options: Mapping[str, str | Path | None]) -> str:
    """Return the line that names the next command.

    Args:
        verb: the command.
        options: values by the options' names; those that are None are left out.
    """
    words = [f"{PROG} {verb}"]
    words += [f"{k} {shlex.quote(str(v))}" for k, v in options.items() if v is not None]
    return f"next: {' '.join(words)}"
