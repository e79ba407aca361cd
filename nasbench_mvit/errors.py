"""The errors a user sees: one message, no traceback, exit code 2.

A message names the rule that was broken, the value received, what would have been
accepted and what to do next.
"""

import difflib
import reprlib
from collections.abc import Iterable, Sequence
from numbers import Integral

MAX_LISTED = 12


class WorkbenchError(Exception):
    """Something the user can put right; ``str(error)`` is the whole message."""

    exit_code = 2


class SpecError(WorkbenchError):
    """A network description breaks a rule of the architecture."""


class SpaceError(WorkbenchError):
    """A search space file is not valid, or a network is outside it."""


class StudyError(WorkbenchError):
    """A study file or an option of a run is not valid."""


class AblationError(WorkbenchError):
    """An ablation study, its archive or its report is not valid, or asks for what is not there."""


class DataError(WorkbenchError):
    """Images are missing, broken or too few."""


class StoreError(WorkbenchError):
    """A study's storage is missing, locked, damaged or belongs to something else."""


class WeightsError(WorkbenchError):
    """A checkpoint does not fit the network it is meant for."""


class TrainingError(WorkbenchError):
    """A full training cannot start or continue as requested."""


class PredictorError(WorkbenchError):
    """A latency predictor is unknown, damaged or asked for what it does not describe."""


class MeasurementError(WorkbenchError):
    """A latency cannot be measured, or its records are damaged or mixed."""


class ExportError(WorkbenchError):
    """A network cannot be written in a format, or its file does not do what the network does."""


class TableError(WorkbenchError):
    """A benchmark table is missing or damaged, or is asked for what it does not hold."""


class CalibrationError(WorkbenchError):
    """A calibration cannot be made, is damaged, or is of another proxy."""


class TrackerError(WorkbenchError):
    """A tracker of experiments is unknown, or cannot be used."""


class SurrogateError(WorkbenchError):
    """A surrogate is missing or damaged, or is asked for what it cannot estimate."""


class SupernetError(WorkbenchError):
    """A supernet is missing, damaged or asked for a network that it does not hold."""


def listed(options: Iterable[object]) -> str:
    """Return ``options`` as readable text, shortened when there are many."""
    names = [str(option) for option in options]
    shown = ", ".join(names[:MAX_LISTED])
    return f"{shown}, … ({len(names)} in all)" if len(names) > MAX_LISTED else shown


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun, whose plural is ``many``, or ``one`` and an s.

    >>> counted(1, "arm"), counted(1200, "degree of freedom", "degrees of freedom")
    ('1 arm', '1,200 degrees of freedom')
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def check_type(
    value: object, kinds: type | tuple[type, ...], rule: str, error: type[WorkbenchError]
) -> None:
    """Check the type of an argument of a public function.

    Raises:
        WorkbenchError: it is of another; the class is ``error``, and the message states the rule.
    """
    if not isinstance(value, kinds):
        raise error(f"{rule}, got {reprlib.repr(value)} of type {type(value).__name__}.")


def check_types(
    values: object, kinds: type | tuple[type, ...], rule: str, error: type[WorkbenchError]
) -> None:
    """Check that an argument of a public function is a list of things of a type.

    Raises:
        WorkbenchError: it is not; the class is ``error``, and the message states the rule.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        raise error(f"{rule}, got {reprlib.repr(values)} of type {type(values).__name__}.")
    for value in values:
        check_type(value, kinds, rule, error)


def check_count(value: object, name: str, error: type[WorkbenchError], *, least: int = 1) -> None:
    """Check that an argument of a public function is a whole number of ``least`` or more.

    Raises:
        WorkbenchError: it is not; the class is ``error``.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise error(f"{name} must be a whole number of {least} or more, got {reprlib.repr(value)}.")


def nearest(name: str, options: Iterable[object]) -> str:
    """Return " Did you mean 'x'?" for the beginning or a likely misspelling of a name, else ""."""
    names = [str(option) for option in options]
    close = [option for option in names if name and option.startswith(name)]
    close += difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def unknown(kind: str, name: object, options: Iterable[object]) -> str:
    """Return the message for a ``name`` of some ``kind`` that is none of ``options``."""
    options = list(options)
    return f"unknown {kind} '{name}'.{nearest(str(name), options)} Available: {listed(options)}."
