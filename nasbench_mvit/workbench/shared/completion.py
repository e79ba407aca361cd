"""How far a function of the workbench came."""

from enum import StrEnum


class Completion(StrEnum):
    """How a run ended; what was finished is kept in any case."""

    DONE = "done"
    TIME_IS_UP = "the time is up"
    INCOMPLETE = "some trainings failed"
    INTERRUPTED = "interrupted"
