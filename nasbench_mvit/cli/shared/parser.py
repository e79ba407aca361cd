"""Command lines: argparse with nearest matches, and errors as one message and exit code 2."""

import argparse
import contextlib
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from nasbench_mvit.errors import WorkbenchError, listed, nearest
from nasbench_mvit.workbench.shared.completion import Completion

INTERRUPTED = 130
PACKAGE = __name__.partition(".")[0]
EXIT_CODES = {
    Completion.DONE: 0,
    Completion.TIME_IS_UP: 0,
    Completion.WAITING: 0,
    Completion.INCOMPLETE: 1,
    Completion.INTERRUPTED: INTERRUPTED,
}
MAX_WORKERS = 1024
MIN_SEEDS, MAX_SEEDS = 2, 1000
OPTIONS = {
    "classes": "labels",
    "cpus": "cpus-per-trial",
    "formats": "format",
    "gpus": "gpus-per-trial",
    "ray_processes": "ray",
    "studies": "study",
    "table=None": "without-table",
}  # of arguments whose options are called otherwise
UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that takes no abbreviations and names the option that was likely meant."""

    def __init__(self, *, prog: str, description: str) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def parse_args(self, args: list[str] | None = None) -> argparse.Namespace:  # type: ignore[override]
        """Parse the arguments; exit with code 2 and one message if an argument is unknown."""
        namespace, rest = self.parse_known_args(args)
        if rest:
            options = self._options(namespace)
            hint = nearest(rest[0], options)
            self.error(f"unknown argument '{rest[0]}'.{hint} Available: {listed(options)}.")
        return namespace

    def _options(self, given: argparse.Namespace) -> list[str]:
        """Return the options that could have been meant, those of a verb where there are verbs."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - has no other name
                verb: Parser = action.choices[getattr(given, action.dest)]
                return verb._options(given)
        return [option for action in self._actions for option in action.option_strings]

    def error(self, message: str) -> NoReturn:
        """Exit with 2 and the message, without the usage text around it."""
        self.exit(2, f"{self.prog}: {_one_line(message)}\n")


def positive_int(text: str, *, least: int = 1) -> int:
    """Return ``text`` as a whole number of ``least`` or more."""
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(
            f"must be a whole number of {least} or more, got '{text}'."
        )
    return value


def num_workers(text: str, *, least: int = 1) -> int:
    """Return ``text`` as a number of processes that a machine can hold."""
    value = positive_int(text, least=least)
    if value > MAX_WORKERS:
        raise argparse.ArgumentTypeError(f"must be at most {MAX_WORKERS}, got '{text}'.")
    return value


def num_workers_or_none(text: str) -> int:
    """Return ``text`` as a number of processes; 0 leaves the work to this one."""
    return num_workers(text, least=0)


def seed_count(text: str) -> int:
    """Return ``text`` as a number of seeds between which there is a spread."""
    value = positive_int(text)
    if not MIN_SEEDS <= value <= MAX_SEEDS:
        raise argparse.ArgumentTypeError(
            f"must be from {MIN_SEEDS} to {MAX_SEEDS}, since the spread between seeds is the "
            f"noise, got '{text}'."
        )
    return value


def natural_int(text: str) -> int:
    """Return ``text`` as a whole number of 0 or more."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be a whole number of 0 or more, got '{text}'.")
    return int(text)


def positive_minutes(text: str) -> float:
    """Return ``text`` as a number above 0."""
    return _positive(text, "minutes")


def positive_ms(text: str) -> float:
    """Return ``text`` as a number above 0."""
    return _positive(text, "milliseconds")


def positive_seconds(text: str) -> float:
    """Return ``text`` as a number above 0."""
    return _positive(text, "seconds")


def _positive(text: str, unit: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of {unit} above 0, got '{text}'.")
    return value


def whole_numbers(text: str) -> tuple[int, ...]:
    """Return ``text`` as whole numbers of 1 or more, separated by commas."""
    return tuple(positive_int(part) for part in text.split(","))


def names(text: str) -> tuple[str, ...]:
    """Return ``text`` as names separated by commas, each once."""
    return tuple(dict.fromkeys(given(part).strip() for part in text.split(",")))


def given(text: str) -> str:
    """Return ``text``, which must not be empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty.")
    return text


def predictor_path(text: str) -> Path:
    """Return ``text`` as the path of a predictor file to write."""
    path = directory(text)
    if path.suffix != ".json":
        raise argparse.ArgumentTypeError(f"must end in .json, got '{text}'.")
    return path


def directory(text: str) -> Path:
    """Return ``text``, which must not be empty, as a path."""
    return Path(_at_home(given(text)))


def storage_url(text: str) -> str:
    """Return ``text``, the SQLAlchemy URL of a store, with a ``~`` in the path of a file replaced.

    >>> storage_url("postgresql://~me@host/database")
    'postgresql://~me@host/database'
    """
    scheme, slashes, path = given(text).partition(":///")
    return f"{scheme}{slashes}{_at_home(path)}"


def _at_home(path: str) -> str:
    """Return a path with a leading ``~`` replaced, as no shell does within ``--option=~/x``."""
    return os.path.expanduser(path)  # noqa: PTH111 - Path's raises on unknown users


def with_options(text: str) -> str:
    """Return the text of a function with its arguments, written `so=`, as the options for them."""
    return re.sub(
        r"`([a-z]+(?:_[a-z]+)*)=`|`(table=None)`",
        lambda found: _option(found[1] or found[2]),
        text,
    )


def _option(argument: str) -> str:
    return f"--{OPTIONS.get(argument, argument.replace('_', '-'))}"


class _WithOptions(logging.Formatter):
    """Formats a record as its message, with the options of a command for arguments."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the message."""
        return with_options(super().format(record))


@contextlib.contextmanager
def _warnings_with_options() -> Iterator[None]:
    """Show what the package warns of on the standard error output."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_WithOptions())
    logger = logging.getLogger(PACKAGE)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def guarded(prog: str, body: Callable[[], int]) -> int:
    """Run a command; what a user can put right ends as one message and exit code 2."""
    try:
        with _termination_as_interrupt(), _warnings_with_options():
            return body()
    except WorkbenchError as error:
        message = str(error)
    except OSError as error:  # no error of ours: the system refuses a file or has no room for it
        message = (
            f"{error.filename or 'a file'} cannot be used: {error.strerror or error}. Correct the "
            "path or its permissions, or make room on its disk, then run the same command again; "
            "what was finished is kept."
        )
    except MemoryError as error:
        message = (
            f"out of memory ({error or 'no more can be had'}). Close other programs, or give the "
            "command less at once: fewer --workers, a smaller --batch-size or a lower "
            "--resolution, whichever it has. What was finished is kept."
        )
    except KeyboardInterrupt:
        sys.stderr.write(f"{prog}: stopped\n")
        return INTERRUPTED
    sys.stderr.write(f"{prog}: {_one_line(with_options(message))}\n")
    return WorkbenchError.exit_code


@contextlib.contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM stop a command as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _one_line(text: str) -> str:
    """Return ``text`` without line breaks and control characters, which values may hold."""
    return "".join(c if c.isprintable() else UNPRINTABLE for c in " ".join(text.split()))
