"""Output that any terminal, file or pipe takes, whatever its encoding."""

import codecs
import io
import os
import sys
from pathlib import Path
from typing import Final

HANDLER: Final = "nasbench_mvit.substitute"
#: What is written where an encoding lacks a character; others are escaped, like ``\u03c1``.
SUBSTITUTES: Final = str.maketrans(
    {"×": "x", "–": "-", "−": "-", "±": "+/-", "…": "...", "→": "->", "·": "*", "²": "^2"}
)


def accept_any_text() -> None:
    """Let standard output and error write what their encoding lacks in other characters.

    Where they are closed, what is written to them vanishes.
    """
    codecs.register_error(HANDLER, _substitute)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - as long as the process
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def _substitute(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    text = problem.object[problem.start : problem.end].translate(SUBSTITUTES)
    return text.encode("ascii", "backslashreplace").decode(), problem.end
